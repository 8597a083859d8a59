"""A workbook as text."""

from __future__ import annotations

from pathlib import Path

import openpyxl


def text_of(path: Path, sheets: slice = slice(None)) -> str:
    """Every cell of a workbook as text, a line a row."""
    lines = []
    for sheet in openpyxl.load_workbook(path).worksheets[sheets]:
        lines.append(f"# {sheet.title}")
        for row in sheet.iter_rows(values_only=True):
            cells = ["" if cell is None else str(cell).replace("\n", " / ") for cell in row]
            lines.append("\t".join(cells).rstrip())
    return "\n".join(lines) + "\n"
