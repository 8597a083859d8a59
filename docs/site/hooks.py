"""Puts the pages of the reference, made of the program, among those that are written."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from mkdocs.structure.files import File, Files

ROOT = Path(__file__).resolve().parents[2]


def on_files(files: Files, config: Any) -> Files:
    """Add the reference."""
    sys.path.insert(0, str(ROOT))
    from cli.reference import reference_pages

    for name, text in reference_pages().items():
        files.append(File.generated(config, name, content=text))
    return files
