"""Splits the text of a csv file into rows, whatever the length of a field: how long a value may be is said in `values`,
for its record and not for the file. Character sets, delimiters and headers are left to `tables` and `findings`."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

_ENDLESS = 2**31 - 1  # characters; a field cannot be longer than the text, which is in memory already


class CsvError(ValueError):
    """From which line (1-based) the text is not csv."""

    def __init__(self, line: int) -> None:
        super().__init__(f"line {line}")
        self.line = line


def csv_records(text: str, delimiter: str, *, strict: bool = False) -> Iterator[tuple[int, list[str]]]:
    """The first line (1-based) and the fields of each row. Raises CsvError.

    The library keeps its limit on a field, 131,072 characters, for the whole process: it is set anew for every row, so
    that nothing that ran before decides what can be read.
    """
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=strict)
    while True:
        line = reader.line_num + 1
        csv.field_size_limit(_ENDLESS)
        try:
            fields = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise CsvError(line) from error
        yield line, fields
