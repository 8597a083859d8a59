"""A night over sources with personal data in which every value is refused, each with a name in it: no file of the state
folder, no table and no line of output has one of the names afterwards."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import duckdb
import pytest
from typer.testing import CliRunner

from cli.main import app
from flows.installation import load_installation
from flows.nightly import run_nightly
from tests.flows.municipality import AS_OF

pytestmark = pytest.mark.usefixtures("prefect_server")
NAMES = [f"Quirijn{letter}sma" for letter in "abcdefghijklmnop"]
CONFIGURATION = """
organisation: {id: gemeente-test, name: Gemeente Test}
frameworks: [bio2-1.3]
exports: [dashboard]
sources:
  - {id: beleid, connector: spreadsheet, file: beleid.csv, kind: document, key: [title], columns: {title: Naam, topic: Onderwerp, state: Status}}
  - id: trainingen
    connector: spreadsheet
    file: trainingen.csv
    kind: training
    number: Nr
    personal_data: true
    columns: {subject: Deelnemer, audience: Doelgroep, course: Cursus, employed_on: In dienst, completed_on: Afgerond, result: Resultaat}
  - id: meldingen
    connector: json_export
    file: meldingen.json
    kind: ticket
    key: nr
    personal_data: true
    fields: {title: titel, ticket_type: soort, opened_at: gemeld, due_at: streef, resolved_at: {path: klaar, format: "%d-%m-%Y"}, state: {path: status, values: {open: open}, other: problem}, category: rubriek}
  - {id: zonder-kop, connector: spreadsheet, file: zonder-kop.csv, kind: ticket, number: Nr, personal_data: true, columns: {title: Titel}}
  - {id: zonder-lijst, connector: json_export, file: zonder-lijst.json, kind: ticket, key: nr, records: meldingen, personal_data: true, fields: {title: titel}}
  - {id: dubbel, connector: spreadsheet, file: dubbel.csv, kind: ticket, key: [category], personal_data: true, columns: {title: Titel, category: Rubriek}, optional: [title]}
"""


@pytest.fixture
def municipality(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("ENSIA_PSEUDONYM_KEY", "een-lange-sleutel-voor-de-proef")
    n = iter(NAMES)
    refused = [f"3 {next(n)} 2026", f"{next(n)} 4-3-2026", next(n), next(n)]
    (tmp_path / "ensia.yaml").write_text(CONFIGURATION, "utf-8")
    (tmp_path / "beleid.csv").write_text("Naam;Onderwerp;Status\nBeleid;logging;vastgesteld\n", "utf-8")
    (tmp_path / "trainingen.csv").write_text(
        f"Nr;Deelnemer;Doelgroep;Cursus;In dienst;Afgerond;Resultaat\n1;{'x' * 33_000};{refused[2]};;{refused[0]};{refused[1]};{refused[3]}\n",
        "utf-8",
    )
    ticket = {"nr": [next(n)], "titel": {"naam": next(n)}, "soort": [next(n)], "gemeld": f"wo 3 maart 2026 {next(n)}", "streef": f"31-12-2026 {next(n)}", "klaar": next(n), "status": next(n), "rubriek": {next(n): 1}}  # fmt: skip
    (tmp_path / "meldingen.json").write_text(json.dumps([ticket, next(n)]), "utf-8")
    (tmp_path / "zonder-kop.csv").write_text(f"1;{next(n)};x\n2;{NAMES[0]};y\n", "utf-8")
    (tmp_path / "zonder-lijst.json").write_text(json.dumps({next(n): [1]}), "utf-8")
    (tmp_path / "dubbel.csv").write_text(f"Titel;Rubriek\nx;{'y' * 33_000 + NAMES[1]}\n", "utf-8")
    return tmp_path


def test_no_name_of_a_refused_value_is_left_anywhere(municipality: Path, capfd: pytest.CaptureFixture[str]) -> None:
    installation = load_installation(municipality)
    outcome = run_nightly(installation, as_of=AS_OF)
    assert outcome.state == "degraded"
    printed = capfd.readouterr()
    said = "\n".join([printed.out, printed.err, *map(str, outcome.degraded), *_of_commands(municipality)])
    assert "(afgeschermd)" in said
    with duckdb.connect(str(installation.state.published), read_only=True) as connection:
        refused = connection.execute("SELECT source_id, column_name, value FROM ops.quarantine").fetchall()
    assert {"trainingen", "meldingen", "dubbel"} <= {source for source, _, _ in refused}
    assert {value for _, _, value in refused} <= {"(afgeschermd)", "", None}
    assert _names_in(said.encode()) == []
    for file in installation.state.root.rglob("*"):
        if file.is_file():
            content = file.read_bytes()
            assert _names_in(content) == [], file
            if file.suffix == ".gz":
                assert _names_in(gzip.decompress(content)) == [], file
    for table in _tables(installation.state.published):
        assert _names_in(table.encode()) == []


def _names_in(content: bytes) -> list[str]:
    folded = content.lower()
    return [name for name in NAMES if name.lower().encode() in folded]


def _of_commands(folder: Path) -> list[str]:
    """What the commands that show refused values print."""
    commands = [["sources", "sample", name, "-c", str(folder / "ensia.yaml"), *more] for name in ("trainingen", "meldingen", "zonder-kop", "zonder-lijst", "dubbel") for more in ([], ["--json"])]  # fmt: skip
    commands += [
        ["quarantine", "-c", str(folder / "ensia.yaml")],
        ["quarantine", "-c", str(folder / "ensia.yaml"), "--json"],
    ]
    return [CliRunner().invoke(app, command).output for command in commands]


def _tables(published: Path) -> list[str]:
    """The rows of every table as text: the file itself may hold them compressed."""
    with duckdb.connect(str(published), read_only=True) as connection:
        names = connection.execute("SELECT schema_name, table_name FROM duckdb_tables()").fetchall()
        return [str(connection.execute(f'FROM "{schema}"."{name}"').fetchall()) for schema, name in names]
