"""The policy folder: what real docx, odt and pdf files say of themselves, and what must not be taken from them."""

from __future__ import annotations

import hashlib
import zipfile
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader, PdfWriter

from connectors.base import TerminalError, Window
from connectors.policy_folder import PolicyFolderConnector
from models.record import Record
from tests.connectors.documents import FRONT, write_docx, write_odt, write_pdf
from tests.connectors.report_files import collect, connector
from tests.fuzz.corpus_of_pdf import small_pdf


def read_one(folder: Path, **settings: Any) -> Record:
    (record,) = collect(connector(PolicyFolderConnector, folder, folder=".", **settings))
    return record


def test_docx_front_table(tmp_path: Path) -> None:
    path = write_docx(tmp_path / "Beleid" / "ib-beleid.docx", FRONT, title="Word-sjabloon", author="P. Pietersen")
    record = read_one(tmp_path)
    assert record.key == "Beleid/ib-beleid.docx"
    assert record.values == {
        "title": "Informatiebeveiligingsbeleid 2025–2028",
        "topic": "information_security_policy",
        "version": "2.1",
        "state": "adopted",
        "adopted_by": "board",
        "adopted_on": date(2025, 3, 12),
        "review_due": date(2028, 3, 12),
        "owner": "ciso",
        "file_hash": hashlib.sha256(path.read_bytes()).hexdigest(),
        "text_hash": hashlib.sha256(" ".join(cell for row in FRONT for cell in row).encode()).hexdigest(),
    }
    assert not record.problems
    assert "Jansen" not in repr(record)
    assert "Pietersen" not in repr(record)


def test_docx_version_history_as_first_table(tmp_path: Path) -> None:
    rows = [["Versie", "Datum", "Auteur"], ["1.0", "01-02-2022", "P. Pietersen"], ["1.1", "03-04-2024", "P. Pietersen"]]
    write_docx(tmp_path / "Directiebeoordeling.docx", rows, paragraphs=("Vastgesteld op: 5 april 2024",))
    record = read_one(tmp_path, review_every="P1Y")
    assert (record.values["version"], record.values["adopted_on"]) == ("1.1", date(2024, 4, 5))
    assert record.values["review_due"] == date(2025, 4, 5)
    assert record.values["topic"] == "management_review"


def test_docx_custom_properties(tmp_path: Path) -> None:
    properties = {"Versie": "3.0", "Datum vaststelling": "01-06-2026", "Documenteigenaar": "Gemeentesecretaris"}
    write_docx(tmp_path / "Risicobereidheid.docx", [], properties=properties)
    values = read_one(tmp_path).values
    assert (values["version"], values["adopted_on"], values["owner"]) == ("3.0", date(2026, 6, 1), "gemeentesecretaris")
    assert (values["title"], values["topic"], values["state"]) == ("Risicobereidheid", "risk_appetite", "adopted")


def test_odt(tmp_path: Path) -> None:
    write_odt(tmp_path / "beleid.odt", FRONT[1:5], title="IB-beleid", properties={"Herzieningsdatum": "01-01-2027"})
    values = read_one(tmp_path).values
    assert (values["title"], values["topic"]) == ("IB-beleid", "information_security_policy")
    assert (values["version"], values["adopted_on"]) == ("2.1", date(2025, 3, 12))
    assert values["review_due"] == date(2027, 1, 1)


def test_pdf(tmp_path: Path) -> None:
    write_pdf(tmp_path / "x.pdf", ["Versie: 1.2", "Vastgesteld op: 4 mei 2026", "Status: concept"], title="IB-beleid")
    values = read_one(tmp_path).values
    assert (values["version"], values["state"], values["adopted_on"]) == ("1.2", "draft", date(2026, 5, 4))
    assert values["topic"] == "information_security_policy"


def test_pdf_with_a_front_table(tmp_path: Path) -> None:
    history = ["Versie van dit document wordt jaarlijks herzien."]
    write_pdf(tmp_path / "x.pdf", history, title="Naamloos", rows=FRONT)
    values = read_one(tmp_path).values
    assert (values["title"], values["version"]) == ("Informatiebeveiligingsbeleid 2025–2028", "2.1")
    assert (values["adopted_by"], values["owner"]) == ("board", "ciso")
    assert (values["adopted_on"], values["review_due"]) == (date(2025, 3, 12), date(2028, 3, 12))


def test_the_headings_of_a_version_history_are_not_a_version(tmp_path: Path) -> None:
    write_pdf(tmp_path / "x.pdf", [], title="IB-beleid", rows=[["Versie", "Datum"], ["1.0", "1-1-2022"]])
    assert "version" not in read_one(tmp_path).values


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("IB-beleid v2.1 2025-03-12", {"title": "IB-beleid", "version": "2.1", "adopted_on": date(2025, 3, 12)}),
        ("20250312_IB-beleid_versie_2 (definitief)", {"title": "IB-beleid", "version": "2"}),
        ("IB-beleid concept v0.9 2025-03-12", {"version": "0.9", "state": "draft"}),
        ("IB-beleid 2025-03-12", {"title": "IB-beleid", "state": "draft"}),  # a bare date is no adoption
    ],
)
def test_file_names(tmp_path: Path, name: str, expected: dict[str, object]) -> None:
    write_docx(tmp_path / f"{name}.docx", [])
    values = read_one(tmp_path).values
    assert {column: values.get(column) for column in expected} == expected
    if values["state"] == "draft":
        assert "adopted_on" not in values


