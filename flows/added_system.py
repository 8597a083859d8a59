"""A source for a system that is not there yet, as lines for `ensia.yaml`: what it cannot do without is to be filled in, and
each secret has the name of an environment variable. All of it is a comment until somebody filled it in, so that the file
stays one that can be read.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, get_args

from connectors.base import Settings, connectors
from models.errors import NotFound
from models.message import Say, message
from models.secret_name import SecretName, VariableName

_OF_FILES = ("spreadsheet",)  # a list has no system behind it: `ensia init` looks at the file


@dataclass(frozen=True, slots=True)
class AddedSystem:
    """The lines of a source, its name, and the environment variables that its secrets are expected in."""

    source_id: str
    lines: Sequence[str]
    secrets: Sequence[str]


def system_lines(system: str, source_id: str, say: Say) -> AddedSystem:
    """The source that reads a system. Raises NotFound naming the systems that there are."""
    there = {name: load for name, load in connectors().items() if name not in _OF_FILES}
    if system not in there:
        advice = message("init.system_advice", known=", ".join(sorted(there)))
        raise NotFound(message("init.no_system", name=system), advice=advice)
    settings = there[system]().Settings
    secrets = {name: f"{system}_{name}".upper() for name in _secrets_of(settings)}
    lines = [f"- id: {source_id}", f"  connector: {system}", f"  # {say('init.how_often')}"]
    others: list[str] = []
    for name, field in settings.model_fields.items():
        is_where = name in ("address", "file") and not field.default
        if name in secrets:
            lines.append(f"  {name}: {secrets[name]}")
        elif field.is_required() or is_where:
            lines.append(f"  {name}: {say('init.fill_in')}")
        if name not in secrets and not field.is_required():
            others.append(name)
    lines.append(f"  # {say('init.optional', names=', '.join(others))}")
    commented = [f"# {line}" for line in lines]
    return AddedSystem(source_id, commented, list(secrets.values()))


def _secrets_of(settings: type[Settings]) -> Iterator[str]:
    """The settings that are the name of an environment variable."""
    marks = [*get_args(VariableName)[1:], *get_args(SecretName)[1:]]
    for name, field in settings.model_fields.items():
        if any(part in marks for part in (*field.metadata, *_nested(field.annotation))):
            yield name


def _nested(annotation: Any) -> Iterator[Any]:
    """What is said beside the types in an annotation such as `VariableName | None`."""
    for part in get_args(annotation):
        yield part
        yield from _nested(part)
