"""The rows of a workbook that somebody gives by hand, as a plan or an official text: read whole, by one reader for all.

Sheets that are collected as evidence are read by `tables`.
"""

from __future__ import annotations

import zipfile
from contextlib import closing
from pathlib import Path
from typing import Any

from connectors.tools.sheetbounds import check_office_sheet, check_parts


class UnreadableWorkbookError(Exception):
    """The file is no xlsx workbook, or larger than can be read."""


def rows_of_sheets(file: Path) -> dict[str, list[tuple[Any, ...]]]:
    """The values of every row, by the title of its sheet. Raises UnreadableWorkbookError."""
    from openpyxl import load_workbook

    try:
        with zipfile.ZipFile(file) as archive:
            check_parts(archive)
            for part in archive.namelist():
                if part.startswith("xl/worksheets/") and part.endswith(".xml"):
                    check_office_sheet(archive, part)
        with closing(load_workbook(file, read_only=True, data_only=True)) as workbook:
            return {sheet.title: list(sheet.iter_rows(values_only=True)) for sheet in workbook.worksheets}
    except Exception as error:  # openpyxl raises whatever its readers of zip and XML raise
        raise UnreadableWorkbookError(str(file)) from error
