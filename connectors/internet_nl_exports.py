"""What the dashboard of internet.nl exports of a report (xlsx, ods, csv), and results of the batch API in its first version: the
score of each domain, as the present version gives it.

Formats: internetstandards/Internet.nl-dashboard, logic/report_to_spreadsheet.py (a header with Url and % Score, below eight rows
of statistics in a workbook; the tab and the file are named after the type of scan and its day), and the batch API 1.0 (a list of
domains with score and link under `data`). The rows of single tests are not read: the score is over all of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePosixPath
from typing import Any

from connectors.base import TerminalError
from connectors.tools.findings import dig, from_iso, json_array, number, scalar
from connectors.tools.rows import fold
from connectors.tools.tables import TEXTS, WORKBOOKS, Table, open_text, open_workbook
from connectors.tools.values import Broken, is_blank, text_of
from models.message import message
from models.record import Locator, Payload

_HEADER_WITHIN = 40
_URL, _SCORE = "url", frozenset({"% score", "score"})
_WORDS_OF_TYPE = {"web": ("https", "hsts", "web server"), "mail": ("starttls", "dmarc", "mail server")}
_DAY = re.compile(r"(?<!\d)(20\d\d)-(\d\d)-(\d\d)(?!\d)")
_SITE, _MAIL = re.compile(r"/(?:site|domain)/"), re.compile(r"/mail/")


@dataclass(frozen=True, slots=True)
class Score:
    """What one domain scored, where it stands, and the address of its report; `status` says why there is no score."""

    domain: str
    value: float | None
    locator: Locator
    url: str | None = None
    status: str = ""


@dataclass(frozen=True, slots=True)
class Scores:
    """The scores of one report: web or mail, and when it was tested."""

    kind: str
    tested: datetime | None
    domains: tuple[Score, ...]


def is_export(name: str) -> bool:
    """Whether a file is an export of the dashboard by its name."""
    return PurePosixPath(name.lower()).suffix in {*WORKBOOKS, *TEXTS}


def scores_of_export(payload: Payload) -> Scores:
    """The scores in an export of the dashboard. Raises TerminalError."""
    table = _exported_table(payload)
    header, places = _header(table)
    name = f"{table.sheet or ''} {PurePosixPath(payload.name).name}"
    kind = _web_or_mail(
        name,
        [
            fold(text_of(cell))
            for row in table.rows[
                max(
                    header - 1,
                    0,
                ) : header + 1
            ]
            for cell in row
        ],
    )
    if kind is None:
        raise TerminalError(
            message("internetnl.neither"),
            place=table.place,
            advice=message("internetnl.name_of_export"),
        )
    day = _DAY.search(name)
    tested = from_iso(day[0]) if day else None
    return Scores(kind, tested, tuple(_lowest(_scores(table, header, places))))


def _exported_table(payload: Payload) -> Table:
    if PurePosixPath(payload.name.lower()).suffix in TEXTS:
        return open_text(
            payload,
            encoding=None,
            delimiter=None,
            words=frozenset({_URL, *_SCORE}),
        )
    workbook = open_workbook(payload)
    return workbook.table(workbook.sheets[0])


def _header(table: Table) -> tuple[int, tuple[int, int]]:
    """The index of the header row, and where the domain and its score stand."""
    for index, row in enumerate(table.rows[:_HEADER_WITHIN]):
        texts = [fold(text_of(cell)) if isinstance(cell, str) else "" for cell in row]
        score = next((place for place, text in enumerate(texts) if text in _SCORE), None)
        if _URL in texts and score is not None:
            return index, (texts.index(_URL), score)
    raise TerminalError(
        message("internetnl.no_export"),
        place=table.place,
        advice=message("internetnl.export_again"),
    )


def _scores(table: Table, header: int, places: tuple[int, int]) -> Iterator[Score]:
    """The scores below the header; the endpoints of a domain stand below it, without its name."""
    domain = ""
    for number_of_row, row in enumerate(table.rows[header + 1 :], header + 2):
        cells = [row[place] if place < len(row) else "" for place in (*places, places[1] + 1)]
        name_cell, score, link = cells
        if not is_blank(name_cell):
            domain = text_of(name_cell)
        if not domain or isinstance(name_cell, Broken):
            continue
        has_more = number_of_row < len(table.rows) and _goes_on(table.rows[number_of_row], places)
        if is_blank(score) and not is_blank(name_cell) and has_more:
            continue  # the name alone, above its endpoints
        is_address = isinstance(link, str) and link.startswith("https://")
        yield Score(
            domain,
            _whole_score(score),
            table.locator(number_of_row),
            text_of(link) if is_address else None,
            text_of(score),
        )


def _goes_on(row: list[object], places: tuple[int, int]) -> bool:
    """Whether a row is of the domain above it."""
    return places[1] < len(row) and is_blank(row[places[0]]) and not is_blank(row[places[1]])


def _whole_score(score: object) -> float | None:
    points = number(text_of(score)) if isinstance(score, (str, int, float)) else None
    return points if points is not None and 0 <= points <= 100 else None


def _lowest(scores: Iterator[Score]) -> Iterator[Score]:
    """Of several endpoints of one domain the lowest score, or that there is none."""
    lowest: dict[str, Score] = {}
    for score in scores:
        before = lowest.get(score.domain)
        if before is None or (before.value is not None and (score.value is None or score.value < before.value)):
            lowest[score.domain] = score
    yield from lowest.values()


def _web_or_mail(name: str, headers: list[str]) -> str | None:
    """Web or mail: by the name that the dashboard gives, else by the tests in the header."""
    words = re.split(r"[^a-z]+", name.casefold())
    by_name = [kind for kind in _WORDS_OF_TYPE if kind in words]
    if len(by_name) == 1:
        return by_name[0]
    texts = " ".join(headers)
    by_tests = [kind for kind, signs in _WORDS_OF_TYPE.items() if any(sign in texts for sign in signs)]
    return by_tests[0] if len(by_tests) == 1 else None


def is_first_version(results: Any) -> bool:
    """Whether a document holds results of the batch API 1.0."""
    domains, identifier = dig(results, "data", "domains"), dig(results, "data", "identifier")
    return isinstance(domains, list) and identifier is not None


def scores_of_first_version(results: Any, payload: Payload) -> Scores:
    """The scores in results of the batch API 1.0, of which the links tell the type. Raises TerminalError."""
    data = results["data"]
    domains = json_array(data["domains"])
    links = " ".join(str(item.get("link") or "") for item in domains)
    kinds = [kind for kind, sign in (("web", _SITE), ("mail", _MAIL)) if sign.search(links)]
    if len(kinds) != 1:
        raise TerminalError(
            message("internetnl.neither"),
            place=payload.name,
            advice=message("internetnl.second_version"),
        )
    tested = from_iso(data.get("finished-date")) or from_iso(data.get("submission-date"))
    scores = []
    for position, item in enumerate(domains):
        locator = Locator(file=payload.name, address=f"#/data/domains/{position}")
        link = str(scalar(item, "link") or "") or None
        scores.append(
            Score(
                str(scalar(item, "domain") or ""),
                number(scalar(item, "score")),
                locator,
                link,
                str(item.get("status")),
            )
        )
    return Scores(kinds[0], tested, tuple(scores))
