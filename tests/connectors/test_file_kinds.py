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


# What producers write that a connector of another kind may be given, and what it is told: its name, and what to do.
KINDS: dict[str, tuple[str, str, str]] = {
    "oscal in xml": (OSCAL_XML, "OSCAL in XML", "als JSON"),
    "oscal in yaml": (OSCAL_YAML, "OSCAL in YAML", "als JSON"),
    "oscal in json": ('{"assessment-results": {"uuid": "x"}}', "OSCAL in JSON", "connector oscal_results"),
    "oscal poa&m": ('{"plan-of-action-and-milestones": {}}', "OSCAL-verbeterplan", "nog niet gelezen"),
    "nessus": (NESSUS, "rapport van Nessus", "connector nessus"),
    "nessus csv": (NESSUS_CSV, "Nessus in CSV", "connector nessus"),
    "prowler csv": (PROWLER_CSV, "Prowler in CSV", "json-ocsf"),
    "prowler json": ('[{"AssessmentStartTime": "2026-01-01", "CheckID": "iam_1"}]', "Prowler in JSON", "json-ocsf"),
    "asff": ('[{"SchemaVersion": "2018-10-08", "ProductArn": "arn:aws:x"}]', "AWS Security Hub", "connector ocsf"),
    "qualys": (QUALYS, "rapport van Qualys", "CSV"),
    "qualys csv": (
        '"Scan Results","Voorbeeld"\n"11/18/2026"\n\n"IP","DNS","NetBIOS","OS","IP Status","QID","Title"\n',
        "Qualys in CSV",
        "connector spreadsheet",
    ),
    "rapid7": ('<NexposeReport version="2.0"></NexposeReport>', "Rapid7", "CSV"),
    "rapid7 csv": ("Asset IP Address,Vulnerability Title,Vulnerability Severity Level\n", "Rapid7 in CSV", "spreadsheet"),
    "webpage": (LOGIN_PAGE, "webpagina", "aanmeldpagina"),
    "webpage in one file": ('MIME-Version: 1.0\nContent-Type: multipart/related; boundary="x"\n', "webpagina", "opnieuw"),
    "trivy": (TRIVY, "rapport van Trivy", "connector trivy"),
    "sarif": (SARIF, "SARIF", "connector sarif"),
    "ocsf": ('{"class_uid": 2003}', "OCSF", "connector ocsf"),
    "openscap": ("<TestResult/>", "uitslag van OpenSCAP", "connector openscap"),
    "oval": ("<oval_results/>", "uitkomsten van OVAL", "--results-arf"),
    "openkat": ('{"organization_code": "x", "data": {}}', "OpenKAT", "connector openkat"),
    "greenbone csv": ("IP,Hostname,Port,CVSS,Severity,NVT Name,NVT OID\n", "Greenbone in CSV", "connector greenbone"),
    "lynis": ("# Lynis Report\nreport_version_major=1\n", "rapport van Lynis", "connector lynis"),
    "pingcastle": ("<HealthcheckData/>", "PingCastle", "nog niet gelezen"),
    "cyclonedx": ('{"bomFormat": "CycloneDX", "specVersion": "1.5"}', "CycloneDX", "uitslag van de scanner"),
    "cyclonedx xml": ('<bom xmlns="http://cyclonedx.org/schema/bom/1.5"/>', "CycloneDX", "uitslag van de scanner"),
    "dependency-track": ('{"version": "1.2", "meta": {"application": "Dependency-Track"}}', "Dependency-Track", "nog niet"),
    "sslyze": ('{"server_scan_results": []}', "SSLyze", "nog niet gelezen"),
    "testssl": ('[\n {\n "id" : "service", "ip" : "www.voorbeeld.example/192.0.2.7", "port" : "443"}]', "testssl.sh", "nog niet"),
    "testssl pretty": ('{ "Invocation": "testssl.sh x", "version": "3.2", "openssl": "OpenSSL 1"}', "testssl.sh", "nog niet"),
    "defectdojo": ('{"count": 1, "results": [{"id": 1, "numerical_severity": "S1"}]}', "DefectDojo", "system: defectdojo"),
    "grype": ('{"matches": [{"vulnerability": {"id": "CVE-2026-1"}}]}', "eigen JSON", "SARIF 2.1.0"),
    "semgrep": ('{"version": "1.9", "results": [{"check_id": "x", "extra": {}}]}', "eigen JSON", "SARIF 2.1.0"),
    "gitleaks": ('[{"RuleID": "x", "Fingerprint": "y"}]', "eigen JSON", "SARIF 2.1.0"),
    "zap": ('<OWASPZAPReport version="2.15"/>', "rapport van ZAP", "nog niet gelezen"),
    "nmap": ("<nmaprun/>", "nmap", "uitslag van de scanner"),
    "junit": ("<testsuites/>", "JUnit", "SARIF"),
    "pdf": ("%PDF-1.7", "een pdf", "exporteer"),
    "archive": ("Rar!x", "ingepakt", "pak het uit"),
}  # fmt: skip
READERS = (
    OscalResultsConnector,
    SarifConnector,
    OcsfConnector,
    GreenboneConnector,
    OpenscapConnector,
    NessusConnector,
)


