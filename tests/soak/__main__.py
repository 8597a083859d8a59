"""Nights of a municipality with three sources while everything goes wrong, and after each of them what must hold.

    python -m tests.soak

ENSIA_SOAK_SECONDS: how long (45). ENSIA_SOAK_NIGHTS: at most so many. ENSIA_SOAK_EVERY: 1 breaks off every meeting of one
night with the disk, 7 every seventh. ENSIA_SOAK_REAL: so many nights of the command itself, with Prefect, a third of them
killed. ENSIA_SOAK_SEED: another life. Ends with 1 where something did not hold, and says what, with the night to repeat it.
"""

from __future__ import annotations

import errno
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from flows.installation import load_installation
from tests.soak.invariants import Seen, broken_invariants, not_as_kept
from tests.soak.nights import Faults, in_a_process, run_night
from tests.soak.town import FILES, Rows, Town
from warehouse.storage.database import open_published, utc_now

# The first nights lie around the changes of the clock; all lie before today, since files of days to come are refused.
_AROUND_CHANGES = (datetime(2022, 10, 27, 1, 15), datetime(2023, 3, 23, 2, 15))
_NIGHTS_AROUND = 6
_NIGHTS_OF_A_LONG_LIFE = 100
_STRETCH = 25
_FREE_BLOCKS = 8 * 262_144
_DAY = timedelta(days=1)
_EVENTS = {
    "plain": 30, "killed": 22, "two at once": 8, "source gone": 6, "source broken": 7, "rewritten": 7, "clock back": 3,
    "clock ahead": 3, "disk": 14,
}  # fmt: skip


def setting(name: str, default: int) -> int:
    return int(os.environ.get(f"ENSIA_SOAK_{name}", default))


def moments() -> Iterator[datetime]:
    """The moments (UTC) at which nights begin: around both changes of the clock, and then day after day."""
    for first in _AROUND_CHANGES:
        yield from (first + _DAY * number for number in range(_NIGHTS_AROUND))
    first = _AROUND_CHANGES[-1] + _DAY * _NIGHTS_AROUND
    number = 0
    while True:
        yield first + _DAY * number
        number += 1


