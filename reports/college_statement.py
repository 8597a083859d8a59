"""A draft of the college statement (collegeverklaring), with annexes for DigiD and Suwinet. What it says stands in
`templates/college_statement.<lang>.j2`.

The statement is public and names no norms, since that would tell an attacker where to look; the annexes, which are not, do.
It stays a draft: who signs, and on which day, is for people to fill in.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from models.catalogue import ANNEXES
from models.language import pick
from reports import statements
from reports.document import Document, as_docx
from reports.governance import shortened
from reports.prose import document
from reports.provenance import lines, provenance
from warehouse.reading.read import Published
from warehouse.reading.shapes import Improvement, PresentNorm

NAME = "college"
TITLE_NL = "Concept-collegeverklaring met bijlagen voor DigiD en Suwinet (Word)"
TITLE_EN = "Draft of the college statement with annexes for DigiD and Suwinet (Word)"


@dataclass(frozen=True, slots=True)
class Annex:
    """An annex with its norms. The statement tells of those that apply: how many, how many comply, how many are unproven."""

    letter: str
    name: str
    norms: list[PresentNorm]

    @property
    def _statuses(self) -> list[str]:
        return [norm.status for norm in self.norms if norm.status != "niet_van_toepassing"]

    @property
    def applicable(self) -> int:
        return len(self._statuses)

    @property
    def met(self) -> int:
        return self._statuses.count("voldoet")

    @property
    def unproven(self) -> int:
        return self._statuses.count("geen_bewijs")


def build(published: Published, organisation: str, target: Path, *, lang: str = "nl", **options: Any) -> list[Path]:
    """Write `collegeverklaring-concept.docx`."""
    path = target / pick(lang, "collegeverklaring-concept.docx", "college-statement-draft-en.docx")
    as_docx(content(published.speaking(lang), organisation, lang), path)
    return [path]


def content(published: Published, organisation: str, lang: str) -> Document:
    """The statement and its annexes; `published` speaks `lang`."""
    origin = provenance(published, organisation)
    annexes = []
    for letter, name in zip("AB", ANNEXES, strict=True):
        norms = published.select(PresentNorm, organisation, annex=name)
        annexes.append(Annex(letter, name, norms))
    plans: dict[str, list[Improvement]] = defaultdict(list)
    for improvement in published.improvements(organisation):
        plans[improvement.norm_id or ""].append(improvement)
    return document(
        "college_statement",
        origin,
        lang,
        annexes=annexes,
        improvements=published.improvement_count(organisation),
        unknown_improvements=statements.unknown(published, organisation, "improvement"),
        plans_for=lambda norm: plans[norm.norm_id],
        caveat=statements.caveat(published, organisation, "improvement", "exception"),
        made_from=lines(origin, lang, reasons=False),
        shortened=shortened,
    )
