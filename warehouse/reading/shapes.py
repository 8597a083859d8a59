"""The rows that reports, commands and flows read, as frozen dataclasses: one per view in `warehouse/reading/`, whose comment
states grain and keys. A text that the view has in both languages is one field here, a `Translated`; which of the two it is,
is decided where the rows are fetched (`Published.select`).
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import date, datetime
from functools import cache
from typing import Annotated, Any, ClassVar, get_args, get_type_hints

from models.language import Language, pick
from models.record import Remark

_TRANSLATED = "translated"
Translated = Annotated[str, _TRANSLATED]  # the view has it twice, as `<name>_nl` and `<name>_en`


@dataclass(frozen=True, slots=True)
class Shape:
    """A row of the view `view`; `order` is the order in which rows come when nothing else is asked."""

    view: ClassVar[str]
    order: ClassVar[str] = "ALL"


def columns_of(shape: type[Shape], language: Language) -> str:
    """The columns of a shape as SQL; a translated text is the one in `language`, in Dutch where there is no other."""
    hashable: Any = shape  # mypy takes a class of instances that compare by value for one without a hash
    return _columns_of(hashable, language)


@cache
def _columns_of(shape: Any, language: Language) -> str:
    hints = get_type_hints(shape, include_extras=True)
    columns = []
    for item in fields(shape):
        name = item.name
        if _is_translated(hints[name]):
            english = f"coalesce(nullif({name}_en, ''), {name}_nl)"
            columns.append(f"{pick(language, f'{name}_nl', english)} AS {name}")
        else:
            columns.append(f'"{name}"')
    return ", ".join(columns)


def _is_translated(hint: Any) -> bool:
    parts = get_args(hint)
    compound = [part for part in parts if get_args(part)]
    return _TRANSLATED in parts or any(map(_is_translated, compound))


@dataclass(frozen=True, slots=True)
class SourceOfKind(Shape):
    """How well a source of a kind of evidence is known; see `reading.source_of_kind` for what each `state` means."""

    view: ClassVar[str] = "reading.source_of_kind"
    order: ClassVar[str] = "title, source_id, kind"

    source_id: str
    kind: str | None
    title: str
    state: str
    read_on: date | None
    fresh_until: date | None
    rejected: int


@dataclass(frozen=True, slots=True)
class UnknownPart(Shape):
    """Why what is not among the records of a kind may be there all the same; `state` as in `SourceOfKind`, or no_source."""

    view: ClassVar[str] = "reading.unknown_part"
    order: ClassVar[str] = "source_id NULLS FIRST, kind"

    kind: str
    label: Translated  # of the kind
    source_id: str | None
    title: str | None
    state: str
    read_on: date | None
    fresh_until: date | None
    rejected: int


@dataclass(frozen=True, slots=True)
class Improvement(Shape):
    """Something promised about a gap. `standing`: planned, late, undated, done or cancelled."""

    view: ClassVar[str] = "reading.improvement"
    order: ClassVar[str] = "due_on NULLS LAST, record_key, source_id"

    source_id: str
    record_key: str
    evidence_id: int
    framework_id: str | None
    norm_id: str | None
    action: str
    owner: str | None
    due_on: date | None
    done_on: date | None
    budget: float | None
    state: str | None
    running: bool
    standing: str
    locator: dict[str, Any] | None


@dataclass(frozen=True, slots=True)
class Risk(Shape):
    """An open risk, the largest first; see `reading.risk`."""

    view: ClassVar[str] = "reading.risk"
    order: ClassVar[str] = "residual DESC NULLS LAST, residual - appetite DESC NULLS LAST, record_key, source_id"

    record_key: str
    title: str
    process: str | None
    owner: str | None
    residual: float | None
    appetite: float | None
    accepted_on: date | None
    review_due: date | None
    unrated: bool
    unbounded: bool
    above: bool
    accepted: bool
    overdue: bool
    undated: bool


@dataclass(frozen=True, slots=True)
class ImprovementCount(Shape):
    """How many improvements an organisation has: `to_do` is `late` + `undated` + `planned`."""

    view: ClassVar[str] = "reading.improvement_count"

    to_do: int
    late: int
    undated: int
    planned: int
    running: int
    done: int


@dataclass(frozen=True, slots=True)
class PresentTest(Shape):
    """What a test, or the measurement of an indicator, came to; see `reading.present_test`."""

    view: ClassVar[str] = "reading.present_test"
    order: ClassVar[str] = "norm_order, test_id"

    framework_id: str
    norm_id: str
    parent: str | None
    norm_title: Translated | None
    norm_status: str | None
    excepted_until: date | None
    purpose: str
    test_id: str
    aspect: str | None
    test_type: str
    implicit: bool
    beyond_norm: bool
    outdone_in: str | None
    sentence: Translated
    looked_at: Translated | None
    criterion: Translated | None
    override_reason: str | None
    result: str
    outcome: str
    reason: str | None
    metric: float | None
    numerator: float | None
    denominator: float | None
    basis: str | None
    expires_on: date | None
    selected: int
    evidence_kind: str | None
    evidence_ids: list[int]

    @property
    def counts(self) -> bool:
        """Whether it stands for something: not an owner's own statement that nobody made."""
        return not self.implicit or bool(self.evidence_ids)


