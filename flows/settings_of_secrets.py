"""Which secrets an installation names in its settings: the names alone, with where they are asked for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel

from flows.collect import build
from flows.installation import Installation
from models.configuration import Digest
from models.errors import EnsiaError
from models.secret_name import SecretName, VariableName
from warehouse.storage.database import today

# What the type of a setting that names a secret carries: `Annotated[str, check]`.
_CHECKS = tuple(kind.__metadata__[0] for kind in (SecretName, VariableName))  # type: ignore[attr-defined]


def secret_names(installation: Installation) -> Iterator[tuple[str, str]]:
    """(place, name) of every secret that is asked for: of the sources, and of who is told. A source whose settings are
    refused names none here; `ensia check` says so."""
    for member, source in installation.sources():
        place = f"{member.organisation.id}/{source.id}"
        try:
            settings = build(member, source, today()).settings
        except EnsiaError:
            continue
        for name in _names_in(settings):
            yield place, name
    for member in installation.members:
        if member.digest is not None:
            for name in _names_in_digest(member.digest):
                yield f"{member.organisation.id}/digest", name


def _names_in_digest(digest: Digest) -> Iterator[str]:
    """Of the mail server, and the addresses of webhooks."""
    if digest.mail is not None:
        yield from _names_in(digest.mail)
    for recipient in digest.recipients:
        yield from _names_in(recipient)


def _names_in(settings: Any) -> Iterator[str]:
    """The names in the fields of these settings that hold one, and in the settings within them."""
    if not isinstance(settings, BaseModel):
        return
    for field_name, field in type(settings).model_fields.items():
        value = getattr(settings, field_name)
        if any(check in field.metadata for check in _CHECKS) or _holds_optional(field.annotation):
            if value:
                yield str(value)
        else:
            yield from _names_in(value)


def _holds_optional(annotation: Any) -> bool:
    """Whether a field is `SecretName | None`, or that of a variable."""
    parts = getattr(annotation, "__args__", ())
    return any(check in getattr(part, "__metadata__", ()) for part in parts for check in _CHECKS)
