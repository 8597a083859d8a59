"""Checks a whole catalogue before it is used: references, expressions, tests that can never pass or repeat another, and
whether every frequency and deadline of the norm is a parameter of a rule.

Reading files and refusing what cannot be is left to `loading`; SQL expressions to `expression_check`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from models.catalogue import STATES, Catalogue, Indicator, Measure, Norm, Test
from models.demand_check import demand_findings, sample_findings
from models.duration import Duration
from models.errors import CatalogueError
from models.expression_check import Checker, Connection, unknown_words, words_not_in
from models.file_place import place_text
from models.kind import SQL_TYPE, kinds
from models.message import Message, Text, joined, message
from models.test_type import Parameter
from models.wording import both_words

Severity = Literal["error", "warning", "note"]

# The words of frequency and deadline in the norms, and the period each names; None: the norm names no number.
FREQUENCIES: dict[str, str | None] = {
    "jaarlijks": "P1Y",
    "eenmaal per jaar": "P1Y",
    "ieder kwartaal": "P3M",
    "maandelijks": "P1M",
    "uiterlijk binnen een week": "P7D",
    "binnen een week": "P7D",
    "iedere zes maanden": "P6M",
    "halfjaar": "P6M",
    "drie maanden": "P3M",
    "eens per drie jaar": "P3Y",
    "drie jaar": "P3Y",
    "regelmatig": None,
    "periodiek": None,
    "periodieke": None,
    "continue": None,
}
_DAYS = {"P1M": 28, "P3M": 90, "P6M": 181, "P1Y": 365}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing found: how bad (an error makes results wrong), about which test or norm, where it stands, and what."""

    severity: Severity
    about: Text
    place: str
    why: Text

    @property
    def subject(self) -> str:
        """The test or norm, in Dutch."""
        return str(self.about)

    @property
    def reason(self) -> str:
        """What is wrong, in Dutch."""
        return str(self.why)

    @property
    def where(self) -> Text:
        """The place as people read it."""
        return place_text(self.place)

    @property
    def sentence(self) -> Message:
        """Where it stands, about what, and what is wrong."""
        what = message("settings.own_words", name=self.about, problem=self.why)
        return message("settings.problem", place=self.where or self.about, problem=what)

    def __str__(self) -> str:
        return f"{self.severity}: {self.sentence}"


def not_read_since(catalogue: Catalogue, age: Duration, day: date) -> list[Finding]:
    """The frameworks that nobody compared with their source for longer than `age`, and those that never say when."""
    findings = []
    for framework in catalogue.frameworks:
        read_on = framework.read_on
        if read_on is not None and age.earliest(day) <= read_on:
            continue
        why = "check.never_read" if read_on is None else "check.not_read_since"
        text = message(why, source=framework.source, day="" if read_on is None else read_on.isoformat())
        findings.append(Finding("note", framework.id, f"{framework.id}/framework.yaml", text))
    return findings


def check(catalogue: Catalogue, connection: Connection) -> list[Finding]:
    """Everything that is wrong or doubtful in a catalogue, errors first. `connection` is one to a warehouse."""
    findings = [
        *_missing_tables(connection), *_references(catalogue), *_repeated(catalogue), *frequency_findings(catalogue),
    ]  # fmt: skip
    for one in (*demand_findings(catalogue), *sample_findings(catalogue)):
        findings.append(_finding(one.severity, one.subject, one.place, one.reason))
    with Checker(connection) as checker:
        for kind in kinds().values():
            place = f"models/kinds/{kind.kind}.yaml"
            findings += [_finding(severity, kind.kind, place, reason) for severity, reason in checker.roles(kind)]
        rows: list[Test | Indicator] = [*catalogue.tests, *catalogue.indicators]
        for row in rows:
            for severity, reason in _measure_findings(row, checker):
                findings.append(_finding(severity, row.id, row.place, reason))
    order = {"error": 0, "warning": 1, "note": 2}
    return sorted(findings, key=lambda finding: (order[finding.severity], finding.place, finding.subject))


def refuse_errors(catalogue: Catalogue, connection: Connection) -> None:
    """Raise CatalogueError with every error that `check` finds, a line each: such a catalogue gives wrong outcomes."""
    errors = [finding for finding in check(catalogue, connection) if finding.severity == "error"]
    if errors:
        raise CatalogueError(joined(finding.sentence for finding in errors), advice=message("finding.mend"))


def _finding(severity: str, subject: Text, place: str, reason: Text) -> Finding:
    assert severity in ("error", "warning", "note")
    return Finding(severity, subject, place, reason)  # type: ignore[arg-type]


