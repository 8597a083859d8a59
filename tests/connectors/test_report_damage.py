"""Every connector that reads files against damaged ones: what is cut off, mangled or of another shape is refused by name or ends
in problems, and never gives another exception or a record that breaks the promises of its kind."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors.base import Connector, SourceError
from connectors.greenbone import GreenboneConnector
from connectors.internet_nl import InternetNlConnector
from connectors.json_export import JsonExportConnector
from connectors.lynis import LynisConnector
from connectors.nessus import NessusConnector
from connectors.ocsf import OcsfConnector
from connectors.openscap import OpenscapConnector
from connectors.oscal_results import OscalResultsConnector
from connectors.policy_folder import PolicyFolderConnector
from connectors.sarif import SarifConnector
from connectors.spreadsheet import SpreadsheetConnector
from connectors.tools.findings import ReportConnector
from tests.connectors.documents import FRONT, write_docx, write_odt, write_pdf
from tests.connectors.incidents import INCIDENT, SETTINGS, wrapped
from tests.connectors.report_files import DATA, collect, connector
from tests.connectors.workbooks import HEADER, REVIEWS, ROWS, write_ods, write_xlsx

EXAMPLE = Path(__file__).parents[2] / "examples" / "gemeente-voorbeeld" / "bronnen"


@dataclass(frozen=True)
class Case:
    """A whole file, who reads it, and what is said of it in `ensia.yaml`."""

    cls: type[Connector]
    name: str
    write: Callable[[Path], object]
    settings: dict[str, Any]


def _report(cls: type[Connector], name: str, data: Path = DATA) -> Case:
    return Case(cls, name, lambda path: shutil.copy(data / name, path), {"file": name})


def _document(name: str, write: Callable[[Path], object]) -> Case:
    return Case(PolicyFolderConnector, name, write, {"folder": "."})


def _sheet(name: str, write: Callable[[Path], object]) -> Case:
    return Case(SpreadsheetConnector, name, write, {**REVIEWS, "file": name})


CASES = [
    _report(GreenboneConnector, "greenbone.csv"),
    _report(GreenboneConnector, "greenbone.xml"),
    _report(InternetNlConnector, "internet_nl_web.json"),
    _report(NessusConnector, "nessus_dmz.nessus"),
    _report(OcsfConnector, "ocsf.jsonl"),
    _report(OpenscapConnector, "xccdf_results.xml"),
    _report(OscalResultsConnector, "oscal_ar.json"),
    _report(SarifConnector, "scan.sarif"),
    _report(LynisConnector, "srv-web-01.dat", EXAMPLE / "lynis"),
    Case(JsonExportConnector, "export.json", lambda path: path.write_text(json.dumps(wrapped(INCIDENT)), "utf-8"),
         {**SETTINGS, "file": "export.json"}),
    _document("beleid.docx", lambda path: write_docx(path, FRONT)),
    _document("beleid.odt", lambda path: write_odt(path, FRONT, title="Beleid")),
    _document("beleid.pdf", lambda path: write_pdf(path, [], title="Beleid", rows=FRONT)),
    _sheet("reviews.xlsx", lambda path: write_xlsx(path, {"Blad1": [HEADER, *ROWS]})),
    _sheet("reviews.ods", lambda path: write_ods(path, "Blad1", [HEADER, *ROWS])),
    _sheet("reviews.csv", lambda path: path.write_text(";".join(HEADER) + "\nZaaksysteem;Beheer;4-3-2026;12\n", "utf-8")),
]  # fmt: skip
every_case = pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
_relaxed = settings(
    max_examples=60 if os.environ.get("ENSIA_LONG") else 25, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def _try(case: Case, folder: Path, content: bytes) -> bool:
    """Whether the damaged file was read; a refusal must say where and what to do."""
    (folder / case.name).write_bytes(content)
    try:
        collect(connector(case.cls, folder, **case.settings))
    except SourceError as error:
        refusal = error
    else:
        return True
    assert refusal.place
    assert refusal.advice
    return False


@cache
def _whole(case_name: str) -> bytes:
    case = next(case for case in CASES if case.name == case_name)
    with tempfile.TemporaryDirectory() as folder:
        case.write(Path(folder) / case.name)
        return (Path(folder) / case.name).read_bytes()


@every_case
@_relaxed
@given(data=st.data())
def test_cut_off_and_mangled(case: Case, tmp_path: Path, data: st.DataObject) -> None:
    content = bytearray(_whole(case.name))
    cut = data.draw(st.integers(1, len(content)))
    for position in data.draw(st.lists(st.integers(0, len(content) - 1), max_size=3)):
        content[position] = data.draw(st.integers(0, 255))
    _try(case, tmp_path, bytes(content[:cut]))


@pytest.mark.parametrize(
    "case",
    [case for case in CASES if case.name.endswith((".json", ".sarif", ".jsonl"))],
    ids=lambda case: case.name,
)
@_relaxed
@given(data=st.data())
def test_other_values_in_json(case: Case, tmp_path: Path, data: st.DataObject) -> None:
    """Any one value in the document replaced by any other kind of value."""
    text = _whole(case.name).decode()
    document: Any = [json.loads(line) for line in text.splitlines()] if case.name.endswith("l") else json.loads(text)
    places = list(_places(document))
    holder, key = data.draw(st.sampled_from(places))
    holder[key] = data.draw(st.sampled_from([None, "", "x", 0, -1, 1e308, True, [], {}, [None], {"a": 1}, ["x"], [[]]]))
    _try(case, tmp_path, json.dumps(document).encode())


def _places(node: Any) -> Any:
    items = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, value in list(items):
        yield node, key
        yield from _places(value)


@every_case
def test_undamaged_files_are_read(case: Case, tmp_path: Path) -> None:
    assert _try(case, tmp_path, _whole(case.name))


_MEASURE = r"""
import re, sys
from datetime import date
from pathlib import Path
from connectors.base import Context, Window
from connectors.{module} import {cls}
source = {cls}({cls}.Settings(file=sys.argv[1]), Context("o", "s", Path("/"), date(2026, 11, 20)))
count = sum(1 for payload in source.fetch(Window()) for _ in source.read(payload))
# What the system calls the most memory of a process counts that of the one that started it.
print(count, int(re.search(r"VmHWM:\s+(\d+)", Path("/proc/self/status").read_text())[1]) // 1024)
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
