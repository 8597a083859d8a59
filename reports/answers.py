"""The proposed answers with everything that stands behind them: the drafted explanation, the records, the improvement,
the owner. Workbook, fill-in and dossier all take their answers from here, so they say the same."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date

from models.wording import reason, word
from reports.provenance import day
from warehouse.explain import place
from warehouse.read import Published, Row
from warehouse.review import Reviewed, present_reviews
from warehouse.shapes import Improvement

RECORDS_NAMED = 3  # records that an explanation names per test; all of them stand in the evidence list
_ASPECT_ORDER = {"design": 0, "existence": 1, "operation": 2}


@dataclass(slots=True)
class Answer:
    """One question with its proposal. `answer` is None when there is no evidence: the question is open. `tests` have
    their `records`; `improvements` are the open ones of the norms, soonest first. `answer` and `owner` are the reviewer's
    where `reviewed` says so; `proposal` is what was computed."""

    questionnaire_id: str
    question_id: str
    text: str
    scale: tuple[str, ...]
    norm_ids: tuple[tuple[str, str], ...]
    status: str
    answer: str | None
    basis: str | None
    expires_on: date | None
    norms: int
    norms_known: int
    excepted_until: date | None = None
    exception_reason: str | None = None
    applicability_note: str | None = None
    tests: list[Row] = field(default_factory=list)
    improvements: list[Improvement] = field(default_factory=list)
    owner: str | None = None
    proposal: str | None = None
    reviewed: Reviewed | None = None

    @property
    def values(self) -> dict[str, str]:
        """What the reviewer wrote, by field; empty when nobody reviewed the question."""
        return self.reviewed.values if self.reviewed else {}


def answers(published: Published, organisation: str, lang: str = "nl") -> list[Answer]:
    """Every question in order with its proposed answer, its tests and their records."""
    rows = published.rows(
        "SELECT a.*, q.text_nl, q.text_en, q.scale, q.framework_id FROM assess.answer AS a "
        "JOIN catalogue.question AS q USING (questionnaire_id, question_id) "
        "WHERE a.until_run_no IS NULL AND a.organisation_id = ? ORDER BY a.questionnaire_id, q.question_order",
        [organisation],
    )
    norms = _norms_by_question(published)
    by_norm = _tests_by_norm(published, organisation, {norm for pairs in norms.values() for norm in pairs})
    statuses = _statuses(published, organisation)
    improvements = _improvements(published, organisation)
    reviews = present_reviews(published, organisation)
    found = []
    for row in rows:
        pairs = norms.get((row["questionnaire_id"], row["question_id"]), ())
        answer = Answer(
            row["questionnaire_id"], row["question_id"], (row["text_en"] if lang == "en" else "") or row["text_nl"],
            tuple(row["scale"] or ()), pairs, row["status"], row["answer"], row["basis"], row["expires_on"],
            row["norms"], row["norms_known"],
        )  # fmt: skip
        answer.tests = [test for pair in pairs for test in by_norm.get(pair, ())]
        answer.improvements = [item for pair in pairs for item in improvements.get(pair[1], ())]
        for status in (statuses[pair] for pair in pairs if pair in statuses):
            if status["excepted_until"]:
                answer.excepted_until = status["excepted_until"]
                answer.exception_reason = status["exception_reason"]
            answer.applicability_note = answer.applicability_note or status["applicability_note"]
        answer.proposal = answer.answer
        answer.reviewed = reviews.get((answer.questionnaire_id, answer.question_id))
        answer.answer = answer.values.get("answer", answer.answer)
        answer.owner = answer.values.get("owner") or _owner(answer)
        found.append(answer)
    return found


def explanation(answer: Answer, lang: str = "nl") -> str:
    """The reviewer's explanation, or the drafted one: per test what was measured, against what, when, from which records."""
    if "explanation" in answer.values:
        return answer.values["explanation"]
    if answer.status == "niet_van_toepassing":
        return "Not applicable: see the statement of applicability." if lang == "en" else (
            "Niet van toepassing: zie de verklaring van toepasselijkheid."
        )  # fmt: skip
    lines = [_test_line(test, lang, several=len(answer.norm_ids) > 1) for test in _shown(answer.tests)]
    if answer.excepted_until:
        until = day(answer.excepted_until, lang)
        lines.append(
            f"Exception until {until}: {answer.exception_reason or ''}"
            if lang == "en"
            else f"Uitgezonderd tot en met {until}: {answer.exception_reason or ''}"
        )
    if answer.applicability_note:
        note = word(answer.applicability_note, lang)
        lines.append(
            f"A claim of 'not applicable' does not count: {note}."
            if lang == "en"
            else f"Een verklaring 'niet van toepassing' telt niet mee: {note}."
        )
    return "\n".join(lines)


def improvement(answer: Answer) -> str:
    """What will be done: the reviewer's text, or the open improvements, soonest first."""
    planned = "; ".join(item.action for item in answer.improvements)
    return answer.values.get("improvement", planned)


def record_name(record: Row) -> str:
    """How a record is named in a sentence: title, and the place where it stands."""
    return f"{record['title'] or record['record_key']} ({place(record['locator'])})"


