"""The key of the pseudonyms: strong, the same as before, different per organisation, and rotated by one command that costs what
rested on the old one."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from models.errors import ConfigurationError
from tests.small import catalogue_of, insert, warehouse_of
from warehouse.storage.pseudonym_keys import (
    FOR_ALL,
    PER_ORGANISATION,
    check_strength,
    hold_to_key,
    rotate_key,
    rotated_at,
    scheme_of,
)
from warehouse.storage.staging import Pseudonymiser

OLD, NEW = "een-lange-oude-sleutel-1", "een-lange-nieuwe-sleutel-2"
FIRST, LATER = datetime(2026, 11, 1), datetime(2026, 11, 2)


@pytest.mark.parametrize("key", ["", "kort", "a" * 40, "ababababababababab"])
def test_a_key_that_can_be_guessed_is_refused_without_showing_it(key: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        check_strength(key, "SLEUTEL")
    assert not key or key not in str(caught.value)


def test_another_key_is_refused_until_it_is_rotated() -> None:
    connection = warehouse_of(catalogue_of([], []))
    hold_to_key(connection, "gemeente", OLD, FIRST, "SLEUTEL")
    hold_to_key(connection, "gemeente", OLD, LATER, "SLEUTEL")
    with pytest.raises(ConfigurationError):
        hold_to_key(connection, "gemeente", NEW, LATER, "SLEUTEL")
    insert(connection, "training", subject="p-1", audience="medewerker", completed_on=date(2026, 3, 1))
    insert(connection, "document", title="Beleid")
    assert rotate_key(connection, "gemeente", NEW, LATER, "SLEUTEL") == 1
    hold_to_key(connection, "gemeente", NEW, LATER, "SLEUTEL")
    assert rotated_at(connection, "gemeente") == LATER
    assert connection.execute("SELECT retired_at FROM evidence.training").fetchall() == [(LATER,)]
    assert connection.execute("SELECT retired_at FROM evidence.document").fetchall() == [(None,)]
    with pytest.raises(ConfigurationError):
        rotate_key(connection, "gemeente", NEW, LATER, "SLEUTEL")


def test_what_was_made_before_stays_the_same_person() -> None:
    connection = warehouse_of(catalogue_of([], []), ["gemeente", "nieuw"])
    insert(connection, "training", subject="p-1", audience="medewerker", completed_on=date(2026, 3, 1))
    hold_to_key(connection, "gemeente", OLD, FIRST, "SLEUTEL")
    hold_to_key(connection, "nieuw", OLD, FIRST, "SLEUTEL")
    assert (scheme_of(connection, "gemeente"), scheme_of(connection, "nieuw")) == (FOR_ALL, PER_ORGANISATION)


def test_one_person_is_another_in_another_organisation_and_the_same_in_one() -> None:
    makers = [Pseudonymiser(OLD), Pseudonymiser(OLD, "a"), Pseudonymiser(OLD, "b"), Pseudonymiser(NEW, "a")]
    assert len({make("Jan  de Vries") for make in makers}) == 4
    assert Pseudonymiser(OLD, "a")("jan de vries") == makers[1]("Jan  de Vries")


def test_no_key_and_nothing_to_guess_it_from_quickly_is_kept() -> None:
    connection = warehouse_of(catalogue_of([], []))
    hold_to_key(connection, "gemeente", OLD, FIRST, "SLEUTEL")
    [(mark,)] = connection.execute("SELECT mark FROM ops.pseudonym_key").fetchall()
    assert OLD not in mark and len(mark) == 32