def _measure_findings(row: Test | Indicator, checker: Checker) -> Iterator[tuple[str, Text]]:
    measure = row.measure
    if measure.test_type.looks_at == "statuses":
        return
    kind = kinds()[measure.kind]
    yield from unknown_words(kind, measure.about)
    for counterpart in measure.others:
        yield from unknown_words(kinds()[counterpart.kind], counterpart.about)
    for name, parameter in measure.test_type.parameters.items():
        if parameter.vocabulary:
            yield from words_not_in(parameter.vocabulary, getattr(measure, name), name)
    yield from checker.measure(measure)
    yield from _never(measure, isinstance(row, Indicator))


def _never(measure: Measure, indicator: bool) -> Iterator[tuple[str, Text]]:
    """Parameters with which a test can never have the result that it looks for."""
    of = measure.test_type
    for name, parameter in of.parameters.items():
        yield from _never_with(measure, name, parameter, indicator)
    windows = [window for window in measure.of_type("window") if isinstance(window, Duration)]
    for period in measure.of_type("period"):
        for window in windows:
            if window.months * 30 + window.days < _DAYS[period]:
                yield "error", message("finding.short_window", window=window, period=period)
    if of.looks_at == "named_norm" and (measure.about or measure.where):
        yield "warning", message("finding.own_norm_only")


def _never_with(measure: Measure, name: str, parameter: Parameter, indicator: bool) -> Iterator[tuple[str, Text]]:
    """What is wrong with the value of one parameter."""
    value = getattr(measure, name)
    kind = kinds()[measure.kind]
    if parameter.type == "share" and value is not None and not 0 <= value <= 1:
        yield "error", message("finding.no_share", name=name, value=value)
    if parameter.required == "norm" and value is None and not indicator:
        yield "error", message("finding.not_compared", type=measure.type, name=name)
    if parameter.type == "deadline" and value == "due" and not kind.roles.due_at:
        yield "error", message("finding.no_due", kind=kind.kind, name=name)


def _missing_tables(connection: Connection) -> Iterator[Finding]:
    """Kinds of evidence that the warehouse has no table for, or not every column: their records could not be stored."""
    rows = connection.execute(
        "SELECT table_name, column_name, data_type FROM duckdb_columns() WHERE schema_name = 'evidence'"
    ).fetchall()
    there: dict[str, dict[str, str]] = {}
    for table, column, sql_type in rows:
        there.setdefault(table, {})[column] = sql_type
    what = message("finding.add_in_migration")
    for kind in kinds().values():
        place, columns = f"models/kinds/{kind.kind}.yaml", there.get(kind.kind)
        if columns is None:
            reason = message("finding.no_table", kind=kind.kind, what=what)
            yield Finding("error", kind.kind, place, reason)
            continue
        for column in kind.every_column:
            expected, actual = SQL_TYPE[column.type], columns.get(column.name)
            if actual is None:
                reason = message("finding.no_column", column=column.name, kind=kind.kind, what=what)
                yield Finding("error", kind.kind, place, reason)
            elif actual != expected:
                reason = message(
                    "finding.other_type",
                    column=column.name,
                    actual=actual,
                    kind=kind.kind,
                    expected=expected,
                    what=what,
                )
                yield Finding("error", kind.kind, place, reason)


def _references(catalogue: Catalogue) -> Iterator[Finding]:
    norms = {(norm.framework_id, norm.id): norm for norm in catalogue.norms}
    for test in catalogue.tests:
        norm = norms.get((test.framework_id, test.norm_id))
        if norm is None:
            yield Finding(
                "error",
                test.id,
                test.place,
                message("norms.no_norm", norm_id=test.norm_id, framework_id=test.framework_id),
            )
        elif norm.state != "active":
            yield Finding(
                "error", test.id, test.place, message("norms.no_status", norm_id=test.norm_id, state=STATES[norm.state])
            )
    for indicator in catalogue.indicators:
        if (indicator.framework_id, indicator.principle_id) not in norms:
            reason = message(
                "norms.no_principle", principle_id=indicator.principle_id, framework_id=indicator.framework_id
            )
            yield Finding("error", indicator.id, indicator.place, reason)
    for question in catalogue.questions:
        for norm_id in question.norm_ids:
            if (question.framework_id, norm_id) not in norms:
                reason = message("norms.no_norm", norm_id=norm_id, framework_id=question.framework_id)
                yield Finding("error", f"{question.questionnaire_id} {question.id}", "", reason)
    for link in catalogue.links:
        for framework_id, norm_id in ((link.framework_id, link.norm_id), (link.to_framework_id, link.to_norm_id)):
            if (framework_id, norm_id) not in norms:
                subject = message("norms.link", norm_id=link.norm_id, to_norm_id=link.to_norm_id)
                yield Finding(
                    "error", subject, "", message("norms.no_norm", norm_id=norm_id, framework_id=framework_id)
                )


