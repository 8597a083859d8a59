"""Every text stands once in each language, is asked for by name, and says the same thing with the same values."""

from __future__ import annotations

import ast
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
                if isinstance(node, ast.Call) and _called(node.func) == "headings":
                    whole |= _headings(node, file)
                if isinstance(node, ast.JoinedStr) and isinstance(node.values[0], ast.Constant):
                    beginnings.add(str(node.values[0].value))
    return whole, {text for text in beginnings if re.fullmatch(r"[a-z]+\.[a-z_]*", text)}


def _headings(call: ast.Call, file: Path) -> set[str]:
    """The keys of the headings that a command asks for by room and column; of columns that have a name, all that may be."""
    room, *columns = [node.value for node in call.args if isinstance(node, ast.Constant)]
    if any(isinstance(node, ast.Starred) for node in call.args):
        columns += [
            node.value for node in ast.walk(ast.parse(file.read_text("utf-8"))) if isinstance(node, ast.Constant)
        ]
    return {f"{room}.column_{column}" for column in columns}


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


# What makes something that a person reads, by the end of its name: an error, a problem of a record or setting, a finding, a
# remark, and why a report or value cannot be taken.
MAKERS = re.compile(
    r"(Error|NotFound|Busy|Refused|Defect|Problem|Finding|Remark|Broken|Subject|FileKind|Retryable|NotDelivered)$"
    r"|^_?(refuse|problem|remark|terminal|transient|wrong|problem_of)$"
)
# Errors of who writes a program, or that another part of it turns into a text: nobody reads their words.
FOR_PROGRAMMERS = {
    ("warehouse/reading/read.py", "no SQL literal for"): "a type that no caller may hand over",
    ("connectors/tools/credentials.py", "a secret cannot be stored"): "code that would write a secret down",
    (
        "connectors/tools/sheetmarks.py",
        "a sheet has no document type",
    ): "becomes UnreadablePart, which names the part only",
    ("connectors/tools/tables.py", "a csv file has no sheets"): "a caller that did not look at what it has",
    ("reports/xlsx_edit.py", "not in UTF-8"): "becomes workbook.unreadable",
    ("reports/xlsx_edit.py", "byte"): "becomes workbook.unreadable",
    ("reports/xlsx_edit.py", "a workbook has no DOCTYPE"): "becomes workbook.unreadable",
    ("reports/prose.py", "a row without the widths"): "a template that is written wrong",
    (
        "reports/controleer.py",
        "geen punt op de kromme",
    ): "the verifier in a dossier, which shares no code with the program",
}


def words_in(part: ast.expr) -> str:
    """What a literal says in itself, with … for what is filled in; of anything else nothing."""
    if isinstance(part, ast.Constant) and isinstance(part.value, str):
        return part.value
    if isinstance(part, ast.JoinedStr):
        return "".join("…" if isinstance(piece, ast.FormattedValue) else words_in(piece) for piece in part.values)
    return ""


def is_sentence(text: str) -> bool:
    """Whether a literal has words that belong to a language, and not only names and signs."""
    return " " in text.strip(" ,:;…") and len(re.findall(r"[A-Za-zÀ-ÿ]{2,}", text)) > 1


def literal_sentences() -> Iterator[tuple[str, int, str]]:
    """Every sentence that stands in the call that makes an error, problem, finding, remark or advice."""
    for file, tree in trees():
        for call in ast.walk(tree):
            if isinstance(call, ast.Call) and MAKERS.search(_called(call.func)):
                for part in (*call.args, *(keyword.value for keyword in call.keywords)):
                    for choice in (part.body, part.orelse) if isinstance(part, ast.IfExp) else (part,):
                        if is_sentence(words_in(choice)):
                            yield file, call.lineno, words_in(choice)


def _called(function: ast.expr) -> str:
    return (
        function.attr if isinstance(function, ast.Attribute) else function.id if isinstance(function, ast.Name) else ""
    )


