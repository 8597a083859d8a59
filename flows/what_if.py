"""Reads a workbook of plans (evidence that is to come, findings and tickets to be closed) into a scratch assessment.

Each sheet bears the name of an evidence kind, its first row the labels of that kind's columns (Dutch, English or code).
A row whose key (column `Sleutel`) names a present record replaces that record; any other row is new evidence.
"""

from __future__ import annotations

from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import duckdb

from connectors.tools.plain_workbook import UnreadableWorkbookError, rows_of_sheets
from connectors.tools.values import ValueProblem, convert
from flows.installation import Installation
from models.errors import ConfigurationError
from models.instant import instant, wall_time
from models.kind import ENVELOPE_COLUMNS, Column, Kind, kinds
from models.message import Text, message
from models.record import Locator
from warehouse.engine.plans import add_plan, replace_present

SOURCE = "plan"
KEY_LABELS = ("sleutel", "key", "record_key")


def add_plans(
    connection: duckdb.DuckDBPyConnection,
    installation: Installation,
    organisation: str | None,
    file: Path,
    as_of: date,
    known_at: datetime,
) -> int:
    """Put the planned records of `file` into the scratch connection; returns their number. Raises ConfigurationError
    with sheet, row and column."""
    members = [member.organisation.id for member in installation.members]
    if organisation is None and len(members) > 1:
        raise ConfigurationError(
            message("plans.whose"), advice=message("published.organisation_advice", known=", ".join(members))
        )
    chosen = organisation or members[0]
    number = 0
    for title, rows in _sheets(file).items():
        kind = _kind(title, file)
        header = [str(cell).strip() if cell is not None else "" for cell in next(iter(rows), ())]
        columns = _columns(header, kind, Locator(file=file.name, sheet=title).text)
        for row_number, row in enumerate(rows[1:], start=2):
            if all(cell is None for cell in row):
                continue
            place = Locator(file=file.name, sheet=title, row=row_number).text
            _add(connection, kind, columns, row, chosen, as_of, known_at, number, place)
            number += 1
    return number


def _sheets(file: Path) -> dict[str, list[tuple[Any, ...]]]:
    """The rows of every sheet, read whole: a mistake that is found in them leaves no file open. Raises
    ConfigurationError when it is no workbook."""
    try:
        return rows_of_sheets(file)
    except UnreadableWorkbookError as error:
        raise ConfigurationError(
            message("plans.no_workbook"), place=str(file), advice=message("plans.no_workbook_advice")
        ) from error


def _kind(name: str, file: Path) -> Kind:
    for kind in kinds().values():
        if name.strip().casefold() in (kind.kind, kind.nl.casefold(), kind.en.casefold()):
            return kind
    known = ", ".join(kind.nl for kind in kinds().values())
    raise ConfigurationError(
        message("plans.no_kind", name=name), place=file.name, advice=message("plans.no_kind_advice", known=known)
    )


def _columns(header: list[str], kind: Kind, place: Text) -> dict[int, Column | None]:
    """Column number → column of the kind (None for the key)."""
    found: dict[int, Column | None] = {}
    for number, label in enumerate(header):
        folded = label.casefold()
        if not folded:
            continue
        if folded in KEY_LABELS:
            found[number] = None
            continue
        for column in (*kind.columns, *ENVELOPE_COLUMNS):
            if folded in (column.name, column.nl.casefold(), column.en.casefold()):
                found[number] = column
                break
        else:
            known = ", ".join(column.nl for column in (*kind.columns, *ENVELOPE_COLUMNS))
            raise ConfigurationError(
                message("plans.no_column", name=label),
                place=place,
                advice=message("plans.no_column_advice", known=known),
            )
    return found


def _add(
    connection: duckdb.DuckDBPyConnection,
    kind: Kind,
    columns: dict[int, Column | None],
    row: tuple[Any, ...],
    organisation: str,
    as_of: date,
    known_at: datetime,
    number: int,
    place: Text,
) -> None:
    values: dict[str, Any] = {}
    key: str | None = None
    for index, column in columns.items():
        cell = row[index] if index < len(row) else None
        if cell is None:
            continue
        if column is None:
            key = str(cell)
            continue
        try:
            values[column.name] = convert(column, cell)
        except ValueProblem as problem:
            raise ConfigurationError(
                message("plans.wrong_value", column=column.nl, value=cell, expected=problem.expected), place=place
            ) from problem
    if key is not None:
        values = _present(connection, kind, organisation, key) | values
    observed = next((values[name] for name in kind.observed_from if values.get(name) is not None), None)
    stamp = observed or values.get("observed_at") or as_of
    values["observed_at"] = stamp if isinstance(stamp, datetime) else datetime.combine(stamp, time())
    if values["observed_at"].date() > as_of:
        raise ConfigurationError(
            message("plans.too_late", observed=values["observed_at"], as_of=as_of),
            place=place,
            advice=message("plans.too_late_advice", observed=values["observed_at"]),
        )
    values |= {name: instant(values[name]) for name in kind.moments if values.get(name) is not None}
    values |= {
        "organisation_id": organisation,
        "source_id": SOURCE,
        "record_key": key or f"plan-{number}",
        "recorded_at": known_at,
    }
    add_plan(connection, kind.kind, values, f"{organisation}|{kind.kind}|{number}")


def _present(connection: duckdb.DuckDBPyConnection, kind: Kind, organisation: str, key: str) -> dict[str, Any]:
    """The columns of the present record with this key, which the plan then replaces; empty when there is none."""
    names = [column.name for column in (*ENVELOPE_COLUMNS, *kind.columns)]
    values = replace_present(connection, kind.kind, organisation, key, names)
    return values | {name: wall_time(values[name]) for name in kind.moments if name in values}
