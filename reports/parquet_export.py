"""The officers' views as parquet files, with their data dictionary."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from reports.marts import write_parquet
from warehouse.reading.read import Published

NAME = "parquet"
TITLE_NL = "Alle overzichten als parquet, met gegevenswoordenboek"
TITLE_EN = "All views as parquet, with a data dictionary"


def build(published: Published, organisation: str, target: Path, *, lang: str = "nl", **options: Any) -> list[Path]:
    """Write a file per view in the folder `parquet`. The views have Dutch names; `lang` changes nothing."""
    folder = target / "parquet"
    folder.mkdir(parents=True, exist_ok=True)
    return write_parquet(published, organisation, folder)
