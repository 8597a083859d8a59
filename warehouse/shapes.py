"""The rows that reports, commands and flows read, as frozen dataclasses: one per view in `warehouse/reading/`, whose comment
states grain and keys. A text that the view has in both languages is one field here, a `Translated`; which of the two it is,
is decided where the rows are fetched (`Published.select`).
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import date
from functools import cache
from typing import Annotated, Any, ClassVar, get_args, get_type_hints

from models.language import Language, pick

_TRANSLATED = "translated"
Translated = Annotated[str, _TRANSLATED]  # the view has it twice, as `<name>_nl` and `<name>_en`


@dataclass(frozen=True, slots=True)
class Shape:
    """A row of the view `view`; `order` is the order in which rows come when nothing else is asked."""

    view: ClassVar[str]
    order: ClassVar[str] = "ALL"


def columns_of(shape: type[Shape], language: Language) -> str:
    """The columns of a shape as SQL; a translated text is the one in `language`, in Dutch where there is no other."""
    known: Any = shape  # mypy takes a class of instances that compare by value for one without a hash
    return _columns_of(known, language)


@cache
def _columns_of(shape: Any, language: Language) -> str:
    hints = get_type_hints(shape, include_extras=True)
    columns = []
    for item in fields(shape):
        name = item.name
        if _TRANSLATED in get_args(hints[name]):
            english = f"coalesce(nullif({name}_en, ''), {name}_nl)"
            columns.append(f"{pick(language, f'{name}_nl', english)} AS {name}")
        else:
            columns.append(f'"{name}"')
    return ", ".join(columns)


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