@pytest.mark.parametrize("name", KINDS)
def test_each_kind_has_its_name_and_what_to_do(name: str) -> None:
    content, is_what, advice = KINDS[name]
    kind = kind_of(content.encode())
    assert kind is not None
    assert is_what in str(kind.name)
    assert advice in str(kind.advice)


OTHERS = [(reader, name) for reader in READERS for name in KINDS if reader.name not in KINDS[name][2]]


@pytest.mark.parametrize(("reader", "name"), OTHERS)
def test_each_reader_calls_another_kind_by_its_name(tmp_path: Path, reader: Any, name: str) -> None:
    content, is_what, _ = KINDS[name]
    (tmp_path / "rapport.txt").write_text(content, "utf-8")
    with pytest.raises(TerminalError) as caught:
        collect(connector(reader, tmp_path, file="rapport.txt"))
    assert is_what in str(caught.value)
    assert "afgebroken" not in str(caught.value)


PAGE = "<html><body><table><tr><td>Systeem</td></tr></table></body></html>"
WORKBOOKS: dict[str, tuple[bytes, str, str]] = {
    "page": (PAGE.encode(), "een webpagina", "bewaar het als Excel-werkmap"),
    "page with office names": (f'<html xmlns:x="urn:x">{PAGE}</html>'.encode(), "een webpagina", "Excel-werkmap"),
    "part of a page": (b"<table><tr><td>Systeem</td></tr></table>", "een webpagina of XML", "Excel-werkmap"),
    "page in utf-16": (PAGE.encode("utf-16"), "een webpagina", "Excel-werkmap"),
    "page in one file": (b"MIME-Version: 1.0\r\nX-Document-Type: Workbook\r\n", "een webpagina", "opnieuw"),
    "excel 2003 in xml": (b'<?xml version="1.0"?><Workbook/>', "een werkmap in XML", "Excel-werkmap"),
    "csv": (b"Systeem;Eigenaar\r\nZaaksysteem;CISO\r\n", "een tekstbestand (csv)", "de extensie csv"),
    "tabs": ("Systeem\tCo\u00f6rdinator\r\n".encode("cp1252"), "een tekstbestand (csv)", "de extensie csv"),
    "nessus csv": (NESSUS_CSV.encode(), "Nessus in CSV", "connector nessus"),
    "json": (SARIF.encode(), "SARIF", "connector sarif"),
    "pdf": (b"%PDF-1.7", "een pdf", "exporteer"),
}


@pytest.mark.parametrize("suffix", ["xls", "xlsx", "ods"])
@pytest.mark.parametrize("name", WORKBOOKS)
def test_what_was_saved_under_the_name_of_a_workbook(tmp_path: Path, name: str, suffix: str) -> None:
    content, is_what, advice = WORKBOOKS[name]
    (tmp_path / f"lijst.{suffix}").write_bytes(content)
    with pytest.raises(TerminalError) as caught:
        read(tmp_path, file=f"lijst.{suffix}", **REVIEWS)
    assert f"is {is_what}" in str(caught.value.reason) or is_what in str(caught.value.reason)
    assert "geen werkmap" in str(caught.value.reason)
    assert advice in str(caught.value.advice)
