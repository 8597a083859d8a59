"""Officers' programs that have the published file open never meet an error, and never hold up a run."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

from flows.installation import load_installation
from tests.few_norms import few_norms
from tests.flows.municipality import AS_OF
from tests.pipeline import run_once

# Asks over and over until its input ends, and says how often, and which runs it saw, each with how many controls. `hold` keeps
# one connection open all the time; `anew` opens the file for every question.
READER = """
import select, sys
import duckdb

how, path = sys.argv[1:]
question = "SELECT (SELECT max(run_no) FROM ops.run), count(*) FROM beheersmaatregelen"
held = duckdb.connect(path, read_only=True)
print("open", flush=True)
asked, seen = 0, set()
while not select.select([sys.stdin], [], [], 0.05)[0]:
    if how == "anew":
        held.close()
        held = duckdb.connect(path, read_only=True)
    seen.add(held.execute(question).fetchone())
    asked += 1
print(asked, sorted(seen))
"""


def test_two_runs_publish_while_other_processes_query_in_a_loop(municipality: Path) -> None:
    installation = load_installation(municipality)
    first = run_once(municipality, AS_OF, catalogue=few_norms()).run.run_no
    readers = {
        how: subprocess.Popen(
            [sys.executable, "-c", READER, how, str(installation.state.published)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )
        for how in ("hold", "anew")
    }  # fmt: skip
    for reader in readers.values():
        assert reader.stdout is not None and reader.stdout.readline() == "open\n"
    outcomes = [run_once(municipality, AS_OF, catalogue=few_norms()) for _ in range(2)]
    assert [outcome.state for outcome in outcomes] == ["ok", "ok"]
    seen = {}
    for how, reader in readers.items():
        out, errors = reader.communicate("\n", timeout=60)
        assert (reader.returncode, errors) == (0, "")
        asked, _, pairs = out.partition(" ")
        assert int(asked) > 1
        seen[how] = set(ast.literal_eval(pairs))
    controls = sum(norm.level == "control" for norm in few_norms().norms)
    assert seen["hold"] == {(first, controls)}
    assert (first, controls) in seen["anew"] and seen["anew"] <= {(first + more, controls) for more in range(3)}
