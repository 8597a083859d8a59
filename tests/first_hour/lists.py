"""The lists of `sheets.yaml` as files, and what is proposed for them."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import openpyxl
import yaml

from connectors.base import Context, Window
from connectors.proposals import LookConnector
from connectors.tools.proposal import SheetProposal

FOLDER = Path(__file__).parent


@dataclass(frozen=True)
class KnownList:
    """A list of which it is known what it is: the kind (and register), and the column of every heading, empty when it has none."""

    file: str
    sheet: str | None
    kind: str
    register: str
    answers: Mapping[str, str]
    rows: Sequence[Sequence[Any]]

    def write(self, folder: Path) -> Path:
        """The file of it."""
        path = folder / self.file
        if self.sheet is None:
            with path.open("w", encoding="utf-8", newline="") as stream:
                csv.writer(stream, delimiter=";").writerows(self.rows)
            return path
        workbook = openpyxl.Workbook()
        workbook.active.title = self.sheet
        for row in self.rows:
            workbook.active.append([cell if cell != "" else None for cell in row])
        workbook.save(path)
        return path


@cache
def known_lists() -> tuple[KnownList, ...]:
    content = yaml.safe_load((FOLDER / "sheets.yaml").read_text("utf-8"))
    return tuple(map(_known_list, content))


def _known_list(entry: dict[str, Any]) -> KnownList:
    kind, _, register = entry["is"].partition(" ")
    answers = {heading: column or "" for heading, column in entry["columns"]}
    rows = [*entry.get("above", []), list(answers), *entry["rows"]]
    sheet = entry.get("sheet")
    return KnownList(entry["file"], None if sheet is None else str(sheet), kind, register, answers, rows)


def proposals_of(file: Path, *chosen: tuple[str, str, str]) -> list[SheetProposal]:
    """What each sheet of a file could be."""
    settings = LookConnector.Settings(file=file.name, choices=chosen)
    look = LookConnector(settings, Context("voorbeeld", "lijst", file.parent, date(2026, 11, 20)))
    payloads = list(look.fetch(Window()))
    return look.proposals(payloads[0])
