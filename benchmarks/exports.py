"""How long do all exports of one municipality take, how large is the dashboard, and how soon can it be used?

    python -m benchmarks.exports                     # 100,000 generated evidence records
    python -m benchmarks.exports --records 2000 --lang en

Prints a row per export (seconds, seconds of processor time, KiB, files), their total beside the floor (reading every row of
the same views from the published file once), and, where Chromium and playwright are installed, the milliseconds until the
dashboard can be used: the end of its own script, and the first paint, each the median of five fresh starts. On a busy machine
the processor time is the one to compare.
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import tempfile
import time
from datetime import date, datetime
from pathlib import Path
from typing import Any

from benchmarks.assess import FRAMEWORKS, timed
from benchmarks.evidence import fill, organisation_name
from models.loading import load_catalogue
from reports.marts import views
from reports.registry import available, make
from warehouse.engine.assessment import assess
from warehouse.reading.publish import publish
from warehouse.reading.read import Published
from warehouse.storage.catalogue_store import store_catalogue
from warehouse.storage.database import State, open_warehouse, transaction
from warehouse.storage.runs import finish_run, start_run

AS_OF = date(2026, 11, 20)
STARTS = 5


def prepare(state: State, records: int, seed: int) -> None:
    """A published file of one organisation with about `records` evidence records, assessed once."""
    catalogue = load_catalogue(FRAMEWORKS)
    with open_warehouse(state) as connection:
        with transaction(connection):
            store_catalogue(connection, catalogue)
            run = start_run(connection, AS_OF)
        fill(connection, catalogue, 1, records, AS_OF, seed)
        known = datetime(AS_OF.year, AS_OF.month, AS_OF.day, 3, 15)
        with transaction(connection):
            assess(connection, catalogue, run_no=run.run_no, as_of=AS_OF, known_at=known)
            finish_run(connection, run, state="ok", catalogue_digest=catalogue.digest)
        publish(connection, state)


def floor(published: Published) -> None:
    """Read every row of every view once: the least that making files of them must do."""
    for view in views(published):
        published.connection.execute(f'FROM main."{view["name"]}"').fetchall()


def first_usable(page: Path) -> tuple[float, float] | None:
    """Milliseconds until the script of the page has run and until the first paint; None without a browser."""
    browser_path = shutil.which("chromium")
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        return None
    if browser_path is None:
        return None
    ready, painted = [], []
    with sync_playwright() as playwright:
        for _ in range(STARTS):
            browser = playwright.chromium.launch(executable_path=browser_path, args=["--no-sandbox"])
            opened = browser.new_page(viewport={"width": 1280, "height": 900})
            opened.goto(page.as_uri())
            opened.wait_for_selector("html[data-ready=yes]")
            ready.append(opened.evaluate("performance.getEntriesByType('navigation')[0].domContentLoadedEventEnd"))
            painted.append(opened.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime"))
            browser.close()
    return statistics.median(ready), statistics.median(painted)


def measure(records: int, seed: int, lang: str) -> None:
    """Make every export that needs nothing from a person, and print what each took."""
    with tempfile.TemporaryDirectory() as folder:
        state = State(Path(folder) / "state")
        generated, _ = timed(lambda: prepare(state, records, seed))
        organisation = organisation_name(1)
        print(f"prepared\t{generated:.2f}", flush=True)
        total, total_cpu, dashboard = 0.0, 0.0, Path()
        for name, report in available().items():
            if report.needs:
                continue
            began = time.process_time()
            seconds, files = timed(lambda name=name: _make(state, name, organisation, Path(folder) / "exports", lang))
            cpu = time.process_time() - began
            total, total_cpu = total + seconds, total_cpu + cpu
            size = sum(file.stat().st_size for file in files)
            print(f"{name}\t{seconds:.2f}\t{cpu:.2f}\t{size / 1024:.0f}\t{len(files)}", flush=True)
            dashboard = files[0] if name == "dashboard" else dashboard
        with Published(state) as published:
            least, _ = timed(lambda: floor(published))
        print(f"total\t{total:.2f}\t{total_cpu:.2f}\nfloor\t{least:.2f}")
        usable = first_usable(dashboard)
        if usable:
            print(f"usable_ms\t{usable[0]:.0f}\nfirst_paint_ms\t{usable[1]:.0f}")


def _make(state: State, name: str, organisation: str, target: Path, lang: str) -> list[Path]:
    with Published(state) as published:
        return make(name, published, organisation, target, lang=lang)


def main() -> None:
    """Parse the size and measure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--records", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--lang", choices=("nl", "en"), default="nl")
    chosen: Any = parser.parse_args()
    measure(chosen.records, chosen.seed, chosen.lang)


if __name__ == "__main__":
    main()
