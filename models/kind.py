"""Evidence kinds: the narrow waist between what is collected and what is assessed.

A kind is one YAML file in `models/kinds/`: its columns with type, Dutch and English label and meaning, which column
tells what a record is about (the discriminator), and which expressions play the roles that the tests need (the day it
happened, when it started, when it was settled, …). Adding a kind is adding a file and a migration; nothing else lists
them. What the words in a closed column may be stands in `models/vocabularies/`.
"""

from __future__ import annotations

import re
from functools import cache, cached_property, lru_cache
from importlib import resources
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from models.errors import CatalogueError
from models.message import message
from models.record import Locator
from models.setting_errors import explain
from models.words import Spellings, key_of_word

ColumnType = Literal["text", "integer", "number", "date", "timestamp", "boolean", "list", "map"]
# How strong evidence is, the strongest first (domain.md section 5).
Basis = Literal["measured", "audited", "sampled", "documented", "declared", "attested"]

_LONGEST_NAME = 1_000  # signs: to take a name apart takes the square of its length

SQL_TYPE: dict[str, str] = {
    "text": "VARCHAR",
    "integer": "BIGINT",
    "number": "DOUBLE",
    "date": "DATE",
    "timestamp": "TIMESTAMP",
    "boolean": "BOOLEAN",
    "list": "VARCHAR[]",
    "map": "MAP(VARCHAR, VARCHAR)",
}


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)


