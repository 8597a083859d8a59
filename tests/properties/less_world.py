"""Organisations for the laws of less and more: records of every kind, good and bad, and what can be taken from them.

A record is made good first, with a value for each column with which every test of `less_catalogue` is content, and then, most
of the time, spoilt in a few columns. So it is known of each record whether it passes, without asking the engine.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from random import Random
from typing import Any

from models.duration import Duration
from models.kind import kinds
from tests.oracle.pools import DAYS, MOMENTS
from tests.oracle.records import Row, SourceRun, at_midnight
from tests.oracle.rows import FRAMEWORK, row

AS_OF = date(2026, 5, 15)
KNOWN_AT = datetime(2026, 5, 16, 12)
SOURCES = ("bron-1", "bron-2")
NAMES = ("alfa", "beta", "gamma")
# How long ago a good record may have happened beside lately, in days, where older ones count for their own period.
EARLIER = {"access_review": (70, 160, 230, 320), "exercise": (70, 160, 230, 320), "decision": (70, 160, 250, 340)}

# What each kind is about, most often what a test asks for.
ABOUT: dict[str, tuple[str, ...]] = {
    "access_review": ("privileged", "regular"),
    "assurance": ("soc_2", "isae_3402"),
    "attestation": ("6.1.1", "5.1.1"),
    "decision": ("policy", "budget"),
    "document": ("backup_policy", "plan"),
    "exception": ("5.1.1",),
    "exercise": ("restore_test", "penetration_test"),
    "finding": ("vulnerability", "audit"),
    "improvement": ("audit", "incident"),
    "measurement": ("mfa", "internet_nl_web", "employees", "population_count"),
    "reading": ("a", "b"),
    "register_entry": ("asset", "asset", "internet_facing", "role"),
    "sample_result": ("proef",),
    "ticket": ("incident", "change", "breach", "notification", "problem"),
    "training": ("awareness",),
}
# The values with which every test is content.
GOOD: dict[str, dict[str, Any]] = {
    "access_review": {"accounts_reviewed": 10, "accounts_revoked": 1},
    "assurance": {"supplier": "alfa", "opinion": "unqualified", "exceptions": 0, "scope": "all"},
    "attestation": {"framework_id": FRAMEWORK, "aspect": "operation", "answer": "yes", "signed_by": "ciso"},
    "decision": {"body": "board", "has_risk_paragraph": True, "reference": "b-1"},
    "document": {"state": "adopted", "adopted_by": "board", "text_hash": "tekst", "owner": "ciso", "content_hash": "regel"},
    "exception": {"framework_id": FRAMEWORK, "reason": "bevinding", "approved_by": "board"},
    "exercise": {"outcome": "success", "objective": 8.0, "achieved": 4.0},
    "finding": {"severity": "low", "score": 2.0, "state": "resolved"},
    "improvement": {"action": "doen", "budget": 100.0, "state": "done"},
    "measurement": {"value": 95.0, "numerator": 95.0, "denominator": 100.0},
    "reading": {"text_kind": "document", "text_hash": "tekst", "found": "yes", "read_by": "controller", "reader": "p-1"},
    "register_entry": {"critical": True, "attributes": {"backup": "yes"}},
    "risk": {"residual": 2.0, "appetite": 4.0, "accepted_by": "board", "treatment": "accept", "owner": "team"},
    "sample_result": {"record_kind": "register_entry", "record_source": "bron-1", "outcome": "good", "judged_by": "controller",
                      "owner": "ciso"},
    "ticket": {"priority": "low", "labels": ["approved"], "root_cause": "menselijk"},
    "training": {"audience": "employee", "result": "passed"},
}  # fmt: skip
# The values that spoil a record, or are no better.
BAD: dict[str, tuple[Any, ...]] = {
    "accounts_reviewed": (0, None), "accounts_revoked": (0, None), "opinion": ("qualified", "adverse", "disclaimer"),
    "exceptions": (2, 1), "scope": ("part", None), "answer": ("partly", "no"), "has_risk_paragraph": (False, None),
    "state": ("draft", "open", "accepted"), "adopted_by": ("management", None), "text_hash": ("ander", None),
    "outcome": ("failure", "not_good", None), "objective": (2.0, None), "achieved": (9.0, None), "severity": ("critical", "high", None),
    "score": (9.5, 7.0, None), "value": (60.0, 10.0), "found": ("no", "partly", None), "read_by": ("fg", "ciso", None),
    "reader": ("p-2", None), "critical": (None, False), "attributes": ({"backup": "no"}, {}, None), "residual": (9.0, None),
    "appetite": (1.0, None), "accepted_by": ("ciso", None), "judged_by": ("ciso", None), "owner": ("controller", None),
    "priority": ("high", "critical", None), "labels": ([], None), "audience": ("board", "management"), "result": ("failed", None),
    "name": ("alfa", None), "system": ("alfa", None), "object": ("delta", None), "topic": (None, "budget"), "origin": (None, "incident"),
    "norm_ref": ("5.1.1", "6.1", None), "due_at": (None,), "due_on": (None,), "resolved_at": (None,), "completed_on": (None,),
    "done_on": (None,), "judged_on": (None,), "review_due": (None,), "verified_on": (None,), "aware_at": (None,),
    "relates_to": (None,), "adopted_on": (None,), "employed_on": (None,), "read_on": (None,), "planned_on": (None,), "process": (None,),
    "drawn_on": (None,),
}  # fmt: skip


@dataclass(frozen=True)
class Known:
    """A record, and whether it passes every test that reads it."""

    kind: str
    row: Row
    is_good: bool


@dataclass(frozen=True)
class Organisation:
    """The records and source runs of one organisation."""

    records: tuple[Known, ...]
    runs: tuple[SourceRun, ...]
    by_hand: frozenset[str] = frozenset()

    def without(self, number: int) -> Organisation:
        """The organisation without one of its records."""
        return replace(self, records=self.records[:number] + self.records[number + 1 :])

    def with_values(self, number: int, **values: Any) -> Organisation:
        """The organisation with other values in one of its records."""
        changed = replace(self.records[number], row={**self.records[number].row, **values})
        return replace(self, records=(*self.records[:number], changed, *self.records[number + 1 :]))

    def with_run(self, number: int, run: SourceRun) -> Organisation:
        """The organisation with another run in place of one."""
        return replace(self, runs=(*self.runs[:number], run, *self.runs[number + 1 :]))


@dataclass(frozen=True)
class Variant:
    """An organisation with one thing done to it: the law it tries, and what was done in words."""

    law: str
    words: str
    organisation: Organisation = field(repr=False)


# --- records ---------------------------------------------------------------------------------------------------------


def good_record(random: Random, kind: str, number: int, about: str | None = None, name: str | None = None) -> Row:
    """A record that is good in every test that reads it."""
    names = {column.name for column in kinds()[kind].columns}
    about = about or (random.choice(ABOUT[kind]) if kind in ABOUT else None)
    name = name or random.choice(NAMES)
    happened = AS_OF - timedelta(days=random.choice((1, 5, 20, *EARLIER.get(kind, ()))))
    content = {column: happened for column in DAYS if column in names}
    content |= {column: datetime.combine(happened, time(9)) for column in (*MOMENTS, "aware_at") if column in names}
    content |= dict(GOOD[kind])
    if kinds()[kind].discriminator is not None:
        content[str(kinds()[kind].discriminator)] = about
    content |= {column: name for column in ("system", "name", "asset", "process") if column in names}
    content |= _ends(names, happened)
    content |= _own(random, kind, about, number, name, happened)
    observed = content.get("observed_at", datetime.combine(happened, time(9)))
    if kind in ("document", "decision"):
        observed = at_midnight(happened)
    return row(kind, **content | {"observed_at": observed, "recorded_at": observed + timedelta(hours=6)})


def _ends(names: set[str], happened: date) -> dict[str, Any]:
    later = {"due_on": happened + timedelta(days=9), "review_due": AS_OF + timedelta(days=200)}
    moments = {"due_at": happened + timedelta(days=9), "resolved_at": happened}
    return {name: day for name, day in later.items() if name in names} | {
        name: datetime.combine(day, time(12)) for name, day in moments.items() if name in names
    }


def _own(random: Random, kind: str, about: str | None, number: int, name: str, happened: date) -> dict[str, Any]:
    """What records of a kind have beside what their columns say."""
    if kind == "measurement":
        value = {"employees": 3.0, "population_count": 3.0}.get(str(about), 95.0)
        named = "systemen" if about == "population_count" else name
        return {"object": named, "value": value, "observed_at": datetime.combine(happened, time(9))}
    if kind == "ticket" and about == "notification":
        return {"relates_to": f"ticket-{random.randrange(4)}"}
    if kind == "register_entry" and about == "role":
        return {"name": random.choice(("controller", "fg")), "owner": "Concernstaf"}
    if kind == "reading":
        return {"text_key": f"document-{random.randrange(3)}"}
    if kind == "sample_result":
        return {"sample": "proef", "record_ref": str(number), "drawn_on": happened, "judged_on": happened}
    if kind == "exception":
        return {"valid_until": AS_OF + timedelta(days=60), "reason": f"finding-{random.randrange(3)}"}
    if kind == "training":
        return {"subject": f"s-{random.randrange(4)}", "employed_on": happened - timedelta(days=10)}
    return {}


def spoilt(random: Random, found: Row) -> Row:
    """The record with a few values that are worse, or its days moved."""
    possible = sorted(name for name in BAD if name in found)
    chosen = random.sample(possible, min(len(possible), random.choice((0, 1, 1, 2))))
    changed = found | {
        name: random.choice(BAD[name]) for name in chosen if found[name] is not None or random.random() < 0.5
    }
    if random.random() < 0.5:
        days = random.choice((30, 80, 130, 200, 300, 390, -3, -30))
        dated = [name for name in (*DAYS, *MOMENTS, "aware_at", "observed_at") if changed.get(name) is not None]
        moved = dated if random.random() < 0.7 else random.sample(dated, min(1, len(dated)))
        changed |= {name: changed[name] - timedelta(days=days) for name in moved}
    if random.random() < 0.15:
        changed["valid_until"] = AS_OF + timedelta(days=random.choice((-1, 0, 30)))
    return changed


def made_organisation(random: Random) -> Organisation:
    """An organisation with a few records of most kinds, and runs of its sources."""
    records = []
    is_sound = random.random() < 0.4  # nearly everything good: so that something can get worse
    for kind in GOOD:
        for number in range(random.choice((0, 1, 2, 3, 4))):
            found = good_record(random, kind, number)
            is_good = random.random() < (0.85 if is_sound else 0.5)
            found = found if is_good else spoilt(random, found)
            source = random.choice(("bron-1", "bron-1", "bron-1", "bron-2"))
            found |= {"source_id": source, "record_key": f"{kind}-{number}"}
            records.append(Known(kind, found, is_good))
    by_hand = frozenset({"bron-2"}) if random.random() < 0.3 else frozenset()
    return Organisation(tuple(records), _runs(random), by_hand)


def _runs(random: Random) -> tuple[SourceRun, ...]:
    coverage = [(kind, tuple(sorted(set(words)))) for kind, words in ABOUT.items()]
    found = []
    for source in SOURCES:
        covered = coverage if source == "bron-1" else random.sample(coverage, 3)
        for days in random.choice(((), (0,), (0,), (3, 0), (9,))):
            day = AS_OF - timedelta(days=days)
            complete, rejected = random.random() < 0.9, int(random.random() < 0.1)
            found.append(SourceRun("", source, day, datetime.combine(day, time(12)), "ok", Duration(days=7), tuple(covered),
                                   complete=complete, rejected=rejected))  # fmt: skip
    return tuple(found)


# --- less, and more --------------------------------------------------------------------------------------------------

# An unreadable norm number caps no norm; it is listed (domain.md section 0, the one exception).
# Not tried: an entry that stands in a list twice counts as two when one of them loses its name; a source that leaves the name
# out has its row kept out. And an exercise other than of restoring or switching over has no goal to reach unless it says so, so
# that to lose the last of goal and result improves it.
NOT_BLANKED = {("finding", "norm_ref"), ("register_entry", "name")}
WITHIN_A_TIME = ("restore_test", "failover_test")
# The day on which something happened, of the kinds whose records tell of something that happened.
HAPPENED: dict[str, tuple[str, ...]] = {
    "access_review": ("performed_on",),
    "assurance": ("issued_on", "period_end"),
    "attestation": ("signed_on",),
    "decision": ("decided_on",),
    "document": ("adopted_on",),
    "exercise": ("performed_on",),
    "measurement": ("observed_at",),
    "reading": ("read_on",),
    "register_entry": ("verified_on",),
    "sample_result": ("judged_on",),
    "training": ("completed_on",),
}

COUNTS = ("employees", "population_count")
# A system that is seen and not listed counts against the list.
LISTED = (("register_entry", "asset", "name"),)
# What tests want to see beside a record before they are content: kind, what it is about, and the column that names the record.
BESIDE: dict[tuple[str, str], tuple[tuple[str, str, str], ...]] = {
    ("register_entry", "asset"): (("exercise", "restore_test", "system"), ("access_review", "", "system")),
    ("register_entry", "internet_facing"): (("measurement", "internet_nl_web", "object"),),
    ("ticket", "breach"): (("ticket", "notification", "relates_to"),),
    ("exercise", "restore_test"): LISTED,
    ("exercise", "penetration_test"): LISTED,
    ("access_review", "privileged"): LISTED,
    ("access_review", "regular"): LISTED,
    ("measurement", "internet_nl_web"): (("register_entry", "internet_facing", "name"),),
    # a count may tell that something is missing
    **{("measurement", metric): (("measurement", "none", "object"),) for metric in COUNTS},
    # that there was a problem counts against, however well it went
    ("ticket", "problem"): (("ticket", "none", "record_key"),),
}
NAMED_BY = {"exercise": "system", "access_review": "system", "measurement": "object"}


def passes(organisation: Organisation, known: Known) -> bool:
    """Whether a record passes every test that reads it: it is good, and so is what a test wants to see beside it."""
    beside = BESIDE.get((known.kind, known.row[str(kinds()[known.kind].discriminator)])) if known.kind in ABOUT else ()
    name = known.row["record_key"] if known.kind == "ticket" else known.row.get(NAMED_BY.get(known.kind, "name"))
    return known.is_good and all(
        any(
            other.is_good
            and other.kind == kind
            and other.row[column] == name
            and (not about or about in other.row.values())
            for other in organisation.records
        )
        for kind, about, column in beside or ()
    )


def blanked(random: Random, organisation: Organisation) -> Iterator[Variant]:
    """A value that may be unknown, unknown: what was blank, a placeholder, or a word that no vocabulary knows."""
    for number, known in enumerate(organisation.records):
        kind = kinds()[known.kind]
        for name, value in known.row.items():
            own = {column.name for column in kind.columns} | {"title", "url", "owner"}
            if value is None or name not in own or not kind.may_be_unknown(name) or _may_improve(known, name):
                continue
            yield Variant(
                "blanked", f"{known.row['record_key']}.{name} blank", organisation.with_values(number, **{name: None})
            )


def _may_improve(known: Known, name: str) -> bool:
    """Whether to blank a value is no law yet."""
    is_goal = known.kind == "exercise" and name in ("objective", "achieved")
    return (known.kind, name) in NOT_BLANKED or (is_goal and known.row["exercise_type"] not in WITHIN_A_TIME)


def unreadable(random: Random, organisation: Organisation) -> Iterator[Variant]:
    """A row that could not be read at all: it is not there, and its source rejected one more."""
    for number, known in enumerate(organisation.records):
        if not passes(organisation, known):
            continue
        poorer = organisation.without(number)
        own = [place for place, run in enumerate(poorer.runs) if run.source_id == known.row["source_id"]]
        if own:
            newest = max(own, key=lambda place: poorer.runs[place].day)
            run = poorer.runs[newest]
            poorer = poorer.with_run(newest, replace(run, rejected=run.rejected + 1))
        yield Variant("unreadable", f"{known.row['record_key']} could not be read", poorer)


def redated(random: Random, organisation: Organisation) -> Iterator[Variant]:
    """What happened, longer ago on a good record, or after the day that is assessed. Not into another period of a test that asks
    for one in each: there it is as good as it was."""
    for number, known in enumerate(organisation.records):
        if not passes(organisation, known):
            continue
        for name in HAPPENED.get(known.kind, ()):
            if (value := known.row[name]) is None:
                continue
            for days in (500, -400) if known.kind in EARLIER else (40, 120, 250, 500, -400):
                moved = {name: value - timedelta(days=days)}
                if name in kinds()[known.kind].observed_from and kinds()[known.kind].observed_from[0] == name:
                    moved["observed_at"] = (
                        value - timedelta(days=days) if name == "observed_at" else at_midnight(moved[name])
                    )
                label = f"{known.row['record_key']}.{name} {days} days earlier"
                yield Variant("redated", label, organisation.with_values(number, **moved))


def stale(random: Random, organisation: Organisation) -> Iterator[Variant]:
    """A delivery that is no longer fresh, was not whole, or covers nothing; or one without a rejected row that failed."""
    for number, run in enumerate(organisation.runs):
        changes = {"stale": replace(run, expected_every=Duration(days=-30)), "not whole": replace(run, complete=False),
                   "covers nothing": replace(run, coverage=())}  # fmt: skip
        if not run.rejected:
            changes["failed"] = replace(run, status="failed")
        for words, changed in changes.items():
            yield Variant("stale", f"run {number} of {run.source_id} {words}", organisation.with_run(number, changed))


def uncounted(random: Random, organisation: Organisation) -> Iterator[Variant]:
    """How many there should be, told once and then taken away."""
    for metric in COUNTS:
        records = tuple(
            _taken_away(known) if known.row.get("metric") == metric else known for known in organisation.records
        )
        if records != organisation.records:
            yield Variant("uncounted", f"no {metric}", replace(organisation, records=records))


def _taken_away(known: Known) -> Known:
    return replace(known, row={**known.row, "retired_at": known.row["recorded_at"] + timedelta(minutes=1)})


def removed(random: Random, organisation: Organisation) -> Iterator[Variant]:
    """A passing record, taken away."""
    for number, known in enumerate(organisation.records):
        if passes(organisation, known):
            yield Variant("removed", f"{known.row['record_key']} gone", organisation.without(number))


def added(random: Random, organisation: Organisation) -> Iterator[Variant]:
    """One more record that passes every test that reads it."""
    listed = sorted(
        {
            known.row["name"]
            for known in organisation.records
            if known.row.get("register") == "asset" and known.row["name"]
        }
    )
    for kind in GOOD:
        for about in ABOUT.get(kind, (None,)):
            name = listed[0] if kind in ("exercise", "access_review") and listed else None
            found = good_record(random, kind, 99, about, name) | {"source_id": "bron-1", "record_key": f"{kind}-99"}
            richer = replace(organisation, records=(*organisation.records, Known(kind, found, True)))
            if passes(richer, richer.records[-1]) and (kind, about) not in NOT_ADDED:
                yield Variant("added", f"one more {kind} about {about}", richer)


# One more reading of a text has to be of the text in force; a drawn record opens the sample of its year.
NOT_ADDED = {("reading", "a"), ("reading", "b")}
LESS = {
    "blanked": blanked,
    "unreadable": unreadable,
    "redated": redated,
    "stale": stale,
    "uncounted": uncounted,
    "removed": removed,
}
