"""What `ensia.yaml` may say, and that a mistake in it is told with file, line, setting and what is allowed."""

from __future__ import annotations

import pytest

from models.configuration import Configuration, parse_configuration
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
        ("  name:", "  naam:", "organisation.naam is hier geen instelling"),
        ("  name: Gemeente", "  type: dorp\n  name: Gemeente", "regel 3: organisation.type is 'dorp'; toegestaan: 'gemeente'"),
        ("expected_every: P1D", "expected_every: elke dag", "regel 7: sources.0.expected_every"),
        ("expected_every: P1D", "retries: veel", "regel 7: sources.0.retries is 'veel'; verwacht: een geheel getal"),
        ("expected_every: P1D", "retries: 99", "sources.0.retries is 99; verwacht: hoogstens 10"),
        ("expected_every: P1D", "covers: [{kind: melding}]", "soort bewijs ‘melding’ is er niet; er zijn: "),
        ("sources:", "schedule: {at: '02:30'}\nsources:", "kies bijvoorbeeld 03:15"),
        ("sources:", "organisations: [a, b]\nsources:", "niet beide"),
        ("sources:", "sources:\n  - {id: tickets, connector: jira}", "twee bronnen heten ‘tickets’"),
        ("sources:", "cycle: {year: 1999}\nsources:", "cycle.year is 1999; verwacht: minstens 2017"),
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


def test_every_mistake_is_told_at_once() -> None:
    with pytest.raises(ConfigurationError) as caught:
        parse_configuration(GOOD.replace("name:", "naam:").replace("P1D", "elke dag"), "ensia.yaml")
    assert len(str(caught.value).splitlines()) == 3  # the missing name, the unknown word, the unreadable period


def test_the_defaults_are_safe() -> None:
    found = Configuration.model_validate({"organisation": {"id": "a", "name": "A"}})
    assert found.schedule.at == "03:15"
    assert found.frameworks == ("bio2-1.3", "principes-2018")
