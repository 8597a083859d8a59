"""A small catalogue and a handful of makers, for tests that need a warehouse but not the whole BIO."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb

from models.catalogue import (
    Catalogue,
    Framework,
    Indicator,
    Link,
    Measure,
    Norm,
    Question,
    Questionnaire,
    Test,
)
from models.kind import kinds
from models.record import Locator, Problem, Record
from models.sql_text import literal
from warehouse.storage.catalogue_store import store_catalogue
from warehouse.storage.database import SETTINGS, memory_warehouse, transaction
from warehouse.storage.staging import REASON_COLUMNS, Pseudonymiser, Staging

FRAMEWORK = "klein"
AS_OF = date(2026, 11, 20)
KNOWN = datetime(2026, 11, 20, 3, 15)
_ONCE = TemporaryDirectory()  # until this process ends


def test_of(identifier: str, norm: str, aspect: str, basis: str = "measured", **measure: Any) -> Test:
    """A test with a sentence that repeats its name."""
    return Test(
        id=identifier, framework_id=FRAMEWORK, norm_id=norm, aspect=aspect, basis=basis, nl=identifier, en=identifier,
        measure=Measure.model_validate(measure),
    )  # fmt: skip


test_of.__test__ = False  # type: ignore[attr-defined]


def norm_of(identifier: str, level: str, **more: Any) -> Norm:
    return Norm(framework_id=FRAMEWORK, id=identifier, level=level, title_nl=identifier, title_en=identifier, **more)


def indicator_of(identifier: str, **more: Any) -> Indicator:
    measure = more.pop("measure")
    return Indicator(
        id=identifier, framework_id="beginselen", principle_id="1", name_nl=identifier, name_en=identifier,
        measure=Measure.model_validate(measure), unit=more.pop("unit", "%"), better=more.pop("better", "higher"),
        green=more.pop("green", 90), amber=more.pop("amber", 50), weight=more.pop("weight", 1), reason_nl="daarom", **more,
    )  # fmt: skip


def catalogue_of(
    tests: Iterable[Test], norms: Iterable[Norm], indicators: Iterable[Indicator] = (), digest: str = "d1"
) -> Catalogue:
    """A catalogue with one framework, one principle that is related to control 5.1, and a question about it."""
    listed = tuple(norms)
    principle = Norm(framework_id="beginselen", id="1", level="principle", title_nl="Eerste", title_en="First")
    return Catalogue(
        frameworks=(Framework(id=FRAMEWORK, title_nl="Klein", title_en="Small", version="1", published="2026-01-01", source="test"),),
        norms=(*listed, principle),
        links=(Link(framework_id="beginselen", norm_id="1", to_framework_id=FRAMEWORK, to_norm_id="5.1", relation="related"),),
        tests=tuple(tests),
        indicators=tuple(indicators),
        questionnaires=(Questionnaire(id="vragen", title_nl="Vragen", title_en="Questions"),),
        questions=(
            Question(questionnaire_id="vragen", id="1", text_nl="Is 5.1 op orde?", text_en="Is 5.1 in order?", framework_id=FRAMEWORK, norm_ids=("5.1",)),
        ),
        digest=digest,
    )  # fmt: skip


def empty_warehouse() -> duckdb.DuckDBPyConnection:
    """What `memory_warehouse` gives, copied from one that was migrated before: that takes a third of the time."""
    connection = duckdb.connect(":memory:", config=SETTINGS)
    connection.execute(f"ATTACH {literal(str(_migrated()))} AS migrated (READ_ONLY)")
    connection.execute("COPY FROM DATABASE migrated TO memory")
    connection.execute("DETACH migrated")
    return connection


@cache
def _migrated() -> Path:
    file = Path(_ONCE.name) / "migrated.duckdb"
    with memory_warehouse() as connection:
        connection.execute(f"ATTACH {literal(str(file))} AS migrated")
        connection.execute("COPY FROM DATABASE memory TO migrated")
        connection.execute("DETACH migrated")
    return file


def warehouse_of(catalogue: Catalogue, organisations: Iterable[str] = ("gemeente",)) -> duckdb.DuckDBPyConnection:
    """A warehouse in memory with a catalogue and organisations."""
    connection = empty_warehouse()
    with transaction(connection):
        store_catalogue(connection, catalogue)
    for name in organisations:
        connection.execute("INSERT INTO ops.organisation VALUES (?, ?, 'gemeente')", [name, name])
    return connection


_counter = iter(range(1, 10**9))


def insert(connection: duckdb.DuckDBPyConnection, kind: str, organisation: str = "gemeente", **values: Any) -> int:
    """Insert one version of a record; returns its evidence_id. observed_at follows from the kind's columns."""
    number = next(_counter)
    observed = next(
        (values[name] for name in kinds()[kind].observed_from if values.get(name) is not None), date(2026, 1, 1)
    )
    row = {
        "organisation_id": organisation, "source_id": "bron", "record_key": f"r{number}", "evidence_id": number << 32,
        "recorded_at": datetime(2026, 1, 1), "content_hash": str(number), "observed_at": observed,
        **({"owner": "Toetsteam"} if kinds()[kind].own_service else {}), **values,
    }  # fmt: skip
    names = ", ".join(row)
    connection.execute(
        f"INSERT INTO evidence.{kind} ({names}) VALUES ({', '.join('?' * len(row))})", list(row.values())
    )
    return number << 32


def results(connection: duckdb.DuckDBPyConnection, table: str = "new_test_result") -> dict[str, dict[str, Any]]:
    """Test results by test id."""
    cursor = connection.execute(f"SELECT * FROM {table}")
    names = [column[0] for column in cursor.description or []]
    rows = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    return {row["test_id"]: row for row in rows}


def record(kind: str, key: str | None, row: int = 1, problems: Iterable[Problem] = (), **values: Any) -> Record:
    return Record(kind, key, values, Locator(file="map.xlsx", sheet="Blad1", row=row), list(problems))


def staged(path: Path, records: Iterable[Record], *, personal_data: bool = False) -> Path:
    """A finished staging file with these records and empty tables `rejected` and `unknown_value`."""
    staging = Staging(path, pseudonymise=Pseudonymiser("sleutel"), personal_data=personal_data)
    staging.add(records, "a" * 64, datetime(2026, 11, 20))
    staging.connection.execute(f"CREATE TABLE rejected ({REASON_COLUMNS})")
    staging.connection.execute("CREATE TABLE unknown_value AS FROM rejected WITH NO DATA")
    staging.finish()
    return path
