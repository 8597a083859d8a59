"""What the connectors for scan and audit reports share: finding the files, taking the newest report per subject, typed
records, severity from CVSS. What a report format looks like is left to the module of that format.
"""

from __future__ import annotations

import hashlib
import json
from abc import abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, ClassVar, Literal

from pydantic import BaseModel, Field

from connectors.base import Connector, Context, Locator, Payload, Problem, Record, Settings, TerminalError, Window
from connectors.csv_text import csv_records
from connectors.dates import in_amsterdam
from connectors.folders import matching_files
from connectors.json_text import JsonError, parse_json
from connectors.reading import as_failure
from connectors.values import AMSTERDAM, ValueProblem, convert, shown
from models.kind import kinds

Severity = Literal["info", "low", "medium", "high", "critical"]
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


def number(raw: object) -> float | None:
    """`raw` as a number as machines write it (decimal point), or None when it is absent or no number."""
    if isinstance(raw, bool) or raw is None:
        return None
    try:
        value = float(str(raw).strip())
    except ValueError:
        return None
    return value if value == value and abs(value) != float("inf") else None


def from_epoch(seconds: object) -> datetime | None:
    """Seconds since 1970 (UTC) as naive Europe/Amsterdam time; None when absent, zero or no number."""
    value = number(seconds)
    if not value or not 0 < value < 32503680000:
        return None
    return datetime.fromtimestamp(value, AMSTERDAM).replace(tzinfo=None)


def from_iso(text: object) -> datetime | None:
    """An ISO 8601 moment as naive Europe/Amsterdam time (without an offset it is taken as such); else None."""
    if not isinstance(text, str) or len(text.strip()) < 10:
        return None
    try:
        return in_amsterdam(datetime.fromisoformat(text.strip()))
    except ValueError:
        return None


def key_of(*parts: object) -> str | None:
    """A natural key of `parts`, with `|` between; None when any is missing: validation then holds the record back."""
    words = ["" if part is None else str(part).strip() for part in parts]
    if not all(words):
        return None
    return "|".join(word.replace("\\", "\\\\").replace("|", "\\|") for word in words)


def fingerprint_key(*parts: object) -> str:
    """What identifies a result, as a hash of the parts that together do (32 hex digits). Parts that scanners give are free
    text: paths, messages, the author and address of a commit. None of that may be read back from a key."""
    content = json.dumps(parts, sort_keys=True, default=str)
    return hashlib.sha256(content.encode()).hexdigest()[:32]


def record_of(
    kind: str,
    key: str | None,
    values: Mapping[str, object],
    locator: Locator,
    source_columns: Mapping[str, str] | None = None,
    *,
    dutch: bool = False,
    at_latest: bool = False,
) -> Record:
    """A record of `kind` whose values have the types of its columns.

    An absent or blank value stays absent; one that does not convert becomes a Problem that names the source's column
    (`source_columns`: column of the kind → column or field in the source). `dutch`: people wrote the values.
    `at_latest`: see `Record`.
    """
    record = Record(kind, key, {}, locator, at_latest=at_latest)
    for name, raw in values.items():
        if raw is None or (isinstance(raw, str) and not raw.strip()):
            continue
        try:
            value = convert(kinds()[kind].column(name), raw, dutch=dutch)
        except ValueProblem as problem:
            column = (source_columns or {}).get(name, name)
            record.problems.append(Problem(column=column, field=name, value=shown(raw), expected=str(problem)))
            continue
        if value is not None:
            record.values[name] = value
    return record


