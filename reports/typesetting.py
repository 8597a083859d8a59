"""Makes PDF files and pictures with Typst from a template of `reports/templates` and data, which is never markup.

Only the fonts that come with Typst are used, so that a page looks the same on every machine. The files are tagged and
archival (PDF/UA-1), and the same data gives the same bytes: the day of the document is that of the run.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Mapping
from importlib import resources
from pathlib import Path
from typing import Any

PIXELS_PER_INCH = 220.0


def write_pdf(template: str, data: Mapping[str, Any], path: Path, pictures: Mapping[str, bytes] | None = None) -> None:
    """Write `path` from a template and `data` (JSON-able; needs `lang`, `title` and `date`). `pictures` are PNG files by
    the name under which the data refers to them. Raises typst.TypstError when the template does not accept the data."""
    path.write_bytes(_made(template, data, pictures or {}, format="pdf", pdf_standards="ua-1", timestamp=0))


def picture(template: str, data: Mapping[str, Any]) -> bytes:
    """A PNG picture of a template with `data`, fine enough to print. Raises as `write_pdf`."""
    return _made(template, data, {}, format="png", ppi=PIXELS_PER_INCH)


def _made(template: str, data: Mapping[str, Any], pictures: Mapping[str, bytes], **options: Any) -> bytes:
    import typst

    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        root = Path(folder)
        with resources.as_file(resources.files("reports").joinpath("templates", template)) as source:
            shutil.copyfile(source, root / "page.typ")
        (root / "data.json").write_text(json.dumps(data), "utf-8")
        for name, content in pictures.items():
            (root / name).write_bytes(content)
        return bytes(typst.compile(root / "page.typ", root=root, ignore_system_fonts=True, **options))
