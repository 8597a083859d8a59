"""What the dashboard shows, as plain dictionaries: principles, themes, controls with measures, tests and evidence, what
expires, the runs, the sources. Texts are in the language asked for; codes stay codes, since the page shows them by sign."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import date
from typing import Any

from models.kind import kinds
from models.language import pick
from models.wording import number, reason, word
from reports import governance
from reports.dashboard_time import COLOURS, changes, months, runs
from reports.provenance import Provenance, day, provenance
from warehouse.read import STATUSES, Published, Row

THEMES = ("organisational", "people", "physical", "technological")
ASPECTS = ("design", "existence", "operation")
PLACES_SHOWN = 5  # places named per broken expectation
SOON = 30  # days: what gets worse within them is counted on the first view


def collect(published: Published, organisation: str, lang: str = "nl") -> dict[str, Any]:
    """Everything the page needs, JSON-able; `norms`, `principles` and `evidence` are what a person drills down into."""
    origin = provenance(published, organisation)
    tests = _tests(published, organisation)
    evidence = _Evidence(published, organisation, tests, lang)
    norms = _norms(published, organisation, tests, evidence, origin.as_of, lang)
    controls = [norm for norm in norms if norm["theme"]]
    shown = runs(published, organisation, lang)
    compared = governance.compared_run(published)
    return {
        "lang": lang,
        "organisation": origin.organisation,
        "as_of": day(origin.as_of, lang),
        "origin": _origin(origin, lang),
        "statuses": list(STATUSES),
        "colours": list(COLOURS),
        "counts": _counts((norm["status"] for norm in controls), STATUSES),
        "soon": sum(1 for norm in norms if norm["left"] is not None and norm["left"] <= SOON),
        "compared": day(compared["as_of"], lang) if compared else "",
        "principles": _principles(published, organisation, tests, evidence, lang),
        "themes": [_theme(theme, controls, lang) for theme in THEMES],
        "others": _others(published, norms, lang),
        "norms": {norm["id"]: norm for norm in norms},
        "owners": sorted({owner for norm in norms for owner in norm["owners"]}, key=str.casefold),
        "bases": sorted({norm["basis"] for norm in norms if norm["basis"]}),
        "months": months(published, organisation, origin.as_of, lang) if origin.tests_known else [],
        "runs": shown,
        "changes": changes(published, organisation, shown, lang),
        "sources": _sources(published, organisation, lang),
        "rejected": _rejected(published, organisation, lang),
        "evidence": evidence.shown,
    }


def _origin(origin: Provenance, lang: str) -> dict[str, Any]:
    return {
        "run_no": origin.run_no,
        "run_id": origin.run_id,
        "finished": day(origin.finished, lang),
        "sources": origin.sources,
        "uncertain": [[title, word(outcome, lang), why] for title, outcome, why in origin.uncertain],
        "records": origin.records,
        "rejected": origin.rejected,
        "tests": origin.tests,
        "tests_known": origin.tests_known,
        "coverage": _percent(origin.coverage),
        "frameworks": list(origin.frameworks),
        "version": origin.program_version,
        "catalogue": origin.catalogue_digest[:12],
    }


def _tests(published: Published, organisation: str) -> list[Row]:
    """Every result that stands for something: an owner's own statement that nobody made is left out."""
    found = published.rows(
        "SELECT r.*, t.sentence_nl, t.sentence_en, t.looked_at_nl, t.looked_at_en, t.criterion_nl, t.criterion_en, "
        "t.override_reason, t.test_type, t.implicit FROM assess.test_result AS r "
        "JOIN catalogue.test AS t ON t.framework_id = r.framework_id AND t.test_id = r.test_id AND t.purpose = r.purpose "
        "WHERE r.until_run_no IS NULL AND r.organisation_id = ? ORDER BY r.purpose, r.norm_id, "
        "CASE r.aspect WHEN 'design' THEN 1 WHEN 'existence' THEN 2 ELSE 3 END, r.test_id",
        [organisation],
    )
    return [test for test in found if not test["implicit"] or test["evidence_ids"]]


