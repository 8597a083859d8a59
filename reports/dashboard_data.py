"""What the dashboard shows, as plain dictionaries: principles, themes, controls with measures, tests and evidence, what
expires, the runs, the sources. Texts are in the language asked for; codes stay codes, since the page shows them by sign."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import date
from typing import Any

from models.instant import instant
from models.kind import kinds
from models.language import pick
from models.wording import number, word
from reports import governance
from reports.answers import NormKey, reason_of
from reports.dashboard_time import COLOURS, changes, months, runs
from reports.provenance import NIGHT_IS_MISSED_AFTER, Provenance, day, provenance
from warehouse.reading.read import STATUSES, Published
from warehouse.reading.shapes import (
    ApplicabilityVersion,
    AskedNorm,
    Framework,
    NamedRecord,
    PresentControl,
    PresentIndicator,
    PresentNorm,
    PresentPrinciple,
    PresentRemark,
    PresentSource,
    PresentTest,
    RelatedControl,
)

THEMES = ("organisational", "people", "physical", "technological")
ASPECTS = ("design", "existence", "operation")
PLACES_SHOWN = 5  # places named per broken expectation
SOON = 30  # days: what gets worse within them is counted on the first view
_NOT_MEASURED: dict[str, Any] = {"reason": "", "selected": 0, "evidence": [], "marks": {}}


def collect(published: Published, organisation: str, lang: str = "nl") -> dict[str, Any]:
    """Everything the page needs, JSON-able; `norms`, `principles` and `evidence` are what a person drills down into."""
    published = published.speaking(lang)
    origin = provenance(published, organisation)
    tests = [test for test in published.select(PresentTest, organisation) if test.counts]
    tests.sort(key=_by_norm_and_aspect)
    evidence = _Evidence(published, organisation, tests, lang)
    norms = _norm_entries(published, organisation, tests, evidence, origin.as_of, lang)
    controls = [norm for norm in norms if norm["theme"]]
    trend = runs(published, organisation, lang)
    compared = governance.compared_run(published)
    coming = months(published, organisation, origin.as_of, lang) if origin.tests_known else []
    return {
        "lang": lang,
        "organisation": origin.organisation,
        "as_of": day(origin.as_of, lang),
        "origin": _facts_of_the_run(origin, lang),
        "statuses": list(STATUSES),
        "colours": list(COLOURS),
        "counts": _status_counts(controls),
        "soon": sum(map(_is_soon, norms)),
        "compared": day(compared.as_of, lang) if compared else "",
        "principles": _principles(published, organisation, tests, evidence),
        "themes": [_theme(theme, controls, lang) for theme in THEMES],
        "others": _outside_the_themes(published, norms),
        "norms": {norm["id"]: norm for norm in norms},
        "owners": _owners_of(norms),
        "bases": sorted({norm["basis"] for norm in norms} - {""}),
        "months": coming,
        "runs": trend,
        "changes": changes(published, organisation, trend, lang),
        "sources": _sources(published, organisation, lang),
        "rejected": _rejected(published, organisation, lang),
        "evidence": evidence.lines,
    }


def _owners_of(norms: list[dict[str, Any]]) -> list[str]:
    """Everybody who owns something of these norms."""
    names = {owner for norm in norms for owner in norm["owners"]}
    return sorted(names, key=str.casefold)


def _is_soon(norm: dict[str, Any]) -> bool:
    """Whether a norm gets worse within the days that the first view counts."""
    return norm["left"] is not None and norm["left"] <= SOON


def _facts_of_the_run(origin: Provenance, lang: str) -> dict[str, Any]:
    return {
        "run_no": origin.run_no,
        "run_id": origin.run_id,
        "finished": day(origin.finished, lang),
        "old_at": f"{instant(origin.finished + NIGHT_IS_MISSED_AFTER):%Y-%m-%dT%H:%M:%SZ}",
        "sources": origin.sources,
        "uncertain": [[title, word(outcome, lang), why] for title, outcome, why in origin.uncertain],
        "records": origin.records,
        "rejected": origin.rejected,
        "tests": origin.tests,
        "tests_known": origin.tests_known,
        "coverage": _as_percentage(origin.coverage),
        "frameworks": list(origin.frameworks),
        "version": origin.program_version,
        "catalogue": origin.catalogue_digest[:12],
    }


def _by_norm_and_aspect(test: PresentTest) -> tuple[Any, ...]:
    aspect = ASPECTS.index(test.aspect) if test.aspect in ASPECTS else len(ASPECTS)
    return test.purpose, test.norm_id, aspect, test.test_id


class _Evidence:
    """The records that tests name, each once: title, day, source, place. Owners are kept to count them, not shown."""

    def __init__(self, published: Published, organisation: str, tests: list[PresentTest], lang: str) -> None:
        titles = {source.source_id: source.title for source in published.select(PresentSource, organisation)}
        self.lines: dict[str, list[str]] = {}
        self.owner: dict[int, str | None] = {}
        self._lang, self._verdicts = lang, published.verdicts_of(organisation, tests)
        for record in published.records_of(organisation, tests).values():
            self.owner[record.evidence_id] = record.owner
            self.lines[str(record.evidence_id)] = _evidence_line(record, titles, lang)

    def numbers(self, test: PresentTest) -> list[str]:
        """The evidence numbers of a test that can be shown, as text: they do not fit a number of JavaScript."""
        return [str(item) for item in test.evidence_ids if str(item) in self.lines]

    def marks(self, test: PresentTest) -> dict[str, str]:
        """The verdict, in words, on each record of a test that is not good."""
        marks = {}
        for evidence_id in self.numbers(test):
            verdict = self._verdicts.get((test.framework_id, test.test_id, int(evidence_id)))
            if verdict not in (None, "good"):
                marks[evidence_id] = word(verdict, self._lang)
        return marks


def _evidence_line(record: NamedRecord, titles: dict[str, str], lang: str) -> list[str]:
    """A record as the page names it: title, kind, day, source, file, sheet, row."""
    kind = kinds()[record.kind]
    observed_on = record.observed_at.date() if record.observed_at else None
    return [
        record.name,
        pick(lang, kind.nl, kind.en),
        day(observed_on, lang),
        titles.get(record.source_id) or record.source_id,
        record.file,
        record.sheet,
        "" if record.row is None else str(record.row),
    ]


def _test(test: PresentTest, evidence: _Evidence, lang: str) -> dict[str, Any]:
    return {
        "id": test.test_id,
        "aspect": test.aspect or "",
        "sentence": test.sentence,
        "result": test.result,
        "reason": reason_of(test, lang),
        "measured_by": ": ".join(part for part in (test.looked_at, test.criterion) if part),
        "override": test.override_reason or "",
        "basis": word(test.basis, lang),
        "expires": day(test.expires_on, lang),
        "selected": test.selected,
        "evidence": evidence.numbers(test),
        "marks": evidence.marks(test),
    }


def _norm_entries(
    published: Published, organisation: str, tests: list[PresentTest], evidence: _Evidence, as_of: date, lang: str
) -> list[dict[str, Any]]:
    """The controls with their measures, and the norms of other frameworks, in the order of the catalogue."""
    parts = _Parts(published, organisation, tests, evidence, lang)
    questions = _questions_by_control(published)
    below: dict[NormKey, list[PresentNorm]] = defaultdict(list)
    for norm in published.select(PresentNorm, organisation):
        below[norm.framework_id, norm.parent or norm.norm_id].append(norm)
    controls = {
        (control.framework_id, control.norm_id): control for control in published.select(PresentControl, organisation)
    }
    others = [norm for key, norms in below.items() if key not in controls for norm in norms]
    tops: list[PresentControl | PresentNorm] = [*controls.values(), *others]
    return [_top(top, below, parts, questions, as_of, lang) for top in tops]


def _top(
    top: PresentControl | PresentNorm,
    below: dict[NormKey, list[PresentNorm]],
    parts: _Parts,
    questions: dict[NormKey, list[str]],
    as_of: date,
    lang: str,
) -> dict[str, Any]:
    """A control with its measures, or a norm of another framework."""
    norms = below.get((top.framework_id, top.norm_id), [])
    measures = [parts.measure(norm) for norm in norms]
    return {
        "id": top.norm_id if top.theme else f"{top.framework_id}:{top.norm_id}",
        "number": top.norm_id,
        "framework": top.framework_id,
        "title": top.title,
        "theme": top.theme or "",
        "status": top.status,
        "basis": word(top.basis, lang),
        "gap": word(top.gap, lang),
        "expires": day(top.expires_on, lang),
        "left": (top.expires_on - as_of).days if top.expires_on else None,
        "excepted": day(top.excepted_until, lang),
        "owners": _who_acts(measures, [owner for norm in norms for owner in parts.owners_of(norm)]),
        "aspects": [_worst([norm.aspect(aspect) for norm in norms]) for aspect in ASPECTS],
        "questions": questions.get((top.framework_id, top.norm_id), []),
        "measures": measures,
    }


class _Parts:
    """What stands under a control: each norm that carries tests with its tests, improvements, decision and wording."""

    def __init__(
        self, published: Published, organisation: str, tests: list[PresentTest], evidence: _Evidence, lang: str
    ) -> None:
        self._evidence, self._lang = evidence, lang
        self._tests: dict[NormKey, list[PresentTest]] = defaultdict(list)
        for test in tests:
            if test.purpose == "norm":
                self._tests[test.framework_id, test.norm_id].append(test)
        self._improvements = _improvement_lines(published, organisation)
        self._decisions = _applicability(published, organisation)
        self._official = published.official_texts()

    def owners_of(self, norm: PresentNorm) -> list[str | None]:
        """The owner of every record that the tests of a norm rest on."""
        tests = self._tests.get((norm.framework_id, norm.norm_id), [])
        return [self._evidence.owner.get(number) for test in tests for number in test.evidence_ids]

    def measure(self, norm: PresentNorm) -> dict[str, Any]:
        lang, key = self._lang, (norm.framework_id, norm.norm_id)
        excepted = [day(norm.excepted_until, lang), norm.exception_reason or ""] if norm.excepted_until else []
        return {
            "number": norm.norm_id,
            "title": norm.title,
            "summary": norm.summary or "",
            "status": norm.status,
            "gap": word(norm.gap, lang),
            "aspects": [norm.aspect(aspect) or "no_evidence" for aspect in ASPECTS],
            "basis": word(norm.basis, lang),
            "expires": day(norm.expires_on, lang),
            "known": [norm.tests_known, norm.tests],
            "excepted": excepted,
            "applicability": self._decisions.get(norm.applicability_id or 0, ""),
            "applicability_note": word(norm.applicability_note, lang),
            "improvements": self._improvements.get(key, []),
            "tests": [_test(test, self._evidence, lang) for test in self._tests.get(key, [])],
            "official": self._official.get(key, ""),
        }


def _worst(results: list[str | None]) -> str:
    """One sign for an aspect over several measures, by the roll-up of domain.md (aspect of a norm)."""
    signs = {item or "no_evidence" for item in results}
    if signs <= {"no_evidence"}:
        return "no_evidence"
    if signs == {"pass"}:
        return "pass"
    is_partly_met = bool({"pass", "partial"} & signs)
    return "fail" if "fail" in signs and not is_partly_met else "partial"


def _who_acts(parts: list[dict[str, Any]], of_records: list[str | None]) -> list[str]:
    """Who has something to do: the owners of improvements, else whoever owns most of the records."""
    of_improvements = {item[2] for part in parts for item in part["improvements"]} - {""}
    if of_improvements:
        return sorted(of_improvements)
    counts = Counter(owner for owner in of_records if owner)
    if not counts:
        return []
    return [min(counts, key=lambda name: (-counts[name], name))]


def _improvement_lines(published: Published, organisation: str) -> dict[NormKey, list[list[str]]]:
    """The improvements that are not done: action, due day, owner; soonest first."""
    lang = published.language
    by_norm: dict[NormKey, list[list[str]]] = defaultdict(list)
    for item in published.improvements(organisation):
        line = [item.action, day(item.due_on, lang) or pick(lang, "zonder datum", "no day"), item.owner or ""]
        by_norm[item.framework_id or "", item.norm_id or ""].append(line)
    return by_norm


def _applicability(published: Published, organisation: str) -> dict[int, str]:
    """Why a norm does not apply, by the number of the record that says so."""
    lang = published.language
    analysis, approved = pick(lang, ("risicoanalyse", "goedgekeurd op"), ("risk analysis", "approved on"))
    reasons = {}
    for statement in published.select(ApplicabilityVersion, organisation):
        parts = [statement.reason or ""]
        if statement.risk_analysis:
            parts.append(f"{analysis} {statement.risk_analysis}")
        if statement.approved_on:
            parts.append(f"{approved} {day(statement.approved_on, lang)}")
        reasons[statement.evidence_id] = "; ".join(part for part in parts if part)
    return reasons


def _questions_by_control(published: Published) -> dict[NormKey, list[str]]:
    """The questions that ask about a control (or about a measure under it): `questionnaire: number, number`."""
    norms = sorted(published.select(AskedNorm), key=lambda norm: (norm.questionnaire_id, norm.question_order))
    numbers: dict[NormKey, dict[str, dict[str, None]]] = defaultdict(lambda: defaultdict(dict))
    for norm in norms:
        numbers[norm.framework_id, norm.control_id][norm.questionnaire][norm.question_id] = None
    lines = {}
    for key, by_questionnaire in numbers.items():
        lines[key] = [f"{title}: {', '.join(questions)}" for title, questions in by_questionnaire.items()]
    return lines


def _theme(theme: str, controls: list[dict[str, Any]], lang: str) -> dict[str, Any]:
    """The group of the controls of one theme, as the dashboard lists it."""
    of_theme = [control for control in controls if control["theme"] == theme]
    return _norm_group(theme, word(theme, lang).capitalize(), of_theme)


def _norm_group(name: str, title: str, norms: list[dict[str, Any]]) -> dict[str, Any]:
    """Norms that are shown together, with how many have each status."""
    return {
        "id": name,
        "title": title,
        "total": len(norms),
        "counts": _status_counts(norms),
        "norms": [norm["id"] for norm in norms],
    }


def _outside_the_themes(published: Published, norms: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The norms outside the themes, by framework."""
    titles = {framework.framework_id: framework.title for framework in published.select(Framework)}
    groups: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for norm in norms:
        if not norm["theme"]:
            groups[norm["framework"]].append(norm)
    return [_norm_group(key, titles.get(key, key), of_framework) for key, of_framework in groups.items()]


