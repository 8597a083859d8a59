"""`ensia export`: make a report from the published file."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from cli.common import console, table
from flows.installation import Installation
from models.language import Language, pick
from models.message import Say
from reports.registry import available, make, source_of
from warehouse.reading.read import Published


def list_exports(lang: Language) -> None:
    """Print which reports there are."""
    say = Say(lang)
    rows = [(item.name, pick(lang, item.title_nl, item.title_en)) for item in available().values()]
    table(say("export.title"), [say("export.name"), say("export.what")], rows)


def export(
    installation: Installation, name: str, organisation: str | None, target: Path | None, lang: Language, **options: Any
) -> None:
    """Make a report (or `all`) for one organisation or all of them, and print where it is."""
    year = options.pop("year", None)
    every = [item.name for item in available().values() if not set(item.needs) - set(options)]
    with Published(installation.state) as published:
        chosen = [published.organisation(organisation)] if organisation else list(published.organisations())
        for organisation_id in chosen:
            with source_of(published, organisation_id, year) as source:
                for report_name in every if name == "all" else [name]:
                    start = time.perf_counter()
                    files = make(
                        report_name, source, organisation_id, target or installation.state.exports, lang=lang, **options
                    )
                    for file in files:
                        console().print(f"{file} ({time.perf_counter() - start:.1f} s)", soft_wrap=True, markup=False)
