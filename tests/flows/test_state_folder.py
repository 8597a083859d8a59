"""A command that only reads finds the state without the rest of ensia.yaml."""

from __future__ import annotations

from pathlib import Path

import pytest

from flows.state_folder import state_folder
from models.errors import ConfigurationError


@pytest.mark.parametrize(("text", "folder"), [("{}", "state"), ("state: elders/hier", "elders/hier")])
def test_the_state_is_beside_the_file(tmp_path: Path, text: str, folder: str) -> None:
    (tmp_path / "ensia.yaml").write_text(text, "utf-8")
    assert state_folder(tmp_path).root == tmp_path / folder
    assert state_folder(tmp_path / "ensia.yaml").root == tmp_path / folder


def test_a_mistake_in_a_source_keeps_nobody_from_reading(tmp_path: Path) -> None:
    (tmp_path / "ensia.yaml").write_text("state: s\nsources:\n  - {id: FOUT, connector: ''}\n", "utf-8")
    assert state_folder(tmp_path).root == tmp_path / "s"


@pytest.mark.parametrize(
    ("text", "message"),
    [("state: [a]\n", "regel 1"), ("a: [\n", "geen geldige YAML"), ("- a\n", "geen instellingen"), ("", "is leeg")],
)
def test_a_file_without_a_state_is_explained(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "ensia.yaml").write_text(text, "utf-8")
    with pytest.raises(ConfigurationError) as caught:
        state_folder(tmp_path)
    assert message in f"{caught.value.place} {caught.value.reason}"


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="bestaat niet"):
        state_folder(tmp_path / "weg.yaml")
