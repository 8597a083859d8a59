"""Every connector that is installed can be loaded, bears its own name, and says in Dutch what it reads."""

from __future__ import annotations

import pytest

from connectors.base import Connector, connector, connectors
from models.errors import ConfigurationError


@pytest.mark.parametrize("name", sorted(connectors()))
def test_an_installed_connector_is_what_it_says(name: str) -> None:
    kind = connector(name)
    assert issubclass(kind, Connector) and kind.name == name
    assert kind.summary_nl
    assert kind.Settings.model_config.get("extra") == "forbid"


def test_an_unknown_connector_is_told_which_ones_there_are() -> None:
    with pytest.raises(ConfigurationError, match="spreadsheet"):
        connector("spredsheet")
