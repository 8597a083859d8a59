"""Questions to the published file, in glossary words: what the command line and the reports show.

Read-only, and light: nothing here imports pandas, Prefect or Great Expectations.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from types import TracebackType
from typing import Any, TypeVar

import duckdb

from models.errors import EnsiaError, NotFound
from models.language import DEFAULT, Language, pick
from models.message import message
from models.norm_number import plain_number
from models.sql_text import literal
from warehouse.reading.shapes import (
    Improvement,
    ImprovementCount,
    NamedRecord,
    PresentTest,
    Risk,
    Shape,
    UnknownPart,
    columns_of,
)
from warehouse.storage.damage import FILE_ERRORS
from warehouse.storage.database import State, open_published, tell_damage_of_published

STATUSES = ("voldoet", "voldoet_deels", "voldoet_niet", "geen_bewijs", "niet_van_toepassing")
Row = dict[str, Any]
# Whether the macros of `warehouse.reading.verdicts` are in this file, and what they give.
_LAID_VERDICTS = (
    "SELECT 1 FROM duckdb_functions() WHERE schema_name = 'verdict' AND function_name = 'of_test' "
    "AND database_name = current_database()"
)
_VERDICTS_OF_A_TEST = (
    "FROM verdict.of_test($test) WHERE organisation_id = $organisation ORDER BY "
    "list_position(['not_good', 'unknown', 'left_out', 'good'], verdict), source_id, record_key, evidence_id"
)
_VERDICTS_OF_A_TYPE = (
    "SELECT t.framework_id, t.test_id, v.evidence_id, v.verdict FROM verdict.of_type($type) AS v "
    "JOIN catalogue.test AS t USING (test_no) WHERE v.organisation_id = $organisation"
)
_JUDGED_OF_A_TYPE = (
    "SELECT t.framework_id, t.test_id, v.* EXCLUDE (organisation_id, test_no) FROM verdict.of_type($type) AS v "
    "JOIN catalogue.test AS t USING (test_no) WHERE v.organisation_id = $organisation ORDER BY t.framework_id, t.test_id, "
    "list_position(['not_good', 'unknown', 'left_out', 'good'], verdict), source_id, record_key, evidence_id"
)
ShapeType = TypeVar("ShapeType", bound=Shape)


def sql_literal(value: Any) -> str:
    """A value as SQL that yields exactly that value. Raises TypeError for a type that has no literal here."""
    match value:
        case None:
            return "NULL"
        case bool() | int():
            return str(value)
        case float():
            return f"CAST('{value!r}' AS DOUBLE)"
        case str():
            # The parser ends a string at a NUL; chr(0) is one.
            return "(" + " || chr(0) || ".join(literal(part) for part in value.split("\0")) + ")"
        case datetime():
            return f"TIMESTAMP '{value.isoformat(sep=' ')}'"
        case date():
            return f"DATE '{value.isoformat()}'"
        case list() | tuple():
            return f"[{', '.join(map(sql_literal, value))}]"
        case _:
            raise TypeError(f"no SQL literal for {type(value).__name__}")


def _literals(bound: Sequence[Any] | dict[str, Any]) -> str:
    """The values for the placeholders of a query, as EXECUTE takes them."""
    if isinstance(bound, dict):
        return ", ".join(f"{name} := {sql_literal(value)}" for name, value in bound.items())
    return ", ".join(map(sql_literal, bound))


def _condition(column: str, value: Any) -> str:
    """That a column has a value, the one bound under its name; or one of its values when that is a list."""
    if value is None:
        return f'"{column}" IS NULL'
    if isinstance(value, list | tuple):
        return f'"{column}" IN (SELECT unnest(${column}))'
    return f'"{column}" = ${column}'


class QueryError(EnsiaError):
    """A person's query cannot be answered. `quote` is what the database said about it."""


