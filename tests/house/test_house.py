"""The house stays as tidy as it is: no measure of its shape is above its bound. Also that each measure sees what it is for."""

from __future__ import annotations

import ast
from pathlib import Path
from textwrap import dedent

import pytest
import yaml

from tests.house import measures
from tests.house.measures import Module

BOUNDS: dict[str, float] = yaml.safe_load((Path(__file__).parent / "bounds.yaml").read_text("utf-8"))


@pytest.fixture(scope="module")
def program() -> list[Module]:
    return measures.modules()


@pytest.fixture(scope="module")
def tests() -> list[Module]:
    return measures.modules(folders=("tests",))


@pytest.fixture(scope="module")
def figures(program: list[Module], tests: list[Module]) -> dict[str, float]:
    return measures.figures(program, tests)


def test_every_measure_has_its_bound(figures: dict[str, float]) -> None:
    assert figures.keys() == BOUNDS.keys()


@pytest.mark.parametrize("name", BOUNDS)
def test_it_is_not_above_its_bound(
    name: str, figures: dict[str, float], program: list[Module], tests: list[Module]
) -> None:
    listed = "\n".join(measures.places(program, tests).get(name, []))
    assert figures[name] <= BOUNDS[name], f"{name} is {figures[name]:.2f}, at most {BOUNDS[name]}\n{listed}"


def module(text: str, name: str = "reports/voorbeeld.py") -> Module:
    return Module(name, dedent(text))


def test_a_query_is_seen_in_every_text_but_a_docstring() -> None:
    text = """
    def read(table):
        "SELECT is only spoken of here"
        first = "SELECT 1"
        second = f"FROM {table}"
        third = "INSERT INTO ops.run VALUES (1)"
        return first, second, "From here on", "a SELECTION"
    """
    assert sorted(measures.queries_outside_the_warehouse([module(text)])) == [
        "reports/voorbeeld.py:4",
        "reports/voorbeeld.py:5",
        "reports/voorbeeld.py:6",
    ]
    assert measures.queries_outside_the_warehouse([module(text, "warehouse/reading/read.py")]) == []


@pytest.mark.parametrize(
    ("line", "is_seen"),
    [
        ('lang == "nl"', True),
        ('"en" != lang', True),
        ("language is Language.EN", True),
        ('lang in ("nl", "en")', False),  # at the door: whether it is a language at all
        ('text["nl"]', False),
        ('row[f"title_{lang}"]', True),
        ('country == "be"', False),
    ],
)
def test_a_comparison_with_a_language_is_seen(line: str, is_seen: bool) -> None:
    assert bool(measures.files_that_compare_a_language([module(line)])) is is_seen


def test_a_case_of_a_language_is_seen() -> None:
    text = """
    match lang:
        case "nl":
            pass
    """
    assert measures.files_that_compare_a_language([module(text)]) == ["reports/voorbeeld.py"]


BRANCHES = """
def f(a, b):
    '''What it does,

    in many words.'''
    # and why
    if a and b or a:
        return [x for x in a if x]
    for x in b:
        try:
            a = 1 if x else 2
        except ValueError:
            pass

    def g():
        while a:
            pass
    return g
"""


def test_complexity_counts_every_way_and_leaves_an_inner_function_out() -> None:
    outer, inner = module(BRANCHES).functions
    assert (outer.name, measures.complexity(outer)) == ("f", 1 + 1 + 2 + 2 + 1 + 1 + 1)
    assert (inner.name, measures.complexity(inner)) == ("g", 2)


def test_a_line_of_logic_is_no_docstring_comment_or_blank() -> None:
    example = module(BRANCHES)
    outer, inner = example.functions
    assert example.logic(inner) == ["def g():", "while a:", "pass"]
    assert example.logic(outer) == [
        "def f(a, b):", "if a and b or a:", "return [x for x in a if x]", "for x in b:", "try:", "a = 1 if x else 2",
        "except ValueError:", "pass", "return g",
    ]  # fmt: skip
    lines = [*example.logic(outer), *example.logic(inner)]
    assert measures.branches_per_100_lines([example]) == pytest.approx(100 * (9 + 2) / len(lines))
    assert measures.characters_per_line([example]) == pytest.approx(sum(map(len, lines)) / len(lines))


def test_a_private_name_in_two_modules_is_seen_once() -> None:
    text = "def _help(): ...\ndef help(): ...\nclass A:\n    def _step(self): ...\n"
    both = [module(text, "cli/a.py"), module(text, "cli/b.py")]
    assert measures.private_names_in_two_modules(both) == ["_help: cli/a.py, cli/b.py"]
    assert measures.private_names_in_two_modules(both[:1]) == []


def test_a_name_that_says_what_happened_is_seen_where_it_is_given() -> None:
    example = module("found = 1\nfor told in []: print(found)\nfound_rows = 2\n")
    assert measures.participle_names([example]) == ["reports/voorbeeld.py:1 found", "reports/voorbeeld.py:2 told"]


def test_a_subscript_with_a_text_is_seen() -> None:
    example = module("row['a'] + row[1] + row[name]\n")
    assert measures.text_subscripts_per_1000_lines([example]) == 1000


@pytest.mark.parametrize(
    ("line", "is_seen"),
    [
        ("from tests.flows.test_nightly import rows", True),
        ("from tests.connectors import test_http", True),
        ("from tests.flows.conftest import ROWS", True),
        ("from conftest import ROWS", True),
        ("from . import test_http", True),
        ("from models.test_type import documented", False),
        ("from tests.flows.municipality import ROWS", False),
        ("from tests.small import test_of", False),
    ],
)
def test_an_import_from_a_module_of_tests_is_seen(line: str, is_seen: bool) -> None:
    assert bool(measures.imports_from_tests([module(line, "tests/test_a.py")])) is is_seen


def test_a_conftest_holds_fixtures_only(tests: list[Module]) -> None:
    """Every function of it is a fixture or a hook of pytest; helpers have a module of their own, with a plain name."""
    helpers = [
        f"{module.name}:{node.lineno} {node.name}"
        for module in tests
        if module.name.endswith("conftest.py")
        for node in module.tree.body
        if isinstance(node, ast.FunctionDef) and not _is_fixture(node) and not node.name.startswith("pytest_")
    ]
    assert helpers == []


def _is_fixture(function: ast.FunctionDef) -> bool:
    return any("fixture" in ast.unparse(decorator) for decorator in function.decorator_list)
