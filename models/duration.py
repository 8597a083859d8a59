"""ISO 8601 durations as the rules use them: `P1Y`, `P6M`, `P7D`, `P2W`, `PT72H`.

Source: ISO 8601-1:2019 §5.5.2. Years and months are calendar steps (31 January + P1M = 28 or 29 February), so a
duration is kept as months, days and hours and never flattened to a number of days.
"""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TypeVar

from models.errors import TextError
from models.message import message

Day = TypeVar("Day", date, datetime)
_PATTERN = re.compile(
    r"^P(?:(?P<years>\d+)Y)?(?:(?P<months>\d+)M)?(?:(?P<weeks>\d+)W)?(?:(?P<days>\d+)D)?(?:T(?P<hours>\d+)H)?$"
)

MOST_YEARS = 100  # a longer duration is a mistake, and days that far away cannot be reckoned with
_MOST_MONTHS = 12 * MOST_YEARS
_MOST_DAYS = 366 * MOST_YEARS
_MOST_HOURS = 24 * _MOST_DAYS


@dataclass(frozen=True, slots=True, order=False)
class Duration:
    """A non-negative calendar duration; exactly one of the calendar part (months, days) or `hours` may be non-zero."""

    months: int = 0
    days: int = 0
    hours: int = 0

    @classmethod
    def parse(cls, text: str) -> Duration:
        """Return the duration that `text` writes; ValueError names the forms that are understood."""
        match = _PATTERN.match(text) if isinstance(text, str) else None
        if match is None or text in {"P", "PT"} or text.endswith("T"):
            raise TextError(message("duration.no_duration", text=repr(text)))
        part = {name: int(value or 0) for name, value in match.groupdict().items()}
        months = 12 * part["years"] + part["months"]
        days = 7 * part["weeks"] + part["days"]
        hours = part["hours"]
        is_unbounded = months > _MOST_MONTHS or days > _MOST_DAYS or hours > _MOST_HOURS
        if is_unbounded:
            raise TextError(message("duration.unbounded", text=repr(text), most=MOST_YEARS))
        has_days = months > 0 or days > 0
        if hours and has_days:
            raise TextError(message("duration.mixed", text=repr(text)))
        if not hours and not has_days:
            raise TextError(message("duration.zero", text=repr(text)))
        return cls(months, days, hours)

    def __str__(self) -> str:
        if self.hours:
            return f"PT{self.hours}H"
        years, months = divmod(self.months, 12)
        parts = ((years, "Y"), (months, "M"), (self.days, "D"))
        return "P" + "".join(f"{number}{letter}" for number, letter in parts if number)

    def sql(self) -> str:
        """The same as a DuckDB INTERVAL literal."""
        return f"INTERVAL '{self.months} months {self.days} days {self.hours} hours'"

    def after(self, start: Day) -> Day:
        """`start` plus this duration; the day of the month is clamped, as DuckDB and PostgreSQL do."""
        year, month0 = divmod(start.year * 12 + start.month - 1 + self.months, 12)
        day = min(start.day, calendar.monthrange(year, month0 + 1)[1])
        return start.replace(year=year, month=month0 + 1, day=day) + timedelta(days=self.days, hours=self.hours)

    def earliest(self, day: date) -> date:
        """The first day that is no older than this duration on `day`: the smallest d with d + duration >= day."""
        first = self.before(day)
        while self.after(first) < day:
            first += timedelta(days=1)
        while self.after(first - timedelta(days=1)) >= day:
            first -= timedelta(days=1)
        return first

    def before(self, end: date) -> date:
        """`end` minus this duration, clamped likewise."""
        year, month0 = divmod(end.year * 12 + end.month - 1 - self.months, 12)
        day = min(end.day, calendar.monthrange(year, month0 + 1)[1])
        return end.replace(year=year, month=month0 + 1, day=day) - timedelta(days=self.days, hours=self.hours)
