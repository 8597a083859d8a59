"""The normative catalogue as typed data: frameworks, norms, tests, indicators, questions and the links between them.

This module says what a catalogue *is* and refuses what cannot be, with file, line and reason; `models/frameworks/`
holds the content, `models/loading.py` reads it. Sources of the facts: BIO2 1.3 (Ministry of the Interior, 9 January
2026), ISO/IEC 27002:2022 (titles, themes, attributes), the ten principles for administrators (VNG, 30 November 2018).
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer, model_validator

from models.duration import Duration
from models.kind import Basis, kinds

Aspect = Literal["design", "existence", "operation"]
ASPECTS: tuple[Aspect, ...] = ("design", "existence", "operation")
NormState = Literal["active", "none", "moved", "withdrawn"]
# Why a number that is not active has no status, in the words of an error.
STATES = {"none": "is geen overheidsmaatregel", "moved": "is verplaatst", "withdrawn": "is vervallen"}
TestType = Literal["current", "fresh", "recurring", "ratio", "within", "none_open", "metric", "attested", "audited"]
# Only indicators use these three besides the test types: a number of records, a number per something, our own results.
IndicatorType = Literal[
    "current", "fresh", "recurring", "ratio", "within", "none_open", "metric", "count", "per", "assessment"
]
Period = Literal["P1M", "P3M", "P6M", "P1Y"]


def _duration(value: Any) -> Any:
    return Duration.parse(value) if isinstance(value, str) else value


Span = Annotated[Duration, BeforeValidator(_duration), PlainSerializer(str)]


class Strict(BaseModel):
    """Base of every catalogue row: unknown fields are refused, rows do not change."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True, defer_build=True)


class Framework(Strict):
    """A versioned set of norms. `published` is the ISO date of the source, `source` where it can be found."""

    id: str
    title_nl: str
    title_en: str
    version: str
    published: str
    source: str
    note_nl: str = ""


def _settled_scope(value: Any) -> Any:
    """Catalogues stored by earlier versions have true or false here; true was written where it was not known."""
    return {True: "open", False: "no"}[value] if isinstance(value, bool) else value


CbwScope = Annotated[Literal["yes", "no", "open"], BeforeValidator(_settled_scope)]


