"""The working paper of a sample: which records were drawn, where to find them and what to look at, with room for a judgement.
Reads such a paper back; drawing is left to `warehouse/reading/samples.py`, keeping it to `flows/papers.py`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from models.kind import vocabularies
from models.language import Language, pick
from models.message import Say
from reports.provenance import provenance
from reports.review import Problem, iso_day
from reports.working_paper import FilledLine, FilledPaper, Line, PaperColumn, read_paper, write_paper
from warehouse.reading.read import Published
from warehouse.reading.samples import Member

PAPER = "sample"
FIRST_ROW = 4  # of a line, as Excel shows it
_COLUMNS = (
    PaperColumn("Regel", "Record", 36),
    PaperColumn("Sleutel", "Key", 24),
    PaperColumn("Eigenaar", "Owner", 18),
    PaperColumn("Waar te vinden", "Where to find it", 40),
    PaperColumn("Adres", "Address", 34, format="link"),
    PaperColumn("Waar op te letten", "What to look at", 48),
    PaperColumn("Uitkomst", "Outcome", 18, "outcome", "open"),
    PaperColumn("Beoordeeld op", "Judged on", 13, "judged_on", "open_date"),
    PaperColumn("Opmerking", "Remark", 48, "remark", "open"),
)


def write_sample(
    published: Published,
    organisation: str,
    path: Path,
    drawn: Sequence[tuple[Member, Mapping[str, Any]]],
    population: int,
    look_at: str,
    lang: Language,
) -> None:
    """Write the working paper of what was drawn: the records, each with what comes back with it."""
    say, first = Say(lang), drawn[0][1]
    lines = [
        Line(
            [member.title, member.record_key, member.owner, member.place, member.url, look_at, None, None, None], values
        )
        for member, values in drawn
    ]
    write_paper(
        path,
        provenance(published, organisation),
        lang,
        paper=PAPER,
        facts={"sample": first["sample"]},
        title=say("sample.title", sample=first["sample"]),
        intro=say("sample.intro", population=population, hash=first["population_hash"]),
        columns=_COLUMNS,
        lines=lines,
    )


def read_sample(path: Path, say: Say) -> FilledPaper:
    """A working paper that came back. Raises NotFound, or ReviewError when it is none."""
    return read_paper(path, PAPER, say)


def judgements(
    paper: FilledPaper, drawn: Sequence[Mapping[str, Any]], role: str, judge: str, today: date, say: Say
) -> list[dict[str, Any]]:
    """The judgements on a paper, as rows of a paper; what is wrong with it is added to its problems. `judge`: a pseudonym."""
    rows = []
    for line in paper.lines:
        if line.filled:
            paper.problems += _judgement_problems(line, drawn, role, today, say)
            outcome = vocabularies()["sample_outcome"].lookup(line.filled.get("outcome", ""))
            judgement = {
                "outcome": outcome,
                "judged_on": iso_day(line.filled.get("judged_on", "")),
                "remark": line.filled.get("remark"),
                "judged_by": role,
                "judge": judge,
            }
            rows.append({"sheet": line.sheet, "row": line.row, "values": dict(line.about) | judgement})
    if not rows and not paper.problems:
        sheet = paper.lines[0].sheet if paper.lines else ""
        paper.problems.append(Problem(sheet, "A1", say("paper.nothing_filled"), say("paper.fill_in")))
    return rows


def _judgement_problems(
    line: FilledLine, drawn: Sequence[Mapping[str, Any]], role: str, today: date, say: Say
) -> Iterator[Problem]:
    """What is wrong with one judgement."""
    outcomes = vocabularies()["sample_outcome"]
    possible = ", ".join(pick(say.language, term.nl, term.en) for term in outcomes.terms.values())
    written = line.filled.get("outcome", "")
    outcome = outcomes.lookup(written)
    if dict(line.about) not in [dict(record) for record in drawn]:
        yield line.problem("outcome", say("sample.not_drawn"), say("sample.made_here"))
        return
    if (line.about["owner"] or "").strip().lower() == role.strip().lower():
        yield line.problem("outcome", say("sample.own_record", role=role), say("sample.another_role"))
    if not written:
        yield line.problem("outcome", say("sample.outcome_missing"), possible)
    elif outcome is None:
        yield line.problem("outcome", say("paper.not_one_of", text=written), possible)
    elif outcome != "good" and not line.filled.get("remark"):
        yield line.problem("remark", say("sample.remark_missing"), say("sample.a_remark"))
    yield from _problems_of_day(line, today, say)


def _problems_of_day(line: FilledLine, today: date, say: Say) -> Iterator[Problem]:
    written = line.filled.get("judged_on", "")
    day = iso_day(written)
    if not written:
        yield line.problem("judged_on", say("sample.day_missing"), say("paper.a_day"))
    elif not day or day > today.isoformat():
        yield line.problem("judged_on", say("paper.not_a_day", text=written), say("paper.a_day"))
    elif day < line.about["drawn_on"]:
        yield line.problem("judged_on", say("sample.before_draw", text=written), say("paper.a_day"))
