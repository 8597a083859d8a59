"""Nessus reports: which items are findings, how they are keyed over scans, and what happens with other files."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from connectors.base import TerminalError, Window
from connectors.nessus import NessusConnector
from models.record import Payload
from tests.connectors.report_files import DATA, collect, connector, looked_at, of, place


@pytest.fixture
def nessus(tmp_path: Path) -> NessusConnector:
    return connector(NessusConnector, place(tmp_path, "nessus_dmz.nessus"), file="*.nessus")


def test_findings_and_scanned_systems(nessus: NessusConnector) -> None:
    records = collect(nessus)
    findings = {record.key: record.values for record in of(records, "finding")}
    assert sorted(findings) == [
        "10.20.30.11|21156|tcp/0|aa11",
        "10.20.30.11|900101|tcp/443",
        "10.20.30.11|900102|tcp/8443",
    ]
    worst = findings["10.20.30.11|900101|tcp/443"]
    assert worst["title"] == "Voorbeeldserver < 2.4.99 Remote Code Execution (CVE-2026-10001, CVE-2026-10002)"
    assert (worst["severity"], worst["score"], worst["state"]) == ("critical", 9.8, "open")
    assert worst["asset"] == "srv-web-01.voorbeeld.example"
    assert worst["first_seen"] == datetime(2026, 11, 16, 22, 0, 4)  # 21:00:04 UTC in winter time
    assert findings["10.20.30.11|900102|tcp/8443"]["score"] == 6.1  # only CVSS 2 is given
    assert findings["10.20.30.11|21156|tcp/0|aa11"]["finding_type"] == "configuration"
    scans = {record.values["object"]: record.values["value"] for record in of(records, "measurement")}
    assert scans == {"srv-web-01.voorbeeld.example": 3.0, "10.20.30.12": 0.0}


def test_minimum_severity(tmp_path: Path) -> None:
    source = connector(
        NessusConnector, place(tmp_path, "nessus_dmz.nessus"), file="*.nessus", minimum_severity="critical"
    )
    kept = {(record.values["finding_type"], record.values["severity"]) for record in of(collect(source), "finding")}
    assert kept == {("vulnerability", "critical"), ("configuration", "high")}  # a failed check has no real severity


def test_the_newest_report_of_a_scan_counts(tmp_path: Path) -> None:
    old = (DATA / "nessus_dmz.nessus").read_text("utf-8").replace("1794862804", "1794258004")
    (tmp_path / "a_later_name.nessus").write_text(old.replace("900102", "900199"), "utf-8")
    place(tmp_path, "nessus_dmz.nessus")
    other = (DATA / "nessus_dmz.nessus").read_text("utf-8").replace("Wekelijkse scan DMZ", "Maandscan intern")
    (tmp_path / "intern.nessus").write_text(other.replace("10.20.30.", "10.20.99."), "utf-8")
    source = connector(NessusConnector, tmp_path, file="*.nessus")
    assert [payload.name for payload in source.fetch(Window())] == ["nessus_dmz.nessus", "intern.nessus"]
    assert not any("900199" in (record.key or "") for record in collect(source))


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("<Other/>", "begint met <Other>"),
        ("<NessusClientData_v2><Report name='x'><ReportHost", "geen volledig XML-bestand"),
        ("<NessusClientData_v2><Report name='x'></Report></NessusClientData_v2>", "geen enkel gescand systeem"),
        ("<!DOCTYPE a [<!ENTITY b 'c'>]><NessusClientData_v2>&b;</NessusClientData_v2>", "documenttype of entiteiten"),
        ("not xml at all", "geen volledig XML-bestand"),
    ],
)
def test_other_files_are_refused_by_name(tmp_path: Path, content: str, expected: str) -> None:
    (tmp_path / "x.nessus").write_text(content, "utf-8")
    with pytest.raises(TerminalError, match=expected) as caught:
        collect(connector(NessusConnector, tmp_path, file="x.nessus"))
    assert caught.value.place == "x.nessus"
    assert caught.value.advice


def test_a_missing_or_empty_file(tmp_path: Path) -> None:
    source = connector(NessusConnector, tmp_path, file="*.nessus")
    with pytest.raises(TerminalError, match="er is geen bestand"):
        list(source.fetch(Window()))
    (tmp_path / "leeg.nessus").write_bytes(b"")
    with pytest.raises(TerminalError, match="0 bytes"):
        list(source.fetch(Window()))


def test_a_landed_payload_reads_the_same_as_the_file(nessus: NessusConnector) -> None:
    (payload,) = nessus.fetch(Window())
    landed = Payload(payload.name, payload.media_type, content=payload.data(), fetched_at=payload.fetched_at)
    assert list(nessus.read(landed)) == list(nessus.read(payload))


def test_scans_of_overlapping_networks_give_each_finding_once(tmp_path: Path) -> None:
    folder = place(tmp_path, "nessus_dmz.nessus")
    text = (folder / "nessus_dmz.nessus").read_text("utf-8")
    newer = text.replace("Wekelijkse scan DMZ", "Maandscan alles").replace("1794862804", "1794949204")
    newer = newer.replace("1794863922", "1794950322")
    (folder / "nessus_alles.nessus").write_text(newer, "utf-8")
    source = connector(NessusConnector, folder, file="*.nessus")
    findings = of(collect(source), "finding")
    assert len(findings) == len({record.key for record in findings})
    assert {record.locator.file for record in findings} == {"nessus_alles.nessus"}
    assert of(collect(source), "finding") == findings


ITEM = '<ReportItem port="22" protocol="tcp" severity="3" pluginID="900200" pluginName="Zwak"/>'


@pytest.mark.parametrize(
    ("host", "key"),
    [
        (f'<ReportHost name="10.20.30.99">{ITEM}</ReportHost>', "10.20.30.99|900200|tcp/22"),
        (f"<ReportHost>{ITEM}</ReportHost>", None),
        (ITEM, None),
    ],
)
@pytest.mark.parametrize("is_first", [True, False])
def test_a_finding_is_never_of_another_system(host: str, key: str | None, is_first: bool, tmp_path: Path) -> None:
    """Of a system that tells nothing of itself only its name is known."""
    text = (DATA / "nessus_dmz.nessus").read_text("utf-8")
    place = "<ReportHost name=" if is_first else "</Report>"
    (tmp_path / "a.nessus").write_text(text.replace(place, f"{host}{place}", 1), "utf-8")
    records = collect(connector(NessusConnector, tmp_path, file="*.nessus"))
    weak = [record for record in of(records, "finding") if record.values["title"] == "Zwak"]
    assert [record.key for record in weak] == [key]
    assert weak[0].values.get("asset") == (key.partition("|")[0] if key else None)


def test_properties_that_stand_in_no_report_are_read(tmp_path: Path) -> None:
    (tmp_path / "a.nessus").write_text("<NessusClientData_v2><HostProperties/></NessusClientData_v2>", "utf-8")
    assert {record.key for record in collect(connector(NessusConnector, tmp_path, file="*.nessus"))} == {None}


@pytest.mark.parametrize(
    ("name", "asset"),
    [
        ("https://www.voorbeeld.example", "www.voorbeeld.example"),
        ("https://WWW.voorbeeld.example:8443/zaken?x=1", "www.voorbeeld.example"),
        ("www.voorbeeld.example", "www.voorbeeld.example"),
        ("192.0.2.7", "192.0.2.7"),
        ("ftp://voorbeeld.example", "ftp://voorbeeld.example"),
    ],
)
def test_a_website_is_called_as_a_register_calls_it(tmp_path: Path, name: str, asset: str) -> None:
    """A scan of web applications names the whole address; two of one host stay two scans."""
    report = (
        '<?xml version="1.0" ?><NessusClientData_v2><Report name="was">'
        f'<ReportHost name="{name}"><HostProperties><tag name="HOST_START_TIMESTAMP">1795000000</tag>'
        '<tag name="HOST_END_TIMESTAMP">1795003600</tag></HostProperties>'
        '<ReportItem port="443" svc_name="www" protocol="tcp" severity="3" pluginID="98000" pluginName="XSS" pluginFamily="Web">'
        "</ReportItem></ReportHost></Report></NessusClientData_v2>"
    )
    (tmp_path / "was.nessus").write_text(report, "utf-8")
    records = collect(connector(NessusConnector, tmp_path, file="was.nessus"))
    named = {record.values[name] for record in records for name in ("asset", "object") if name in record.values}
    assert named == {asset}
    scans, _ = looked_at(connector(NessusConnector, tmp_path, file="was.nessus"))
    ((key, looked),) = scans
    assert looked == asset
    assert name in str(key)
