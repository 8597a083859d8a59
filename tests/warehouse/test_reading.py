"""The views that readers ask, and the typed rows that they give."""

from __future__ import annotations

import re
from pathlib import Path

import duckdb
import pytest

from models.errors import EnsiaError
from models.language import Language
from tests.small import insert
from warehouse.reading import shapes
from warehouse.reading.publish import publish
from warehouse.reading.read import Published
from warehouse.reading.shapes import CatalogueNorm, NamedRecord, Shape
from warehouse.storage.database import State, memory_warehouse, open_published, open_warehouse
from warehouse.storage.reading_views import reading_files

SHAPES = [
    item for item in vars(shapes).values() if isinstance(item, type) and issubclass(item, Shape) and item is not Shape
]


@pytest.fixture(scope="module")
def warehouse() -> duckdb.DuckDBPyConnection:
    connection = memory_warehouse()
    connection.execute("INSERT INTO ops.organisation VALUES ('gemeente', 'Gemeente', 'gemeente')")
    for norm, dutch, english in (("1", "een", "one"), ("2", "twee", ""), ("3", "drie", None)):
        connection.execute(
            "INSERT INTO catalogue.norm (framework_id, norm_id, level, title_nl, title_en, norm_order) "
            "VALUES ('kader', ?, 'measure', ?, ?, ?)",
            [norm, dutch, english, int(norm)],
        )
    return connection


@pytest.mark.parametrize("language", list(Language))
@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.__name__)
def test_every_shape_has_the_columns_of_its_view(
    warehouse: duckdb.DuckDBPyConnection, shape: type[Shape], language: Language
) -> None:
    rows = Published(State(Path()), warehouse, language=language).select(shape)
    assert all(isinstance(row, shape) for row in rows)


@pytest.mark.parametrize(("name", "sql"), reading_files(), ids=lambda value: value if len(value) < 60 else "")
def test_every_view_states_its_grain(name: str, sql: str) -> None:
    for before in re.split(r"^CREATE OR REPLACE VIEW ", sql, flags=re.MULTILINE)[:-1]:
        lines = before.splitlines()
        comment = "\n".join(
            lines[max((n for n, line in enumerate(lines) if not line.startswith("--")), default=-1) + 1 :]
        )
        assert re.search(r"(^-- |\. )grain: ", comment, flags=re.MULTILINE), name


def test_a_text_is_dutch_where_there_is_no_english(warehouse: duckdb.DuckDBPyConnection) -> None:
    published = Published(State(Path()), warehouse)
    assert [norm.title for norm in published.select(CatalogueNorm)] == ["een", "twee", "drie"]
    assert [norm.title for norm in published.speaking("en").select(CatalogueNorm)] == ["one", "twee", "drie"]


def test_what_is_asked_is_what_is_given(warehouse: duckdb.DuckDBPyConnection) -> None:
    published = Published(State(Path()), warehouse)
    assert [norm.norm_id for norm in published.select(CatalogueNorm, norm_id="2")] == ["2"]
    assert [norm.norm_id for norm in published.select(CatalogueNorm, norm_id=["3", "1", "9"])] == ["1", "3"]
    assert [norm.norm_id for norm in published.select(CatalogueNorm, parent=None)] == ["1", "2", "3"]
    assert published.select(CatalogueNorm, norm_id=[]) == []
    assert published.select(CatalogueNorm, norm_id="2' OR true --") == []


def test_a_record_is_named_whatever_its_kind_and_version(warehouse: duckdb.DuckDBPyConnection) -> None:
    risk = insert(warehouse, "risk", record_key="R-1", title="Brand", owner="CISO", retired_at="2026-02-01")
    document = insert(warehouse, "document", record_key="D-1", title="")
    insert(warehouse, "document", organisation="ander", title="Van een ander")
    records = Published(State(Path()), warehouse).select(NamedRecord, "gemeente", evidence_id=[risk, document, 7])
    assert [(record.kind, record.name, record.owner, record.file, record.row) for record in records] == [
        ("risk", "Brand", "CISO", "", None), ("document", "D-1", None, "", None),
    ]  # fmt: skip


def test_a_published_file_with_other_views_is_refused_with_what_to_do(tmp_path: Path) -> None:
    state = State(tmp_path)
    with open_warehouse(state) as connection:
        publish(connection, state)
    open_published(state).close()
    with duckdb.connect(str(state.published)) as connection:
        connection.execute("CREATE OR REPLACE VIEW reading.version AS SELECT 'anders' AS digest")
    with pytest.raises(EnsiaError) as refused:
        open_published(state)
    assert "ensia nightly" in str(refused.value.advice)
