"""A whole file of another kind is called what it is, with what to do about it; only what is nothing we know may be damaged."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from connectors.base import Connector, TerminalError
from connectors.greenbone import GreenboneConnector
from connectors.nessus import NessusConnector
from connectors.ocsf import OcsfConnector
from connectors.openscap import OpenscapConnector
from connectors.oscal_results import OscalResultsConnector
from connectors.sarif import SarifConnector
from connectors.tools.file_kinds import kind_of
from tests.connectors.report_files import collect, connector
from tests.connectors.workbooks import REVIEWS, read

OSCAL_XML = (
    '<?xml version="1.0" encoding="UTF-8"?>\n<!-- gemaakt door een hulpmiddel -->\n'
    '<assessment-results xmlns="http://csrc.nist.gov/ns/oscal/1.0" uuid="7e1c0f4c-0000-4000-8000-000000000001">'
    "<metadata><title>Audit</title></metadata></assessment-results>"
)
OSCAL_YAML = "---\nassessment-results:\n  uuid: 7e1c0f4c-0000-4000-8000-000000000001\n  metadata:\n    title: Audit\n"
QUALYS = (
    '<?xml version="1.0" encoding="UTF-8" ?>\n<!DOCTYPE SCAN SYSTEM "https://qualysapi.voorbeeld.example/scan-1.dtd">\n'
    '<SCAN value="scan/1"><HEADER/></SCAN>'
)
LOGIN_PAGE = "<!DOCTYPE html>\n<html><head><title>Aanmelden</title></head><body></body></html>"
NESSUS = '<?xml version="1.0" ?>\n<NessusClientData_v2><Report name="x"></Report></NessusClientData_v2>'
NESSUS_CSV = (
    'Plugin ID,CVE,CVSS v2.0 Base Score,Risk,Host,Protocol,Port,Name,Synopsis\n"10114","","2.1","None","192.0.2.7"\n'
)
PROWLER_CSV = "AUTH_METHOD;TIMESTAMP;ACCOUNT_UID;CHECK_ID;STATUS;RESOURCE_UID\nprofile;2026-01-01;1;iam_1;PASS;a\n"
TRIVY = '{"SchemaVersion": 2, "ArtifactName": "registry/website:1", "Results": []}'
SARIF = '{"version": "2.1.0", "runs": []}'

CASES: list[tuple[type[Connector], str, str, str]] = [
    (OscalResultsConnector, OSCAL_XML, "OSCAL in XML", "exporteer het als JSON"),
    (OscalResultsConnector, OSCAL_YAML, "OSCAL in YAML", "exporteer het als JSON"),
    (OscalResultsConnector, LOGIN_PAGE, "een webpagina", "aanmeldpagina"),
    (OcsfConnector, PROWLER_CSV, "Prowler in CSV", "json-ocsf"),
    (OcsfConnector, NESSUS, "een rapport van Nessus", "connector nessus"),
    (SarifConnector, TRIVY, "een rapport van Trivy", "connector trivy"),
    (SarifConnector, OSCAL_XML, "OSCAL in XML", "exporteer het als JSON"),
    (GreenboneConnector, QUALYS, "een rapport van Qualys", "CSV"),
    (GreenboneConnector, NESSUS, "een rapport van Nessus", "connector nessus"),
    (OpenscapConnector, LOGIN_PAGE, "een webpagina", "aanmeldpagina"),
    (OpenscapConnector, TRIVY, "een rapport van Trivy", "connector trivy"),
    (NessusConnector, OSCAL_XML, "OSCAL in XML", "exporteer het als JSON"),
    (NessusConnector, "%PDF-1.7\n", "een pdf", "exporteer"),
]


@pytest.mark.parametrize(("reader", "content", "is_what", "advice"), CASES, ids=lambda case: str(case)[:40])
def test_a_whole_file_of_another_kind_is_called_by_its_name(
    tmp_path: Path, reader: Any, content: str, is_what: str, advice: str
) -> None:
    (tmp_path / "rapport.txt").write_text(content, "utf-8")
    with pytest.raises(TerminalError) as caught:
        collect(connector(reader, tmp_path, file="rapport.txt"))
    assert is_what in caught.value.reason
    assert advice in caught.value.advice
    assert "afgebroken" not in str(caught.value)
    assert "rapport.txt" in str(caught.value)


@pytest.mark.parametrize("reader", [OscalResultsConnector, SarifConnector, OcsfConnector])
def test_json_that_breaks_off_is_broken_off(tmp_path: Path, reader: Any) -> None:
    (tmp_path / "rapport.json").write_text(TRIVY[:-3], "utf-8")
    with pytest.raises(TerminalError, match="geen volledig JSON"):
        collect(connector(reader, tmp_path, file="rapport.json"))


def test_a_page_that_was_saved_as_a_workbook(tmp_path: Path) -> None:
    (tmp_path / "a.xlsx").write_text(f"\ufeff{LOGIN_PAGE}", "utf-8")
    with pytest.raises(TerminalError, match="is een webpagina, geen werkmap"):
        read(tmp_path, file="a.xlsx", **REVIEWS)


@pytest.mark.parametrize("runs", ["null", None, "[]"])
def test_sarif_without_runs_is_no_scan_and_costs_no_other_report(tmp_path: Path, runs: str | None) -> None:
    empty = '{"version": "2.1.0"}' if runs is None else f'{{"version": "2.1.0", "runs": {runs}}}'
    (tmp_path / "a.sarif").write_text(empty, "utf-8")
    with pytest.raises(TerminalError, match="niets gescand"):
        collect(connector(SarifConnector, tmp_path, file="a.sarif"))
    scan = '{"version": "2.1.0", "runs": [{"tool": {"driver": {"name": "Scanner"}}, "results": []}]}'
    (tmp_path / "b.sarif").write_text(scan, "utf-8")
    assert [record.kind for record in collect(connector(SarifConnector, tmp_path, file="*.sarif"))] == ["measurement"]


@pytest.mark.parametrize("content", [b"", b"{}", b"geen van alle", b"<x/>", b"[1, 2]", b"naam;soort\n"])
def test_what_we_do_not_know_has_no_name(content: bytes) -> None:
    assert kind_of(content) is None


def test_a_file_with_a_mark_or_in_utf_16_is_known_too() -> None:
    for name in ("utf-8-sig", "utf-16"):
        kind = kind_of(OSCAL_XML.encode(name))
        assert kind is not None
        assert str(kind.name) == "OSCAL in XML"
    assert kind_of(SARIF.encode()) is not None
