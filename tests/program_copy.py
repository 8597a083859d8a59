"""A temporary copy of the program, to which a test adds files as a developer would, and that runs as a person starts it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path

SOURCE = Path(__file__).parents[1]
PACKAGES = ("models", "warehouse", "connectors", "expectations", "reports", "flows", "cli")
PROJECT = "pyproject.toml"


@dataclass(frozen=True)
class ProgramCopy:
    """The packages of the program under `root`, and a folder beside them in which commands run."""

    root: Path
    folder: Path

    def write(self, name: str, text: str) -> None:
        """Write a file, named from the root of the program."""
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")

    def replace(self, name: str, old: str, new: str) -> None:
        """Change one place in a file."""
        text = (self.root / name).read_text("utf-8")
        assert text.count(old) == 1, f"{name}: {old!r} stands there {text.count(old)} times"
        self.write(name, text.replace(old, new))

    def install(self) -> None:
        """What `pip install` makes of `pyproject.toml`: the entry points, by which connectors are found."""
        project = tomllib.loads((self.root / PROJECT).read_text("utf-8"))["project"]
        made = self.root / f"{project['name'].replace('-', '_')}-{project['version']}.dist-info"
        made.mkdir()
        about = f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {project['version']}\n"
        (made / "METADATA").write_text(about, "utf-8")
        text = "".join(
            f"[{group}]\n" + "".join(f"{name} = {target}\n" for name, target in entries.items())
            for group, entries in project["entry-points"].items()
        )
        (made / "entry_points.txt").write_text(text, "utf-8")

    def changed(self) -> set[str]:
        """The files of the copy that the program does not have, or has otherwise."""
        files = [self.root / PROJECT, *(file for package in PACKAGES for file in _files(self.root / package))]
        return {
            str(file.relative_to(self.root))
            for file in files
            if not (original := SOURCE / file.relative_to(self.root)).is_file()
            or original.read_bytes() != file.read_bytes()
        }

    def ensia(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run `ensia` with these words and return what it said, on one wide line each, with its exit code."""
        return self._python("from cli.main import run; run()", *words)

    def night(self, as_of: str) -> None:
        """A run over the installation in the folder, without orchestration, that goes well."""
        code = (
            "import sys; from datetime import date; from pathlib import Path; from tests.pipeline import run_once; "
            "outcome = run_once(Path(), date.fromisoformat(sys.argv[1]), all_norms=True); sys.exit('; '.join(map(str, outcome.degraded)) or 0)"
        )
        done = self._python(code, as_of)
        assert done.returncode == 0, done.stdout + done.stderr

    def _python(self, code: str, *words: str) -> subprocess.CompletedProcess[str]:
        """Run this code on the copy; beside it stand the tests, which the program does not know."""
        environment = os.environ | {
            "PYTHONPATH": os.pathsep.join([str(self.root), str(SOURCE)]), "PYTHONSAFEPATH": "1", "PYTHONDONTWRITEBYTECODE": "1", "COLUMNS": "400",
            "NO_COLOR": "1",
        }  # fmt: skip
        command = [sys.executable, "-c", code, *words]
        return subprocess.run(
            command, cwd=self.folder, env=environment, capture_output=True, text=True, check=False, timeout=600
        )


def copy_program(folder: Path) -> ProgramCopy:
    """A copy of the packages in `folder`, without what Python compiled."""
    root, beside = folder / "program", folder / "gemeente"
    beside.mkdir(parents=True)
    for package in PACKAGES:
        shutil.copytree(SOURCE / package, root / package, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(SOURCE / PROJECT, root / PROJECT)
    return ProgramCopy(root, beside)


def _files(folder: Path) -> list[Path]:
    return [file for file in folder.rglob("*") if file.is_file() and "__pycache__" not in file.parts]
