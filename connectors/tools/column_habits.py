"""How the columns of one table write their dates, decimals, percentages and levels: a value that can be read in two ways is
read as the whole column shows, else as the other columns of the file do, and is refused when neither tells.

What a value is worth when it can be read in one way only is `values`'; which rows are records is `row_shapes`'.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

from connectors.tools.tables import Table
from connectors.tools.values import Broken, is_blank, text_of
from models.kind import Column
from models.message import message
from models.words import level_of

DateOrder = Literal["day-month", "month-day"]
DecimalSign = Literal[",", "."]
_NUMBERS = {"integer", "number"}
_DAYS = {"date", "timestamp", "map"}
# Levels of a risk, which are compared with each other and so must be on one scale.
_LEVELS = frozenset({"inherent", "residual", "appetite"})
_DAY = re.compile(
    r"^\s*(\d{1,2})([-/.])(\d{1,2})\2(\d{4}|\d\d)(?=$|[\s,T])(.*)$",
    re.DOTALL,
)
_AMERICAN_TIME = re.compile(
    r"^[\s,]*(\d{1,2}):(\d\d(?::\d\d)?)\s*([AP])\.?M\.?$",
    re.IGNORECASE,
)
_MARKS = re.compile(r"^(?:€|EUR)\s*|\s*(?:€|EUR|%)$", re.IGNORECASE)
_EITHER_SIGN = re.compile(r"^[-+]?[1-9]\d{0,2}[.,]\d{3}$")
_WITH_COMMA = re.compile(
    r"^[-+]?(?:\d{1,3}(?:\.\d{3})+,\d+|\d+,(?:\d{1,2}|\d{4,})|0,\d{3}|\d{4,},\d{3}|\d{1,3}(?:\.\d{3}){2,})$"
)
_WITH_POINT = re.compile(
    r"^[-+]?(?:\d{1,3}(?:,\d{3})+\.\d+|\d+\.(?:\d{1,2}|\d{4,})|0\.\d{3}|\d{4,}\.\d{3}|\d{1,3}(?:,\d{3}){2,})$"
)
_PRODUCT = re.compile(r"^(\d{1,3})\s*[x×*]\s*(\d{1,3})(?:\s*=\s*(\d+))?$", re.IGNORECASE)
_PRODUCT_OF_WORDS = re.compile(r"^(\D+?)(?:\s+x\s+|\s*[×*]\s*)(\D+)$", re.IGNORECASE)
_SAYS_PERCENT = re.compile(r"%|percentage|\bpct\b", re.IGNORECASE)

_ORDER_UNCLEAR = message("value.column_dates")
_SIGN_UNCLEAR = message("value.column_decimals")
_PERCENT_UNCLEAR = message("value.column_percent")
_SCALE_UNCLEAR = message("value.column_scale")


@dataclass(slots=True)
class _Signs:
    """What the cells of one column, or of all, show: how often one reading is the only one."""

    first: int = 0  # day first; a comma before decimals
    second: int = 0  # month first; a point before decimals
    ours: int = 0  # days with hyphens, as only we write them

    def add(self, other: _Signs) -> None:
        self.first += other.first
        self.second += other.second
        self.ours += other.ours

    @property
    def settled(self) -> bool:
        """Whether the signs point one way."""
        return bool(self.first) != bool(self.second)


@dataclass(slots=True)
class ColumnHabits:
    """The habits of the columns of `table` at `places` (a name and where it stands), of which `columns` gives the column of
    the kind. `dates` and `decimal` are what the settings say; `leaves` names the columns whose words they translate."""

    table: Table
    places: Mapping[str, int]
    columns: Mapping[str, Column]
    headers: Mapping[str, str]
    dates: DateOrder | None = None
    decimal: DecimalSign | None = None
    leaves: frozenset[str] = frozenset()
    _orders: dict[str, DateOrder | None] = field(default_factory=dict)
    _contradicting: set[str] = field(default_factory=set)
    _decimals: dict[str, DecimalSign | None] = field(default_factory=dict)
    _mixed_percent: set[tuple[str, str]] = field(default_factory=set)
    _level_kinds: set[str] = field(default_factory=set)

    def learn(self, numbers: Iterable[int]) -> None:
        """Look at the rows with these numbers, before any of them is read."""
        days: dict[str, _Signs] = defaultdict(_Signs)
        amounts: dict[str, _Signs] = defaultdict(_Signs)
        shares: dict[tuple[str, str], set[str]] = defaultdict(set)
        for number in numbers:
            for name, cell in self._cells(number):
                kind = self.columns[name].type
                if kind in _DAYS:
                    _look_at_day(cell, days[name])
                elif kind in _NUMBERS:
                    _look_at_amount(cell, amounts[name])
                    shares[
                        self._measured(
                            name,
                            number,
                        )
                    ].add(
                        self._share(
                            number,
                            self.places[name],
                            cell,
                        )
                    )
                    self._look_at_level(name, cell)
        self._orders = self._settled_orders(days)
        self._decimals = self._settled_decimals(amounts, _sum_of_signs(days.values()))
        self._mixed_percent = {
            key
            for key, sorts in shares.items()
            if self._is_mixed(
                key[0],
                sorts,
            )
        }

    def _cells(self, number: int) -> Iterator[tuple[str, object]]:
        """What stands in each column of a row, and can be read."""
        row = self.table.rows[number - 1]
        for name, index in self.places.items():
            cell = row[index] if index < len(row) else None
            if not is_blank(cell) and not isinstance(cell, Broken):
                yield name, cell

    def _look_at_level(self, name: str, cell: object) -> None:
        if name in _LEVELS and name not in self.leaves:
            self._level_kinds.add(_kind_of_level(cell).removeprefix("product in "))

    def _settled_orders(self, days: Mapping[str, _Signs]) -> dict[str, DateOrder | None]:
        whole = _sum_of_signs(days.values())
        orders: dict[str, DateOrder | None] = {}
        for name, signs in days.items():
            deciding = _deciding(signs, whole)
            if self.dates is not None:
                orders[name] = self.dates
            elif deciding is not None:
                orders[name] = "day-month" if deciding.first else "month-day"
            elif whole.first or whole.second:
                self._contradicting.add(name)
        return orders

    def _settled_decimals(self, amounts: Mapping[str, _Signs], days: _Signs) -> dict[str, DecimalSign | None]:
        is_ours = self.table.delimiter not in {",", "\t"} or (days.ours > 0 and not days.second)
        whole = _sum_of_signs(amounts.values())
        decimals: dict[str, DecimalSign | None] = {}
        for name, signs in amounts.items():
            deciding = _deciding(signs, whole)
            if self.decimal is not None:
                decimals[name] = self.decimal
            elif deciding is not None:
                decimals[name] = "," if deciding.first else "."
            else:
                decimals[name] = "," if is_ours and not signs.first and not whole.first else None
        return decimals

    def _measured(self, name: str, number: int) -> tuple[str, str]:
        """What is measured in a column: itself, or in a list of measurements what its row says."""
        row, index = self.table.rows[number - 1], self.places.get("metric")
        return name, text_of(row[index]) if index is not None and index < len(row) else ""

    def _is_mixed(self, name: str, sorts: set[str]) -> bool:
        """Whether small numbers of a column may be parts of 1: others are marked as percentages, or its header says so."""
        if "small" not in sorts:
            return False
        if "percent" in sorts:
            return True
        header = self.headers.get(name, "")
        return "large" not in sorts and bool(_SAYS_PERCENT.search(header))

    def _share(self, number: int, index: int, cell: object) -> str:
        """What a number is among percentages: marked as one, small enough to be a part of 1, or large; else nothing."""
        has_sign = isinstance(cell, str) and cell.rstrip().endswith("%")
        if has_sign or (number - 1, index) in self.table.percentages:
            return "percent"
        try:
            amount = cell if isinstance(cell, (int, float)) else float(text_of(cell).replace(",", "."))
        except ValueError:
            return ""
        if 0 < abs(amount) <= 1:
            return "small"
        return "large" if amount else ""

    def read(self, name: str, number: int, cell: object) -> object:
        """The cell of `name` in row `number` as it can be read in one way, or Broken when it cannot."""
        if is_blank(cell) or isinstance(cell, Broken):
            return cell
        kind = self.columns[name].type
        if kind in _DAYS:
            return self._day(name, cell)
        if kind not in _NUMBERS:
            return cell
        if (
            self._measured(name, number) in self._mixed_percent
            and self._share(number, self.places[name], cell) == "small"
        ):
            return Broken(text_of(cell), _PERCENT_UNCLEAR)
        if name in _LEVELS and name not in self.leaves:
            cell = self._level(cell)
        return self._amount(name, cell)

    def _day(self, name: str, cell: object) -> object:
        match = _DAY.match(cell) if isinstance(cell, str) else None
        if match is None:
            return cell
        first, second, order = int(match[1]), int(match[3]), self._orders.get(name)
        if order == "month-day":
            return f"{second}-{first}-{match[4]}{_as_we_write(match[5])}"
        fits_both = first <= 12 and second <= 12 and first != second
        if order is None and fits_both and self._doubts_order(name, match[2]):
            return Broken(text_of(cell), _ORDER_UNCLEAR)
        return cell

    def _doubts_order(self, name: str, separator: str) -> bool:
        """Whether a date that fits both orders may be another than day first, as we write it: where columns contradict, or
        nothing in the file tells in what country it was made."""
        return name in self._contradicting or (separator == "/" and self.table.delimiter in {",", "\t"})

    def _amount(self, name: str, cell: object) -> object:
        if not isinstance(cell, str):
            return cell
        bare = _MARKS.sub("", text_of(cell))
        sign = self._decimals.get(name)
        if sign is None:
            if _EITHER_SIGN.match(bare):
                return Broken(
                    text_of(cell),
                    _SIGN_UNCLEAR,
                )
            return cell
        if sign == "." and (_EITHER_SIGN.match(bare) or _WITH_POINT.match(bare)):
            return text_of(cell).replace(",", "").replace(".", ",")
        return cell

    def _level(self, cell: object) -> object:
        """A level of a risk as a number; words count only when all of the table is in words, and in words of one sort."""
        kind = _kind_of_level(cell)
        text = text_of(cell)
        if kind == "product in number":
            return float(_product_of_numbers(text) or 0)
        if kind in {"number", "other"}:
            return cell
        if self._level_kinds - {"other"} != {kind}:
            return Broken(text, _SCALE_UNCLEAR)
        return float((level_of(text) if kind == "word" else _product_of_words(text)) or 0)


def _sum_of_signs(all_signs: Iterable[_Signs]) -> _Signs:
    whole = _Signs()
    for signs in all_signs:
        whole.add(signs)
    return whole


def _deciding(signs: _Signs, whole: _Signs) -> _Signs | None:
    """The signs that settle a column: its own, else those of the whole file; None when they contradict or say nothing."""
    if signs.settled:
        return signs
    is_silent = not signs.first and not signs.second
    return whole if is_silent and whole.settled else None


def _look_at_day(cell: object, signs: _Signs) -> None:
    match = _DAY.match(cell) if isinstance(cell, str) else None
    if match is not None:
        first, second = int(match[1]), int(match[3])
        signs.first += first > 12 >= second
        signs.second += second > 12 >= first
        signs.ours += match[2] == "-"


def _look_at_amount(cell: object, signs: _Signs) -> None:
    if isinstance(cell, str):
        bare = _MARKS.sub("", text_of(cell))
        signs.first += bool(_WITH_COMMA.match(bare))
        signs.second += bool(_WITH_POINT.match(bare))


def _as_we_write(time: str) -> str:
    """A time behind a date, on a clock of 24 hours."""
    match = _AMERICAN_TIME.match(time)
    if match is None:
        return time
    hour = int(match[1]) % 12 + (12 if match[3].upper() == "P" else 0)
    return f" {hour}:{match[2]}"


def _kind_of_level(cell: object) -> str:
    if not isinstance(cell, str):
        return "number"
    text = text_of(cell)
    if level_of(text) is not None:
        return "word"
    if _product_of_words(text) is not None:
        return "product of words"
    if _product_of_numbers(text) is not None:
        return "product in number"
    return "number" if re.fullmatch(r"\d+(?:[.,]\d+)?", text) else "other"


def _product_of_numbers(text: str) -> int | None:
    """Chance times impact in numbers, such as 3 x 4 or 3 × 4 = 12; None when it is not that, or does not come out."""
    match = _PRODUCT.match(text)
    if match is None:
        return None
    total = int(match[1]) * int(match[2])
    return total if match[3] in {None, str(total)} else None


def _product_of_words(text: str) -> int | None:
    """Chance times impact in words, such as hoog x midden; None when it is not that."""
    match = _PRODUCT_OF_WORDS.match(text)
    levels = (level_of(match[1]), level_of(match[2])) if match else (None, None)
    return None if levels[0] is None or levels[1] is None else levels[0] * levels[1]
