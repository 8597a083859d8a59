"""Makes the working papers of the example municipality anew: what its people read, and what they judged of the samples that were
drawn. It runs one night over a copy of the example, draws every sample that a rule asks for and reads every text of which
a rule demands elements, as `ensia sample` and `ensia reading` would, and writes the papers to `werkpapieren.json`.
`ensia demo` hands them in. What was not found, not judged or judged not good stands in `vorm/oordelen.yaml`.

    python examples/gemeente-voorbeeld/maak_werkpapieren.py
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import yaml

from flows.demo import PAPERS_FILE
from flows.installation import load_installation
from flows.nightly import run_nightly
from flows.rules import catalogue_of
from models.catalogue import Test
from warehouse.reading.read import Published
from warehouse.reading.samples import drawn_from, frozen_population, population_mark, sample_size
from warehouse.reading.texts_to_read import TextToRead, texts_to_read

HERE = Path(__file__).parent
_ORGANISATION = "voorbeeld"
_KEY_OF_PSEUDONYMS = "ENSIA_PSEUDONYM_KEY"
_SHEET, _FIRST_ROW = "Lijst", 6
Line = dict[str, Any]


def papers_of(published: Published, tests: Sequence[Test], verdicts: dict[str, Any], today: date) -> list[Line]:
    """Every paper that people handed in: the lists that they read, and the samples that were drawn and judged."""
    papers = list(reading_papers(texts_to_read(published, _ORGANISATION), verdicts, today))
    drawn = set()
    for test in tests:
        sample = test.measure.sample
        if sample and sample not in drawn and sample not in verdicts["niet getrokken"]:
            drawn.add(sample)
            papers += sample_papers(published, test, verdicts, today)
    return papers


def reading_papers(texts: Sequence[TextToRead], verdicts: dict[str, Any], today: date) -> Iterator[Line]:
    """A list of readings per reader role: each text is read by the first role that may."""
    rows: dict[str, list[Line]] = defaultdict(list)
    for text in texts:
        role = next((role for role in verdicts["lezers"] if text.may_read(role) and not _owns(role, text.owner)), None)
        missing = verdicts["niet gevonden"].get(text.record_key, [])
        if role is None or missing == "niet gelezen":
            continue
        for place, element in enumerate(text.elements, start=2):
            rows[role].append(_reading(text, element, role, element not in missing, place, today))
    for role, lines in rows.items():
        yield _paper("reading", role, f"lezen-{role}.xlsx", role, f"lezer-{role}", lines)


def _owns(role: str, owner: str | None) -> bool:
    """Whether an owner is this role under a longer name, such as the concern controller."""
    return role in (owner or "").casefold()


def _reading(text: TextToRead, element: str, role: str, is_there: bool, place: int, today: date) -> Line:
    """What a reader wrote behind one element of a text."""
    return {
        "text_kind": text.kind,
        "text_source": text.source_id,
        "text_key": text.record_key,
        "text_hash": text.mark,
        "element": element,
        "found": "yes" if is_there else "no",
        "place": f"paragraaf {place}" if is_there else None,
        "read_by": role,
        "read_on": (today - timedelta(days=10)).isoformat(),
        "reader": f"lezer-{role}",
    }


def sample_papers(published: Published, test: Test, verdicts: dict[str, Any], today: date) -> list[Line]:
    """The draw of a sample, and its judgement."""
    sample, population = test.measure.sample, test.measure.population
    members = frozen_population(published, _ORGANISATION, population)
    if not members:
        return []
    mark = population_mark(members)
    drawn = drawn_from(members, mark, sample_size(test.measure.frequency, len(members)), set())
    lines = [
        {
            "sample": sample,
            "period": str(today.year),
            "population_hash": mark,
            "record_kind": population.kind,
            "drawn_on": (today - timedelta(days=14)).isoformat(),
            "record_source": member.source_id,
            "record_ref": member.record_key,
            "owner": member.owner,
            "title": member.title,
        }
        for member in drawn
    ]
    judged = [line | _judgement(line, verdicts, today) for line in lines]
    name = f"steekproef-{sample.replace('_', '-')}-1.xlsx"
    frozen = [[member.source_id, member.record_key, member.version] for member in members]
    draw = _paper("draw", sample, name, "", "", lines, {"population": frozen})
    if sample in verdicts["niet beoordeeld"]:
        return [draw]
    by_role: dict[str, list[Line]] = defaultdict(list)
    for line in judged:
        by_role[line["judged_by"]].append(line)
    judgements = [
        _paper("judgement", sample, name, role, f"beoordelaar-{role}", lines) for role, lines in by_role.items()
    ]
    return [draw, *judgements]


def _judgement(line: Line, verdicts: dict[str, Any], today: date) -> Line:
    """What the judge wrote behind one record."""
    remark = verdicts["niet goed"].get(line["record_ref"])
    role = next(role for role in verdicts["beoordelaars"] if not _owns(role, line["owner"]))
    return {
        "outcome": "not_good" if remark else "good",
        "judged_on": (today - timedelta(days=7)).isoformat(),
        "remark": remark,
        "judged_by": role,
        "judge": f"beoordelaar-{role}",
    }


def _paper(
    paper: str, about: str, name: str, role: str, person: str, lines: list[Line], facts: Line | None = None
) -> Line:
    """One paper as it is kept: every line with its place in the workbook."""
    rows = [{"sheet": _SHEET, "row": _FIRST_ROW + place, "values": line} for place, line in enumerate(lines)]
    return {
        "paper": paper,
        "about": about,
        "file_name": name,
        "role": role,
        "person": person,
        "rows": rows,
        "facts": facts or {},
    }


def main() -> None:
    os.environ.setdefault(_KEY_OF_PSEUDONYMS, "sleutel van het voorbeeld")
    today = date.fromisoformat((HERE / "beoordeeld-per.txt").read_text("utf-8").strip())
    verdicts = yaml.safe_load((HERE / "vorm" / "oordelen.yaml").read_text("utf-8"))
    with tempfile.TemporaryDirectory() as scratch:
        copy = Path(scratch) / "voorbeeld"
        shutil.copytree(HERE, copy, ignore=shutil.ignore_patterns("state", PAPERS_FILE))
        installation = load_installation(copy)
        outcome = run_nightly(installation, as_of=today, full=False)
        if outcome.degraded:
            sys.exit(f"not every source of the example was read: {outcome.degraded}")
        with Published(installation.state) as published:
            papers = papers_of(published, catalogue_of(installation).tests, verdicts, today)
    lines = ",\n".join(json.dumps(paper, ensure_ascii=False, default=str, sort_keys=True) for paper in papers)
    file = HERE / PAPERS_FILE
    file.write_text(f"[\n{lines}\n]\n", "utf-8")
    file.chmod(0o644)  # the run closed this process to others


if __name__ == "__main__":
    main()
