"""The cheapest next steps: for each list that an organisation could still hand in, and for what its lists lack, which norms
and principles would move and how far at most. A step is worked out by the roll-up itself (`models/sql/`), with the tests that
it could satisfy as passed: what it promises is an upper bound of what `ensia assess --what-if` shows once it is done.

Reads a scratch connection that was just assessed; how a step is said in words is left to `cli/next_steps.py`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import resources

import duckdb

from models.catalogue import Catalogue, Measure
from models.effort import StepSort, hours_of
from models.headings import REGISTER
from models.kind import kinds
from models.population import populations
from models.selection import Moment
from models.word_tables import parts_of
from warehouse.engine.assessment import roll_up_statements
from warehouse.engine.scratch import Basis

_GOODNESS = {"voldoet": 1.0, "voldoet_deels": 0.5, "groen": 1.0, "oranje": 0.5}
_NOT_NEEDED = ("sql/37", "sql/42")  # the guard of results, and the answers
_READ_BY_ROLL_UP = ("applicability", "attestation", "decision", "document", "exception", "finding", "risk")
_LIST_REASONS = frozenset({"not_compared", "unlisted_members"})
Unit = tuple[str, str]  # what may be absent: a kind, and of it a word of its discriminator (empty: all of it)


@dataclass(frozen=True, slots=True)
class OpenTest:
    """A test or indicator that is no pass, and what keeps it: `missing` are the lists or words of which nothing is held.
    `best`: the best result that the step can give it, partial where an owner's word is too weak."""

    framework_id: str
    test_id: str
    purpose: str
    norm_id: str
    result: str
    reason: str
    short: int
    sort: StepSort
    subject: Unit
    missing: frozenset[Unit]
    best: str = "pass"


@dataclass(frozen=True, slots=True)
class Move:
    """What a step would do to one norm, control, indicator or principle, at most."""

    sort: str  # norm, control, principle
    number: str
    before: str
    after: str

    @property
    def gain(self) -> float:
        """How much better it becomes: 1 from nothing to all."""
        return _GOODNESS.get(self.after, 0) - _GOODNESS.get(self.before, 0)


@dataclass(frozen=True, slots=True)
class Step:
    """Something that the organisation could do. `tests`: how many it may satisfy; `also`: tests that need it and another list
    too. `may_show_unlisted`: doing it may show members that no list has, and so make a share of that list worse."""

    sort: StepSort
    subject: Unit
    hours: float
    strength: str
    moves: tuple[Move, ...]
    tests: int
    also: int
    may_show_unlisted: tuple[str, ...] = ()

    @property
    def gain(self) -> float:
        """All that it may better, in norms from nothing to all."""
        return sum(move.gain for move in self.moves)

    @property
    def worth(self) -> tuple[float, int, float]:
        """By what steps are ranked: gain for an hour, then tests, then the fewest hours."""
        return self.gain / self.hours, self.tests, -self.hours


