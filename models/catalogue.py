"""The normative catalogue as typed data: frameworks, norms, tests, indicators, questions and the links between them.

This module says what a catalogue *is* and refuses what cannot be, with file, line and reason; `models/frameworks/`
holds the content, `models/loading.py` reads it. Sources of the facts: BIO2 1.3 (Ministry of the Interior, 9 January
2026), ISO/IEC 27002:2022 (titles, themes, attributes), the ten principles for administrators (VNG, 30 November 2018).
"""

from __future__ import annotations

from datetime import date
from functools import cache
from itertools import chain
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ModelWrapValidatorHandler,
    PlainSerializer,
    SerializeAsAny,
    create_model,
    model_validator,
)

from models.aspect import ASPECTS, Aspect
from models.duration import Duration
from models.errors import TextError
from models.kind import Basis, Kind, kinds
from models.message import Text, listed, message
from models.test_type import ParameterType, TestType, test_types

NormState = Literal["active", "none", "moved", "withdrawn"]
# Why a number that is not active has no status, in the words of an error.
STATES = {
    "none": message("norms.state_none"),
    "moved": message("norms.state_moved"),
    "withdrawn": message("norms.state_withdrawn"),
}
Period = Literal["P1M", "P3M", "P6M", "P1Y"]


def _duration(value: Any) -> Any:
    return Duration.parse(value) if isinstance(value, str) else value


Span = Annotated[Duration, BeforeValidator(_duration), PlainSerializer(str)]


