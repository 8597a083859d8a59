"""The proposed answers with everything that stands behind them: the drafted explanation, the records, the improvement,
the owner. Workbook, fill-in and dossier all take their answers from here, so they say the same."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import date

from models.language import pick
from models.wording import reason, word
from reports.provenance import day
from warehouse.reading.explain import place
from warehouse.reading.read import Published
from warehouse.reading.reviews import Reviewed, present_reviews
from warehouse.reading.shapes import AskedNorm, Improvement, NamedRecord, PresentAnswer, PresentNorm, PresentTest

RECORDS_NAMED = 3  # records that an explanation names per test; all of them stand in the evidence list
_ASPECT_ORDER = {"design": 0, "existence": 1, "operation": 2}
NormKey = tuple[str, str]  # framework_id, norm_id
Question = tuple[str, str]  # questionnaire_id, question_id


@dataclass(slots=True)
class Answer:
    """One question with its proposal. `answer` is None when there is no evidence: the question is open. `records` are those
    that the `tests` rest on, by number; `improvements` are the open ones of the norms, soonest first. `answer` and `owner`
    are the reviewer's where `reviewed` says so; `proposal` is what was computed."""

    questionnaire_id: str
    question_id: str
    text: str
    scale: tuple[str, ...]
    norm_ids: tuple[NormKey, ...]
    status: str
    answer: str | None
    basis: str | None
    expires_on: date | None
    norms: int
    norms_known: int
    excepted_until: date | None = None
    exception_reason: str | None = None
    applicability_note: str | None = None
    tests: list[PresentTest] = field(default_factory=list)
    records: Mapping[int, NamedRecord] = field(default_factory=dict, repr=False)
    verdicts: Mapping[tuple[str, str, int], str] = field(default_factory=dict, repr=False)
    improvements: list[Improvement] = field(default_factory=list)
    owner: str | None = None
    proposal: str | None = None
    reviewed: Reviewed | None = None

    @property
    def values(self) -> dict[str, str]:
        """What the reviewer wrote, by field; empty when nobody reviewed the question."""
        return self.reviewed.values if self.reviewed else {}

    def records_of(self, test: PresentTest) -> list[NamedRecord]:
        """The records that a test rests on, the most important first."""
        return [self.records[number] for number in test.evidence_ids if number in self.records]

    def verdict_of(self, test: PresentTest, record: NamedRecord) -> str | None:
        """What a test says of a record that it rests on: good, not_good, unknown or left_out; None when it says nothing."""
        return self.verdicts.get((test.framework_id, test.test_id, record.evidence_id))

    @property
    def proof(self) -> list[NamedRecord]:
        """Every record that any of the tests rests on, each once."""
        numbers = dict.fromkeys(number for test in self.tests for number in test.evidence_ids)
        return [self.records[number] for number in numbers if number in self.records]


def answers(published: Published, organisation: str, lang: str = "nl") -> list[Answer]:
    """Every question in order with its proposed answer, its tests and their records."""
    published = published.speaking(lang)
    norms = _norms_by_question(published)
    tests = published.select(PresentTest, organisation, purpose="norm")
    records = published.records_of(organisation, tests)
    verdicts = published.verdicts_of(organisation, tests)
    by_norm = _tests_by_norm(tests, {norm for pairs in norms.values() for norm in pairs})
    statuses = {(norm.framework_id, norm.norm_id): norm for norm in published.select(PresentNorm, organisation)}
    improvements = _improvements(published, organisation)
    reviews = present_reviews(published, organisation)
    all_answers = []
    for row in published.select(PresentAnswer, organisation):
        question = (row.questionnaire_id, row.question_id)
        pairs = norms.get(question, ())
        answer = Answer(
            row.questionnaire_id, row.question_id, row.text, tuple(row.scale), pairs, row.status, row.answer, row.basis,
            row.expires_on, row.norms, row.norms_known, records=records, verdicts=verdicts,
            proposal=row.answer, reviewed=reviews.get(question),
        )  # fmt: skip
        answer.tests = [test for pair in pairs for test in by_norm.get(pair, ())]
        answer.improvements = [item for pair in pairs for item in improvements.get(pair[1], ())]
        for norm in (statuses[pair] for pair in pairs if pair in statuses):
            if norm.excepted_until:
                answer.excepted_until, answer.exception_reason = norm.excepted_until, norm.exception_reason
            answer.applicability_note = answer.applicability_note or norm.applicability_note
        answer.answer = answer.values.get("answer", row.answer)
        answer.owner = answer.values.get("owner") or _owner(answer)
        all_answers.append(answer)
    return all_answers