@dataclass(frozen=True, slots=True)
class NamedRecord(Shape):
    """A version of a record, as it is named where a result rests on it. `observed_at` by the clock in Amsterdam."""

    view: ClassVar[str] = "reading.named_record"
    order: ClassVar[str] = "evidence_id"

    kind: str
    evidence_id: int
    source_id: str
    record_key: str
    name: str
    url: str | None
    owner: str | None
    observed_at: datetime | None
    locator: dict[str, Any] | None

    @property
    def artifact(self) -> str | None:
        """The SHA-256 of the landed file that it was read from."""
        artifact: str | None = self._located("artifact")
        return artifact

    @property
    def file(self) -> str:
        """The file or address that it stands in; empty when nothing says so."""
        return self._located("file") or self._located("address") or ""

    @property
    def sheet(self) -> str:
        return self._located("sheet") or ""

    @property
    def row(self) -> int | None:
        row: int | None = self._located("row")
        return row

    def _located(self, part: str) -> Any:
        return (self.locator or {}).get(part)


@dataclass(frozen=True, slots=True)
class PresentNorm(Shape):
    """The status of a norm that carries tests."""

    view: ClassVar[str] = "reading.present_norm"
    order: ClassVar[str] = "norm_order"

    framework_id: str
    norm_id: str
    level: str
    parent: str | None
    theme: str | None
    title: Translated
    summary: Translated | None
    status: str
    design: str | None
    existence: str | None
    operation: str | None
    basis: str | None
    expires_on: date | None
    tests: int
    tests_known: int
    excepted_until: date | None
    exception_reason: str | None
    applicability_id: int | None
    applicability_note: str | None
    not_occurred: int
    capped_by: str | None
    gap: str | None
    annex: str | None

    def aspect(self, name: str) -> str | None:
        """The result of design, existence or operation."""
        return {"design": self.design, "existence": self.existence, "operation": self.operation}[name]


@dataclass(frozen=True, slots=True)
class PresentControl(Shape):
    """The status of a control."""

    view: ClassVar[str] = "reading.present_control"
    order: ClassVar[str] = "norm_order"

    framework_id: str
    norm_id: str
    level: str
    parent: str | None
    theme: str | None
    title: Translated
    status: str
    basis: str | None
    expires_on: date | None
    measures: int | None
    measures_known: int | None
    measures_met: int | None
    excepted_until: date | None
    applicability_note: str | None
    gap: str | None


@dataclass(frozen=True, slots=True)
class PresentPrinciple(Shape):
    """The colour of a principle; score and coverage are 0 to 1."""

    view: ClassVar[str] = "reading.present_principle"
    order: ClassVar[str] = "norm_order"

    framework_id: str
    principle_id: str
    title: Translated
    status: str
    score: float | None
    coverage: float | None
    indicators: int
    indicators_known: int | None
    controls: int | None
    controls_known: int | None


@dataclass(frozen=True, slots=True)
class PrincipleAfterRun(Shape):
    """The colour of a principle after a run."""

    view: ClassVar[str] = "reading.principle_after_run"

    principle_id: str
    status: str
    score: float | None


@dataclass(frozen=True, slots=True)
class PresentIndicator(Shape):
    """The value and colour of an indicator, with its thresholds."""

    view: ClassVar[str] = "reading.present_indicator"
    order: ClassVar[str] = "principle_order, indicator_order"

    framework_id: str
    indicator_id: str
    principle_id: str
    name: Translated
    colour: str
    value: float | None
    unit: str | None
    better: str
    green: float | None
    amber: float | None
    weight: float | None
    is_key: bool
    override_reason: str | None