class Strict(BaseModel):
    """Base of every catalogue row: unknown fields are refused, rows do not change."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True, defer_build=True)


Annex = Literal["DigiD", "Suwinet"]
# What ENSIA accounts for beside the BIO2, in the order of the annexes to the college statement.
ANNEXES: tuple[Annex, ...] = ("DigiD", "Suwinet")


class Framework(Strict):
    """A versioned set of norms. `published` is the ISO date of the source, `source` where it can be found, `read_on` the day on
    which it was last compared with what is here; `in_force_from` the day from which it holds, where that is later.

    `annex`: what its norms account for beside the BIO2. `numbers_only`: only there so that evidence with an old number
    finds its norm. `all_demands`: a norm of it that is tested and has no demands
    is an error. `statutory`: the norms that a law demands itself, each with its article; none of these can be declared
    not applicable. `in_use_by_default`: assessed by an installation that names no frameworks. `rests_on`: the framework of which
    the tests prove demands of its norms too, as its rules say.
    """

    id: str
    title_nl: str
    title_en: str
    version: str
    published: str
    source: str
    read_on: date | None = None
    in_force_from: date | None = None
    note_nl: str = ""
    annex: Annex | None = None
    numbers_only: bool = False
    all_demands: bool = False
    in_use_by_default: bool = False
    rests_on: str = ""
    statutory: dict[str, str] = {}


def _settled_scope(value: Any) -> Any:
    """Catalogues stored by earlier versions have true or false here; true was written where it was not known."""
    return {True: "open", False: "no"}[value] if isinstance(value, bool) else value


CbwScope = Annotated[Literal["yes", "no", "open"], BeforeValidator(_settled_scope)]


class Bilingual(Strict):
    """A text of our own in both languages."""

    nl: str = Field(min_length=1)
    en: str = Field(min_length=1)


class Demand(Bilingual):
    """One thing that a norm asks, in our own words: who must do what, on what, how often or how soon. `part`: its place in the
    text of the norm, such as "lid 1". `id` is its name within the norm."""

    id: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    part: str = Field(min_length=1)


class Norm(Strict):
    """A norm: a control, a government measure, a principle, or a norm of another framework.

    `parent` is the control of a measure. `summary_*` are our own words. `state` is that of the published text. `aspects`
    are those that the framework asks of it: some norms are not judged on operation. `cbw_scope` says whether the norm is
    within the scope of the Cyberbeveiligingswet; what nobody has settled is open, and never counts as yes.

    The rules tell what a norm demands: `demands` in the order of its text, with a note where these are fewer than its
    sentences; `own_reading`: worked out without the text of the norm; `not_asked`: the aspects it does not ask, and why.
    """

    framework_id: str
    id: str
    level: Literal["control", "measure", "principle", "norm"]
    title_nl: str
    title_en: str
    parent: str | None = None
    theme: str | None = None
    state: NormState = "active"
    moved_to: str | None = None
    frequency: str | None = None
    cbw_scope: CbwScope = "open"
    summary_nl: str = ""
    summary_en: str = ""
    attributes: dict[str, tuple[str, ...]] = {}
    aspects: tuple[Aspect, ...] = Field(ASPECTS, min_length=1)
    weight: float = 1.0
    note: str = ""
    demands: tuple[Demand, ...] = ()
    demands_note: Bilingual | None = None
    own_reading: bool = False
    not_asked: dict[Aspect, Bilingual] = {}


class Link(Strict):
    """`norm` of one framework stands for (part of) `to_norm` of another: version crosswalks and mappings. `rests_on`: what
    proves the other proves it, and what contradicts the other contradicts it; the rules say so."""

    framework_id: str
    norm_id: str
    to_framework_id: str
    to_norm_id: str
    relation: Literal["equal", "moved", "part", "related", "rests_on"]
    weight: float = 1.0
    note: str = ""


class MaturityNeed(Strict):
    """What a level needs: of an aspect (or any of them) a result, or of the norm, or of another `norm`, a status."""

    what: Literal["any", "design", "existence", "operation", "status"]
    at_least: Literal["partial", "pass", "voldoet_deels", "voldoet"]
    norm: str = ""

    @model_validator(mode="after")
    def _compares_like_with_like(self) -> MaturityNeed:
        is_status = self.at_least in ("voldoet_deels", "voldoet")
        if is_status != (self.what == "status"):
            raise TextError(message("rule.level_compares"))
        return self


class MaturityLevel(Strict):
    """A level of maturity of the norms of a framework: what it needs beside all that the levels below it need."""

    framework_id: str
    level: int = Field(ge=1, le=5)
    nl: str = Field(min_length=1)
    en: str = Field(min_length=1)
    meaning_nl: str = Field(min_length=1)
    meaning_en: str = Field(min_length=1)
    needs: tuple[MaturityNeed, ...] = Field(min_length=1)


class Matched(Strict):
    """The counterpart of a ratio: a population row is good when a row here has the same key (and is in time)."""

    kind: str
    about: tuple[str, ...] = ()
    where: str = ""
    key: str = Field(description="SQL expression over the counterpart's columns")
    population_key: str = Field(description="SQL expression over the population's columns")
    max_age: Span | None = None
    earlier_within: Span | None = Field(None, description="the counterpart happened before it, at most so long ago")


class Population(Strict):
    """All there is of something: a kind of evidence, and which of it. `key` names an object as the records of a test do."""

    kind: str
    about: tuple[str, ...] = ()
    where: str = ""
    key: str = Field("", description="SQL expression over the columns of the kind")


class Stage(Strict):
    """What must follow a case: a record that `kind`, `about` and `where` choose, of which `link` is what `case` is of the
    case, `within` a time from the moment `from` of the case. `at`: the column that tells when it followed; without it,
    when a record of its kind begins. `nl`, `en`: what it is called.

    A term may run from another stage instead (`after`, the `id` of an earlier one): from the moment at which that followed; with
    `from` too, from the later of both. `to_working_day`: when its last day is no working day, the next one is."""

    model_config = ConfigDict(populate_by_name=True)

    id: str = ""
    nl: str
    en: str
    kind: str
    about: tuple[str, ...] = ()
    where: str = ""
    link: str = Field(description="SQL expression over the columns of what follows")
    case: str = Field("record_key", description="SQL expression over the columns of the case")
    within: Span
    since: str = Field(
        "", alias="from", description="the column of the case with the moment or day from which the term runs"
    )
    after: str = ""
    to_working_day: bool = False
    at: str = ""

    @model_validator(mode="after")
    def _has_a_term(self) -> Stage:
        """Refuse a stage of which nobody can say when its term begins, or that moves a term in hours to a working day."""
        if not self.since and not self.after:
            raise TextError(message("rule.stage_since"))
        if self.to_working_day and self.within.hours:
            raise TextError(message("rule.stage_hours"))
        return self


class Measure(Strict):
    """What is computed: a test type over the records of one evidence kind, with the parameters of the type.

    `about` are values of the kind's discriminator; `where`, `date` are SQL expressions over its columns. A parameter that
    the rule does not give has its default, or is None; one that the type does not know is None. Shares are fractions 0–1;
    the thresholds of a metric are in the unit of the metric. Make one with `Measure.model_validate`.
    """

    type: str
    kind: str = ""
    about: tuple[str, ...] = ()
    where: str = ""
    date: str = ""

    if TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any:
            """A parameter: which there are is said by the test types."""

    @model_validator(mode="wrap")
    @classmethod
    def _with_parameters(cls, values: Any, handler: ModelWrapValidatorHandler[Measure]) -> Measure:
        if cls is Measure and isinstance(values, dict):
            return measure_class().model_validate(values)
        return handler(values)

    @property
    def test_type(self) -> TestType:
        """The type of the test."""
        return test_types()[self.type]

    @property
    def others(self) -> list[Matched | Population | Stage]:
        """The records beside the selected ones that the test looks at: counterparts, populations, and what must follow."""
        return [*self.of_type("counterpart", "population"), *self.stages_that_follow()]

    def of_type(self, *types: ParameterType) -> list[Any]:
        """The values of the parameters of some types, without those that are not given."""
        names = [name for name, parameter in self.test_type.parameters.items() if parameter.type in types]
        return [getattr(self, name) for name in names if getattr(self, name) is not None]

    def stages_that_follow(self) -> list[Stage]:
        """All that must follow a case, of every parameter that says so."""
        return list(chain.from_iterable(self.of_type("stages")))

    def parameters(self, direction: str | None = None) -> dict[str, Any]:
        """The value of every parameter of the type; `direction` overrules the rule's in the defaults."""
        test_type = self.test_type
        way = direction or self.direction or "higher"
        return {
            name: getattr(self, name) if name in self.model_fields_set else test_type.default(name, way)
            for name in test_type.parameters
        } | ({"direction": way} if "direction" in test_type.parameters else {})


