"""A town with a catalogue of its own, for tests that go from workbooks through a night to what a person is shown: its rules
and sources are written by the test, everything else is as small as it can be."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from copy import copy
from datetime import date
from pathlib import Path
from typing import Any

from openpyxl import Workbook

from flows.installation import load_installation
from flows.steps import Outcome
from tests.pipeline import run_once
from warehouse.reading.read import Published

AS_OF = date(2026, 11, 20)
_CONFIGURATION = """\
organisation: {{id: klein, name: Gemeente Klein}}
frameworks: [eigen-2026]
catalogue: catalogus
exports: []
sources:
{sources}
"""
_ROLES = """\
  - {id: rollen, connector: spreadsheet, file: rollen.csv, kind: register_entry, key: [name], constants: {register: role},
     columns: {name: Rol, owner: Eigenaar}}
"""
_FRAMEWORK = """\
id: eigen-2026
title_nl: Eigen normen
title_en: Own norms
version: "2026"
published: "2026-01-01"
source: test
"""


class Town:
    """The folder of a town. `rules`: tests per norm number, as the text of a rule file has them below `tests:`; `roles`: those that
    its register of roles says somebody holds."""

    def __init__(self, folder: Path, sources: str, rules: dict[str, str], *, roles: Sequence[str] = ()) -> None:
        self.folder = folder
        if roles:
            sources += _ROLES
            self.write("rollen.csv", "Rol;Eigenaar\n" + "".join(f"{role};Concernstaf\n" for role in roles))
        numbers = "".join(f"{norm}\tNorm {norm}\tnorm\n" for norm in rules)
        texts = "".join(f'  - norm: "{norm}"\n    tests:\n{tests}\n' for norm, tests in rules.items())
        self.write("ensia.yaml", _CONFIGURATION.format(sources=sources))
        self.write("catalogus/eigen-2026/framework.yaml", _FRAMEWORK)
        self.write("catalogus/eigen-2026/norms.tsv", f"id\ttitle_nl\tlevel\n{numbers}")
        self.write("catalogus/eigen-2026/rules/eigen.yaml", f"rules:\n{texts}")

    def copy(self, folder: Path) -> Town:
        """The same town, with all that its nights kept, in another folder: quicker than to live them again."""
        other = copy(self)
        other.folder = Path(shutil.copytree(self.folder, folder, dirs_exist_ok=True))
        return other

    def write(self, name: str, text: str) -> Path:
        """Write a text file of the town."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
        return path

    def workbook(self, name: str, header: Sequence[str], *rows: Sequence[Any]) -> Path:
        """Write a workbook with one sheet."""
        book = Workbook()
        sheet = book.active
        assert sheet is not None
        for row in (header, *rows):
            sheet.append(list(row))
        book.save(self.folder / name)
        return self.folder / name

    def night(self, as_of: date = AS_OF, *, full: bool = False) -> Outcome:
        """A whole night over the day `as_of`; every source must have delivered."""
        outcome = run_once(self.folder, as_of, full=full)
        assert outcome.degraded == [], outcome.degraded
        return outcome

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """What the published file answers."""
        with Published(load_installation(self.folder).state) as published:
            return published.connection.execute(sql).fetchall()

    def result(self, test_id: str) -> tuple[Any, ...]:
        """(result, reason, numerator, denominator, expires_on) of a test now."""
        [row] = self.rows(
            "SELECT result, reason, numerator, denominator, expires_on FROM assess.test_result "
            f"WHERE until_run_no IS NULL AND test_id = '{test_id}'"
        )
        return row
