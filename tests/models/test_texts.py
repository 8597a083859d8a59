"""Every text stands once in each language, is asked for by name, and says the same thing with the same values."""

from __future__ import annotations

import ast
import builtins
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from models.language import Language
from models.message import FOLDER, joined, message, pattern_of, placeholders, texts
from tests.languages import foreign_words

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("cli", "connectors", "expectations", "flows", "models", "reports", "warehouse")
SPEAKERS = {"message", "say", "Say"}


def rooms(language: Language) -> list[str]:
    return sorted(file.stem for file in (ROOT / "models" / FOLDER / language.value).glob("*.yaml"))


def keys(language: Language) -> set[str]:
    return {f"{room}.{name}" for room in rooms(language) for name in texts(language, room)}


def forms(key: str, language: Language) -> list[str]:
    pattern = pattern_of(key, language)
    return [pattern] if isinstance(pattern, str) else [*pattern.values()]


def calls() -> Iterator[tuple[str, ast.Call]]:
    """Every call in the program that may name a text, with the file that it stands in."""
    for room in ROOMS:
        for file in (ROOT / room).rglob("*.py"):
            for node in ast.walk(ast.parse(file.read_text("utf-8"))):
                if isinstance(node, ast.Call) and _speaks(node.func):
                    yield str(file.relative_to(ROOT)), node


def _speaks(function: ast.expr) -> bool:
    name = function.func if isinstance(function, ast.Call) else function  # Say(lang)("…")
    return isinstance(name, ast.Name) and name.id in SPEAKERS


def named_literally() -> dict[str, list[tuple[str, set[str] | None]]]:
    """Key of a text → where it is asked for, with the names of the values (None: not to be seen in the source)."""
    named: dict[str, list[tuple[str, set[str] | None]]] = {}
    for file, call in calls():
        if call.args and isinstance(call.args[0], ast.Constant) and "." in str(call.args[0].value):
            values = {keyword.arg for keyword in call.keywords}
            named.setdefault(call.args[0].value, []).append((file, None if None in values else values))  # type: ignore[arg-type]
    return named


def mentioned() -> tuple[set[str], set[str]]:
    """Every string of the program that may be the key of a text, and the beginnings of those that are put together."""
    whole, beginnings = set(), set()
    for room in ROOMS:
        for file in (ROOT / room).rglob("*.py"):
            for node in ast.walk(ast.parse(file.read_text("utf-8"))):
                if isinstance(node, ast.Constant) and isinstance(node.value, str):
                    whole.add(node.value)
                if isinstance(node, ast.JoinedStr) and isinstance(node.values[0], ast.Constant):
                    beginnings.add(str(node.values[0].value))
    return whole, {text for text in beginnings if re.fullmatch(r"[a-z]+\.[a-z_]*", text)}


def test_both_languages_have_the_same_texts() -> None:
    assert keys(Language.NL) == keys(Language.EN)
    assert len(keys(Language.NL)) > 300


@pytest.mark.parametrize("key", sorted(keys(Language.NL)))
def test_a_text_is_filled_in_with_the_same_values_in_both(key: str) -> None:
    dutch, english = pattern_of(key, Language.NL), pattern_of(key, Language.EN)
    assert placeholders(dutch) == placeholders(english)
    assert isinstance(dutch, str) == isinstance(english, str)
    assert isinstance(dutch, str) or set(dutch) == {"one", "more"} == set(english)


def test_every_text_that_is_asked_for_is_there_with_its_values() -> None:
    known = keys(Language.NL)
    for key, places in named_literally().items():
        assert key in known, f"{places[0][0]} asks for {key}"
        wanted = placeholders(pattern_of(key, Language.NL))
        for file, values in places:
            assert values is None or wanted <= values, f"{file}: {key} needs {wanted - values}"


def test_no_text_is_left_over() -> None:
    whole, beginnings = mentioned()
    unused = {key for key in keys(Language.NL) - whole if not any(key.startswith(start) for start in beginnings)}
    assert not unused


@pytest.mark.parametrize("language", Language)
def test_a_text_is_whole_in_its_language(language: Language) -> None:
    strange = {
        key: foreign_words(form, language)
        for key in sorted(keys(language))
        for form in forms(key, language)
        if foreign_words(form, language)
    }
    assert not strange


