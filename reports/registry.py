"""Finds the reports: every module of this package with a NAME and a `build`. A new report is one new module."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import reports
from models.errors import ConfigurationError, NotFound
from models.language import DEFAULT, Language
from models.message import message
from warehouse.reading.moment import frozen_moment
from warehouse.reading.read import Published
from warehouse.reading.years import newest_frozen

Build = Callable[..., list[Path]]


@dataclass(frozen=True, slots=True)
class Report:
    """One report: its name on the command line, titles, and what makes it."""

    name: str
    title_nl: str
    title_en: str
    build: Build
    needs: tuple[str, ...] = ()  # options that the report cannot be made without
    of_the_cycle: bool = False  # made of what was frozen, also when no year is asked for


def available() -> dict[str, Report]:
    """Every report by name."""
    reports_by_name = {}
    for module_info in pkgutil.iter_modules(reports.__path__):
        module: Any = importlib.import_module(f"reports.{module_info.name}")
        for name in _names_of(module):
            reports_by_name[name] = Report(
                name,
                module.TITLE_NL,
                module.TITLE_EN,
                module.build,
                getattr(module, "NEEDS", ()),
                getattr(module, "OF_THE_CYCLE", False),
            )
    return dict(sorted(reports_by_name.items()))


def _names_of(module: Any) -> tuple[str, ...]:
    """The reports that a module makes: one, several, or none where it is a tool of others."""
    if isinstance(getattr(module, "NAME", None), str):
        return (module.NAME,)
    names: tuple[str, ...] = getattr(module, "NAMES", ())
    return names


def report(name: str) -> Report:
    """The report called `name`; NotFound names the ones there are."""
    reports_by_name = available()
    if name not in reports_by_name:
        raise NotFound(
            message("export.unknown", name=name), advice=message("account.known", known=", ".join(reports_by_name))
        )
    return reports_by_name[name]


def make(
    name: str,
    published: Published,
    organisation: str,
    target: Path,
    *,
    lang: Language | str = DEFAULT,
    year: int | None = None,
    **options: Any,
) -> list[Path]:
    """Make one report for one organisation in its folder under `target`; returns the files.

    `year` asks for the accountability of that year: of the newest frozen version when there is one, else of the newest
    run, which must then be about that year. NotFound when there is neither, ValueError for a language that is not there.
    """
    missing = [option for option in report(name).needs if not options.get(option)]
    if missing:
        raise ConfigurationError(
            message("export.missing", name=name, options=", ".join(f"--{option}" for option in missing)),
            advice=message("export.missing_advice"),
        )
    folder = target / organisation
    folder.mkdir(parents=True, exist_ok=True)
    with source_of(published, organisation, year, frozen=report(name).of_the_cycle) as source:
        return report(name).build(source, organisation, folder, lang=Language(lang), **options)


@contextmanager
def source_of(
    published: Published, organisation: str, year: int | None, *, frozen: bool = False
) -> Iterator[Published]:
    """What the reports of `year` are made of (see `make`); without a year only what is `frozen` when that is asked for."""
    newest = published.last_run()["as_of"].year
    if published.frozen is not None or (year is None and not frozen):
        yield published
        return
    version = newest_frozen(published, organisation, year or newest)
    if version is not None:
        with frozen_moment(published.state, version) as past:
            yield past
    elif year in (None, newest):
        yield published
    else:
        raise NotFound(
            message("export.not_frozen", year=year, newest=newest),
            advice=message("export.not_frozen_advice", year=year),
        )
