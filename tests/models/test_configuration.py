"""What `ensia.yaml` may say, and that a mistake in it is told with file, line, setting and what is allowed."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from models.configuration import Configuration, parse_configuration, settings_error
from models.duration import Duration
from models.errors import ConfigurationError

GOOD = """\
organisation:
  id: voorbeeld
  name: Gemeente Voorbeeld
sources:
  - id: tickets
    connector: topdesk
    expected_every: P1D
    address: https://topdesk.voorbeeld.nl
"""


def test_a_sound_file() -> None:
    found = parse_configuration(GOOD, "ensia.yaml")
    source = found.sources[0]
    assert found.organisation is not None
    assert (found.organisation.type, source.expected_every) == ("gemeente", Duration(days=1))
    assert source.options == {"address": "https://topdesk.voorbeeld.nl"}, "what is not ours goes to the connector"


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("  id: voorbeeld", "  id: Voorbeeld!", "ensia.yaml, regel 2: organisation.id is 'Voorbeeld!'; verwacht: tekst volgens"),
        ("  name: Gemeente Voorbeeld\n", "", "ensia.yaml, regel 1: organisation.name ontbreekt"),
        ("  name:", "  naam:", "regel 3: organisation.naam is hier geen instelling; bedoelde u name? Toegestaan: id, name, type"),
        ("  name: Gemeente", "  type: dorp\n  name: Gemeente", "regel 3: organisation.type is 'dorp'; toegestaan: gemeente, waterschap"),
        ("expected_every: P1D", "expected_every: elke dag", "regel 7: sources.0.expected_every"),
        ("expected_every: P1D", "retries: veel", "regel 7: sources.0.retries is 'veel'; verwacht: een geheel getal"),
        ("expected_every: P1D", "retries: 99", "sources.0.retries is 99; verwacht: hoogstens 10"),
        ("expected_every: P1D", "covers: [{kind: melding}]", "soort bewijs ‘melding’ is er niet; er zijn: "),
        ("expected_every: P1D", "covers: [{kind: access_review, about: [bevorrecht]}]", "regel 7: sources.0.covers.0: ‘bevorrecht’ is er niet; er zijn: regular, privileged"),
        ("sources:", "schedule: {at: '02:30'}\nsources:", "kies bijvoorbeeld 03:15"),
        ("sources:", "organisations: [a, b]\nsources:", "niet beide"),
        ("sources:", "sources:\n  - {id: tickets, connector: jira}", "twee bronnen heten ‘tickets’"),
        ("sources:", "cycle: {year: 1999}\nsources:", "cycle.year is 1999; verwacht: minstens 2017"),
        ("sources:", "cycle: {year: 2026, reference_date: 2025-12-31}\nsources:", "‘reference_date’ 2025-12-31 ligt niet in 2026"),
        ("sources:", "cycle: {reference_date: 31-12-2026}\nsources:", "verwacht: een datum als 2026-12-31"),
        ("sources:", "digest: {lang: fr, recipients: []}\nsources:", "digest.lang is 'fr'; toegestaan: nl, en"),
        ("  id: voorbeeld", "  id: [", "ensia.yaml, regel"),
        (GOOD, "", "is leeg"),
        (GOOD, "- een lijst", "is leeg of heeft geen instellingen"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_with_its_place(old: str, new: str, expected: str) -> None:
    assert old in GOOD
    with pytest.raises(ConfigurationError) as caught:
        parse_configuration(GOOD.replace(old, new, 1), "ensia.yaml")
    assert expected in str(caught.value)
    assert caught.value.exit_code == 2


def test_what_a_source_covers_may_be_said_in_any_spelling() -> None:
    more = "covers: [{kind: ticket, about: [Datalek, incident]}, {kind: register_entry, about: [Leveranciers, eigen lijst]}]"
    covers = parse_configuration(GOOD.replace("expected_every: P1D", more), "ensia.yaml").sources[0].covers
    assert [cover.about for cover in covers] == [("data_breach", "incident"), ("supplier", "eigen lijst")]


def test_every_mistake_is_told_at_once() -> None:
    with pytest.raises(ConfigurationError) as caught:
        parse_configuration(GOOD.replace("name:", "naam:").replace("P1D", "elke dag"), "ensia.yaml")
    assert len(str(caught.value).splitlines()) == 3  # the missing name, the unknown word, the unreadable period


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid")
    sheet: str = ""


class _Settings(BaseModel):
    model_config = ConfigDict(extra="forbid")
    address: str
    tables: tuple[_Table, ...] = Field((), min_length=1)

    @model_validator(mode="before")
    @classmethod
    def _single(cls, value: dict[str, Any]) -> dict[str, Any]:
        own = {name: content for name, content in value.items() if name in cls.model_fields}
        rest = {name: content for name, content in value.items() if name not in cls.model_fields}
        return {**own, "tables": own.get("tables", [rest])} if rest else own


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ("    expected_evry: P1D", "ensia.yaml, bron ‘tickets’ (topdesk), regel 9: expected_evry is hier geen instelling; bedoelde u expected_every?"),
        ("    tables:\n      - sheet: A\n      - shet: B", "regel 11: tables.1.shet is hier geen instelling; bedoelde u sheet? Toegestaan: sheet"),
        ("    shet: A", "regel 9: shet is hier geen instelling; bedoelde u sheet?"),  # the short form of tables.0.sheet
        ("    tables: [{sheet: 3}]", "regel 9: tables.0.sheet is 3; verwacht: tekst"),
    ],
)  # fmt: skip
def test_a_mistake_in_what_is_the_connectors_own_has_its_place_too(more: str, expected: str) -> None:
    source = parse_configuration(f"{GOOD}{more}\n", "ensia.yaml").sources[0]
    with pytest.raises(ValidationError) as caught:
        _Settings.model_validate(source.options)
    told = str(settings_error(caught.value, source, _Settings))
    assert expected in told and len(told.splitlines()) == 1


def test_a_setting_that_is_missing_is_told_with_the_line_of_its_source() -> None:
    source = parse_configuration(GOOD.replace("    address:", "    title:"), "ensia.yaml").sources[0]
    with pytest.raises(ValidationError) as caught:
        _Settings.model_validate(source.options)
    told = str(settings_error(caught.value, source, _Settings))
    assert told == "ensia.yaml, bron ‘tickets’ (topdesk), regel 5: address ontbreekt"


def test_the_defaults_are_safe() -> None:
    found = Configuration.model_validate({"organisation": {"id": "a", "name": "A"}})
    assert found.schedule.at == "03:15"
    assert found.frameworks == ("bio2-1.3", "principes-2018")


@pytest.mark.parametrize(
    ("cycle", "pinned"),
    [("{aspects: [design, existence]}", None), ("{year: 2026}", 2026), ("{reference_date: 2025-12-31}", 2025)],
)
def test_a_cycle_may_leave_its_year_out(cycle: str, pinned: int | None) -> None:
    """Then it is that of the run."""
    made = parse_configuration(GOOD.replace("sources:", f"cycle: {cycle}\nsources:", 1), "ensia.yaml").cycle
    assert made is not None and made.pinned_year == pinned
