"""The expectation suites as data: one YAML file per evidence kind, plus what holds for every kind and what the kind
itself says (required columns, closed vocabularies). Running them is left to `expectations/validate.py`."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from models.errors import CatalogueError
from models.kind import Column, Kind, SafeLoader, Term, kinds, vocabularies
from models.language import Language
from models.message import Both, Text, listed, message
from models.setting_errors import explain


class Expectation(BaseModel):
    """One expectation. `type` is the class in Great Expectations; `where` (SQL over the kind's columns) selects the
    rows that break it; `minimum` names the batch limit that is filled in when the batch is validated. `unknown` names the
    columns that become unknown in a row that breaks it; without it the row itself is kept out."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str
    type: Literal[
        "ExpectColumnValuesToBeNull",
        "ExpectColumnValuesToNotBeNull",
        "ExpectColumnValuesToBeUnique",
        "ExpectColumnValuesToBeInSet",
        "UnexpectedRowsExpectation",
        "ExpectTableRowCountToBeBetween",
        "ExpectColumnMaxToBeBetween",
    ]
    nl: str
    en: str
    column: str | None = None
    where: str | None = None
    values: tuple[str, ...] = ()
    minimum: Literal["expected_rows", "fresh_since"] | None = None
    unknown: tuple[str, ...] = ()

    @property
    def text(self) -> Both:
        """What is expected."""
        return Both(self.nl, self.en)


@dataclass(frozen=True, slots=True)
class Suite:
    """The expectations of one kind: row expectations send rows to quarantine or make values of them unknown, batch ones hold
    the batch back."""

    kind: str
    rows: tuple[Expectation, ...]
    batch: tuple[Expectation, ...]


def _suite_file(name: str) -> dict[str, Any]:
    entry = resources.files("expectations").joinpath("suites", f"{name}.yaml")
    if not entry.is_file():
        return {}
    content = yaml.load(entry.read_text("utf-8"), Loader=SafeLoader)
    return content if isinstance(content, dict) else {}


def _expectations(name: str, part: str) -> tuple[Expectation, ...]:
    try:
        return tuple(Expectation.model_validate(item) for item in _suite_file(name).get(part, []))
    except ValidationError as error:
        raise CatalogueError(explain(error, {}, f"expectations/suites/{name}.yaml", Expectation)) from error


def _in_both(key: str, **values: Text) -> dict[str, str]:
    """A text in each language, as the fields of an expectation."""
    text = message(key, **values)
    return {language.value: text.in_language(language) for language in Language}


def _label_of(entry: Column | Term) -> Both:
    return Both(entry.nl, entry.en)


def _from_kind(kind: Kind) -> list[Expectation]:
    derived = []
    for column in kind.columns:
        if column.required:
            derived.append(
                Expectation(
                    id=f"required-{column.name}",
                    type="ExpectColumnValuesToNotBeNull",
                    column=column.name,
                    **_in_both("batch.filled_in", column=_label_of(column)),
                )
            )
        vocabulary = vocabularies()[column.vocabulary] if column.vocabulary else None
        if vocabulary and not vocabulary.open and column.type == "text":
            terms = listed(_label_of(term) for term in vocabulary.terms.values())
            derived.append(
                Expectation(
                    id=f"known-{column.name}",
                    type="ExpectColumnValuesToBeInSet",
                    column=column.name,
                    values=tuple(vocabulary.terms),
                    unknown=(column.name,) if kind.may_be_unknown(column.name) else (),
                    **_in_both("batch.one_of", column=_label_of(column), known=terms),
                )
            )
    return derived


@cache
def suite(kind_name: str) -> Suite:
    """The complete suite of an evidence kind."""
    kind = kinds()[kind_name]
    rows = (*_expectations("every_kind", "rows"), *_from_kind(kind), *_expectations(kind_name, "rows"))
    batch = (*_expectations("every_kind", "batch"), *_expectations(kind_name, "batch"))
    return Suite(kind_name, rows, batch)