def _principles(
    published: Published, organisation: str, tests: list[PresentTest], evidence: _Evidence
) -> list[dict[str, Any]]:
    by_indicator = {test.test_id: test for test in tests if test.purpose == "indicator"}
    indicators: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for indicator in published.select(PresentIndicator, organisation):
        test = by_indicator.get(indicator.indicator_id)
        indicators[indicator.principle_id].append(_indicator(indicator, test, evidence, published.language))
    related: dict[str, list[str]] = defaultdict(list)
    for link in published.select(RelatedControl):
        related[link.norm_id].append(link.control_id)
    moved = governance.trends(published, organisation)
    return [
        {
            "id": item.principle_id,
            "title": item.title,
            "status": item.status,
            "score": _as_percentage(item.score),
            "coverage": _as_percentage(item.coverage),
            "known": [item.indicators_known, item.indicators, item.controls_known, item.controls],
            "trend": moved[item.principle_id],
            "indicators": indicators[item.principle_id],
            "controls": related[item.principle_id],
        }
        for item in published.select(PresentPrinciple, organisation)
    ]


def _indicator(indicator: PresentIndicator, test: PresentTest | None, evidence: _Evidence, lang: str) -> dict[str, Any]:
    unit = indicator.unit or ""
    space = "" if unit == "%" else " "
    sign = "≥" if indicator.better == "higher" else "≤"
    value = "" if indicator.value is None else f"{number(round(indicator.value, 1), lang)}{space}{unit}"
    measurement = _NOT_MEASURED
    if test:
        measurement = {
            "reason": reason_of(test, lang),
            "selected": test.selected,
            "evidence": evidence.numbers(test),
            "marks": evidence.marks(test),
        }
    return {
        "id": indicator.indicator_id,
        "name": indicator.name,
        "colour": indicator.colour,
        "value": value,
        "green": f"{sign} {number(indicator.green, lang)}{space}{unit}",
        "amber": f"{sign} {number(indicator.amber, lang)}{space}{unit}",
        "key": bool(indicator.is_key),
        "reason": measurement["reason"],
        "override": indicator.override_reason or "",
        "selected": measurement["selected"],
        "evidence": measurement["evidence"],
        "marks": measurement["marks"],
    }


