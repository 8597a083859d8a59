"""Golden files: the text of what a report holds, kept beside the tests. ENSIA_UPDATE_GOLDEN=1 writes them anew."""

from __future__ import annotations

import os
from pathlib import Path

FOLDER = Path(__file__).parent / "golden"


def check(name: str, text: str) -> None:
    """Compare `text` with the golden file `name`."""
    file = FOLDER / name
    if os.environ.get("ENSIA_UPDATE_GOLDEN") == "1":
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, "utf-8")
    assert file.exists(), f"there is no golden file {name}; write it with ENSIA_UPDATE_GOLDEN=1"
    assert text == file.read_text("utf-8")
