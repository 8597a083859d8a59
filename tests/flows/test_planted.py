"""Planted names, addresses, numbers, keys and tokens in a source with personal data, in every column and in what is refused: looked
for in every byte of the state afterwards, unpacked, after nights, exports, a frozen year, an audit and a failure."""

from __future__ import annotations

import base64
import gzip
import io
import zipfile
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest
from typer.testing import CliRunner

from cli.main import app, main
from flows.installation import load_installation
from reports.registry import make
from tests.few_norms import chosen_norms
from tests.flows.municipality import AS_OF
from tests.pipeline import run_once
from warehouse.reading.read import Published

PSEUDONYM_KEY = "Zeer-Geheime-Sleutel-Quxleyveld-99"
SIGNING_KEY = base64.b64encode(b"ZeerGeheimQuxleyveldTekenSleutel").decode()
TOKEN = "tok_quxleyveld_1234567890abcdef"
# Each value stands in one cell of the list below.
COLUMNS = ("Nr", "Deelnemer", "Doelgroep", "Cursus", "In dienst", "Afgerond", "Resultaat", "Opmerking")
PERSONS = (
    ("Quirijnsma-Eén", "Dorpsstraat 17bis", "900123456", "06-98761234"),
    ("Ypelaarsma-Twee", "Kerkwegje 4xq", "900123457", "06-98761235"),
    ("Zwaluwema-Drie", "Molenpadje 9zq", "900123458", "06-98761236"),
    ("Xanderveld-Vier", "Havenplein 3vq", "900123459", "06-98761237"),
)
PLANTED = [value for person in PERSONS for value in person]
MORE = [f"Plantnaam{letter}wijk" for letter in "ABCDEFGHIJKLMN"]
SECRETS = [PSEUDONYM_KEY, SIGNING_KEY, TOKEN]
CONFIGURATION = """
organisation: {id: gemeente-test, name: Gemeente Test}
frameworks: [bio2-1.3]
exports: []
sources:
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
    fields: {title: titel, ticket_type: soort, opened_at: gemeld, resolved_at: klaar, state: status}
  - {id: weg, connector: rest, address: "https://127.0.0.1:9/lijst", token: PROEF_TOKEN, kind: ticket, key: id, fields: {title: t}}
"""


@pytest.fixture
def municipality(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("ENSIA_PSEUDONYM_KEY", PSEUDONYM_KEY)
    monkeypatch.setenv("ENSIA_SIGNING_KEY", SIGNING_KEY)
    monkeypatch.setenv("PROEF_TOKEN", TOKEN)
    more = iter(MORE)
    (tmp_path / "ensia.yaml").write_text(CONFIGURATION, "utf-8")
    lines = [";".join(COLUMNS)]
    for name, address, number, phone in PERSONS:
        lines.append(f"{number};{name};{next(more)};{address};01-02-{phone};12-03-2026 {name};{next(more)};{phone}")
    (tmp_path / "trainingen.csv").write_text("\n".join(lines), "utf-8")
    (tmp_path / "meldingen.json").write_text(
        f'[{{"nr": "M-1", "titel": {{"naam": "{next(more)}"}}, "soort": "{next(more)}", "gemeld": "{next(more)}", '
        f'"klaar": "3 {next(more)} 2026", "status": "{next(more)}", "melder": "{next(more)}"}}]',
        "utf-8",
    )
    return tmp_path


def test_nothing_that_was_planted_is_in_any_byte_of_the_state(municipality: Path) -> None:
    assert len(PLANTED + MORE + SECRETS) >= 30
    norms = chosen_norms(frozenset({"5.1", "5.01.01"}), frozenset({"2"}))
    for _ in range(2):
        assert run_once(municipality, AS_OF, catalogue=norms).state == "degraded"  # one source cannot be reached
    installation = load_installation(municipality)
    here = ["-c", str(municipality)]
    said = [
        CliRunner().invoke(app, [*command, *here]).output
        for command in (
            ["cycle", "open", "2026", "--by", "CISO"],
            ["cycle", "freeze", "2026", "--by", "CISO", "--reason", "proef"],
            ["anchor", "make"],
            ["purge", "--by", "CISO", "--reason", "termijn"],
            ["quarantine", "--json"],
            ["verify", "--json"],
        )
    ]
    assert main(["sql", f"SELECT '{PLANTED[0]}' AS naam FROM ops.run", *here]) == 0
    assert main(["anchor", "make", *here]) == 0
    with Published(installation.state) as published:
        for report in ("dossier", "csv", "vvt", "ensia"):
            make(report, published, "gemeente-test", installation.state.exports)
    contents = {str(path): path.read_bytes() for path in installation.state.root.rglob("*") if path.is_file()}
    contents |= {f"command {number}": text.encode() for number, text in enumerate(said)}
    where = {place: words for name, content in contents.items() for place, words in found_in(name, content)}
    where |= dict(tables_of(installation.state.published))
    assert where == {}


def found_in(name: str, content: bytes) -> Iterator[tuple[str, list[str]]]:
    """The places in a file, and in what is packed in it, that hold something planted."""
    if name.endswith("acts.jsonl"):
        assert PLANTED[0].encode() not in content
    words = planted_in(content)
    if words:
        yield name, words
    if content[:2] == b"\x1f\x8b":
        yield from found_in(f"{name} unpacked", gzip.decompress(content))
    if content[:2] == b"PK":
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            for part in archive.namelist():
                yield from found_in(f"{name} {part}", archive.read(part))
    if content[:4] == b"PAR1":
        rows = duckdb.connect().execute("SELECT * FROM read_parquet(?)", [name.removesuffix(" unpacked")]).fetchall()
        words = planted_in(str(rows).encode())
        if words:
            yield f"{name} rows", words


def tables_of(published: Path) -> Iterator[tuple[str, list[str]]]:
    """The tables that hold something planted: the file itself may hold them compressed."""
    with duckdb.connect(str(published), read_only=True) as connection:
        for schema, table in connection.execute("SELECT schema_name, table_name FROM duckdb_tables()").fetchall():
            words = planted_in(str(connection.execute(f'FROM "{schema}"."{table}"').fetchall()).encode())
            if words:
                yield f"{schema}.{table}", words


def planted_in(content: bytes) -> list[str]:
    folded = content.lower()
    return [word for word in (*PLANTED, *MORE, *SECRETS) if word.lower().encode() in folded]
