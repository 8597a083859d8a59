"""`ensia reading` and `ensia sample`: the lists that people fill in, and taking them in again. The work is done in
`flows/papers.py`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from cli.accountability import writing
from cli.common import console, table
from models.language import Language
from models.message import Say

if TYPE_CHECKING:
    import duckdb

    from flows.installation import Installation
    from warehouse.reading.read import Published


def list_readings(
    installation: Installation,
    organisation: str | None,
    folder: Path | None,
    lang: Language,
) -> None:
    """Write the lists of texts to read, a workbook per role, and say which."""
    from flows.papers import make_reading_lists
    from warehouse.reading.read import Published

    with Published(installation.state) as published:
        organisation_id = published.organisation(organisation)
        target = folder or installation.state.exports / organisation_id
        lists = make_reading_lists(
            installation,
            published,
            organisation_id,
            target,
            lang,
        )
    for path, number in lists:
        console().print(Say(lang)("paper.made", file=path, number=number), markup=False, soft_wrap=True)


def import_readings(
    installation: Installation, file: Path, reader: str, organisation: str | None, lang: Language
) -> int:
    """Take in a list of readings, whole or not at all; returns the exit code."""
    from flows.papers import take_in_readings

    def take_in(connection: duckdb.DuckDBPyConnection, published: Published) -> int:
        return take_in_readings(
            installation,
            connection,
            published,
            file,
            reader,
            organisation,
            lang,
        )

    return _take_in_whole(installation, file, take_in, lang)


def draw(
    installation: Installation, names: list[str], organisation: str | None, folder: Path | None, lang: Language
) -> None:
    """Draw samples, write their working papers, and say how many of how many were drawn."""
    from flows.papers import draw_samples

    with writing(installation) as (connection, published):
        organisation_id = published.organisation(organisation)
        target = folder or installation.state.exports / organisation_id
        lists = draw_samples(
            installation,
            connection,
            published,
            names,
            organisation_id,
            target,
            lang,
        )
    for path, number, population in lists:
        drawn = Say(lang)(
            "sample.drawn",
            file=path,
            number=number,
            population=population,
        )
        console().print(drawn, markup=False, soft_wrap=True)


def import_sample(
    installation: Installation, file: Path, judge: str, role: str, organisation: str | None, lang: Language
) -> int:
    """Take in a working paper with judgements, whole or not at all; returns the exit code."""
    from flows.papers import take_in_judgements

    def take_in(connection: duckdb.DuckDBPyConnection, published: Published) -> int:
        return take_in_judgements(
            installation,
            connection,
            published,
            file,
            judge,
            role,
            organisation,
            lang,
        )

    return _take_in_whole(installation, file, take_in, lang)


def _take_in_whole(
    installation: Installation,
    file: Path,
    take_in: Callable[[duckdb.DuckDBPyConnection, Published], int],
    lang: Language,
) -> int:
    """Take in a paper and say how many lines it was, or all that is wrong with it; returns the exit code."""
    from reports.review import ReviewRefused

    say = Say(lang)
    try:
        with writing(installation) as (connection, published):
            number = take_in(connection, published)
    except ReviewRefused as refused:
        headings = [say(f"paper.column_{name}") for name in ("sheet", "cell", "what", "expected")]
        rows = [(problem.sheet, problem.cell, problem.message, problem.expected) for problem in refused.problems]
        table(say("paper.not_taken_in", file=file.name), headings, rows)
        return refused.exit_code
    console().print(say("paper.taken_in", file=file.name, number=number), markup=False, soft_wrap=True)
    return 0
