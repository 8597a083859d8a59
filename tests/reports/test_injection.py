"""Text from a source stays text in every export: titles that begin like a formula or hold markup are put into the sources of
the example municipality, the whole pipeline runs over them, and every report there is gets made."""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
import zipfile
from collections.abc import Iterator
from html.parser import HTMLParser
from itertools import cycle
from pathlib import Path

import openpyxl
import pytest
import xlsxwriter
from defusedxml import ElementTree

from cli.nightly import demo_day
from flows.installation import load_installation
from reports.answers import answers
from reports.registry import available, make
from tests.example_night import EXAMPLE
from tests.pipeline import run_once
from warehouse.reading.read import Published

MARK = "kwaad"  # in every title that was put in
MARKUP = (
    f'<img src=x onerror="alert(1)" id="{MARK}">', f'</script><script id="{MARK}">alert(1)</script>', f"<b {MARK}>vet</b>",
    f"{MARK} {{{{ 7*7 }}}} ]]> &lt; & '\\\"",
)  # fmt: skip
TITLES = (
    f"=cmd|' /C calc'!A0 {MARK}", f"+1+2 {MARK}", f"-1+2 {MARK}", f"@SUM(1) {MARK}", f"\t=1+2 {MARK}", f"\r=1+2 {MARK}",
    f'=HYPERLINK("https://kwaad.example","{MARK}")', f"＝1+2 {MARK}", *MARKUP,
)  # fmt: skip
STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝")
A_NUMBER = re.compile(r"[+-]?\d+(?:[.,]\d+)*\s?%?")
# (file, columns) of the registers whose texts are replaced
REGISTERS = (
    ("Beleidsregister.xlsx", ("Document", "Eigenaar")), ("Risicoregister.xlsx", ("Risico", "Risico-eigenaar")),
    ("VvT.xlsx", ("Actie", "Actiehouder")), ("VvT.xlsx", ("Reden van afwijken",)), ("Besluiten.xlsx", ("Besluit",)),
    ("Zelfbeoordeling.xlsx", ("Toelichting", "Verklaard door")),
)  # fmt: skip


def _spoil(folder: Path) -> None:
    """Put the titles into the tickets and the registers."""
    titles = cycle(TITLES)
    tickets = folder / "bronnen" / "tickets.json"
    content = json.loads(tickets.read_text("utf-8"))
    for ticket in content["meldingen"]:
        ticket["onderwerp"] = next(titles)
    tickets.write_text(json.dumps(content), "utf-8")
    for name, columns in REGISTERS:
        path = folder / "bronnen" / name
        book = openpyxl.load_workbook(path)
        header = next(
            row for sheet in book for row in sheet.iter_rows() if set(columns) <= {cell.value for cell in row}
        )
        places = [cell.column for cell in header if cell.value in columns]
        for row in header[0].parent.iter_rows(min_row=header[0].row + 1):
            for cell in row:
                if cell.column in places and cell.value:
                    cell.value = next(titles)
                    cell.data_type = "s"
        book.save(path)


@pytest.fixture(scope="module")
def exports(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Path]]:
    """Every report over the spoiled example, by its name."""
    folder = tmp_path_factory.mktemp("kwaad") / "gemeente"
    shutil.copytree(EXAMPLE, folder, ignore=shutil.ignore_patterns("state"))
    _spoil(folder)
    day = demo_day(folder)
    assert day is not None
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ENSIA_PSEUDONYM_KEY", "een-vaste-sleutel-voor-de-toetsen")
        run_once(folder, day)
    target = folder / "uit"
    with Published(load_installation(folder).state) as published:
        organisation = published.organisation(None)
        form = target / "vragen.xlsx"
        target.mkdir()
        with xlsxwriter.Workbook(form) as book:
            sheet = book.add_worksheet("Vragen")
            sheet.write_row(0, 0, ["Nummer", "Antwoord", "Toelichting"])
            for row, answer in enumerate(answers(published, organisation), start=1):
                sheet.write_string(row, 0, answer.question_id)
        return {
            name: make(name, published, organisation, target / name, workbook=form, originals=False)
            for name in available()
        }


def _inside(files: list[Path]) -> Iterator[tuple[str, bytes]]:
    """(name, bytes) of every file, and of every file in a dossier."""
    for file in files:
        if file.suffix == ".zip":
            with zipfile.ZipFile(file) as archive:
                yield from ((name, archive.read(name)) for name in archive.namelist())
        else:
            yield file.name, file.read_bytes()


def _of_kind(exports: dict[str, list[Path]], suffix: str) -> list[tuple[str, bytes]]:
    found = [
        (f"{report}: {name}", content)
        for report, files in exports.items()
        for name, content in _inside(files)
        if name.endswith(suffix)
    ]
    assert found, f"no {suffix} was made"
    return found


def test_no_cell_of_a_workbook_is_a_formula(exports: dict[str, list[Path]]) -> None:
    seen = set()
    for name, content in _of_kind(exports, ".xlsx"):
        for sheet in openpyxl.load_workbook(io.BytesIO(content)).worksheets:
            for row in sheet.iter_rows():
                for cell in row:
                    assert cell.data_type != "f", (name, sheet.title, cell.coordinate, cell.value)
                    if isinstance(cell.value, str):
                        assert not cell.value.startswith(STARTS), (name, sheet.title, cell.coordinate, cell.value)
                        if MARK in cell.value:
                            seen.add(name.split(":")[0])
                    if cell.hyperlink and cell.hyperlink.target:
                        assert cell.hyperlink.target.startswith(("https://", "http://")), cell.hyperlink.target
    assert {"ensia", "vvt", "verbeterplan", "fill-in", "dossier"} <= seen


def test_no_field_of_a_csv_is_a_formula(exports: dict[str, list[Path]]) -> None:
    seen = 0
    for name, content in _of_kind(exports, ".csv"):
        for row in csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), delimiter=";"):
            for text in row:
                assert not text.startswith(STARTS) or A_NUMBER.fullmatch(text.strip()), (name, text)
                seen += MARK in text
    assert seen > 100


def test_no_document_holds_a_field_that_is_not_ours(exports: dict[str, list[Path]]) -> None:
    for name, content in _of_kind(exports, ".docx"):
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            parts = {
                part: ElementTree.fromstring(archive.read(part)) for part in archive.namelist() if part.endswith(".xml")
            }
        for part, root in parts.items():
            fields = [node.text or "" for node in root.iter() if node.tag.endswith("}instrText")]
            fields += [value for node in root.iter() for key, value in node.attrib.items() if key.endswith("}instr")]
            assert {field.split()[0] for field in fields if field.strip()} <= {"PAGE", "NUMPAGES", "TOC"}, (name, part)


class _Page(HTMLParser):
    """Every element of a page, with what its attributes say."""

    def __init__(self) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))


def test_no_title_becomes_markup_in_a_page(exports: dict[str, list[Path]]) -> None:
    for name, content in _of_kind(exports, ".html"):
        text = content.decode("utf-8")
        assert MARK in text, f"{name} has none of the titles, so this proves nothing"
        page = _Page()
        page.feed(text)
        for tag, attributes in page.elements:
            assert MARK not in attributes and attributes.get("id") != MARK, (name, tag, attributes)
            assert not any(attribute.startswith("on") for attribute in attributes), (name, tag, attributes)
            assert tag != "img" or attributes.get("src") != "x", name


def test_every_json_can_be_read(exports: dict[str, list[Path]]) -> None:
    for _, content in _of_kind(exports, ".json"):
        json.loads(content)
