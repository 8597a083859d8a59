"""How fast do tickets become evidence? Fetch, land, read, stage, validate and store, beside the floor of only downloading.

    python -m benchmarks.collect                     # 100k tickets over HTTP, 100k rows of csv and of xlsx
    python -m benchmarks.collect --rows 1000000 --sources http

Each source is measured in a process of its own, twice: once whole, and once with a stopwatch on every step, which costs
time itself. The warehouse is there already, made by another process. The floor asks the same pages with `requests` and
decodes their JSON (or reads the file's bytes), and does nothing with them. Prints for each source the seconds per step,
the seconds end to end without the stopwatch, those that Great Expectations takes to import within them (once a night, for
all sources together), rows per second without that and with it, and the peak memory of the process.
"""

from __future__ import annotations

import argparse
import inspect
import json
import os
import resource
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import date, timedelta
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from benchmarks.ticket_server import PATH, serving

AS_OF = date(2026, 11, 20)
SOURCES = ("http", "csv", "xlsx")
STEPS = ("fetch", "land", "read", "stage", "validate", "store", "rest")
_HEADER = [
    "Volgnummer",
    "Soort",
    "Prioriteit",
    "Gemeld",
    "Opgelost",
    "Titel",
    "Status",
    "Systeem",
    "Categorie",
    "Groep",
]


class Stopwatch:
    """Seconds by step; what a step calls that is a step itself counts for that one only."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = dict.fromkeys(STEPS, 0.0)
        self._steps = ["rest"]
        self._since = time.perf_counter()

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """From here to the end of the block is `name`."""
        self._switch()
        self._steps.append(name)
        try:
            yield
        finally:
            self._switch()
            self._steps.pop()

    def _switch(self) -> None:
        now = time.perf_counter()
        self.seconds[self._steps[-1]] += now - self._since
        self._since = now

    @contextmanager
    def watching(self, owner: Any, name: str, step: str) -> Iterator[None]:
        """Count the calls of `owner.name` as `step`, a generator's by what it takes to give each item."""
        original = getattr(owner, name)

        def generator(*arguments: Any, **options: Any) -> Iterator[Any]:
            items = original(*arguments, **options)
            while True:
                with self.step(step):
                    item = next(items, self)
                if item is self:
                    return
                yield item

        def function(*arguments: Any, **options: Any) -> Any:
            with self.step(step):
                return original(*arguments, **options)

        setattr(owner, name, generator if inspect.isgeneratorfunction(original) else function)
        try:
            yield
        finally:
            setattr(owner, name, original)


def prepare(source: str, folder: str, address: str) -> None:
    """A new installation for one source, its warehouse empty."""
    from flows.installation import load_installation
    from warehouse.storage.database import open_warehouse

    (Path(folder) / "ensia.yaml").write_text(_configuration(source, address), "utf-8")
    state = load_installation(Path(folder)).state
    shutil.rmtree(state.root, ignore_errors=True)
    with open_warehouse(state):
        pass


def measure(source: str, folder: str, address: str, split: bool) -> dict[str, Any]:
    """Collect one source into its empty warehouse, in this process: rows, peak MiB, and seconds, by step with `split`."""
    import cli  # noqa: F401 - sets how often memory is tidied, as for every command
    from flows import collect as collecting
    from flows import steps
    from flows.installation import load_installation
    from warehouse.storage.database import open_warehouse
    from warehouse.storage.landing import Landing
    from warehouse.storage.staging import Staging

    os.environ["TOPDESK_TOKEN"] = "alleen-voor-de-meting"
    watch = Stopwatch()
    installation = load_installation(Path(folder))
    ((member, known),) = installation.sources()
    kind = type(collecting.build(member, known, AS_OF))
    watched = [
        (kind, "fetch", "fetch"), (kind, "read", "read"), (Landing, "keep_bytes", "land"), (Landing, "keep_file", "land"),
        (Staging, "add", "stage"), (Staging, "finish", "stage"), (collecting, "_validate", "validate"), (steps, "store", "store"),
    ]  # fmt: skip
    start = time.perf_counter()
    with ExitStack() as stack, open_warehouse(installation.state) as connection:
        for owner, name, step in watched if split else ():
            stack.enter_context(watch.watching(owner, name, step))
        run = steps.begin(connection, installation, AS_OF)
        earlier = steps.earlier(connection, member, known)
        collected = collecting.collect(
            installation.state, member, known, run_id=run.run_id, as_of=AS_OF, earlier=earlier
        )
        stored = steps.store(connection, run, collected)
    total = time.perf_counter() - start
    assert collected.status == "ok", collected.reason
    assert stored.rejected == 0
    if split:
        watch.seconds["rest"] = total - sum(watch.seconds[name] for name in STEPS if name != "rest")
        return watch.seconds
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"rows": stored.stored, "total": total, "peak_mib": peak}


