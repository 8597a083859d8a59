"""The lists of texts to read, one workbook per reader role: per text in force the elements that its norms demand, with where
an element seems to stand as a proposal. Reads such a list back; keeping it is left to `flows/papers.py`."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
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
from warehouse.reading.texts_to_read import TextToRead

PAPER = "reading"
_TEXT = ("text_kind", "text_source", "text_key")  # what a text is text_by_key by
_COLUMNS = (
    PaperColumn("Tekst", "Text", 34),
    PaperColumn("Vindplaats", "Where it is", 34, format="link"),
    PaperColumn("Norm", "Norm", 14),
    PaperColumn("Element", "Element", 24),
    PaperColumn("Voorstel: hier lijkt het te staan", "Proposal: it seems to stand here", 18),
    PaperColumn("Voorstel: de zin", "Proposal: the sentence", 60),
    PaperColumn("Gevonden", "Found", 12, "found", "open"),
    PaperColumn("Waar", "Where", 24, "place", "open"),
    PaperColumn("Gelezen op", "Read on", 13, "read_on", "open_date"),
)


@dataclass(frozen=True, slots=True)
class Proposal:
    """Where an element seems to stand in a text, by its words alone: the page of a pdf, else the paragraph."""

    sentence: str
    number: int
    page: int | None


Proposals = Mapping[tuple[str, str, str], Mapping[str, Proposal]]  # by text, by element


def write_lists(
    published: Published,
    organisation: str,
    folder: Path,
    texts: Sequence[TextToRead],
    proposals: Proposals,
    lang: Language,
) -> list[tuple[Path, int]]:
    """Write `lezen-ROL.xlsx` for every role that has something to read; the files, each with its number of lines."""
    origin, say = provenance(published, organisation), Say(lang)
    lists = []
    for role in sorted({role for text in texts for role in text.roles}):
        lines = [
            _line_to_read(text, element, proposals.get(text.key, {}).get(element), say)
            for text in texts
            if text.may_read(role)
            for element in text.elements
        ]
        if not lines:
            continue
        name = re.sub(r"[^0-9a-z]+", "-", role).strip("-")
        path = folder / f"{pick(lang, 'lezen', 'read')}-{name}.xlsx"
        write_paper(
            path,
            origin,
            lang,
            paper=PAPER,
            facts={"role": role},
            title=say("reading.title", role=role),
            intro=say("reading.intro"),
            columns=_COLUMNS,
            lines=lines,
        )
        lists.append((path, len(lines)))
    return lists


def _line_to_read(text: TextToRead, element: str, proposal: Proposal | None, say: Say) -> Line:
    about = {
        "text_kind": text.kind,
        "text_source": text.source_id,
        "text_key": text.record_key,
        "text_hash": text.mark,
        "element": element,
    }
    where = _passage_place(proposal, say) if proposal is not None else ""
    sentence = proposal.sentence if proposal is not None else ""
    norms = ", ".join(text.elements[element])
    return Line([text.title, text.place, norms, _element_label(element, say), where, sentence, None, None, None], about)


def _passage_place(proposal: Proposal, say: Say) -> str:
    if proposal.page is not None:
        return say("reading.page", page=proposal.page)
    return say("reading.paragraph", number=proposal.number)


def _element_label(element: str, say: Say) -> str:
    term = vocabularies()["element"].terms.get(element)
    return pick(say.language, term.nl, term.en) if term else element


def read_list(path: Path, say: Say) -> FilledPaper:
    """A list that came back. Raises NotFound, or ReviewError when it is none."""
    return read_paper(path, PAPER, say)


def readings(
    paper: FilledPaper, texts: Sequence[TextToRead], reader: str, today: date, say: Say
) -> list[dict[str, Any]]:
    """The readings on a list, as rows of a paper; what is wrong with it is added to its problems. `reader`: a pseudonym."""
    texts_now: dict[tuple[str, ...], TextToRead] = {text.key: text for text in texts}
    rows = []
    for line in paper.lines:
        if line.filled:
            values, problems = _one_reading(line, texts_now, paper.facts["role"], today, say)
            paper.problems += problems
            rows.append({"sheet": line.sheet, "row": line.row, "values": values | {"reader": reader}})
    if not rows and not paper.problems:
        paper.problems.append(Problem(_first_sheet(paper), "A1", say("paper.nothing_filled"), say("paper.fill_in")))
    return rows


def _first_sheet(paper: FilledPaper) -> str:
    return paper.lines[0].sheet if paper.lines else ""


def _one_reading(
    line: FilledLine, texts_now: Mapping[tuple[str, ...], TextToRead], role: str, today: date, say: Say
) -> tuple[dict[str, Any], list[Problem]]:
    """One reading, and what is wrong with it."""
    answers = vocabularies()["attested_answer"]
    written, day = line.filled.get("found", ""), iso_day(line.filled.get("read_on", ""))
    answer = answers.lookup(written)
    place = line.filled.get("place")
    possible = ", ".join(pick(say.language, term.nl, term.en) for term in answers.terms.values())
    problems = list(_about_the_text(line, texts_now, role, say))
    if not written:
        problems.append(line.problem("found", say("reading.found_missing"), possible))
    elif answer is None:
        problems.append(line.problem("found", say("paper.not_one_of", text=written), possible))
    if day == "":
        problems.append(line.problem("read_on", say("reading.day_missing"), say("paper.a_day")))
    elif day is None or not "1990-01-01" <= day <= today.isoformat():
        problems.append(
            line.problem("read_on", say("paper.not_a_day", text=line.filled["read_on"]), say("paper.a_day"))
        )
    if answer == "yes" and not place:
        problems.append(line.problem("place", say("reading.yes_needs_place"), say("reading.a_place")))
    return dict(line.about) | {"found": answer, "place": place, "read_by": role, "read_on": day}, problems


def _about_the_text(
    line: FilledLine, texts_now: Mapping[tuple[str, ...], TextToRead], role: str, say: Say
) -> Sequence[Problem]:
    """Whether the text that was read is the one that is in force now, and may be read by this role."""
    text = texts_now.get(tuple(line.about[name] for name in _TEXT))
    if text is None or not text.may_read(role):
        return [line.problem("found", say("reading.text_gone"), say("reading.make_list"))]
    if text.mark != line.about["text_hash"]:
        return [line.problem("found", say("reading.text_changed"), say("reading.make_list"))]
    return []