def trees() -> Iterator[tuple[str, ast.Module]]:
    """Every module of the program, parsed."""
    for room in ROOMS:
        for file in sorted((ROOT / room).rglob("*.py")):
            yield file.relative_to(ROOT).as_posix(), ast.parse(file.read_text("utf-8"))


def test_what_people_read_has_its_words_in_the_texts() -> None:
    told_here = {
        (file, line, text)
        for file, line, text in literal_sentences()
        if not any(file == there and words in text for there, words in FOR_PROGRAMMERS)
    }
    assert not told_here


def test_every_exception_to_that_still_stands_in_the_program() -> None:
    present = {(file, text) for file, _, text in literal_sentences()}
    gone = [
        known for known in FOR_PROGRAMMERS if not any(known[0] == file and known[1] in text for file, text in present)
    ]
    assert not gone


# Dutch that is no text for a person, or that stands beside its English in one place.
DUTCH_BY_NATURE = {
    "models/wording.py": "the words for codes, in both languages beside each other",
    "models/criterion.py": "the words for spans and periods, in both languages beside each other",
    "models/kind.py": "the labels of the envelope, as those of a kind's own columns",
    "models/words.py": "what sources write",
    "models/catalogue_check.py": "FREQUENCIES: the words of the norms",
    "models/official_text.py": "the words of the published text",
    "models/question_files.py": "the question, in both languages beside each other",
    "models/rule_files.py": "the aspects, as the sentence of an attestation names them",
    "models/test_type.py": "the table in docs/catalogus.md",
    "models/word_tables.py": "the tables in docs/bewijs.md",
    "models/verdict.py": "comments on the views of officers, which are Dutch",
    "warehouse/reading/": "comments on the views of officers, which are Dutch",
    "warehouse/year/cycle.py": "the owner of what has none, a value in a table",
    "connectors/tools/dates.py": "what sources write",
    "connectors/tools/values.py": "what sources write",
    "connectors/tools/row_shapes.py": "what sources write",
    "connectors/pipeline.py": "titles of evidence that the program makes itself",
    "reports/": "running text of reports, in both languages beside each other",
}


def dutch_literals() -> Iterator[tuple[str, int, str]]:
    """Every Dutch sentence in the program outside its docstrings, the summaries of connectors, and titles of evidence."""
    for file, tree in trees():
        apart = {id(part) for node in ast.walk(tree) for part in _apart(node)}
        for node in ast.walk(tree):
            if id(node) not in apart and is_sentence(words_in(node)) and foreign_words(words_in(node), Language.EN):  # type: ignore[arg-type]
                yield file, node.lineno, words_in(node)  # type: ignore[attr-defined, arg-type]


def _apart(node: ast.AST) -> Iterator[ast.AST]:
    """What is no text of an error: a docstring, a part of an f-string, a connector's summary, the title of a record."""
    body = getattr(node, "body", None)
    if isinstance(body, list) and body and isinstance(body[0], ast.Expr):
        yield body[0].value
    if isinstance(node, ast.JoinedStr):
        yield from node.values
    if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "summary_nl":
        yield node.value
    if isinstance(node, ast.AnnAssign) and getattr(node.target, "id", "") == "summary_nl" and node.value:
        yield node.value
    if isinstance(node, ast.Dict):
        yield from (
            part
            for key, value in zip(node.keys, node.values, strict=True)
            if _is_title(key)
            for part in ast.walk(value)
        )


def _is_title(key: ast.expr | None) -> bool:
    return isinstance(key, ast.Constant) and key.value in ("title", "unit", "activity")


def test_no_dutch_sentence_stands_in_the_program() -> None:
    """Also one that reaches a person by way of a name, such as `text = …`."""
    strange = [place for place in dutch_literals() if not place[0].startswith(tuple(DUTCH_BY_NATURE))]
    assert not strange


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
        if node.value not in ("not bold default", "anchor make")  # a style, and a command
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
