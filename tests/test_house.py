"""What keeps the rooms apart, measured on the source: SQL stands in the warehouse, and one file chooses between languages."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
ROOMS = ("models", "warehouse", "connectors", "expectations", "reports", "flows", "cli")
WITHOUT_SQL = ("reports", "cli", "flows")
SQL = re.compile(
    r"\b(SELECT\s|INSERT\s+INTO\s|DELETE\s+FROM\s|UPDATE\s+\w+\.\w+\s+SET\s|FROM\s+(main|ops|evidence|catalogue|assess|account)\.)"
)
CHOOSES = {"models/language.py"}


def _sources(*rooms: str) -> list[Path]:
    files = [file for room in rooms for file in sorted((ROOT / room).rglob("*.py"))]
    assert files
    return files


def _statements(text: str) -> Iterator[str]:
    """The string constants of a source that hold SQL; documentation is none."""
    tree = ast.parse(text)
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    docstrings = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, documented) and node.body and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        text_of_node = node.value if isinstance(node, ast.Constant) and id(node) not in docstrings else None
        if isinstance(text_of_node, str) and SQL.search(text_of_node):
            yield text_of_node


def _language_choices(text: str) -> Iterator[int]:
    """The lines on which a value is compared with the name of a language, or a text is taken by it (`title_{lang}`)."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Compare):
            sides = [node.left, *node.comparators]
            if any(isinstance(side, ast.Constant) and side.value in ("nl", "en") for side in sides):
                yield node.lineno
        elif isinstance(node, ast.Subscript) and isinstance(node.slice, ast.JoinedStr):
            names = {part.id for part in ast.walk(node.slice) if isinstance(part, ast.Name)}
            if names & {"lang", "language"}:
                yield node.lineno


@pytest.mark.parametrize("file", _sources(*WITHOUT_SQL), ids=lambda file: str(file.relative_to(ROOT)))
def test_sql_stands_in_the_warehouse(file: Path) -> None:
    assert list(_statements(file.read_text("utf-8"))) == []


@pytest.mark.parametrize(
    "text", ['x = f"SELECT a FROM {b}"', 'x = "INSERT INTO a VALUES (1)"', 'x = "FROM main.bronnen"']
)
def test_a_statement_is_seen(text: str) -> None:
    assert list(_statements(text))


def test_documentation_is_no_statement() -> None:
    assert not list(_statements('"""What SELECT does."""\n'))


def test_one_file_chooses_between_languages() -> None:
    choices = {
        f"{file.relative_to(ROOT)}:{line}"
        for file in _sources(*ROOMS)
        if str(file.relative_to(ROOT)) not in CHOOSES
        for line in _language_choices(file.read_text("utf-8"))
    }
    assert choices == set()


@pytest.mark.parametrize("text", ['a if lang == "en" else b', 'row[f"title_{lang}"]', '"nl" != lang'])
def test_a_choice_is_seen(text: str) -> None:
    assert list(_language_choices(text))
