"""The proof of the fleet, as `make fleet` runs it: machines and the database fail at any moment, and every night is committed
exactly once; the view of 342 municipalities is built within its bounds. ENSIA_FLEET_ORGANISATIONS says of how many there are
nights (10). With ENSIA_FLEET_REAL=1 the nights are real ones, under Prefect: that takes twenty minutes and more of both cores."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from datetime import date, timedelta
from pathlib import Path

import pytest

from flows.installation import Installation
from tests.fleet.fleets import SmallFleet, asked, write_fleet
from tests.fleet.nation import copies, words_that_stay
from tests.fleet.nights import FIRST_NIGHT, TERM, Crew
from tests.fleet.postgres import Postgres
from warehouse.storage.retention import sweep
from warehouse.storage.shared_folder import file_hash
from warehouse.storage.workspace import project

pytestmark = [pytest.mark.real, pytest.mark.fleet, pytest.mark.timeout(5400)]

ORGANISATIONS, NIGHTS, WORKERS = int(os.environ.get("ENSIA_FLEET_ORGANISATIONS", "10")), 3, 4
ALL_NIGHTS = ORGANISATIONS * NIGHTS
KILLS, RESTARTS = ALL_NIGHTS // 5, 1 + ALL_NIGHTS // 60
LAST = FIRST_NIGHT + timedelta(days=NIGHTS - 1)


def test_every_night_is_committed_exactly_once_whatever_fails(
    cluster: Postgres, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One worker is killed at a random moment for every five nights, the database fails, one worker is paused until it was
    overtaken, and what is no longer needed is thrown away meanwhile."""
    import warehouse.storage.lease as leases

    monkeypatch.setenv("ENSIA_FLEET_DATABASE", cluster.database("proof"))
    monkeypatch.setattr(leases, "TERM", TERM)
    began = time.monotonic()
    fleet = write_fleet(tmp_path / "vloot", ORGANISATIONS)
    chance, done = random.Random(20261120), Counter[str]()
    crew = Crew(fleet, WORKERS, LAST)
    zombie = None
    try:
        while not crew.is_done:
            time.sleep(chance.uniform(0.1, 1.2))
            crew.tend()
            busy = [worker for worker in crew.running() if worker is not zombie]
            committed = sum(row.run_no - 1 for row in fleet.database.municipalities())
            if zombie is None and committed >= ALL_NIGHTS // 12:
                zombie = _pause_one_in_a_night(fleet, crew)
            elif done["kill"] < KILLS and len(busy) > 1:
                os.kill(chance.choice(busy).pid or 0, signal.SIGKILL)
                done["kill"] += 1
            if done["restart"] < RESTARTS and committed >= ALL_NIGHTS // 5 * (done["restart"] + 1):
                cluster.restart()
                done["restart"] += 1
            if zombie is not None and not done["woken"] and committed >= ALL_NIGHTS // 2:
                os.kill(zombie.pid or 0, signal.SIGCONT)
                done["woken"] += 1
            for name in fleet.names[:3]:
                sweep(fleet.storage, fleet.database, name)
    finally:
        crew.end()
    assert (done["kill"], done["restart"], done["woken"]) == (KILLS, RESTARTS, 1)
    nights = [(number, FIRST_NIGHT + timedelta(days=number - 1)) for number in range(1, NIGHTS + 1)]
    broken_off = 0
    for name in fleet.names:
        project(fleet.storage, fleet.database, name)  # who was killed while doing so is healed by a round
        row = fleet.row(name)
        assert (row.run_no, row.as_of, row.leased) == (1 + NIGHTS, LAST, False)
        place = fleet.storage.path(row.object or "")
        assert file_hash(place) == row.sha256
        assert file_hash(fleet.storage.path(f"published/{name}/ensia.duckdb")) == row.published_sha256
        runs = asked(place, "SELECT run_no, as_of FROM ops.run WHERE state = 'ok' ORDER BY run_no")
        assert runs == nights, f"{name}: not every night exactly once"
        assert asked(place, "SELECT count(*) FROM ops.run") == [(NIGHTS,)]
        manifests = sorted((fleet.storage.root / "landing" / name / "manifests").glob("*.json"))
        assert [json.loads(path.read_text("utf-8"))["run_no"] for path in manifests] == [number for number, _ in nights]
        sweep(fleet.storage, fleet.database, name)
        assert fleet.storage.has(row.object or "")
        broken_off += row.token - (1 + NIGHTS)
    assert broken_off >= KILLS // 2, "hardly any kill met a night"
    print(
        f"\n{ORGANISATIONS * NIGHTS} of {ORGANISATIONS * NIGHTS} nights committed once; {done['kill']} kills, "
        f"{done['restart']} restarts, {broken_off} claims that came to nothing, {time.monotonic() - began:.0f} s"
    )