def _sources(published: Published, organisation: str, lang: str) -> list[dict[str, Any]]:
    """How each source ended, when it last succeeded, until when what it gave counts as fresh, and what it merged, left out
    or skipped."""
    remarks: dict[str, list[str]] = defaultdict(list)
    for remark in published.select(PresentRemark, organisation):
        remarks[remark.source_id].append(str(remark))
    return [
        {
            "id": source.source_id,
            "title": source.title,
            "outcome": source.status,
            "reason": source.reason or "",
            "remarks": remarks[source.source_id],
            "success": day(source.read_on, lang),
            "fresh": day(source.fresh_until, lang),
            "records": source.records,
            "rejected": source.rejected,
        }
        for source in published.select(PresentSource, organisation)
    ]


def _rejected(published: Published, organisation: str, lang: str) -> list[dict[str, Any]]:
    """What was kept out, by source and expectation: how many rows, what was expected, and the first places. Never the
    value itself: it may be about a person."""
    titles = {source.source_id: source.title for source in published.select(PresentSource, organisation)}
    groups: dict[tuple[str, str, str], dict[tuple[Any, ...], None]] = defaultdict(dict)
    expected: dict[tuple[str, str, str], str] = {}
    for row in published.quarantine(organisation):
        key = (row["bron"], row["regel"] or "", row["kolom"] or "")
        place = (row["bestand"] or row["adres"], row["blad"], row["rij"], row["adres"])
        groups[key][place] = None
        expected.setdefault(key, row["verwacht"] or "")
    words = pick(lang, ("blad", "rij"), ("sheet", "row"))
    return [
        {
            "source": titles.get(source, source),
            "expectation": expectation,
            "column": column,
            "expected": expected[source, expectation, column],
            "number": len(places),
            "places": [_place_in_words(place, words) for place in list(places)[:PLACES_SHOWN]],
        }
        for (source, expectation, column), places in sorted(groups.items())
    ]


def _place_in_words(place: tuple[Any, ...], words: tuple[str, str]) -> str:
    """Where a row stands, with the `words` for sheet and row."""
    file, sheet, row, address = place
    sheet_word, row_word = words
    parts = [file or "?"]
    if sheet:
        parts.append(f"{sheet_word} {sheet}")
    if row is not None:
        parts.append(f"{row_word} {row}")
    if address and address != file:
        parts.append(address)
    return ", ".join(parts)


def _status_counts(norms: list[dict[str, Any]]) -> list[int]:
    """How many norms have each status, in the order of the statuses."""
    counts = Counter(norm["status"] for norm in norms)
    return [counts[status] for status in STATUSES]


def _as_percentage(share: float | None) -> str:
    return "" if share is None else f"{100 * share:.0f}%"
