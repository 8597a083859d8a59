"""Puts the pages of the reference, made of the program, among those that are written; and takes out what comes from elsewhere."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any

from mkdocs.structure.files import File, Files

_OUTSIDE = re.compile(r"""<script src="https?://[^>]*></script>""")
ROOT = Path(__file__).resolve().parents[2]


def on_files(files: Files, config: Any) -> Files:
    """Add the reference."""
    sys.path.insert(0, str(ROOT))
    from cli.reference import reference_pages

    for name, text in reference_pages().items():
        files.append(File.generated(config, name, content=text))
    return files


def on_post_page(output: str, page: Any, config: Any) -> str:
    """A page without scripts of others: the theme asks for one that only old browsers need."""
    return _OUTSIDE.sub("", output)


def on_post_template(output_content: str, template_name: str, config: Any) -> str:
    """The same for the page that says that there is no such page."""
    return _OUTSIDE.sub("", output_content)
