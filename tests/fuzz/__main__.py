"""Every parser of what others wrote, in its child process, against inputs that nobody would write.

    python -m tests.fuzz

Part of the inputs is damaged without knowing the format, the other part is well formed, or nearly so, and says what nobody foresaw.
What must hold: no input ends the process that asks, none takes longer than its bound, none ends the child or is met by what the
program did not foresee, and nothing is accepted that another library reads otherwise (`second_readings`, `comparison`).

ENSIA_FUZZ_SECONDS: how long (15; as long as it takes when ENSIA_FUZZ_INPUTS is told). ENSIA_FUZZ_INPUTS: so many for each parser.
ENSIA_FUZZ_PARSERS: which, with commas. ENSIA_FUZZ_SEED: other inputs. ENSIA_FUZZ_FIRST: the number of the first one: an input is
made anew from seed, parser and number. ENSIA_FUZZ_FOLDER: where inputs that something was wrong with are kept. Ends with 1 where
there is one. `runs.tsv` says what the last long run came to.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from connectors.tools import apart
from tests.fuzz.parsers import PARSERS, Parser
from tests.fuzz.run import FAULTS, Outcome, Tally, Trial

_AT_A_TIME = 50  # inputs of one parser before the next one has its turn
_MOST_KEPT = 25  # inputs of one fault of one parser
_ENDLESS = 10**9
_IN_MEMORY = Path("/dev/shm")
_HEADINGS = ("parser", "inputs", "aware", "records", "none", "refused", "compared", *FAULTS, "per second")


def setting(name: str, default: str) -> str:
    return os.environ.get(f"ENSIA_FUZZ_{name}", default)


class Keeper:
    """Keeps inputs that something was wrong with, and says so once for each kind of fault."""

    def __init__(self, folder: Path, seed: int) -> None:
        self._folder, self._seed = folder, seed
        self._kept: Counter[tuple[str, str, str]] = Counter()

    def keep(self, parser: Parser, number: int, content: bytes, outcome: Outcome) -> None:
        first_line = outcome.told.strip().rpartition("\n")[2][:80] if outcome.word == "raised" else outcome.told[:60]
        fault = (parser.name, outcome.word, first_line)
        self._kept[fault] += 1
        if self._kept[fault] > 1 and sum(self._kept[(*fault[:2], line)] for *_, line in self._kept) > _MOST_KEPT:
            return
        place = self._folder / f"{parser.name}-{self._seed}-{number}-{outcome.word}"
        place.with_suffix(".input").write_bytes(content)
        place.with_suffix(".txt").write_text(outcome.told, "utf-8", "replace")
        print(f"{parser.name} {number} (seed {self._seed}): {outcome.word}: {outcome.told[:300]}", flush=True)


def main() -> int:
    """Try the parsers until the time is up or every input had its turn; returns the exit code."""
    names = setting("PARSERS", ",".join(PARSERS)).split(",")
    seed, first = int(setting("SEED", "20261128")), int(setting("FIRST", "0"))
    most = int(setting("INPUTS", str(_ENDLESS)))
    seconds = float(setting("SECONDS", "15" if most == _ENDLESS else str(_ENDLESS)))
    folder = Path(setting("FOLDER", "") or tempfile.mkdtemp(prefix="ensia-fuzz-"))
    folder.mkdir(parents=True, exist_ok=True)
    keeper = Keeper(folder, seed)
    tallies = {name: Tally() for name in names}
    ended = time.monotonic() + seconds
    in_memory = _IN_MEMORY if _IN_MEMORY.is_dir() else None
    with tempfile.TemporaryDirectory(prefix="ensia-fuzz-input-", dir=in_memory) as place:
        trials = {name: Trial(PARSERS[name], Path(place) / "input") for name in names}
        for number in range(first, first + most, _AT_A_TIME):
            for name, trial in trials.items():
                last = min(number + _AT_A_TIME, first + most)
                try_inputs(trial, tallies[name], keeper, seed, range(number, last), ended)
            if time.monotonic() >= ended:
                break
    apart._POOL.clear()
    print_table(tallies)
    faults = sum(tally.words[word] for tally in tallies.values() for word in FAULTS)
    print(
        f"seed {seed}, numbers from {first}; {faults} inputs with which something was wrong"
        + (f", kept in {folder}" if faults else "")
    )
    return 1 if faults else 0


def try_inputs(trial: Trial, tally: Tally, keeper: Keeper, seed: int, numbers: range, ended: float) -> None:
    """Try these inputs of one parser, as far as the time goes."""
    began = time.monotonic()
    for number in numbers:
        if time.monotonic() >= ended:
            break
        given = trial.parser.input(seed, number)
        outcome = trial.outcome(given)
        tally.add(given, outcome)
        if outcome.word in FAULTS:
            keeper.keep(trial.parser, number, given.content, outcome)
    tally.seconds += time.monotonic() - began


def print_table(tallies: dict[str, Tally]) -> None:
    """What every parser made of its inputs, and all of them together."""
    rows = [_HEADINGS]
    total = Tally()
    for name, tally in tallies.items():
        rows.append(_row(name, tally))
        total.inputs += tally.inputs
        total.aware += tally.aware
        total.compared += tally.compared
        total.seconds += tally.seconds
        total.words += tally.words
    rows.append(_row("together", total))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        print("  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True)))


def _row(name: str, tally: Tally) -> tuple[str, ...]:
    counts = [
        tally.inputs,
        tally.aware,
        *(tally.words[word] for word in ("records", "none", "refused")),
        tally.compared,
    ]
    speed = tally.inputs / tally.seconds if tally.seconds else 0
    return (name, *map(str, counts), *(str(tally.words[word]) for word in FAULTS), f"{speed:.0f}")


if __name__ == "__main__":
    sys.exit(main())