class Column(_Strict):
    """One own column of a kind. `type` fixes the SQL type; `vocabulary` names the list its words come from; `settles`: it
    says when a record was settled. `declared`: typed by the owner about his own thing, and so no stronger than his word."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    type: ColumnType = "text"
    nl: str
    en: str
    meaning_nl: str
    required: bool = False
    settles: bool = False
    vocabulary: str | None = None
    personal: bool = False
    declared: bool = False


class Roles(_Strict):
    """SQL expressions over the columns of the kind, one per part that a test type needs. Empty: not applicable."""

    happened_on: str = Field(description="DATE on which the fact came about; windows, periods and freshness use it")
    in_force: str = Field("", description="BOOLEAN: the record counts as being in force (apart from its dates)")
    adopted_on: str = Field(
        "", description="DATE from which it is in force; without one it is not, where there is such a day"
    )
    ends_on: str = Field("valid_until", description="DATE, last day in force; NULL is open-ended")
    review_due: str = Field("", description="DATE by which it should have been reviewed")
    started_at: str = Field("", description="moment (UTC) at which the clock of a deadline starts")
    due_at: str = Field("", description="moment by which the record itself says it must be settled")
    settled_at: str = Field("", description="moment at which it was settled; NULL is open")
    value: str = Field("", description="DOUBLE that a `metric` test compares")
    once: str = Field("", description="VARCHAR: what a record is of, that counts once however often it is listed")
    has_parts: str = Field("", description="BOOLEAN: a number stands with the parts that it is made of")
    done_well: str = Field(
        "",
        description="BOOLEAN: it came out well; a test that asks for nothing else asks for this (domain.md section 4)",
    )
    text: str = Field(
        "", description="VARCHAR: the mark of the text that a record stands for, NULL where none is known"
    )
    judgement: str = Field("", description="'positive', 'exceptions' or 'negative' for `audited` and `attested`")


class HeldTo(_Strict):
    """What an organisation is held to after it said otherwise (domain.md section 3, What was said is held to): of the columns
    `earliest` the first day or moment that was ever said, of those of `worst` the word that comes first in the list, of those of
    `ever` that it was once so; and a case of another type than before is a case of both."""

    earliest: tuple[str, ...] = ()
    worst: dict[str, tuple[str, ...]] = {}
    ever: tuple[str, ...] = ()


class EndedWith(_Strict):
    """How the register of things ends a record that nobody looks at any more: `name` holds the name of the thing it is about,
    `seen_by` the key of the scan that looked at it (domain.md section 3, Scans)."""

    name: str
    seen_by: str


class Kind(_Strict):
    """An evidence kind. `observed_from` lists the columns whose first known value is the envelope's `observed_at`.

    `begins` is the column that says since when it is so. Who can only say when it looked (a scan, which finds the same
    every week) marks its record `at_latest`, and then the moment that was stored first stands.
    `life` is how long a record counts from its adoption when nothing says when it must be reviewed (ISO 8601); empty: as long
    as it is not ended. `cases`: its records are cases that come up; that there were none is only known from a source that
    declares to see their types. `once_by_best`: of several records of one thing the best counts, else the worst. `derived`:
    columns that an assessment sees as this SQL says instead of as the source wrote them. `held_to`: what was said of a case
    keeps counting after it was changed. `acts`: its records are acts; one that is first told of long after it happened is the
    word of who tells it. `handed_in`: its records come in with a working paper that this program made, from no other source.
    `stays`: a record that its source no longer gives stays as it was. `ended_with`: the register ends it when nobody looks.
    `keeps`: a named thing that left its list without having ended keeps counting, when it counts against.
    `owned_apart`: SQL for which of its records have owners of their own in any organisation: one role that owns them all is none.
    `own_service`: the column with the system that an act was about; a supplier's act on what he delivers is the word of one who
    checks himself.
    `by_role`: the column with the role of who did it, and that with the day: a role that nobody holds then is unknown.
    `excused_by`: by which column of an excuse which columns of a record name it.
    `also_about`: a list column with more words of the sort that the discriminator holds; a test finds the record by each.
    `naming` lists the columns that together name a record whose source gives no title; never a personal one.
    """

    kind: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    nl: str
    en: str
    meaning_nl: str
    basis: Basis
    discriminator: str | None = None
    also_about: str | None = None
    observed_from: tuple[str, ...] = ()
    begins: str | None = None
    naming: tuple[str, ...] = ()
    roles: Roles
    columns: tuple[Column, ...]
    governance: bool = False
    life: str = ""
    cases: bool = False
    once_by_best: bool = False
    derived: dict[str, str] = {}
    held_to: HeldTo | None = None
    acts: bool = False
    handed_in: bool = False
    stays: bool = False
    keeps: bool = False
    ended_with: EndedWith | None = None
    owned_apart: str = ""
    own_service: str = ""
    by_role: dict[str, str] = {}
    excused_by: dict[str, tuple[str, ...]] = {}

    @property
    def settles(self) -> str | None:
        """The column that says when a record was settled: a day later than the as-of day is not yet known then."""
        return next((column.name for column in self.columns if column.settles), None)

    @cached_property
    def personal(self) -> frozenset[str]:
        """The columns that hold something of a person."""
        return frozenset(column.name for column in self.columns if column.personal)

    def may_be_unknown(self, name: str) -> bool:
        """Whether a record may come in without knowing the value of column `name`. Not where the kind cannot do without, nor
        where an empty value is itself an answer that can do good: no end, no review, no term, no exceptions, no label, or
        another day than the one that it happened on."""
        column = next((column for column in self.every_column if column.name == name), None)
        if column is None or column.required or column.type == "list":
            return False
        return column.settles or name not in self._decisive

    @cached_property
    def _decisive(self) -> frozenset[str]:
        roles = self.roles
        sql = " ".join((roles.happened_on, roles.ends_on, roles.review_due, roles.due_at, roles.judgement))
        return frozenset(re.findall(r"[a-z_]+", sql)) | {*self.observed_from, "observed_at"}

    @property
    def ends(self) -> frozenset[str]:
        """The columns that say until when something holds, or by when it must be done: without one it never ends."""
        roles = self.roles
        names = set(re.findall(r"[a-z_]+", f"{roles.ends_on} {roles.review_due} {roles.due_at}"))
        return frozenset(column.name for column in self.every_column if column.name in names)

    @property
    def moments(self) -> tuple[str, ...]:
        """The columns that hold a moment, those of the envelope too."""
        return tuple(column.name for column in self.every_column if column.type == "timestamp")

    @property
    def dated(self) -> tuple[str, ...]:
        """The columns that hold a day or a moment, those of the envelope too."""
        return tuple(column.name for column in self.every_column if column.type in ("date", "timestamp"))

    @property
    def every_column(self) -> tuple[Column, ...]:
        """The columns of its records: those of the envelope, then its own."""
        return (*ENVELOPE_COLUMNS, *self.columns)

    def column(self, name: str) -> Column:
        """The own or envelope column `name`; CatalogueError names the ones that exist."""
        for column in (*self.columns, *ENVELOPE_COLUMNS):
            if column.name == name:
                return column
        names = ", ".join(column.name for column in self.every_column)
        raise CatalogueError(
            message("rule.no_column", kind=self.kind, name=name), advice=message("rule.there_are", known=names)
        )


# The part of the envelope that a source may fill; organisation, source, key, hashes and times are set on the way in.
ENVELOPE_COLUMNS: tuple[Column, ...] = (
    Column(name="title", nl="Titel", en="Title", meaning_nl="Korte omschrijving van het bewijs"),
    Column(name="url", nl="Link", en="Link", meaning_nl="Adres waar het origineel te vinden is"),
    Column(name="owner", nl="Eigenaar", en="Owner", meaning_nl="Wie ervoor verantwoordelijk is (rol of afdeling)"),
    Column(
        name="observed_at",
        type="timestamp",
        nl="Waargenomen op",
        en="Observed at",
        meaning_nl="Moment vanaf wanneer dit in werkelijkheid gold",
    ),
    Column(
        name="valid_until",
        type="date",
        nl="Geldig tot en met",
        en="Valid until",
        meaning_nl="Laatste dag waarop het geldt; leeg is onbepaald",
    ),
)

# Envelope columns that the pipeline itself fills, with their SQL types, in table order.
SYSTEM_COLUMNS: dict[str, str] = {
    "organisation_id": "VARCHAR",
    "source_id": "VARCHAR",
    "record_key": "VARCHAR",
    "evidence_id": "UBIGINT",
    "recorded_at": "TIMESTAMP",
    "retired_at": "TIMESTAMP",
    "content_hash": "VARCHAR",
    "run_id": "VARCHAR",
    "locator": Locator.sql_type(),
}


def shown(column: Column, prefix: str = "") -> str:
    """A column as people are shown it, in SQL: a moment by the clock in Amsterdam. `prefix`: of the table, with its dot."""
    name = f"{prefix}{column.name}"
    return f"amsterdam_time({name})" if column.type == "timestamp" else name


def all_shown(kind: Kind) -> str:
    """The SQL that selects every column of a kind's table as people are shown it."""
    moments = ", ".join(f"amsterdam_time({name}) AS {name}" for name in kind.moments)
    return f"* REPLACE ({moments})"


