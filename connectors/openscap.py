"""Reads the results of scans in XCCDF 1.2, bare or inside an ARF 1.1 report, as `oscap xccdf eval --results-arf` writes them:
every failed rule is a finding, every scan a configuration score. A missing patch is a vulnerability, and no part of that score;
one that could not be judged may be missing, and counts as such.

Formats: NIST SP 800-126 rev. 3 and NISTIR 7275 rev. 4 (XCCDF 1.2 §6.6, TestResult), NISTIR 7694 (ARF 1.1). Evaluating
systems is left to `oscap` itself.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Set
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
    scanned_system,
    severe_enough,
    worst_severity,
)
from connectors.tools.patches import Patches, Question
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
_SCORED = PASSED | NOT_PASSED
_DECIDED = PASSED | {"fail"}
# What counts against it: of a patch also that nobody could tell, for no score tells that.
_AGAINST = {False: frozenset({"fail"}), True: NOT_PASSED}
_CONTENT = frozenset({"Rule", "rule-result", "definition"})
_WANTED = _CONTENT | frozenset({"target", "target-facts", "benchmark", "profile", "TestResult"})
_ROOTS = frozenset({"asset-report-collection", "Benchmark", "TestResult"})
_HOST_FACTS = ("urn:xccdf:fact:asset:identifier:fqdn", "urn:xccdf:fact:asset:identifier:host_name")


class OpenscapConnector(ReportConnector):
    """Yields kinds finding (finding_type configuration, of patches vulnerability), measurement (metrics configuration_score,
    0–100, and vulnerability_scan) and scan."""

    name = "openscap"
    summary_nl = "Uitkomsten van configuratiescans: XCCDF 1.2 of ARF, zoals OpenSCAP ze schrijft"
    Settings = ScanSettings

    @property
    def kinds(self) -> tuple[str, ...]:
        return ("finding", "measurement", "scan")

    def identify(self, payload: Payload) -> Subject:
        """A report is about its target, benchmark and profile; the end of the test says when it was made."""
        scan = _Scan()
        for element, ancestors in elements(payload, _WANTED - _CONTENT, _ROOTS):
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
        patches = Patches()
        scan = _Scan()
        for element, ancestors in elements(payload, _WANTED, _ROOTS):
            name = local(element)
            if name == "Rule":
                titles[element.get("id", "")] = text(element, "title") or ""
                patches.take_rule(element)
            elif name == "definition":
                patches.take_definition(element)
            elif name == "rule-result":
                scan.start(ancestors[-1])
                rule = element.get("idref", "")
                title = titles.get(rule) or rule
                question = patches.question_of(element, title)
                record = self._finding(payload, element, scan, question)
                if record is not None:
                    yield record
                element.clear()
            elif name == "TestResult":
                scan.start(element)
                yield from self._outcome(payload, scan)
                scan = _Scan()
            else:
                scan.take(element, ancestors)

    def _finding(self, payload: Payload, element: Element, scan: _Scan, question: Question) -> Record | None:
        result = text(element, "result") or ""
        if result not in RESULTS:
            self.refuse(
                message("openscap.no_such_result", result=shown(result), rule=shown(element.get("idref"))),
                place=payload.name,
                advice=message("openscap.expected", known=", ".join(sorted(RESULTS))),
            )
        results = scan.results_of(question)
        results[result] += 1
        # severity: NISTIR 7275r4 §6.4.4.2, unknown | info | low | medium | high; absent means unknown
        severity = element.get("severity", "unknown")
        severity_code = None if severity == "unknown" else severity
        severity_code = worst_severity(severity_code, question.severity)
        if result not in _AGAINST[question.is_patch]:
            self.left_out["not_judged" if result in _NOT_JUDGED else "passed"] += 1
            return None
        if not severe_enough(severity_code, self.settings.minimum_severity):
            self.left_out["below_minimum"] += 1
            return None
        rule = element.get("idref", "")
        moment = from_iso(element.get("time")) or scan.ended or moment_of(payload)
        parts = *_instances(element), *question.parts
        return record_of(
            "finding",
            key_of(scan.asset, scan.benchmark, scan.profile or "-", rule, *parts),
            {
                "title": question.title,
                "finding_type": question.finding_type,
                "severity": severity_code,
                "asset": scan.asset,
                "object": scan.asset,
                "scan": self._scan_key(payload, scan, results),
                "first_seen": moment,
                "state": "open",
                "origin": "OpenSCAP",
            },
            Locator(file=payload.name, address=f"#TestResult/rule-result[{rule}]"),
            at_latest=True,
        )

    def _scan_key(self, payload: Payload, scan: _Scan, results: Counter[str]) -> str | None:
        """The key of the scan of the configuration, or of patches: a report in which these were not judged ends none of them."""
        profile = scan.profile or "-"
        parts = scan.benchmark, profile, *scan.part_of(results)
        return self.scan_key(payload, scan.asset, *parts)

    def _outcome(self, payload: Payload, scan: _Scan) -> Iterator[Record]:
        """What was judged: the configuration, patches, or both."""
        judged = scan.results.keys() & _SCORED
        looked_for = scan.patches.keys() & _DECIDED
        if judged:
            yield self._score(payload, scan)
            yield self._looked_at(payload, scan, scan.results, {"fail"})
        if looked_for:
            yield self._patched(payload, scan)
            yield self._looked_at(payload, scan, scan.patches, NOT_PASSED)
        if not judged | looked_for:
            results = scan.results + scan.patches
            self.refuse(
                message("openscap.none_judged", asset=scan.asset, results=dict(results)),
                place=payload.name,
                advice=message("openscap.other_profile"),
            )

    def _patched(self, payload: Payload, scan: _Scan) -> Record:
        """That patches were looked for, and how many are missing or may be."""
        profile = scan.profile or "-"
        target = f"{scan.asset}|{scan.benchmark}|{profile}"
        moment = scan.ended or moment_of(payload)
        missing = _sum_of(scan.patches, NOT_PASSED)
        return scanned_system(
            payload,
            scan.asset,
            target,
            moment,
            missing,
        )

    def _looked_at(self, payload: Payload, scan: _Scan, results: Counter[str], against: Set[str]) -> Record:
        """The record that says that the system was scanned, and how many rules it failed."""
        key = self._scan_key(payload, scan, results)
        ended = scan.ended or moment_of(payload)
        place = Locator(payload.name, address="#TestResult")
        failed = _sum_of(results, against)
        return scan_of(key, scan.asset, ended, place, failed)

    def _score(self, payload: Payload, scan: _Scan) -> Record:
        passed = _sum_of(scan.results, PASSED)
        judged = _sum_of(scan.results, _SCORED)
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
        self.results: Counter[str] = Counter()  # of rules about the configuration
        self.patches: Counter[str] = Counter()

    def results_of(self, question: Question) -> Counter[str]:
        """Where the results of a rule are counted."""
        return self.patches if question.is_patch else self.results

    def part_of(self, results: Counter[str]) -> list[str]:
        """What tells the scan of patches from that of the configuration."""
        return ["patches"] if results is self.patches else []

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


def _sum_of(results: Counter[str], words: Set[str]) -> int:
    return sum(results[word] for word in words)


def _host_name(target_facts: Element) -> str | None:
    """What the system is called among the facts about it."""
    facts = {fact.get("name"): text(fact) for fact in children(target_facts, "fact")}
    names = map(facts.get, _HOST_FACTS)
    return next(filter(None, names), None)


def _instances(element: Element) -> list[str]:
    """The instance of a rule that is tested more than once (multi-check): XCCDF 1.2 §6.6.4, `instance`."""
    return [instance_text for instance in children(element, "instance") if (instance_text := text(instance))]