def test_the_form_follows_the_number() -> None:
    assert [str(message("check.sources", number=number)) for number in (0, 1, 2)] == [
        "0 bronnen",
        "1 bron",
        "2 bronnen",
    ]


def test_a_text_within_a_text_follows_in_language() -> None:
    text = message("settings.problem", place="x", problem=joined([message("os.absent"), message("os.full")], ", "))
    assert text.in_language("nl") == "x: bestaat niet, de schijf is vol"
    assert text.in_language("en") == "x: does not exist, the disk is full"


def test_a_text_that_is_not_there_is_a_mistake() -> None:
    with pytest.raises(KeyError):
        message("os.nothing_like_it").in_language(Language.NL)
    with pytest.raises(KeyError):
        message("settings.line", file="x").in_language(Language.NL)


# Where errors are still told in Dutch only; a file goes from this list when its texts have moved, and none comes to it.
DUTCH_ONLY = frozenset(
    {
        "connectors",  # what a source answers is told in the outcome of a night, which is stored in Dutch
        "models/catalogue.py", "models/catalogue_check.py", "models/expression_check.py", "models/rule_files.py",
        "models/question_files.py", "models/crosswalk.py", "models/official_text.py", "models/kind.py", "models/loading.py",
        "models/norm_files.py", "models/test_type.py",
    }
)  # fmt: skip


def errors_with_words() -> Iterator[tuple[str, int]]:
    """Every error of ours that is raised with words of its own instead of a text, by file and line."""
    for room in ROOMS:
        for file in (ROOT / room).rglob("*.py"):
            for node in ast.walk(ast.parse(file.read_text("utf-8"))):
                if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call):
                    told = [
                        *node.exc.args,
                        *(keyword.value for keyword in node.exc.keywords if keyword.arg == "advice"),
                    ]
                    if _is_ours(node.exc.func) and any(_has_words(part) for part in told):
                        yield file.relative_to(ROOT).as_posix(), node.lineno


def _is_ours(function: ast.expr) -> bool:
    name = function.id if isinstance(function, ast.Name) else ""
    builtin = name in dir(builtins)
    return not builtin and name.endswith(("Error", "NotFound", "Busy", "Refused"))


def _has_words(part: ast.expr) -> bool:
    return any(
        isinstance(node, ast.Constant) and isinstance(node.value, str) and " " in node.value.strip()
        for node in (
            [part] if isinstance(part, ast.Constant) else part.values if isinstance(part, ast.JoinedStr) else []
        )
    )


def test_errors_have_their_words_in_the_texts() -> None:
    own = [place for place in errors_with_words() if not place[0].startswith(tuple(DUTCH_ONLY))]
    assert not own


def test_the_command_line_has_its_words_in_the_texts() -> None:
    """No string of a command holds a word of either language."""
    wordy = [
        (file.name, node.lineno, node.value)
        for file in (ROOT / "cli").glob("*.py")
        if file.name != "__init__.py"
        for tree in [ast.parse(file.read_text("utf-8"))]
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value not in docstrings(tree)
        if foreign_words(node.value, Language.NL) or foreign_words(node.value, Language.EN)
        if " " in node.value.strip() and not node.value.startswith(("SELECT", "FROM", "ON ", "WHERE", "ANTI", "c."))
        if node.value != "not bold default"  # a style
    ]
    assert not wordy


def docstrings(tree: ast.Module) -> set[str | None]:
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    return {ast.get_docstring(node, clean=False) for node in ast.walk(tree) if isinstance(node, documented)}


# Reports are still to move to templates per language, yardsticks to the homes of the test types.
COMPARE_A_LANGUAGE = ("models/language.py", "models/criterion.py", "reports/")


def test_a_language_is_compared_in_one_place() -> None:
    compared = [
        (file.relative_to(ROOT).as_posix(), node.lineno)
        for room in ROOMS
        for file in (ROOT / room).rglob("*.py")
        for node in ast.walk(ast.parse(file.read_text("utf-8")))
        if isinstance(node, ast.Compare)
        for part in (node.left, *node.comparators)
        if isinstance(part, ast.Constant) and part.value in [*Language]
    ]
    assert not [place for place in compared if not place[0].startswith(COMPARE_A_LANGUAGE)]
