"""Where an installation serves several organisations, the file of one holds no byte of another."""

from __future__ import annotations

from pathlib import Path

import duckdb

from tests.small import catalogue_of, insert, warehouse_of
from warehouse.reading.parts import part_of
from warehouse.reading.publish import publish
from warehouse.storage.database import SETTINGS, State
from warehouse.storage.own_files import FOLDER_MODE
from warehouse.year.beside import differences

WORDS = {"a-stad": "Quirijnsma-van-A", "b-dorp": "Ypelaarsma-van-B"}


def published_for(tmp_path: Path, *organisations: str) -> State:
    """A published file in which each organisation has one document, one audit event and one run that names its source."""
    state = State(tmp_path)
    connection = warehouse_of(catalogue_of([], []), organisations)
    for name in organisations:
        insert(connection, "document", name, title=WORDS[name] * 20, source_id=WORDS[name])
        connection.execute(
            "INSERT INTO account.audit (event_no, organisation_id, act, about) VALUES (1, ?, 'x', ?)",
            [name, WORDS[name]],
        )
        connection.execute(
            "INSERT INTO ops.run (run_id, run_no, state, reason) VALUES (?, 1, 'failed', ?)", [name, WORDS[name]]
        )
    connection.execute(
        "INSERT INTO account.audit (event_no, act, about) VALUES (2, 'x', ?)", [" ".join(WORDS.values())]
    )
    publish(connection, state)
    return state


def test_the_file_of_one_holds_no_byte_of_another(tmp_path: Path) -> None:
    state = published_for(tmp_path, *WORDS)
    for name, word in WORDS.items():
        part = part_of(state, name)
        others = [other for other in WORDS.values() if other != word]
        content = part.read_bytes()
        assert part.stat().st_mode & 0o777 == 0o400 and part.parent.stat().st_mode & 0o777 == FOLDER_MODE
        with duckdb.connect(str(part), read_only=True) as connection:
            tables = connection.execute("SELECT schema_name, table_name FROM duckdb_tables()").fetchall()
            rows = "\n".join(
                str(connection.execute(f'FROM "{schema}"."{table}"').fetchall()) for schema, table in tables
            )
            assert connection.execute("SELECT count(*) FROM bewijs_document").fetchone() == (1,)
        assert word in rows
        for other in others:
            assert other not in rows and other.encode() not in content


def test_one_organisation_has_one_file(tmp_path: Path) -> None:
    state = published_for(tmp_path, "a-stad")
    assert not part_of(state, "a-stad").exists() and state.published.exists()


def beside(state: State) -> list[tuple[str, str, int]]:
    """What `verify` finds to differ beside the published file."""
    with duckdb.connect(":memory:", config=SETTINGS) as connection:
        connection.execute(f"ATTACH '{state.published}' AS published (READ_ONLY)")
        found = list(differences(connection, state, "published"))
    return [(str(one.file.relative_to(state.published.parent)), one.problem, one.rows) for one in found]


def test_what_lies_beside_the_published_file_is_compared_with_it(tmp_path: Path) -> None:
    state = published_for(tmp_path, *WORDS)
    assert beside(state) == []
    part = part_of(state, "a-stad")
    part.chmod(0o600)
    with duckdb.connect(str(part)) as connection:
        connection.execute("UPDATE evidence.document SET title = 'beter'")
    statuses = state.published.with_name("statussen.parquet")
    duckdb.sql("SELECT 'a-stad' AS organisation_id").write_parquet(str(statuses))
    part_of(state, "b-dorp").unlink()
    assert beside(state) == [
        ("a-stad/ensia.duckdb", "beside_otherwise", 2),
        ("b-dorp/ensia.duckdb", "absent", 0),
        ("statussen.parquet", "unreadable", 0),
    ]
