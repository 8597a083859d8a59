"""Finds the reports: every module of this package with a NAME and a `build`. A new report is one new module."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import reports
from models.errors import ConfigurationError, NotFound
from warehouse.read import Published

Build = Callable[..., list[Path]]


@dataclass(frozen=True, slots=True)
class Report:
    """One report: its name on the command line, titles, and what makes it."""

    name: str
    title_nl: str
    title_en: str
    build: Build
    needs: tuple[str, ...] = ()  # options that the report cannot be made without


def available() -> dict[str, Report]:
    """Every report by name."""
    found = {}
    for module_info in pkgutil.iter_modules(reports.__path__):
        module: Any = importlib.import_module(f"reports.{module_info.name}")
        for name in (module.NAME,) if isinstance(getattr(module, "NAME", None), str) else getattr(module, "NAMES", ()):
            found[name] = Report(name, module.TITLE_NL, module.TITLE_EN, module.build, getattr(module, "NEEDS", ()))
    return dict(sorted(found.items()))


def report(name: str) -> Report:
    """The report called `name`; NotFound names the ones there are."""
    known = available()
    if name not in known:
        raise NotFound(f"export ‘{name}’ is er niet", advice=f"er zijn: {', '.join(known)}")
    return known[name]


def make(
    name: str, published: Published, organisation: str, target: Path, *, lang: str = "nl", **options: Any
) -> list[Path]:
    """Make one report for one organisation in its folder under `target`; returns the files."""
    missing = [option for option in report(name).needs if not options.get(option)]
    if missing:
        raise ConfigurationError(f"export ‘{name}’ mist --{', --'.join(missing)}", advice="zie `ensia export --help`")
    folder = target / organisation
    folder.mkdir(parents=True, exist_ok=True)
    return report(name).build(published, organisation, folder, lang=lang, **options)
