"""The proposed answers with everything that stands behind them: the drafted explanation, the records, the improvement,
the owner. Workbook, fill-in and dossier all take their answers from here, so they say the same."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import date
from functools import partial

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
    def question(self) -> Question:
        return self.questionnaire_id, self.question_id

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
    background = _Background(published, organisation)
    return [background.answer(row) for row in published.select(PresentAnswer, organisation)]


class _Background:
    """Everything that may stand behind an answer of an organisation, found by its question."""

    def __init__(self, published: Published, organisation: str) -> None:
        tests = published.select(PresentTest, organisation, purpose="norm")
        norms = published.select(PresentNorm, organisation)
        self._norms_of = _norms_by_question(published)
        norm_keys = {key for keys in self._norms_of.values() for key in keys}
        self._tests_of = _tests_by_norm(tests, norm_keys)
        self._records = published.records_of(organisation, tests)
        self._verdicts = published.verdicts_of(organisation, tests)
        self._norms = {(norm.framework_id, norm.norm_id): norm for norm in norms}
        self._improvements_of = _improvements_by_norm(published, organisation)
        self._reviews = present_reviews(published, organisation)

    def answer(self, row: PresentAnswer) -> Answer:
        """The proposed answer with what stands behind it; where a reviewer spoke, with what that says."""
        question = (row.questionnaire_id, row.question_id)
        norm_ids = self._norms_of.get(question, ())
        answer = Answer(
            questionnaire_id=row.questionnaire_id,
            question_id=row.question_id,
            text=row.text,
            scale=tuple(row.scale),
            norm_ids=norm_ids,
            status=row.status,
            answer=row.answer,
            basis=row.basis,
            expires_on=row.expires_on,
            norms=row.norms,
            norms_known=row.norms_known,
            tests=[test for key in norm_ids for test in self._tests_of.get(key, ())],
            records=self._records,
            verdicts=self._verdicts,
            improvements=[item for _, norm_id in norm_ids for item in self._improvements_of.get(norm_id, ())],
            proposal=row.answer,
            reviewed=self._reviews.get(question),
        )
        self._add_exception(answer)
        answer.answer = answer.values.get("answer", row.answer)
        answer.owner = answer.values.get("owner") or _who_answers(answer)
        return answer

    def _add_exception(self, answer: Answer) -> None:
        """Say of an answer until when one of its norms is excepted, and why a claim that one does not apply does not count."""
        norms = [self._norms[key] for key in answer.norm_ids if key in self._norms]
        for norm in norms:
            if norm.excepted_until:
                answer.excepted_until, answer.exception_reason = norm.excepted_until, norm.exception_reason
            answer.applicability_note = answer.applicability_note or norm.applicability_note


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
    lines = [_test_line(answer, test, lang, several=several) for test in _worth_a_line(answer.tests)]
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
    actions = "; ".join(item.action for item in answer.improvements)
    return answer.values.get("improvement", actions)


def record_name(record: NamedRecord) -> str:
    """How a record is named in a sentence: title, and the place where it stands."""
    return f"{record.name} ({place(record.locator)})"


def verdict_mark(verdict: str | None, lang: str) -> str:
    """What stands behind a record that is not good, so that it is never taken for proof of a good result; else nothing."""
    return f" [{word(verdict, lang)}]" if verdict not in (None, "good") else ""


def _worth_a_line(tests: Sequence[PresentTest]) -> list[PresentTest]:
    """The tests that are told of: an aspect's implicit attestation only when nothing else speaks for the aspect."""
    spoken = {(test.norm_id, test.aspect) for test in tests if not test.implicit}
    worth = [test for test in tests if not test.implicit or (test.norm_id, test.aspect) not in spoken]
    return sorted(worth, key=_aspect_order)


def _aspect_order(test: PresentTest) -> int:
    return _ASPECT_ORDER.get(test.aspect or "", 3)


def reason_of(test: PresentTest, lang: str) -> str:
    """Why the result of a test is what it is, with its numbers; and whether another test counts in its place."""
    why = reason(
        test.reason,
        lang,
        metric=test.metric,
        numerator=test.numerator,
        denominator=test.denominator,
        selected=test.selected,
    )
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
    names = _first_records(answer, test, lang)
    if names:
        text += f". {pick(lang, 'Bewijs', 'Evidence')}: {names}"
    return f"{text}."


def _first_records(answer: Answer, test: PresentTest, lang: str) -> str:
    """The names of the first records that a test rests on, and how many more there are."""
    names = []
    for record in answer.records_of(test)[:RECORDS_NAMED]:
        mark = verdict_mark(answer.verdict_of(test, record), lang)
        names.append(record_name(record) + mark)
    more = len(test.evidence_ids) - len(names)
    rest = ""
    if names and more > 0:
        rest = pick(lang, f" en nog {more}", f" and {more} more")
    return ", ".join(names) + rest


def _norms_by_question(published: Published) -> dict[Question, tuple[NormKey, ...]]:
    norms: dict[Question, list[NormKey]] = defaultdict(list)
    for norm in published.select(AskedNorm):
        norms[norm.questionnaire_id, norm.question_id].append((norm.framework_id, norm.norm_id))
    return {question: tuple(keys) for question, keys in norms.items()}


def _tests_by_norm(tests: Iterable[PresentTest], norms: Set[NormKey]) -> dict[NormKey, list[PresentTest]]:
    """The tests of the norms. A question about a control that has measures is answered by the tests of those measures."""
    by_norm: dict[NormKey, list[PresentTest]] = defaultdict(list)
    for test in tests:
        norm, control = (test.framework_id, test.norm_id), (test.framework_id, test.parent or "")
        if norm in norms:
            by_norm[norm].append(test)
        elif control in norms:
            by_norm[control].append(test)
    return by_norm


def _improvements_by_norm(published: Published, organisation: str) -> dict[str, list[Improvement]]:
    """The improvements that are neither done nor cancelled, by the number of their norm."""
    by_norm: dict[str, list[Improvement]] = defaultdict(list)
    for item in published.improvements(organisation):
        by_norm[item.norm_id or ""].append(item)
    return by_norm


def _who_answers(answer: Answer) -> str | None:
    """Who answers: the owner of the improvement, else whoever owns most of the records of the first aspect that has any.
    A policy has one owner for years; of tickets and assets only a few are named, and other ones each night."""
    for item in answer.improvements:
        if item.owner:
            return item.owner
    owners: dict[int, Counter[str]] = defaultdict(Counter)
    for test in answer.tests:
        owners[_aspect_order(test)].update(record.owner for record in answer.records_of(test) if record.owner)
    for _, counts in sorted(owners.items()):
        if counts:
            return min(counts, key=partial(_most_first, counts))
    return None


def _most_first(counts: Counter[str], name: str) -> tuple[int, str]:
    return -counts[name], name
