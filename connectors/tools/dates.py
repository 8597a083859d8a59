"""Reads the dates and moments that people and systems in the Netherlands write: 31-12-2026, 3 maart 2026, wo 4 mrt '26,
2026-03-04T10:15:00Z. Other values are left to `values`; a value that can be read in two ways is refused.

A moment without an offset is Europe/Amsterdam; one with an offset is moved there. Results are wall times of Amsterdam
(`models/instant.py`).
"""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta, timezone, tzinfo

from models.errors import TextError
from models.instant import AMSTERDAM, in_zone, wall_time
from models.message import Both, Message, Text, message

DATE_EXPECTED = message("value.day")
TIMESTAMP_EXPECTED = message("value.moment")
_WRITTEN_BY_MACHINES = {DATE_EXPECTED: message("value.iso_day"), TIMESTAMP_EXPECTED: message("value.iso_moment")}
LAST_SECOND = time(23, 59, 59)  # of a day of which the time is not known, where the later moment is meant
OPEN_ENDED = {(9999, 12, 31), (2999, 12, 31)}  # how systems write "no end"

_MONTHS = (
    "januari jan january",
    "februari feb february",
    "maart mrt mar march",
    "april apr",
    "mei may",
    "juni jun june",
    "juli jul july",
    "augustus aug august",
    "september sep sept",
    "oktober okt october oct",
    "november nov",
    "december dec",
)
_MONTH = {name: number for number, names in enumerate(_MONTHS, 1) for name in names.split()}
_WEEKDAYS = (
    "maandag ma monday mon",
    "dinsdag di tuesday tue",
    "woensdag wo wednesday wed",
    "donderdag do thursday thu",
    "vrijdag vr friday fri",
    "zaterdag za saturday sat",
    "zondag zo sunday sun",
)
_WEEKDAY = {name: number for number, names in enumerate(_WEEKDAYS) for name in names.split()}

_ISO = re.compile(
    r"(?P<year>\d{4})(?P<separator>[-/])(?P<month>\d{1,2})(?P=separator)(?P<day>\d{1,2})(?=$|[T\s])"
    r"|(?P<year8>(?:19|20)\d\d)(?P<month8>\d\d)(?P<day8>\d\d)(?=$|[T\s])"
)
_DAY_FIRST = re.compile(
    r"(?:(?P<weekday>[a-z]{2,9})\.?,?\s+)?(?P<day>\d{1,2})(?:e|ste|de)?"
    r"(?:(?P<separator>\s?[-/.]\s?)(?P<month>\d{1,2})(?P=separator)|[-\s./]+(?P<name>[a-z]{3,9})\.?[-\s./]+)"
    r"(?P<year>\d{4}|['’`´‘]?\d\d)(?=$|[,\sT])",
    re.IGNORECASE,
)
_TIME = re.compile(
    r"(?:\s*(?:,|om)\s*|\s+|T)(?P<hour>\d{1,2})(?:[:.]|u(?!ur))(?P<minute>\d\d)"
    r"(?:[:.](?P<second>\d\d)(?:[.,](?P<fraction>\d{1,9}))?)?\s*(?:u|uur)?\s*(?P<offset>[zZ]|UTC|[+-]\d\d:?(?:\d\d)?)?",
    re.IGNORECASE,
)


class ValueProblem(TextError):
    """A value that cannot be taken; its text says what was expected."""

    @property
    def expected(self) -> Text:
        """What was expected."""
        return self.text


def in_amsterdam(moment: datetime, zone: tzinfo = AMSTERDAM, *, latest: bool = False) -> datetime:
    """A moment that a source wrote as wall time of Amsterdam; one without an offset is a time in `zone` (see `in_zone`).
    The day that means "no end" stays that day, whatever the offset. Raises ValueProblem at the edge of the calendar."""
    if (moment.year, moment.month, moment.day) in OPEN_ENDED:
        return moment.replace(tzinfo=None)
    try:
        return wall_time(moment) if moment.tzinfo else in_zone(moment, zone, latest=latest)
    except OverflowError as error:
        raise ValueProblem(TIMESTAMP_EXPECTED) from error


def date_of(raw: object, dutch: bool = True) -> date:
    """The day that `raw` (date, datetime or text) names; of a moment with an offset, the day it was in Amsterdam."""
    if isinstance(raw, date) and not isinstance(raw, datetime):
        return raw
    return _moment(raw, dutch, DATE_EXPECTED).date()


