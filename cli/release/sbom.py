"""The parts of the program as a CycloneDX list (SBOM, version 1.5 of the format): every package that runs in production, with
version, hashes, licence, and what it needs.

    python -m cli.release.sbom > sbom.cdx.json        (`make sbom`)
"""

from __future__ import annotations

import json
import sys
import tomllib
import uuid
from importlib import metadata
from typing import Any

from packaging.utils import canonicalize_name

from cli.release.locked import PRODUCTION, ROOT, Locked, locked, needed_in_production, requirements

_FORMAT = "1.5"


def sbom() -> dict[str, Any]:
    """The list. It is the same for the same lock: no moment stands in it."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    packages, graph = locked(PRODUCTION), needed_in_production(locked(PRODUCTION))
    name, version = project["name"], project["version"]
    program = {
        "type": "application",
        "bom-ref": name,
        "name": name,
        "version": version,
        "licenses": [{"license": {"id": project["license"]}}],
    }
    direct = sorted({_reference(packages[canonicalize_name(each.name)]) for each in requirements()})
    dependencies = [{"ref": name, "dependsOn": direct}]
    for package in packages.values():
        needed = sorted(_reference(packages[each]) for each in graph[package.name])
        dependencies.append({"ref": _reference(package), "dependsOn": needed})
    return {
        "$schema": f"http://cyclonedx.org/schema/bom-{_FORMAT}.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": _FORMAT,
        "serialNumber": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, PRODUCTION.read_text('utf-8') + version)}",
        "version": 1,
        "metadata": {"component": program},
        "components": [_component(package) for package in packages.values()],
        "dependencies": dependencies,
    }


def _component(package: Locked) -> dict[str, Any]:
    """A package. Each of its files has a hash of its own, one per system; they stand as references to what is distributed."""
    component: dict[str, Any] = {
        "type": "library",
        "bom-ref": _reference(package),
        "name": package.name,
        "version": package.version,
        "purl": _reference(package),
        "externalReferences": [
            {
                "type": "distribution",
                "url": f"https://pypi.org/project/{package.name}/{package.version}/",
                "hashes": [{"alg": "SHA-256", "content": digest} for digest in package.hashes],
            }
        ],
    }
    licence = _licence(package.name)
    if licence:
        component["licenses"] = [{"license": {"name": licence}}]
    return component


def _licence(name: str) -> str:
    """The licence as the package itself says it; empty for one that is not installed on this system."""
    try:
        about = metadata.metadata(name)
    except metadata.PackageNotFoundError:
        return ""
    classified = [
        line.rpartition(" :: ")[2] for line in about.get_all("Classifier") or [] if line.startswith("License ::")
    ]
    expressions, licences = about.get_all("License-Expression") or [], about.get_all("License") or []
    stated = next(iter([*expressions, *classified, *licences]), "")
    return stated.strip().splitlines()[0][:120] if stated.strip() else ""


def _reference(package: Locked) -> str:
    return f"pkg:pypi/{package.name}@{package.version}"


if __name__ == "__main__":
    json.dump(sbom(), sys.stdout, indent=2)
    sys.stdout.write("\n")
