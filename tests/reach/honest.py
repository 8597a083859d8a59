"""Honest worlds and attacks on them, as organisations of one warehouse.

`worlds/<chapter>.yaml` holds, for each norm, the smallest evidence with which an honest municipality meets it, made of columns that
a municipality can be asked for, and the hours that keeping it costs in a year:

    - norm: "5.09.01"
      hours: 60
      evidence:                      # by kind: one line per record; `many` repeats it, {n} being its number
        document: [{topic: asset_management, state: adopted, adopted_on: 2025-01-15}]
      covers: {ticket: [incident]}   # optional: what its source declares to see (for what did not occur)

A day becomes a moment where the column is one. Without `record_key` a record gets a key of its own; one that others name
(`relates_to`, `text_key`, `record_ref`) writes it itself.

`tests/rules/attacks/<chapter>.yaml` holds what a careless or clever municipality would hand in instead, written from the text of
the norm: the honest world of the norm, with `rows` added (lines as above) and changed by `sql` over the tables of evidence, of
which every statement names `$organisation`. `attack_words.sql` holds a few functions that such statements may use.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import yaml

from models.catalogue import Catalogue
from models.duration import Duration
from models.kind import kinds
from models.loading import load_catalogue
from models.sql_text import literal
from tests.oracle.records import Row, SourceRun, World
from tests.oracle.rows import identity, row
from tests.oracle.sql_engine import computed, put
from warehouse.storage.database import memory_warehouse

CHAPTERS = ("5a", "5b", "5c", "6", "7", "8a", "8b", "8c")
FRAMEWORK = "bio2-1.3"
AS_OF = date(2026, 11, 20)
KNOWN = datetime(2026, 11, 21, 3)
SOURCE = "bron"
_HERE = Path(__file__).parent
_ATTACKS = _HERE.parent / "rules" / "attacks"
_WEEK = Duration(days=7)
_OFFICE_OPENS = time(9)
_HOLDS = ("pass", "not_occurred")
_ROLES = ("ciso", "controller", "fg", "auditor")
Line = dict[str, Any]
Lines = Mapping[str, Sequence[Line]]


@dataclass(frozen=True)
class HonestWorld:
    """The smallest honest evidence with which a norm is met."""

    norm: str
    hours: float
    evidence: Lines
    covers: Mapping[str, Sequence[str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Attack:
    """What stands in the place of honest evidence, and plainly breaks the norm."""

    norm: str
    name: str
    rows: Lines = field(default_factory=dict)
    sql: Sequence[str] = ()


@dataclass(frozen=True)
class Organisation:
    """A municipality with the honest world of a norm, which is perhaps attacked."""

    name: str
    world: HonestWorld
    attack: Attack | None = None


@dataclass(frozen=True)
class Outcome:
    """What the norm of an organisation came to there, its tests that did not pass, and whether its attack changed anything."""

    status: str
    failing: tuple[str, ...]
    changed: bool


def chapter_of(norm: str) -> str:
    """The file in which a norm stands."""
    chapter, control = (int(part) for part in norm.split(".")[:2])
    if chapter not in _LAST_OF_FILE:
        return str(chapter)
    return next(name for name, last in _LAST_OF_FILE[chapter].items() if control <= last)


# The last control of each file of a chapter that has several.
_LAST_OF_FILE = {5: {"5a": 14, "5b": 23, "5c": 37}, 8: {"8a": 8, "8b": 19, "8c": 34}}


@cache
def worlds(chapter: str) -> tuple[HonestWorld, ...]:
    """The honest worlds of a chapter."""
    return tuple(HonestWorld(**item) for item in _items(_HERE / "worlds" / f"{chapter}.yaml"))


@cache
def attacks(chapter: str) -> tuple[Attack, ...]:
    """The attacks of a chapter."""
    return tuple(
        Attack(norm=item["norm"], **attack)
        for item in _items(_ATTACKS / f"{chapter}.yaml")
        for attack in item["attacks"]
    )


@cache
def without_world() -> dict[str, str]:
    """The norms for which no honest world stands here, with the reason."""
    return {item["norm"]: item["reason"] for item in _items(_HERE / "without_world.yaml")}


@cache
def active_measures() -> tuple[str, ...]:
    """The measures of the BIO2 that ask something."""
    return tuple(
        norm.id
        for norm in load_catalogue([FRAMEWORK]).norms
        if norm.framework_id == FRAMEWORK and norm.level == "measure" and norm.state == "active"
    )


def _items(path: Path) -> list[dict[str, Any]]:
    return yaml.safe_load(path.read_text("utf-8")) or []


def organisations(chapter: str) -> list[Organisation]:
    """Each honest world of a chapter by itself, and once more under every attack on it."""
    by_norm: dict[str, list[Attack]] = defaultdict(list)
    for attack in attacks(chapter):
        by_norm[attack.norm].append(attack)
    listed = []
    for world in worlds(chapter):
        listed.append(Organisation(world.norm, world))
        listed += [Organisation(attacked_name(attack), world, attack) for attack in by_norm[world.norm]]
    return listed


def attacked_name(attack: Attack) -> str:
    """The name of the organisation that is attacked so."""
    return f"{attack.norm} {attack.name}"


def assessed(listed: Sequence[Organisation], framework: str = FRAMEWORK) -> dict[str, Outcome]:
    """One assessment of all these organisations, side by side; for each what its norm, of a framework, came to."""
    content = World(
        _catalogue_of({each.world.norm for each in listed}, framework),
        [each.name for each in listed],
        evidence_of(listed),
        [run for each in listed for run in runs_of(each)],
    )
    connection = memory_warehouse()
    put(connection, content)
    connection.execute((_ATTACKS / "attack_words.sql").read_text("utf-8"))
    before = _fingerprints(connection)
    for each in listed:
        _change(connection, each)
    after = _fingerprints(connection)
    outcome = computed(connection, content, AS_OF, KNOWN)
    connection.close()
    norm_of = {each.name: each.world.norm for each in listed}
    # what goes beyond the norm is shown and does not count; of a group the best counts
    proofs = {test.id: test.proof for test in content.catalogue.tests if not test.beyond_norm}
    of_norm = [
        test
        for test in outcome.tests
        if test["framework_id"] == framework
        and test["norm_id"] == norm_of[test["organisation_id"]]
        and test["test_id"] in proofs
    ]
    proven = {(test["organisation_id"], proofs[test["test_id"]]) for test in of_norm if test["result"] in _HOLDS}
    failing: dict[str, list[str]] = defaultdict(list)
    for test in of_norm:
        name = test["organisation_id"]
        if (name, proofs[test["test_id"]]) not in proven:
            failing[name].append(f"{test['test_id']}: {test['result']} ({test['reason']})")
    added = {each.name for each in listed if each.attack and each.attack.rows}
    return {
        name: Outcome(measure["status"], tuple(failing[name]), name in added or before.get(name) != after.get(name))
        for measure in outcome.measures
        if measure["framework_id"] == framework and measure["norm_id"] == norm_of[name := measure["organisation_id"]]
    }


def _catalogue_of(norms: set[str], framework: str) -> Catalogue:
    """The catalogue with the tests of these norms only; for another framework than the BIO also the samples of the BIO, which serve
    them both."""
    whole = load_catalogue([FRAMEWORK] if framework == FRAMEWORK else [FRAMEWORK, framework])
    kept = (
        test
        for test in whole.tests
        if (test.norm_id in norms if test.framework_id == framework else test.measure.sample)
    )
    return whole.model_copy(update={"tests": tuple(kept)})


def evidence_of(listed: Iterable[Organisation]) -> dict[str, list[Row]]:
    """The records of all organisations by kind, each with a number of its own."""
    evidence: dict[str, list[Row]] = defaultdict(list)
    for each in listed:
        for kind, line in _lines_of(each):
            evidence[kind] += _records(each.name, kind, line)
    numbered = ((kind, record) for kind, records in evidence.items() for record in records)
    for number, (kind, record) in enumerate(numbered, start=1):
        record["evidence_id"] = identity(number)
        record["source_id"] = record["source_id"] or SOURCE
        record["record_key"] = record["record_key"] or f"{kind}-{number}"
    return evidence


def _lines_of(organisation: Organisation) -> Iterator[tuple[str, Line]]:
    more = organisation.attack.rows if organisation.attack else {}
    for lines_by_kind in (organisation.world.evidence, more):
        for kind, lines in lines_by_kind.items():
            for line in lines:
                yield kind, line
    for role in _roles_named(organisation.world.evidence, more):
        yield "register_entry", {"register": "role", "name": role, "owner": f"Wie {role} is"}


def _roles_named(*evidence: Lines) -> list[str]:
    """The roles that read or judge there, of those that the rules name. Every municipality keeps a register of them, at two hours
    a year; a role that a municipality made up for the occasion is not in it."""
    lines = [line for lines_by_kind in evidence for lines in lines_by_kind.values() for line in lines]
    named = {str(line.get("read_by") or line.get("judged_by")) for line in lines}
    return sorted(named & set(_ROLES))


def _records(organisation: str, kind: str, line: Line) -> Iterator[Row]:
    """The records of one line; days become moments where the column is one."""
    content = {name: value for name, value in line.items() if name != "many"}
    for number in range(1, line.get("many", 1) + 1):
        yield row(
            kind,
            organisation_id=organisation,
            **{name: _value(value, number, name in kinds()[kind].moments) for name, value in content.items()},
        )


def _value(value: Any, number: int, is_moment: bool) -> Any:
    if isinstance(value, str):
        return value.format(n=number)
    if isinstance(value, dict):
        return {name: _attribute(inner, number) for name, inner in value.items()}
    if is_moment and isinstance(value, date) and not isinstance(value, datetime):
        return datetime.combine(value, _OFFICE_OPENS)
    return value


def _attribute(value: Any, number: int) -> str | None:
    """The value of an attribute: a text in the tables, however YAML reads it."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return None if value is None else str(value).format(n=number)