def _shown(tests: Sequence[Row]) -> list[Row]:
    """The tests worth a line: an aspect's implicit attestation only when nothing else speaks for the aspect."""
    spoken = {(test["norm_id"], test["aspect"]) for test in tests if not test["implicit"]}
    kept = [test for test in tests if not test["implicit"] or (test["norm_id"], test["aspect"]) not in spoken]
    return sorted(kept, key=lambda test: _ASPECT_ORDER.get(test["aspect"] or "", 3))


def _test_line(test: Row, lang: str, *, several: bool) -> str:
    sentence = (test["sentence_en"] if lang == "en" else "") or test["sentence_nl"]
    norm = f"{test['norm_id']} " if several else ""
    why = reason(
        test["reason"], lang, metric=test["metric"], numerator=test["numerator"], denominator=test["denominator"],
        selected=test["selected"],
    )  # fmt: skip
    text = (
        f"{norm}{word(test['aspect'], lang).capitalize()} – {word(test['result'], lang)}: {sentence.rstrip('.')}; {why}"
    )
    if against := test["criterion_en" if lang == "en" else "criterion_nl"]:
        text += f" ({'measured by' if lang == 'en' else 'maatstaf'}: {against})"
    if test["override_reason"]:
        text += f". {'Own threshold' if lang == 'en' else 'Eigen drempel'}: {test['override_reason'].rstrip('.')}"
    records = test["records"]
    if records:
        named = ", ".join(record_name(record) for record in records[:RECORDS_NAMED])
        more = len(test["evidence_ids"]) - min(len(records), RECORDS_NAMED)
        rest = (f" and {more} more" if lang == "en" else f" en nog {more}") if more > 0 else ""
        text += f". {'Evidence' if lang == 'en' else 'Bewijs'}: {named}{rest}"
    return f"{text}."


def _norms_by_question(published: Published) -> dict[tuple[str, str], tuple[tuple[str, str], ...]]:
    found: dict[tuple[str, str], list[tuple[str, str]]] = defaultdict(list)
    for row in published.rows(
        "SELECT q.* FROM catalogue.question_norm AS q JOIN catalogue.norm AS n USING (framework_id, norm_id) "
        "ORDER BY n.norm_order"
    ):
        found[row["questionnaire_id"], row["question_id"]].append((row["framework_id"], row["norm_id"]))
    return {key: tuple(pairs) for key, pairs in found.items()}


def _tests_by_norm(
    published: Published, organisation: str, norms: Iterable[tuple[str, str]]
) -> dict[tuple[str, str], list[Row]]:
    """The tests of the norms with the records they name, a query per evidence kind for all of them together. A question
    about a control that has measures is answered by the tests of those measures."""
    tests = published.rows(
        "SELECT r.*, t.sentence_nl, t.sentence_en, t.looked_at_nl, t.looked_at_en, t.criterion_nl, t.criterion_en, "
        "t.override_reason, t.test_type, t.implicit, n.parent FROM assess.test_result AS r "
        "JOIN catalogue.test AS t ON t.framework_id = r.framework_id AND t.test_id = r.test_id AND t.purpose = r.purpose "
        "JOIN catalogue.norm AS n ON n.framework_id = r.framework_id AND n.norm_id = r.norm_id "
        "WHERE r.until_run_no IS NULL AND r.purpose = 'norm' AND r.organisation_id = ? ORDER BY n.norm_order, r.test_id",
        [organisation],
    )
    records = published.evidence_of(organisation, tests)
    asked = set(norms)
    found: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for test in tests:
        test["evidence_ids"] = test["evidence_ids"] or []
        test["records"] = [records[number] for number in test["evidence_ids"] if number in records]
        for norm_id in (test["norm_id"], test["parent"]):
            if (test["framework_id"], norm_id) in asked:
                found[test["framework_id"], norm_id].append(test)
                break
    return found


def _statuses(published: Published, organisation: str) -> dict[tuple[str, str], Row]:
    return {
        (row["framework_id"], row["norm_id"]): row
        for row in published.rows(
            "SELECT * FROM assess.measure_status WHERE until_run_no IS NULL AND organisation_id = ?", [organisation]
        )
    }


def _improvements(published: Published, organisation: str) -> dict[str, list[Improvement]]:
    """The improvements that are neither done nor cancelled, by the number of their norm."""
    by_norm: dict[str, list[Improvement]] = defaultdict(list)
    for item in published.improvements(organisation):
        by_norm[item.norm_id or ""].append(item)
    return by_norm


def _owner(answer: Answer) -> str | None:
    """Who answers: the owner of the improvement, else whoever owns most of the records of the first aspect that has any.
    A policy has one owner for years; of tickets and assets only a few are named, and other ones each night."""
    for item in answer.improvements:
        if item.owner:
            return item.owner
    owners: dict[int, Counter[str]] = defaultdict(Counter)
    for test in answer.tests:
        owners[_ASPECT_ORDER.get(test["aspect"] or "", 3)].update(
            record["owner"] for record in test["records"] if record["owner"]
        )
    for _, found in sorted(owners.items()):
        if found:
            return min(found, key=lambda name: (-found[name], name))
    return None
