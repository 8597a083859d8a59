"""XCCDF of patches: a missing one is a vulnerability and no deviation of the configuration, and what was not judged ends nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from connectors.openscap import OpenscapConnector
from models.record import Record
from tests.connectors.report_files import DATA, collect, connector, looked_at, of, place

RULE = "xccdf_org.ssgproject.content_rule_security_patches_up_to_date"
OVAL = (
    '<oval_definitions xmlns="http://oval.mitre.org/XMLSchema/oval-definitions-5"><definitions>'
    '<definition class="patch" id="oval:org.example:def:1"><metadata><title>EXSA-1: openssl</title>'
    "<advisory><severity>Critical</severity></advisory></metadata></definition>"
    '<definition class="compliance" id="oval:org.example:def:3"><metadata><title>Instelling</title></metadata></definition>'
    "</definitions></oval_definitions>"
)


def _result(rule: str, result: str, definition: str = "", more: str = "") -> str:
    reference = f'<check system="oval"><check-content-ref name="{definition}" href="#o"/></check>' if definition else ""
    return f'<rule-result idref="{rule}" severity="medium"><result>{result}</result>{more}{reference}</rule-result>'


def _report(folder: Path, *results: str, end: str = "2026-11-18T02:03:00+01:00") -> None:
    """A scan of settings, as the test of openscap has it, with more results before its score; and definitions before it."""
    text = (DATA / "xccdf_results.xml").read_text("utf-8")
    text = text.replace("<score ", "\n".join(results) + "<score ").replace("2026-11-18T02:03:00+01:00", end)
    rule = f'<Rule id="{RULE}" severity="medium"><title>Ensure Software Patches Installed</title></Rule>'
    start = text.index("<TestResult")
    (folder / "x.xml").write_text(f"{text[:start]}{rule}{OVAL}{text[start:]}", "utf-8")


def _findings(folder: Path) -> list[Record]:
    return of(collect(connector(OpenscapConnector, folder, file="x.xml")), "finding")


def _more_findings(folder: Path, *results: str) -> list[Record]:
    """The findings that these results add to those of the scan."""
    _report(folder, *results)
    return _findings(folder)[3:]


def test_a_missing_patch_is_a_vulnerability(tmp_path: Path) -> None:
    records = collect(connector(OpenscapConnector, place(tmp_path, "xccdf_patches.xml"), file="*.xml"))
    kernel, curl = of(records, "finding")
    said = [kernel.values[name] for name in ("title", "finding_type", "severity", "asset")]
    asset = "srv-app-04.voorbeeld.example"
    assert said == ["RHSA-2026:0111: kernel security update (Critical)", "vulnerability", "critical", asset]
    assert kernel.key == f"{asset}|xccdf_com.redhat.rhsa_benchmark_generated-xccdf|-|{_rule_of_feed(111)}"
    # whether it is missing was not found out
    assert [curl.values[name] for name in ("finding_type", "severity")] == ["vulnerability", "medium"]
    (scan,) = of(records, "measurement")  # no score: nothing was said of the configuration
    assert [scan.values[name] for name in ("metric", "object", "value")] == ["vulnerability_scan", asset, 2.0]


def _rule_of_feed(number: int) -> str:
    return f"xccdf_com.redhat.rhsa_rule_oval-com.redhat.rhsa-def-20260{number}"


def test_patches_are_no_part_of_the_score(tmp_path: Path) -> None:
    patches = [_result(RULE, "pass", f"oval:org.example:def:{number}") for number in range(10, 90)]
    _report(tmp_path, *patches, _result(RULE, "fail", "oval:org.example:def:1"))
    records = collect(connector(OpenscapConnector, tmp_path, file="x.xml"))
    score, scan = of(records, "measurement")
    assert (score.values["metric"], score.values["value"]) == ("configuration_score", 20.0)
    assert (scan.values["metric"], scan.values["value"]) == ("vulnerability_scan", 1.0)


def test_each_of_many_patches_has_its_own_key_and_the_word_of_its_supplier(tmp_path: Path) -> None:
    numbers = (1, 2)
    first, second = _more_findings(
        tmp_path, *(_result(RULE, "fail", f"oval:org.example:def:{number}") for number in numbers)
    )
    assert [str(record.key).rpartition("|")[2] for record in (first, second)] == [
        f"oval:org.example:def:{number}" for number in numbers
    ]
    assert (first.values["title"], first.values["severity"]) == ("EXSA-1: openssl", "critical")
    assert second.values["title"] == "Ensure Software Patches Installed: oval:org.example:def:2"


CVE = '<ident system="http://cve.mitre.org">CVE-2026-12345</ident>'
OTHER = "xccdf_org.example_rule_other"


@pytest.mark.parametrize(
    ("result", "finding_type"),
    [
        (_result(RULE, "fail"), "vulnerability"),
        (_result(OTHER, "fail", "oval:org.example:def:1"), "vulnerability"),  # of class patch in this document
        (_result(OTHER, "fail", "oval:com.ubuntu.jammy:def:65321000000"), "vulnerability"),
        (_result(OTHER, "fail", more=CVE), "vulnerability"),
        (_result(OTHER, "fail", "oval:org.example:def:3"), "configuration"),
        (_result(OTHER, "fail", "oval:ssg-sshd_disable_root_login:def:1"), "configuration"),
        (_result("xccdf_org.example_rule_dnf-automatic_security_updates_only", "fail"), "configuration"),
    ],
)
def test_what_asks_for_a_patch(tmp_path: Path, result: str, finding_type: str) -> None:
    (record,) = _more_findings(tmp_path, result)
    assert record.values["finding_type"] == finding_type


@pytest.mark.parametrize(
    ("title", "finding_type"),
    [
        ("Vendor packaged system security patches and updates must be installed and up to date.", "vulnerability"),
        ("Ensure updates, patches, and additional security software are installed", "vulnerability"),
        ("Configure dnf-automatic to Install Only Security Updates", "configuration"),
    ],
)
def test_titles_that_ask_for_patches(tmp_path: Path, title: str, finding_type: str) -> None:
    text = (DATA / "xccdf_results.xml").read_text("utf-8")
    (tmp_path / "x.xml").write_text(text.replace("Disable root login over SSH", title), "utf-8")
    assert _findings(tmp_path)[0].values["finding_type"] == finding_type


def test_a_scan_that_looked_for_no_patch_ends_no_missing_one(tmp_path: Path) -> None:
    """Without its remote resources the rule is not checked; the settings were, and their scan is another."""
    _report(tmp_path, _result(RULE, "fail", "oval:org.example:def:1"))
    before, _ = looked_at(connector(OpenscapConnector, tmp_path, file="x.xml"))
    missing = _findings(tmp_path)[3].values["scan"]
    _report(tmp_path, _result(RULE, "notchecked"), end="2026-11-19T02:03:00+01:00")
    after, _ = looked_at(connector(OpenscapConnector, tmp_path, file="x.xml"))
    assert missing in {key for key, _ in before}
    assert missing not in {key for key, _ in after}
    assert len(before) == 2
    assert after < before