class _Evidence:
    """The records that tests name, each once: title, day, source, place. Owners are kept to count them, not shown."""

    def __init__(self, published: Published, organisation: str, tests: list[Row], lang: str) -> None:
        wanted: dict[str, set[int]] = defaultdict(set)
        for test in tests:
            wanted[test["evidence_kind"] or ""].update(test["evidence_ids"] or [])
        titles = {row["bron"]: row["titel"] for row in published.sources(organisation)}
        self.shown: dict[str, list[str]] = {}
        self.owner: dict[int, str | None] = {}
        for kind, numbers in sorted(wanted.items()):
            for record in published.evidence(organisation, kind, sorted(numbers)):
                locator = record["locator"] or {}
                observed = record["observed_at"]
                self.owner[record["evidence_id"]] = record["owner"]
                self.shown[str(record["evidence_id"])] = [
                    record["title"] or record["record_key"],
                    kinds()[kind].en if lang == "en" else kinds()[kind].nl,
                    day(observed.date(), lang) if observed else "",
                    titles.get(record["source_id"]) or record["source_id"],
                    locator.get("file") or locator.get("address") or "",
                    locator.get("sheet") or "",
                    str(locator["row"]) if locator.get("row") is not None else "",
                ]

    def numbers(self, test: Row) -> list[str]:
        """The evidence numbers of a test that can be shown, as text: they do not fit a number of JavaScript."""
        return [str(item) for item in test["evidence_ids"] or [] if str(item) in self.shown]


def _test(test: Row, evidence: _Evidence, lang: str) -> dict[str, Any]:
    return {
        "id": test["test_id"],
        "aspect": test["aspect"] or "",
        "sentence": (test["sentence_en"] if lang == "en" else "") or test["sentence_nl"],
        "result": test["result"],
        "reason": reason(
            test["reason"], lang, metric=test["metric"], numerator=test["numerator"], denominator=test["denominator"],
            selected=test["selected"],
        ),
        "measured_by": ": ".join(part for part in (test[f"looked_at_{lang}"], test[f"criterion_{lang}"]) if part),
        "override": test["override_reason"] or "",
        "basis": word(test["basis"], lang),
        "expires": day(test["expires_on"], lang),
        "selected": test["selected"],
        "evidence": evidence.numbers(test),
    }  # fmt: skip


def _norms(
    published: Published, organisation: str, tests: list[Row], evidence: _Evidence, as_of: date, lang: str
) -> list[dict[str, Any]]:
    """The controls with their measures, and the norms of other frameworks, in the order of the catalogue."""
    by_norm: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for test in tests:
        if test["purpose"] == "norm":
            by_norm[test["framework_id"], test["norm_id"]].append(test)
    improvements = _improvements(published, organisation, lang)
    decisions = _applicability(published, organisation, lang)
    questions = _questions(published, lang)
    official = published.official_texts()
    below: dict[tuple[str, str], list[Row]] = defaultdict(list)
    measures = published.measures(organisation)
    for measure in measures:
        below[measure["framework_id"], measure["parent"] or measure["norm_id"]].append(measure)
    controls = {(row["framework_id"], row["norm_id"]): row for row in published.controls(organisation)}
    tops = [*controls.values(), *(row for key, rows in below.items() if key not in controls for row in rows)]
    found = []
    for top in tops:
        key = (top["framework_id"], top["norm_id"])
        own = below.get(key, [])
        parts = [
            _measure(row, by_norm, improvements, decisions, evidence, lang)
            | {"official": official.get((row["framework_id"], row["norm_id"]), "")}
            for row in own
        ]
        records = [item for row in own for test in by_norm[row["framework_id"], row["norm_id"]]
                   for item in test["evidence_ids"] or []]  # fmt: skip
        found.append(
            {
                "id": top["norm_id"] if top.get("theme") else f"{top['framework_id']}:{top['norm_id']}",
                "number": top["norm_id"],
                "framework": top["framework_id"],
                "title": _title(top, lang),
                "theme": top.get("theme") or "",
                "status": top["status"],
                "basis": word(top["basis"], lang),
                "expires": day(top["expires_on"], lang),
                "left": (top["expires_on"] - as_of).days if top["expires_on"] else None,
                "excepted": day(top["excepted_until"], lang),
                "owners": _owners(parts, [evidence.owner.get(item) for item in records]),
                "aspects": [_worst([row[aspect] for row in own]) for aspect in ASPECTS],
                "questions": questions.get(key, []),
                "measures": parts,
            }
        )
    return found


def _measure(
    row: Row,
    by_norm: dict[tuple[str, str], list[Row]],
    improvements: dict[tuple[str, str], list[list[str]]],
    decisions: dict[int, str],
    evidence: _Evidence,
    lang: str,
) -> dict[str, Any]:
    key = (row["framework_id"], row["norm_id"])
    note = word(row["applicability_note"], lang)
    return {
        "number": row["norm_id"],
        "title": _title(row, lang),
        "summary": (row["summary_en"] if lang == "en" else row["summary_nl"]) or "",
        "status": row["status"],
        "aspects": [row[aspect] or "no_evidence" for aspect in ASPECTS],
        "basis": word(row["basis"], lang),
        "expires": day(row["expires_on"], lang),
        "known": [row["tests_known"], row["tests"]],
        "excepted": [day(row["excepted_until"], lang), row["exception_reason"] or ""] if row["excepted_until"] else [],
        "applicability": decisions.get(row["applicability_id"] or 0, ""),
        "applicability_note": note,
        "improvements": improvements.get(key, []),
        "tests": [_test(test, evidence, lang) for test in by_norm.get(key, [])],
    }


