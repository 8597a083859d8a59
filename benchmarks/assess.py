"""How fast is an assessment? Whole, incremental, beside a bare scan of the same columns and the same rules in pandas.

    python -m benchmarks.assess                      # 1 × 10k, 1 × 100k, 10 × 100k
    python -m benchmarks.assess --sizes 1x100000 342x100000 --seed 7

Prints one row a size: seconds for scanning the evidence columns once (the floor), for the full assessment, for an
incremental one after 1 % of the organisations changed, on the same day and on the next (when dates pass too), how many
pairs of organisation and test that next one computed, and the peak memory of the process (each size has its own). Then
the seconds of `benchmarks/peer.py` over the same records, for sizes it can hold: the plain part of the rules in pandas; and
how many times the engine's they are. At the end: how the time of a full assessment grew where the records did.
"""

from __future__ import annotations

import argparse
import multiprocessing
import resource
import tempfile
import time
from collections.abc import Callable
from datetime import date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import duckdb

from benchmarks import peer
from benchmarks.evidence import SHARES, fill
from models.catalogue import Catalogue
from models.kind import kinds
from models.loading import load_catalogue
from warehouse.engine.assessment import assess, compute, incremental_scope
from warehouse.storage.catalogue_store import store_catalogue
from warehouse.storage.database import SETTINGS, migrate, transaction

AS_OF = date(2026, 11, 20)
FRAMEWORKS = ("bio2-1.3", "principes-2018")
PEER_RECORDS = 4_000_000  # what the peer holds in the memory that the engine is given
COLUMNS = (
    "organisations", "records", "generate_s", "floor_s", "full_s", "same_day_s", "next_day_s", "pairs", "of",
    "peak_gib", "peer_s", "peer_ratio",
)  # fmt: skip


def timed(work: Callable[[], Any]) -> tuple[float, Any]:
    """Seconds that `work` took, and what it returned."""
    start = time.perf_counter()
    result = work()
    return time.perf_counter() - start, result


def scan(connection: duckdb.DuckDBPyConnection) -> None:
    """Read every assessed evidence column once: the least any assessment must do."""
    for name in SHARES:
        columns = ["organisation_id", "recorded_at", "observed_at", *(column.name for column in kinds()[name].columns)]
        checks = ", ".join(f"count({column})" for column in columns)
        connection.execute(f"SELECT {checks} FROM evidence.{name}").fetchall()


def measure(organisations: int, records: int, seed: int, memory_limit: str, threads: int) -> dict[str, Any]:
    """One size, in a database file of its own."""
    catalogue = load_catalogue(FRAMEWORKS)
    with tempfile.TemporaryDirectory() as folder:
        settings = SETTINGS | {"memory_limit": memory_limit, "threads": threads}
        connection = duckdb.connect(str(Path(folder) / "bench.duckdb"), config=settings)
        connection.execute("SET enable_progress_bar = false")
        migrate(connection)
        with transaction(connection):
            store_catalogue(connection, catalogue)
        generated, total = timed(lambda: fill(connection, catalogue, organisations, records, AS_OF, seed))
        connection.execute("CHECKPOINT")
        known = datetime(AS_OF.year, AS_OF.month, AS_OF.day, 3, 15)
        floor = min(timed(lambda: scan(connection))[0] for _ in range(2))
        full, _ = timed(lambda: _assess(connection, catalogue, 1, AS_OF, known, None))
        changed = max(1, organisations // 100)
        again, next_day, next_known = known + timedelta(hours=1), AS_OF + timedelta(days=1), known + timedelta(days=1)
        _change(connection, changed, again)
        scope = incremental_scope(catalogue, as_of=AS_OF, known_at=again, last_as_of=AS_OF, last_known_at=known)
        same_day, _ = timed(lambda: _assess(connection, catalogue, 2, AS_OF, again, scope))
        _change(connection, changed, next_known)
        scope = incremental_scope(catalogue, as_of=next_day, known_at=next_known, last_as_of=AS_OF, last_known_at=again)
        following, assessment = timed(lambda: _assess(connection, catalogue, 3, next_day, next_known, scope))
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
        beside = _beside(connection, catalogue, known) if total <= PEER_RECORDS else None
        connection.close()
    return {
        "organisations": organisations, "records": total, "generate_s": generated, "floor_s": floor, "full_s": full,
        "same_day_s": same_day, "next_day_s": following,
        "pairs": assessment.pairs_computed, "of": assessment.pairs_total, "peak_gib": peak,
        "peer_s": beside, "peer_ratio": beside / full if beside is not None else None,
    }  # fmt: skip


def _beside(connection: duckdb.DuckDBPyConnection, catalogue: Catalogue, known: datetime) -> float:
    """Seconds of the peer over what was known at the first assessment."""
    compute(connection, catalogue, as_of=AS_OF, known_at=known)
    loaded = peer.load(connection, catalogue, AS_OF)
    seconds, _ = timed(lambda: peer.assess(loaded))
    return seconds


def _assess(connection: Any, catalogue: Any, run_no: int, as_of: date, known_at: datetime, scope: str | None) -> Any:
    with transaction(connection):
        return assess(connection, catalogue, run_no=run_no, as_of=as_of, known_at=known_at, scope=scope)


def _change(connection: duckdb.DuckDBPyConnection, organisations: int, recorded_at: datetime) -> None:
    """New versions of 1 % of the tickets and findings of a few organisations."""
    for name in ("ticket", "finding", "document"):
        connection.execute(
            f"INSERT INTO evidence.{name} SELECT * REPLACE ('nieuw' || record_key AS record_key, "
            f"hash(evidence_id) AS evidence_id, ? AS recorded_at) FROM evidence.{name} "
            f"WHERE organisation_id <= ? AND evidence_id % 100 = 0",
            [recorded_at, f"gemeente-{organisations:03d}"],
        )


def main() -> None:
    """Parse the sizes and print a row for each."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--sizes", nargs="+", default=["1x10000", "1x100000", "10x100000"], help="organisations x records"
    )
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--memory-limit", default="5GiB")
    parser.add_argument("--threads", type=int, default=2)
    chosen = parser.parse_args()
    print("\t".join(COLUMNS))
    rows = []
    for size in chosen.sizes:
        organisations, records = (int(part) for part in size.split("x"))
        with multiprocessing.get_context("spawn").Pool(1) as alone:
            rows.append(
                alone.apply(measure, (organisations, records, chosen.seed, chosen.memory_limit, chosen.threads))
            )
        print("\t".join(_shown(rows[-1][name]) for name in COLUMNS), flush=True)
    for smaller, larger in pairwise(sorted(rows, key=lambda row: int(row["records"]))):
        if larger["records"] > smaller["records"]:
            times = {name: larger[name] / smaller[name] for name in ("records", "full_s")}
            print(
                f"from {smaller['records']} to {larger['records']} records: {times['records']:.1f} × the records, "
                f"{times['full_s']:.1f} × the time"
            )


def _shown(value: float | int | None) -> str:
    if value is None:
        return "–"
    return f"{value:.2f}" if isinstance(value, float) else str(value)


if __name__ == "__main__":
    main()
