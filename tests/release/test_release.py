"""What goes with a release: the lock of production is a part of the lock that is tested, the list of parts names all of it, and
the units are what systemd takes."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from cli.release.locked import LOCK, PRODUCTION, locked, needed_in_production, production_lock, requirements
from cli.release.sbom import sbom

DEPLOY = Path(__file__).resolve().parents[2] / "examples" / "deploy"
ONLY_FOR_DEVELOPMENT = {
    "pytest",
    "mypy",
    "ruff",
    "hypothesis",
    "playwright",
    "aiosmtpd",
    "compliance-trestle",
    "pandas-stubs",
}


def test_the_lock_of_production_is_what_is_tested_and_no_more() -> None:
    ours, tested = locked(PRODUCTION), locked(LOCK)
    assert ours.items() <= tested.items()
    assert all(package.hashes for package in ours.values())
    assert not ours.keys() & ONLY_FOR_DEVELOPMENT and tested.keys() >= ONLY_FOR_DEVELOPMENT
    assert {requirement.name for requirement in requirements()} <= ours.keys()


def test_the_lock_of_production_was_made_anew_with_the_other() -> None:
    assert PRODUCTION.read_text("utf-8") == production_lock(), "run `make production-lock`"


def test_whatever_runs_in_production_has_all_that_it_asks_for() -> None:
    ours = locked(PRODUCTION)
    for name, needed in needed_in_production(locked(LOCK)).items():
        assert needed <= ours.keys(), name


def test_the_list_of_parts_names_every_package_with_its_hashes() -> None:
    listed, ours = sbom(), locked(PRODUCTION)
    parts = {part["name"]: part for part in listed["components"]}
    assert parts.keys() == ours.keys()
    for name, part in parts.items():
        (distribution,) = part["externalReferences"]
        assert [digest["content"] for digest in distribution["hashes"]] == list(ours[name].hashes)
    references = {part["bom-ref"] for part in parts.values()} | {listed["metadata"]["component"]["bom-ref"]}
    assert {entry["ref"] for entry in listed["dependencies"]} == references
    assert all(set(entry["dependsOn"]) <= references for entry in listed["dependencies"])
    assert sbom() == listed, "the same lock gives the same list"


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not on this machine")
def test_the_units_are_what_systemd_takes(tmp_path: Path) -> None:
    """With a program that there is in the place of ours, which is installed by who takes the units."""
    files = []
    for unit in sorted(DEPLOY.glob("ensia-*")):
        file = tmp_path / unit.name
        file.write_text(unit.read_text("utf-8").replace("/opt/ensia/bin/ensia", "/bin/true"), "utf-8")
        files.append(str(file))
    assert len(files) == 5
    done = subprocess.run(["systemd-analyze", "verify", *files], capture_output=True, text=True, check=False)
    ours = [line for line in done.stderr.splitlines() if "ensia" in line]
    assert (done.returncode, ours) == (0, [])


def test_every_unit_runs_unprivileged_with_one_folder_that_may_be_written() -> None:
    for unit in DEPLOY.glob("*.service"):
        settings = re.findall(r"^(\w+)=(.*)$", unit.read_text("utf-8"), re.MULTILINE)
        assert {
            ("User", "ensia"), ("ProtectSystem", "strict"), ("NoNewPrivileges", "true"), ("CapabilityBoundingSet", ""),
            ("StateDirectory", "ensia"), ("UMask", "0077"),
        } <= set(settings)  # fmt: skip
        writable = [value for name, value in settings if name == "ReadWritePaths"]
        assert writable == (["/srv/ensia-reservekopie"] if unit.stem == "ensia-backup" else [])


def test_the_container_is_made_of_what_is_there_and_runs_unprivileged() -> None:
    steps = (DEPLOY / "Containerfile").read_text("utf-8")
    for line in re.findall(r"^COPY (?!--from)(.+) \S+$", steps, re.MULTILINE):
        for name in line.split():
            assert (DEPLOY.parents[1] / name).exists(), name
    assert "--require-hashes -r requirements.production.lock" in steps
    assert re.search(r"^USER ensia$", steps, re.MULTILINE)