def _title(row: Row, lang: str) -> str:
    return str((row["title_en"] if lang == "en" else "") or row["title_nl"])


def _worst(results: list[str | None]) -> str:
    """One sign for an aspect over several measures, by the roll-up of domain.md (aspect of a norm)."""
    known = [item or "no_evidence" for item in results]
    if not known or set(known) == {"no_evidence"}:
        return "no_evidence"
    if set(known) == {"pass"}:
        return "pass"
    return "fail" if "fail" in known and not {"pass", "partial"} & set(known) else "partial"


def _owners(parts: list[dict[str, Any]], of_records: list[str | None]) -> list[str]:
    """Who has something to do: the owners of improvements, else whoever owns most of the records."""
    named = sorted({item[2] for part in parts for item in part["improvements"] if item[2]})
    if named:
        return named
    counts = Counter(owner for owner in of_records if owner)
    return [min(counts, key=lambda name: (-counts[name], name))] if counts else []


def _improvements(published: Published, organisation: str, lang: str) -> dict[tuple[str, str], list[list[str]]]:
    """The improvements that are not done: action, due day, owner, state; soonest first."""
    found: dict[tuple[str, str], list[list[str]]] = defaultdict(list)
    for item in published.improvements(organisation):
        line = [item.action, day(item.due_on, lang) or pick(lang, "zonder datum", "no day"), item.owner or ""]
        found[item.framework_id or "", item.norm_id or ""].append(line)
    return found


def _applicability(published: Published, organisation: str, lang: str) -> dict[int, str]:
    """Why a norm does not apply, by the number of the record that says so."""
    rows = published.rows(
        "SELECT evidence_id, reason, risk_analysis, approved_on FROM evidence.applicability WHERE organisation_id = ?",
        [organisation],
    )
    labels = ("risk analysis", "approved on") if lang == "en" else ("risicoanalyse", "goedgekeurd op")
    found = {}
    for row in rows:
        parts = [row["reason"] or ""]
        parts += [f"{labels[0]} {row['risk_analysis']}"] if row["risk_analysis"] else []
        parts += [f"{labels[1]} {day(row['approved_on'], lang)}"] if row["approved_on"] else []
        found[row["evidence_id"]] = "; ".join(part for part in parts if part)
    return found