def explanation(answer: Answer, lang: str = "nl") -> str:
    """The reviewer's explanation, or the drafted one: per test what was measured, against what, when, from which records."""
    if "explanation" in answer.values:
        return answer.values["explanation"]
    if answer.status == "niet_van_toepassing":
        return pick(
            lang,
            "Niet van toepassing: zie de verklaring van toepasselijkheid.",
            "Not applicable: see the statement of applicability.",
        )
    several = len(answer.norm_ids) > 1
    lines = [_test_line(answer, test, lang, several=several) for test in _shown(answer.tests)]
    if answer.excepted_until:
        until = day(answer.excepted_until, lang)
        lines.append(
            pick(
                lang,
                f"Uitgezonderd tot en met {until}: {answer.exception_reason or ''}",
                f"Exception until {until}: {answer.exception_reason or ''}",
            )
        )
    if answer.applicability_note:
        note = word(answer.applicability_note, lang)
        lines.append(
            pick(
                lang,
                f"Een verklaring 'niet van toepassing' telt niet mee: {note}.",
                f"A claim of 'not applicable' does not count: {note}.",
            )
        )
    return "\n".join(lines)


def improvement(answer: Answer) -> str:
    """What will be done: the reviewer's text, or the open improvements, soonest first."""
    planned = "; ".join(item.action for item in answer.improvements)
    return answer.values.get("improvement", planned)


def record_name(record: NamedRecord) -> str:
    """How a record is named in a sentence: title, and the place where it stands."""
    return f"{record.name} ({place(record.locator)})"


def verdict_mark(verdict: str | None, lang: str) -> str:
    """What stands behind a record that is not good, so that it is never taken for proof of a good result; else nothing."""
    return f" [{word(verdict, lang)}]" if verdict not in (None, "good") else ""


def _shown(tests: Sequence[PresentTest]) -> list[PresentTest]:
    """The tests worth a line: an aspect's implicit attestation only when nothing else speaks for the aspect."""
    spoken = {(test.norm_id, test.aspect) for test in tests if not test.implicit}
    worth = [test for test in tests if not test.implicit or (test.norm_id, test.aspect) not in spoken]
    return sorted(worth, key=_aspect_order)


def _aspect_order(test: PresentTest) -> int:
    return _ASPECT_ORDER.get(test.aspect or "", 3)


def reason_of(test: PresentTest, lang: str) -> str:
    """Why the result of a test is what it is, with its numbers; and whether another test counts in its place."""
    why = reason(
        test.reason, lang, metric=test.metric, numerator=test.numerator, denominator=test.denominator,
        selected=test.selected,
    )  # fmt: skip
    if test.outdone_in is None:
        return why
    return f"{why}; {pick(lang, 'een andere toets telt in plaats van deze', 'another test counts instead of this one')}"


def _test_line(answer: Answer, test: PresentTest, lang: str, *, several: bool) -> str:
    norm = f"{test.norm_id} " if several else ""
    aspect, result = word(test.aspect, lang).capitalize(), word(test.result, lang)
    text = f"{norm}{aspect} – {result}: {test.sentence.rstrip('.')}; {reason_of(test, lang)}"
    if test.criterion:
        text += f" ({pick(lang, 'maatstaf', 'measured by')}: {test.criterion})"
    if test.override_reason:
        text += f". {pick(lang, 'Eigen drempel', 'Own threshold')}: {test.override_reason.rstrip('.')}"
    records = answer.records_of(test)
    if records:
        named = ", ".join(
            record_name(record) + verdict_mark(answer.verdict_of(test, record), lang)
            for record in records[:RECORDS_NAMED]
        )
        more = len(test.evidence_ids) - min(len(records), RECORDS_NAMED)
        rest = pick(lang, f" en nog {more}", f" and {more} more") if more > 0 else ""
        text += f". {pick(lang, 'Bewijs', 'Evidence')}: {named}{rest}"
    return f"{text}."


def _norms_by_question(published: Published) -> dict[Question, tuple[NormKey, ...]]:
    norms: dict[Question, list[NormKey]] = defaultdict(list)
    for asked in published.select(AskedNorm):
        norms[asked.questionnaire_id, asked.question_id].append((asked.framework_id, asked.norm_id))
    return {question: tuple(keys) for question, keys in norms.items()}


def _tests_by_norm(tests: Iterable[PresentTest], norms: Set[NormKey]) -> dict[NormKey, list[PresentTest]]:
    """The tests of the norms. A question about a control that has measures is answered by the tests of those measures."""
    by_norm: dict[NormKey, list[PresentTest]] = defaultdict(list)
    for test in tests:
        own, control = (test.framework_id, test.norm_id), (test.framework_id, test.parent or "")
        if own in norms:
            by_norm[own].append(test)
        elif control in norms:
            by_norm[control].append(test)
    return by_norm


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
        owners[_aspect_order(test)].update(record.owner for record in answer.records_of(test) if record.owner)
    for _, named in sorted(owners.items()):
        if named:
            return min(named, key=lambda name: (-named[name], name))
    return None
