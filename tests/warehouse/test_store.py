"""Versions, retirement and quarantine: records are never lost, never doubled, never half stored."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flows import steps
from models.sql_text import literal
from tests.pipeline import run_once
from tests.small import empty_warehouse, record, staged
from warehouse.storage import database, store
from warehouse.storage.database import transaction
from warehouse.storage.store import Stored, store_batch

START = datetime(2026, 1, 1, 3)


def document(key: str | None, title: str = "Beleid", row: int = 1, **more: Any) -> Any:
    own = {"topic": "risk_appetite", "state": "adopted", "adopted_on": date(2026, 1, 1)} | more
    return record("document", key, row, title=title, **own)


def load(
    connection: duckdb.DuckDBPyConnection,
    folder: Path,
    records: list[Any],
    run: int,
    *,
    complete: bool = True,
    rejected: tuple[int, ...] = (),
) -> Stored:
    path = staged(folder / f"{run}.duckdb", records)
    connection.execute(f"ATTACH {literal(str(path))} AS batch")
    for number in rejected:
        connection.execute(
            "INSERT INTO batch.rejected VALUES ('document', ?, 'regel', 'kolom', 'waarde', 'iets anders', NULL, NULL)",
            [number],
        )
    try:
        with transaction(connection):
            return store_batch(
                connection, path, organisation_id="o", source_id="s", run_id=f"run{run}",
                recorded_at=START + timedelta(days=run), complete=complete, kinds_expected=("document",),
            )  # fmt: skip
    finally:
        connection.execute("DETACH batch")
        path.unlink()


def current(connection: duckdb.DuckDBPyConnection) -> dict[str, str]:
    return dict(
        connection.execute("SELECT record_key, title FROM evidence.document WHERE retired_at IS NULL").fetchall()
    )


def test_unchanged_records_cost_nothing(tmp_path: Path) -> None:
    connection = empty_warehouse()
    assert load(connection, tmp_path, [document("a"), document("b")], 1).stored == 2
    second = load(connection, tmp_path, [document("b"), document("a")], 2)
    assert (second.stored, second.unchanged, second.retired) == (0, 2, 0)
    assert connection.execute("SELECT count(*) FROM evidence.document").fetchone() == (2,)


def test_a_change_is_a_new_version_and_the_old_one_ends_where_it_begins(tmp_path: Path) -> None:
    connection = empty_warehouse()
    load(connection, tmp_path, [document("a", "oud")], 1)
    load(connection, tmp_path, [document("a", "nieuw")], 2)
    rows = connection.execute(
        "SELECT title, recorded_at, retired_at FROM evidence.document ORDER BY recorded_at"
    ).fetchall()
    assert rows == [
        ("oud", START + timedelta(days=1), START + timedelta(days=2)),
        ("nieuw", START + timedelta(days=2), None),
    ]


def test_what_a_complete_collection_no_longer_returns_is_retired(tmp_path: Path) -> None:
    connection = empty_warehouse()
    load(connection, tmp_path, [document("a"), document("b")], 1)
    assert load(connection, tmp_path, [document("a")], 2, complete=False).retired == 0
    assert load(connection, tmp_path, [document("a")], 3).retired == 1
    assert set(current(connection)) == {"a"}


def test_a_kind_that_came_back_empty_is_retired(tmp_path: Path) -> None:
    connection = empty_warehouse()
    load(connection, tmp_path, [document("a")], 1)
    assert load(connection, tmp_path, [], 2).retired == 1


def test_a_record_that_returns_is_a_new_version(tmp_path: Path) -> None:
    connection = empty_warehouse()
    for run, records in enumerate(
        [[document("a"), document("b")], [document("b")], [document("a"), document("b")]], start=1
    ):
        load(connection, tmp_path, records, run)
    assert set(current(connection)) == {"a", "b"}
    assert connection.execute("SELECT count(*) FROM evidence.document WHERE record_key = 'a'").fetchone() == (2,)
    assert connection.execute("SELECT count(DISTINCT evidence_id), count(*) FROM evidence.document").fetchone() == (
        3,
        3,
    )


def test_a_rejected_row_goes_to_quarantine_and_its_previous_version_stands(tmp_path: Path) -> None:
    connection = empty_warehouse()
    load(connection, tmp_path, [document("a", "goed"), document("b")], 1)
    stored = load(connection, tmp_path, [document("a", "fout", row=7), document("b")], 2, rejected=(0,))
    assert (stored.rejected, stored.retired, stored.unchanged) == (1, 0, 1)
    assert current(connection)["a"] == "goed"
    row = connection.execute(
        "SELECT record_key, column_name, value, expected, locator.row, record ->> 'title' FROM ops.quarantine"
    ).fetchone()
    assert row == ("a", "kolom", "waarde", "iets anders", 7, "fout")


def test_a_broken_transaction_leaves_nothing(tmp_path: Path) -> None:
    connection = empty_warehouse()
    load(connection, tmp_path, [document("a")], 1)
    path = staged(tmp_path / "x.duckdb", [document("a", "anders"), document("b")])
    connection.execute(f"ATTACH {literal(str(path))} AS batch")

    def broken() -> None:
        with transaction(connection):
            store_batch(
                connection,
                path,
                organisation_id="o",
                source_id="s",
                run_id="r",
                recorded_at=START + timedelta(days=2),
                complete=True,
            )
            raise RuntimeError("stroom weg")

    with pytest.raises(RuntimeError):
        broken()
    connection.execute("DETACH batch")
    assert current(connection) == {"a": "Beleid"}


def test_a_large_batch_is_stored_by_what_it_is_about(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "BLOCK", 5)
    monkeypatch.setattr(store, "MOST_GROUPS", 2)
    topics = ["risk_appetite", "backup_policy", None, "risk_appetite", "iets_anders", "backup_policy", "risk_appetite"]
    records = [document(str(number), topic=topic) for number, topic in enumerate(topics)]
    connection = empty_warehouse()
    assert load(connection, tmp_path, records, 1).stored == len(topics)
    stored = connection.execute("SELECT topic FROM evidence.document").fetchall()
    assert [row[0] for row in stored[:5]] == ["risk_appetite"] * 3 + ["backup_policy"] * 2
    assert {row[0] for row in stored[5:]} == {None, "iets_anders"}
    again = load(connection, tmp_path, records, 2)
    assert (again.stored, again.unchanged, again.retired) == (0, len(topics), 0)


def test_a_batch_that_needs_more_memory_gets_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[int] = []
    whole = database.one_core
    monkeypatch.setattr(database, "SPARING_MEMORY", "1KB")
    monkeypatch.setattr(steps, "one_core", lambda connection: calls.append(1) or whole(connection))
    monkeypatch.setattr("warehouse.storage.staging.SPARING_MEMORY", "64MB")
    (tmp_path / "a.csv").write_text("Onderwerp;Vastgesteld\nrisk_appetite;01-01-2026\n", "utf-8")
    (tmp_path / "ensia.yaml").write_text(
        "organisation: {id: o, name: O}\nframeworks: [bio2-1.3]\nexports: []\nsources:\n  - id: s\n    connector: spreadsheet\n"
        "    file: a.csv\n    kind: document\n    key: [topic]\n    columns: {topic: Onderwerp, adopted_on: Vastgesteld}\n"
        "    constants: {state: vastgesteld}\n",
        "utf-8",
    )
    outcome = run_once(tmp_path, date(2026, 11, 20))
    assert (outcome.state, outcome.totals.rejected) == ("ok", 0), outcome.degraded
    with duckdb.connect(str(tmp_path / "state" / "published" / "ensia.duckdb"), read_only=True) as reader:
        assert reader.execute("SELECT topic, state FROM evidence.document").fetchall() == [("risk_appetite", "adopted")]
    assert calls == [1]


def test_organisations_and_sources_do_not_touch_each_other(tmp_path: Path) -> None:
    connection = empty_warehouse()
    load(connection, tmp_path, [document("a")], 1)
    path = staged(tmp_path / "y.duckdb", [document("z")])
    connection.execute(f"ATTACH {literal(str(path))} AS batch")
    with transaction(connection):
        store_batch(
            connection,
            path,
            organisation_id="p",
            source_id="s",
            run_id="r",
            recorded_at=START + timedelta(days=2),
            complete=True,
        )
    connection.execute("DETACH batch")
    assert set(current(connection)) == {"a", "z"}


@settings(max_examples=25)
@given(
    st.lists(
        st.tuples(st.dictionaries(st.sampled_from("abcde"), st.sampled_from(["x", "y"]), max_size=5), st.booleans()),
        min_size=1,
        max_size=5,
    )
)
def test_the_present_state_is_always_what_the_collections_say(
    tmp_path_factory: Any, nights: list[tuple[dict[str, str], bool]]
) -> None:
    """Whatever comes, night after night: present = last seen, less what a complete collection no longer returned; and
    what was known after each night can still be asked."""
    folder, connection, expected, moments = tmp_path_factory.mktemp("nachten"), empty_warehouse(), {}, []
    for run, (content, complete) in enumerate(nights, start=1):
        load(connection, folder, [document(key, title) for key, title in content.items()], run, complete=complete)
        expected = dict(content) if complete else {**expected, **content}
        moments.append((START + timedelta(days=run), dict(expected)))
        assert current(connection) == expected
    for moment, known in moments:
        rows = connection.execute(
            "SELECT record_key, title FROM evidence.document WHERE recorded_at <= $at AND (retired_at IS NULL OR retired_at > $at)",
            {"at": moment},
        ).fetchall()
        assert dict(rows) == known and len(rows) == len(known)


def finding(severity: str, day: int, *, at_latest: bool = True, **more: Any) -> Any:
    found = record(
        "finding", "a", title="Zwak", finding_type="configuration", severity=severity, first_seen=datetime(2026, 1, day), **more
    )  # fmt: skip
    found.at_latest = at_latest
    return found


def seen(connection: duckdb.DuckDBPyConnection) -> list[tuple[Any, ...]]:
    return connection.execute(
        "SELECT severity, day(day_of(first_seen)), day(day_of(observed_at)) FROM evidence.finding WHERE retired_at IS NULL"
    ).fetchall()


def test_what_a_scan_finds_again_is_not_younger_than_when_it_was_found_first(tmp_path: Path) -> None:
    connection = empty_warehouse()
    load(connection, tmp_path, [finding("high", 5)], 1)
    again = load(connection, tmp_path, [finding("high", 12)], 2)
    assert (again.stored, again.unchanged, seen(connection)) == (0, 1, [("high", 5, 5)])
    worse = load(connection, tmp_path, [finding("critical", 19)], 3)
    assert (worse.stored, seen(connection)) == (1, [("critical", 5, 5)])


def test_a_source_that_says_since_when_may_correct_itself(tmp_path: Path) -> None:
    connection = empty_warehouse()
    for run, day in enumerate((12, 5, 19), start=1):
        assert load(connection, tmp_path, [finding("high", day, at_latest=False)], run).stored == 1
        assert seen(connection) == [("high", day, day)]


def test_what_was_settled_or_gone_and_is_found_again_begins_anew(tmp_path: Path) -> None:
    connection = empty_warehouse()
    load(connection, tmp_path, [finding("high", 5, resolved_at=datetime(2026, 1, 8))], 1)
    load(connection, tmp_path, [finding("high", 12)], 2)
    assert seen(connection) == [("high", 12, 12)]
    load(connection, tmp_path, [document("b")], 3)
    connection.execute("UPDATE evidence.finding SET retired_at = ? WHERE retired_at IS NULL", [START])
    load(connection, tmp_path, [finding("high", 19)], 4)
    assert seen(connection) == [("high", 19, 19)]
