"""The JSON Schema of ensia.yaml accepts what is read and refuses what is not, every command has an example that can be typed, a shell can
complete, and what never ends is refused."""

from __future__ import annotations

import json
import shlex
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from cli.main import main
from cli.speech import examples
from connectors.base import connectors
from flows.added_system import system_lines
from flows.installation import load_installation
from flows.setting_schema import setting_schema
from models.configuration import parse_configuration
from models.duration import Duration
from models.errors import ConfigurationError
from models.language import Language
from models.message import Say
from tests.cli.commands import names
from tests.first_hour.typed import refusal_of

EXAMPLE = Path(__file__).parents[2] / "examples" / "gemeente-voorbeeld" / "ensia.yaml"
BASE = "organisation: {id: a, name: A}\n"


@pytest.fixture(scope="module")
def schema() -> dict[str, Any]:
    return setting_schema()


def mistakes(schema: dict[str, Any], text: str) -> list[str]:
    return [error.message for error in jsonschema.Draft7Validator(schema).iter_errors(yaml.safe_load(text))]


def test_the_schema_is_one_and_takes_the_example(schema: dict[str, Any]) -> None:
    jsonschema.Draft7Validator.check_schema(schema)
    content = EXAMPLE.read_text("utf-8")
    assert mistakes(schema, content) == []


@pytest.mark.parametrize(
    "text",
    [
        "sorces: []\n",
        "sources: [{connector: lynis, file: x}]\n",
        "sources: [{id: x, connector: koffie}]\n",
        "sources: [{id: x, connector: lynis, file: 3}]\n",
        "sources: [{id: x, connector: topdesk}]\n",
        "sources: [{id: x, connector: lynis, file: x.dat, expected_every: elke maand}]\n",
        "schedule: {at: 25:00}\n",
        "effort: {risk: -1}\n",
    ],
)
def test_what_is_refused_when_read_is_refused_by_it(schema: dict[str, Any], text: str) -> None:
    assert mistakes(schema, BASE + text)
    assert mistakes(schema, BASE) == []


def test_every_connector_stands_in_it(schema: dict[str, Any]) -> None:
    source = schema["definitions"]["Source"]
    assert set(source["properties"]["connector"]["enum"]) == set(connectors())
    assert {one["if"]["properties"]["connector"]["const"] for one in source["allOf"]} == set(connectors())


def test_the_command_writes_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["schema", "--to", str(tmp_path / "s.json")]) == 0
    assert json.loads((tmp_path / "s.json").read_text("utf-8"))["$schema"]
    assert "yaml-language-server: $schema=s.json" in capsys.readouterr().out


def test_every_command_has_an_example_that_can_be_typed() -> None:
    assert set(names()) - set(examples()) == set()
    for name in names():
        example = examples()[name]
        program, *words = shlex.split(example)
        assert (program, words[: len(name.split())]) == ("ensia", name.split())
        assert not refusal_of(words), example


@pytest.mark.parametrize("language", Language)
def test_help_shows_the_example(language: Language, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["next", "--help", "--lang", language.value]) == 0
    assert "ensia next --top 5" in capsys.readouterr().out


def test_a_shell_can_complete(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("_ENSIA_COMPLETE", "complete_bash")
    monkeypatch.setenv("COMP_WORDS", "ensia sources pro")
    monkeypatch.setenv("COMP_CWORD", "2")
    with pytest.raises(SystemExit):
        main([])
    assert "propose" in capsys.readouterr().out


@pytest.mark.parametrize("text", ["P999Y", "P5000M", "P99999999D", "PT99999999H", "P" + "9" * 400 + "Y"])
def test_a_duration_without_bounds_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="100 jaar"):
        Duration.parse(text)
    with pytest.raises(ConfigurationError, match="sources"):
        parse_configuration(
            f"{BASE}sources: [{{id: x, connector: lynis, file: x, expected_every: {text}}}]\n", "ensia.yaml"
        )


def test_aliases_that_unfold_without_end_are_refused(tmp_path: Path) -> None:
    rows = [f"a{n}: &a{n} [{','.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 9)]
    (tmp_path / "ensia.yaml").write_text("\n".join([BASE.strip(), "a0: &a0 [x,x,x,x,x,x,x,x,x,x]", *rows]), "utf-8")
    with pytest.raises(ConfigurationError, match="ensia"):
        load_installation(tmp_path)


@pytest.mark.parametrize("system", sorted(set(connectors()) - {"spreadsheet"}))
def test_a_system_is_added_as_a_remark_with_what_it_cannot_do_without(system: str) -> None:
    addition = system_lines(system, "bron", Say(Language.NL))
    assert all(line.startswith("# ") for line in addition.lines)
    [source] = yaml.safe_load("\n".join(line.removeprefix("# ") for line in addition.lines))
    settings = connectors()[system]().Settings
    required = {name for name, field in settings.model_fields.items() if field.is_required()}
    assert required <= source.keys()
    assert all(name.isupper() for name in addition.secrets)


def test_adding_a_system_keeps_the_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "ensia.yaml"
    file.write_text(BASE, "utf-8")
    assert main(["sources", "add", "topdesk", "-c", str(file)]) == 0
    assert file.read_text("utf-8").startswith(BASE)
    assert "TOPDESK_TOKEN" in capsys.readouterr().out
    assert main(["sources", "add", "koffie", "-c", str(file)]) == 2
