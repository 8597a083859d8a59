"""Microsoft Graph: Secure Score and MFA coverage, from a server written from the reference pages of Graph v1.0."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from connectors.base import TerminalError, Window
from connectors.microsoft_graph import MicrosoftGraphConnector
from models.record import Remark
from tests.connectors.doubles.microsoft_graph import SCORE, SECRETS, TOKEN, USERS, device, graph, user
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


def _seen(days_ago: int) -> str:
    return (datetime.now(UTC) - timedelta(days=days_ago)).strftime("%Y-%m-%dT%H:%M:%SZ")


def _devices() -> list[dict[str, Any]]:
    return [
        *(device(number, lastSyncDateTime=_seen(number)) for number in range(4)),
        device(4, lastSyncDateTime=_seen(1), isEncrypted=False),
        device(5, lastSyncDateTime=_seen(1), complianceState="inGracePeriod"),
        device(6, lastSyncDateTime=_seen(1), complianceState="unknown", isEncrypted=None),
        device(7, lastSyncDateTime=_seen(45)),  # good when it was last seen, which says nothing of today
        device(8, lastSyncDateTime=None),
        device(9, lastSyncDateTime=_seen(1), managedDeviceOwnerType="personal", isEncrypted=False),
        device(10, lastSyncDateTime=_seen(1), managedDeviceOwnerType="unknown"),
    ]


def test_devices_that_are_encrypted_and_comply(tmp_path: Path) -> None:
    said: list[Remark] = []
    with serving(graph([], [], devices=_devices())) as server:
        source = _source(tmp_path, server, read=["devices"])
        source.context.remark = said.append
        records = {record.values["metric"]: record.values for record in collect(source)}
    # of the day of the answer, so that another answer of that day is no other fact
    assert all("observed_at" not in values for values in records.values())
    encrypted, compliant = records["disk_encryption_coverage"], records["device_compliance"]
    assert (encrypted["numerator"], encrypted["denominator"]) == (6.0, 10.0)
    assert (compliant["numerator"], compliant["denominator"]) == (6.0, 10.0)
    assert {remark.word: remark.count for remark in said} == {"personal_devices": 1, "not_seen": 2}


def test_no_name_of_a_device_or_its_user_is_stored(tmp_path: Path) -> None:
    with serving(graph([], [], devices=_devices())) as server:
        (payload,) = _source(tmp_path, server, read=["devices"]).fetch(Window())
    for word in (b"ansen", b"LT-0", b"00000000-0000"):
        assert word not in payload.data()


def test_no_devices_is_no_share_of_devices(tmp_path: Path) -> None:
    personal = graph([], [], devices=[device(1, managedDeviceOwnerType="personal")])
    with serving(personal) as server, pytest.raises(TerminalError, match="geen apparaten"):
        collect(_source(tmp_path, server, read=["devices"]))
