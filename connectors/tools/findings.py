"""What the connectors for scan and audit reports share: finding the files, taking the newest report per subject, typed
records, severity from CVSS. What a report format looks like is left to the module of that format.
"""

from __future__ import annotations

import re
from abc import abstractmethod
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, ClassVar, Literal

from pydantic import BaseModel, Field

from connectors.base import Connector, Context, Settings, TerminalError, Window
from connectors.tools.csv_text import csv_records
from connectors.tools.dates import in_amsterdam
from connectors.tools.file_kinds import beginning, refuse_other_kind
from connectors.tools.folders import matching_files
from connectors.tools.json_text import JsonError, parse_json
from connectors.tools.reading import asked
from connectors.tools.values import FIRST_YEAR, MOST_YEARS_AHEAD, ValueProblem, Words, convert, shown
from models.instant import instant, wall_time
from models.kind import kinds
from models.message import Text, joined, listed, message
from models.own_words import NO_OWN_WORDS, OwnWords
from models.record import Locator, Payload, Problem, Record
from models.words import is_mark, says_nothing

Severity = Literal["info", "low", "medium", "high", "critical"]
LEAST: Severity = "low"  # the findings below it are inventory, unless a source says otherwise
SEVERITIES: tuple[Severity, ...] = ("info", "low", "medium", "high", "critical")


def severity_of(score: float) -> Severity:
    """The qualitative rating of a CVSS base score, 0.0–10.0 (CVSS v3.1 specification §5, v4.0 §6: same bands)."""
    if score >= 9.0:
        return "critical"
    if score >= 7.0:
        return "high"
    if score >= 4.0:
        return "medium"
    return "low" if score > 0 else "info"


def worst_severity(first: str | None, second: str | None) -> str | None:
    """The most serious of two severities; one that is unknown leaves the other."""
    severities = [severity for severity in SEVERITIES if severity in {first, second}]
    return severities[-1] if severities else first


def number(raw: object) -> float | None:
    """`raw` as a number as machines write it (decimal point), or None when it is absent or no number."""
    if isinstance(raw, bool) or raw is None:
        return None
    written = str(raw).strip()
    if not _MACHINE_NUMBER.fullmatch(written):  # Python also takes 1_000 and ١٢
        return None
    value = float(written)
    return value if abs(value) != float("inf") else None


_MACHINE_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_UNITS = (1, 1_000, 1_000_000, 1_000_000_000)  # of a second, in which systems count from 1970
_PLAUSIBLE_SECONDS = (631_152_000, 4_102_444_800)  # 1990 until 2100


def from_epoch(raw: object) -> datetime | None:
    """The time since 1970 (UTC) as wall time of Amsterdam, in seconds or thousandths, millionths or billionths of
    them: whichever gives a year from 1990 until 2100, which only one of them can. None when none does."""
    value = number(raw)
    if value is None:
        return None
    first, last = _PLAUSIBLE_SECONDS
    seconds = next((value / unit for unit in _UNITS if first <= value / unit < last), None)
    return None if seconds is None else wall_time(datetime.fromtimestamp(seconds, UTC))


def from_iso(text: object) -> datetime | None:
    """An ISO 8601 moment as wall time of Amsterdam (without an offset it is taken as such); else None, also for one of an
    impossible year, such as the year 1 that programs in Go write for no moment."""
    if not isinstance(text, str) or len(text.strip()) < 10:
        return None
    try:
        moment = in_amsterdam(datetime.fromisoformat(text.strip()))
    except ValueError:
        return None
    if FIRST_YEAR <= moment.year <= datetime.now(UTC).year + MOST_YEARS_AHEAD:
        return moment
    return None


def key_of(*parts: object) -> str | None:
    """A natural key of `parts`, with `|` between; None when any is missing, or is a list or object where one value is asked:
    validation then holds the record back."""
    words = ["" if part is None or isinstance(part, (dict, list)) else str(part).strip() for part in parts]
    if not all(words):
        return None
    return "|".join(word.replace("\\", "\\\\").replace("|", "\\|") for word in words)