@dataclass(frozen=True, slots=True)
class PresentAnswer(Shape):
    """The answer that is proposed to a question."""

    view: ClassVar[str] = "reading.present_answer"
    order: ClassVar[str] = "questionnaire_id, question_order"

    questionnaire_id: str
    question_id: str
    text: Translated
    scale: list[str]
    answer: str | None
    status: str
    basis: str | None
    expires_on: date | None
    norms: int
    norms_known: int


@dataclass(frozen=True, slots=True)
class AnswerAfterRun(Shape):
    """The answer that was proposed after a run."""

    view: ClassVar[str] = "reading.answer_after_run"

    questionnaire_id: str
    question_id: str
    answer: str | None
    status: str


@dataclass(frozen=True, slots=True)
class AskedNorm(Shape):
    """A norm that a question asks about, in the order of the norms; `control_id` is the control that it belongs to."""

    view: ClassVar[str] = "reading.asked_norm"
    order: ClassVar[str] = "norm_order"

    questionnaire_id: str
    questionnaire: Translated
    question_id: str
    question_order: int
    framework_id: str
    norm_id: str
    control_id: str


@dataclass(frozen=True, slots=True)
class Framework(Shape):
    """A framework in the catalogue."""

    view: ClassVar[str] = "reading.framework"
    order: ClassVar[str] = "framework_id"

    framework_id: str
    title: Translated
    version: str | None


@dataclass(frozen=True, slots=True)
class AssessedFramework(Shape):
    """A framework that an organisation is assessed against; its title as it was published, in Dutch."""

    view: ClassVar[str] = "reading.assessed_framework"
    order: ClassVar[str] = "title_nl"

    framework_id: str
    title_nl: str


@dataclass(frozen=True, slots=True)
class CatalogueNorm(Shape):
    """A norm of the catalogue, with or without a status."""

    view: ClassVar[str] = "reading.norm"
    order: ClassVar[str] = "norm_order"

    framework_id: str
    norm_id: str
    level: str
    parent: str | None
    theme: str | None
    title: Translated | None
    summary: Translated | None


@dataclass(frozen=True, slots=True)
class RelatedControl(Shape):
    """A control that a norm or principle is related to."""

    view: ClassVar[str] = "reading.related_control"
    order: ClassVar[str] = "control_order"

    framework_id: str
    norm_id: str
    control_framework_id: str
    control_id: str


@dataclass(frozen=True, slots=True)
class Questionnaire(Shape):
    """A questionnaire of the catalogue."""

    view: ClassVar[str] = "reading.questionnaire"

    questionnaire_id: str
    title: Translated


@dataclass(frozen=True, slots=True)
class CatalogueContent(Shape):
    """A whole catalogue as it was used, as JSON."""

    view: ClassVar[str] = "reading.catalogue_content"

    digest: str
    content: str | None


@dataclass(frozen=True, slots=True)
class ApplicabilityStatement(Shape):
    """A statement about whether a norm applies, under the number that the norm has now; the newest last."""

    view: ClassVar[str] = "reading.applicability"
    order: ClassVar[str] = "approved_on NULLS FIRST, evidence_id"

    to_framework_id: str | None
    to_norm_id: str | None
    applies: bool | None
    reason: str | None
    risk_analysis: str | None
    approved_by: str | None
    approved_on: date | None
    valid_until: date | None
    locator: dict[str, Any] | None


@dataclass(frozen=True, slots=True)
class ApplicabilityVersion(Shape):
    """What a status says about why a norm does not apply."""

    view: ClassVar[str] = "reading.applicability_version"
    order: ClassVar[str] = "evidence_id"

    evidence_id: int
    reason: str | None
    risk_analysis: str | None
    approved_on: date | None


@dataclass(frozen=True, slots=True)
class NormException(Shape):
    """A norm that is deviated from for a time."""

    view: ClassVar[str] = "reading.exception"
    order: ClassVar[str] = "norm_order, record_key"

    norm_id: str | None
    title: Translated | None
    reason: str | None
    risk_analysis: str | None
    approved_by: str | None
    approved_on: date | None
    valid_until: date | None
    locator: dict[str, Any] | None


@dataclass(frozen=True, slots=True)
class UndecidedCount(Shape):
    """How many proposals about norms nobody has approved yet."""

    view: ClassVar[str] = "reading.undecided_count"

    undecided: int


@dataclass(frozen=True, slots=True)
class FinishedRun(Shape):
    """A run that was finished, oldest first. `finished_at` in UTC."""

    view: ClassVar[str] = "reading.finished_run"
    order: ClassVar[str] = "run_no"

    run_no: int
    run_id: str
    as_of: date
    state: str
    finished_at: datetime | None
    catalogue_digest: str | None