def _pause_one_in_a_night(fleet: SmallFleet, crew: Crew):  # type: ignore[no-untyped-def]
    """Pause a worker that holds a lease; returns it, or None when there was none at this moment."""
    holders = {int((row.holder or "::").split(":")[1]) for row in fleet.database.municipalities() if row.leased}
    for worker in crew.running():
        if worker.pid in holders:
            os.kill(worker.pid or 0, signal.SIGSTOP)
            return worker
    return None


MUNICIPALITIES, MEGABYTES = 342, 300
BUILD = """
import json, resource, sys, time
from datetime import date
from pathlib import Path
from tests.few_norms import few_norms
from tests.fleet.nation import terms
from warehouse.reading.national import Participant, build_national
folder, target, as_of = Path(sys.argv[1]), Path(sys.argv[2]), date.fromisoformat(sys.argv[3])
parts = [Participant(file.stem, file, None) for file in sorted(folder.glob("gemeente-*.duckdb"))]
names = tuple(one.organisation_id for one in parts)
catalogue = few_norms()
before = sum(resource.getrusage(resource.RUSAGE_SELF)[:2])
view = build_national(target, parts, terms(catalogue, as_of, oost=names[:100]))
used = resource.getrusage(resource.RUSAGE_SELF)
peak = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))  # of this process alone
megabytes = int(peak.split()[1]) / 1024
print(json.dumps({"counts": view.counts, "cpu": used.ru_utime + used.ru_stime - before, "megabytes": megabytes}))
"""


@pytest.mark.slow  # the usual run has quicker ones of its kind
def test_the_view_of_342_municipalities(few_norms: Installation, tmp_path: Path) -> None:
    template = few_norms.state.published
    ((as_of,),) = asked(template, "SELECT as_of FROM ops.run ORDER BY run_no DESC LIMIT 1")
    assert isinstance(as_of, date)
    parts = copies(template, tmp_path / "delen", MUNICIPALITIES, without_evidence=True)
    words = words_that_stay(template) - {"Gemeente Voorbeeld", "partial"}
    whole = copies(template, tmp_path / "heel", 1)[0].published
    assert whole is not None and parts[0].published is not None
    whole.replace(parts[0].published)  # one of them with all its evidence
    target = tmp_path / "land" / "ensia.duckdb"
    command = [sys.executable, "-c", BUILD, str(tmp_path / "delen"), str(target), as_of.isoformat()]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    measured = json.loads(done.stdout.splitlines()[-1])
    print(f"\n{MUNICIPALITIES} municipalities: {measured['cpu']:.1f} CPU-s, {measured['megabytes']:.0f} MB, file {target.stat().st_size / 1e6:.1f} MB")  # fmt: skip
    assert measured["counts"] == {"current": MUNICIPALITIES}
    assert measured["megabytes"] <= MEGABYTES
    in_rules = {norm for (norm,) in asked(target, "SELECT norm_id FROM catalogue.norm")}
    statuses = "SELECT norm_id, status, count(*) FROM assess.control_status GROUP BY ALL"
    summed = Counter[tuple[object, object]]()
    for part in parts:
        assert part.published is not None
        for norm, status, number in asked(part.published, statuses):
            summed[norm, status] += number if norm in in_rules else 0
    counted = asked(
        target, "SELECT norm, status, gemeenten FROM groep_statussen WHERE groep = 'allen' AND niveau = 'control'"
    )
    assert {(norm, status): number for norm, status, number in counted} == +summed
    content = target.read_bytes()
    rules = (tmp_path / "delen" / "gemeente-001.duckdb").read_bytes()  # it has no evidence, and the same rules
    assert [word for word in words if word.encode() in content and word.encode() not in rules] == []
