"""The documents as they come on paper: the docx opened by LibreOffice, the PDF as it is. No word outside the margins, no page
without words, and no long word that sticks out of its cell."""

from __future__ import annotations

import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from reports.registry import make
from warehouse.reading.read import Published

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(
        not (shutil.which("soffice") and shutil.which("pdftotext")),
        reason="LibreOffice or poppler is not installed (tests/real/install.sh)",
    ),
]

PAGE = re.compile(r'<page width="([\d.]+)" height="([\d.]+)">(.*?)</page>', re.DOTALL)
WORD = re.compile(r'<word xMin="([-\d.]+)" yMin="([-\d.]+)" xMax="([-\d.]+)" yMax="([-\d.]+)">(.*?)</word>')
EDGE = 30.0  # points: a word nearer to the edge of the paper than this is outside every margin we set


@dataclass(frozen=True)
class Word:
    """A word on a page, in points from the top left."""

    left: float
    top: float
    right: float
    bottom: float
    text: str


def pages(pdf: Path) -> list[tuple[float, float, list[Word]]]:
    """Width, height and words of every page."""
    shown = subprocess.run(["pdftotext", "-bbox", str(pdf), "-"], check=True, capture_output=True, text=True).stdout
    return [
        (float(width), float(height), [Word(*map(float, place), text) for *place, text in WORD.findall(content)])  # type: ignore[arg-type]
        for width, height, content in PAGE.findall(shown)
    ]


def as_pdf(file: Path, folder: Path) -> Path:
    """The file itself when it is a PDF, else what LibreOffice makes of it."""
    if file.suffix == ".pdf":
        return file
    subprocess.run(
        ["soffice", f"-env:UserInstallation={(folder / 'profiel').as_uri()}", "--headless", "--convert-to", "pdf",
         "--outdir", str(folder), str(file)],
        check=True, capture_output=True, timeout=300,
    )  # fmt: skip
    return folder / f"{file.stem}.pdf"


@pytest.mark.parametrize("lang", ["nl", "en"])
@pytest.mark.parametrize(("name", "most"), [("board", 1), ("council", 4), ("college", 6)])
def test_on_paper(published: Published, organisation: str, tmp_path: Path, name: str, most: int, lang: str) -> None:
    for file in make(name, published, organisation, tmp_path, lang=lang):
        folder = tmp_path / file.suffix[1:]
        folder.mkdir()
        found = pages(as_pdf(file, folder))
        assert 1 <= len(found) <= most, f"{file.name}: {len(found)} pages"
        for number, (width, height, words) in enumerate(found, 1):
            assert len(words) > 10, f"{file.name}, page {number}: nothing on it"
            outside = [
                word.text for word in words
                if word.left < EDGE or word.right > width - EDGE or word.top < EDGE / 2 or word.bottom > height - EDGE / 2
            ]  # fmt: skip
            assert outside == [], f"{file.name}, page {number}"


def test_a_long_word_stays_in_its_cell(published: Published, organisation: str, tmp_path: Path) -> None:
    """The narrowest columns hold the longest Dutch words that our own texts have."""
    from reports.document import Document, Table, as_docx
    from reports.document import as_pdf as write_pdf
    from reports.provenance import provenance

    words = [
        "informatiebeveiligingsfunctionaris",
        "verantwoordelijkheidsverdeling",
        "gegevensbeschermingseffectbeoordeling",
    ]
    block = Table(["Norm", "Titel", "Stand"], [words, list(reversed(words))], (0.2, 0.5, 0.3))
    document = Document("Proef", "Proef", "PROEF", [block], provenance(published, organisation), "nl")
    as_docx(document, tmp_path / "proef.docx")
    write_pdf(document, tmp_path / "recht.pdf")
    for pdf in (as_pdf(tmp_path / "proef.docx", tmp_path), tmp_path / "recht.pdf"):
        for width, _, shown in pages(pdf):
            assert [word.text for word in shown if word.right > width - EDGE] == []