@dataclass(frozen=True, slots=True)
class StatusCount(Shape):
    """How many controls, or principles, had a status after a run."""

    view: ClassVar[str] = "reading.status_count"

    run_no: int
    level: str
    status: str
    number: int


@dataclass(frozen=True, slots=True)
class PresentSource(Shape):
    """How a source ended the last time that it was tried; `read_on` is the day of its last success."""

    view: ClassVar[str] = "reading.present_source"
    order: ClassVar[str] = "source_id"

    source_id: str
    title: str
    status: str
    reason: Translated | None
    records: int
    rejected: int
    fresh_until: date | None
    read_on: date | None


@dataclass(frozen=True, slots=True)
class RunStep(Shape):
    """What a step of a run took, in seconds, and over how many things it went."""

    view: ClassVar[str] = "reading.run_step"
    order: ClassVar[str] = "run_no, began_at"

    run_no: int
    step: str
    seconds: float
    number: int


@dataclass(frozen=True, slots=True)
class Night(Shape):
    """Whether the night of a day was in time, and how many of its sources; without a run of that day `run_no` is None."""

    view: ClassVar[str] = "reading.night"
    order: ClassVar[str] = "day"

    day: date
    run_no: int | None
    state: str | None
    is_in_time: bool
    seconds: float | None
    sources: int
    sources_in_time: int


@dataclass(frozen=True, slots=True)
class PresentRemark(Shape):
    """What the newest reading of a source merged, left out, skipped or could not know; `number` is how often."""

    view: ClassVar[str] = "reading.present_remark"
    order: ClassVar[str] = "source_id, sequence"

    source_id: str
    word: str
    place: Translated
    text: Translated
    number: int

    def __str__(self) -> str:
        return str(Remark(self.word, self.text, self.place, self.number))


@dataclass(frozen=True, slots=True)
class PresentUnknownWord(Shape):
    """A word of the newest reading of a source that no vocabulary knows; `times` is how often it stands there."""

    view: ClassVar[str] = "reading.present_unknown_word"
    order: ClassVar[str] = "source_id, kind, column_name, times DESC, word"

    source_id: str
    kind: str
    column_name: str
    field: str
    word: str
    nearest: str
    times: int


@dataclass(frozen=True, slots=True)
class CountOfTests(Shape):
    """How many tests of norms there are, and how many of them had evidence."""

    view: ClassVar[str] = "reading.test_count"

    tests: int
    known: int


@dataclass(frozen=True, slots=True)
class FrozenYear(Shape):
    """A version of a year that was frozen, oldest first."""

    view: ClassVar[str] = "reading.frozen_year"
    order: ClassVar[str] = "version"

    version: int
    manifest: str | None
    manifest_hash: str | None
    signature: str | None
    public_key: str | None


@dataclass(frozen=True, slots=True)
class OfficersColumn(Shape):
    """A column of a view that officers read, in Dutch as the view is."""

    view: ClassVar[str] = "reading.officers_view"
    order: ClassVar[str] = "view_name, column_no"

    view_name: str
    meaning: str
    column_name: str
    column_type: str
    column_meaning: str | None


@dataclass(frozen=True, slots=True)
class OwnThreshold(Shape):
    """A test or indicator of which an organisation's own catalogue changed a parameter, and why."""

    view: ClassVar[str] = "reading.own_threshold"
    order: ClassVar[str] = "test_no"

    test_id: str
    purpose: str
    norm_id: str
    criterion: Translated | None
    override_reason: str


@dataclass(frozen=True, slots=True)
class PopulationSummary(Shape):
    """How whole a list is, as far as can be told: what is on it beside what was seen or counted elsewhere."""

    view: ClassVar[str] = "reading.population_summary"
    order: ClassVar[str] = "population"

    population: str
    name: Translated
    listed: int
    listed_and_seen: int
    unlisted: int
    counted: float | None
    counted_on: date | None


@dataclass(frozen=True, slots=True)
class PopulationMember(Shape):
    """A member of a population that is no person: on the list or not, and in which kinds of evidence it was seen elsewhere."""

    view: ClassVar[str] = "reading.population_member"
    order: ClassVar[str] = "population, name"

    population: str
    name: str
    is_listed: bool
    seen_in_nl: tuple[str, ...] | None
    seen_in_en: tuple[str, ...] | None
