"""Reads reports of Trivy in its own JSON (schema version 2): vulnerabilities in packages of images and folders, failed checks of
configuration, and secrets in files.

Format: aquasecurity/trivy, pkg/types/report.go and the reports in its integration/testdata. It covers what the report names,
of the kinds of scan that it was asked for: a report of secrets says nothing of packages. An artifact without packages that
Trivy knows is no scan, and an operating system that is no longer supported has no clean one: nobody reports its
vulnerabilities any more.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from connectors.tools.file_kinds import refuse_other_kind
from connectors.tools.findings import (
    SEVERITIES,
    ReportConnector,
    ScanSettings,
    Subject,
    dig,
    from_iso,
    in_utc,
    json_array,
    json_object,
    key_of,
    load_json,
    moment_of,
    number,
    record_of,
    scalar,
    scan_of,
    scanned_system,
    severe_enough,
    severity_of,
)
from models.message import message
from models.record import Locator, Payload, Record, plausible

_PACKAGES = frozenset({"os-pkgs", "lang-pkgs"})  # result classes: only these are about vulnerabilities of packages
# What is looked for where a report has a result of a class; one without it was not asked for it, or had nothing to look at.
_LOOKED_FOR = {
    "os-pkgs": "Vulnerabilities",
    "lang-pkgs": "Vulnerabilities",
    "config": "Misconfigurations",
    "secret": "Secrets",
}
_NOT_AFFECTED = frozenset({"not_affected", "fixed"})
_UNNAMED = frozenset({"", ".", "./", "/"})  # how a folder is called in which Trivy was started


class TrivyConnector(ReportConnector):
    """Yields kinds finding and measurement (metrics vulnerability_scan and configuration_score, per artifact)."""

    name = "trivy"
    summary_nl = "Rapporten van Trivy (JSON): images, mappen en configuratie"
    Settings = ScanSettings
    media_type = "application/json"

    @property
    def kinds(self) -> tuple[str, ...]:
        return ("finding", "measurement", "scan")

    def identify(self, payload: Payload) -> Subject:
        """A report is about its artifact, whatever its tag; one that found nothing to look at is no scan."""
        report = self._report(payload)
        unfinished = "" if json_array(report.get("Results")) else message("trivy.nothing_scanned")
        artifact = _artifact(report)
        return Subject(
            f"{report.get('ArtifactType')}|{artifact}" if artifact else None,
            _created(report),
            unfinished,
        )

    def records(self, payload: Payload) -> Iterator[Record]:
        report = self._report(payload)
        moment = _created(report) or moment_of(payload)
        asset = _artifact(report) or payload.name
        results = json_array(report.get("Results"))
        repeats: Counter[str | None] = Counter()
        findings = 0
        for position, result in enumerate(results):
            for values, identity, address in self._results(result, f"#/Results/{position}"):
                findings += values["finding_type"] == "vulnerability"
                yield self._finding(
                    payload,
                    asset,
                    moment,
                    values,
                    identity,
                    address,
                    repeats,
                )
        if dig(report, "Metadata", "OS", "EOSL") is True:
            yield self._unsupported(payload, asset, moment, report)
            findings += 1
        if any(scalar(result, "Class") in _PACKAGES for result in results):
            yield scanned_system(payload, asset, asset, moment, findings)
        yield from self._score(payload, asset, moment, results)
        place = Locator(file=payload.name)
        classes = {str(result.get("Class")) for result in results}
        for sort in sorted({_LOOKED_FOR[name] for name in classes if name in _LOOKED_FOR}):
            key = self.scan_key(payload, asset, sort)
            yield scan_of(key, asset, moment, place)

    def _report(self, payload: Payload) -> dict[str, Any]:
        report = load_json(payload)
        if not isinstance(report, dict) or report.get("SchemaVersion") != 2:
            is_old = isinstance(report, list) and isinstance(dig(report, 0, "Target"), str)
            if not is_old and not isinstance(dig(report, "SchemaVersion"), int):
                refuse_other_kind(payload, message("trivy.report"))
            self.refuse(
                message("trivy.other_schema") if is_old else message("trivy.no_report"),
                place=payload.name,
                advice=message("trivy.use_later"),
            )
        return dict(report)

    def _results(
        self, result: dict[str, Any], address: str
    ) -> Iterator[tuple[dict[str, Any], tuple[str | None, ...], str]]:
        """What is wrong in one result: the values of its finding, what identifies it, and where it stands."""
        # the target of a system's packages holds the tag and the version of the system
        target = "os" if result.get("Class") == "os-pkgs" else str(scalar(result, "Target") or "-")
        self.left_out["suppressed"] += len(json_array(result.get("ExperimentalModifiedFindings")))
        for name, reader in (
            ("Vulnerabilities", self._vulnerability),
            ("Misconfigurations", self._misconfiguration),
            ("Secrets", self._secret),
        ):
            for position, item in enumerate(json_array(result.get(name))):
                values = reader(item)
                if values is None:
                    continue
                if not severe_enough(values["severity"], self.settings.minimum_severity):
                    self.left_out["below_minimum"] += 1
                    continue
                yield values, (target, *_identity_of_item(item)), f"{address}/{name}/{position}"

    def _vulnerability(self, item: dict[str, Any]) -> dict[str, Any] | None:
        if str(item.get("Status") or "").casefold() in _NOT_AFFECTED:
            self.left_out["gone"] += 1
            return None
        scores = [
            number(scalar(vendor, name))
            for vendor in json_object(item.get("CVSS")).values()
            for name in ("V40Score", "V3Score")
        ]
        score = max((score for score in scores if score is not None), default=None)
        package, identifier = scalar(item, "PkgName"), scalar(item, "VulnerabilityID")
        title = scalar(item, "Title") or identifier
        return {
            "title": f"{title} ({package}, {identifier})"[:300],
            "url": item.get("PrimaryURL"),
            "finding_type": "vulnerability",
            "severity": _severity_of_item(item) or (severity_of(score) if score is not None else None),
            "score": score,
        }

    def _misconfiguration(self, item: dict[str, Any]) -> dict[str, Any] | None:
        if str(item.get("Status") or "FAIL") != "FAIL":
            self.left_out["passed" if item.get("Status") == "PASS" else "suppressed"] += 1
            return None
        return {
            "title": str(scalar(item, "Title") or scalar(item, "ID"))[:300],
            "url": item.get("PrimaryURL"),
            "finding_type": "configuration",
            "severity": _severity_of_item(item),
        }

    def _secret(self, item: dict[str, Any]) -> dict[str, Any] | None:
        """A secret by its rule: what was found is never taken."""
        return {
            "title": f"Geheim in een bestand: {scalar(item, 'Title') or scalar(item, 'RuleID')}"[:300],
            "finding_type": "vulnerability",
            "severity": _severity_of_item(item),
        }

    def _finding(
        self,
        payload: Payload,
        asset: str,
        moment: datetime,
        values: Mapping[str, Any],
        identity: tuple[str | None, ...],
        address: str,
        repeats: Counter[str | None],
    ) -> Record:
        key = key_of("trivy", asset, *identity)
        repeats[key] += 1
        if (
            key is not None and repeats[key] > 1
        ):  # two versions of one package: which is which, changes with every update
            key = f"{key}|{repeats[key]}"
        common: dict[str, Any] = {"asset": asset, "first_seen": moment, "state": "open", "origin": "Trivy"}
        sort = next((name for name in _LOOKED_FOR.values() if f"/{name}/" in address), "Vulnerabilities")
        common |= {"object": asset, "scan": self.scan_key(payload, asset, sort)}
        return record_of(
            "finding",
            key,
            {**values, **common},
            Locator(
                file=payload.name,
                address=address,
            ),
            at_latest=True,
        )

    def _unsupported(self, payload: Payload, asset: str, moment: datetime, report: dict[str, Any]) -> Record:
        system = f"{scalar(report, 'Metadata', 'OS', 'Family')} {scalar(report, 'Metadata', 'OS', 'Name')}"
        values = {
            "title": f"Het besturingssysteem wordt niet meer ondersteund: {system}",
            "finding_type": "vulnerability",
            "severity": "high",
        }
        return self._finding(
            payload,
            asset,
            moment,
            values,
            ("os", "unsupported"),
            "#/Metadata/OS",
            Counter(),
        )

    def _score(self, payload: Payload, asset: str, moment: datetime, results: list[dict[str, Any]]) -> Iterator[Record]:
        """The share of the configuration checks that passed, where the report counts them."""
        passed = _sum_of_checks(results, "Successes")
        failed = _sum_of_checks(results, "Failures")
        if passed + failed:
            yield record_of(
                "measurement",
                key_of("configuration_score", asset, moment.date()),
                {
                    "title": f"Trivy op {asset}: {passed:g} van {passed + failed:g} controles in orde",
                    "metric": "configuration_score",
                    "object": asset,
                    "value": 100 * passed / (passed + failed),
                    "numerator": passed,
                    "denominator": passed + failed,
                    "unit": "%",
                    "observed_at": moment,
                },
                Locator(file=payload.name),
            )


def _sum_of_checks(results: list[dict[str, Any]], outcome: str) -> float:
    """How many configuration checks of all results had this outcome."""
    numbers = [number(dig(result, "MisconfSummary", outcome)) for result in results]
    return sum(one or 0 for one in numbers)


def _artifact(report: dict[str, Any]) -> str:
    """What was scanned, of an image without its tag and digest; empty for the folder in which Trivy was started."""
    name = str(scalar(report, "ArtifactName") or "")
    if report.get("ArtifactType") == "container_image":
        folder, slash, last = name.partition("@")[0].rpartition("/")
        name = f"{folder}{slash}{re.sub(r':[^:]*$', '', last)}"
    return "" if name in _UNNAMED else name


def _created(report: dict[str, Any]) -> datetime | None:
    """When the report was made; None when it does not tell, or tells an impossible day."""
    moment = from_iso(report.get("CreatedAt"))
    if moment is not None and plausible(in_utc(moment)) is not None:
        return moment
    return None


def _severity_of_item(item: dict[str, Any]) -> str | None:
    word = str(item.get("Severity") or "").casefold()
    return word if word in SEVERITIES else None


def _identity_of_item(item: dict[str, Any]) -> tuple[str | None, ...]:
    """What identifies a finding over scans: neither version nor line, which change."""
    if "VulnerabilityID" in item:
        return (
            scalar(item, "VulnerabilityID"),
            str(scalar(item, "PkgName") or "-"),
            str(scalar(item, "PkgPath") or "-"),
        )
    if "RuleID" in item:
        return (scalar(item, "RuleID"),)
    identifier = scalar(item, "AVDID") or scalar(item, "ID")
    return (
        None if identifier is None else str(identifier),
        str(scalar(item, "CauseMetadata", "Resource") or "-"),
    )
