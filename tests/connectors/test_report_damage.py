"""Every report connector against damaged files: what is cut off, mangled or of another shape is refused by name or ends
in problems, and never gives another exception or a record that breaks the promises of its kind."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors.base import SourceError
from connectors.findings import ReportConnector
from connectors.greenbone import GreenboneConnector
from connectors.internet_nl import InternetNlConnector
from connectors.nessus import NessusConnector
from connectors.ocsf import OcsfConnector
from connectors.openscap import OpenscapConnector
from connectors.oscal_results import OscalResultsConnector
from connectors.sarif import SarifConnector
from tests.connectors.report_files import DATA, collect, connector

CASES: list[tuple[type[ReportConnector], str]] = [
    (GreenboneConnector, "greenbone.csv"),
    (GreenboneConnector, "greenbone.xml"),
    (InternetNlConnector, "internet_nl_web.json"),
    (NessusConnector, "nessus_dmz.nessus"),
    (OcsfConnector, "ocsf.jsonl"),
    (OpenscapConnector, "xccdf_results.xml"),
    (OscalResultsConnector, "oscal_ar.json"),
    (SarifConnector, "scan.sarif"),
]
_relaxed = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def _try(cls: type[ReportConnector], folder: Path, name: str, content: bytes) -> bool:
    """Whether the damaged file was read; a refusal must say where and what to do."""
    (folder / name).write_bytes(content)
    try:
        collect(connector(cls, folder, file=name))
    except SourceError as error:
        refusal = error
    else:
        return True
    assert refusal.place
    assert refusal.advice
    return False


@pytest.mark.parametrize(("cls", "name"), CASES, ids=[name for _, name in CASES])
@_relaxed
@given(data=st.data())
def test_cut_off_and_mangled(cls: type[ReportConnector], name: str, tmp_path: Path, data: st.DataObject) -> None:
    content = bytearray((DATA / name).read_bytes())
    cut = data.draw(st.integers(1, len(content)))
    for position in data.draw(st.lists(st.integers(0, len(content) - 1), max_size=3)):
        content[position] = data.draw(st.integers(0, 255))
    _try(cls, tmp_path, name, bytes(content[:cut]))


@pytest.mark.parametrize(("cls", "name"), [case for case in CASES if case[1].endswith((".json", ".sarif", ".jsonl"))])
@_relaxed
@given(data=st.data())
def test_other_values_in_json(cls: type[ReportConnector], name: str, tmp_path: Path, data: st.DataObject) -> None:
    """Any one value in the document replaced by any other kind of value."""
    text = (DATA / name).read_text("utf-8")
    document: Any = [json.loads(line) for line in text.splitlines()] if name.endswith("l") else json.loads(text)
    places = list(_places(document))
    holder, key = data.draw(st.sampled_from(places))
    holder[key] = data.draw(st.sampled_from([None, "", "x", 0, -1, 1e308, True, [], {}, [None], {"a": 1}, ["x"], [[]]]))
    _try(cls, tmp_path, name, json.dumps(document).encode())


def _places(node: Any) -> Any:
    items = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, value in list(items):
        yield node, key
        yield from _places(value)


@pytest.mark.parametrize(("cls", "name"), CASES, ids=[name for _, name in CASES])
def test_undamaged_files_are_read(cls: type[ReportConnector], name: str, tmp_path: Path) -> None:
    assert _try(cls, tmp_path, name, (DATA / name).read_bytes())


_MEASURE = """
import resource, sys
from datetime import date
from pathlib import Path
from connectors.base import Context, Window
from connectors.{module} import {cls}
source = {cls}({cls}.Settings(file=sys.argv[1]), Context("o", "s", Path("/"), date(2026, 11, 20)))
count = sum(1 for payload in source.fetch(Window()) for _ in source.read(payload))
print(count, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("cls", "name", "start", "end"),
    [
        (NessusConnector, "nessus_dmz.nessus", "<ReportHost ", "</ReportHost>"),
        (GreenboneConnector, "greenbone.xml", '<result id="r2">', "</result>"),
    ],
)
def test_a_file_of_100_mb_stays_under_300_mb(
    cls: type[ReportConnector], name: str, start: str, end: str, tmp_path: Path
) -> None:
    text = (DATA / name).read_text("utf-8")
    begin = text.index(start)
    stop = text.index(end, begin) + len(end)
    piece = text[begin:stop]
    path = tmp_path / name
    with path.open("w", encoding="utf-8") as file:
        file.write(text[:begin])
        copies = 100_000_000 // len(piece) + 1
        for number in range(copies):
            file.write(piece.replace("10.20.30.11", f"10.{number}").replace("10.20.20.5", f"10.{number}"))
        file.write(text[stop:].replace("<filtered>4<", f"<filtered>{copies + 3}<"))
    script = _MEASURE.format(module=cls.__module__.partition(".")[2], cls=cls.__name__)
    done = subprocess.run([sys.executable, "-c", script, str(path)], capture_output=True, text=True, check=True)
    count, megabytes = map(int, done.stdout.split())
    assert count > copies
    assert megabytes < 300, megabytes