def _repeated(catalogue: Catalogue) -> Iterator[Finding]:
    """Two tests of one norm that look at the same thing in the same way: the second adds nothing. What an outsider judged of a
    norm, or what a sample shows, may speak for more than one aspect."""
    first_tests: dict[tuple[str, ...], Test] = {}
    for test in catalogue.tests:
        if test.measure.test_type.looks_at == "named_norm":  # per aspect these ask another question
            continue
        aspect = test.aspect if test.basis in ("audited", "sampled") else ""
        key = (test.framework_id, test.norm_id, aspect, test.measure.model_dump_json(exclude_defaults=True))
        first = first_tests.setdefault(key, test)
        if first is not test:
            where: Text = ""
            if first.aspect != test.aspect:
                where = message("finding.other_aspect", there=both_words(first.aspect), here=both_words(test.aspect))
            yield Finding("warning", test.id, test.place, message("finding.same_test", first=first.id, where=where))


def frequency_findings(catalogue: Catalogue) -> Iterator[Finding]:
    """Per norm that names a frequency or deadline: an error when no rule has it as a parameter.

    A warning when the organisation's own override took it away; a note when the norm names no number.
    """
    tested: dict[tuple[str, str], list[Test]] = {}
    for test in catalogue.tests:
        tested.setdefault((test.framework_id, test.norm_id), []).append(test)
    for norm in catalogue.norms:
        tests = tested.get((norm.framework_id, norm.id))
        if norm.frequency and tests:
            for words in (part.strip() for part in norm.frequency.split(";")):
                yield from _frequency_finding(norm, words, tests)


def _frequency_finding(norm: Norm, words: str, tests: list[Test]) -> Iterator[Finding]:
    """What is wrong with how often the norm says that something is done, against the tests of the norm."""
    subject = f"{norm.framework_id} {norm.id}"
    place = next((test.place for test in tests if test.place), "")
    if words not in FREQUENCIES:
        yield Finding("error", subject, place, message("finding.term_unknown", words=words))
        return
    period = FREQUENCIES[words]
    if period is None:
        yield Finding("note", subject, place, message("finding.no_number", words=words))
        return
    if _is_kept(Duration.parse(period), tests):
        return
    reason = message("finding.period_missing", words=words, period=period)
    if any(test.override_reason for test in tests):
        why = message("finding.changed_by_override")
        yield Finding("warning", subject, place, joined((reason, why), ""))
    else:
        yield Finding("error", subject, place, joined((reason, ""), ""))


def _is_kept(period: Duration, tests: Sequence[Test]) -> bool:
    """Whether one of the tests that count asks for this period."""
    counting = [test for test in tests if _counts(test)]
    return any(_keeps(test, period) for test in counting)


def _counts(test: Test) -> bool:
    """Whether a test is one of the rules that counts for the status of its norm."""
    return not (test.implicit or test.beyond_norm)


def _keeps(test: Test, period: Duration) -> bool:
    """Whether a test asks for a period of the norm, or an organisation made it ask for a shorter one."""
    periods = [Duration.parse(every) for every in test.measure.of_type("period")]
    is_stricter = any(every.months < period.months for every in periods)
    return has_period(test.measure, period) or bool(test.override_reason and is_stricter)


def has_period(measure: Measure, period: Duration) -> bool:
    """Whether a period is one of the parameters of a test.

    A retention time is a value and not a window, so it also counts as the number of months or days that a metric must
    reach, or as a whole number in a comparison of `where` or `good`.
    """
    spans = [*measure.of_type("duration", "window", "deadline"), *map(Duration.parse, measure.of_type("period"))]
    for counterpart in measure.of_type("counterpart"):
        spans += [counterpart.max_age, counterpart.earlier_within]
    if period in spans:
        return True
    years, months = divmod(period.months, 12)
    amounts = {str(period.months), str(period.days), str(years) if not months else ""} - {"0", ""}
    threshold = measure.test_type.parameters.get("pass_at")
    if threshold is not None and threshold.type == "number" and measure.pass_at is not None:
        return f"{measure.pass_at:g}" in amounts - {str(years)}
    texts = " ".join([measure.where, *measure.of_type("expression")])
    compared = set(re.findall(r">=\s*'?(\d+)", texts))
    lowest = {str(period.months)} if period.months else {str(period.days)}
    return bool(compared & lowest) or _interval(period, texts)


def _interval(period: Duration, text: str) -> bool:
    """Whether an SQL interval in an expression has this length."""
    units = {"year": 12, "month": 1}
    for amount, unit in re.findall(r"INTERVAL\s+'?(\d+)'?\s*(YEAR|MONTH|DAY|WEEK)S?", text, re.IGNORECASE):
        unit = unit.lower()
        if unit in units:
            length = Duration(months=int(amount) * units[unit])
        else:
            length = Duration(days=int(amount) * (7 if unit == "week" else 1))
        if length == period:
            return True
    return False
