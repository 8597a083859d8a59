"""Reads `ensia.yaml` (and the files it names) into the organisations, sources and folders that a run works with."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass, field, replace
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
from warehouse.storage.membership import Membership


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
    """Everything one `ensia.yaml` stands for. `only`: the organisation of a fleet that this is about. `workplace`: where it
    is worked on, when that is not where its state is."""

    file: Path
    configuration: Configuration
    members: tuple[Member, ...]
    only: str | None = None
    workplace: State | None = None

    @cached_property
    def state(self) -> State:
        if self.workplace is not None:
            return self.workplace
        root = (self.file.parent / self.configuration.state).resolve()
        fleet = self.configuration.fleet
        if fleet is None:
            return State(root)
        storage = (self.file.parent / fleet.storage).resolve()
        folder = root / self.only if self.only else root
        return State(folder, Membership(storage, fleet.catalogue, self.only))

    def at(self, workplace: State) -> Installation:
        """The same, worked on elsewhere."""
        return replace(self, workplace=workplace)

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


def load_installation(file: Path, organisation: str | None = None) -> Installation:
    """The installation that `file` (or `ensia.yaml` in the folder `file`) describes; with `organisation` only that one of a
    fleet. Raises ConfigurationError, NotFound."""
    if file.is_dir():
        file = file / DEFAULT_NAME
    configuration = _read_settings(file)
    if configuration.organisation is not None:
        if organisation not in (None, configuration.organisation.id):
            raise _no_such_organisation(organisation, file)
        if configuration.member_of is not None:
            return _in_its_fleet(configuration, file)
        only = configuration.organisation.id if configuration.fleet else None
        return Installation(file, configuration, (_member(configuration, file),), only)
    if organisation is not None:
        return Installation(file, configuration, (_member_called(organisation, configuration, file),), organisation)
    members: dict[str, Member] = {}
    for part, part_file in _each_part(configuration, file):
        name = _organisation_named_in(part, part_file).id
        if name in members:
            raise ConfigurationError(message("settings.organisation_twice", name=name), place=str(file))
        members[name] = _member(part, part_file)
    return Installation(file, configuration, tuple(members.values()))


def load_fleet(file: Path) -> Installation:
    """What `file` says of a fleet as a whole, or of the fleet that its organisation is a member of, without reading the
    settings of any organisation. Raises ConfigurationError when it is no fleet."""
    if file.is_dir():
        file = file / DEFAULT_NAME
    configuration = _read_settings(file)
    if configuration.member_of is not None:
        return load_fleet(file.parent / configuration.member_of)
    if configuration.fleet is None:
        raise ConfigurationError(
            message("settings.no_fleet"), place=str(file), advice=message("settings.no_fleet_advice")
        )
    return Installation(file, configuration, ())


def organisation_names(fleet: Installation, present: Set[str]) -> set[str]:
    """The organisations that the file of a fleet names; only the settings of those that are not `present` are read, and one
    whose settings cannot be read goes by the name of its folder."""
    names = set()
    for name in fleet.configuration.organisations:
        path = Path(name)
        folder = path.parent.name if path.suffix else path.name
        names.add(folder if folder in present else _name_in_settings(fleet, name, folder))
    return names


def _name_in_settings(fleet: Installation, name: str, folder: str) -> str:
    only = fleet.configuration.model_copy(update={"organisations": (name,)})
    try:
        [(part, part_file)] = _each_part(only, fleet.file)
        return _organisation_named_in(part, part_file).id
    except ConfigurationError:
        return folder


def _in_its_fleet(configuration: Configuration, file: Path) -> Installation:
    """The organisation of a file that says of which fleet it is."""
    fleet_file = file.parent / (configuration.member_of or "")
    fleet_file = fleet_file / DEFAULT_NAME if fleet_file.is_dir() else fleet_file
    fleet = _read_settings(fleet_file)
    if fleet.fleet is None:
        raise ConfigurationError(
            message("settings.no_fleet"), place=str(fleet_file), advice=message("settings.no_fleet_advice")
        )
    member = _member(configuration, file)
    return Installation(fleet_file, fleet, (member,), member.organisation.id)


def _each_part(configuration: Configuration, file: Path) -> Iterator[tuple[Configuration, Path]]:
    """The settings of each organisation of an installation that serves several, with their file."""
    for name in configuration.organisations:
        part_file = file.parent / name
        part_file = part_file / DEFAULT_NAME if part_file.is_dir() else part_file
        yield _read_settings(part_file), part_file


def _organisation_named_in(part: Configuration, file: Path) -> Organisation:
    if part.organisation is None:
        raise ConfigurationError(
            message("settings.serves_several"), place=str(file), advice=message("settings.name_their_files")
        )
    return part.organisation


def _member_called(organisation: str, configuration: Configuration, file: Path) -> Member:
    """One organisation of several. Its folder or file bears its name, or all of them are read."""
    named_so = [name for name in configuration.organisations if organisation in Path(name).parts]
    likely = configuration.model_copy(update={"organisations": tuple(named_so)})
    for settings in (likely, configuration):
        for part, part_file in _each_part(settings, file):
            if _organisation_named_in(part, part_file).id == organisation:
                return _member(part, part_file)
    raise _no_such_organisation(organisation, file)


def _no_such_organisation(organisation: str | None, file: Path) -> NotFound:
    return NotFound(
        message("settings.no_organisation", name=organisation or ""),
        place=str(file),
        advice=message("settings.name_their_files"),
    )


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
