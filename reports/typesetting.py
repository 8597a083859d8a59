"""Makes PDF files and pictures with Typst from a template of `reports/templates` and data, which is never markup.

Only the fonts that come with Typst are used, so that a page looks the same on every machine. The files are tagged and
archival (PDF/UA-1), and the same data gives the same bytes: the day of the document is that of the run.
"""

from __future__ import annotations

import json
import re
import shutil
import tempfile
import unicodedata
from collections.abc import Mapping
from importlib import resources
from pathlib import Path
from typing import Any

PIXELS_PER_INCH = 220.0
_MOST_REPLACED = 50  # how many times letters are replaced that the font does not have
_NOT_DISPLAYED = re.compile(r'the text `"(?P<text>.+?)"` could not be displayed')


def write_pdf(template: str, data: Mapping[str, Any], path: Path, pictures: Mapping[str, bytes] | None = None) -> None:
    """Write `path` from a template and `data` (JSON-able; needs `lang`, `title` and `date`). `pictures` are PNG files by
    the name under which the data refers to them. Raises typst.TypstError when the template does not accept the data."""
    path.write_bytes(_compiled(template, data, pictures or {}, format="pdf", pdf_standards="ua-1", timestamp=0))


def picture(template: str, data: Mapping[str, Any]) -> bytes:
    """A PNG picture of a template with `data`, fine enough to print. Raises as `write_pdf`."""
    return _compiled(template, data, {}, format="png", ppi=PIXELS_PER_INCH)


def _compiled(template: str, data: Mapping[str, Any], pictures: Mapping[str, bytes], **options: Any) -> bytes:
    import typst

    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        root = Path(folder)
        with resources.as_file(resources.files("reports").joinpath("templates", template)) as source:
            shutil.copyfile(source, root / "page.typ")
        text = json.dumps(data, ensure_ascii=False)
        for name, content in pictures.items():
            (root / name).write_bytes(content)
        for _ in range(_MOST_REPLACED):
            (root / "data.json").write_text(text, "utf-8")
            try:
                return bytes(typst.compile(root / "page.typ", root=root, ignore_system_fonts=True, **options))
            except typst.TypstError as error:
                unknown = _NOT_DISPLAYED.search(str(error))
                if unknown is None:
                    raise
                text = _in_letters_of_the_font(text, unknown["text"])
        return bytes(typst.compile(root / "page.typ", root=root, ignore_system_fonts=True, **options))


def _in_letters_of_the_font(text: str, unknown: str) -> str:
    """The text with letters that the font does not have in their plain form, or as a question mark where there is none: a
    name from a source never keeps a document from being made."""
    for letter in sorted(set(unknown)):
        plain = unicodedata.normalize("NFKC", letter)
        is_safe = plain != letter and plain.isascii() and not set(plain) & set('"\\')
        text = text.replace(letter, plain if is_safe else "?")
    return text
