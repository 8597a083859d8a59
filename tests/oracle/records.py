"""What the oracle is given, and which of it counts: evidence rows as plain dicts, source runs, visibility as of a day
and a moment of knowing, the roles of each evidence kind and the coverage by sources. Written from the domain
description, without the SQL models; what a test makes of the rows is left to `verdicts`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from models.catalogue import Catalogue
from models.duration import Duration

Row = dict[str, Any]
# The Python twin of an SQL expression of the catalogue: the value for a row, on the as-of day. None is SQL's NULL.
Twin = Callable[[Row, date], Any]


@dataclass(frozen=True)
class SourceRun:
    """One collection of one source. `coverage` lists (kind, discriminator values); no values: the whole kind."""

    organisation_id: str
    source_id: str
    day: date
    known_at: datetime
    status: str
    expected_every: Duration
    coverage: tuple[tuple[str, tuple[str, ...]], ...] = ()
    complete: bool = True
    rejected: int = 0


@dataclass(frozen=True)
class Unread:
    """A row that was kept out of a run (its number in the world's runs). `row`: what was readable of it; `refused`: the columns
    with a value that could not be taken."""

    kind: str
    run: int
    key: str | None
    row: Row
    refused: tuple[str, ...] = ()


@dataclass
class World:
    """Everything an assessment looks at: the catalogue, all versions of all records by kind, and the source runs."""

    catalogue: Catalogue
    organisations: Sequence[str]
    evidence: dict[str, list[Row]] = field(default_factory=dict)
    runs: list[SourceRun] = field(default_factory=list)
    twins: Mapping[str, Twin] = field(default_factory=dict)
    unread: list[Unread] = field(default_factory=list)


AMSTERDAM = ZoneInfo("Europe/Amsterdam")


def as_day(value: date | datetime | None) -> date | None:
    """A day, or the day in Amsterdam of a moment. Moments are kept in UTC, without saying so."""
    return value.replace(tzinfo=UTC).astimezone(AMSTERDAM).date() if isinstance(value, datetime) else value


def day_after(start: date, span: Duration) -> date:
    """`start` plus a duration, as a day; the day of the month is clamped."""
    return span.after(start)


def _first(*values: date | datetime | None) -> date | None:
    return next((as_day(value) for value in values if value is not None), None)


def at_midnight(day: date) -> datetime:
    """The moment, in UTC, at which a day begins in Amsterdam."""
    return datetime(day.year, day.month, day.day, tzinfo=AMSTERDAM).astimezone(UTC).replace(tzinfo=None)


def _at_midnight(day: date | None) -> datetime | None:
    return None if day is None else at_midnight(day)


def _positive_count(value: int | None) -> bool:
    return value is not None and value > 0


def _opinion(row: Row) -> str | None:
    opinion = row["opinion"]
    if opinion in ("adverse", "disclaimer"):
        return "negative"
    if opinion == "qualified" or _positive_count(row["exceptions"]):
        return "exceptions"
    return "positive" if opinion == "unqualified" else None


def _answer(row: Row) -> str | None:
    return {"yes": "positive", "partly": "exceptions", "no": "negative"}.get(row["answer"])


HAPPENED_ON: dict[str, Callable[[Row], date | None]] = {
    "access_review": lambda row: row["performed_on"],
    "applicability": lambda row: _first(row["approved_on"], row["observed_at"]),
    "assurance": lambda row: _first(row["period_end"], row["issued_on"]),
    "attestation": lambda row: row["signed_on"],
    "decision": lambda row: row["decided_on"],
    "document": lambda row: row["adopted_on"],
    "exception": lambda row: _first(row["approved_on"], row["observed_at"]),
    "exercise": lambda row: row["performed_on"],
    "explanation": lambda row: row["given_on"],
    "finding": lambda row: as_day(row["first_seen"]),
    "improvement": lambda row: _first(row["planned_on"], row["observed_at"]),
    "measurement": lambda row: as_day(row["observed_at"]),
    "reading": lambda row: row["read_on"],
    "register_entry": lambda row: row["verified_on"],
    "risk": lambda row: _first(row["reviewed_on"], row["accepted_on"]),
    "sample_result": lambda row: row["drawn_on"],
    "scan": lambda row: as_day(row["scanned_at"]),
    "ticket": lambda row: as_day(row["opened_at"]),
    "training": lambda row: _first(row["completed_on"], row["employed_on"]),
}
IN_FORCE: dict[str, Callable[[Row], bool]] = {
    "assurance": lambda row: row["opinion"] is not None and row["opinion"] != "adverse",
    "decision": lambda row: True,
    "document": lambda row: row["state"] == "adopted",
    "register_entry": lambda row: True,
    "risk": lambda row: True,
}
# The day from which a record is in force, where its kind knows one; and how long it counts when no review is set.
ADOPTED_ON: dict[str, str] = {"document": "adopted_on", "decision": "decided_on"}
LIFE: dict[str, Duration] = {"document": Duration(months=36)}
# Kinds of which the records come up one by one: that there were none is only seen by who looks for their types.
CASES = ("finding", "measurement", "ticket")
REVIEW_DUE: dict[str, str] = {"document": "review_due", "risk": "review_due"}
STARTED_AT: dict[str, Callable[[Row], datetime | None]] = {
    "finding": lambda row: row["first_seen"],
    "improvement": lambda row: _at_midnight(row["planned_on"]),
    "sample_result": lambda row: _at_midnight(row["drawn_on"]),
    "ticket": lambda row: row["opened_at"],
    "training": lambda row: _at_midnight(row["employed_on"]),
}
DUE_AT: dict[str, Callable[[Row], datetime | None]] = {
    "finding": lambda row: row["due_at"],
    "improvement": lambda row: _at_midnight(row["due_on"]),
    "ticket": lambda row: row["due_at"],
    "training": lambda row: None,
}
# The column that tells when a record was settled, and is not yet known before that day.
SETTLES: dict[str, str] = {
    "finding": "resolved_at",
    "improvement": "done_on",
    "sample_result": "judged_on",
    "ticket": "resolved_at",
    "training": "completed_on",
}


def _restored_in_time(row: Row) -> bool:
    if row["achieved"] is None or row["objective"] is None:
        has_no_goal = row["achieved"] is None and row["objective"] is None
        return has_no_goal and row["exercise_type"] not in ("restore_test", "failover_test")
    return bool(row["achieved"] <= row["objective"])


# What a record is of, that counts once however often it is listed; of a person the best record counts, else the worst.
ONCE: dict[str, Callable[[Row], Any]] = {
    "register_entry": lambda row: _register_name(row),
    "training": lambda row: row["subject"],
}
BEST_COUNTS = ("training",)
BANDS = ("critical", "high", "medium", "low", "info")


def _register_name(row: Row) -> tuple[str, str] | None:
    name = row["name"] if row["name"] is not None else row["title"]
    return None if name is None or row["register"] is None else (row["register"], name.strip().lower())


def severity(row: Row) -> str | None:
    """The worse of the label of a finding and the band of its CVSS score."""
    score, label = row["score"], row["severity"]
    if row["finding_type"] not in ("vulnerability", "pentest") or score is None or not 0 < score <= 10:
        return label
    band = "critical" if score >= 9 else "high" if score >= 7 else "medium" if score >= 4 else "low"
    return band if label is None else min(label, band, key=BANDS.index)


def _accepted_by_another(row: Row) -> str | None:
    """Who accepted a risk, if that is surely another than whose risk it is."""
    by, owner = row["accepted_by"], row["owner"]
    if by is None or owner is None or by.strip().lower() == owner.strip().lower():
        return None
    return str(by)


# Whether a record came out well, for tests that ask for nothing else; other kinds have no outcome.
DONE_WELL: dict[str, Callable[[Row], bool]] = {
    "access_review": lambda row: _positive_count(row["accounts_reviewed"]),
    "assurance": lambda row: row["opinion"] in ("unqualified", "qualified"),
    "document": lambda row: row["state"] == "adopted" and row["adopted_on"] is not None,
    "exercise": lambda row: row["outcome"] == "success" and _restored_in_time(row),
    "training": lambda row: row["result"] == "passed" and row["completed_on"] is not None,
}
JUDGEMENT: dict[str, Callable[[Row], str | None]] = {"assurance": _opinion, "attestation": _answer}
DISCRIMINATOR: dict[str, str] = {
    "access_review": "scope",
    "applicability": "norm_id",
    "assurance": "statement_type",
    "attestation": "norm_id",
    "decision": "topic",
    "document": "topic",
    "exception": "norm_id",
    "exercise": "exercise_type",
    "finding": "finding_type",
    "improvement": "origin",
    "measurement": "metric",
    "reading": "element",
    "register_entry": "register",
    "sample_result": "sample",
    "ticket": "ticket_type",
    "training": "course",
}


# A list with more words of the sort that the discriminator holds.
ALSO_ABOUT: dict[str, str] = {"document": "topics"}


def settled_at(kind: str, row: Row) -> datetime | None:
    """When a (visible) record was settled; None is open."""
    value = row[SETTLES[kind]]
    return value if isinstance(value, datetime) or value is None else _at_midnight(value)


def visible(world: World, kind: str, organisation_id: str, day: date, known_at: datetime) -> list[Row]:
    """The records of a kind that were known at `known_at` and true on `day`; settled later than `day` is still open."""
    rows = []
    for row in world.evidence.get(kind, []):
        if row["organisation_id"] != organisation_id or row["recorded_at"] > known_at:
            continue
        if row["retired_at"] is not None and row["retired_at"] <= known_at:
            continue
        observed_on = as_day(row["observed_at"])
        if observed_on is None or observed_on > day:
            continue
        shown = dict(row)
        column = SETTLES.get(kind)
        if column and shown[column] is not None:
            settled = as_day(shown[column])
            if settled is not None and settled > day:
                shown[column] = None
        if kind == "finding":
            shown["severity"] = severity(row)
        if kind == "risk":
            shown["accepted_by"] = _accepted_by_another(row)
        if kind in _BY_ROLE:
            role, on = _BY_ROLE[kind]
            entries = visible(world, "register_entry", organisation_id, day, known_at)
            shown[role] = row[role] if _is_held(entries, row[role], row[on] or day) else None
        rows.append(shown)
    return rows


# The column with the role of who did it, and that with the day.
_BY_ROLE = {"reading": ("read_by", "read_on"), "sample_result": ("judged_by", "judged_on")}


def _is_held(entries: list[Row], role: str | None, day: date) -> bool:
    """Whether the register of roles names a holder of a role on a day, by its name or its type."""
    for entry in entries:
        if entry["register"] != "role" or not entry["owner"] or role is None:
            continue
        names = {_plain(entry[name]) for name in ("name", "title", "entry_type")}
        if _plain(role) in names and (entry["valid_until"] is None or entry["valid_until"] >= day):
            return True
    return False


def unread_rows(world: World, kind: str, organisation_id: str, day: date, known_at: datetime) -> list[Row]:
    """The rows that were kept out since their source was last read whole, without what was refused, and of which no version
    came in."""
    runs = [
        (number, run)
        for number, run in enumerate(world.runs)
        if run.organisation_id == organisation_id and run.status == "ok" and run.day <= day and run.known_at <= known_at
    ]
    rows: dict[Any, Row] = {}
    for unread in world.unread:
        run = dict(runs).get(unread.run)
        if unread.kind != kind or run is None:
            continue
        whole = [other.known_at for _, other in runs if other.complete and other.source_id == run.source_id]
        if whole and run.known_at < max(whole):
            continue
        present = [
            row
            for row in world.evidence.get(kind, [])
            if (row["organisation_id"], row["source_id"], row["record_key"])
            == (organisation_id, run.source_id, unread.key)
            and row["recorded_at"] <= known_at
            and (row["retired_at"] is None or row["retired_at"] > known_at)
        ]
        if unread.key is None or not present:
            shown = {name: None if name in unread.refused else value for name, value in unread.row.items()}
            settled = as_day(shown[SETTLES[kind]]) if kind in SETTLES else None
            if settled is not None and settled > day:
                shown[SETTLES[kind]] = None
            if kind == "finding":
                shown["severity"] = severity(shown)
            if kind == "risk":
                shown["accepted_by"] = _accepted_by_another(shown)
            rows[run.source_id, unread.key, unread.row["locator"]["row"]] = shown | {"is_unread": True}
    return list(rows.values())


def gone_rows(world: World, kind: str, organisation_id: str, day: date, known_at: datetime) -> list[Row]:
    """The last version of each named thing that left its list without having ended. What explains that is not looked at: these
    worlds have no explanations."""
    if kind != "register_entry":
        return []
    known = [
        row
        for row in world.evidence.get(kind, [])
        if row["organisation_id"] == organisation_id and row["recorded_at"] <= known_at
    ]
    present = [row for row in known if row["retired_at"] is None or row["retired_at"] > known_at]
    names = {_register_name(row) for row in present}
    last: dict[Any, Row] = {}
    for row in known:
        name, observed_on = _register_name(row), as_day(row["observed_at"])
        is_gone = row not in present and name is not None and name not in names
        if is_gone and observed_on is not None and observed_on <= day:
            order = (row["retired_at"], -row["evidence_id"])
            if name not in last or order > (last[name]["retired_at"], -last[name]["evidence_id"]):
                last[name] = row
    return [row for row in last.values() if row["valid_until"] is None or row["valid_until"] >= day]


_ANY = "*"  # the name of what is in use and does not say of what


def _named(name: str | None) -> str:
    return name or _ANY


# Where a listed thing shows that it is in use, by the name that the first function gives it: (kind, words of its
# discriminator, the name in that record).
_Use = tuple[str, tuple[str, ...], Callable[[Row], str | None]]
_IN_USE: dict[str, tuple[Callable[[Row], str | None], tuple[_Use, ...]]] = {
    "asset": (
        lambda row: _first(row["name"], row["title"]),
        (
            ("access_review", (), lambda row: row["system"]),
            ("exercise", ("restore_test",), lambda row: _named(row["system"])),
            ("register_entry", ("backup",), lambda row: _first(_attribute(row, "system"), row["name"], row["title"])),
        ),
    ),
    "supplier": (
        lambda row: _first(row["name"], row["title"]),
        (
            ("register_entry", ("contract",), lambda row: _named(_attribute(row, "supplier"))),
            (
                "register_entry",
                ("supplier_access",),
                lambda row: _named(_first(_attribute(row, "supplier"), row["name"])),
            ),
            ("register_entry", ("asset",), lambda row: _attribute(row, "supplier")),
            (
                "assurance",
                ("isae_3402", "isae_3000", "soc_2", "iso_27001", "nen_7510"),
                lambda row: row["supplier"],
            ),
        ),
    ),
    "contract": (
        lambda row: _attribute(row, "supplier"),
        (
            (
                "register_entry",
                ("supplier_access",),
                lambda row: _named(_first(_attribute(row, "supplier"), row["name"])),
            ),
            ("register_entry", ("asset",), lambda row: _attribute(row, "supplier")),
        ),
    ),
    "internet_facing": (
        lambda row: _first(row["name"], row["title"]),
        (
            ("measurement", ("internet_nl_web", "internet_nl_mail"), lambda row: row["object"]),
            ("exercise", ("penetration_test",), lambda row: row["system"]),
        ),
    ),
    "process": (lambda row: _first(row["name"], row["title"]), (("risk", (), lambda row: row["process"]),)),
    "backup": (
        lambda row: _first(_attribute(row, "system"), row["name"], row["title"]),
        (("exercise", ("restore_test",), lambda row: row["system"]),),
    ),
    "log_source": (
        lambda row: _first(row["name"], row["title"]),
        (
            (
                "measurement",
                ("log_source_active",),
                lambda row: row["object"] if row["numerator"] is None else None,
            ),
        ),
    ),
    "network_zone": (
        lambda row: _first(row["name"], row["title"]),
        (("register_entry", ("asset",), lambda row: _attribute(row, "zone")),),
    ),
}


def outlived_rows(
    visible_of: Callable[[str], list[Row]], unread_of: Callable[[str], list[Row]], day: date
) -> list[Row]:
    """The listed things that ended before the day and are seen in use after it, while no other of that name runs; without an
    end, for they have none that holds."""
    rows = []
    entries = visible_of("register_entry")
    for register, (name_of, uses) in _IN_USE.items():
        members = [row for row in entries if row["register"] == register]
        running = {_plain(name_of(row)) for row in members if not _has_ended(row, day)}
        for row in members:
            name = _plain(name_of(row))
            if not _has_ended(row, day) or (name is not None and name in running):
                continue
            seen = [
                seen_on
                for kind, words, named in uses
                for record in (*visible_of(kind), *unread_of(kind))
                if (not words or record[DISCRIMINATOR[kind]] in (*words, None))
                and _may_be(_plain(named(record)), name, running)
                if (seen_on := _in_use_on(kind, record, day)) is not None
            ]
            if any(row["valid_until"] < seen_on <= day for seen_on in seen):
                rows.append({**row, "valid_until": None, "is_outlived": True})
    return rows


def _may_be(seen: str | None, member: str | None, running: set[str | None]) -> bool:
    """Whether a name that was seen may be that of a member that ended; one without a name may be any that does not run."""
    if seen is None or seen in running:
        return False
    return seen in (_ANY, member) or member is None


def _has_ended(row: Row, day: date) -> bool:
    return row["valid_until"] is not None and row["valid_until"] < day


def _in_use_on(kind: str, row: Row, day: date) -> date | None:
    """The day on which a record shows that what it names is in use; of a row that was kept out and says no day, the day itself."""
    if kind == "register_entry":
        return None if _has_ended(row, day) else day
    return HAPPENED_ON[kind](row) or (day if row.get("is_unread") else None)


def _attribute(row: Row, name: str) -> str | None:
    return (row["attributes"] or {}).get(name)


def _plain(name: str | None) -> str | None:
    return (name or "").strip().lower() or None


def not_excluded(
    rows: Iterable[Row], kind: str, about: Sequence[str], where: str, twins: Mapping[str, Twin], day: date
) -> list[Row]:
    """The rows that a selector picks, or may pick."""
    rows = list(rows)
    return select(rows, kind, about, where, twins, day) + possible(rows, kind, about, where, twins, day)


def select(
    rows: Iterable[Row], kind: str, about: Sequence[str], where: str, twins: Mapping[str, Twin], day: date
) -> list[Row]:
    """The rows a selector picks: `about` over the kind's discriminator, and `where` true (NULL is not true)."""
    return [
        row
        for row in rows
        if (not about or _is_about(kind, row, about)) and (not where or twins[where](row, day) is True)
    ]


def possible(
    rows: Iterable[Row], kind: str, about: Sequence[str], where: str, twins: Mapping[str, Twin], day: date
) -> list[Row]:
    """The rows of which it is unknown whether a selector picks them: nothing rules them out, and something is not known."""
    unsure = []
    for row in rows:
        subject = row[DISCRIMINATOR[kind]] if about else None
        answers = [subject in about if subject is not None else None] if about else []
        answers += [twins[where](row, day)] if where else []
        if None in answers and False not in answers:
            unsure.append(row)
    return unsure


def _is_about(kind: str, row: Row, about: Sequence[str]) -> bool:
    more = row[ALSO_ABOUT[kind]] if kind in ALSO_ABOUT else None
    return row[DISCRIMINATOR[kind]] in about or any(word in about for word in more or [])


def covered(
    runs: Iterable[SourceRun], organisation_id: str, kind: str, about: Sequence[str], day: date, known_at: datetime,
    rows: Sequence[Row],
) -> bool:  # fmt: skip
    """Whether sources that were read whole, recently and without a rejected row see everything the selector asks about.
    `rows`: the records of the kind that are visible; of a kind that is no case one of them is enough to see that there are
    no others."""
    known = [
        run
        for run in runs
        if run.organisation_id == organisation_id and run.status == "ok" and run.day <= day and run.known_at <= known_at
    ]
    newest: dict[str, SourceRun] = {}
    for run in known:
        best = newest.get(run.source_id)
        if best is None or (run.day, run.known_at) > (best.day, best.known_at):
            newest[run.source_id] = run
    seen: set[str] = set()
    for run in newest.values():
        if day_after(run.day, run.expected_every) < day or not _was_read_whole(run, known):
            continue
        if kind not in CASES and any(row["source_id"] == run.source_id for row in rows):
            return True
        for covered_kind, values in run.coverage:
            if covered_kind != kind:
                continue
            if not values:
                if kind not in CASES:
                    return True
                continue
            seen.update(values)
    return bool(about) and set(about) <= seen


def _was_read_whole(run: SourceRun, known: Sequence[SourceRun]) -> bool:
    """Whether a source was ever read whole, and no row of it was rejected from then on."""
    own = [other for other in known if other.source_id == run.source_id]
    whole = [other.known_at for other in own if other.complete]
    return bool(whole) and not any(other.rejected for other in own if other.known_at >= max(whole))
