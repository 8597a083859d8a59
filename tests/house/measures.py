"""Measures of the shape of the program, taken from its syntax trees; nothing is run or imported.

    python -m tests.house.measures        (every measure, and what it is made of where that helps)

What may be is said in `bounds.yaml`; that nothing is above it is the test's.

- A function is every `def`, also in classes and in functions; a function inside another counts for itself alone.
- A line of logic is a line of a function that is not blank, no comment, and not of its docstring.
- Complexity is McCabe's (1976): one more than the places where the way divides: if, elif, conditional expression, loop,
  comprehension and its conditions, except, case, and each further operand of `and` and `or`.
"""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TypeGuard

PROGRAM = Path(__file__).parents[2]
PACKAGES = ("models", "warehouse", "connectors", "expectations", "reports", "flows", "cli")
WITHOUT_SQL = ("reports", "flows", "cli")
COMPLEX = 10
# Names that say what happened to a thing, and not what it is.
PARTICIPLES = frozenset(
    {
        "asked", "chosen", "counted", "found", "given", "kept", "known", "left", "listed", "made", "marked", "meant",
        "named", "opened", "own", "planned", "said", "seen", "shown", "stored", "told", "wanted",
    }
)  # fmt: skip
QUERY = re.compile(
    r"\bSELECT\b|^\s*FROM\b|\bINSERT\s+INTO\s|\bDELETE\s+FROM\s|\bUPDATE\s+\w+\.\w+\s+SET\s"
    r"|\bFROM\s+(?:main|ops|evidence|catalogue|assess|account)\."
)
NO_MODULES = frozenset({"test_of"})  # begins like the name of a module of tests
LANGUAGES = frozenset({"nl", "en"})
Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Module:
    """A file of the program: its name from the root, its lines and its tree."""

    name: str
    text: str

    @cached_property
    def lines(self) -> list[str]:
        return self.text.splitlines()

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.text)

    @cached_property
    def nodes(self) -> list[ast.AST]:
        return list(ast.walk(self.tree))

    @cached_property
    def functions(self) -> list[Function]:
        return [node for node in self.nodes if isinstance(node, Function)]

    @cached_property
    def docstrings(self) -> set[int]:
        """The identities of the nodes that are docstrings."""
        documented = [node for node in self.nodes if isinstance(node, (ast.Module, ast.ClassDef, Function))]
        return {id(first.value) for node in documented if (first := _docstring(node)) is not None}

    def logic(self, function: Function) -> list[str]:
        """The lines of logic of a function, without their indentation."""
        first, last = function.lineno, function.end_lineno or function.lineno
        inner = [node for node in ast.walk(function) if isinstance(node, Function) and node is not function]
        left_out = {number for node in inner for number in _lines_of(node)}
        docstring = _docstring(function)
        if docstring is not None:
            left_out |= set(_lines_of(docstring))
        numbers = (number for number in range(first, last + 1) if number not in left_out)
        texts = (self.lines[number - 1].strip() for number in numbers)
        return [text for text in texts if text and not text.startswith("#")]


def modules(root: Path = PROGRAM, folders: tuple[str, ...] = PACKAGES) -> list[Module]:
    """Every module in these folders of the program under `root`, in the order of their names."""
    files = sorted(file for folder in folders for file in (root / folder).rglob("*.py"))
    return [Module(file.relative_to(root).as_posix(), file.read_text("utf-8")) for file in files]


def _docstring(node: ast.AST) -> ast.Expr | None:
    """The statement that is the docstring of a module, class or function; None without one."""
    body = getattr(node, "body", [])
    first = body[0] if body else None
    is_text = (
        isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str)
    )
    return first if is_text else None


def _lines_of(node: ast.stmt) -> range:
    return range(node.lineno, (node.end_lineno or node.lineno) + 1)


def complexity(function: Function) -> int:
    """McCabe's complexity of a function, without that of the functions and classes in it."""
    waiting, total = list(ast.iter_child_nodes(function)), 1
    while waiting:
        node = waiting.pop()
        if isinstance(node, (Function, ast.ClassDef)):
            continue
        total += _ways(node)
        waiting += ast.iter_child_nodes(node)
    return total


def _ways(node: ast.AST) -> int:
    """How many ways a node adds."""
    if isinstance(node, ast.BoolOp):
        return len(node.values) - 1
    if isinstance(node, ast.comprehension):
        return 1 + len(node.ifs)
    divides = (ast.If, ast.IfExp, ast.For, ast.AsyncFor, ast.While, ast.ExceptHandler, ast.match_case)
    return int(isinstance(node, divides))


# --- the measures -----------------------------------------------------------------------------------------------------


def queries_outside_the_warehouse(program: list[Module]) -> list[str]:
    """Where a text in reports, flows or cli holds a query."""
    return [
        f"{module.name}:{node.lineno}"
        for module in program
        if module.name.startswith(WITHOUT_SQL)
        for node in module.nodes
        if _holds_a_query(node) and id(node) not in module.docstrings
    ]


def _holds_a_query(node: ast.AST) -> TypeGuard[ast.Constant]:
    return isinstance(node, ast.Constant) and isinstance(node.value, str) and QUERY.search(node.value) is not None


