"""A place is written in one way as text, as JSON and in SQL, and a problem hides what may not be shown."""

from __future__ import annotations

from dataclasses import fields
from datetime import date

import duckdb
import pytest

from models.language import Language
from models.record import MASK, Delivery, Locator, Problem, Remark

PLACES = [
    (Locator(file="a.xlsx", sheet="Rechten", row=12), "a.xlsx, blad Rechten, rij 12", "a.xlsx, sheet Rechten, row 12"),
    (Locator(file="a.csv", row=0), "a.csv, rij 0", "a.csv, row 0"),
    (Locator(address="https://x.nl/1[3]"), "https://x.nl/1[3]", "https://x.nl/1[3]"),
    (Locator(file="a.json", address="#/lijst/3", artifact="ff"), "a.json", "a.json"),
    (Locator(), "?", "?"),
]


@pytest.mark.parametrize(("place", "dutch", "english"), PLACES)
def test_a_place_as_people_read_it(place: Locator, dutch: str, english: str) -> None:
    assert str(place) == place.text.in_language(Language.NL) == dutch
    assert place.text.in_language(Language.EN) == english


@pytest.mark.parametrize("place", [place for place, _, _ in PLACES])
def test_a_place_comes_back_from_the_warehouse_as_it_went_in(place: Locator) -> None:
    connection = duckdb.connect()
    connection.execute(f"CREATE TABLE record (locator {Locator.sql_type()})")
    connection.execute("INSERT INTO record VALUES (?)", [place.as_json()])
    row = connection.execute("SELECT locator FROM record").fetchone()
    assert row is not None and Locator.of(row[0]) == place


def test_json_and_sql_have_every_field_of_a_place_in_one_order() -> None:
    assert list(Locator().as_json()) == list(Locator.FIELDS)
    assert set(Locator.FIELDS) == {field.name for field in fields(Locator)}


def test_nowhere_is_a_place_without_anything() -> None:
    assert Locator.of(None) == Locator.of({}) == Locator()


def test_a_masked_problem_quotes_the_value_nowhere() -> None:
    problem = Problem("Naam", "owner", "J. Jansen", "een functie, geen naam zoals J. Jansen")
    assert "Jansen" not in str(problem.masked()) and problem.masked().value == MASK
    empty = Problem("Naam", "owner", "", "een waarde")
    assert empty.masked() == empty


def test_a_delivery_of_no_known_moment_counts_on_no_day() -> None:
    day = date(2026, 11, 20)
    assert not Delivery().is_fresh(day)
    assert Delivery(fresh_until=day).is_fresh(day) and not Delivery(fresh_until=day).is_fresh(date(2026, 11, 21))


def test_a_remark_names_its_place_first() -> None:
    assert str(Remark("totals", "1 totaalregel is overgeslagen", "a.xlsx")) == "a.xlsx: 1 totaalregel is overgeslagen"
    assert str(Remark("stale", "levering van gisteren")) == "levering van gisteren"
