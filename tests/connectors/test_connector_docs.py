"""The examples in docs/connectors.md work as they stand there."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

from cli.main import app
from connectors.base import Connector, Context, Window
from connectors.rest import InlineSettings, RestConnector, RestSettings, TopdeskConnector
from models.configuration import parse_configuration
from tests.connectors.doubles.described import SECRET, TEXT, described, example, reply
from tests.connectors.faults import FaultServer


def context(folder: Path) -> Context:
    return Context("voorbeeld", "meldingen", folder, date(2026, 11, 20), lambda name: SECRET)


def test_the_known_system(tmp_path: Path) -> None:
    block = re.search(r"```yaml\n(sources:.*?)```", TEXT, re.S)
    assert block
    configuration = parse_configuration(f"organisation: {{id: voorbeeld, name: Voorbeeld}}\n{block[1]}", "ensia.yaml")
    (source,) = configuration.sources
    connector = TopdeskConnector(RestSettings.model_validate(source.options), context(tmp_path))
    assert connector.kinds == ("ticket",)


def test_the_described_system(tmp_path: Path) -> None:
    with FaultServer(reply) as server:
        source = RestConnector(InlineSettings.model_validate(described(server.address)), context(tmp_path))
        assert source.incremental
        (record,) = [record for payload in source.fetch(Window()) for record in source.read(payload)]
    assert record.problems == []
    assert record.values == {
        "title": "Kwijtgeraakte laptop",
        "url": f"{server.address}/m/7",
        "ticket_type": "data_breach",
        "priority": "high",
        "opened_at": datetime(2026, 11, 2, 9),
        "due_at": datetime(2026, 11, 5, 23, 59, 59),
        "resolved_at": datetime(2026, 11, 3, 9),
        "state": "closed",
        "labels": ["root_cause_analysis", "laptop"],
    }


def test_the_connector_in_python(tmp_path: Path) -> None:
    names: dict[str, Any] = {"__name__": "meldkamer.alarm"}
    exec(compile(example("connector"), "docs/connectors.md", "exec"), names)
    kind: type[Connector] = names["AlarmConnector"]
    (tmp_path / "week.csv").write_text(
        "nummer;gemeld;gesloten;tekst\n1;1-11-2026 09:00;;Inbraakmelding\n2;gisteren;;Vals alarm\n", "utf-8"
    )
    source = kind(kind.Settings.model_validate({"file": "week.csv"}), context(tmp_path))
    first, second = [record for payload in source.fetch(Window()) for record in source.read(payload)]
    assert first.values == {
        "ticket_type": "incident",
        "title": "Inbraakmelding",
        "opened_at": datetime(2026, 11, 1, 9),
        "resolved_at": None,
    }
    assert str(first.locator) == "week.csv, rij 2"
    assert [problem.field for problem in second.problems] == ["opened_at"]


def test_a_connector_in_a_package_of_its_own(tmp_path: Path) -> None:
    """Installed beside the program, as the page says: found by its entry point, tried without storing anything."""
    package, installed, municipality = (
        tmp_path / name for name in ("meldkamer", "meldkamer-1.0.dist-info", "gemeente")
    )
    for folder in (package, installed, municipality):
        folder.mkdir()
    (package / "__init__.py").write_text("", "utf-8")
    (package / "alarm.py").write_text(example("connector"), "utf-8")
    group, entries = next(iter(tomllib.loads(example("entry point"))["project"]["entry-points"].items()))
    lines = "\n".join(f"{name} = {target}" for name, target in entries.items())
    (installed / "entry_points.txt").write_text(f"[{group}]\n{lines}\n", "utf-8")
    (installed / "METADATA").write_text("Metadata-Version: 2.1\nName: meldkamer\nVersion: 1.0\n", "utf-8")
    source = "{id: week, connector: alarm, file: week.csv}"
    text = f"organisation: {{id: gemeente, name: Gemeente}}\nsources: [{source}]\n"
    (municipality / "ensia.yaml").write_text(text, "utf-8")
    (municipality / "week.csv").write_text("nummer;gemeld;gesloten;tekst\n1;1-11-2026 09:00;;Inbraak\n", "utf-8")
    path = os.pathsep.join([str(tmp_path), str(Path(__file__).parents[2])])
    for verb, said in (("list", "alarm"), ("test", "week: bereikt"), ("sample", "Inbraak")):
        arguments = [verb] if verb == "list" else [verb, "week"]
        done = subprocess.run(
            [sys.executable, "-c", "from cli.main import run; run()", "sources", *arguments],
            cwd=municipality, env={**os.environ, "PYTHONPATH": path}, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert (done.returncode, done.stderr) == (0, "")
        assert said in done.stdout
    assert {entry.name for entry in municipality.iterdir()} == {"ensia.yaml", "week.csv"}


@pytest.mark.parametrize("page", ["connectors.md", "sources.md", "configuration.md"])
def test_the_commands_that_a_page_names_exist(page: str) -> None:
    text = (Path(__file__).parents[2] / "docs" / page).read_text("utf-8")
    named = re.findall(r"`ensia ([a-z]+)(?: ([a-z]+))?", text)
    assert named
    known: Any = get_command(app)
    for verb, part in named:
        command = known.commands[verb]
        assert not part or not hasattr(command, "commands") or part in command.commands, f"ensia {verb} {part}"
