"""Reads a workbook of plans (evidence that is to come, findings and tickets to be closed) into a scratch assessment.

Each sheet bears the name of an evidence kind, its first row the labels of that kind's columns (Dutch, English or code).
A row whose key (column `Sleutel`) names a present record replaces that record; any other row is new evidence.
"""

from __future__ import annotations

from dataclasses import dataclass
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
from models.message import Both, Text, listed, message
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
    scenario = _Scenario(connection, organisation or members[0], as_of, known_at)
    plans = [plan for title, rows in _sheets(file).items() for plan in _plans(title, rows, file)]
    for number, plan in enumerate(plans):
        scenario.add(plan, number)
    return len(plans)


@dataclass(frozen=True, slots=True)
class _Plan:
    """A row of the workbook: what it says by column, the key of the present record that it replaces when it names one, and
    where it stands."""

    kind: Kind
    values: dict[str, Any]
    key: str | None
    place: Text


def _plans(title: str, rows: list[tuple[Any, ...]], file: Path) -> list[_Plan]:
    """The plans of a sheet: its rows that are not empty."""
    kind = _kind_called(title, file)
    header = [str(cell).strip() if cell is not None else "" for cell in next(iter(rows), ())]
    columns = _columns_under(header, kind, Locator(file=file.name, sheet=title).text)
    plans = []
    for row_number, row in enumerate(rows[1:], start=2):
        is_empty = all(cell is None for cell in row)
        if not is_empty:
            place = Locator(file=file.name, sheet=title, row=row_number).text
            plans.append(_plan_in_row(kind, columns, row, place))
    return plans


def _sheets(file: Path) -> dict[str, list[tuple[Any, ...]]]:
    """The rows of every sheet, read whole: a mistake that is found in them leaves no file open. Raises
    ConfigurationError when it is no workbook."""
    try:
        return rows_of_sheets(file)
    except UnreadableWorkbookError as error:
        raise ConfigurationError(
            message("plans.no_workbook"), place=str(file), advice=message("plans.no_workbook_advice")
        ) from error


def _kind_called(name: str, file: Path) -> Kind:
    """The kind that a sheet is named after. Raises ConfigurationError when there is none."""
    for kind in kinds().values():
        if name.strip().casefold() in (kind.kind, kind.nl.casefold(), kind.en.casefold()):
            return kind
    names = listed(Both(kind.nl, kind.en) for kind in kinds().values())
    raise ConfigurationError(
        message("plans.no_kind", name=name), place=file.name, advice=message("plans.no_kind_advice", known=names)
    )


def _columns_under(header: list[str], kind: Kind, place: Text) -> dict[int, Column | None]:
    """Column number → column of the kind (None for the key). Raises ConfigurationError for a heading that is neither."""
    columns: dict[int, Column | None] = {}
    for number, label in enumerate(header):
        if label.casefold() in KEY_LABELS:
            columns[number] = None
        elif label:
            columns[number] = _column_called(label, kind, place)
    return columns


def _column_called(label: str, kind: Kind, place: Text) -> Column:
    columns = (*kind.columns, *ENVELOPE_COLUMNS)
    for column in columns:
        if label.casefold() in (column.name, column.nl.casefold(), column.en.casefold()):
            return column
    names = listed(Both(column.nl, column.en) for column in columns)
    raise ConfigurationError(
        message("plans.no_column", name=label),
        place=place,
        advice=message("plans.no_column_advice", known=names),
    )


def _plan_in_row(kind: Kind, columns: dict[int, Column | None], row: tuple[Any, ...], place: Text) -> _Plan:
    """The plan of a row. Raises ConfigurationError for a value that its column does not take."""
    values: dict[str, Any] = {}
    key: str | None = None
    for index, column in columns.items():
        cell = row[index] if index < len(row) else None
        if cell is None:
            continue
        if column is None:
            key = str(cell)
        else:
            values[column.name] = _value_of(cell, column, place)
    return _Plan(kind, values, key, place)


def _value_of(cell: Any, column: Column, place: Text) -> Any:
    try:
        return convert(column, cell)
    except ValueProblem as problem:
        raise ConfigurationError(
            message("plans.wrong_value", column=Both(column.nl, column.en), value=cell, expected=problem.expected),
            place=place,
        ) from problem


@dataclass(frozen=True, slots=True)
class _Scenario:
    """The scratch assessment that plans of an organisation are put into."""

    connection: duckdb.DuckDBPyConnection
    organisation: str
    as_of: date
    known_at: datetime

    def add(self, plan: _Plan, number: int) -> None:
        """Put a plan in as evidence. Raises ConfigurationError when it is seen only after the day of the assessment."""
        kind, values = plan.kind, plan.values
        if plan.key is not None:
            values = self._replaced(kind, plan.key) | values
        observed = self._observed(kind, values)
        if observed.date() > self.as_of:
            raise ConfigurationError(
                message("plans.too_late", observed=observed, as_of=self.as_of),
                place=plan.place,
                advice=message("plans.too_late_advice", observed=observed),
            )
        values = values | {"observed_at": observed}
        instants = {name: instant(values[name]) for name in kind.moments if values.get(name) is not None}
        envelope = {
            "organisation_id": self.organisation,
            "source_id": SOURCE,
            "record_key": plan.key or f"plan-{number}",
            "recorded_at": self.known_at,
        }
        identity = f"{self.organisation}|{kind.kind}|{number}"
        add_plan(self.connection, kind.kind, values | instants | envelope, identity)

    def _observed(self, kind: Kind, values: dict[str, Any]) -> datetime:
        """The wall time at which a plan counts as seen: what its kind dates it by, else the day of the assessment."""
        dated = next((values[name] for name in kind.observed_from if values.get(name) is not None), None)
        moment = dated or values.get("observed_at") or self.as_of
        return moment if isinstance(moment, datetime) else datetime.combine(moment, time())

    def _replaced(self, kind: Kind, key: str) -> dict[str, Any]:
        """The columns of the present record with this key, which the plan then replaces; empty when there is none."""
        names = [column.name for column in kind.every_column]
        values = replace_present(self.connection, kind.kind, self.organisation, key, names)
        moments = {name: wall_time(values[name]) for name in kind.moments if name in values}
        return values | moments
