"""Opens workbooks (xlsx, xlsm, ods) and csv files as plain tables: rows as the reader of the file counts them, merged
cells filled down, percentages as percentages, and cells that hold no usable value marked as such.

Which table, which header and what the columns mean is left to `spreadsheet`; what only the XML of a workbook tells to
`sheetmarks`.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from python_calamine import (
    CalamineError,
    CalamineWorkbook,
    PasswordError,
    SheetTypeEnum,
    SheetVisibleEnum,
    load_workbook,
)

from connectors.base import TerminalError
from connectors.tools.csv_text import CsvError, csv_records
from connectors.tools.rows import fold
from connectors.tools.sheetbounds import (
    OutOfBoundsError,
    check_office_sheet,
    check_open_document,
    check_parts,
    column_letters,
)
from connectors.tools.sheetmarks import Marks, UnreadablePart, marks_of, sheet_part
from connectors.tools.values import Broken
from models.record import Locator, Payload

WORKBOOKS = {
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".xlsm": "application/vnd.ms-excel.sheet.macroEnabled.12",
    ".ods": "application/vnd.oasis.opendocument.spreadsheet",
}
TEXTS = {".csv": "text/csv", ".txt": "text/csv", ".tsv": "text/tab-separated-values"}
DELIMITERS = (";", ",", "\t")
_OLE2 = bytes.fromhex("D0CF11E0A1B11AE1")
# How Excel and LibreOffice show the value of a failed formula, in English and Dutch.
ERROR_VALUES = {
    "#N/A": "#N/B",
    "#REF!": "#VERW!",
    "#VALUE!": "#WAARDE!",
    "#DIV/0!": "#DEEL/0!",
    "#NAME?": "#NAAM?",
    "#NUM!": "#GETAL!",
    "#NULL!": "#LEEG!",
}
_ERROR_WORDS = {*ERROR_VALUES, *ERROR_VALUES.values()}


@dataclass(slots=True)
class Table:
    """A sheet or csv file. `rows[0]` is row 1; a cell is str, float, bool, date, datetime, time, timedelta, Broken or
    empty text. `hidden` holds the numbers of hidden rows, `visible` tells of the sheet itself."""

    file: str
    sheet: str | None
    rows: list[list[object]]
    hidden: frozenset[int] = frozenset()
    visible: bool = True

    @property
    def place(self) -> str:
        """File and sheet, as an error names them."""
        return str(self.locator())

    def locator(self, row: int | None = None) -> Locator:
        """The place of the table, or of one of its rows."""
        return Locator(file=self.file, sheet=self.sheet, row=row)


@dataclass(slots=True)
class Opened:
    """An opened payload: the names of its sheets, of which the hidden ones, and the tables themselves when asked."""

    payload: Payload
    workbook: CalamineWorkbook | None
    sheets: list[str] = field(default_factory=list)
    hidden: frozenset[str] = frozenset()

    def table(self, sheet: str | None) -> Table:
        """The sheet called `sheet` (white space and case do not matter). Raises TerminalError naming those that are
        there."""
        if self.workbook is None:
            raise AssertionError("a csv file has no sheets")
        wanted = fold(sheet or "")
        name = next((name for name in self.sheets if fold(name) == wanted), None)
        if name is None:
            raise TerminalError(
                f"heeft geen blad {sheet!r}",
                place=self.payload.name,
                advice=f"de bladen zijn: {', '.join(self.sheets)}; pas 'sheet' aan of hernoem het blad",
            )
        return _sheet(self.payload, self.workbook, name, visible=name not in self.hidden)


def media_type(name: str) -> str:
    """The media type of a file that can be opened here. Raises TerminalError for others."""
    suffix = PurePosixPath(name.lower()).suffix
    known = {**WORKBOOKS, **TEXTS}
    if suffix not in known:
        raise TerminalError(
            f"is geen rekenblad dat gelezen kan worden ({suffix or 'geen extensie'})",
            place=name,
            advice=f"bewaar het als {', '.join(known)}",
        )
    return known[suffix]


def is_text(name: str) -> bool:
    """Whether the file is a csv file by its name."""
    return PurePosixPath(name.lower()).suffix in TEXTS


def open_workbook(payload: Payload) -> Opened:
    """Open a workbook. Raises TerminalError when it is protected, broken off, of another format, or without sheets."""
    content = payload.data()
    _refuse_other_formats(payload, content)
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            _check_bounds(payload, archive)
        workbook = load_workbook(io.BytesIO(content))
    except PasswordError as error:
        raise _protected(payload) from error
    except (zipfile.BadZipFile, CalamineError, OSError, ValueError) as error:
        raise TerminalError(
            "is beschadigd of niet volledig opgeslagen en kan niet worden geopend",
            place=payload.name,
            advice="open het in het rekenprogramma, bewaar het opnieuw en zet het terug",
        ) from error
    sheets = [sheet for sheet in workbook.sheets_metadata if sheet.typ == SheetTypeEnum.WorkSheet]
    if not sheets:
        raise TerminalError(
            "heeft geen werkbladen", place=payload.name, advice="controleer of dit het goede bestand is"
        )
    hidden = frozenset(sheet.name for sheet in sheets if sheet.visible != SheetVisibleEnum.Visible)
    return Opened(payload, workbook, [sheet.name for sheet in sheets], hidden)


def _check_bounds(payload: Payload, archive: zipfile.ZipFile) -> None:
    names = archive.namelist()
    if any(name.lower().endswith("workbook.bin") for name in names):
        raise TerminalError(
            "is een binaire werkmap (xlsb)", place=payload.name, advice="bewaar het als Excel-werkmap (xlsx)"
        )
    try:
        check_parts(archive)
        if "content.xml" in names:
            check_open_document(archive)
    except OutOfBoundsError as error:
        raise TerminalError(error.reason, place=payload.name, advice=error.advice) from error


def _refuse_other_formats(payload: Payload, content: bytes) -> None:
    if not content:
        raise TerminalError(
            "is leeg (0 bytes)", place=payload.name, advice="de export is mislukt; maak het bestand opnieuw"
        )
    if content.startswith(_OLE2):
        if "EncryptedPackage".encode("utf-16-le") in content:
            raise _protected(payload)
        raise TerminalError(
            "is een oud Excel-bestand (xls)", place=payload.name, advice="bewaar het als Excel-werkmap (xlsx)"
        )
    if content.lstrip()[:1] == b"<":
        raise TerminalError(
            "is een webpagina of XML, geen werkmap",
            place=payload.name,
            advice="open het in Excel en bewaar het als Excel-werkmap (xlsx)",
        )


def _protected(payload: Payload) -> TerminalError:
    return TerminalError(
        "is beveiligd met een wachtwoord",
        place=payload.name,
        advice="bewaar een kopie zonder wachtwoord op een plek waar alleen de nachtelijke run bij kan",
    )


def _sheet(payload: Payload, workbook: CalamineWorkbook, name: str, *, visible: bool) -> Table:
    try:
        with zipfile.ZipFile(io.BytesIO(payload.data())) as archive:
            if "content.xml" not in archive.namelist():
                check_office_sheet(archive, sheet_part(archive, name))
        sheet = workbook.get_sheet_by_name(name)
        rows: list[list[object]] = [list(row) for row in sheet.to_python(skip_empty_area=False)]
        marks = marks_of(payload, name)
    except OutOfBoundsError as error:
        raise TerminalError(
            error.reason, place=Locator(file=payload.name, sheet=name).text, advice=error.advice
        ) from error
    except (zipfile.BadZipFile, CalamineError, UnreadablePart, KeyError, ValueError) as error:
        raise TerminalError(
            f"blad {name} kan niet worden gelezen",
            place=payload.name,
            advice="open het bestand in het rekenprogramma, bewaar het opnieuw en zet het terug",
        ) from error
    _apply(rows, marks)
    merged = [*(sheet.merged_cell_ranges or ()), *marks.merged]
    for (top, left), (bottom, _) in merged:
        for row in rows[top + 1 : bottom + 1]:
            if left < len(row) and left < len(rows[top]):
                row[left] = rows[top][left]
    return Table(payload.name, name, rows, marks.hidden, visible)


def _apply(rows: list[list[object]], marks: Marks) -> None:
    """Put what the XML tells about single cells into the rows, which may be shorter: an empty last cell is left out."""
    for (row, column), shown in marks.broken.items():
        while len(rows) <= row:
            rows.append([])
        rows[row].extend([""] * (column + 1 - len(rows[row])))
        rows[row][column] = broken(shown, f"{column_letters(column)}{row + 1}")
    for row, column in marks.percentages:
        if row < len(rows) and column < len(rows[row]):
            value = rows[row][column]
            if isinstance(value, float):
                rows[row][column] = round(value * 100, 10)


def broken(shown: str, cell: str) -> Broken:
    """The mark for a cell with the error value `shown`, or (when that is empty) a formula without a stored result."""
    if not shown:
        return Broken(
            "(formule)",
            f"een waarde; cel {cell} heeft een formule zonder uitkomst: open het bestand in Excel en bewaar het",
        )
    dutch = ERROR_VALUES.get(shown, shown)
    return Broken(dutch, f"een waarde; de formule in cel {cell} geeft de fout {dutch}: herstel haar")


def open_text(
    payload: Payload, *, encoding: str | None, delimiter: str | None, words: frozenset[str] = frozenset()
) -> Table:
    """A csv file as a table. What is declared wins; else the encoding is UTF-8 (or UTF-16 with a mark), then
    Windows-1252, and the delimiter the one that finds most of `words` (folded header texts) in the first rows.

    A row number is that of Excel: one per record, not per line. Raises TerminalError.
    """
    text = _decoded(payload, encoding)
    first, _, rest = text.partition("\n")
    if first.strip().casefold().startswith("sep=") and len(first.strip()) <= 5:  # Excel's own hint; it shows no row
        delimiter, text = delimiter or first.strip()[4:] or "\t", rest
    if not text.strip():
        raise TerminalError("bevat geen regels", place=payload.name, advice="controleer de export en maak haar opnieuw")
    rows: list[list[object]] = []
    for number, cells in enumerate(_records(payload, text, delimiter or _delimiter(text, words)), 1):
        rows.append(
            [
                broken(cell, f"{column_letters(i)}{number}") if cell in _ERROR_WORDS else cell
                for i, cell in enumerate(cells)
            ]
        )
    return Table(payload.name, None, rows)


def _records(payload: Payload, text: str, delimiter: str) -> Iterator[list[str]]:
    try:
        for _, fields in csv_records(text, delimiter, strict=True):
            yield fields
    except CsvError as error:
        raise TerminalError(
            "is vanaf hier niet te lezen: er staat een aanhalingsteken verkeerd of het bestand is afgebroken",
            place=f"{payload.name}, regel {error.line}",
            advice='zet een " binnen een veld dubbel ("") en exporteer het bestand opnieuw',
        ) from error


def _decoded(payload: Payload, encoding: str | None) -> str:
    content = payload.data()
    if not content:
        raise TerminalError(
            "is leeg (0 bytes)", place=payload.name, advice="de export is mislukt; maak het bestand opnieuw"
        )
    if content.startswith((b"PK\x03\x04", _OLE2)):
        raise TerminalError(
            "is een werkmap en geen csv, ondanks de naam", place=payload.name, advice="geef het de extensie xlsx of ods"
        )
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        guesses: Sequence[str] = ("utf-16",)
    else:
        guesses = (encoding,) if encoding else ("utf-8-sig", "cp1252")
        _refuse_wrong_declaration(payload, content, encoding)
    for guess in guesses:
        try:
            text = content.decode(guess)
        except (UnicodeDecodeError, UnicodeError):
            continue
        if "\x00" not in text:
            return text
    declared = f"de tekens zijn geen {encoding}" if encoding else "de tekenset is niet UTF-8 of Windows-1252"
    raise TerminalError(
        f"is niet te lezen: {declared}",
        place=payload.name,
        advice="exporteer het als 'CSV UTF-8', of noem de tekenset bij 'encoding'",
    )


def _refuse_wrong_declaration(payload: Payload, content: bytes, encoding: str | None) -> None:
    """UTF-8 read as an older set gives "Ã«" for "ë" without any error; bytes that are UTF-8 practically always are."""
    if encoding is None or encoding.casefold().replace("_", "-").startswith(("utf", "u8")) or content.isascii():
        return
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return
    raise TerminalError(
        f"is UTF-8 en geen {encoding}", place=payload.name, advice="haal 'encoding' weg of maak er utf-8 van"
    )


def _delimiter(text: str, words: frozenset[str]) -> str:
    """The delimiter under which the first 30 rows hold most of `words`, and then most columns."""

    def fitness(delimiter: str) -> tuple[int, int]:
        head = "".join(text.splitlines(keepends=True)[:60])
        matches = columns = 0
        for number, (_, cells) in enumerate(csv_records(head, delimiter)):
            if number == 30:
                break
            matches = max(matches, sum(fold(cell) in words for cell in cells))
            columns = max(columns, len(cells))
        return matches, columns

    return max(DELIMITERS, key=fitness)
