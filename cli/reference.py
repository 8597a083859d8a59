"""The pages of the reference, in Markdown, made of what the program itself goes by: its commands, settings, lists, words,
test types, views and exit codes. `docs/site/hooks.py` puts them into the documentation site; nothing of them is written by
hand.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import typer
from pydantic import BaseModel
from pydantic_core import PydanticUndefined

from cli.speech import examples, speak
from connectors.base import connectors
from models.configuration import Configuration, Cycle, Digest, Limits, MailServer, Organisation, Schedule, Source
from models.errors import ConfigurationError, EnsiaError
from models.kind import vocabularies
from models.language import Language
from models.list_description import ListColumn, ListDescription, described_lists
from models.loading import default_frameworks, load_catalogue
from models.message import Say
from models.test_type import test_types
from warehouse.reading.officers_views import declared_views

_SETTINGS: tuple[type[BaseModel], ...] = (
    Configuration,
    Organisation,
    Cycle,
    Schedule,
    Digest,
    MailServer,
    Source,
    Limits,
)
_INTERNAL = frozenset({"options", "place", "lines"})


def reference_pages() -> dict[str, str]:
    """Every page, by the name of its file."""
    pages: dict[str, Callable[[Say], Iterator[str]]] = {
        "opdrachten": _commands,
        "lijsten": _list_page,
        "woorden": _word_page,
        "toetsen": _test_types,
        "tabellen": _views,
        "instellingen": _settings,
        "afsluitcodes": _exit_codes,
    }
    say = Say(Language.NL)
    return {f"reference/{name}.md": "\n".join(lines(say)) + "\n" for name, lines in pages.items()}


def _commands(say: Say) -> Iterator[str]:
    from cli.main import app

    command = typer.main.get_command(app)
    speak(command, say.language)
    yield from (f"# {say('reference.commands')}", "", say("reference.commands_intro"), "")
    for name, part in _each_command(command, ""):
        yield from (f"## ensia {name}", "", part.help or "", "", f"    {examples().get(name, name)}", "")
        rows = [[f"`{_spelling(parameter)}`", _cell_text(parameter.help or "")] for parameter in part.params]
        yield from _markdown_table([say("reference.option"), say("reference.meaning")], rows)
        yield ""


def _each_command(command: Any, path: str) -> Iterator[tuple[str, Any]]:
    parts = getattr(command, "commands", None)
    if parts is None:
        yield path, command
    for name, part in (parts or {}).items():
        yield from _each_command(part, f"{path} {name}".strip())


def _spelling(parameter: Any) -> str:
    options = [*parameter.opts, *parameter.secondary_opts]
    if options[0].startswith("-"):
        return ", ".join(options)
    return str(parameter.metavar or parameter.name)


def _list_page(say: Say) -> Iterator[str]:
    yield from (f"# {say('reference.lists')}", "", say("reference.lists_intro"), "")
    for description in described_lists(load_catalogue(default_frameworks())):
        yield from _list_section(description, say)


def _list_section(description: ListDescription, say: Say) -> Iterator[str]:
    list_type = description.list_type
    code = list_type.kind
    if list_type.register:
        code = f"{list_type.kind}, register: {list_type.register}"
    norms = description.asked_by or say("template.no_norm")
    yield from (
        f"## {description.nl} (`{code}`)",
        "",
        f"{description.meaning_nl}. {say('reference.asked_by', norms=norms)}",
        "",
    )
    rows = [_column_row(column, say) for column in description.columns]
    yield from _markdown_table(
        [say(f"reference.{name}") for name in ("column", "code", "meaning", "type", "asked")], rows
    )
    yield ""


def _column_row(column: ListColumn, say: Say) -> list[str]:
    need = say("template.yes") if column.is_asked else ""
    if column.is_required:
        need = say("reference.required")
    sort = f"[{column.vocabulary}](woorden.md#{column.vocabulary})"
    if not column.words:
        sort = say(f"reference.type_{column.type}")
    return [column.nl, f"`{column.name}`", _cell_text(column.meaning_nl), sort, need]


def _word_page(say: Say) -> Iterator[str]:
    yield from (f"# {say('reference.words')}", "", say("reference.words_intro"), "")
    for name, vocabulary in vocabularies().items():
        openness = say("reference.open_list") if vocabulary.open else say("reference.closed_list")
        yield from (f"## {name}", "", openness, "")
        rows = [
            [_cell_text(term.nl), f"`{code}`", _cell_text(term.en), _cell_text(", ".join(term.synonyms))]
            for code, term in vocabulary.terms.items()
        ]
        yield from _markdown_table(
            [say(f"reference.{column}") for column in ("word", "code", "english", "also_good")], rows
        )
        yield ""


def _test_types(say: Say) -> Iterator[str]:
    yield from (f"# {say('reference.test_types')}", "", say("reference.test_types_intro"), "")
    for code, test_type in test_types().items():
        yield from (f"## {test_type.nl} (`{code}`)", "", test_type.meaning_nl, "")
        rows = [
            [f"`{name}`", parameter.type, say("template.yes") if name in test_type.required() else ""]
            for name, parameter in test_type.parameters.items()
        ]
        yield from _markdown_table([say(f"reference.{column}") for column in ("parameter", "type", "required")], rows)
        yield ""


def _views(say: Say) -> Iterator[str]:
    yield from (f"# {say('reference.views')}", "", say("reference.views_intro"), "")
    for view in declared_views():
        yield from (f"## {view.name}", "", f"{view.meaning}.", "")
        rows = [[f"`{column}`", _cell_text(meaning)] for column, meaning in view.columns.items()]
        yield from _markdown_table([say("reference.column"), say("reference.meaning")], rows)
        yield ""


def _settings(say: Say) -> Iterator[str]:
    english = Say(Language.EN)
    yield from (f"# {english('reference.settings')}", "", english("reference.settings_intro"), "")
    for model in _SETTINGS:
        yield from _model(model.__name__, model, english)
    yield from (f"# {english('reference.connectors')}", "")
    for name, load in sorted(connectors().items()):
        yield from _model(name, load().Settings, english)


def _model(title: str, model: type[BaseModel], say: Say) -> Iterator[str]:
    """The part of the reference about a group of settings: what it is for, and a table of its settings."""
    yield from (f"## {title}", "", " ".join((model.__doc__ or "").split()), "")
    rows = []
    for name, field in model.model_fields.items():
        if name in _INTERNAL:
            continue
        default = say("reference.required")
        if not field.is_required():
            default = _default(field.get_default(call_default_factory=True))
        rows.append([f"`{name}`", _cell_text(default), _cell_text(field.description or "")])
    head = [say(f"reference.{column}") for column in ("setting", "default", "meaning")]
    yield from _markdown_table(head, rows)
    yield ""


def _default(value: Any) -> str:
    if value is PydanticUndefined or isinstance(value, BaseModel) or value in (None, "", (), {}):
        return "–"
    if isinstance(value, tuple):
        return ", ".join(map(str, value))
    return str(value).lower() if isinstance(value, bool) else str(value)


def _exit_codes(say: Say) -> Iterator[str]:
    codes = {
        0: say("reference.exit_fine"),
        EnsiaError.exit_code: say("reference.exit_failed"),
        ConfigurationError.exit_code: say("reference.exit_usage"),
        3: say("reference.exit_degraded"),
        130: say("reference.exit_stopped"),
    }
    yield from (f"# {say('reference.exit_codes')}", "")
    yield from _markdown_table(
        [say("reference.code"), say("reference.meaning")], [[str(code), text] for code, text in codes.items()]
    )


def _markdown_table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """A table in Markdown; nothing when it has no rows."""
    if rows:
        yield f"| {' | '.join(headings)} |"
        yield "|---" * len(headings) + "|"
    for row in rows:
        yield f"| {' | '.join(row)} |"


def _cell_text(text: str) -> str:
    """A text as it can stand in a cell."""
    return " ".join(text.split()).replace("|", "\\|").replace("<", "&lt;")