def runs_of(organisation: Organisation) -> list[SourceRun]:
    """One whole and fresh delivery of every source that the lines name."""
    sources = {line.get("source_id", SOURCE) for _, line in _lines_of(organisation)} | {SOURCE}
    coverage = tuple((kind, tuple(words)) for kind, words in organisation.world.covers.items())
    collected_at = datetime.combine(AS_OF, time(3))
    return [
        SourceRun(organisation.name, source, AS_OF, collected_at, "ok", _WEEK, coverage if source == SOURCE else ())
        for source in sorted(sources)
    ]


def _change(connection: duckdb.DuckDBPyConnection, organisation: Organisation) -> None:
    if organisation.attack is None:
        return
    for statement in organisation.attack.sql:
        assert "$organisation" in statement, f"{organisation.name}: {statement} would change every organisation"
        connection.execute(statement.replace("$organisation", literal(organisation.name)))


def _fingerprints(connection: duckdb.DuckDBPyConnection) -> dict[str, frozenset[tuple[str, int, int]]]:
    """By organisation: of each kind of evidence how many rows there are, and a fingerprint of what they say."""
    prints: dict[str, set[tuple[str, int, int]]] = defaultdict(set)
    for kind in kinds():
        rows = connection.execute(
            f"SELECT organisation_id, count(*), sum(hash(r)) FROM evidence.{kind} AS r GROUP BY organisation_id"
        ).fetchall()
        for organisation, count, fingerprint in rows:
            prints[organisation].add((kind, count, fingerprint))
    return {organisation: frozenset(parts) for organisation, parts in prints.items()}


@cache
def assessed_chapter(chapter: str) -> dict[str, Outcome]:
    """What every organisation of a chapter came to."""
    return assessed(organisations(chapter))