def record_of(
    kind: str,
    key: str | None,
    values: Mapping[str, object],
    locator: Locator,
    source_columns: Mapping[str, str] | None = None,
    *,
    dutch: bool = False,
    at_latest: bool = False,
    own_words: OwnWords = NO_OWN_WORDS,
) -> Record:
    """A record of `kind` whose values have the types of its columns.

    An absent or blank value stays absent; one that does not convert becomes a Problem that names the source's column
    (`source_columns`: column of the kind → column or field in the source). `dutch`: people wrote the values.
    `at_latest`: see `Record`. `own_words`: of the organisation, where people wrote the words.
    """
    record = Record(kind, key, {}, locator, at_latest=at_latest)
    for name, raw in values.items():
        if raw is None or (isinstance(raw, str) and not raw.strip()):
            continue
        try:
            column = (source_columns or {}).get(name, name)
            words = Words(own_words, record.unknown_words, column)
            value = convert(kinds()[kind].column(name), raw, dutch=dutch, words=words)
        except ValueProblem as problem:
            record.problems.append(Problem(column, name, shown(raw), problem.expected))
            continue
        if value is not None:
            record.values[name] = value
    return record


def load_json(payload: Payload) -> Any:
    """The JSON document in a payload (UTF-8, with or without a byte order mark). Raises TerminalError."""
    try:
        return parse_json(payload.data().decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        refuse_other_kind(payload, "JSON")
        raise TerminalError(
            message("file.no_utf", byte=error.start), place=payload.name, advice=message("file.export_json")
        ) from error
    except JsonError as error:
        if not beginning(payload).lstrip(b"\xef\xbb\xbf \t\r\n").startswith((b"{", b"[")):
            refuse_other_kind(payload, "JSON")
        raise TerminalError(
            message("file.no_whole_json", problem=error.text),
            place=payload.name,
            advice=message("file.broken_off"),
        ) from error


def load_kept(payload: Payload, name: str) -> dict[str, Any]:
    """The JSON object that was kept of an answer, with the list called `name` in it. Raises TerminalError: what has another shape
    is not an answer without anything in it."""
    content = load_json(payload)
    if not isinstance(content, dict) or not isinstance(content.get(name), list):
        raise other_shape(payload, name)
    return content


def other_shape(payload: Payload, name: str) -> TerminalError:
    """The error for what was kept of an answer, when `name` is not in it as it should be."""
    return TerminalError(
        message("file.other_shape", name=name),
        place=payload.name,
        advice=message("rest.read_again"),
    )


def json_object(value: object) -> dict[str, Any]:
    """The JSON object; anything else is an empty one."""
    return value if isinstance(value, dict) else {}


def json_array(value: object) -> list[dict[str, Any]]:
    """The objects in a JSON array; anything else is an empty list."""
    if isinstance(value, list):
        return [item for item in value if isinstance(item, dict)]
    return []


def dig(value: object, *path: str | int) -> Any:
    """The value at `path` in nested JSON objects and arrays; None where it does not exist."""
    for step in path:
        if isinstance(value, dict):
            value = value.get(step)
        elif isinstance(value, list) and isinstance(step, int) and -len(value) <= step < len(value):
            value = value[step]
        else:
            return None
    return value


def scalar(value: object, *path: str | int) -> Any:
    """The text, number or boolean at `path`; None where there is none, also when an object or array stands there."""
    content = dig(value, *path)
    return None if isinstance(content, (dict, list)) else content


def name_at(value: object, *path: str | int) -> str:
    """The name at `path`; empty where there is none, or a word or mark that stands where nothing was filled in."""
    raw = scalar(value, *path)
    text = "" if raw is None else str(raw).strip()
    return "" if says_nothing(text) or is_mark(text) else text


def host_in(name: str) -> str:
    """The host of an address, for a scanner of websites names those in full and a register does not; another name as it is."""
    parts = _ADDRESS.fullmatch(name.strip())
    return parts[1].lower() if parts else name


def csv_rows(payload: Payload, delimiter: str = ",") -> Iterator[tuple[int, dict[str, str]]]:
    """Row number (1-based, as an editor shows the first line of the row) and cells by header of a UTF-8 CSV file."""
    try:
        text = payload.data().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise TerminalError(
            message("file.no_utf", byte=error.start), place=payload.name, advice=message("file.export_csv")
        ) from error
    rows = csv_records(text, delimiter)
    _, first = next(rows, (0, []))
    header = [name.strip() for name in first]
    filled = [(line, row) for line, row in rows if any(cell.strip() for cell in row)]
    # Greenbone ends every row, and not its header, with a comma
    ends_empty = bool(filled) and all(len(row) == len(header) + 1 and not row[-1].strip() for _, row in filled)
    for line, row in filled:
        if len(row) != len(header) and not ends_empty:
            raise TerminalError(
                message("file.other_fields", fields=len(row), number=len(header)),
                place=Locator(file=payload.name, row=line).text,
                advice=message("file.export_unchanged"),
            )
        yield line, dict(zip(header, row, strict=False))


@dataclass(frozen=True, slots=True)
class Subject:
    """What a report is about, and when its scan ended (naive Europe/Amsterdam time; None: the report does not say, so
    the file tells): of several reports about one subject only the newest counts. `name` None: the report does not say
    what it is about. `unfinished`: why the report is not one of a finished scan."""

    name: str | None
    ended: datetime | None
    unfinished: Text = ""


class ReportSettings(Settings):
    """`file`: name or glob, relative to the folder of ensia.yaml."""

    file: str = Field(min_length=1)


class ScanSettings(ReportSettings):
    """`minimum_severity`: results below it are inventory, not findings."""

    minimum_severity: Severity = LEAST


_ADDRESS = re.compile(r"https?://([^/:?#@\s]+)(?::\d+)?(?:[/?#]\S*)?", re.IGNORECASE)
_NAMES_SHOWN = 5
# What a report says that does not become a record of its own, by the word that is stored with the run.
_LEFT_OUT = {
    "below_minimum": message("scan.below_minimum"),
    "passed": message("scan.passed"),
    "not_judged": message("scan.not_judged"),
    "false_positive": message("scan.false_alarm"),
    "gone": message("scan.gone"),
    "suppressed": message("scan.suppressed"),
    "merged": message("scan.same_key"),
    "elsewhere": message("scan.newer_report"),
    "not_scanned": message("scan.not_scanned"),
    "no_security": message("scan.no_security"),
    "other_class": message("scan.other_class"),
    "unsettled": message("scan.under_review"),
    "without_norm": message("scan.no_norm"),
    "dropped_control": message("scan.withdrawn_measure"),
    "without_system": message("scan.no_system"),
}


class LeftOut(Counter[str]):
    """Counts what does not become a record of its own, by word (see _LEFT_OUT); nothing is left out unsaid."""

    def say(self, source: Connector, place: str) -> None:
        """Make a remark of every count, and begin again."""
        for word, number_left_out in sorted(self.items()):
            text = message("scan.left_out", number=number_left_out, why=_LEFT_OUT[word])
            source.remark(word, text, place=place, count=number_left_out)
        self.clear()


class ReportConnector(Connector):
    """Base of the connectors that read report files. A folder in which reports pile up is fine: per subject the newest
    finished one is taken, so that a finding that the newest no longer holds is retired. What two reports about different
    subjects both hold (scans of overlapping networks) is one record: that of the newest. A report that does not say what
    it is about is told from others by the name of its file without the digits. What does not count is said."""

    media_type: ClassVar[str] = "application/xml"

    def __init__(self, settings: BaseModel, context: Context) -> None:
        super().__init__(settings, context)
        self._origin: dict[tuple[str, str], str] = {}  # record → the report it first came in
        self._subject: dict[str, str] = {}  # report → what it is about
        self.left_out = LeftOut()

    @abstractmethod
    def identify(self, payload: Payload) -> Subject:
        """What a report is about. Raises TerminalError when it is not a report of this format."""

    @abstractmethod
    def records(self, payload: Payload) -> Iterator[Record]:
        """The records in one report, as `Connector.read`; counts in `left_out` what does not become one."""

    def read(self, payload: Payload) -> Iterator[Record]:
        """The records of a report; one that another report of this collection gave is not given again."""
        self.left_out.clear()
        for record in self.records(payload):
            key = (record.kind, record.key or "")
            if record.key is None or self._origin.setdefault(key, payload.name) == payload.name:
                yield record
            else:
                self.left_out["elsewhere"] += 1
        self.left_out.say(self, payload.name)

    def fetch(self, window: Window) -> Iterator[Payload]:
        """The newest finished report about each subject, newest first; each is about the end of its scan."""
        self._origin.clear()
        finished: list[tuple[datetime, str, str, Payload]] = []
        unfinished: dict[str, Text] = {}
        for path in matching_files(self.context.folder, self.settings.file, self.context.source_id):
            payload = self.file_payload(self._name(path), self.media_type, path)
            subject = asked(self, "subject_of", payload)
            if subject.unfinished:
                unfinished[payload.name] = subject.unfinished
                self.remark("unfinished", message("scan.not_counted", reason=subject.unfinished), place=payload.name)
                self.discard(payload)
                continue
            payload = payload.about(in_utc(subject.ended))
            name = series_of(payload.name) if subject.name is None else subject.name
            finished.append((moment_of(payload), payload.name, name, payload))
        if not finished:
            self.refuse(
                message("scan.none_finished", reasons=joined(dict.fromkeys(unfinished.values()), "; ")),
                place=listed((self.context.source_id, _first_names(list(unfinished)))),
                advice=message("scan.finish"),
            )
        newest: dict[str, Payload] = {}
        older: dict[str, list[str]] = {}
        for _, name, subject_name, payload in sorted(finished, key=lambda entry: entry[:2], reverse=True):
            if subject_name in newest:
                older.setdefault(subject_name, []).append(name)
                self.discard(payload)
            else:
                newest[subject_name] = payload
        for subject_name, payload in newest.items():
            self._subject[payload.name] = subject_name
        for subject_name, names in older.items():
            text = message("scan.superseded", names=_first_names(names))
            self.remark("superseded", text, place=newest[subject_name].name, count=len(names))
        yield from newest.values()

    def subject_of(self, payload: Payload) -> Subject:
        """What a report is about, which is remembered for the keys of its scans."""
        subject = self.identify(payload)
        self._subject[payload.name] = series_of(payload.name) if subject.name is None else subject.name
        return subject

    def scan_key(self, payload: Payload, looked_at: str, *parts: str) -> str | None:
        """The key of the scan of one object in a report, equal in every report about the same subject. Findings that a higher
        `minimum_severity` leaves out are not looked for: that is another scan, and ends none of them."""
        if payload.name not in self._subject:  # read in another process than that which looked what it is about
            self.subject_of(payload)
        subject = self._subject[payload.name]
        least = getattr(self.settings, "minimum_severity", LEAST)
        more = [] if least == LEAST else [least]
        return key_of(subject, looked_at, *parts, *more)

    def _name(self, path: Path) -> str:
        if path.is_relative_to(self.context.folder):
            return path.relative_to(self.context.folder).as_posix()
        return path.name


def _first_names(names: list[str]) -> Text:
    first = ", ".join(names[:_NAMES_SHOWN])
    more = len(names) - _NAMES_SHOWN
    return message("scan.and_more", names=first, number=more) if more > 0 else first


def series_of(name: str) -> str:
    """The name of a file without its digits: what the files of one series, made on different days, have in common."""
    return re.sub(r"\d+", "#", name)


def utc_now() -> datetime:
    """This moment, UTC and naive, as payloads carry it."""
    return datetime.now(UTC).replace(tzinfo=None, microsecond=0)


def moment_of(payload: Payload) -> datetime:
    """The moment that a payload is about, as wall time of Amsterdam: for records that have none of their own.
    Raises TerminalError when it has none either: nothing is dated by the reading."""
    if payload.moment is None:
        raise TerminalError(
            message("file.no_date"),
            place=payload.name,
            advice=message("file.put_with_date"),
        )
    return wall_time(payload.moment)


def in_utc(moment: datetime | None) -> datetime | None:
    """A wall time of Amsterdam as UTC, as payloads carry it."""
    return instant(moment) if moment else None


def severe_enough(severity: str | None, minimum: Severity) -> bool:
    """Whether a severity counts as a finding; an unknown one does."""
    return severity not in SEVERITIES or SEVERITIES.index(severity) >= SEVERITIES.index(minimum)


def scanned_system(payload: Payload, asset: str, target: str, moment: datetime, findings: int) -> Record:
    """That a system was scanned and how many findings it has: a clean scan is evidence too."""
    return record_of(
        "measurement",
        key_of("vulnerability_scan", target, moment.date()),
        {
            "title": f"Kwetsbaarhedenscan van {asset}: {findings} bevindingen",
            "metric": "vulnerability_scan",
            "object": asset,
            "value": float(findings),
            "unit": "bevindingen",
            "observed_at": moment,
        },
        Locator(file=payload.name, address=f"#{target}"),
    )


def scan_of(key: str | None, looked_at: str, ended: datetime, locator: Locator, findings: int | None = None) -> Record:
    """That a scan looked at an object (a host, image, repository or site) until a moment (Amsterdam wall time). Findings name its
    key in `scan`; a later scan with the same key ends those that it no longer reports (warehouse/storage/scans.py). A name that
    stands where nothing was filled in is no object: the record then says so, and is held back."""
    content = {"object": looked_at, "scanned_at": ended, "findings": findings}
    record = record_of("scan", key, content, locator)
    if "object" not in record.values:
        expectation = message("scan.an_object")
        problem = Problem("object", "object", shown(looked_at), expectation)
        record.problems.append(problem)
    return record
