"""docs/sources.md names every connector that is installed, what it yields, the least it needs, and each of its settings."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import ValidationError

from connectors.base import Connector, Context, connector, connectors
from connectors.spreadsheet import TableSettings
from tests.connectors.doubles.described import described

PAGE = (Path(__file__).parents[2] / "docs" / "sources.md").read_text("utf-8")
ROW = re.compile(r"^\| `(\w+)` \| [^|]+ \| ([a-z, ]+) \| (.+) \|$", re.M)
LEAST = {name: (yields, settings) for name, yields, settings in ROW.findall(PAGE)}
SIGNING_IN = {"user", "token"}  # which of them a system wants depends on how one signs in there


def least(name: str) -> dict[str, Any]:
    """The least settings of a connector, as the page gives them."""
    if name == "rest":
        return described("https://meldpunt.example.nl")
    found: dict[str, Any] = yaml.safe_load(LEAST[name][1].strip("`"))
    return found


def made(name: str, settings: dict[str, Any]) -> Connector:
    kind = connector(name)
    context = Context("voorbeeld", "bron", Path(), date(2026, 11, 20), lambda secret: "geheim-woord")
    return kind(kind.Settings.model_validate(settings), context)


def test_every_connector_has_its_row() -> None:
    assert set(LEAST) == set(connectors())


@pytest.mark.parametrize("name", sorted(connectors()))
def test_the_least_settings_are_enough_and_yield_what_the_page_says(name: str) -> None:
    yields = LEAST[name][0]
    found = ", ".join(sorted(made(name, least(name)).kinds))
    assert yields == "as described" or found == yields


@pytest.mark.parametrize("name", sorted(set(connectors()) - {"rest"}))
def test_none_of_the_least_settings_can_be_left_out(name: str) -> None:
    settings = least(name)
    # with the API of internet.nl, no audits of CISO Assistant, and headers that are called as the columns are
    optional = {"internet_nl": {"file"}, "ciso_assistant": {"frameworks"}, "spreadsheet": {"columns"}}.get(name, set())
    for left_out in settings.keys() - SIGNING_IN - optional:
        with pytest.raises((ValidationError, AssertionError)):
            made(name, {key: value for key, value in settings.items() if key != left_out})


@pytest.mark.parametrize("name", sorted(connectors()))
def test_every_setting_of_a_connector_is_explained(name: str) -> None:
    settings = [*connector(name).Settings.model_fields]
    settings += [*TableSettings.model_fields] if name == "spreadsheet" else []
    assert [setting for setting in settings if not mentioned(setting, PAGE)] == []


def mentioned(field: str, text: str) -> bool:
    return re.search(rf"`{field}`|[{{ ]{field}: ", text) is not None