class Term(_Strict):
    """One word of a vocabulary: its code, Dutch and English label, and other spellings that sources use. `holds`, of the name
    of an attribute: what its value is; a yes or no unless it says otherwise. `lays_down`, of the topic of a text: such a text
    lays down how something is done, be it called policy, procedure or protocol of that thing."""

    nl: str
    en: str
    synonyms: tuple[str, ...] = ()
    lays_down: bool = False
    holds: Literal["yes_or_no", "value"] = "yes_or_no"


class Vocabulary(_Strict):
    """The words a column may hold. An open vocabulary keeps an unknown word as it is; a closed one refuses it. `names`: its
    words stand in longer names too ("Back-upbeleid gemeente Duinrand 2026")."""

    vocabulary: str
    open: bool = False
    names: bool = False
    terms: dict[str, Term]

    def lookup(self, text: str) -> str | None:
        """The code for `text` (code, label or synonym), or None. Case, hyphens, spaces and accents do not matter."""
        return _spellings(self.vocabulary).exact.get(key_of_word(text))

    def codes_in(self, text: str, organisation: str = "") -> tuple[str, ...]:
        """The codes of the words in `text`: of the word that it is, else, in a vocabulary of names, of all that it is a name
        of. Empty when it is not known which; no name is longer than _LONGEST_NAME."""
        code = self.lookup(text)
        if code is not None:
            return (code,)
        if not self.names or len(text) > _LONGEST_NAME:
            return ()
        return _codes_in(self.vocabulary, text, organisation)

    def nearest(self, text: str) -> str | None:
        """The code of the word that `text` looks most like, if it looks like any."""
        return _nearest(self.vocabulary, text)


@lru_cache(maxsize=10_000)  # a source has few different words, and many records with them
def _codes_in(vocabulary: str, text: str, organisation: str) -> tuple[str, ...]:
    return _spellings(vocabulary).codes_in(text, organisation)


@lru_cache(maxsize=10_000)
def _nearest(vocabulary: str, text: str) -> str | None:
    return _spellings(vocabulary).nearest(text)


@cache
def _spellings(vocabulary: str) -> Spellings:
    terms = vocabularies()[vocabulary].terms
    try:
        return Spellings(
            ((spelling, code) for code, term in terms.items() for spelling in (code, term.nl, term.en, *term.synonyms)),
            lays_down=[code for code, term in terms.items() if term.lays_down],
        )
    except ValueError as error:
        raise CatalogueError(
            message("rule.two_meanings", word=str(error)),
            place=f"models/vocabularies/{vocabulary}.yaml",
            advice=message("rule.take_out"),
        ) from error


def _yaml_files_in(folder: str) -> list[tuple[str, Any]]:
    """The place and the content of every YAML file in a folder of `models/`, in the order of their names."""
    entries = [entry for entry in resources.files("models").joinpath(folder).iterdir() if entry.name.endswith(".yaml")]
    files: list[tuple[str, Any]] = []
    for entry in sorted(entries, key=lambda entry: entry.name):
        content = yaml.load(entry.read_text("utf-8"), Loader=SafeLoader)
        files.append((f"models/{folder}/{entry.name}", content))
    return files


SafeLoader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@cache
def kinds() -> dict[str, Kind]:
    """Every evidence kind by name, in alphabetical order."""
    kinds_by_name: dict[str, Kind] = {}
    for place, content in _yaml_files_in("kinds"):
        try:
            kind = Kind.model_validate(content)
        except ValidationError as error:
            raise CatalogueError(explain(error, {}, place, Kind)) from error
        kinds_by_name[kind.kind] = kind
    return kinds_by_name


@cache
def source_kinds() -> dict[str, Kind]:
    """The evidence kinds that a configured source may deliver."""
    return {name: kind for name, kind in kinds().items() if not kind.handed_in}


@cache
def vocabularies() -> dict[str, Vocabulary]:
    """Every vocabulary by name."""
    vocabularies_by_name: dict[str, Vocabulary] = {}
    for place, content in _yaml_files_in("vocabularies"):
        try:
            vocabulary = Vocabulary.model_validate(content)
        except ValidationError as error:
            raise CatalogueError(explain(error, {}, place, Vocabulary)) from error
        vocabularies_by_name[vocabulary.vocabulary] = vocabulary
    return vocabularies_by_name