def import_expectations() -> float:
    """Seconds that the first import of the validation takes in this process, with what the collection imports done."""
    import flows.collect  # noqa: F401

    start = time.perf_counter()
    import expectations.validate  # noqa: F401

    return time.perf_counter() - start


def _configuration(source: str, address: str) -> str:
    how = {
        "http": f"connector: topdesk\n    address: {address}\n    user: TOPDESK_TOKEN\n    token: TOPDESK_TOKEN\n"
        "    resources: [incidents]\n    budget_seconds: 3000",
        "csv": "connector: spreadsheet\n    file: meldingen.csv\n    " + _columns(),
        "xlsx": "connector: spreadsheet\n    file: meldingen.xlsx\n    " + _columns(),
    }[source]
    return (
        f"organisation: {{id: meting, name: Meting}}\nframeworks: [bio2-1.3]\nsources:\n  - id: {source}\n    {how}\n"
    )


def _columns() -> str:
    own = ("title", "state", "asset", "category", "owner")
    columns = {"ticket_type": "Soort", "priority": "Prioriteit", "opened_at": "Gemeld", "resolved_at": "Opgelost"}
    columns |= dict(zip(own, _HEADER[5:], strict=True))
    return f"kind: ticket\n    key: [title]\n    columns: {json.dumps(columns)}"


def write_files(folder: Path, rows: int) -> None:
    """The same tickets as a csv and as a workbook."""
    import csv

    import xlsxwriter

    table = [_HEADER, *(_row(number) for number in range(rows))]
    with (folder / "meldingen.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, delimiter=";").writerows(table)
    with xlsxwriter.Workbook(str(folder / "meldingen.xlsx"), {"constant_memory": True}) as book:
        sheet = book.add_worksheet("Meldingen")
        for number, row in enumerate(table):
            sheet.write_row(number, 0, row)


def _row(number: int) -> list[str]:
    opened = date(2024, 1, 1) + timedelta(days=number % 900)
    closed = opened + timedelta(days=number % 9)
    return [
        f"I-{number:07d}", ("incident", "verzoek", "wijziging")[number % 3], ("hoog", "middel", "laag")[number % 3],
        f"{opened:%d-%m-%Y}", f"{closed:%d-%m-%Y}" if number % 3 else "", f"Melding {number}: geen toegang",
        "gesloten" if number % 3 else "open", f"srv-{number % 200:03d}", ("Applicaties", "Netwerk")[number % 2], "Servicedesk",
    ]  # fmt: skip


def floor_http(address: str, page_size: int) -> float:
    """Seconds to ask every page and decode its JSON."""
    import requests

    start, number = time.perf_counter(), 0
    with requests.Session() as session:
        while True:
            query = {"pageStart": str(number), "pageSize": str(page_size)}
            response = session.get(f"{address}{PATH}", params=query, timeout=60)
            if not response.content:
                return time.perf_counter() - start
            number += len(json.loads(response.content))


def floor_file(path: Path) -> float:
    """Seconds to parse the file into cells."""
    start = time.perf_counter()
    if path.suffix == ".csv":
        import csv

        with path.open(encoding="utf-8", newline="") as file:
            sum(1 for _ in csv.reader(file, delimiter=";"))
    else:
        from python_calamine import load_workbook

        sum(1 for _ in load_workbook(str(path)).get_sheet_by_index(0).iter_rows())
    return time.perf_counter() - start


def _apart(work: Callable[..., Any], *arguments: Any) -> Any:
    """The result of `work` in a new process, so that no other measurement counts towards its memory."""
    with get_context("spawn").Pool(1) as pool:
        return pool.apply(work, arguments)


def main() -> None:
    """Parse the size and print a row for each source."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--page-size", type=int, default=1000)
    parser.add_argument("--sources", nargs="+", choices=SOURCES, default=list(SOURCES))
    chosen = parser.parse_args()
    names = ["rows", "floor", *STEPS, "total", "import", "rows_per_s", "with_import", "peak_mib"]
    print("\t".join(["source", *names]))
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        address = stack.enter_context(serving(chosen.rows, chosen.page_size)) if "http" in chosen.sources else ""
        if set(chosen.sources) - {"http"}:
            _apart(write_files, Path(folder), chosen.rows)
        for source in chosen.sources:
            file = Path(folder) / f"meldingen.{source}"
            floor = _apart(floor_http, address, chosen.page_size) if source == "http" else _apart(floor_file, file)
            row: dict[str, Any] = {"floor": floor, "import": _apart(import_expectations)}
            for split in (True, False):
                _apart(prepare, source, folder, address)
                row |= _apart(measure, source, folder, address, split)
            row["rows_per_s"] = row["rows"] / (row["total"] - row["import"])
            row["with_import"] = row["rows"] / row["total"]
            shown = (f"{row[name]:.2f}" if isinstance(row[name], float) else str(row[name]) for name in names)
            print("\t".join([source, *shown]), flush=True)


if __name__ == "__main__":
    main()
