"""The worked example of docs/catalogus.md as files."""

from __future__ import annotations

import re
from pathlib import Path

DOCUMENT = Path(__file__).parents[2] / "docs" / "catalogus.md"


def example(folder: Path) -> Path:
    """Writes every file that the document shows under its name, such as `overrides.yaml`."""
    shown = re.findall(
        r"^`([\w./-]+\.(?:yaml|tsv))`[^\n]*\n\n```\w*\n(.*?)```", DOCUMENT.read_text("utf-8"), re.M | re.S
    )
    assert len(shown) == 6
    for name, text in shown:
        path = folder / "catalogus" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    return folder / "catalogus"
