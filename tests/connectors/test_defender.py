"""Defender for Endpoint: who has antimalware, which weaknesses count, and which machines were looked at at all."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from connectors.base import TerminalError, Window
from connectors.microsoft_graph import MicrosoftGraphConnector
from models.record import Record, Remark
from tests.connectors.doubles.microsoft_graph import SECRETS, defender, machine, weakness
from tests.connectors.loopback import Loopback, serving
from tests.connectors.report_files import collect, collect_all, connector, looked_at, of

Lists = tuple[list[dict[str, Any]], list[dict[str, Any]]]


def _source(folder: Path, server: Loopback, **settings: Any) -> MicrosoftGraphConnector:
    where = {"defender_address": server.address, "login_address": server.address}
    options = {"tenant": "gemeente.example", "read": ["defender"], **where, **settings}
    return connector(MicrosoftGraphConnector, folder, SECRETS, **options)


def _read(folder: Path, lists: Lists, **settings: Any) -> tuple[list[Record], dict[str, int]]:
    """What is read of these lists, and what is said of them."""
    said: list[Remark] = []
    with serving(defender(*lists)) as server:
        source = _source(folder, server, **settings)
        source.context.remark = said.append
        records = collect(source)
    return records, {remark.word: remark.count for remark in said if remark.count}


def _seen(days_ago: int) -> str:
    return (datetime.now(UTC) - timedelta(days=days_ago)).strftime("%Y-%m-%dT%H:%M:%S.1234567Z")


def _now(number: int, **changes: Any) -> dict[str, Any]:
    return machine(number, **{"lastSeen": _seen(1), **changes})


MACHINES = [
    *(_now(number) for number in range(4)),
    _now(4, defenderAvStatus="NotUpdated"),
    _now(5, defenderAvStatus="Disabled"),
    _now(6, defenderAvStatus=None),
    _now(7, lastSeen=_seen(45)),  # up to date when it was last seen, which says nothing of today
    _now(8, onboardingStatus="CanBeOnboarded", defenderAvStatus=None),
    _now(9, onboardingStatus="Unsupported"),
    _now(10, osPlatform="WindowsServer2022"),
    _now(11, osPlatform="Ubuntu", defenderAvStatus="NotSupported"),
]


def test_machines_with_antimalware(tmp_path: Path) -> None:
    records, said = _read(tmp_path, (MACHINES, []))
    shares = {record.values["metric"]: record.values for record in of(records, "measurement")}
    parts = {metric: (values["numerator"], values["denominator"]) for metric, values in shares.items()}
    assert parts == {
        "antimalware_coverage": (6.0, 11.0),
        "antimalware_current": (5.0, 11.0),
        "antimalware_coverage_servers": (1.0, 2.0),
    }
    assert said == {"not_onboarded": 1, "not_supported": 1, "not_seen": 1, "not_looked_at": 9}


def test_weaknesses_of_machines(tmp_path: Path) -> None:
    weaknesses = [
        weakness(0, "CVE-2026-0001"),
        weakness(
            0, "CVE-2026-0001", id="other", softwareVersion="131.0", firstSeenTimestamp="2026-11-02 00:00:00.0000000"
        ),
        weakness(1, None),
        weakness(2, None, endOfSupportStatus="EOS version"),
        weakness(3, None, endOfSupportStatus="Upcoming EOS version"),
        weakness(4, "CVE-2026-0002", vulnerabilitySeverityLevel="Informational", cvssScore=None),
    ]
    records, said = _read(tmp_path, (MACHINES[:5], weaknesses))
    first, ended, odd = sorted(of(records, "finding"), key=lambda record: str(record.key))
    assert {name: value for name, value in first.values.items() if name != "scan"} == {
        "title": "CVE-2026-0001: edge 130.0",
        "finding_type": "vulnerability",
        "severity": "high",
        "score": 8.1,
        "asset": "lt-0000.voorbeeld.example",
        "object": "lt-0000.voorbeeld.example",
        "first_seen": datetime(2026, 11, 1, 11, 13, 34, 847688),  # the list tells it in UTC
        "state": "open",
        "origin": "Microsoft Defender",
    }
    assert ended.values["title"] == "EOS version: edge 130.0"
    assert "severity" not in ended.values
    assert odd.values["severity"] in {"info", "informational"} or odd.problems
    assert (said["merged"], said["passed"]) == (1, 2)


def test_a_clean_machine_was_looked_at_and_one_without_any_product_was_not(tmp_path: Path) -> None:
    """Without the licence for it the list is empty: then no machine is clean."""
    with serving(defender(MACHINES[:3], [weakness(0, "CVE-2026-0001"), weakness(1, None)])) as server:
        scans, named = looked_at(_source(tmp_path, server))
        records = collect_all(_source(tmp_path, server))
    assert {name for _, name in scans} == {"lt-0000.voorbeeld.example", "lt-0001.voorbeeld.example"}
    assert named < {key for key, _ in scans}
    scanned = {
        r.values["object"]: r.values["value"]
        for r in of(records, "measurement")
        if r.values["metric"] == "vulnerability_scan"
    }
    assert scanned == {"lt-0000.voorbeeld.example": 1.0, "lt-0001.voorbeeld.example": 0.0}
    records, said = _read(tmp_path, (MACHINES[:3], []))
    assert "vulnerability_scan" not in {record.values["metric"] for record in records}
    assert said == {"not_looked_at": 3}


def test_a_higher_minimum_is_another_scan(tmp_path: Path) -> None:
    with serving(
        defender(MACHINES[:1], [weakness(0, "CVE-2026-0001", vulnerabilitySeverityLevel="Low", cvssScore=2)])
    ) as server:
        all_of_them, _ = looked_at(_source(tmp_path, server))
        severe, named = looked_at(_source(tmp_path, server, minimum_severity="high"))
    assert named == set()
    assert {key for key, _ in all_of_them}.isdisjoint({key for key, _ in severe})


def test_no_address_tag_or_path_is_stored(tmp_path: Path) -> None:
    with serving(defender(MACHINES, [weakness(0, "CVE-2026-0001")])) as server:
        (payload,) = _source(tmp_path, server).fetch(Window())
    for word in (b"jjansen", b"Burgerzaken", b"10.1.2.3"):
        assert word not in payload.data()


def test_no_machines_is_no_share_of_machines(tmp_path: Path) -> None:
    for machines in ([], [machine(1, onboardingStatus="Unsupported")]):
        with pytest.raises(TerminalError, match="Defender geeft geen apparaten"):
            _read(tmp_path, (machines, []))
