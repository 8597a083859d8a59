"""What does it cost to parse in a process of its own? Small sources one after another, and one large one, beside the floor of
reading the same bytes in this process.

    python -m benchmarks.apart                  # a small source of each format, and 100k rows of csv and xlsx
    python -m benchmarks.apart --rows 20000

Each figure is the least of some rounds, for what else the machine does only adds. A night starts a child before its first source,
which makes its connector known there; the next ones find it. `cold` is a first source for which no child was started. Prints the
seconds of each, and what they are to be at most: 0.3 for the first, 0.05 for a next one, 10 % more than the floor for the large.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import xlsxwriter

from connectors.base import Connector, Context, ReadsApart, Window
from connectors.json_export import JsonExportConnector
from connectors.sarif import SarifConnector
from connectors.spreadsheet import SpreadsheetConnector
from connectors.tools import apart
from connectors.tools.apart import Apart
from connectors.tools.reading import payloads_of, records_of

FIRST, NEXT, LARGE = 0.3, 0.05, 10.0  # seconds, seconds, per cent
_SECONDS = 600.0  # that a source may take
_START = 1.5  # seconds between the start of a night and its first source
_ROUNDS = 5
_ROUNDS_LARGE = 3
_HEADER = ["Nr", "Soort", "Gemeld", "Opgelost", "Titel", "Systeem"]
_TABLE = {
    "kind": "ticket",
    "number": "Nr",
    "columns": {
        "ticket_type": "Soort",
        "opened_at": "Gemeld",
        "resolved_at": "Opgelost",
        "title": "Titel",
        "owner": "Systeem",
    },
}
_SARIF = {"version": "2.1.0", "runs": [{"tool": {"driver": {"name": "Scanner"}}, "results": []}]}


def rows_of(number: int) -> Iterator[list[str]]:
    """So many rows of a list of incidents, after their header."""
    yield _HEADER
    for row in range(number):
        day = f"{1 + row % 28:02}-{1 + row % 12:02}-2026"
        yield [f"M{row:07}", "incident", f"{day} 09:00", f"{day} 16:30", f"Melding {row}", "Zaaksysteem"]


def write_csv(path: Path, number: int) -> None:
    """A csv file of so many rows."""
    path.write_text("".join(f"{';'.join(cells)}\n" for cells in rows_of(number)), "utf-8")


def write_xlsx(path: Path, number: int) -> None:
    """A workbook of so many rows."""
    with xlsxwriter.Workbook(path, {"constant_memory": True}) as book:
        sheet = book.add_worksheet("Meldingen")
        for row, cells in enumerate(rows_of(number)):
            sheet.write_row(row, 0, cells)


def source(kind: type[Connector], folder: Path, settings: dict[str, Any], reader: ReadsApart | None) -> Connector:
    """A connector over a folder, that reads apart where it is given a reader."""
    context = Context("gemeente", "bron", folder, date(2026, 11, 20), apart=reader)
    return kind(kind.Settings.model_validate(settings), context)


def seconds(work: Callable[..., object], *arguments: Any) -> float:
    """How long it takes."""
    start = time.perf_counter()
    work(*arguments)
    return time.perf_counter() - start


def least(rounds: int, work: Callable[..., float], *arguments: Any) -> float:
    """The least of so many measurements."""
    return min(work(*arguments) for _ in range(rounds))


def read(kind: type[Connector], folder: Path, settings: dict[str, Any], is_apart: bool) -> int:
    """Read a source as a night does; returns how many records it has."""
    if not is_apart:
        return _number_read(source(kind, folder, settings, None))
    with Apart(_SECONDS) as reader:
        return _number_read(source(kind, folder, settings, reader))


def _number_read(connector: Connector) -> int:
    return sum(1 for payload in payloads_of(connector, Window()) for _ in records_of(connector, payload))


def main() -> None:
    """Parse the size and print a row for each source."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=100_000)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        measure(folder, chosen.rows)


def measure(folder: Path, rows: int) -> None:
    """Write the sources into a folder, and print what each costs."""
    write_csv(folder / "klein.csv", 10)
    write_xlsx(folder / "klein.xlsx", 10)
    (folder / "klein.sarif").write_text(json.dumps(_SARIF), "utf-8")
    (folder / "klein.json").write_text(
        json.dumps([{"nummer": 1, "soort": "incident", "gemeld": "2026-11-01T09:00:00"}]), "utf-8"
    )
    write_csv(folder / "groot.csv", rows)
    write_xlsx(folder / "groot.xlsx", rows)
    fields = {"ticket_type": "soort", "opened_at": "gemeld"}
    small: list[tuple[type[Connector], dict[str, Any]]] = [
        (SpreadsheetConnector, {"file": "klein.csv", **_TABLE}),
        (SpreadsheetConnector, {"file": "klein.xlsx", **_TABLE}),
        (SarifConnector, {"file": "klein.sarif"}),
        (JsonExportConnector, {"file": "klein.json", "kind": "ticket", "key": "nummer", "fields": fields}),
    ]
    print("source\tfloor\tcold\tfirst\tnext\tat most")
    for kind, settings in small:
        of_source = (read, kind, folder, settings)
        floor = least(_ROUNDS, seconds, *of_source, False)
        cold = least(_ROUNDS, first_of, of_source, 0.0)
        first = least(_ROUNDS, first_of, of_source, _START)
        following = least(_ROUNDS, seconds, *of_source, True)
        figures = "\t".join(f"{figure:.3f}" for figure in (floor, cold, first, following))
        print(f"{settings['file']}\t{figures}\t{FIRST}, {NEXT}", flush=True)
    print("source\trows\tfloor\tapart\tmore\tat most")
    for file in ("groot.csv", "groot.xlsx"):
        of_source = (read, SpreadsheetConnector, folder, {"file": file, **_TABLE})
        pairs = [(seconds(*of_source, False), seconds(*of_source, True)) for _ in range(_ROUNDS_LARGE)]
        floor, separately = (min(figures) for figures in zip(*pairs, strict=True))
        more = 100 * (separately / floor - 1)
        print(f"{file}\t{rows}\t{floor:.2f}\t{separately:.2f}\t{more:.0f} %\t{LARGE:.0f} %", flush=True)


def first_of(of_source: tuple[Any, ...], ahead: float) -> float:
    """The seconds of the first source of a night. No child is there yet, or a night started it so many seconds before."""
    apart._POOL.clear()
    if ahead:
        apart.prepare()
        time.sleep(ahead)
    return seconds(*of_source, True)


if __name__ == "__main__":
    main()
