"""Writes a catalogue into the warehouse: the tables in use, and the whole of it once per digest, so that a status can
be explained with the rules of its time. What a catalogue is, and reading it from files, is left to `models`."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

import duckdb
import pyarrow as pa

from models.catalogue import Catalogue, Measure
from models.catalogue_coverage import demand_coverage
from models.criterion import criterion, indicator_criterion, looked_at
from models.duration import Duration
from models.kind import kinds
from models.loading import catalogue_from_json, catalogue_to_json, resolve_norm
from models.norm_number import plain_number
from models.population import kinds_that_show_use, population_of
from models.selection import NumberedTest, condition
from models.test_type import test_types
from warehouse.storage.database import utc_now

# Beside the kinds of evidence that a result can change with: the entries of the register of roles, few of its many entries.
ROLES = "role"
_SETTLED_BY_A_ROLE = frozenset({"explanation", "alias", "outsider", "excused"})


def store_catalogue(connection: duckdb.DuckDBPyConnection, catalogue: Catalogue) -> None:
    """Make `catalogue` the one in use. The caller holds the transaction."""
    connection.execute(
        "INSERT INTO catalogue.version (digest, content, first_used_at) SELECT $digest, $content, $now "
        "WHERE NOT EXISTS (SELECT 1 FROM catalogue.version WHERE digest = $digest)",
        {"digest": catalogue.digest, "content": catalogue_to_json(catalogue), "now": utc_now()},
    )
    for table, rows in _tables(catalogue).items():
        connection.execute(f"DELETE FROM catalogue.{table}")
        if rows:
            _insert(connection, table, rows)


def _tables(catalogue: Catalogue) -> dict[str, list[dict[str, Any]]]:
    """The rows of every table of the catalogue, by its name."""
    return {
        "framework": _framework_rows(catalogue),
        "norm": _norm_rows(catalogue),
        "alias": _alias_rows(catalogue),
        "link": _link_rows(catalogue),
        "demand": _demand_rows(catalogue),
        "demand_test": _demand_test_rows(catalogue),
        "not_asked": _not_asked_rows(catalogue),
        "maturity": _maturity_rows(catalogue),
        "test_type": _test_type_rows(),
        "test": _test_rows(catalogue),
        "indicator": _indicator_rows(catalogue),
        "questionnaire": _questionnaire_rows(catalogue),
        "question": _question_rows(catalogue),
        "question_norm": _question_norm_rows(catalogue),
    }


def _insert(connection: duckdb.DuckDBPyConnection, table: str, rows: list[dict[str, Any]]) -> None:
    """Insert rows as one batch; a column that a row does not name is NULL."""
    columns = connection.execute(
        "SELECT column_name, data_type FROM duckdb_columns() WHERE schema_name = 'catalogue' AND table_name = ? "
        "AND database_name = current_database() ORDER BY column_index",
        [table],
    ).fetchall()
    batch = pa.table({name: pa.array([row.get(name) for row in rows], _arrow_type(kind)) for name, kind in columns})
    casts = ", ".join(f"CAST({name} AS {kind}) AS {name}" for name, kind in columns)
    connection.register("catalogue_rows", batch)
    connection.execute(f"INSERT INTO catalogue.{table} SELECT {casts} FROM catalogue_rows")
    connection.unregister("catalogue_rows")


def stored_catalogue(connection: duckdb.DuckDBPyConnection, digest: str) -> Catalogue | None:
    """The catalogue with this digest as it was used, or None."""
    row = connection.execute("SELECT content FROM catalogue.version WHERE digest = ?", [digest]).fetchone()
    return catalogue_from_json(row[0]) if row else None


def numbered_measures(catalogue: Catalogue) -> list[NumberedTest]:
    """Every test and indicator with its number in `catalogue.test`."""
    measures = [(test.measure, test.measure.direction) for test in catalogue.tests]
    measures += [(indicator.measure, indicator.better) for indicator in catalogue.indicators]
    return [
        NumberedTest(number, measure, direction=direction or "higher")
        for number, (measure, direction) in enumerate(measures)
    ]


def _arrow_type(sql_type: str) -> pa.DataType:
    if sql_type.endswith("[]"):
        return pa.list_(pa.string())
    return {
        "BOOLEAN": pa.bool_(),
        "DOUBLE": pa.float64(),
        "INTEGER": pa.int32(),
        "BIGINT": pa.int64(),
    }.get(sql_type, pa.string())


def _framework_rows(catalogue: Catalogue) -> list[dict[str, Any]]:
    return [
        {**framework.model_dump(exclude={"statutory"}), "framework_id": framework.id}
        for framework in catalogue.frameworks
    ]


def _norm_rows(catalogue: Catalogue) -> list[dict[str, Any]]:
    statutory = {
        (framework.id, number): article
        for framework in catalogue.frameworks
        for number, article in framework.statutory.items()
    }
    carrying = {(test.framework_id, test.norm_id) for test in catalogue.tests}
    return [
        {
            **norm.model_dump(exclude={"attributes"}),
            "norm_id": norm.id,
            "cbw_scope": {"yes": True, "no": False, "open": None}[norm.cbw_scope],
            "statutory": statutory.get((norm.framework_id, norm.id)),
            "carries_tests": (norm.framework_id, norm.id) in carrying,
            "norm_order": number,
        }
        for number, norm in enumerate(catalogue.norms)
    ]


def _demand_rows(catalogue: Catalogue) -> list[dict[str, Any]]:
    return [
        {
            "framework_id": row.norm.framework_id,
            "norm_id": row.norm.id,
            "demand_id": row.demand.id,
            "demand_order": number,
            "part": row.demand.part,
            "text_nl": row.demand.nl,
            "text_en": row.demand.en,
            "own_reading": row.norm.own_reading,
            "strongest": row.strongest,
            "needs_a_person": row.needs_a_person,
        }
        for number, row in enumerate(demand_coverage(catalogue))
    ]


def _demand_test_rows(catalogue: Catalogue) -> list[dict[str, Any]]:
    return [
        {"framework_id": test.framework_id, "norm_id": test.norm_id, "demand_id": name, "test_id": test.id}
        for test in catalogue.tests
        for name in test.proves
    ]


def _maturity_rows(catalogue: Catalogue) -> list[dict[str, Any]]:
    return [
        {
            "framework_id": level.framework_id,
            "level": level.level,
            "name_nl": level.nl,
            "name_en": level.en,
            "meaning_nl": level.meaning_nl,
            "meaning_en": level.meaning_en,
            "need_order": number,
            "what": need.what,
            "of_norm": need.norm or None,
            "at_least": need.at_least,
        }
        for level in catalogue.maturity
        for number, need in enumerate(level.needs)
    ]


def _not_asked_rows(catalogue: Catalogue) -> list[dict[str, Any]]:
    return [
        {
            "framework_id": norm.framework_id,
            "norm_id": norm.id,
            "aspect": aspect,
            "reason_nl": reason.nl,
            "reason_en": reason.en,
        }
        for norm in catalogue.norms
        for aspect, reason in norm.not_asked.items()
    ]


def _alias_rows(catalogue: Catalogue) -> list[dict[str, Any]]:
    """Every spelling and old number under which a source may name a norm, with the norm it now means."""
    rows = []
    for norm in catalogue.norms:
        target = resolve_norm(catalogue, norm.framework_id, norm.id)
        if target is None:
            continue
        for spelling in _spellings_in_use(norm.id):
            rows.append(
                {
                    "framework_id": norm.framework_id,
                    "norm_id": spelling,
                    "to_framework_id": target[0],
                    "to_norm_id": target[1],
                }
            )
    return rows


def _spellings_in_use(norm_id: str) -> set[str]:
    """`5.01.02` is also written 5.1.2, 05.01.02 and A.5.1.2; `5.1` also 5.01, as in the numbers of its measures.

    In small letters: who looks for a number does so with `lower`.
    """
    parts = norm_id.split(".")
    if not all(part.isdigit() for part in parts):
        return {norm_id.lower(), plain_number(norm_id)}
    short = ".".join(str(int(part)) for part in parts)
    padded = ".".join([str(int(parts[0])), *(part.zfill(2) for part in parts[1:])])
    return {norm_id, short, padded, "0" + padded, f"a.{short}", f"a.{padded}"}


def _link_rows(catalogue: Catalogue) -> list[dict[str, Any]]:
    return [link.model_dump() for link in catalogue.links]


def _test_type_rows() -> list[dict[str, Any]]:
    return [
        {
            "test_type": test_type.type,
            "looks_at": test_type.looks_at,
            "leans_on_coverage": test_type.leans_on_coverage,
            "absence_value": test_type.absence_value,
            "coverage_reasons": [code for code, reason in test_type.reasons.items() if reason.leans_on_coverage],
            "reasons": list(test_type.reasons),
            "value_is_share": test_type.value_is_share,
        }
        for test_type in test_types().values()
    ]


def _test_rows(catalogue: Catalogue) -> list[dict[str, Any]]:
    rows = []
    for test in catalogue.tests:
        columns = {
            "test_id": test.id,
            "purpose": "norm",
            "norm_id": test.norm_id,
            "aspect": test.aspect,
            "basis": test.basis,
            "min_basis": test.min_basis,
            "kinds_read": _kinds_read(test.measure) + (["sample_result"] if test.basis == "declared" else []),
            "implicit": test.implicit,
            "beyond_norm": test.beyond_norm,
            "any_of": test.any_of or None,
            "sentence_nl": test.nl,
            "sentence_en": test.en,
            "criterion_nl": criterion(test.measure),
            "criterion_en": criterion(test.measure, "en"),
            "framework_id": test.framework_id,
            "override_reason": test.override_reason or None,
        }
        rows.append({**_measure_row(test.measure), **columns})
    for indicator in catalogue.indicators:
        columns = {
            "test_id": indicator.id,
            "purpose": "indicator",
            "norm_id": indicator.principle_id,
            "basis": "measured",
            "implicit": False,
            "beyond_norm": False,
            "sentence_nl": indicator.name_nl,
            "sentence_en": indicator.name_en,
            "criterion_nl": indicator_criterion(indicator),
            "criterion_en": indicator_criterion(indicator, "en"),
            "framework_id": indicator.framework_id,
            "override_reason": indicator.override_reason or None,
        }
        # of several values the worse one counts, and the indicator says which that is
        rows.append({**_measure_row(indicator.measure, indicator.better), **columns})
    return [{**row, "test_no": number} for number, row in enumerate(rows)]


def _kinds_read(measure: Measure) -> list[str]:
    """The kinds of evidence that a result can change with."""
    population = population_of(measure)
    kinds_read = [measure.kind, *(other.kind for other in measure.others), *measure.test_type.also_reads]
    kinds_read += sorted(population.kinds) if population else []
    kinds_read += sorted(kinds_that_show_use(measure))
    return _with_what_holds(kind for kind in kinds_read if kind)


def _with_what_holds(kinds_read: Iterable[str]) -> list[str]:
    """Kinds, and what decides which of their records count: what explains a change, who is excused, what ends a finding, who
    delivers a system, and which roles somebody holds (ROLES)."""
    whole = list(kinds_read)
    for name in tuple(whole):
        kind = kinds()[name]
        if kind.held_to is not None or kind.acts or kind.keeps:
            whole.append("explanation")
        if kind.ended_with is not None:
            whole += ["register_entry", "scan"]
        if kind.own_service:
            whole += ["register_entry", "assurance"]
        if kind.excused_by:
            whole.append("excused")
        if kind.by_role:
            whole.append(ROLES)
    if _SETTLED_BY_A_ROLE & set(whole):
        whole.append(ROLES)
    return list(dict.fromkeys(whole))


def _measure_row(measure: Measure, direction: str | None = None) -> dict[str, Any]:
    counterparts = measure.others
    population = population_of(measure)
    expressions = [
        measure.where,
        measure.date,
        *measure.of_type("expression"),
        *(other.where for other in counterparts),
    ]
    looks_at_the_day = any("getvariable" in expression for expression in expressions)
    has_age = any(other.max_age is not None for other in measure.of_type("counterpart"))
    return {
        "test_type": measure.type,
        "population": population.id if population else None,
        "sampled_kind": measure.population.kind if measure.sample else None,
        "sampled_about": list(measure.population.about) if measure.sample else None,
        "kind": measure.kind,
        "kinds_read": _kinds_read(measure),
        "about": list(measure.about),
        "looked_at_nl": looked_at(measure),
        "looked_at_en": looked_at(measure, "en"),
        "selector": condition(measure) if measure.kind else None,
        "parameters": json.dumps(_stored_parameters(measure, direction)),
        "changes_daily": looks_at_the_day or has_age,
    }


def _stored_parameters(measure: Measure, direction: str | None) -> dict[str, Any]:
    """The parameters of a test as its model reads them: by name, durations as text of an INTERVAL."""
    parameters = {}
    values = measure.parameters(direction)
    for parameter, _ in measure.test_type.parameter_columns().values():
        value = values[parameter]
        if measure.test_type.parameters[parameter].type == "period":
            value = Duration.parse(value)
        if isinstance(value, Duration):
            value = f"{value.months} months {value.days} days {value.hours} hours"
        if value is not None:
            parameters[parameter] = value
    return parameters


def _indicator_rows(catalogue: Catalogue) -> list[dict[str, Any]]:
    return [
        {
            **indicator.model_dump(exclude={"measure"}),
            "indicator_id": indicator.id,
            "is_key": indicator.key,
            "indicator_order": number,
            "override_reason": indicator.override_reason or None,
        }
        for number, indicator in enumerate(catalogue.indicators)
    ]


def _questionnaire_rows(catalogue: Catalogue) -> list[dict[str, Any]]:
    return [{**item.model_dump(), "questionnaire_id": item.id} for item in catalogue.questionnaires]


def _question_rows(catalogue: Catalogue) -> list[dict[str, Any]]:
    return [
        {**question.model_dump(), "question_id": question.id, "question_order": number, "scale": list(question.scale)}
        for number, question in enumerate(catalogue.questions)
    ]


def _question_norm_rows(catalogue: Catalogue) -> list[dict[str, Any]]:
    return [
        {
            "questionnaire_id": question.questionnaire_id,
            "question_id": question.id,
            "framework_id": question.framework_id,
            "norm_id": norm_id,
        }
        for question in catalogue.questions
        for norm_id in question.norm_ids
    ]
