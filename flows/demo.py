"""The example municipality: its people read texts and judged samples before the night that is shown, and hand in what they saw.

`werkpapieren.json` in the folder of the example holds their working papers as they are kept; the script beside it that is called
so made them. What is not the example has no such file: there people hand in by `ensia reading` and `ensia sample`.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from flows.installation import Installation
from flows.orchestration import working_on
from warehouse.storage.papers import Paper, hand_in, papers

PAPERS_FILE = "werkpapieren.json"


def hand_in_papers(installation: Installation, folder: Path) -> int:
    """Hand in the working papers of the example in `folder`, once; returns how many."""
    file = folder / PAPERS_FILE
    organisation = installation.members[0].organisation.id
    if not file.is_file():
        return 0
    with working_on(installation) as (_, desk):
        connection = desk.connection
        if papers(connection, organisation):
            return 0
        copied = [_paper(content) for content in json.loads(file.read_text("utf-8"))]
        for paper in copied:
            hand_in(connection, organisation, paper)
    return len(copied)


def _paper(content: dict[str, Any]) -> Paper:
    """A paper as the file holds it, with the mark of what it says."""
    mark = hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
    return Paper(file_hash=mark, **content)
