"""Wazuh: server API and indexer, on a server written from the reference of both."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from connectors.base import TerminalError, TransientError
from connectors.wazuh import WazuhConnector
from models.record import Payload
from tests.connectors.doubles.wazuh import SECRETS, Wazuh
from tests.connectors.loopback import Loopback, serving
from tests.connectors.report_files import collect, collect_all, connector, looked_at, of


def _source(folder: Path, server: Loopback, *parts: str, **settings: Any) -> WazuhConnector:
    place = {"address": server.address, "user": "W_USER", "token": "W_PASSWORD"}
    return connector(WazuhConnector, folder, SECRETS, **dict.fromkeys(parts, place), **settings)


def test_both_apis(tmp_path: Path) -> None:
    with serving(Wazuh()) as server:
        records = collect(_source(tmp_path, server, "server", "indexer"))
    findings = {record.key: record.values for record in of(records, "finding")}
    assert set(findings) == {
        "sca|srv-web-01|cis_debian12|33001",
        "sca|srv-web-01|cis_debian12|33002",
        "vulnerability|srv-web-01|CVE-2026-1|openssl|3.0.1",
        "vulnerability|lt-0042|CVE-2026-2|openssl|3.0.1",
        "vulnerability|srv-web-01|CVE-2026-3|openssl|3.0.1",
    }
    worst = findings["vulnerability|srv-web-01|CVE-2026-1|openssl|3.0.1"]
    assert (worst["severity"], worst["score"], worst["url"]) == ("critical", 9.8, "https://advies.example/1")
    assert worst["first_seen"].replace(microsecond=0) == datetime(2026, 10, 1, 12, 0)
    assert findings["vulnerability|srv-web-01|CVE-2026-3|openssl|3.0.1"]["severity"] == "high"  # from the score
    check = findings["sca|srv-web-01|cis_debian12|33001"]
    assert (check["finding_type"], check["norm_ref"]) == ("configuration", "iso_27001-2013 A.9.4.3")
    assert check["first_seen"] == datetime(2026, 11, 20, 2, 5)
    measured = {record.values["metric"]: record.values for record in of(records, "measurement")}
    assert measured["agent_coverage"]["value"] == pytest.approx(200 / 3)
    score = measured["configuration_score"]
    assert (score["object"], score["numerator"], score["denominator"]) == ("srv-web-01", 90.0, 92.0)
    assert server.paths()[-1] == "DELETE /_search/scroll"


def test_each_agent_that_reports_was_looked_at(tmp_path: Path) -> None:
    with serving(Wazuh()) as server:
        scans, named = looked_at(_source(tmp_path, server, "server", "indexer"))
    assert ("sca|srv-web-01|cis_debian12", "srv-web-01") in scans
    assert {"vulnerability|srv-web-01", "sca|srv-web-01|cis_debian12"} <= named & {key for key, _ in scans}
    assert all(key is not None for key in named)


def test_a_system_was_looked_at_until_its_agent_last_reported(tmp_path: Path) -> None:
    with serving(Wazuh()) as server:
        records = collect_all(_source(tmp_path, server, "server", "indexer"))
    scanned = {record.key: record.values["scanned_at"] for record in records if record.kind == "scan"}
    assert scanned == {
        "sca|srv-web-01|cis_debian12": datetime(2026, 11, 20, 2, 5),
        "vulnerability|srv-web-01": datetime(2026, 11, 20, 2, 20),
        "vulnerability|lt-0042": datetime(2026, 11, 20, 2, 21),
    }


@pytest.mark.parametrize("reported", ["9999-12-31T23:59:59Z", None])
def test_the_server_itself_was_looked_at_until_it_answered(tmp_path: Path, reported: str | None) -> None:
    """Of the agent of the server Wazuh gives no moment of its own."""
    agent = {"id": "000", "name": "wazuh-01", "status": "active", "lastKeepAlive": reported}
    content = json.dumps({"agents": [agent]}).encode()
    answered = datetime(2026, 11, 20, 1)
    payload = Payload("agents.json", "application/json", content, fetched_at=answered, moment=answered)
    with serving(Wazuh()) as server:
        records = list(_source(tmp_path, server, "server", "indexer").read(payload))
    assert [record.values["scanned_at"] for record in records if record.kind == "scan"] == [datetime(2026, 11, 20, 2)]


def test_minimum_severity(tmp_path: Path) -> None:
    with serving(Wazuh()) as server:
        records = collect(_source(tmp_path, server, "indexer", minimum_severity="high"))
    assert sorted(record.values["severity"] for record in records) == ["critical", "high"]


def test_fewer_than_there_are_is_refused(tmp_path: Path) -> None:
    with serving(Wazuh(total=10)) as server, pytest.raises(TransientError, match="3 van de 10 records"):
        collect(_source(tmp_path, server, "indexer"))
    with serving(Wazuh(agents=5)) as server, pytest.raises(TransientError, match="gaf 3 van de 5 records"):
        collect(_source(tmp_path, server, "server"))


def test_a_wrong_password_does_not_show(tmp_path: Path) -> None:
    with serving(Wazuh()) as server:
        source = _source(tmp_path, server, "server")
        source.context.secret = {**SECRETS, "W_PASSWORD": "fout-wachtwoord"}.__getitem__
        with pytest.raises(TerminalError) as caught:
            collect(source)
    assert "fout-wachtwoord" not in str(caught.value)


def test_an_indexer_that_lets_a_visitor_in_is_not_read(tmp_path: Path) -> None:
    with serving(Wazuh()) as server:
        place = {"address": server.address, "user": "W_USER", "token": "W_PASSWORD"}
        secrets = {**SECRETS, "W_PASSWORD": "verlopen-wachtwoord"}
        source = connector(WazuhConnector, tmp_path, secrets, indexer=place)
        with pytest.raises(TerminalError, match="ziet ons als bezoeker"):
            collect(source)