@dataclass
class Soak:
    """The life of one municipality."""

    town: Town
    chance: random.Random
    held: dict[str, Rows] = field(default_factory=lambda: {source: {} for source in FILES})
    before: Seen = field(default_factory=Seen)
    counts: Counter[str] = field(default_factory=Counter)
    seconds: float = 4.0  # a night, for who wants to kill one in the middle

    @property
    def folder(self) -> Path:
        return self.town.folder

    def night(self, event: str, moment: datetime, faults: Faults | None = None) -> tuple[str, Faults]:
        """One night in which `event` happens; raises AssertionError when something does not hold after it."""
        self.town.live(moment)
        delivered = {source: [dict(rows)] for source, rows in self.town.rows.items()}
        began = time.monotonic()
        met = Faults(met=-1)
        match event:
            case "killed":
                outcome = in_a_process(lambda: run_night(self.folder, moment, Faults()), self._kill_later)
            case "two at once":
                outcome = self._two_at_once(moment)
            case "source gone" | "source broken":
                self._spoil(event, moment)
                outcome = in_a_process(lambda: run_night(self.folder, moment, Faults()))
            case "rewritten":
                outcome = self._rewritten(moment, delivered)
            case "clock back" | "clock ahead":
                outcome = self._at_a_wrong_moment(event, moment)
            case "disk":
                number = faults or Faults(
                    self.chance.randint(1, 160), errno=self.chance.choice((errno.EIO, errno.ENOSPC))
                )
                outcome, met = self._on_a_broken_disk(moment, number)
            case _:
                outcome = in_a_process(
                    lambda: run_night(self.folder, moment, Faults(), apart=self.chance.random() < 0.1)
                )
                if outcome == "ok":
                    self.seconds = 0.8 * self.seconds + 0.2 * (time.monotonic() - began)
        self.counts[event] += 1
        self.counts["nights"] += 1
        self._check(event, moment, outcome, delivered)
        return outcome, met

    def _kill_later(self, pid: int) -> None:
        time.sleep(self.chance.uniform(0, 1.1 * self.seconds))
        os.kill(pid, signal.SIGKILL)

    def _two_at_once(self, moment: datetime) -> str:
        other = ""

        def begin_another(_: int) -> None:
            nonlocal other
            time.sleep(self.chance.uniform(0, 0.3))
            other = in_a_process(lambda: run_night(self.folder, moment, Faults()))

        outcome = in_a_process(lambda: run_night(self.folder, moment, Faults()), begin_another)
        outcomes = {outcome, other}
        assert outcomes <= {"ok", "refused WarehouseBusy"} and "ok" in outcomes, outcomes
        return "ok"

    def _spoil(self, event: str, moment: datetime) -> None:
        file = self.folder / FILES[self.chance.choice(sorted(FILES))]
        if event == "source gone":
            file.unlink()
        else:
            file.write_bytes(
                self.chance.choice((b"", b"\0" * 5000, b"<html>aanmelden</html>", b'{"meldingen": [{"nummer"'))
            )
            os.utime(file, (moment.timestamp(), moment.timestamp()))

    def _rewritten(self, moment: datetime, delivered: dict[str, list[Rows]]) -> str:
        """While the night reads, its files are put in place again and again, with other content each time."""
        others = {
            source: dict(self.chance.sample(sorted(rows.items()), len(rows) // 2 + 1))
            for source, rows in self.town.rows.items()
        }
        for source, rows in others.items():
            delivered[source].append(rows)
        stop = self.folder / "stop"

        def keep_writing() -> str:
            while not stop.exists():
                for rows in (others, self.town.rows):
                    Town(self.folder, random.Random(1), {source: dict(one) for source, one in rows.items()}).write(
                        moment
                    )
            return "done"

        outcome = ""

        def run(_: int) -> None:
            nonlocal outcome
            outcome = in_a_process(lambda: run_night(self.folder, moment, Faults()))
            stop.touch()

        assert in_a_process(keep_writing, run) == "done"
        stop.unlink()
        return outcome

    def _at_a_wrong_moment(self, event: str, moment: datetime) -> str:
        wrong = moment - 40 * _DAY if event == "clock back" else moment + 3653 * _DAY
        outcome = in_a_process(lambda: run_night(self.folder, wrong, Faults()))
        expected = "refused ClockError" if self.before.runs else "ok"
        assert outcome == expected, outcome
        return outcome

    def _on_a_broken_disk(self, moment: datetime, faults: Faults) -> tuple[str, Faults]:
        def work() -> str:
            outcome = run_night(self.folder, moment, faults)
            return json.dumps([outcome, faults.met])

        answer = in_a_process(work)
        assert answer.startswith("["), answer
        outcome, faults.met = json.loads(answer)
        return outcome, faults

    def _check(self, event: str, moment: datetime, outcome: str, delivered: dict[str, list[Rows]]) -> None:
        assert not outcome.startswith("broke down"), outcome
        state, _, failing = outcome.partition(" ")
        is_whole = state in ("ok", "degraded") and event not in ("disk", "killed")
        may_hold = {}
        for source, contents in delivered.items():
            if not is_whole:
                may_hold[source] = [self.held[source], *contents]
            elif f"/{source}" in failing:
                may_hold[source] = [self.held[source]]
            else:
                may_hold[source] = contents

        def look() -> str:
            problems, present = broken_invariants(self.folder, self.before, may_hold)
            if event == "plain":  # what a night that ended badly left is told until the next one puts it right
                problems += not_as_kept(self.folder)
            seen = [sorted(self.before.evidence), sorted(self.before.runs), self.before.bytes_used]
            return json.dumps([problems, present, seen])

        answer = look_at(look)
        problems, self.held, (evidence, runs, size) = answer
        self.before = Seen(set(evidence), set(runs), size)
        assert not problems, "\n".join(problems)
        if event == "plain":
            assert outcome == "ok", outcome
            leftovers = [
                path
                for path in (self.folder / "state").rglob("*")
                if ".ensia-" in path.name and "spill" not in path.parts
            ]
            assert not leftovers, leftovers


def look_at(look: Callable[[], str]) -> list:  # type: ignore[type-arg]
    """What a look in a process of its own found."""
    file = Path(tempfile.mkstemp()[1])

    def work() -> str:
        file.write_text(look(), "utf-8")
        return "done"

    answer = in_a_process(work)
    assert answer == "done", answer
    content = json.loads(file.read_text("utf-8"))
    file.unlink()
    return list(content)


def ask_on_and_on(folder: Path, stop: Path) -> str:
    """An officer who keeps asking the published file, also what does not fit in memory; returns how often."""
    state, asked = load_installation(folder).state, 0
    while not stop.exists():
        if state.published.exists():
            with open_published(state) as published:
                row = published.execute("SELECT count(*), count(DISTINCT run_no) FROM ops.run").fetchone()
                assert row is not None and row[0] == row[1]
                published.execute("SELECT count(*) FROM (FROM range(300_000) ORDER BY hash(range))").fetchall()
                asked += 1
        time.sleep(0.5)
    return f"asked {asked}"


def real_nights(place: Path, chance: random.Random, number: int) -> Counter[str]:
    """Nights of the command itself, with Prefect and the clock of this machine; a third is killed at some moment."""
    town = Town(place, chance)
    town.begin()
    soak = Soak(town, chance)
    command = [sys.executable, "-m", "cli.main", "nightly", "--quiet", "-c", str(place)]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PREFECT")}
    length = 40.0
    for _ in range(number):
        town.live(utc_now() - timedelta(hours=1))
        delivered = {source: [dict(rows)] for source, rows in town.rows.items()}
        began = time.monotonic()
        process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        is_killed = chance.random() < 0.33
        try:
            code = process.wait(chance.uniform(0.3, length) if is_killed else None)
            length = time.monotonic() - began
        except subprocess.TimeoutExpired:
            process.kill()
            code = process.wait()
        assert code in (0, -signal.SIGKILL), code
        soak.counts["real killed" if code else "real"] += 1
        soak._check("killed" if code else "real", utc_now(), "ok" if code == 0 else "killed", delivered)
    return soak.counts


def check_growth(sizes: list[tuple[int, int]]) -> None:
    """That the warehouse grows as its changes do: a version costs no more bytes in the second half of a long life than twice
    what it cost in the first. `sizes`: versions and bytes after each night. Raises AssertionError.

    Free blocks let the size go up and down by megabytes from night to night: the least of a stretch of nights is taken, and a
    few blocks more are no growth.
    """
    if len(sizes) < _NIGHTS_OF_A_LONG_LIFE:
        return
    first, half, last = (_least(sizes[end - _STRETCH : end]) for end in (_STRETCH, len(sizes) // 2, len(sizes)))
    early = max(0, half[1] - first[1]) / (half[0] - first[0])
    allowed = half[1] + 2 * early * (last[0] - half[0]) + _FREE_BLOCKS
    assert last[1] <= allowed, f"{first}, {half} and {last} versions and bytes: more than {allowed:,.0f}"


def _least(stretch: list[tuple[int, int]]) -> tuple[int, int]:
    return min(stretch, key=lambda size: size[1])


def main() -> int:
    """Live until the time is up; returns the exit code."""
    os.environ.setdefault("ENSIA_PSEUDONYM_KEY", "sleutel-van-de-duurproef")
    import expectations.validate  # noqa: F401  so that no night has to
    import reports.digest  # noqa: F401

    seed, seconds, nights = setting("SEED", 20261128), setting("SECONDS", 45), setting("NIGHTS", 10**6)
    every, real = setting("EVERY", 7), setting("REAL", 0)
    place = Path(tempfile.mkdtemp(prefix="ensia-soak-", dir=os.environ.get("ENSIA_SOAK_FOLDER")))
    chance = random.Random(seed)
    soak = Soak(Town(place / "gemeente", chance), chance)
    soak.town.begin()
    stop, ended = place / "stop", time.monotonic() + seconds
    officer = os.fork()
    if officer == 0:
        try:
            answer = ask_on_and_on(soak.folder, stop)
        except BaseException as error:
            answer = f"failed: {error!r}"
        (place / "officer").write_text(answer, "utf-8")
        os._exit(0)
    when, sizes = moments(), []
    outcome, event, moment = "", "", datetime(2026, 1, 1)
    try:
        sweep, is_swept = 1 + chance.randrange(every), False
        while time.monotonic() < ended and soak.counts["nights"] < nights:
            moment = next(when)
            if soak.counts["nights"] % 3 == 2 and not is_swept and soak.counts["nights"] > 12:
                event = "disk"
                outcome, met = soak.night(event, moment, Faults(sweep))
                soak.counts["sweep"] += 1
                sweep += every
                is_swept = met.met < met.at
            else:
                event = (
                    "plain" if soak.counts["nights"] < 3 else chance.choices(list(_EVENTS), list(_EVENTS.values()))[0]
                )
                outcome, _ = soak.night(event, moment)
            sizes.append((len(soak.before.evidence), soak.before.bytes_used))
            if soak.counts["nights"] % 25 == 0:
                print(
                    f"{soak.counts['nights']} nights, {len(soak.before.evidence)} versions, {soak.before.bytes_used:,} bytes",
                    flush=True,
                )
        moment = next(when)
        event = "plain"
        outcome, _ = soak.night(event, moment)
        check_growth(sizes)
        counts = soak.counts
        if real:
            counts += real_nights(place / "echt", chance, real)
    except AssertionError as error:
        print(
            f"night {soak.counts['nights']} ({event}, {moment}, seed {seed}): {outcome}\n{error}\nleft in {place}",
            file=sys.stderr,
        )
        return 1
    finally:
        stop.touch()
        os.waitpid(officer, 0)
    asked = (place / "officer").read_text("utf-8")
    versions, size = sizes[-1]
    print(
        f"{dict(counts)}; whole sweep: {is_swept} (every {every}); the officer {asked}; {versions} versions in {size:,} bytes"
    )
    if asked.startswith("failed"):
        return 1
    shutil.rmtree(place)
    return 0


if __name__ == "__main__":
    sys.exit(main())