def timestamp_of(raw: object, dutch: bool = True, *, latest: bool = False) -> datetime:
    """The moment that `raw` names, as wall time of Amsterdam; a day without a time is its first moment. `latest`: it ends a
    term, so a day without a time is its last second, and of a time that the clock shows twice the second is meant: what is
    not known must not make a term shorter. A cell of a spreadsheet with a date holds midnight: a day without a time."""
    if isinstance(raw, date) and not isinstance(raw, datetime):
        return datetime.combine(raw, LAST_SECOND if latest else time())
    if latest and isinstance(raw, datetime) and raw.tzinfo is None and raw.time() == time():
        return datetime.combine(raw, LAST_SECOND)
    return _moment(raw, dutch, TIMESTAMP_EXPECTED, latest)


def _moment(raw: object, dutch: bool, expected: Message, latest: bool = False) -> datetime:
    """The moment in a cell, by the clock in Amsterdam; of a day without a time its first moment, or its last when `latest`.
    Raises ValueProblem."""
    if isinstance(raw, datetime):
        return in_amsterdam(raw, latest=latest)
    if isinstance(raw, (int, float)) and not isinstance(raw, bool):
        raise ValueProblem(message("value.loose_number", expected=expected))
    if not isinstance(raw, str):
        raise ValueProblem(expected)
    text = " ".join(raw.split())
    day, rest = _day_and_rest(text, dutch, expected)
    if not rest:
        return datetime.combine(day, LAST_SECOND if latest else time())
    match = _TIME.fullmatch(rest)
    if match is None:
        raise ValueProblem(expected)
    return _with_time(day, match, latest)


def _day_and_rest(text: str, dutch: bool, expected: Message) -> tuple[date, str]:
    """The day at the start of `text`, and what follows it."""
    if match := _ISO.match(text):
        year, month, day = (int(match[name] or match[f"{name}8"]) for name in ("year", "month", "day"))
        return _calendar_day(year, month, day), text[match.end() :]
    match = _DAY_FIRST.match(text)
    if match is None:
        raise ValueProblem(expected if dutch else _WRITTEN_BY_MACHINES[expected])
    if match["name"]:
        month = _MONTH.get(match["name"].casefold(), 0)
        if not month:
            raise ValueProblem(message("value.no_such_month", expected=expected))
    elif not dutch:
        raise ValueProblem(message("value.ambiguous_day"))
    else:
        month = int(match["month"])
    calendar_day = _calendar_day(_year(match["year"]), month, int(match["day"]))
    if match["weekday"]:
        weekday = _WEEKDAY.get(match["weekday"].casefold())
        if weekday is None:
            raise ValueProblem(expected)
        if weekday != calendar_day.weekday():
            dutch_name, _, english_name, _ = _WEEKDAYS[calendar_day.weekday()].split()
            correct = Both(dutch_name, english_name.capitalize())
            raise ValueProblem(message("value.weekday", weekday=correct))
    return calendar_day, text[match.end() :]


def _year(text: str) -> int:
    """Two digits: 00–49 is 2000–2049, 70–99 is 1970–1999; what lies between can be either and is refused."""
    if len(text) == 4:
        return int(text)
    short = int(text[-2:])
    if 50 <= short < 70:
        raise ValueProblem(message("value.year"))
    return short + (2000 if short < 50 else 1900)


def _calendar_day(year: int, month: int, day: int) -> date:
    if not 1 <= month <= 12:
        raise ValueProblem(message("value.no_month_number", expected=DATE_EXPECTED, month=month))
    try:
        return date(year, month, day)
    except ValueError as error:
        raise ValueProblem(message("value.no_day_of_month", expected=DATE_EXPECTED, day=day)) from error


def _with_time(day: date, match: re.Match[str], latest: bool) -> datetime:
    fraction = (match["fraction"] or "0").ljust(6, "0")[:6]
    try:
        moment = datetime.combine(
            day, time(int(match["hour"]), int(match["minute"]), int(match["second"] or 0), int(fraction))
        )
    except ValueError as error:
        raise ValueProblem(message("value.no_such_time", expected=TIMESTAMP_EXPECTED)) from error
    offset = match["offset"]
    if not offset:
        return in_zone(moment, latest=latest)
    hours = minutes = 0
    if offset.upper() not in {"Z", "UTC"}:
        hours = int(offset[1:3])
        minutes = int(offset[3:].strip(":") or 0)
    if hours > 14 or minutes > 59:
        raise ValueProblem(message("value.no_offset", expected=TIMESTAMP_EXPECTED))
    shift = timedelta(hours=hours, minutes=minutes) * (-1 if offset[0] == "-" else 1)
    return in_amsterdam(moment.replace(tzinfo=timezone(shift)))
