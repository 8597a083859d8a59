"""Reads the results of configuration scans in XCCDF 1.2, bare or inside an ARF 1.1 report, as `oscap xccdf eval
--results-arf` writes them: every failed rule is a finding, every scan a configuration score.

Formats: NIST SP 800-126 rev. 3 and NISTIR 7275 rev. 4 (XCCDF 1.2 §6.6, TestResult), NISTIR 7694 (ARF 1.1). Evaluating
systems is left to `oscap` itself.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from xml.etree.ElementTree import Element

from connectors.tools.findings import (
    ReportConnector,
    ScanSettings,
    Subject,
    from_iso,
    key_of,
    moment_of,
    record_of,
    scan_of,
    severe_enough,
)
from connectors.tools.values import shown
from connectors.tools.xml import children, elements, local, text
from models.message import message
from models.record import Locator, Payload, Record

# NISTIR 7275r4 §6.6.4.2, table 26: what a rule-result may be. "Not passed" counts against the score, because nothing
# was shown; rules that do not apply or were not selected do not count at all.
PASSED = frozenset({"pass", "fixed"})
NOT_PASSED = frozenset({"fail", "error", "unknown"})
_NOT_JUDGED = NOT_PASSED - {"fail"} | {"notchecked"}
RESULTS = PASSED | NOT_PASSED | {"notapplicable", "notchecked", "notselected", "informational"}
_WANTED = frozenset({"Rule", "target", "target-facts", "benchmark", "profile", "rule-result", "TestResult"})
_ROOTS = frozenset({"asset-report-collection", "Benchmark", "TestResult"})
_HOST_FACTS = ("urn:xccdf:fact:asset:identifier:fqdn", "urn:xccdf:fact:asset:identifier:host_name")


class OpenscapConnector(ReportConnector):
    """Yields kinds finding (finding_type configuration) and measurement (metric configuration_score, 0–100)."""

    name = "openscap"
    summary_nl = "Uitkomsten van configuratiescans: XCCDF 1.2 of ARF, zoals OpenSCAP ze schrijft"
    Settings = ScanSettings

    @property
    def kinds(self) -> tuple[str, ...]:
        return ("finding", "measurement", "scan")

    def identify(self, payload: Payload) -> Subject:
        """A report is about its target, benchmark and profile; the end of the test says when it was made."""
        scan = _Scan()
        for element, ancestors in elements(payload, _WANTED - {"Rule", "rule-result"}, _ROOTS):
            if local(element) == "TestResult":
                return Subject(f"{scan.asset}|{scan.benchmark}|{scan.profile}", from_iso(element.get("end-time")))
            scan.take(element, ancestors)
        return self.refuse(
            message("openscap.no_results"),
            place=payload.name,
            advice=message("openscap.give_results"),
        )

    def records(self, payload: Payload) -> Iterator[Record]:
        titles: dict[str, str] = {}
        scan = _Scan()
        for element, ancestors in elements(payload, _WANTED, _ROOTS):
            name = local(element)
            if name == "Rule":
                titles[element.get("id", "")] = text(element, "title") or ""
            elif name == "rule-result":
                scan.start(ancestors[-1])
                record = self._finding(payload, element, scan, titles)
                if record is not None:
                    yield record
                element.clear()
            elif name == "TestResult":
                scan.start(element)
                yield self._score(payload, scan)
                yield self._looked_at(payload, scan)
                scan = _Scan()
            else:
                scan.take(element, ancestors)

    def _finding(self, payload: Payload, element: Element, scan: _Scan, titles: dict[str, str]) -> Record | None:
        result = text(element, "result") or ""
        if result not in RESULTS:
            self.refuse(
                message("openscap.no_such_result", result=shown(result), rule=shown(element.get("idref"))),
                place=payload.name,
                advice=message("openscap.expected", known=", ".join(sorted(RESULTS))),
            )
        scan.results[result] += 1
        # severity: NISTIR 7275r4 §6.4.4.2, unknown | info | low | medium | high; absent means unknown
        severity = element.get("severity", "unknown")
        severity_code = None if severity == "unknown" else severity
        if result != "fail":
            self.left_out["not_judged" if result in _NOT_JUDGED else "passed"] += 1
            return None
        if not severe_enough(severity_code, self.settings.minimum_severity):
            self.left_out["below_minimum"] += 1
            return None
        rule = element.get("idref", "")
        moment = from_iso(element.get("time")) or scan.ended or moment_of(payload)
        return record_of(
            "finding",
            key_of(scan.asset, scan.benchmark, scan.profile or "-", rule, *_instances(element)),
            {
                "title": titles.get(rule) or rule,
                "finding_type": "configuration",
                "severity": severity_code,
                "asset": scan.asset,
                "object": scan.asset,
                "scan": self._scan_key(payload, scan),
                "first_seen": moment,
                "state": "open",
                "origin": "OpenSCAP",
            },
            Locator(file=payload.name, address=f"#TestResult/rule-result[{rule}]"),
            at_latest=True,
        )

    def _scan_key(self, payload: Payload, scan: _Scan) -> str | None:
        profile = scan.profile or "-"
        rules = scan.benchmark, profile
        return self.scan_key(payload, scan.asset, *rules)

    def _looked_at(self, payload: Payload, scan: _Scan) -> Record:
        """The record that says that the system was scanned, and how many rules it failed."""
        key = self._scan_key(payload, scan)
        ended = scan.ended or moment_of(payload)
        address = "#TestResult"
        place = Locator(payload.name, address=address)
        failed = scan.results["fail"]
        return scan_of(key, scan.asset, ended, place, failed)

    def _score(self, payload: Payload, scan: _Scan) -> Record:
        passed = sum(scan.results[result] for result in PASSED)
        judged = passed + sum(scan.results[result] for result in NOT_PASSED)
        if not judged:
            self.refuse(
                message("openscap.none_judged", asset=scan.asset, results=dict(scan.results)),
                place=payload.name,
                advice=message("openscap.other_profile"),
            )
        moment = scan.ended or moment_of(payload)
        return record_of(
            "measurement",
            key_of("configuration_score", scan.asset, scan.benchmark, scan.profile or "-", moment.date()),
            {
                "title": f"Configuratiescan {scan.asset}: {passed} van {judged} regels in orde",
                "metric": "configuration_score",
                "object": scan.asset,
                "value": 100 * passed / judged,
                "numerator": float(passed),
                "denominator": float(judged),
                "unit": "%",
                "observed_at": moment,
            },
            Locator(file=payload.name, address="#TestResult"),
        )


class _Scan:
    """What a TestResult says before its rule-results."""

    def __init__(self) -> None:
        self.asset = ""
        self.benchmark = ""
        self.profile = ""
        self.ended: datetime | None = None
        self.results: Counter[str] = Counter()

    def start(self, test_result: Element) -> None:
        self.ended = from_iso(test_result.get("end-time"))

    def take(self, element: Element, ancestors: tuple[Element, ...]) -> None:
        """Keep what stands directly in a TestResult; elements with the same name elsewhere are something else."""
        if not ancestors or local(ancestors[-1]) != "TestResult":
            return
        name = local(element)
        if name == "target":
            self.asset = self.asset or text(element) or ""
        elif name == "benchmark":
            self.benchmark = element.get("id") or element.get("href") or ""
        elif name == "profile":
            self.profile = element.get("idref", "")
        elif name == "target-facts":
            self.asset = _host_name(element) or self.asset


def _host_name(target_facts: Element) -> str | None:
    """What the system is called among the facts about it."""
    facts = {fact.get("name"): text(fact) for fact in children(target_facts, "fact")}
    names = map(facts.get, _HOST_FACTS)
    return next(filter(None, names), None)


def _instances(element: Element) -> list[str]:
    """The instance of a rule that is tested more than once (multi-check): XCCDF 1.2 §6.6.4, `instance`."""
    return [instance_text for instance in children(element, "instance") if (instance_text := text(instance))]