class _WithParameters(Measure):
    """A measure of which the parameters are checked; `measure_class` adds a field for each parameter that there is."""

    @model_validator(mode="after")
    def _complete(self) -> _WithParameters:
        of = self.test_type
        parameter_names = self.model_fields_set - set(Measure.model_fields)
        missing: list[Text] = [name for name in of.required() if name not in parameter_names]
        if of.one_of and not parameter_names & set(of.one_of):
            missing.append(message("rule.one_of", first=of.one_of[0], others=", ".join(of.one_of[1:])))
        if missing:
            raise TextError(message("rule.parameter_missing", type=self.type, missing=listed(missing)))
        if extra := sorted(parameter_names - set(of.parameters)):
            allowed = ", ".join(sorted(of.parameters))
            raise TextError(message("rule.parameter_unknown", type=self.type, extra=", ".join(extra), allowed=allowed))
        self._check_kind()
        # kept out of model_fields_set, so that a stored rule says what its file said
        self.__dict__.update({name: value for name, value in self.parameters().items() if name not in parameter_names})
        self._check_thresholds()
        return self

    def _check_kind(self) -> None:
        """Refuse a kind that is not there, or that the type of test cannot look at. Raises TextError."""
        of = self.test_type
        if of.looks_at == "statuses":
            return
        if self.kind not in kinds():
            raise TextError(message("rule.kind_unknown", kind=self.kind, known=", ".join(kinds())))
        if of.kind is not None and self.kind != of.kind:
            raise TextError(message("rule.another_kind", type=self.type, kind=of.kind))
        self._check_what_the_kind_has(kinds()[self.kind])

    def _check_what_the_kind_has(self, kind: Kind) -> None:
        """Refuse a kind without the column or the roles that the test needs. Raises TextError."""
        if self.about and kind.discriminator is None:
            raise TextError(message("rule.no_discriminator", kind=self.kind))
        for role in self.test_type.roles:
            if not getattr(kind.roles, role):
                raise TextError(message("rule.role_missing", kind=self.kind, type=self.type, role=role))

    def _check_thresholds(self) -> None:
        if "pass_at" not in self.model_fields_set or self.partial_at is None:
            return
        is_harder = self.partial_at > self.pass_at
        if self.direction == "lower":
            is_harder = self.partial_at < self.pass_at
        if is_harder:
            raise TextError(message("rule.partial_harder", partial_at=self.partial_at, pass_at=self.pass_at))


