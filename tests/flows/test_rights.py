"""After a run nothing of the state is open to others on the machine."""

from __future__ import annotations

import os
from datetime import date
from pathlib import Path

from tests.few_norms import few_norms
from tests.pipeline import run_once
from warehouse.storage.database import State, open_published
from warehouse.storage.own_files import make_private_process, open_to_others


def test_all_of_the_state_is_for_our_account_alone(municipality: Path) -> None:
    """Made with the rights that most machines give: everybody may read."""
    before = os.umask(0o022)
    try:
        make_private_process()  # as each command begins
        run_once(municipality, date(2026, 11, 20), catalogue=few_norms())
        state = State(municipality / "state")
        reader = open_published(state)
        reader.close()
        left = list(open_to_others([state.root]))
    finally:
        os.umask(before)
    assert left == []
