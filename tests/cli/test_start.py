"""Reading commands start light: they import neither Prefect nor Great Expectations nor pandas."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = ("prefect", "great_expectations", "pandas", "sqlalchemy", "openpyxl")


@pytest.mark.parametrize(
    "module",
    [
        "cli.main",
        "cli.status",
        "cli.explain",
        "cli.query",
        "flows.installation",
        "flows.state_folder",
        "warehouse.reading.read",
        "warehouse.reading.explain",
        "warehouse.engine.scratch",
    ],
)
def test_a_reading_command_imports_nothing_heavy(module: str) -> None:
    code = f"import sys, {module}; print([name for name in {HEAVY!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_question_with_a_value_imports_nothing_heavy() -> None:
    """The Python client of DuckDB imports pandas for every value that is bound through it."""
    code = (
        "import sys, duckdb; from pathlib import Path; from warehouse.storage.database import State; from warehouse.reading.read import Published; "
        "print(Published(State(Path()), duckdb.connect()).rows('SELECT ? AS x', ['a'])); "
        f"print([name for name in {HEAVY!r} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == ["[{'x': 'a'}]", "[]"]
