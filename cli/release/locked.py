"""The packages that the program needs to run, out of those that are locked for development: the same versions with the same
hashes, so that what is tested is what runs.

    python -m cli.release.locked        (writes requirements.production.lock; `make lock` does so)
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[2]
LOCK, PRODUCTION = ROOT / "requirements.lock", ROOT / "requirements.production.lock"
_ENTRY = re.compile(r"^(?P<name>[A-Za-z0-9._-]+)==(?P<version>[^ ;\\]+)")
_HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")


@dataclass(frozen=True, slots=True)
class Locked:
    """A locked package: its name, its version, the SHA-256 of each of its files, and its lines in the lock."""

    name: str
    version: str
    hashes: tuple[str, ...]
    text: str


def locked(file: Path = LOCK) -> dict[str, Locked]:
    """Every package of a lock, by its name."""
    packages: dict[str, Locked] = {}
    for text in re.split(r"^(?=[A-Za-z0-9])", file.read_text("utf-8"), flags=re.MULTILINE):
        entry = _ENTRY.match(text)
        if entry is not None:
            name = canonicalize_name(entry["name"])
            packages[name] = Locked(name, entry["version"], tuple(_HASH.findall(text)), text.rstrip() + "\n")
    return packages


def requirements() -> list[Requirement]:
    """What the program itself asks for."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    return [Requirement(line) for line in project["dependencies"]]


def needs(requirement: Requirement, packages: dict[str, Locked]) -> Iterator[Requirement]:
    """What a package asks for on any system that the lock is for, with the extras that were asked of it. A package that is not
    installed on this system names nothing."""
    try:
        lines = metadata.requires(requirement.name) or []
    except metadata.PackageNotFoundError:
        return
    for line in lines:
        needed = Requirement(line)
        if canonicalize_name(needed.name) in packages and _is_asked_for(needed, requirement.extras):
            yield needed


def _is_asked_for(needed: Requirement, extras: set[str]) -> bool:
    """Whether a requirement is not of an extra that nobody asked for; what its system is does not matter here."""
    extra = re.search(r"""extra\s*==\s*['"]([^'"]+)""", str(needed.marker or ""))
    return extra is None or canonicalize_name(extra[1]) in {canonicalize_name(name) for name in extras}


def needed_in_production(packages: dict[str, Locked]) -> dict[str, set[str]]:
    """Name of each package that runs in production → the names of those that it asks for."""
    graph: dict[str, set[str]] = {}
    done: set[tuple[str, frozenset[str]]] = set()
    waiting = requirements()
    while waiting:
        requirement = waiting.pop()
        name = canonicalize_name(requirement.name)
        if (name, frozenset(requirement.extras)) in done:
            continue
        done.add((name, frozenset(requirement.extras)))
        of_this = list(needs(requirement, packages))
        graph.setdefault(name, set()).update(canonicalize_name(each.name) for each in of_this)
        waiting += of_this
    return graph


def production_lock() -> str:
    """The text of the lock of what runs in production. Raises KeyError for a requirement that is not locked."""
    packages = locked()
    return "".join(packages[name].text for name in sorted(needed_in_production(packages)))


if __name__ == "__main__":
    PRODUCTION.write_text(production_lock(), "utf-8")
    print(f"{PRODUCTION.name}: {len(locked(PRODUCTION))} of {len(locked())} packages")