def _questions(published: Published, lang: str) -> dict[tuple[str, str], list[str]]:
    """The questions that ask about a norm (or about a measure under it): `questionnaire: number, number`."""
    found: dict[tuple[str, str], dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for row in published.rows(
        "SELECT DISTINCT q.framework_id, coalesce(n.parent, n.norm_id) AS norm_id, t.title_nl, t.title_en, q.question_id, "
        "s.question_order FROM catalogue.question_norm AS q JOIN catalogue.norm AS n USING (framework_id, norm_id) "
        "JOIN catalogue.questionnaire AS t USING (questionnaire_id) "
        "JOIN catalogue.question AS s USING (questionnaire_id, question_id) ORDER BY t.title_nl, s.question_order"
    ):
        found[row["framework_id"], row["norm_id"]][_title(row, lang)].append(row["question_id"])
    return {key: [f"{title}: {', '.join(own)}" for title, own in asked.items()] for key, asked in found.items()}


def _theme(theme: str, controls: list[dict[str, Any]], lang: str) -> dict[str, Any]:
    own = [norm for norm in controls if norm["theme"] == theme]
    return {
        "id": theme,
        "title": word(theme, lang).capitalize(),
        "total": len(own),
        "counts": _counts((norm["status"] for norm in own), STATUSES),
        "norms": [norm["id"] for norm in own],
    }


def _others(published: Published, norms: list[dict[str, Any]], lang: str) -> list[dict[str, Any]]:
    """The norms outside the themes, by framework."""
    titles = {row["framework_id"]: _title(row, lang) for row in published.rows("FROM catalogue.framework")}
    groups: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for norm in norms:
        if not norm["theme"]:
            groups[norm["framework"]].append(norm)
    return [
        {
            "id": key,
            "title": titles.get(key, key),
            "total": len(own),
            "counts": _counts((norm["status"] for norm in own), STATUSES),
            "norms": [norm["id"] for norm in own],
        }
        for key, own in groups.items()
    ]


def _principles(
    published: Published,
    organisation: str,
    tests: list[Row],
    evidence: _Evidence,
    lang: str,
) -> list[dict[str, Any]]:
    by_indicator = {test["test_id"]: test for test in tests if test["purpose"] == "indicator"}
    indicators: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in published.indicators(organisation):
        indicators[row["principle_id"]].append(_indicator(row, by_indicator.get(row["indicator_id"]), evidence, lang))
    related: dict[str, list[str]] = defaultdict(list)
    for row in published.rows(
        "SELECT l.norm_id, l.to_norm_id FROM catalogue.link AS l JOIN catalogue.norm AS n ON n.framework_id = "
        "l.to_framework_id AND n.norm_id = l.to_norm_id WHERE l.relation = 'related' ORDER BY n.norm_order"
    ):
        related[row["norm_id"]].append(row["to_norm_id"])
    moved = governance.trends(published, organisation)
    found = []
    for row in published.principles(organisation):
        key = row["principle_id"]
        found.append(
            {
                "id": key,
                "title": _title(row, lang),
                "status": row["status"],
                "score": _percent(row["score"]),
                "coverage": _percent(row["coverage"]),
                "known": [row["indicators_known"], row["indicators"], row["controls_known"], row["controls"]],
                "trend": moved[key],
                "indicators": indicators[key],
                "controls": related[key],
            }
        )
    return found


def _indicator(row: Row, test: Row | None, evidence: _Evidence, lang: str) -> dict[str, Any]:
    unit = row["unit"] or ""
    space = "" if unit == "%" else " "
    sign = "≥" if row["better"] == "higher" else "≤"
    return {
        "id": row["indicator_id"],
        "name": (row["name_en"] if lang == "en" else "") or row["name_nl"],
        "colour": row["colour"],
        "value": f"{number(round(row['value'], 1), lang)}{space}{unit}" if row["value"] is not None else "",
        "green": f"{sign} {number(row['green'], lang)}{space}{unit}",
        "amber": f"{sign} {number(row['amber'], lang)}{space}{unit}",
        "key": bool(row["is_key"]),
        "reason": _test(test, evidence, lang)["reason"] if test else "",
        "override": row["override_reason"] or "",
        "selected": test["selected"] if test else 0,
        "evidence": evidence.numbers(test) if test else [],
    }


def _sources(published: Published, organisation: str, lang: str) -> list[dict[str, Any]]:
    """How each source ended, when it last succeeded, and until when what it gave counts as fresh."""
    succeeded = {
        row["source_id"]: row["as_of"]
        for row in published.rows(
            "SELECT source_id, max(as_of) AS as_of FROM ops.source_run WHERE organisation_id = ? AND status = 'ok' "
            "GROUP BY source_id",
            [organisation],
        )
    }
    return [
        {
            "id": row["bron"],
            "title": row["titel"] or row["bron"],
            "outcome": row["uitkomst"],
            "reason": row["reden"] or "",
            "success": day(succeeded.get(row["bron"]), lang),
            "fresh": day(row["vers_tot_en_met"], lang),
            "records": row["regels"] or 0,
            "rejected": row["afgekeurde_regels"],
        }
        for row in published.sources(organisation)
    ]


def _rejected(published: Published, organisation: str, lang: str) -> list[dict[str, Any]]:
    """What was kept out, by source and expectation: how many rows, what was expected, and the first places. Never the
    value itself: it may be about a person."""
    titles = {row["bron"]: row["titel"] or row["bron"] for row in published.sources(organisation)}
    groups: dict[tuple[str, str, str], dict[tuple[Any, ...], None]] = defaultdict(dict)
    expected: dict[tuple[str, str, str], str] = {}
    for row in published.quarantine(organisation):
        key = (row["bron"], row["regel"] or "", row["kolom"] or "")
        groups[key][row["bestand"] or row["adres"], row["blad"], row["rij"], row["adres"]] = None
        expected.setdefault(key, row["verwacht"] or "")
    words = ("sheet", "row") if lang == "en" else ("blad", "rij")
    return [
        {
            "source": titles.get(source, source),
            "expectation": expectation,
            "column": column,
            "expected": expected[source, expectation, column],
            "number": len(places),
            "places": [_place(place, words) for place in list(places)[:PLACES_SHOWN]],
        }
        for (source, expectation, column), places in sorted(groups.items())
    ]


def _place(place: tuple[Any, ...], words: tuple[str, str]) -> str:
    file, sheet, row, address = place
    parts = [file or "?"]
    parts += [f"{words[0]} {sheet}"] if sheet else []
    parts += [f"{words[1]} {row}"] if row is not None else []
    parts += [address] if address and address != file else []
    return ", ".join(parts)


def _counts(statuses: Iterable[str], order: tuple[str, ...]) -> list[int]:
    counts = Counter(statuses)
    return [counts[status] for status in order]


def _percent(share: float | None) -> str:
    return "" if share is None else f"{100 * share:.0f}%"