def load_json(payload: Payload) -> Any:
    """The JSON document in a payload (UTF-8, with or without a byte order mark). Raises TerminalError."""
    try:
        return parse_json(payload.data().decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise TerminalError(
            f"is geen UTF-8 (byte {error.start})", place=payload.name, advice="exporteer het bestand opnieuw als JSON"
        ) from error
    except JsonError as error:
        raise TerminalError(
            f"is geen volledig JSON-bestand ({error})",
            place=payload.name,
            advice="waarschijnlijk is de export afgebroken; exporteer het bestand opnieuw",
        ) from error


def json_array(value: object) -> list[dict[str, Any]]:
    """The objects in a JSON array; anything else is an empty list."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


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
    found = dig(value, *path)
    return None if isinstance(found, (dict, list)) else found


def csv_rows(payload: Payload, delimiter: str = ",") -> Iterator[tuple[int, dict[str, str]]]:
    """Row number (1-based, as an editor shows the first line of the row) and cells by header of a UTF-8 CSV file."""
    try:
        text = payload.data().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise TerminalError(
            f"is geen UTF-8 (byte {error.start})", place=payload.name, advice="exporteer het rapport opnieuw als CSV"
        ) from error
    rows = csv_records(text, delimiter)
    _, first = next(rows, (0, []))
    header = [name.strip() for name in first]
    for line, row in rows:
        if any(cell.strip() for cell in row):
            yield line, dict(zip(header, row, strict=False))


@dataclass(frozen=True, slots=True)
class Subject:
    """What a report is about, and when it was made: of several reports about one subject only the newest counts."""

    name: str
    made_at: datetime
    finished: bool = True


class ReportSettings(Settings):
    """`file`: name or glob, relative to the folder of ensia.yaml."""

    file: str = Field(min_length=1)


class ScanSettings(ReportSettings):
    """`minimum_severity`: results below it are inventory, not findings."""

    minimum_severity: Severity = "low"


class ReportConnector(Connector):
    """Base of the connectors that read report files. A folder in which reports pile up is fine: per subject the newest
    finished one is taken, so that a finding that the newest no longer holds is retired. What two reports about different
    subjects both hold (scans of overlapping networks) is one record: that of the newest."""

    media_type: ClassVar[str] = "application/xml"

    def __init__(self, settings: BaseModel, context: Context) -> None:
        super().__init__(settings, context)
        self._origin: dict[tuple[str, str], str] = {}  # record → the report it first came in

    @abstractmethod
    def identify(self, payload: Payload) -> Subject:
        """What a report is about. Raises TerminalError when it is not a report of this format."""

    @abstractmethod
    def records(self, payload: Payload) -> Iterator[Record]:
        """The records in one report, as `Connector.read`."""

    def read(self, payload: Payload) -> Iterator[Record]:
        """The records of a report; one that another report of this collection gave is not given again."""
        for record in self.records(payload):
            key = (record.kind, record.key or "")
            if record.key is None or self._origin.setdefault(key, payload.name) == payload.name:
                yield record

    def fetch(self, window: Window) -> Iterator[Payload]:
        """The newest finished report about each subject, newest first."""
        self._origin.clear()
        newest: dict[str, tuple[datetime, str, Payload]] = {}
        unfinished: list[str] = []
        for path in matching_files(self.context.folder, self.settings.file, self.context.source_id):
            payload = Payload(self._name(path), self.media_type, path=path, fetched_at=utc_now())
            with as_failure(payload.name):
                subject = self.identify(payload)
            if not subject.finished:
                unfinished.append(payload.name)
                continue
            entry = (subject.made_at, payload.name, payload)
            if subject.name not in newest or newest[subject.name][:2] < entry[:2]:
                newest[subject.name] = entry
        for name in unfinished:
            self.context.report(f"{name}: de scan is niet afgerond; dit rapport telt niet mee")
        if not newest:
            self.refuse(
                "er is geen rapport van een afgeronde scan",
                place=f"{self.context.source_id}, {', '.join(unfinished)}",
                advice="laat de scan aflopen en exporteer hem opnieuw",
            )
        for _, _, payload in sorted(newest.values(), key=lambda entry: entry[:2], reverse=True):
            yield payload

    def _name(self, path: Path) -> str:
        if path.is_relative_to(self.context.folder):
            return path.relative_to(self.context.folder).as_posix()
        return path.name


def utc_now() -> datetime:
    """This moment, UTC and naive, as payloads carry it."""
    return datetime.now(UTC).replace(tzinfo=None, microsecond=0)


def moment_of(payload: Payload) -> datetime:
    """When a payload was fetched, as naive Europe/Amsterdam time: for formats that do not say when they were made."""
    fetched = payload.fetched_at or utc_now()
    return fetched.replace(tzinfo=UTC).astimezone(AMSTERDAM).replace(tzinfo=None)


def file_moment(payload: Payload) -> datetime:
    """When the file behind a payload was last written, as naive Europe/Amsterdam time."""
    if payload.path is None:
        return moment_of(payload)
    return datetime.fromtimestamp(payload.path.stat().st_mtime, AMSTERDAM).replace(tzinfo=None)


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
