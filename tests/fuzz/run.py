"""Gives inputs to a parser in its child process, one after another, and says what became of each."""

from __future__ import annotations

import traceback
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from connectors.base import Connector, SourceError
from connectors.tools.apart import Apart
from connectors.tools.reading import asked, records_of
from models.language import Language
from models.message import Message
from models.record import Record
from tests.connectors.report_files import check_values
from tests.fuzz.comparison import differences
from tests.fuzz.parsers import MOMENT, Input, Parser
from tests.fuzz.second_readings import Shown

BOUND = 5.0  # seconds that one input may take
# What the reason of a refusal says of the child, or of a program that did not foresee what it read.
_FAULTS = {
    "file.reader_stopped": "died",
    "file.too_slow": "late",
    "file.too_much": "much",
    "file.too_large": "memory",
    "file.stuck": "stuck",
}
FAULTS = (*_FAULTS.values(), "silent", "raised", "broken", "differs")
_LONGEST = 2_000
_LONGEST_SENTENCE = 6_000  # signs


@dataclass(frozen=True)
class Outcome:
    """What became of an input: `records`, `none` (read, and there is nothing), `refused`, or one of FAULTS, then with what was wrong:
    `died`, `late`, `much`, `memory` of its child, `stuck` for what the reader did not foresee, `silent` for a refusal that does not say
    where or what to do, or never ends, `raised` for any other exception, `broken` for a value of another type than its column, and
    `differs`. `is_compared`: another library read it too."""

    word: str
    told: str = ""
    is_compared: bool = False


@dataclass
class Tally:
    """How many inputs of a parser came to what."""

    inputs: int = 0
    aware: int = 0
    compared: int = 0
    seconds: float = 0.0
    words: Counter[str] = field(default_factory=Counter)

    def add(self, given: Input, outcome: Outcome) -> None:
        self.inputs += 1
        self.aware += given.is_aware
        self.compared += outcome.is_compared
        self.words[outcome.word] += 1


@dataclass
class Trial:
    """A parser with the file that its inputs are written in."""

    parser: Parser
    file: Path
    bound: float = BOUND
    connector: Connector = field(init=False)

    def __post_init__(self) -> None:
        self.connector = self.parser.made()

    def outcome(self, given: Input) -> Outcome:
        """What becomes of an input. Raises nothing, whatever it is."""
        try:
            records = self._read(given.name, given.content)
        except SourceError as error:
            return _refusal(error)
        except Exception:  # that anything else comes out is what is looked for
            return Outcome("raised", traceback.format_exc()[-_LONGEST:])
        word = _word_of(records)
        try:
            for record in records:
                check_values(record, self.connector.kinds)
        except AssertionError as error:
            return Outcome("broken", f"{error!r}"[:_LONGEST])
        told, is_compared = self._differences(given, records)
        return Outcome("differs", told[:_LONGEST], is_compared) if told else Outcome(word, is_compared=is_compared)

    def _read(self, name: str, content: bytes) -> list[Record]:
        """The records, as a night collects them: what it asks first, and then all of them, within one bound."""
        payload = self.parser.payload(name, content, self.file)
        with Apart(self.bound) as apart:
            self.connector.context.apart = apart
            if self.parser.asked:
                asked(self.connector, self.parser.asked, payload)
            return list(records_of(self.connector, payload))

    def _differences(self, given: Input, records: list[Record]) -> tuple[str, bool]:
        """What another library says otherwise, and whether one could be asked."""
        parser = self.parser
        shown = parser.shown(given.name, given.content) if parser.shown is not None else None
        if shown is None or not _shows_the_sheets(shown, records):
            return "", False
        told = differences(self.connector, f"{given.name} {MOMENT}", records, shown, parser.compared)
        if parser.difference is not None:
            told += filter(None, [parser.difference(given.name, given.content)])
        return "\n".join(told[:20]), True


def _shows_the_sheets(shown: Shown, records: list[Record]) -> bool:
    """Whether the other library has the sheets that the records are of: it may know none where a list of them is damaged."""
    sheets = {sheet for sheet, _ in shown.rows}
    return not shown.rows or {record.locator.sheet for record in records} <= sheets


def _word_of(records: list[Record]) -> str:
    """What was read: records, nothing, or only such as are held back whole: a document that cannot be opened is one."""
    if not records:
        return "none"
    held_back = [record for record in records if any(problem.field == "record_key" for problem in record.problems)]
    return "refused" if len(held_back) == len(records) else "records"


def _refusal(error: SourceError) -> Outcome:
    """What a refusal comes to: it must say where and what to do, in both languages and not without end, unless a fault is told."""
    reason, place, advice = error.texts
    try:
        sentences = [error.sentence(language) for language in Language]
    except Exception:
        return Outcome("raised", traceback.format_exc()[-_LONGEST:])
    word = _FAULTS.get(reason.key) if isinstance(reason, Message) else None
    if word is not None:
        return Outcome(word, sentences[0])
    if not place or not advice or max(map(len, sentences)) > _LONGEST_SENTENCE:
        return Outcome("silent", sentences[0][:_LONGEST])
    return Outcome("refused")
