"""`ensia init` and `ensia sources propose`: from own lists to sources, in a conversation. What was proposed is shown with how
sure it is and why, and with the first rows as they would arrive; what is not accepted stands in the file as a comment.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import get_args

import typer

from cli.common import console, headings, show_error, table
from cli.sources import print_record
from connectors.tools.proposal import NUMBER, Certainty, SheetProposal, label_of, label_of_column
from flows.added_system import system_lines
from flows.proposed_reports import OtherProposal, other_id, others_in
from flows.proposed_sources import (
    LIKELY_TOO,
    ONLY_SURE,
    FileProposal,
    accepting,
    doubted_ends,
    id_of,
    is_usable,
    lists_in,
    look,
    source_lines,
    with_column,
)
from flows.settings_file import files_spoken_of, new_settings, with_sources, write_settings
from flows.state_folder import DEFAULT_NAME
from models.configuration import Configuration, Organisation, parse_configuration
from models.duration import Duration
from models.errors import ConfigurationError, EnsiaError
from models.headings import ListType
from models.message import Say, in_language, message
from models.words import says_nothing

_YES_OR_NO = ("j", "n")
_MOST_LISTS = 200  # in one folder; more is a disk that somebody pointed at by mistake
_TAKES: Mapping[str, Sequence[str]] = {"a": LIKELY_TOO, "z": ONLY_SURE, "n": ()}


def propose(file: Path, say: Say) -> None:
    """Show what a file could be, and the source that would read it; write nothing."""
    proposal = look(file.parent, file.name)
    for sheet in proposal.sheets:
        _show_sheet(proposal, sheet, say)
    console(error=True).print(say("init.nothing_written"), markup=False, soft_wrap=True)
    lines = source_lines(proposal, id_of(file.name, ()), say)
    console().print("\n".join(f"  {line}" for line in lines), markup=False, soft_wrap=True)


def begin(folder: Path, name: str, form: str, accept_sure: bool, say: Say) -> None:
    """Write or extend the ensia.yaml of a folder with a source for every list in it that no source reads yet. Raises
    ConfigurationError."""
    file = folder / DEFAULT_NAME
    is_new = not file.exists()
    text = _new_text(name, form, accept_sure, say) if is_new else file.read_text("utf-8")
    if not is_new:
        console().print(say("init.exists", file=file), markup=False, soft_wrap=True)
    configuration = parse_configuration(text, str(file))
    new_lists, others = _not_read_yet(folder, configuration, text)
    proposals = [proposal for name in new_lists for proposal in _proposals_for(folder, name, accept_sure, say)]
    if not proposals and not others:
        console().print(say("init.no_lists", folder=folder), markup=False, soft_wrap=True)
    if proposals or others or is_new:
        taken = {source.id for source in configuration.sources}
        blocks = _source_blocks(proposals, taken, say) + _other_blocks(others, taken, accept_sure, say)
        write_settings(file, with_sources(text, str(file), blocks))
        _conclude(file, proposals, say)


def _not_read_yet(folder: Path, configuration: Configuration, text: str) -> tuple[list[str], list[OtherProposal]]:
    """The lists and other things in a folder that no source reads and no comment tells of."""
    state, home = folder / configuration.state, folder.resolve()
    lists, others = lists_in(folder, state), list(others_in(folder, state))
    names = [*lists, *(other.path for other in others)]
    spoken_of = set(files_spoken_of(configuration, text, home, names))
    reports = {path for other in others for path in home.glob(other.path)}
    new_lists = [name for name in lists if name not in spoken_of and home / name not in reports]
    if len(new_lists) > _MOST_LISTS:
        reason = message("init.too_many", number=len(new_lists), most=_MOST_LISTS)
        raise ConfigurationError(reason, place=str(folder), advice=message("init.too_many_advice"))
    return new_lists, [other for other in others if other.path not in spoken_of]


def _other_blocks(others: Sequence[OtherProposal], taken: set[str], accept_sure: bool, say: Say) -> list[list[str]]:
    """The lines of the source of each report or folder; what is not sure is asked, or left a comment."""
    blocks = []
    for other in others:
        is_accepted = other.certainty == Certainty.SURE
        if not accept_sure:
            question = say("init.ask_other", path=other.path, connector=other.connector, why=other.why)
            is_accepted = _asked(question, tuple(_TAKES), say) != "n"
        source_id = other_id(other, taken)
        taken.add(source_id)
        blocks.append(other.lines(source_id, is_accepted, say))
    return blocks


def _source_blocks(proposals: Sequence[FileProposal], taken: set[str], say: Say) -> list[list[str]]:
    """The lines of the source of each file, each by a name that is not taken."""
    blocks = []
    for proposal in proposals:
        source_id = id_of(proposal.file, taken)
        taken.add(source_id)
        blocks.append(source_lines(proposal, source_id, say))
    return blocks


def add_system(config: Path, system: str, say: Say) -> None:
    """Add a source that reads a system, with every setting that it cannot do without to be filled in and named; and say which
    secrets it needs. Raises NotFound or ConfigurationError."""
    file = config / DEFAULT_NAME if config.is_dir() else config
    text = file.read_text("utf-8")
    taken = {source.id for source in parse_configuration(text, str(file)).sources}
    addition = system_lines(system, id_of(system, taken), say)
    write_settings(file, with_sources(text, str(file), [addition.lines]))
    variables = ", ".join(addition.secrets) or say("init.no_secret")
    console().print(
        say("init.added", id=addition.source_id, file=file, variables=variables), markup=False, soft_wrap=True
    )


def _is_active(proposal: FileProposal) -> bool:
    """Whether one of the sheets of a file can be used."""
    return any(is_usable(sheet, proposal.accepted_of(sheet)) for sheet in proposal.sheets)


def _conclude(file: Path, proposals: Sequence[FileProposal], say: Say) -> None:
    active = sum(map(_is_active, proposals))
    sheets = [sheet for proposal in proposals for sheet in proposal.sheets]
    counts = {certainty.value: sum(sheet.number_of(certainty) for sheet in sheets) for certainty in Certainty}
    for line in (
        say("init.written", file=file, active=active, all=len(proposals)),
        say("init.totals", **counts),
        say("init.then", file=file),
    ):
        console().print(line, markup=False, soft_wrap=True)


def _new_text(name: str, form: str, accept_sure: bool, say: Say) -> str:
    """The text of a new ensia.yaml, for the organisation that was named or is asked for."""
    forms = [str(form) for form in get_args(Organisation.model_fields["type"].annotation)]
    if not name and accept_sure:
        raise ConfigurationError(message("init.no_name"), advice=message("init.no_name_advice"))
    name = name or typer.prompt(say("init.ask_name"))
    if not form and accept_sure:
        form = forms[0]
    elif not form:
        form = _asked(say("init.ask_form", known=", ".join(forms)), forms, say)
    return new_settings(name, id_of(name, ()), form, say)


def _proposals_for(folder: Path, file: str, accept_sure: bool, say: Say) -> Iterator[FileProposal]:
    """What a file could be, after what was asked about it; nothing when it cannot be read, which is said."""
    try:
        proposal = look(folder, file)
        yield proposal if accept_sure else _talked_over(folder, proposal, say)
    except EnsiaError as error:
        show_error(error, say.language)


def _talked_over(folder: Path, proposal: FileProposal, say: Say) -> FileProposal:
    choices: dict[str, ListType] = {}
    for sheet in proposal.sheets:
        if sheet.certainty != Certainty.SURE:
            _show_sheet(proposal, sheet, say)
            choice = _chosen_sort(sheet, say)
            if choice is not None:
                choices[sheet.sheet or ""] = choice
    if choices:
        proposal = look(folder, proposal.file, choices)
    proposal = _with_ends_asked(proposal, say)
    accepted: dict[str, Sequence[str]] = {}
    for sheet in proposal.sheets:
        if sheet.list_type is not None:
            _show_sheet(proposal, sheet, say)
            answer = _asked(say("init.ask_take", sheet=sheet.name), tuple(_TAKES), say)
            accepted[sheet.name] = _TAKES[answer]
    if not any(accepted.values()):
        return accepting(proposal, accepted)
    return replace(accepting(proposal, accepted), expected_every=_asked_span(proposal.file, say))


def _with_ends_asked(proposal: FileProposal, say: Say) -> FileProposal:
    """The proposal after it was asked, of each column of days that we do not know, whether it says an end."""
    for place, sheet in enumerate(proposal.sheets):
        for column in doubted_ends(sheet):
            answer = _asked(say("init.ask_end", heading=column.heading, sheet=sheet.name), _YES_OR_NO, say)
            settled = column.settled(is_end=answer == _YES_OR_NO[0])
            proposal = with_column(proposal, proposal.sheets[place], settled)
    return proposal


def _chosen_sort(sheet: SheetProposal, say: Say) -> ListType | None:
    """Which sort of list somebody says that a sheet is; None for none of those that it could be."""
    first = [sheet.list_type] if sheet.list_type else []
    choices = [*first, *(other for other in sheet.others if other not in first)]
    for number, choice in enumerate(choices, 1):
        console().print(f"  {number}. {in_language(label_of(choice), say.language)}", markup=False)
    console().print(f"  0. {say('init.none_of_these')}", markup=False)
    numbers = tuple(str(number) for number in range(len(choices) + 1))
    answer = int(_asked(say("init.ask_sort", sheet=sheet.name), numbers, say))
    return choices[answer - 1] if answer else None


def _asked(question: str, answers: Sequence[str], say: Say) -> str:
    """The answer to a question, one of `answers`; asked again until it is."""
    while True:
        answer = str(typer.prompt(question)).strip()
        if answer in answers:
            return answer
        console(error=True).print(say("init.no_answer", answer=answer), style="red", markup=False)


def _asked_span(file: str, say: Say) -> str:
    while True:
        answer = str(typer.prompt(say("init.ask_every", file=file))).strip()
        if says_nothing(answer):
            return ""
        try:
            return str(Duration.parse(answer))
        except ValueError:
            console(error=True).print(say("init.no_answer", answer=answer), style="red", markup=False)


def _show_sheet(proposal: FileProposal, sheet: SheetProposal, say: Say) -> None:
    """Show what a sheet could be, column by column, and its first rows as they would arrive."""
    if sheet.list_type is None:
        console().print(
            say("init.title_open", file=proposal.file, sheet=sheet.name, why=sheet.why), markup=False, soft_wrap=True
        )
        return
    certainty = say(f"proposal.{sheet.certainty}")
    title = say(
        "init.title",
        file=proposal.file,
        sheet=sheet.name,
        sort=label_of(sheet.list_type),
        certainty=certainty,
        why=sheet.why,
    )
    table(
        title,
        headings(say, "init", "letter", "heading", "meaning", "certainty", "why"),
        list(_column_rows(sheet, sheet.list_type, say)),
    )
    key = sheet.number or " + ".join(
        in_language(label_of_column(sheet.list_type, name), say.language) for name in sheet.key
    )
    sure = say(f"proposal.{sheet.key_certainty}")
    console().print(say("init.key", key=key or "–", certainty=sure, why=sheet.key_why), markup=False, soft_wrap=True)
    if sheet.first:
        console().print(say("init.first"), markup=False)
    for record in sheet.first:
        print_record(record, say, personal_data=sheet.is_personal)


def _column_rows(sheet: SheetProposal, list_type: ListType, say: Say) -> list[tuple[str, ...]]:
    rows: list[tuple[str, ...]] = []
    for column in sheet.columns:
        meaning = "–"
        if column.column:
            meaning = in_language(label_of_column(list_type, column.column), say.language)
        code = f" ({column.column})" if column.column and column.column != NUMBER else ""
        rows.append(
            (
                column.letter,
                column.heading,
                f"{meaning}{code}",
                say(f"proposal.{column.certainty}"),
                in_language(column.why, say.language),
            )
        )
    return rows
