"""The officers' views as csv files, with their data dictionary."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from reports.marts import write_csv
from warehouse.reading.read import Published

NAME = "csv"
TITLE_NL = "Alle overzichten als csv, met gegevenswoordenboek"
TITLE_EN = "All views as csv, with a data dictionary"


def build(published: Published, organisation: str, target: Path, *, lang: str = "nl", **options: Any) -> list[Path]:
    """Write a file per view in the folder `csv`. The views have Dutch names; `lang` changes nothing."""
    folder = target / "csv"
    folder.mkdir(parents=True, exist_ok=True)
    return write_csv(published, organisation, folder)
