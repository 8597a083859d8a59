"""The words of every reason that a result can have, from the files of the test types.

Read here without their checks, so that a command which only shows a status starts quickly; whether the files are whole is
left to `models/test_type.py`.
"""

from __future__ import annotations

from functools import cache
from importlib import resources

import yaml

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_SHARED = "shared"
# Reasons that the engine can give to a result of any type.
OF_EVERY_TYPE = ("too_weak", "not_compared", "unlisted_members", "outsiders", "many_excused")


@cache
def reason_words() -> dict[str, tuple[str, str]]:
    """Dutch and English of each reason, by its code."""
    root = resources.files("models")
    shared = yaml.load(root.joinpath("reasons.yaml").read_text("utf-8"), Loader=_LOADER)
    words = {code: (shared[code]["nl"], shared[code]["en"]) for code in OF_EVERY_TYPE}
    for entry in root.joinpath("tests").iterdir():
        if entry.name.endswith(".yaml"):
            test_type = yaml.load(entry.read_text("utf-8"), Loader=_LOADER)
            for code, text in test_type["reasons"].items():
                reason = shared[code] if text == _SHARED else text
                words[code] = (reason["nl"], reason["en"])
    return words
