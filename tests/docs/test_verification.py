"""The page on verification: its vectors hold, by the program and by the verifier that shares no code with it."""

from __future__ import annotations

import ast
import hashlib
import re
import sys
from datetime import datetime
from pathlib import Path

import duckdb

from reports import controleer
from warehouse.storage.anchors import merkle_root
from warehouse.storage.leaves import make_canonical, mark_rows, named_table, row_content
from warehouse.storage.seal import group_digests

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "verification.md").read_text("utf-8")
LINE = next(line.strip() for line in PAGE.splitlines() if '"table":"ops.example"' in line and line.startswith("    "))
LARGEST_VERIFIER = 200  # lines


def vector(before: str) -> str:
    """The value that stands in the page after these words."""
    found = re.search(re.escape(before) + r"\s+`([^`]+)`", PAGE)
    assert found, before
    return found[1]


def example(times: int) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect(":memory:")
    connection.execute("CREATE SCHEMA ops; CREATE TABLE ops.example (b INTEGER, a VARCHAR, c TIMESTAMP, d VARCHAR[])")
    connection.executemany("INSERT INTO ops.example VALUES (12, ?, NULL, ['x', 'y'])", [['é"\n\x1f']] * times)
    return connection


def test_a_row_is_written_and_marked_as_the_page_says() -> None:
    connection = example(1)
    make_canonical(connection)
    content = row_content(named_table(connection, "memory", "ops.example"))
    assert connection.execute(f"SELECT canonical_row({content}) FROM ops.example").fetchone() == (LINE,)
    mark_rows(connection, "memory", "leaf_now")
    assert connection.execute("SELECT leaf FROM leaf_now").fetchone() == (vector("mark"),)
    assert hashlib.sha256(LINE.encode()).hexdigest() == vector("mark")


def test_a_group_has_the_digest_of_the_page() -> None:
    for times, words in ((1, "has the digest"), (2, "and with it twice")):
        connection = example(times)
        mark_rows(connection, "memory", "leaf_now")
        assert group_digests(connection) == [
            {"table": "ops.example", "organisation": "", "rows": times, "digest": vector(words)}
        ]


def test_a_root_is_that_of_the_page() -> None:
    hashes = [digit * 64 for digit in "012"]
    assert re.search(r"the digit\):\s+`([0-9a-f]{64})`", PAGE)[1] == merkle_root(hashes)  # type: ignore[index]
    assert merkle_root(hashes[:1]) == vector("over the first alone:")


def test_what_json_escapes_is_written_as_rfc_8785_does() -> None:
    import rfc8785

    connection = duckdb.connect(":memory:")
    connection.execute("CREATE TABLE main.every (a VARCHAR)")
    texts = [chr(code) for code in range(128)] + ["\\u001F", "\\\x1f\\", "é€😀\u2028", "\x0b\x0b"]
    connection.executemany("INSERT INTO main.every VALUES (?)", [[text] for text in texts])
    make_canonical(connection)
    content = row_content(named_table(connection, "memory", "main.every"))
    lines = connection.execute(f"SELECT a, canonical_row({content}) FROM main.every").fetchall()
    assert len(lines) == len(texts)
    for text, line in lines:
        assert line.encode() == rfc8785.dumps({"row": {"a": text}, "table": "main.every"})


def test_moments_and_truths_are_written_as_the_page_says() -> None:
    connection = duckdb.connect(":memory:")
    connection.execute("CREATE TABLE main.moment (a TIMESTAMP, b DATE, c BOOLEAN)")
    connection.execute("INSERT INTO main.moment VALUES (?, ?, true)", [datetime(2026, 11, 20, 3, 15, 0, 500000)] * 2)
    make_canonical(connection)
    content = row_content(named_table(connection, "memory", "main.moment"))
    assert connection.execute(f"SELECT canonical_row({content}) FROM main.moment").fetchone() == (
        '{"row":{"a":"2026-11-20 03:15:00.5","b":"2026-11-20","c":"true"},"table":"main.moment"}',
    )


def test_the_verifier_reckons_signatures_as_the_page_says() -> None:
    key, signature = vector("public key"), vector("signature")
    assert controleer.signed_by(LINE.encode(), signature, key)
    assert not controleer.signed_by(LINE.encode() + b" ", signature, key)
    other = ("A" if signature[3] != "A" else "B").join([signature[:3], signature[4:]])
    assert not controleer.signed_by(LINE.encode(), other, key)
    assert not controleer.signed_by(LINE.encode(), "", "")


def test_the_verifier_is_small_and_needs_nothing_but_python() -> None:
    text = Path(controleer.__file__).read_text("utf-8")
    assert len(text.splitlines()) <= LARGEST_VERIFIER
    imported = {
        name.split(".")[0]
        for node in ast.walk(ast.parse(text))
        for name in (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [node.module or ""]
            if isinstance(node, ast.ImportFrom)
            else []
        )
    }
    assert imported <= sys.stdlib_module_names