def files_that_compare_a_language(program: list[Module]) -> list[str]:
    """The modules in which something is compared with a language, as a value or as a text, or a text is taken by the name
    of one (`row[f"title_{lang}"]`)."""
    return [module.name for module in program if any(_compares_a_language(node) for node in module.nodes)]


def _compares_a_language(node: ast.AST) -> bool:
    if isinstance(node, ast.MatchValue):
        return _is_language(node.value)
    if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.JoinedStr):
        return bool({part.id for part in ast.walk(node.slice) if isinstance(part, ast.Name)} & {"lang", "language"})
    return isinstance(node, ast.Compare) and any(_is_language(side) for side in (node.left, *node.comparators))


def _is_language(node: ast.AST) -> bool:
    if isinstance(node, ast.Constant):
        return node.value in LANGUAGES
    if not (isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)):
        return False
    return node.value.id == "Language" and node.attr.lower() in LANGUAGES


def complex_functions(program: list[Module]) -> list[str]:
    """The functions with a complexity over the bound."""
    return [
        f"{module.name}:{function.lineno} {function.name}"
        for module in program
        for function in module.functions
        if complexity(function) > COMPLEX
    ]


def complex_share(program: list[Module]) -> float:
    """Percentage of all functions with a complexity over the bound."""
    return 100 * len(complex_functions(program)) / sum(len(module.functions) for module in program)


def branches_per_100_lines(program: list[Module]) -> float:
    """Complexity of all functions together per 100 lines of logic."""
    total = sum(complexity(function) for module in program for function in module.functions)
    return 100 * total / len(_logic(program))


def characters_per_line(program: list[Module]) -> float:
    """Mean length of a line of logic without its indentation."""
    lines = _logic(program)
    return sum(map(len, lines)) / len(lines)


def _logic(program: list[Module]) -> list[str]:
    return [line for module in program for function in module.functions for line in module.logic(function)]


def private_names_in_two_modules(program: list[Module]) -> list[str]:
    """Private functions of modules, not of classes, of which the name stands in more than one module."""
    places = defaultdict(list)
    for module in program:
        for node in module.tree.body:
            if isinstance(node, Function) and node.name.startswith("_"):
                places[node.name].append(module.name)
    return [f"{name}: {', '.join(files)}" for name, files in sorted(places.items()) if len(files) > 1]


def participle_names(program: list[Module]) -> list[str]:
    """Where a name is given a value that says what happened to it."""
    return [
        f"{module.name}:{node.lineno} {node.id}"
        for module in program
        for node in module.nodes
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store) and node.id in PARTICIPLES
    ]


def text_subscripts_per_1000_lines(program: list[Module]) -> float:
    """Subscripts with a literal text, which no type checker sees, per 1,000 lines of the program."""
    subscripts = [
        node
        for module in program
        for node in module.nodes
        if isinstance(node, ast.Subscript)
        and isinstance(node.slice, ast.Constant)
        and isinstance(node.slice.value, str)
    ]
    return 1000 * len(subscripts) / sum(len(module.lines) for module in program)


def imports_from_tests(tests: list[Module]) -> list[str]:
    """Where a module of the tests takes something from a module of tests, or from a `conftest`."""
    return [
        f"{module.name}:{node.lineno}"
        for module in tests
        for node in module.nodes
        if isinstance(node, ast.ImportFrom) and any(_names_tests(name) for name in _imported(node))
    ]


def _imported(node: ast.ImportFrom) -> list[str]:
    """The parts of what is imported, when it is of the tests."""
    path = (node.module or "").split(".")
    if path[0] != "tests" and not node.level and "conftest" not in path:
        return []  # `models.test_type` is no module of tests
    return [*path, *(alias.name for alias in node.names)]


def _names_tests(part: str) -> bool:
    return part == "conftest" or (part.startswith("test_") and part not in NO_MODULES)


def figures(program: list[Module], tests: list[Module]) -> dict[str, float]:
    """Every measure as a figure, by its name in `bounds.yaml`."""
    return {
        "queries_outside_the_warehouse": len(queries_outside_the_warehouse(program)),
        "files_that_compare_a_language": len(files_that_compare_a_language(program)),
        "complex_share": complex_share(program),
        "branches_per_100_lines": branches_per_100_lines(program),
        "characters_per_line": characters_per_line(program),
        "private_names_in_two_modules": len(private_names_in_two_modules(program)),
        "participle_names": len(participle_names(program)),
        "text_subscripts_per_1000_lines": text_subscripts_per_1000_lines(program),
        "imports_from_tests": len(imports_from_tests(tests)),
    }


def places(program: list[Module], tests: list[Module]) -> dict[str, list[str]]:
    """What the counted measures are made of, by their names in `bounds.yaml`."""
    return {
        "queries_outside_the_warehouse": queries_outside_the_warehouse(program),
        "files_that_compare_a_language": files_that_compare_a_language(program),
        "complex_share": complex_functions(program),
        "private_names_in_two_modules": private_names_in_two_modules(program),
        "participle_names": participle_names(program),
        "imports_from_tests": imports_from_tests(tests),
    }


if __name__ == "__main__":
    own, tested = modules(), modules(folders=("tests",))
    for name, listed in places(own, tested).items():
        print(name, *(f"  {line}" for line in listed), sep="\n")
    for name, figure in figures(own, tested).items():
        print(f"{name}: {figure:.2f}")
