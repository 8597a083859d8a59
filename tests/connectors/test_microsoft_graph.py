"""Microsoft Graph: Secure Score and MFA coverage, from a server written from the reference pages of Graph v1.0."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from connectors.base import TerminalError, Window
from connectors.microsoft_graph import MicrosoftGraphConnector
from tests.connectors.doubles.microsoft_graph import SCORE, SECRETS, TOKEN, USERS, graph, user
from tests.connectors.loopback import Asked, Loopback, Reply, serving
from tests.connectors.report_files import collect, connector


def _source(folder: Path, server: Loopback, **settings: Any) -> MicrosoftGraphConnector:
    addresses = {"address": f"{server.address}/v1.0", "login_address": server.address}
    return connector(MicrosoftGraphConnector, folder, SECRETS, tenant="gemeente.example", **addresses, **settings)


def test_secure_score_and_mfa(tmp_path: Path) -> None:
    with serving(graph(USERS, [SCORE])) as server:
        records = {record.values["metric"]: record.values for record in collect(_source(tmp_path, server))}
    score, everyone, privileged = (
        records[name] for name in ("secure_score", "mfa_coverage", "mfa_coverage_privileged")
    )
    assert (score["value"], score["numerator"], score["denominator"]) == (62.5, 312.5, 500.0)
    assert score["observed_at"] == datetime(2026, 11, 19, 1, 0)
    assert (everyone["numerator"], everyone["denominator"]) == (7.0, 9.0)  # the guest does not count
    assert everyone["observed_at"] == datetime(2026, 11, 20, 2, 0)
    assert (privileged["numerator"], privileged["denominator"], privileged["value"]) == (1.0, 2.0, 50.0)


def test_no_name_or_secret_is_in_what_is_stored(tmp_path: Path) -> None:
    with serving(graph(USERS, [SCORE])) as server:
        payloads = list(_source(tmp_path, server).fetch(Window()))
    stored = b"".join(payload.data() for payload in payloads) + repr(payloads).encode()
    for word in (b"ansen", b"id-1", b"voorbeeld.example", TOKEN.encode(), b"geheim~van"):
        assert word not in stored


def test_nothing_to_read_is_not_a_score_of_zero(tmp_path: Path) -> None:
    with serving(graph([], [])) as server:
        with pytest.raises(TerminalError, match="geen Secure Score"):
            collect(_source(tmp_path, server, read=["secure_score"]))
        with pytest.raises(TerminalError, match="geen accounts"):
            collect(_source(tmp_path, server, read=["mfa"]))


def test_a_next_page_that_goes_round_is_noticed(tmp_path: Path) -> None:
    def answer(server: Loopback, asked: Asked) -> Reply | None:
        if asked.path.endswith("/token"):
            return Reply({"access_token": TOKEN})
        return Reply({"value": [user(1)], "@odata.nextLink": f"{server.address}{asked.path}?$skiptoken=1"})

    with serving(answer) as server, pytest.raises(TerminalError, match="steeds dezelfde pagina"):
        collect(_source(tmp_path, server, read=["mfa"]))