# What a rule may give for a parameter of each type.
_FIELD_TYPES: dict[str, Any] = {
    "duration": Span,
    "grace": Span,
    "period": Period,
    "window": Literal["cycle"] | Span,
    "deadline": Literal["due"] | Span,
    "share": float,
    "number": float,
    "integer": int,
    "word": str,
    "list": tuple[str, ...],
    "expression": str,
    "counterpart": Matched,
    "object": str,
    "population": Population,
    "stages": Annotated[tuple[Stage, ...], Field(min_length=1)],
}


@cache
def measure_class() -> type[Measure]:
    """`Measure` with a field for every parameter of every test type. Raises CatalogueError when a type is not sound."""
    fields: dict[str, Any] = {"type": (Literal[tuple(test_types())], ...)}
    for test_type in test_types().values():
        for name, parameter in test_type.parameters.items():
            accepted = Literal[parameter.choices] if parameter.type == "choice" else _FIELD_TYPES[parameter.type]
            fields[name] = (accepted | None, Field(None, ge=parameter.least))
    return create_model("Measure", __base__=_WithParameters, **fields)


class Test(Strict):
    """One check of one aspect of one norm. What passes only on evidence weaker than `min_basis` is partial. `proves`: the demands
    of the norm that it proves. `any_of`: the name of a group of tests of one norm and aspect, of which the best counts.
    `beyond_norm`: shown, but not asked by the norm, so that it does not count. `implicit`: not in the rules, but an attestation
    may answer the aspect."""

    __test__ = False  # not a pytest class

    id: str
    framework_id: str
    norm_id: str
    aspect: Aspect
    measure: SerializeAsAny[Measure]
    nl: str
    en: str
    basis: Basis
    min_basis: Basis = "documented"
    proves: tuple[str, ...] = ()
    any_of: str = Field("", pattern=r"^([a-z][a-z0-9_]*)?$")
    beyond_norm: bool = False
    implicit: bool = False
    place: str = ""
    override_reason: str = ""

    @model_validator(mode="after")
    def _proves_what_is_asked(self) -> Test:
        if self.beyond_norm and self.proves:
            raise TextError(message("rule.beyond_norm_proves"))
        if self.beyond_norm and self.any_of:
            raise TextError(message("rule.beyond_norm_any_of"))
        return self

    @property
    def proof(self) -> tuple[str, str, str, str]:
        """What it counts as part of: its group, or else itself."""
        return self.framework_id, self.norm_id, self.aspect, self.any_of or self.id


class Indicator(Strict):
    """A measurable sign that a principle is lived by. `green` and `amber` are in `unit`; the reason says why so."""

    id: str
    framework_id: str
    principle_id: str
    name_nl: str
    name_en: str
    measure: SerializeAsAny[Measure]
    unit: str
    better: Literal["higher", "lower"]
    green: float
    amber: float
    weight: float = Field(gt=0)
    key: bool = False
    reason_nl: str
    reason_en: str = ""
    place: str = ""
    override_reason: str = ""

    @model_validator(mode="after")
    def _is_one_value(self) -> Indicator:
        """Refuse an indicator that is counted per something: it has one value."""
        if self.measure.per:
            raise TextError(message("rule.indicator_per"))
        return self


class Question(Strict):
    """A question of a questionnaire, the norms it asks about, and the answers it may have."""

    questionnaire_id: str
    id: str
    text_nl: str
    text_en: str
    framework_id: str
    norm_ids: tuple[str, ...]
    scale: tuple[str, ...] = ("Ja", "Gedeeltelijk", "Nee", "N.v.t.")


class Questionnaire(Strict):
    id: str
    title_nl: str
    title_en: str
    year: int | None = None
    note_nl: str = ""


class Catalogue(Strict):
    """Everything normative that one run uses; `digest` identifies it and stands with every result."""

    frameworks: tuple[Framework, ...]
    norms: tuple[Norm, ...]
    links: tuple[Link, ...]
    tests: tuple[Test, ...]
    indicators: tuple[Indicator, ...]
    questionnaires: tuple[Questionnaire, ...]
    questions: tuple[Question, ...]
    maturity: tuple[MaturityLevel, ...] = ()
    digest: str = ""