def test_own_labels_topics_and_file_names(tmp_path: Path) -> None:
    write_docx(tmp_path / "WW-2026-03.docx", [["Besloten d.d.", "7 januari 2026"], ["Klasse", "intern"]])
    values = read_one(
        tmp_path,
        labels={"adopted_on": ["besloten dd"]},
        topics={"ww-*": "access_control_policy"},
        file_name=r"^(?P<title>[A-Z]+)-(?P<version>\d{4}-\d{2})$",
    ).values
    assert (values["topic"], values["version"]) == ("access_control_policy", "2026-03")
    assert values["adopted_on"] == date(2026, 1, 7)


def test_an_unreadable_date_is_a_problem_and_not_a_guess(tmp_path: Path) -> None:
    write_docx(tmp_path / "IB-beleid.docx", [["Versie", "1.0"], ["Vastgesteld op", "voorjaar 2025"]])
    record = read_one(tmp_path, review_every="P1Y")
    assert [(problem.column, problem.field, problem.value) for problem in record.problems] == [
        ("Vastgesteld op", "adopted_on", "voorjaar 2025")
    ]
    assert "review_due" not in record.values


def test_a_document_that_cannot_be_opened_does_not_stop_the_others(tmp_path: Path) -> None:
    write_docx(tmp_path / "goed.docx", FRONT)
    (tmp_path / "stuk.docx").write_bytes((tmp_path / "goed.docx").read_bytes()[:500])
    (tmp_path / "oud.docx").write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(100))
    (tmp_path / "stuk.pdf").write_bytes(b"%PDF-1.7 and nothing else")
    writer = PdfWriter(clone_from=PdfReader(write_pdf(tmp_path / "slot.pdf", ["Versie: 1"], title="x")))
    writer.encrypt("geheim")
    writer.write(tmp_path / "slot.pdf")
    records = {record.key: record for record in collect(connector(PolicyFolderConnector, tmp_path, folder="."))}
    assert not records["goed.docx"].problems
    expected = {key: record.problems[0].expected for key, record in records.items() if record.problems}
    assert "zonder wachtwoord" in expected["slot.pdf"]
    assert "oude .doc" in expected["oud.docx"]
    assert "onbeschadigd" in expected["stuk.docx"]
    assert "onbeschadigd" in expected["stuk.pdf"]


def test_an_odt_with_entities_is_not_opened(tmp_path: Path) -> None:
    import zipfile

    path = tmp_path / "x.odt"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("content.xml", "<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>")
    assert read_one(tmp_path).problems


def test_missing_folder_and_empty_folder(tmp_path: Path) -> None:
    with pytest.raises(TerminalError, match="is geen map"):
        list(connector(PolicyFolderConnector, tmp_path, folder="weg").fetch(Window()))
    with pytest.raises(TerminalError, match="er is geen bestand"):
        list(connector(PolicyFolderConnector, tmp_path, folder=".").fetch(Window()))


def test_a_draft_was_observed_when_it_was_last_changed(tmp_path: Path) -> None:
    write_odt(tmp_path / "x.odt", [["Versie", "0.1"]], title="Concept IB-beleid")
    values = read_one(tmp_path).values
    assert (values["state"], values["observed_at"]) == ("draft", datetime(2026, 2, 1, 10, 0))


@pytest.mark.parametrize("aside", ["<!-- opmerking -->", "<?programma opdracht?>", "<![CDATA[ligings]]>"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_a_comment_or_instruction_ends_no_text(tmp_path: Path, aside: str, encoding: str) -> None:
    path = write_docx(tmp_path / "beleid.docx", FRONT)
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    text = parts["word/document.xml"].decode().partition("?>")[2]
    cut = "Informatiebevei" if "CDATA" in aside else "Informatiebeveiligings"
    text = text.replace("Informatiebeveiligingsbeleid 2025", f"{cut}{aside}beleid 2025")
    parts["word/document.xml"] = f'<?xml version="1.0" encoding="{encoding}"?>{text}'.encode(encoding)
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    record = read_one(tmp_path)
    assert record.values["title"] == "Informatiebeveiligingsbeleid 2025–2028"
    assert record.values["adopted_on"] == date(2025, 3, 12)


def test_a_document_type_is_refused(tmp_path: Path) -> None:
    path = write_docx(tmp_path / "beleid.docx", FRONT)
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    text = parts["word/document.xml"].decode().partition("?>")[2]
    parts["word/document.xml"] = f'<!DOCTYPE a [<!ENTITY x "y">]>{text}'.encode()
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    record = read_one(tmp_path)
    assert [problem.field for problem in record.problems] == ["record_key"]


@pytest.mark.parametrize("title", [b"null", b"[(a) (b)]", b"<< /A (b) >>", b"12", b"/Naam", b"99 0 R"])
def test_a_title_that_is_no_text_is_none(tmp_path: Path, title: bytes) -> None:
    """What its form is in the program is no title."""
    content = small_pdf("Beleid", ["Versie: 2.1"]).replace(b"/Title (Beleid)", b"/Title " + title)
    (tmp_path / "Toegangsbeleid v2.1.pdf").write_bytes(content)
    assert read_one(tmp_path).values["title"] == "Toegangsbeleid"


def test_a_title_that_another_object_holds_is_read(tmp_path: Path) -> None:
    content = small_pdf("Beleid", ["Versie: 2.1"]).replace(b"/Title (Beleid)", b"/Title 7 0 R")
    content = content.replace(b"xref\n0 7", b"7 0 obj\n(Wachtwoordbeleid)\nendobj\nxref\n0 7")
    (tmp_path / "v2.1.pdf").write_bytes(content)
    assert read_one(tmp_path).values["title"] == "Wachtwoordbeleid"
