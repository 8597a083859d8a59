"""Settings under which Prefect runs here: its own folder, no calls outside, no telemetry. Must come before the import of
Prefect, so every module that imports Prefect calls `configure` first."""

from __future__ import annotations

import os

from warehouse.database import State


def configure(state: State) -> None:
    """Point Prefect at the installation's state folder, unless the operator chose a server or folder of their own."""
    state.prefect.mkdir(parents=True, exist_ok=True)
    for name, value in {
        "PREFECT_HOME": str(state.prefect),
        "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "120",
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "PREFECT_LOGGING_LEVEL": "CRITICAL",
        "PREFECT_LOGGING_TO_API_WHEN_MISSING_FLOW": "ignore",
        "PREFECT_CLI_PROMPT": "false",
        "GX_ANALYTICS_ENABLED": "False",
        "DO_NOT_TRACK": "1",
    }.items():
        os.environ.setdefault(name, value)
