"""The clock changes twice a year, and a term in hours does not: what people see of it, and what an older warehouse keeps."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

from flows.installation import load_installation
from tests.pipeline import run_once
from warehouse.storage.database import SETTINGS, State, migrate, migrations, open_published, open_warehouse

YEAR_END = date(2023, 12, 31)
INSTALLATION = """
organisation: {id: ORGANISATION, name: Klokdorp, type: gemeente}
exports: []
sources:
  - {id: balie, connector: json_export, file: balie.json, kind: ticket, records: meldingen, key: nummer,
     fields: {ticket_type: soort, priority: prioriteit, opened_at: gemeld, resolved_at: klaar}}
"""


def write(folder: Path, tickets: list[dict[str, Any]], organisation: str = "klok") -> Path:
    folder.mkdir(exist_ok=True)
    (folder / "ensia.yaml").write_text(INSTALLATION.replace("ORGANISATION", organisation), "utf-8")
    (folder / "balie.json").write_text(json.dumps({"meldingen": tickets}), "utf-8")
    return folder / "ensia.yaml"


def melding(number: str, opened: str, resolved: str | None, kind: str = "verdachte aanmelding") -> dict[str, Any]:
    return {"nummer": number, "soort": kind, "prioriteit": "hoog", "gemeld": opened, "klaar": resolved}


# (opened, resolved, settled within 24 hours)
AROUND_THE_CHANGES = [
    ("2023-10-28T20:00:00+02:00", "2023-10-29T19:00:00+01:00", True),  # 24 hours; the clock shows 23
    ("2023-10-28T20:00:00+02:00", "2023-10-29T19:01:00+01:00", False),
    ("2023-03-25T20:00:00+01:00", "2023-03-26T21:00:00+02:00", True),  # 24 hours; the clock shows 25
    ("2023-03-25T20:00:00+01:00", "2023-03-26T21:01:00+02:00", False),
    ("2023-10-28T20:00:00", "2023-10-29T19:01:00", False),  # without an offset the same
    ("2023-03-25T20:00:00", "2023-03-26T21:00:00", True),
    ("2023-10-28 02:30", "2023-10-29 02:30", False),  # 24 or 25 hours: the longest counts
]


# The tickets of each organisation in one night that they have in common.
ONE_NIGHT = {
    "rond-de-wissels": [
        melding(f"M-{number}", opened, closed) for number, (opened, closed, _) in enumerate(AROUND_THE_CHANGES)
    ],
    "herhaald-uur": [melding("M-1", "2023-10-29T02:50:00+02:00", "2023-10-29T02:10:00+01:00")],
    "geweigerd": [melding("M-1", "2023-07-01T12:00:00+02:00", "2023-07-01T11:00:00+02:00")],
    "zomernacht": [melding("M-1", "2023-07-01T23:30:00+02:00", None)],
}


@pytest.fixture(scope="module")
def night(tmp_path_factory: pytest.TempPathFactory) -> State:
    """The state after one night over those organisations."""
    folder = tmp_path_factory.mktemp("klokken")
    listed = "".join(f"  - {name}\n" for name in ONE_NIGHT)
    (folder / "ensia.yaml").write_text(f"exports: []\norganisations:\n{listed}", "utf-8")
    for name, tickets_of in ONE_NIGHT.items():
        write(folder / name, tickets_of, name)
    outcome = run_once(folder, YEAR_END, all_norms=True)
    assert outcome.degraded == []
    return load_installation(folder).state


@pytest.fixture
def published(night: State) -> Iterator[duckdb.DuckDBPyConnection]:
    with open_published(night) as reader:
        yield reader


def test_a_term_in_hours_is_elapsed_time(published: duckdb.DuckDBPyConnection) -> None:
    took = published.execute(
        "SELECT resolved_at - opened_at <= INTERVAL 24 HOUR FROM evidence.ticket "
        "WHERE organisation_id = 'rond-de-wissels' ORDER BY record_key"
    ).fetchall()
    assert [in_time for (in_time,) in took] == [in_time for _, _, in_time in AROUND_THE_CHANGES]
    rows = published.execute(
        "SELECT r.numerator, r.denominator FROM assess.test_result AS r JOIN catalogue.test AS t "
        "USING (framework_id, test_id, purpose) WHERE t.test_type = 'within' AND r.until_run_no IS NULL "
        "AND r.selected > 0 AND list_contains(t.about, 'login_alert') AND r.organisation_id = 'rond-de-wissels'"
    ).fetchall()
    assert set(rows) == {(3.0, 7.0)}


def test_what_is_solved_in_the_repeated_hour_comes_in_and_shows_the_clock(published: duckdb.DuckDBPyConnection) -> None:
    (stored,) = published.execute(
        "SELECT resolved_at - opened_at FROM evidence.ticket WHERE organisation_id = 'herhaald-uur'"
    ).fetchall()
    (shown,) = published.execute(
        "SELECT gemeld_op, opgelost_op FROM main.bewijs_melding WHERE organisatie = 'herhaald-uur'"
    ).fetchall()
    refused = "SELECT count(*) FROM ops.quarantine WHERE organisation_id = 'herhaald-uur'"
    assert published.execute(refused).fetchone() == (0,)
    assert stored[0].total_seconds() == 20 * 60
    assert shown == (datetime(2023, 10, 29, 2, 50), datetime(2023, 10, 29, 2, 10))


def test_a_moment_that_is_not_taken_is_named_as_its_source_wrote_it(published: duckdb.DuckDBPyConnection) -> None:
    (row,) = published.execute(
        "SELECT value, expectation FROM ops.unknown_value WHERE organisation_id = 'geweigerd'"
    ).fetchall()
    assert row == ("2023-07-01 11:00:00", "resolved-after-opened")


def test_the_published_file_needs_no_extension(night: State) -> None:
    with duckdb.connect(config=SETTINGS) as officer:
        officer.execute(f"ATTACH '{night.published}' AS elders (READ_ONLY)")
        assert officer.execute(
            "SELECT gemeld_op FROM elders.main.bewijs_melding WHERE organisatie = 'zomernacht'"
        ).fetchall() == [(datetime(2023, 7, 1, 23, 30),)]
    with open_published(night) as officer:
        texts = officer.execute("SELECT sql FROM duckdb_views() WHERE NOT internal").fetchall()
        texts += officer.execute("SELECT macro_definition FROM duckdb_functions() WHERE NOT internal").fetchall()
    assert len(texts) > 20 and not [text for (text,) in texts if "timezone(" in (text or "").lower()]


# What was stored before moments were instants: the wall times of these tickets, by the code of that time.
OLD_NIGHT = [
    melding("zomer", "2023-07-01T23:30:00+02:00", "2023-07-02T09:00:00+02:00"),
    melding("winter", "2023-12-01T23:30:00", "2023-12-02T00:30:00"),
    melding("herfst", "2023-10-29T02:15:00", "2023-10-29T02:45:00"),
    melding("lente", "2023-03-26T01:30:00+01:00", "2023-03-26T03:30:00+02:00"),
    melding("open", "2023-11-01", None),
]
WALL_TIMES = {
    "zomer": ("2023-07-01 23:30", "2023-07-02 09:00"),
    "winter": ("2023-12-01 23:30", "2023-12-02 00:30"),
    "herfst": ("2023-10-29 02:15", "2023-10-29 02:45"),
    "lente": ("2023-03-26 01:30", "2023-03-26 03:30"),
    "open": ("2023-11-01 00:00", None),
}


def as_before(state: State) -> None:
    """Put the warehouse back as it was before moments were instants: wall times, and no mark of the migration."""
    with open_warehouse(state) as connection:
        for key, (opened, resolved) in WALL_TIMES.items():
            connection.execute(
                "UPDATE evidence.ticket SET observed_at = $opened, opened_at = $opened, resolved_at = $resolved "
                "WHERE record_key = $key",
                {"key": key, "opened": opened, "resolved": resolved},
            )
        connection.execute("UPDATE evidence.measurement SET observed_at = amsterdam_time(observed_at)")
        connection.execute("DELETE FROM ops.migration WHERE name = 'instants'")


def tickets(state: State) -> list[tuple[Any, ...]]:
    with open_published(state) as published:
        return published.execute(
            "SELECT record_key, evidence_id, content_hash, observed_at, opened_at, resolved_at, recorded_at, retired_at "
            "FROM evidence.ticket ORDER BY ALL"
        ).fetchall()


def test_an_older_warehouse_becomes_instants_with_the_same_hashes_and_the_next_night_stores_nothing(
    tmp_path: Path,
) -> None:
    config = write(tmp_path / "klok", OLD_NIGHT)
    run_once(config, YEAR_END)
    state = load_installation(config).state
    before = tickets(state)
    as_before(state)
    again = run_once(config, YEAR_END)
    assert again.totals.stored == 0
    assert tickets(state) == before
    moments = {row[0]: row[4:6] for row in before}
    assert moments["zomer"] == (datetime(2023, 7, 1, 21, 30), datetime(2023, 7, 2, 7))
    assert moments["herfst"] == (datetime(2023, 10, 29, 0, 15), datetime(2023, 10, 29, 1, 45))
    assert moments["open"] == (datetime(2023, 10, 31, 23), None)
    # the code that stored wall times hashed them as this text
    content = (
        '{"opened_at": "2023-07-01 23:30:00", "priority": "high", "resolved_at": "2023-07-02 09:00:00", '
        '"ticket_type": "login_alert"}'
    )
    hashes = {row[0]: row[2] for row in before}
    assert hashes["zomer"] == hashlib.sha256(content.encode()).hexdigest()


def test_a_moment_that_was_taken_for_the_other_one_gets_a_version_once(tmp_path: Path) -> None:
    """Stored as wall time, 02:10 solved could be either; the source says which, so the record is told anew, once."""
    config = write(tmp_path / "klok", [melding("M-1", "2023-10-28T20:00:00+02:00", "2023-10-29T02:10:00+02:00")])
    run_once(config, YEAR_END)
    state = load_installation(config).state
    (row,) = tickets(state)
    assert row[5] == datetime(2023, 10, 29, 0, 10)
    run_once(config, YEAR_END)
    assert tickets(state) == [row]
    write(tmp_path / "klok", [melding("M-1", "2023-10-28T20:00:00+02:00", "2023-10-29T02:10:00+01:00")])
    run_once(config, YEAR_END)
    assert sorted((row[5], row[7] is None) for row in tickets(state)) == [
        (datetime(2023, 10, 29, 0, 10), False),
        (datetime(2023, 10, 29, 1, 10), True),
    ]


def test_the_migration_names_every_moment_of_every_kind() -> None:
    from models.kind import kinds

    known = migrations()
    [(at, text)] = [(number, sql) for number, name, sql in known if name == "instants"]
    before = "".join(sql for number, _, sql in known if number < at)
    older = [kind for kind in kinds().values() if f"evidence.{kind.kind} (" in before]
    assert len(older) == 15  # what came later was an instant from the first
    for kind in older:
        statement = next(part for part in text.split(";") if f"UPDATE evidence.{kind.kind} SET" in part)
        for column in (column for column in kind.moments if f"{column} " in before):
            macro = "latest_moment_of" if column == kind.settles else "earliest_moment_of"
            assert f"{column} = {macro}({column})" in statement


def test_migrating_twice_changes_nothing() -> None:
    with duckdb.connect(config=SETTINGS) as connection:
        assert migrate(connection)
        assert migrate(connection) == []