_WRONG_WITH_A_QUERY: tuple[tuple[tuple[type[duckdb.Error], ...], str], ...] = (
    ((duckdb.ParserException, duckdb.SyntaxException), "published.query_syntax"),
    ((duckdb.CatalogException, duckdb.BinderException), "published.query_name"),
    ((duckdb.DataError,), "published.query_value"),
    ((duckdb.PermissionException, duckdb.InvalidInputException), "published.query_forbidden"),
)


def query_error(error: duckdb.Error) -> QueryError:
    """What is wrong with a person's query, by the sort of error, with the words of the database as a quotation."""
    quote = str(error).strip()
    if isinstance(error, duckdb.OutOfMemoryException):
        return QueryError(
            message("published.query_memory"), advice=message("published.query_memory_advice"), quote=quote
        )
    key = next((key for sorts, key in _WRONG_WITH_A_QUERY if isinstance(error, sorts)), "published.query_other")
    return QueryError(message(key), advice=message("published.query_advice"), quote=quote)


@dataclass(frozen=True, slots=True)
class Refused:
    """Three counts that are not each other: rejected rows, the reasons for which they were (a row can have more), and
    deliveries of a source that were held back whole."""

    rows: int
    reasons: int
    deliveries: int


class Published:
    """The published file, opened read-only; use as a context manager. `frozen`: the row of `account.freeze` when this is
    how it stood then (`warehouse.reading.moment`). `language`: that of the texts in what `select` gives."""

    def __init__(
        self,
        state: State,
        connection: duckdb.DuckDBPyConnection | None = None,
        frozen: Row | None = None,
        language: Language | str = DEFAULT,
    ) -> None:
        self.state, self.frozen, self.language = state, frozen, Language(language)
        self.connection = connection or open_published(state)
        self._verdicts: dict[str, dict[tuple[str, str, int], str]] = {}

    def speaking(self, language: Language | str) -> Published:
        """The same file over the same connection, with its texts in `language`."""
        speaking = Published(self.state, self.connection, self.frozen, language)
        speaking._verdicts = self._verdicts
        return speaking

    def __enter__(self) -> Published:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.connection.close()
        if isinstance(error, duckdb.Error) and self.state.published.is_file():
            tell_damage_of_published(self.state, error)

    def rows(self, sql: str, bound: Sequence[Any] | dict[str, Any] = ()) -> list[Row]:
        """Any query as dictionaries by column name; `bound` fills its placeholders.

        The values are bound by EXECUTE: bound through the Python client they would make DuckDB import pandas, half of
        the time that a reading command takes.
        """
        if not bound:
            cursor = self.connection.execute(sql)
        else:
            self.connection.execute(f"PREPARE bound_query AS {sql}")
            cursor = self.connection.execute(f"EXECUTE bound_query({_literals(bound)})")
        names = [column[0] for column in cursor.description or []]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    def select(self, shape: type[ShapeType], organisation: str | None = None, **equal: Any) -> list[ShapeType]:
        """The rows of a shape, in its order: of one organisation, or all, and with these values in these columns; a list or
        tuple means one of its values."""
        bound = equal
        if organisation is not None:
            bound = {"organisation_id": organisation, **equal}
        conditions = [_condition(name, value) for name, value in bound.items()]
        bound = {name: value for name, value in bound.items() if value is not None}
        where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
        sql = f"SELECT {columns_of(shape, self.language)} FROM {shape.view}{where} ORDER BY {shape.order}"
        return [shape(**row) for row in self.rows(sql, bound)]

    def query(self, sql: str) -> tuple[list[str], list[tuple[Any, ...]]]:
        """A person's query: column names and rows. Raises QueryError; what is wrong with the file itself is told when it
        is closed."""
        try:
            cursor = self.connection.execute(sql)
            return [column[0] for column in cursor.description or []], cursor.fetchall()
        except FILE_ERRORS:
            raise
        except duckdb.Error as error:
            raise query_error(error) from error

    def last_run(self) -> Row:
        """The run this file was published by."""
        rows = self.rows("SELECT * FROM ops.run WHERE state IN ('ok', 'degraded') ORDER BY run_no DESC LIMIT 1")
        if not rows:
            raise NotFound(message("published.no_run"), advice=message("published.no_run_advice"))
        return rows[0]

    def organisations(self) -> dict[str, str]:
        """Name of every organisation by its id."""
        return {
            row["organisation_id"]: row["name"] for row in self.rows("FROM ops.organisation ORDER BY organisation_id")
        }

    def organisation(self, name: str | None) -> str:
        """The organisation asked for, or the only one. Raises NotFound naming them."""
        organisations = self.organisations()
        if name is None and len(organisations) == 1:
            return next(iter(organisations))
        if name not in organisations:
            reason = (
                message("published.organisation_unknown", name=name)
                if name
                else message("published.organisation_needed")
            )
            raise NotFound(reason, advice=message("published.organisation_advice", known=", ".join(organisations)))
        return name

    def principles(self, organisation: str) -> list[Row]:
        """The principles with status, score and coverage, in order."""
        return self.rows(
            "SELECT s.principle_id, n.title_nl, n.title_en, s.status, s.score, s.coverage, s.indicators_known, s.indicators, "
            "s.controls_known, s.controls FROM assess.principle_status AS s JOIN catalogue.norm AS n "
            "ON n.framework_id = s.framework_id AND n.norm_id = s.principle_id "
            "WHERE s.until_run_no IS NULL AND s.organisation_id = ? ORDER BY n.norm_order",
            [organisation],
        )

    def indicators(self, organisation: str) -> list[Row]:
        """The indicators with value, colour and thresholds."""
        return self.rows(
            "SELECT v.*, i.* EXCLUDE (framework_id, indicator_id, principle_id) FROM assess.indicator_value AS v "
            "JOIN catalogue.indicator AS i USING (framework_id, indicator_id) "
            "WHERE v.until_run_no IS NULL AND v.organisation_id = ? ORDER BY i.indicator_order",
            [organisation],
        )

    def controls(self, organisation: str) -> list[Row]:
        """Every control with its status, theme and counts, in order."""
        return self.rows(
            "SELECT s.*, n.title_nl, n.title_en, n.theme FROM assess.control_status AS s "
            "JOIN catalogue.norm AS n USING (framework_id, norm_id) "
            "WHERE s.until_run_no IS NULL AND s.organisation_id = ? ORDER BY n.norm_order",
            [organisation],
        )

    def measures(self, organisation: str, control: str | None = None) -> list[Row]:
        """Every norm that carries tests, or those of one control, with aspects, basis and exceptions."""
        return self.rows(
            "SELECT s.*, n.title_nl, n.title_en, n.parent, n.level, n.theme, n.summary_nl, n.summary_en "
            "FROM assess.measure_status AS s JOIN catalogue.norm AS n USING (framework_id, norm_id) "
            "WHERE s.until_run_no IS NULL AND s.organisation_id = $organisation "
            "AND ($control IS NULL OR n.parent = $control OR n.norm_id = $control) ORDER BY n.norm_order",
            {"organisation": organisation, "control": control},
        )

    def control_counts(self, organisation: str) -> Row:
        """How many controls have each status."""
        rows = self.rows(
            "SELECT status, count(*) AS number FROM assess.control_status WHERE until_run_no IS NULL AND organisation_id = ? "
            "GROUP BY status",
            [organisation],
        )
        counts = {row["status"]: row["number"] for row in rows}
        return {status: counts.get(status, 0) for status in STATUSES}

    def tests(self, organisation: str, norm_ids: Sequence[str], purpose: str = "norm") -> list[Row]:
        """The test results of some norms (or of indicators, by principle), with their sentences and evidence numbers."""
        return self.rows(
            "SELECT r.*, t.sentence_nl, t.sentence_en, t.looked_at_nl, t.looked_at_en, t.criterion_nl, t.criterion_en, "
            "t.test_type, t.selector, t.implicit, t.beyond_norm, t.any_of, o.any_of AS outdone_in, t.kind, t.override_reason "
            "FROM assess.test_result AS r JOIN catalogue.test AS t ON t.framework_id = r.framework_id "
            "AND t.test_id = r.test_id AND t.purpose = r.purpose LEFT JOIN reading.outdone_test AS o "
            "ON o.organisation_id = r.organisation_id AND o.framework_id = r.framework_id AND o.test_id = r.test_id "
            "AND r.purpose = 'norm' WHERE r.until_run_no IS NULL "
            "AND r.organisation_id = $organisation AND r.purpose = $purpose AND list_contains($norms, r.norm_id) "
            "ORDER BY r.norm_id, CASE r.aspect WHEN 'design' THEN 1 WHEN 'existence' THEN 2 ELSE 3 END, r.test_id",
            {"organisation": organisation, "norms": list(norm_ids), "purpose": purpose},
        )

    def demands(self, framework_id: str, norm_id: str) -> list[Row]:
        """What a norm demands, in the order of its text, with the numbers of the tests that prove it."""
        return self.rows(
            "SELECT * FROM reading.demand WHERE framework_id = ? AND norm_id = ? ORDER BY demand_order",
            [framework_id, norm_id],
        )

    def not_asked(self, framework_id: str, norm_id: str) -> list[Row]:
        """The aspects that a norm does not ask, with the reason."""
        return self.rows(
            "SELECT * FROM reading.not_asked WHERE framework_id = ? AND norm_id = ? ORDER BY aspect",
            [framework_id, norm_id],
        )

    def overrides(self) -> list[Row]:
        """The tests and indicators of which an organisation's own catalogue changed a parameter, with its reason."""
        return self.rows(
            "SELECT test_id, purpose, norm_id, sentence_nl, sentence_en, criterion_nl, criterion_en, override_reason "
            "FROM catalogue.test WHERE override_reason IS NOT NULL ORDER BY test_no"
        )

    def official_texts(self) -> dict[tuple[str, str], str]:
        """The official wording by (framework, norm), when the organisation has imported it; else nothing."""
        rows = self.rows("SELECT framework_id, norm_id, text FROM catalogue.official_text WHERE text <> ''")
        return {(row["framework_id"], row["norm_id"]): row["text"] for row in rows}

    def evidence(self, organisation: str, kind: str, evidence_ids: Sequence[int]) -> list[Row]:
        """The named evidence records in the order given, with their locator; moments by the clock in Amsterdam."""
        if not evidence_ids or kind not in self._shown_moments:
            return []
        rows = self.rows(
            f"SELECT * REPLACE ({', '.join(self._shown_moments[kind])}) FROM evidence.{kind} "
            "WHERE organisation_id = $organisation AND list_contains($ids, evidence_id)",
            {"organisation": organisation, "ids": list(evidence_ids)},
        )
        by_id = {row["evidence_id"]: row for row in rows}
        return [by_id[number] for number in evidence_ids if number in by_id]

    def evidence_of(self, organisation: str, tests: Iterable[Row]) -> dict[int, Row]:
        """The records that some test results name, by their number: read once per kind of evidence."""
        ids_by_kind: dict[str, set[int]] = defaultdict(set)
        for test in tests:
            ids_by_kind[test["evidence_kind"] or ""].update(test["evidence_ids"] or [])
        return {
            record["evidence_id"]: record
            for kind, numbers in sorted(ids_by_kind.items())
            for record in self.evidence(organisation, kind, sorted(numbers))
        }

    def words_present(self) -> set[tuple[str, str]]:
        """Each kind of evidence with each word of its discriminator of which there is a record now; the empty word for a kind
        without one."""
        from models.kind import kinds  # only here: most commands do without

        present: set[tuple[str, str]] = set()
        for kind in kinds().values():
            word = kind.discriminator or "''"
            more = ""
            if kind.also_about:
                more = f" UNION FROM {{}} SELECT unnest({kind.also_about})"
            held = f"(FROM evidence.{kind.kind} WHERE retired_at IS NULL)"
            rows = self.rows(f"FROM {held} SELECT {word} AS word{more.format(held)}")
            present |= {(kind.kind, row["word"] or "") for row in rows}
        return present

    def records_of(self, organisation: str, tests: Iterable[PresentTest]) -> dict[int, NamedRecord]:
        """The records that some results rest on, by their number: read in one query, whatever their kinds."""
        numbers = sorted({number for test in tests for number in test.evidence_ids})
        return {record.evidence_id: record for record in self.select(NamedRecord, organisation, evidence_id=numbers)}

    @cached_property
    def _shown_moments(self) -> dict[str, list[str]]:
        """Per kind of evidence that has a table, its moments as SQL that shows them by the clock in Amsterdam. Asked of the
        file itself: reading the kinds would take a third of the start of a command."""
        moments: dict[str, list[str]] = defaultdict(list)
        for row in self.rows(
            "SELECT table_name, column_name FROM duckdb_columns() WHERE schema_name = 'evidence' "
            "AND data_type = 'TIMESTAMP' AND column_name NOT IN ('recorded_at', 'retired_at')"
        ):
            name = row["column_name"]
            moments[row["table_name"]].append(f"amsterdam_time({name}) AS {name}")
        return dict(moments)

    @cached_property
    def has_verdicts(self) -> bool:
        """Whether the list of all records that a test looked at is in the file; older files have none."""
        return bool(self.rows(_LAID_VERDICTS))

    def verdicts(self, organisation: str, framework: str, test: str) -> list[Row]:
        """Every record that a test looked at, with its verdict, key and place: those that are not good first."""
        if not self.has_verdicts:
            return []
        values = {"test": f"{framework}/{test}", "organisation": organisation}
        return self.rows(_VERDICTS_OF_A_TEST, values)

    def verdicts_of(self, organisation: str, tests: Iterable[PresentTest]) -> dict[tuple[str, str, int], str]:
        """The verdict on the records that some results rest on, by framework, test and number of the record; one that the test
        did not look at itself (a reading, the run of a source) has none. Reckoned once for an organisation."""
        if organisation not in self._verdicts:
            self._verdicts[organisation] = self._every_verdict(organisation)
        verdicts = self._verdicts[organisation]
        keys = [(test.framework_id, test.test_id, number) for test in tests for number in test.evidence_ids]
        return {key: verdicts[key] for key in keys if key in verdicts}

    def judged_records(self, organisation: str) -> Iterator[Row]:
        """Every record that any test looked at, never a sample: framework_id, test_id, verdict, mark, source_id, record_key,
        title, locator, in_numerator and in_denominator; by test type, what is not good first. Nothing in a file of an older
        version."""
        if not self.has_verdicts:
            return
        for row in self.rows("SELECT DISTINCT test_type FROM catalogue.test ORDER BY test_type"):
            values = {"type": row["test_type"], "organisation": organisation}
            yield from self.rows(_JUDGED_OF_A_TYPE, values)

    def _every_verdict(self, organisation: str) -> dict[tuple[str, str, int], str]:
        if not self.has_verdicts:
            return self._verdicts_as_published(organisation)
        types = self.rows("SELECT DISTINCT test_type FROM catalogue.test ORDER BY test_type")
        rows: list[Row] = []
        for row in types:
            values = {"type": row["test_type"], "organisation": organisation}
            rows += self.rows(_VERDICTS_OF_A_TYPE, values)
        return {(row["framework_id"], row["test_id"], row["evidence_id"]): row["verdict"] for row in rows}

    def _verdicts_as_published(self, organisation: str) -> dict[tuple[str, str, int], str]:
        """What the published file says when this is the warehouse, in which verdicts are not laid, after the same run."""
        if not self.state.published.is_file():
            return {}
        copy = Published(self.state)
        try:
            is_same_run = copy.has_verdicts and copy.last_run()["run_no"] == self.last_run()["run_no"]
            return copy._every_verdict(organisation) if is_same_run else {}
        finally:
            copy.connection.close()

    def improvements(self, organisation: str) -> list[Improvement]:
        """The improvements neither done nor cancelled, soonest first, with the framework and number that each norm has now."""
        return self.select(Improvement, organisation, standing=("planned", "late", "undated"))

    def risks(self, organisation: str) -> list[Risk]:
        """The open risks, the largest first: residual level, then how far it is above what is accepted."""
        return self.select(Risk, organisation)

    def improvement_count(self, organisation: str) -> ImprovementCount:
        """How many improvements there are, by how they stand: the one place from which any report takes a number."""
        [count] = self.select(ImprovementCount, organisation)
        return count

    def unknown_parts(self, organisation: str, *kinds: str) -> list[UnknownPart]:
        """Why what is absent from the records of these kinds may be there all the same; empty when it is not."""
        return self.select(UnknownPart, organisation, kind=kinds)

    def unknown_norm_numbers(self) -> int:
        """How many records name a norm that there is not, or that is not assessed."""
        [row] = self.rows("SELECT count(*) AS number FROM main.onbekende_normnummers")
        return int(row["number"])

    def norm(self, name: str) -> Row:
        """The norm that `name` means now (any spelling; an old number leads to its successor). Raises NotFound.

        Of several frameworks that know the number, one in which it has a status goes first.
        """
        rows = self.rows(
            "SELECT n.* FROM catalogue.alias AS a JOIN catalogue.norm AS n ON n.framework_id = a.to_framework_id "
            "AND n.norm_id = a.to_norm_id WHERE a.norm_id IN (lower($name), $plain) "
            "ORDER BY n.carries_tests OR n.level IN ('control', 'principle') DESC, "
            "n.framework_id IN (SELECT framework_id FROM catalogue.test) DESC, "
            "a.framework_id = n.framework_id DESC, lower(n.norm_id) = lower($name) DESC, n.norm_order LIMIT 1",
            {"name": name.strip(), "plain": plain_number(name)},
        )
        if not rows:
            near = self.rows(
                "SELECT DISTINCT norm_id, jaro_winkler_similarity(norm_id, ?) AS likeness FROM catalogue.norm "
                "ORDER BY likeness DESC, norm_id LIMIT 3",
                [name],
            )
            close = ", ".join(row["norm_id"] for row in near)
            raise NotFound(
                message("published.norm_unknown", name=name), advice=message("published.norm_advice", near=close)
            )
        return rows[0]

    def refused(self, organisation: str | None = None) -> Refused:
        """What the newest reading of each source did not let in: rows, the reasons for them, and whole deliveries."""
        sources = self.sources(organisation)
        return Refused(
            rows=sum(source["afgekeurde_regels"] for source in sources),
            reasons=sum(source["redenen"] for source in sources),
            deliveries=sum(source["tegengehouden"] for source in sources),
        )

    def sources(self, organisation: str | None = None) -> list[Row]:
        """How each source ended in the newest run that had it."""
        where = f"WHERE organisatie = {literal(organisation)}" if organisation else ""
        return self.rows(f"SELECT * FROM main.bronnen {where}")

    def quarantine(self, organisation: str | None = None) -> list[Row]:
        """Every reason for which the newest reading of a source rejected a row; a row can have more than one."""
        where = f"WHERE organisation_id = {literal(organisation)}" if organisation else ""
        column, expected = pick(self.language, ("column_nl", "expected_nl"), ("column_en", "expected_en"))
        return self.rows(
            "SELECT organisation_id AS organisatie, source_id AS bron, kind AS soort_bewijs, locator.file AS bestand, "
            'locator.sheet AS blad, locator."row" AS rij, locator.address AS adres, '
            f"{column} AS kolom, value AS waarde, {expected} AS verwacht, expectation AS regel, record_key AS sleutel "
            f"FROM reading.present_rejected {where} ORDER BY ALL"
        )