class Norm(Strict):
    """A norm: a control, a government measure, a principle, or a norm of another framework.

    `parent` is the control of a measure. `summary_*` are our own words. `state` is that of the published text. `aspects`
    are those that the framework asks of it: some norms are not judged on operation. `cbw_scope` says whether the norm is
    within the scope of the Cyberbeveiligingswet; what nobody has settled is open, and never counts as yes.
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


class Link(Strict):
    """`norm` of one framework stands for (part of) `to_norm` of another: version crosswalks and mappings."""

    framework_id: str
    norm_id: str
    to_framework_id: str
    to_norm_id: str
    relation: Literal["equal", "moved", "part", "related"]
    weight: float = 1.0
    note: str = ""


class Matched(Strict):
    """The counterpart of a ratio: a population row is good when a row here has the same key (and is in time)."""

    kind: str
    about: tuple[str, ...] = ()
    where: str = ""
    key: str = Field(description="SQL expression over the counterpart's columns")
    population_key: str = Field(description="SQL expression over the population's columns")
    max_age: Span | None = None
    earlier_within: Span | None = Field(None, description="the counterpart happened before it, at most so long ago")


class Measure(Strict):
    """What is computed: a test type over the records of one evidence kind.

    `about` are values of the kind's discriminator; `where`, `good`, `date` are SQL expressions over its columns. Shares
    (`pass_at`, `partial_at` of ratio and within) are fractions 0–1; a metric's are in the unit of the metric.
    """

    type: IndicatorType | TestType
    kind: str = ""
    about: tuple[str, ...] = ()
    where: str = ""
    date: str = ""
    good: str = ""
    matched: Matched | None = None
    grace: Span | None = None
    max_age: Span | None = None
    every: Period | None = None
    window: Literal["cycle"] | Span | None = None
    deadline: Literal["due"] | Span | None = None
    pass_at: float | None = None
    partial_at: float | None = None
    min_population: int = Field(1, ge=1)
    tolerate: int = Field(0, ge=0)
    direction: Literal["higher", "lower"] = "higher"
    per: str | None = Field(None, description="`per`: the measurement metric to divide by")
    multiply: float = 1.0
    formula: str | None = Field(None, description="`assessment`: which of our own results")

    @model_validator(mode="after")
    def _complete(self) -> Measure:
        required, optional = PARAMETERS[self.type]
        given = {name for name in _PARAMETER_NAMES if name in self.model_fields_set}
        missing = [name for name in sorted(required) if name not in given]
        if self.type == "ratio" and "good" not in given and "matched" not in given:
            missing.append("good (of matched)")
        if missing:
            raise ValueError(f"soort toets {self.type!r} vraagt ook: {', '.join(missing)}")
        extra = sorted(given - required - optional)
        if extra:
            allowed = ", ".join(sorted(required | optional))
            raise ValueError(f"soort toets {self.type!r} kent geen {', '.join(extra)}; wel: {allowed}")
        if self.type != "assessment":
            if self.kind not in kinds():
                raise ValueError(f"soort bewijs {self.kind!r} bestaat niet; er zijn: {', '.join(kinds())}")
            kind = kinds()[self.kind]
            if self.about and kind.discriminator is None:
                raise ValueError(f"soort bewijs {self.kind!r} heeft geen hoofdkolom, dus `about` kan hier niet")
            for role in ROLES_NEEDED.get(self.type, ()):
                if not getattr(kind.roles, role):
                    raise ValueError(
                        f"soort bewijs {self.kind!r} heeft niet wat een toets van soort {self.type!r} nodig heeft ({role})"
                    )
        if self.pass_at is not None and self.partial_at is not None:
            worse = self.partial_at > self.pass_at if self.direction == "higher" else self.partial_at < self.pass_at
            if worse:
                raise ValueError(f"partial_at {self.partial_at} is strenger dan pass_at {self.pass_at}")
        return self


_PARAMETER_NAMES = [
    "good",
    "matched",
    "grace",
    "max_age",
    "every",
    "window",
    "deadline",
    "pass_at",
    "partial_at",
    "min_population",
    "tolerate",
    "direction",
    "per",
    "multiply",
    "formula",
]

# Per test type: the parameters it needs and the ones it may have (domain.md §4).
PARAMETERS: dict[str, tuple[set[str], set[str]]] = {
    "current": (set(), {"grace"}),
    "fresh": ({"max_age"}, {"grace"}),
    "recurring": ({"every"}, {"window"}),
    "ratio": (set(), {"good", "matched", "pass_at", "partial_at", "min_population", "window", "direction", "max_age"}),
    "within": ({"deadline"}, {"pass_at", "partial_at", "window"}),
    "none_open": ({"max_age"}, {"tolerate"}),
    "metric": (set(), {"pass_at", "partial_at", "direction", "max_age"}),
    "attested": ({"max_age"}, set()),
    "audited": ({"max_age"}, set()),
    "count": (set(), {"window", "max_age"}),
    "per": ({"per"}, {"window", "multiply"}),
    "assessment": ({"formula"}, set()),
}
ROLES_NEEDED: dict[str, tuple[str, ...]] = {
    "current": ("in_force",),
    "within": ("started_at", "settled_at"),
    "none_open": ("started_at", "settled_at"),
    "metric": ("value",),
    "attested": ("judgement",),
    "audited": ("judgement",),
}


class Test(Strict):
    """One check of one aspect of one norm. `implicit`: not in the rules, but an attestation may answer the aspect."""

    __test__ = False  # not a pytest class

    id: str
    framework_id: str
    norm_id: str
    aspect: Aspect
    measure: Measure
    nl: str
    en: str
    basis: Basis
    implicit: bool = False
    place: str = ""
    override_reason: str = ""


class Indicator(Strict):
    """A measurable sign that a principle is lived by. `green` and `amber` are in `unit`; the reason says why so."""

    id: str
    framework_id: str
    principle_id: str
    name_nl: str
    name_en: str
    measure: Measure
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
    digest: str = ""