@dataclass(slots=True)
class NextSteps:
    """The steps of one organisation, worked out in a scratch connection that was just assessed about `moment`."""

    connection: duckdb.DuckDBPyConnection
    basis: Basis
    moment: Moment
    organisation: str
    effort: Mapping[str, float] = field(default_factory=dict)
    _tests: list[OpenTest] = field(default_factory=list)
    _statements: list[str] = field(default_factory=list)
    _before: dict[tuple[str, str], str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._before = self._statuses()
        self._tests = list(self._open_tests())
        statements = roll_up_statements(self.connection, self.basis.catalogue, self.moment)
        self._statements = [sql for name, sql in statements if not name.startswith(_NOT_NEEDED)]
        self._keep_what_is_read()
        self.connection.execute(
            "CREATE OR REPLACE TEMP TABLE result_before AS SELECT r.* FROM new_test_result AS r "
            "JOIN catalogue.test AS t USING (framework_id, test_id, purpose) JOIN catalogue.test_type AS y USING (test_type) "
            "WHERE y.looks_at <> 'statuses'"
        )

    def _keep_what_is_read(self) -> None:
        """The records that the roll-up reads, as tables: they are the same for every step."""
        for kind in _READ_BY_ROLL_UP:
            self.connection.execute(f"CREATE OR REPLACE TEMP TABLE read_{kind} AS FROM visible_{kind}")
            self.connection.execute(f"CREATE OR REPLACE TEMP VIEW visible_{kind} AS FROM read_{kind}")

    def ranked(self) -> list[Step]:
        """Every step, the one that gains most for an hour first."""
        groups: dict[tuple[StepSort, Unit], list[OpenTest]] = defaultdict(list)
        for test in self._tests:
            for step in _steps_towards(test):
                groups[step].append(test)
        steps = [self._step(sort, subject, tests) for (sort, subject), tests in groups.items()]
        return sorted(steps, key=lambda step: (step.worth, step.sort, step.subject), reverse=True)

    def together(self, steps: Sequence[Step]) -> list[tuple[Move, ...]]:
        """What each step moves when those before it are done, in order."""
        moves: list[tuple[Move, ...]] = []
        statuses = self._before
        for number in range(1, len(steps) + 1):
            after = self._statuses_with(self._satisfied(steps[:number]))
            moves.append(_moves(statuses, after))
            statuses = after
        return moves

    def _step(self, sort: StepSort, subject: Unit, tests: list[OpenTest]) -> Step:
        alone = [test for test in tests if test.missing <= {subject}]
        moves = _moves(self._before, self._statuses_with(alone)) if alone else ()
        units = max((test.short for test in alone), default=1) if sort == "mend" else 1
        kind, word = subject
        hours = hours_of(sort, word if kind == REGISTER else kind, units, self.effort)
        unlisted = tuple(_populations_shown(subject)) if sort in ("hand_in", "add") else ()
        return Step(sort, subject, hours, _strength(sort, kind), moves, len(alone), len(tests) - len(alone), unlisted)

    def _satisfied(self, steps: Sequence[Step]) -> list[OpenTest]:
        """The tests that may pass once all these steps are done."""
        done = {(step.sort, step.subject) for step in steps}
        subjects = {step.subject for step in steps}
        return [
            test
            for test in self._tests
            if any(step in done for step in _steps_towards(test)) and test.missing <= subjects
        ]

    def _statuses_with(self, tests: Iterable[OpenTest]) -> dict[tuple[str, str], str]:
        """Every status, rolled up anew with these tests as passed."""
        keys = [(test.framework_id, test.test_id, test.purpose, test.best) for test in tests]
        self.connection.execute(
            "CREATE OR REPLACE TEMP TABLE satisfied (framework_id VARCHAR, test_id VARCHAR, purpose VARCHAR, best VARCHAR)"
        )
        if keys:
            marks = ", ".join(["(?, ?, ?, ?)"] * len(keys))
            self.connection.execute(f"INSERT INTO satisfied VALUES {marks}", [part for key in keys for part in key])
        self.connection.execute(
            "CREATE OR REPLACE TEMP TABLE new_test_result AS SELECT r.* REPLACE ("
            "CASE WHEN s.test_id IS NULL THEN r.result ELSE s.best END AS result, "
            "CASE WHEN s.test_id IS NULL THEN r.expires_on END AS expires_on) FROM result_before AS r "
            "LEFT JOIN satisfied AS s USING (framework_id, test_id, purpose)"
        )
        self.connection.execute("TRUNCATE work_result")
        for sql in self._statements:
            self.connection.execute(sql)
            if "TABLE new_indicator_value" in sql:
                self.connection.execute(
                    "UPDATE new_indicator_value SET colour = 'groen' WHERE (framework_id, indicator_id) IN "
                    "(SELECT (framework_id, test_id) FROM satisfied WHERE purpose = 'indicator')"
                )
        return self._statuses()

    def _statuses(self) -> dict[tuple[str, str], str]:
        rows = self.connection.execute(
            "SELECT 'norm', norm_id, status FROM new_measure_status WHERE organisation_id = $organisation UNION ALL "
            "SELECT 'control', norm_id, status FROM new_control_status WHERE organisation_id = $organisation "
            "AND norm_id NOT IN (SELECT norm_id FROM new_measure_status WHERE organisation_id = $organisation) UNION ALL "
            "SELECT 'principle', principle_id, status FROM new_principle_status WHERE organisation_id = $organisation",
            {"organisation": self.organisation},
        ).fetchall()
        return {(sort, number): status for sort, number, status in rows}

    def _open_tests(self) -> Iterator[OpenTest]:
        """The tests that are no pass, each with what would help."""
        sql = resources.files("warehouse.engine").joinpath("next_steps.sql").read_text("utf-8")
        rows = self.connection.execute(sql, {"organisation": self.organisation}).fetchall()
        measures = _measures(self.basis.catalogue)
        held = self._held()
        for framework_id, test_id, purpose, norm_id, result, reason, implicit, min_basis, short in rows:
            measure = measures[framework_id, test_id, purpose]
            missing = frozenset(_missing_units(measure, held))
            sort, subject = _help_with(measure, reason, implicit, missing)
            if sort == "mend" and measure.test_type.only_time_mends:
                continue
            best = "partial" if sort == "attest" and min_basis != "attested" else "pass"
            if best != result:
                yield OpenTest(
                    framework_id, test_id, purpose, norm_id, result, reason, short, sort, subject, missing, best
                )

    def _held(self) -> dict[str, set[str]]:
        """The words that the organisation holds records of, by kind."""
        held: dict[str, set[str]] = {}
        for kind in kinds().values():
            words = "''"
            if kind.discriminator:
                words = f"coalesce(CAST({kind.discriminator} AS VARCHAR), '')"
            also = ""
            if kind.also_about:
                also = f" UNION SELECT unnest({kind.also_about}) FROM visible_{kind.kind} WHERE organisation_id = $organisation"
            rows = self.connection.execute(
                f"SELECT DISTINCT {words} FROM visible_{kind.kind} WHERE organisation_id = $organisation{also}",
                {"organisation": self.organisation},
            ).fetchall()
            held[kind.kind] = {str(word) for (word,) in rows}
        return held


def _measures(catalogue: Catalogue) -> dict[tuple[str, str, str], Measure]:
    of_norms = {(test.framework_id, test.id, "norm"): test.measure for test in catalogue.tests}
    of_indicators = {(one.framework_id, one.id, "indicator"): one.measure for one in catalogue.indicators}
    return {**of_norms, **of_indicators}


def _missing_units(measure: Measure, held: Mapping[str, set[str]]) -> Iterator[Unit]:
    """The lists, and words in lists, of which a test looks at something and nothing is held."""
    for part in parts_of(measure):
        kind = part.kind.kind
        if kind in ("sample_result", "attestation"):
            continue
        words = held[kind]
        is_held = bool(words & set(part.about)) if part.about else bool(words)
        if is_held:
            continue
        is_list_there = kind == REGISTER or bool(words)
        word = part.about[0] if part.about and is_list_there else ""
        yield kind, word


def _help_with(measure: Measure, reason: str, implicit: bool, missing: frozenset[Unit]) -> tuple[StepSort, Unit]:
    """What would help a test of which all lists are there: the sort of step, and what it is about."""
    subject = (measure.kind, measure.about[0] if measure.about else "")
    if implicit or measure.kind == "attestation":
        return "attest", ("attestation", "")
    if measure.kind == "sample_result":
        return "sample", ("sample_result", str(measure.sample))
    by_reason: dict[str, StepSort] = {"not_read": "read", "too_weak": "sample"}
    if reason in by_reason:
        return by_reason[reason], subject
    if reason in _LIST_REASONS:
        return "compare", subject
    return ("add" if missing else "mend"), subject


def _steps_towards(test: OpenTest) -> Iterator[tuple[StepSort, Unit]]:
    """The steps that a test needs: each list that is missing, else what helps it."""
    for kind, word in sorted(test.missing):
        is_list = kind == REGISTER or not word
        yield ("hand_in" if is_list else "add"), (kind, word)
    if not test.missing:
        yield test.sort, test.subject


def _moves(before: Mapping[tuple[str, str], str], after: Mapping[tuple[str, str], str]) -> tuple[Move, ...]:
    """What becomes better; from unknown to not met is no step forward."""
    moves = [Move(sort, number, before[sort, number], status) for (sort, number), status in after.items()]
    return tuple(move for move in moves if move.gain > 0)


def _populations_shown(subject: Unit) -> Iterator[str]:
    """The populations of which a list that is handed in shows members: their own list, or where else they are seen."""
    kind, word = subject
    for population in populations():
        for part in (population.list, *population.seen_in):
            if part.kind == kind and (not part.about or not word or word in part.about):
                yield population.id
                break


def _strength(sort: StepSort, kind: str) -> str:
    """The strength of what a step brings, when it comes as a list that people keep."""
    by_sort = {"sample": "sampled", "attest": "attested", "read": "documented"}
    basis = by_sort.get(sort, kinds()[kind].basis)
    return "documented" if basis == "measured" else basis
