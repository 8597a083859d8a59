"""The municipality of the soak: three lists, what is in them by the truth, and what is done to their files."""

from __future__ import annotations

import json
import os
import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from models.catalogue import Catalogue
from tests.small import catalogue_of, norm_of, test_of

ORGANISATION = "gemeente-duur"
SETTINGS = """
organisation: {id: gemeente-duur, name: Gemeente Duur}
exports: []
sources:
  - {id: beleid, connector: spreadsheet, file: beleid.csv, kind: document, key: [title], limits: {max_fall: 1, min_rows: 0},
     columns: {title: Naam, topic: Onderwerp, state: Status, adopted_on: Vastgesteld}}
  - {id: meldingen, connector: spreadsheet, file: meldingen.csv, kind: ticket, key: [title], limits: {max_fall: 1, min_rows: 0},
     columns: {title: Nummer, ticket_type: Soort, opened_at: Gemeld, resolved_at: Opgelost, priority: Prioriteit}}
  - {id: balie, connector: json_export, file: balie.json, kind: ticket, records: meldingen, key: nummer,
     limits: {max_fall: 1, min_rows: 0}, fields: {ticket_type: soort, priority: prioriteit, opened_at: gemeld, resolved_at: klaar}}
"""
FILES = {"beleid": "beleid.csv", "meldingen": "meldingen.csv", "balie": "balie.json"}
Rows = dict[str, str]  # key of a record → what it says


@dataclass
class Town:
    """The folder, and of each source the rows that its file holds now."""

    folder: Path
    chance: random.Random
    rows: dict[str, Rows] = field(default_factory=lambda: {source: {} for source in FILES})

    def begin(self) -> None:
        """Make the folder with some rows in each list."""
        self.folder.mkdir(parents=True)
        (self.folder / "ensia.yaml").write_text(SETTINGS, "utf-8")
        for _ in range(12):
            self.live(datetime(2022, 10, 1))

    def live(self, moment: datetime) -> None:
        """A day passes: in each list rows come, change and go. The files are of `moment` (UTC)."""
        for source, rows in self.rows.items():
            for _ in range(self.chance.randint(0, 2)):
                rows[f"{source[0].upper()}{self.chance.randrange(60):03}"] = self.chance.choice(
                    ("hoog", "laag", "middel")
                )
            if len(rows) > 5 and self.chance.random() < 0.3:
                del rows[self.chance.choice(sorted(rows))]
        self.write(moment)

    def write(self, moment: datetime) -> None:
        """Write every list as its system exports it: beside, and then in its place."""
        seconds = moment.replace(tzinfo=UTC).timestamp()
        for source, name in FILES.items():
            file = self.folder / name
            beside = file.with_suffix(".nieuw")
            beside.write_text(content_of(source, self.rows[source]), "utf-8")
            os.utime(beside, (seconds, seconds))
            beside.replace(file)


def content_of(source: str, rows: Mapping[str, str]) -> str:
    """A list as its file holds it."""
    if source == "balie":
        tickets = [
            {"nummer": key, "soort": "incident", "prioriteit": word, "gemeld": "2022-09-01", "klaar": None}
            for key, word in rows.items()
        ]
        return json.dumps({"meldingen": tickets})
    if source == "meldingen":
        lines = [f"{key};incident;01-09-2022;;{word}" for key, word in rows.items()]
        return "\n".join(["Nummer;Soort;Gemeld;Opgelost;Prioriteit", *lines, ""])
    states = {"hoog": "vastgesteld", "laag": "concept", "middel": "ingetrokken"}
    lines = [f"{key};informatiebeveiligingsbeleid;{states[word]};01-09-2022" for key, word in rows.items()]
    return "\n".join(["Naam;Onderwerp;Status;Vastgesteld", *lines, ""])


def small_catalogue() -> Catalogue:
    """A few tests of different types: enough for statuses that change."""
    tests = [
        test_of("beleid", "5.1", "design", type="current", kind="document", about=("information_security_policy",)),
        test_of("open", "5.2", "operation", type="none_open", kind="ticket", max_age="P30D", tolerate=1),
        test_of("vers", "5.2", "existence", type="fresh", kind="ticket", max_age="P60D"),
    ]
    norms = [
        norm_of("5.1", "control", theme="organisational", aspects=("design",)),
        norm_of("5.2", "control", theme="organisational", aspects=("existence", "operation")),
    ]
    return catalogue_of(tests, norms)
