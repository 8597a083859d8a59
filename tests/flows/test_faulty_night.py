"""Whole nights, as the command runs them, against systems that fail: the run ends, says which source failed and why, keeps
what it knew, and leaves the secret in no file and no line of output."""

from __future__ import annotations

import base64
import gzip
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import quote, quote_plus

import duckdb
import pytest

from flows.installation import load_installation
from tests.connectors import faults
from tests.connectors.faults import FaultServer
from tests.connectors.vendors import Redmine, Topdesk, World, tickets
from tests.flows.municipality import ROWS, write_register

pytestmark = pytest.mark.timeout(900)
TOKEN = "s3cr3t/Tok+en&=x"
USER = "koppeling@gemeente.example"
COMMAND = [sys.executable, "-m", "cli.main", "nightly", "-c"]
FAULTS: dict[str, faults.Fault] = {
    "herhaalt": faults.echo,  # repeats the token
    "weigert": faults.status(401),
    "storing": faults.status(500),
    "breekt": faults.reset_in_body,
    "aanmeldscherm": faults.login_page,
    "traag": faults.drip,
    "hangt": faults.drip,
}
SAID = {
    "herhaalt": "weigert de vraag (400)",
    "weigert": "weigert de aanmelding (401)",
    "storing": "storing (500)",
    "breekt": "afbreekt",
    "aanmeldscherm": "webpagina",
    "traag": "de 2 s voor deze bron zijn om",
    "hangt": "duurde langer dan 6 seconden",
}
SOURCE = """
  - id: {name}
    connector: {connector}
    address: {address}
    user: KOPPELING
    token: SLEUTEL
    retries: 0
    attempts: 2
    backoff_seconds: 0.01
    page_size: 10
    incremental: false
"""
MORE = {"traag": "    budget_seconds: 200\n", "hangt": "    budget_seconds: 500\n    timeout_seconds: 200\n"}


@pytest.fixture
def systems() -> Iterator[dict[str, FaultServer]]:
    """A system for each fault, which is still well: half of them sign in with a header, half with a basic one."""
    with ExitStack() as stack:
        servers = {}
        for number, name in enumerate(FAULTS):
            double = (Redmine, Topdesk)[number % 2](World(tickets(25)))
            servers[name] = stack.enter_context(FaultServer(double.reply, counts=double.counts))
        yield servers


@pytest.fixture
def folder(tmp_path: Path, systems: dict[str, FaultServer]) -> Path:
    head = """organisation: {id: gemeente-test, name: Gemeente Test}
frameworks: [bio2-1.3, principes-2018]
exports: [dashboard]
sources:
  - {id: beleid, connector: spreadsheet, file: beleid.xlsx, kind: document, key: [title],
     columns: {title: Naam, topic: Onderwerp, state: Status, adopted_on: Vastgesteld op}}
"""
    parts = []
    for number, (name, server) in enumerate(systems.items()):
        connector = ("redmine", "topdesk")[number % 2]
        own = SOURCE.format(name=name, connector=connector, address=server.address)
        parts.append(own + ("    resources: [incidents]\n" if number % 2 else "") + MORE.get(name, ""))
    (tmp_path / "ensia.yaml").write_text(head + "".join(parts), "utf-8")
    write_register(tmp_path / "beleid.xlsx", ROWS)
    return tmp_path


def night(folder: Path) -> tuple[int, str]:
    """Exit code and everything that was printed, with Prefect as talkative as it can be."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PREFECT")}
    told = kept | {"KOPPELING": USER, "SLEUTEL": TOKEN, "PREFECT_LOGGING_LEVEL": "DEBUG", "COLUMNS": "1000"}
    done = subprocess.run(
        [*COMMAND, str(folder)], capture_output=True, text=True, timeout=400, env=told, check=False
    )  # a process that hangs at its end fails here
    return done.returncode, done.stdout + done.stderr


def everything(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Each file that the runs left, unpacked, and every database as text: names and contents."""
    state = load_installation(folder).state
    for file in sorted(path for path in state.root.rglob("*") if path.is_file()):
        content = file.read_bytes()
        yield str(file), content
        if file.suffix == ".gz":
            yield f"{file} (unpacked)", gzip.decompress(content)
    for database in (state.warehouse, state.published):
        with duckdb.connect(str(database), read_only=True) as connection:
            tables = connection.execute(
                "SELECT schema_name, table_name FROM duckdb_tables() WHERE database_name = current_database()"
            ).fetchall()
            for schema, table in tables:
                rows = connection.execute(f"SELECT * FROM {schema}.{table}").fetchall()
                yield f"{database}: {schema}.{table}", repr(rows).encode()


def forms(secret: str) -> list[bytes]:
    """The secret as it can stand in a text."""
    pair = base64.b64encode(f"{USER}:{secret}".encode()).decode()
    return [form.encode() for form in {secret, quote(secret), quote(secret, safe=""), quote_plus(secret), pair}]


@pytest.mark.slow  # the usual run has quicker ones of its kind
def test_a_night_of_faults(folder: Path, systems: dict[str, FaultServer]) -> None:
    code, output = night(folder)
    assert code == 0, output
    before = _tickets(folder)
    assert before == dict.fromkeys(FAULTS, 25)

    settings = (folder / "ensia.yaml").read_text("utf-8")
    settings = settings.replace("budget_seconds: 200", "budget_seconds: 2").replace(
        "timeout_seconds: 200", "timeout_seconds: 6"
    )
    (folder / "ensia.yaml").write_text(settings, "utf-8")
    for name, server in systems.items():
        server.from_on(len(server.requests) + (2 if name != "weigert" else 1), FAULTS[name])
    write_register(folder / "beleid.xlsx", [*ROWS, ["Nieuw beleid", "logging", "concept", "", "", ""]])
    code, output = night(folder)

    assert code == 3, output
    reasons = _reasons(folder)
    unwrapped = " ".join(output.split())
    for name, said in SAID.items():
        assert said in reasons[name]
        assert re.search(rf"Uitgevallen: gemeente-test/{name}: (?:(?!Uitgevallen:).)*{re.escape(said)}", unwrapped)
    assert _tickets(folder) == before, "evidence was lost, doubled or half stored"
    assert _documents(folder) == len(ROWS) + 1, "the other source went on"
    _assert_unseen(folder, output)
    assert not list((load_installation(folder).state.staging).rglob("*.duckdb"))


def _assert_unseen(folder: Path, output: str) -> None:
    told = False
    for place, content in [("output", output.encode()), *everything(folder)]:
        told |= b"weigert de aanmelding" in content and "ops.source_run" in place
        for form in forms(TOKEN):
            assert form not in content, place
    assert told, "the search did not look where the reasons stand"


def _published(folder: Path, sql: str) -> list[tuple[object, ...]]:
    with duckdb.connect(str(load_installation(folder).state.published), read_only=True) as connection:
        return connection.execute(sql).fetchall()


def _tickets(folder: Path) -> dict[object, object]:
    sql = "SELECT source_id, count(DISTINCT record_key) FROM evidence.ticket WHERE retired_at IS NULL GROUP BY ALL HAVING count(*) = 25"
    return dict(_published(folder, sql))  # type: ignore[arg-type]


def _documents(folder: Path) -> object:
    return _published(folder, "SELECT count(*) FROM evidence.document WHERE retired_at IS NULL")[0][0]


def _reasons(folder: Path) -> dict[object, str]:
    sql = "SELECT source_id, reason FROM ops.source_run WHERE status = 'failed'"
    return {name: str(reason) for name, reason in _published(folder, sql)}
