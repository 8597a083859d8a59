"""internet.nl: downloaded batch results and the batch API, on a server written from interface/batch/openapi.yaml."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

import pytest

from connectors.base import TerminalError, Window
from connectors.internet_nl import InternetNlConnector
from tests.connectors.doubles.internet_nl import SECRETS, batch_api
from tests.connectors.loopback import serving
from tests.connectors.report_files import DATA, collect, connector, place


def test_downloaded_results(tmp_path: Path) -> None:
    records = collect(
        connector(InternetNlConnector, place(tmp_path, "internet_nl_web.json"), file="internet_nl_*.json")
    )
    values = {record.values["object"]: record for record in records}
    www = values["www.voorbeeld.example"]
    assert www.key == "internet_nl_web|www.voorbeeld.example|2026-11-19"
    assert (www.values["metric"], www.values["value"], www.values["unit"]) == ("internet_nl_web", 94.0, "%")
    assert www.values["observed_at"] == datetime(2026, 11, 19, 6, 44, 12)
    assert www.values["url"].startswith("https://batch.internet.nl/site/")
    failed = values["oud.voorbeeld.example"]
    assert "value" not in failed.values
    assert [(problem.column, problem.value) for problem in failed.problems] == [("status", "error")]


def test_only_the_newest_results_of_a_type_count(tmp_path: Path) -> None:
    results = json.loads((DATA / "internet_nl_web.json").read_text("utf-8"))
    results["request"]["finished_date"] = "2026-10-19T05:44:12+00:00"
    (tmp_path / "ouder.json").write_text(json.dumps(results), "utf-8")
    results["request"] |= {"finished_date": "2026-11-20T05:44:12+00:00", "status": "running"}
    (tmp_path / "loopt.json").write_text(json.dumps(results), "utf-8")
    results["request"] |= {"request_type": "mail", "status": "done"}
    (tmp_path / "mail.json").write_text(json.dumps(results), "utf-8")
    source = connector(InternetNlConnector, place(tmp_path, "internet_nl_web.json"), file="*.json")
    assert [payload.name for payload in source.fetch(Window())] == ["mail.json", "internet_nl_web.json"]


def test_the_batch_api(tmp_path: Path) -> None:
    with serving(batch_api) as server:
        address = f"{server.address}/api/batch/v2"
        records = collect(connector(InternetNlConnector, tmp_path, SECRETS, address=address, request="gemeente"))
    assert {record.values["metric"] for record in records} == {"internet_nl_web", "internet_nl_mail"}
    assert [path[-45:] for path in server.paths()[1:]] == [f"/requests/{n:032x}/results"[-45:] for n in (2, 3)]


def test_no_finished_request_and_a_wrong_password(tmp_path: Path) -> None:
    with serving(batch_api) as server:
        address = f"{server.address}/api/batch/v2"
        with pytest.raises(TerminalError, match="geen afgeronde batchtest gevonden"):
            collect(connector(InternetNlConnector, tmp_path, SECRETS, address=address, request="bestaat niet"))
        wrong = {**SECRETS, "INTERNET_NL_PASSWORD": "verkeerd-wachtwoord"}
        with pytest.raises(TerminalError) as caught:
            collect(connector(InternetNlConnector, tmp_path, wrong, address=address))
    assert "verkeerd-wachtwoord" not in str(caught.value)


def test_another_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text('{"results": []}', "utf-8")
    with pytest.raises(TerminalError, match=r"geen batchresultaten van internet\.nl"):
        collect(connector(InternetNlConnector, tmp_path, file="x.json"))
