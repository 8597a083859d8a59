"""The verdict on every record in the published file, as an officer finds it there with nothing but DuckDB."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

import duckdb
import pytest

from flows.installation import Installation
from models.test_type import test_types

_TYPES = [name for name, test_type in test_types().items() if test_type.verdict is not None]


@pytest.fixture(scope="module")
def opened(example: Installation) -> Iterator[duckdb.DuckDBPyConnection]:
    """The published file, read-only and without anything of the program."""
    with duckdb.connect(str(example.state.published), read_only=True) as connection:
        yield connection
    _list_of.cache_clear()


@cache
def _list_of(opened: duckdb.DuckDBPyConnection, name: str) -> str:
    """The list of the records of every test of a type, asked once and kept in a table of this connection."""
    opened.execute(f"CREATE TEMP TABLE list_{name} AS FROM verdict.of_type($type)", {"type": name})
    return f"list_{name}"


def _differing(opened: duckdb.DuckDBPyConnection, name: str, number: str, counted: str) -> list[tuple[object, ...]]:
    """The tests of a type of which a stored number is not that of the list: id, stored, counted."""
    return opened.execute(
        f"SELECT t.test_id, coalesce(r.{number}, 0), coalesce(c.records, 0) FROM assess.test_result AS r "
        "JOIN catalogue.test AS t USING (framework_id, test_id, purpose) LEFT JOIN (SELECT organisation_id, test_no, "
        f"count(*) FILTER ({counted}) AS records FROM {_list_of(opened, name)} GROUP BY ALL) AS c "
        f"USING (organisation_id, test_no) WHERE r.until_run_no IS NULL AND t.test_type = $type AND r.reason <> 'objects' "
        f"AND coalesce(r.{number}, 0) <> coalesce(c.records, 0)",
        {"type": name},
    ).fetchall()


@pytest.mark.parametrize("name", _TYPES)
def test_the_stored_numbers_are_those_of_the_list(opened: duckdb.DuckDBPyConnection, name: str) -> None:
    verdict = test_types()[name].verdict
    assert verdict is not None
    if verdict.numerator:
        assert _differing(opened, name, "numerator", "in_numerator") == []
    if verdict.denominator:
        assert _differing(opened, name, "denominator", "in_denominator") == []
    wrong = opened.execute(
        f"SELECT DISTINCT verdict FROM {_list_of(opened, name)} WHERE verdict IS NULL "
        "OR verdict NOT IN ('good', 'not_good', 'unknown', 'left_out')"
    ).fetchall()
    assert wrong == []


def test_where_objects_are_counted_no_record_says_that_it_is_one_of_the_number(
    opened: duckdb.DuckDBPyConnection,
) -> None:
    (by_object,) = opened.execute(
        "SELECT array_agg(toets) FROM toetsen WHERE soort_toets = 'recurring' AND reden = 'objects'"
    ).fetchone() or ([],)
    assert by_object
    for test_id in by_object:
        filled = "SELECT count(*), count(in_teller) + count(in_noemer) FROM toets_regels($test)"
        records, numbers = opened.execute(filled, {"test": test_id}).fetchone() or (0, None)
        assert records > 0 and numbers == 0, test_id


@pytest.mark.parametrize("name", _TYPES)
def test_a_test_alone_has_the_records_that_it_has_among_its_type(opened: duckdb.DuckDBPyConnection, name: str) -> None:
    tests = opened.execute(
        "SELECT test_no, test_id FROM catalogue.test WHERE test_type = $type ORDER BY test_no LIMIT 3", {"type": name}
    ).fetchall()
    for number, test_id in tests:
        alone = opened.execute(
            "SELECT bewijsnummer, in_teller FROM toets_regels($test) ORDER BY ALL", {"test": test_id}
        ).fetchall()
        among = opened.execute(
            f"SELECT evidence_id, in_numerator FROM {_list_of(opened, name)} WHERE test_no = $number ORDER BY ALL",
            {"number": number},
        ).fetchall()
        assert alone == among


def test_the_result_is_reckoned_from_the_list_by_who_opens_the_file(opened: duckdb.DuckDBPyConnection) -> None:
    counted = opened.execute(
        "SELECT count(*) FILTER (in_teller), count(*) FILTER (in_noemer) FROM toets_regels('5.20.03-werking-verklaring')"
    ).fetchone()
    stored = opened.execute("SELECT teller, noemer FROM toetsen WHERE toets = '5.20.03-werking-verklaring'").fetchone()
    assert counted == stored == (10, 24)


def test_every_record_stands_with_its_key_and_place_the_worst_first(opened: duckdb.DuckDBPyConnection) -> None:
    rows = opened.execute(
        "SELECT oordeel, sleutel, bestand, rij FROM toets_regels('5.20.03-werking-verklaring')"
    ).fetchall()
    assert all(key and file and row for _, key, file, row in rows)
    verdicts = [verdict for verdict, *_ in rows]
    order = ["niet goed", "onbekend", "telt niet mee", "goed"]
    assert verdicts == sorted(verdicts, key=order.index)
    assert verdicts.count("goed") == 10


def test_a_number_that_no_test_has_is_an_error_and_no_empty_list(opened: duckdb.DuckDBPyConnection) -> None:
    with pytest.raises(duckdb.Error, match="er is geen toets met dit nummer"):
        opened.execute("FROM toets_regels('8.99.99-werking')").fetchall()
