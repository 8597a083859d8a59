"""Reads `ensia.yaml` (and the files it names) into the organisations, sources and folders that a run works with."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from pathlib import Path

from flows.state_folder import DEFAULT_NAME
from models.aspect import ASPECTS, Aspect
from models.configuration import Configuration, Digest, Organisation, Source, parse_configuration
from models.errors import ConfigurationError, NotFound
from models.message import message
from models.own_words import Meanings
from models.system_errors import os_reason
from warehouse.storage.database import State


@dataclass(frozen=True)
class Member:
    """One organisation of an installation, with the folder that its file names are relative to."""

    organisation: Organisation
    sources: tuple[Source, ...]
    folder: Path
    pseudonym_key: str
    digest: Digest | None = None
    words: Meanings = field(default_factory=dict)
    effort: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Installation:
    """Everything one `ensia.yaml` stands for."""

    file: Path
    configuration: Configuration
    members: tuple[Member, ...]

    @cached_property
    def state(self) -> State:
        return State((self.file.parent / self.configuration.state).resolve())

    def member(self, name: str | None) -> Member:
        """The organisation of that name, or without one the only one. Raises NotFound naming them."""
        members = [member for member in self.members if name in (None, member.organisation.id)]
        if len(members) == 1:
            return members[0]
        ids = ", ".join(member.organisation.id for member in self.members)
        raise NotFound(message("plans.whose"), advice=message("published.organisation_advice", known=ids))

    @property
    def catalogue_folder(self) -> Path | None:
        name = self.configuration.catalogue
        return self.file.parent / name if name else None

    def reference_date(self, year: int) -> date:
        """The day about which a year is accounted for: the one configured for that year, else 31 December."""
        cycle = self.configuration.cycle
        configured = cycle.reference_date if cycle else None
        return configured if configured and configured.year == year else date(year, 12, 31)

    def pinned_to_another_year(self, as_of: date) -> int | None:
        """The year that the configuration is pinned to, when a run over `as_of` is about another one."""
        pinned = self.configuration.cycle.pinned_year if self.configuration.cycle else None
        return pinned if pinned and pinned != as_of.year else None

    @property
    def aspects(self) -> tuple[Aspect, ...]:
        return self.configuration.cycle.aspects if self.configuration.cycle else ASPECTS

    def sources(self) -> Iterator[tuple[Member, Source]]:
        """Every source of every organisation."""
        for member in self.members:
            for source in member.sources:
                yield member, source


def load_installation(file: Path) -> Installation:
    """The installation that `file` (or `ensia.yaml` in the folder `file`) describes. Raises ConfigurationError."""
    if file.is_dir():
        file = file / DEFAULT_NAME
    configuration = _read_settings(file)
    if configuration.organisation is not None:
        return Installation(file, configuration, (_member(configuration, file),))
    members, names = [], set()
    for name in configuration.organisations:
        part_file = file.parent / name
        part_file = part_file / DEFAULT_NAME if part_file.is_dir() else part_file
        part = _read_settings(part_file)
        if part.organisation is None:
            raise ConfigurationError(
                message("settings.serves_several"),
                place=str(part_file),
                advice=message("settings.name_their_files"),
            )
        if part.organisation.id in names:
            raise ConfigurationError(message("settings.organisation_twice", name=part.organisation.id), place=str(file))
        names.add(part.organisation.id)
        members.append(_member(part, part_file))
    return Installation(file, configuration, tuple(members))


def _read_settings(file: Path) -> Configuration:
    try:
        text = file.read_text("utf-8")
    except OSError as error:
        raise ConfigurationError(os_reason(error), place=str(file), advice=message("settings.name_the_file")) from error
    except UnicodeDecodeError as error:
        raise ConfigurationError(
            message("settings.no_utf8"), place=str(file), advice=message("settings.save_as_utf8")
        ) from error
    return parse_configuration(text, str(file))


def _member(configuration: Configuration, file: Path) -> Member:
    assert configuration.organisation is not None
    return Member(
        configuration.organisation,
        configuration.sources,
        file.parent.resolve(),
        configuration.pseudonym_key,
        configuration.digest,
        configuration.words,
        configuration.effort,
    )
