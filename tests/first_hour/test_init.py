"""`ensia init` as a new user types it: from a folder with lists to an ensia.yaml that is read, with what is not sure left open, and
run again without harm to what people wrote."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import pytest

from cli.main import main
from flows.installation import load_installation
from flows.proposed_sources import is_usable, look
from flows.settings_file import with_sources
from models.errors import ConfigurationError
from tests.connectors.documents import write_docx
from tests.connectors.workbooks import write_xlsx
from tests.first_hour.lists import known_lists

RISKS = [
    ["Risico-ID", "Proces", "Risico", "Netto", "Status", "Maatregel"],
    ["R-1", "Belastingen", "Uitval", "hoog", "open", "verminderen"],
    ["R-2", "Burgerzaken", "Verlies", "laag", "gesloten", "verminderen"],
]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("COLUMNS", "200")
    write_xlsx(tmp_path / "Risicoregister.xlsx", {"Blad1": RISKS})
    return tmp_path


def init(folder: Path, *more: str) -> str:
    assert main(["init", str(folder), *more]) == 0
    return (folder / "ensia.yaml").read_text("utf-8")


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    given: list[str] = []

    class Typed(io.StringIO):
        def readline(self, *_: object) -> str:
            return f"{given.pop(0)}\n" if given else ""

    monkeypatch.setattr("sys.stdin", Typed())
    yield given
    assert not given, "not every answer was asked for"


def test_what_is_sure_is_taken_and_the_rest_is_a_remark(folder: Path) -> None:
    text = init(folder, "--yes", "--name", "Gemeente Duinrand")
    (source,) = load_installation(folder).configuration.sources
    (table,) = source.options["tables"]
    assert table["columns"] == {"process": "Proces", "title": "Risico", "residual": "Netto", "state": "Status"}
    assert "# treatment: Maatregel  # waarschijnlijk: " in text


def test_every_source_that_it_writes_can_be_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for known in known_lists():
        known.write(tmp_path)
    init(tmp_path, "--yes", "--name", "Gemeente Duinrand")
    assert len(load_installation(tmp_path).configuration.sources) >= 20
    assert main(["sources", "sample", "--rows", "1", "--json", "-c", str(tmp_path)]) == 0
    assert "Problem" not in capsys.readouterr().out


def test_again_it_changes_nothing_and_keeps_what_people_wrote(folder: Path) -> None:
    first = init(folder, "--yes", "--name", "Gemeente Duinrand")
    assert init(folder, "--yes") == first
    edited = first.replace("title: Risicoregister", "title: Onze risico's   # van de controller") + "\n# tot zover\n"
    (folder / "ensia.yaml").write_text(edited, "utf-8")
    write_xlsx(folder / "Applicaties.xlsx", {"Applicaties": [["Applicatie", "Eigenaar"], ["Zaaksysteem", "CIO"]]})
    again = init(folder, "--yes")
    assert [source.id for source in load_installation(folder).configuration.sources] == [
        "risicoregister",
        "applicaties",
    ]
    assert again.replace(again[again.index("\n\n  # Applicaties.xlsx:") : again.index("\n\n# tot zover")], "") == edited


def test_a_file_that_was_left_open_is_not_proposed_again(tmp_path: Path) -> None:
    write_xlsx(tmp_path / "Lijst.xlsx", {"Blad1": [["Wat", "Wie"], ["koffie", "wij"]]})
    first = init(tmp_path, "--yes", "--name", "Gemeente Duinrand")
    assert "# Lijst.xlsx: " in first
    assert not load_installation(tmp_path).configuration.sources
    assert init(tmp_path, "--yes") == first
    write_xlsx(tmp_path / "Risicoregister.xlsx", {"Blad1": RISKS})
    assert "# Lijst.xlsx: " in init(tmp_path, "--yes")
    assert len(load_installation(tmp_path).configuration.sources) == 1


def test_the_conversation(folder: Path, answers: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    answers += ["Gemeente Duinrand", "gemeente", "misschien", "a", "P3M"]
    init(folder)
    (source,) = load_installation(folder).configuration.sources
    assert source.options["tables"][0]["columns"]["treatment"] == "Maatregel"
    assert str(source.expected_every) == "P3M"
    shown = capsys.readouterr()
    assert "'misschien' is geen antwoord" in shown.err
    assert "Belastingen" in shown.out  # the first row as it would arrive


def test_what_nobody_recognises_can_be_chosen(tmp_path: Path, answers: list[str]) -> None:
    write_xlsx(tmp_path / "Lijst.xlsx", {"Blad1": [["Applicatie", "Eigenaar", "BIV", "Gecontroleerd op"], ["Zaak", "CIO", "1", "4-3-2026"]]})  # fmt: skip
    (sheet,) = look(tmp_path, "Lijst.xlsx").sheets
    assert sheet.certainty != "sure"
    answers += ["Duinrand", "gemeente", "1", "a", "-"]
    init(tmp_path)
    (source,) = load_installation(tmp_path).configuration.sources
    assert source.options["tables"][0]["constants"] == {"register": "asset"}


def test_nothing_of_persons_is_shown(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = [
        ["Personeelsnummer", "Doelgroep", "Cursus", "Uitslag"],
        ["P-10017", "Jan Jansen", "bewustwordingstraining", "geslaagd"],
    ]
    path = write_xlsx(tmp_path / "Trainingen.xlsx", {"Blad1": rows})
    assert main(["sources", "propose", str(path)]) == 0
    shown = capsys.readouterr()
    assert "Personeelsnummer" in shown.out
    assert "P-10017" not in shown.out + shown.err and "Jan Jansen" not in shown.out + shown.err
    assert "personal_data: true" in shown.out


def test_a_list_that_could_look_better_than_it_is_stays_a_remark(tmp_path: Path) -> None:
    rows = [["Contractnummer", "Contract", "Einddatum", "Loopt tot"], ["C1", "Zaaksysteem", "1-2-2027", "1-2-2026"]]
    write_xlsx(tmp_path / "Contracten.xlsx", {"Contracten": rows})
    proposal = look(tmp_path, "Contracten.xlsx")
    assert not is_usable(proposal.sheets[0], ("sure", "likely"))
    init(tmp_path, "--yes", "--name", "Duinrand")
    assert not load_installation(tmp_path).configuration.sources


def test_a_name_or_heading_cannot_write_settings(tmp_path: Path) -> None:
    write_xlsx(tmp_path / "Risico's: [1] #2.xlsx", {"Risico's": [[*RISKS[0], "x\nstate: /tmp/elders"], [*RISKS[1], "ja"], [*RISKS[2], "nee"]]})  # fmt: skip
    (tmp_path / "risico\nstate: elders.csv").write_text("Risico;Proces\na;b\n", "utf-8")
    init(tmp_path, "--yes", "--name", "Duinrand: 'x'\n")
    configuration = load_installation(tmp_path).configuration
    assert configuration.state == "state"
    assert len(configuration.sources) == 1
    assert main(["sources", "test", "risico-s-1-2", "-c", str(tmp_path)]) == 0


def test_a_link_out_of_the_folder_is_no_list_of_it(tmp_path: Path) -> None:
    home = tmp_path / "thuis"
    home.mkdir()
    write_xlsx(tmp_path / "Risicoregister.xlsx", {"Blad1": RISKS})
    (home / "Risicoregister.xlsx").symlink_to(tmp_path / "Risicoregister.xlsx")
    assert "Risicoregister" not in init(home, "--yes", "--name", "Duinrand")


def test_a_file_that_cannot_be_opened_costs_no_other(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "kapot.xlsx").write_bytes(b"PK\x03\x04 nee")
    assert "risicoregister" in init(folder, "--yes", "--name", "Duinrand")
    assert "kapot.xlsx" in capsys.readouterr().err


@pytest.mark.parametrize(
    "before",
    [
        "organisation: {id: a, name: A}\n",
        "organisation: {id: a, name: A}\nsources:\n- {id: x, connector: lynis, file: x.dat}\nexports: [ensia]\n",
        "sources:\n    - id: x\n      connector: lynis\n      file: x.dat  # hier\n    # nog een opmerking\n\n# over wie\norganisation: {id: a, name: A}\n",
        "organisation: {id: a, name: A}\nsources: []  # nog geen\nexports: [ensia]\n",
    ],
)
def test_sources_are_put_behind_those_that_there_are(before: str) -> None:
    block = ["# y.csv: zeker 1", "- id: y", "  connector: nessus", "  file: y.dat"]
    after = with_sources(before, "ensia.yaml", [block])
    kept = [line for line in before.splitlines() if line.strip() and "[]" not in line]
    assert [line for line in after.splitlines() if line in kept] == kept
    assert "id: y" in after
    with_sources(after, "ensia.yaml", [[line.replace("y", "z") for line in block]])


def test_a_list_between_brackets_is_refused_with_what_to_do() -> None:
    text = "organisation: {id: a, name: A}\nsources: [{id: x, connector: lynis, file: x.dat}]\n"
    with pytest.raises(ConfigurationError, match="achter de lijst van bronnen"):
        with_sources(text, "ensia.yaml", [["- id: y", "  connector: lynis"]])


def test_reports_and_folders_with_documents_are_seen_too(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_xlsx(tmp_path / "Risicoregister.xlsx", {"Blad1": RISKS})
    for name in ("Back-upbeleid", "Toegangsbeleid"):
        write_docx(tmp_path / "beleid" / f"{name}.docx", [["Vastgesteld op", "12-03-2026"]], title=name)
    data = Path(__file__).parents[1] / "connectors" / "data"
    sarif = next(path for path in sorted(data.rglob("*.sarif")) if path.stat().st_size)
    (tmp_path / "scans").mkdir()
    (tmp_path / "scans" / "code.sarif").write_bytes(sarif.read_bytes())
    (tmp_path / "scans" / "los.json").write_text('{"iets": "anders"}', "utf-8")
    text = init(tmp_path, "--yes", "--name", "Duinrand")
    sources = {source.connector: source for source in load_installation(tmp_path).configuration.sources}
    assert sources.keys() == {"spreadsheet", "sarif"}
    assert sources["sarif"].options["file"] == "scans/code.sarif"
    assert "# - id: beleid" in text and "#   folder: 'beleid'" in text  # which documents were adopted is asked
    assert main(["sources", "test", "code", "-c", str(tmp_path)]) == 0
    assert init(tmp_path, "--yes") == text


def test_a_folder_with_documents_can_be_taken(tmp_path: Path, answers: list[str]) -> None:
    for name in ("Back-upbeleid", "Toegangsbeleid"):
        write_docx(tmp_path / "beleid" / f"{name}.docx", [["Vastgesteld op", "12-03-2026"]], title=name)
    answers += ["Duinrand", "gemeente", "a"]
    init(tmp_path)
    (source,) = load_installation(tmp_path).configuration.sources
    assert (source.connector, source.options) == ("policy_folder", {"folder": "beleid"})


def test_a_whole_disk_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for number in range(201):
        (tmp_path / f"lijst {number}.csv").write_text("Risico;Proces\na;b\n", "utf-8")
    assert main(["init", str(tmp_path), "--yes", "--name", "Duinrand"]) == 2
    assert "201 lijsten" in capsys.readouterr().err
    assert not (tmp_path / "ensia.yaml").exists()


def test_a_link_to_the_settings_stays_one(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    kept = tmp_path_factory.mktemp("elders") / "ensia.yaml"
    kept.write_text("organisation: {id: a, name: A}\n", "utf-8")
    (folder / "ensia.yaml").symlink_to(kept)
    init(folder, "--yes")
    assert (folder / "ensia.yaml").is_symlink()
    assert "risicoregister" in kept.read_text("utf-8")


CONTRACTS = [
    ["Contractnummer", "Contractnaam", "Contractpartij", "Auditrecht", "Uiterste moment"],
    ["C-4", "Zaaksysteem", "Zaakbouw", "ja", "1-2-2026"],
    ["C-9", "Printers", "Printo", "nee", "1-2-2027"],
]


def test_days_below_an_unknown_heading_may_be_an_end(tmp_path: Path) -> None:
    """Left out in silence, every contract would have no end."""
    write_xlsx(tmp_path / "Contracten.xlsx", {"Contracten": CONTRACTS})
    text = init(tmp_path, "--yes", "--name", "Duinrand")
    assert not load_installation(tmp_path).configuration.sources
    assert "kan deze lijst beter lijken dan zij is" in text


@pytest.mark.parametrize(("answer", "column"), [("j", "Uiterste moment"), ("n", None)])
def test_whether_it_is_an_end_is_asked(tmp_path: Path, answers: list[str], answer: str, column: str | None) -> None:
    write_xlsx(tmp_path / "Contracten.xlsx", {"Contracten": CONTRACTS})
    answers += ["Duinrand", "gemeente", answer, "a", "-"]
    init(tmp_path)
    (source,) = load_installation(tmp_path).configuration.sources
    assert source.options["tables"][0]["columns"].get("valid_until") == column
