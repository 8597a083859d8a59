"""What if, and what expires: plans change what is shown and nothing that is stored; a forecast is what that day will say."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook
from typer.testing import CliRunner

from cli.main import app
from flows.installation import load_installation
from models.errors import EnsiaError
from warehouse.reading.read import Published

AS_OF = date(2026, 11, 20)
MEASURED = ["Maat", "Object", "Waarde", "Teller", "Noemer", "Waargenomen op"]
ANSWERS = ["Sleutel", "Normenkader", "Norm", "Aspect", "Antwoord", "Verklaard door", "Verklaard op"]


@pytest.fixture
def home(few_norms_home: Path) -> Path:
    """The example after one night, judged by a few norms: nothing here may change it."""
    return few_norms_home


def ask(home: Path, *arguments: str) -> Any:
    """What the command answers as JSON; its own errors are raised."""
    result = CliRunner().invoke(app, [*arguments, "--json", "-c", str(home)])
    if result.exception:
        raise result.exception
    return json.loads(result.output)


def plan(path: Path, sheets: dict[str, list[list[Any]]]) -> str:
    book = Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    book.save(path)
    return str(path)


def changed(answer: Any) -> dict[str, tuple[str, str]]:
    return {row["norm"]: (row["before"], row["status"]) for row in answer["statuses"] if row["before"] != row["status"]}


def test_a_planned_record_counts_and_stores_nothing(home: Path, tmp_path: Path) -> None:
    files = [home / "state" / "published" / "ensia.duckdb", home / "state" / "warehouse" / "ensia.duckdb"]
    before = [hashlib.sha256(file.read_bytes()).hexdigest() for file in files]
    rows = [MEASURED, ["mdm-dekking", "mobiele apparaten", 99.5, 199, 200, "19-11-2026"]]
    answer = ask(home, "assess", "--what-if", plan(tmp_path / "plan.xlsx", {"Meting": rows}))
    assert answer["planned_records"] == 1
    assert changed(answer) == {"8.01.02": ("voldoet_deels", "voldoet"), "8.1": ("voldoet_deels", "voldoet")}
    assert [hashlib.sha256(file.read_bytes()).hexdigest() for file in files] == before
    nothing = ask(home, "assess", "--what-if", plan(tmp_path / "niets.xlsx", {"attestation": [ANSWERS]}))
    assert (nothing["planned_records"], changed(nothing)) == (0, {})


def test_what_the_owner_states_himself_makes_it_no_more(home: Path, tmp_path: Path) -> None:
    rows = [ANSWERS, [None, "bio2-1.3", "8.12", "werking", "ja", "CISO", "19-11-2026"]]
    answer = ask(home, "assess", "--what-if", plan(tmp_path / "plan.xlsx", {"Eigen verklaring": rows}))
    assert (answer["planned_records"], changed(answer)) == (1, {})


def test_a_row_with_the_key_of_a_record_replaces_it(home: Path, tmp_path: Path) -> None:
    """Only what the row says changes; the rest of the record, what it measures and when, stays."""
    with Published(load_installation(home).state) as published:
        [newest] = published.rows(
            "SELECT record_key FROM evidence.measurement WHERE metric = 'mdm_coverage' ORDER BY observed_at DESC LIMIT 1"
        )
    rows = [["Sleutel", "Waarde", "Teller", "Noemer"], [newest["record_key"], 99.5, 199, 200]]
    moved = changed(ask(home, "assess", "--what-if", plan(tmp_path / "plan.xlsx", {"measurement": rows})))
    assert moved == {"8.01.02": ("voldoet_deels", "voldoet"), "8.1": ("voldoet_deels", "voldoet")}


def test_doing_what_the_advice_says_makes_it_comply(home: Path, tmp_path: Path) -> None:
    advice = ask(home, "assess", "--goal", "8.01.02")
    assert [(row["norm_id"], row["aspect"], row["needed_nl"]) for row in advice] == [
        ("8.01.02", "existence", "een meting van 99 of hoger")
    ]
    rows = [MEASURED, ["mdm-dekking", "mobiele apparaten", 99, 198, 200, "19-11-2026"]]
    answer = ask(home, "assess", "--what-if", plan(tmp_path / "plan.xlsx", {"measurement": rows}))
    assert changed(answer)["8.01.02"] == ("voldoet_deels", "voldoet")


@pytest.mark.parametrize("norm", ["5.24.02", "6.01.01"])
def test_where_a_statement_is_too_weak_the_advice_asks_for_no_statement(home: Path, norm: str) -> None:
    for row in ask(home, "assess", "--goal", norm):
        if row["test_type"] == "attested":
            assert row["needed_nl"].startswith("sterker bewijs dan een opgave van de eigenaar zelf")
            assert row["needed_en"].startswith("stronger evidence than what the owner states himself")


def test_what_did_not_occur_asks_for_nothing(home: Path) -> None:
    assert [row["test_id"] for row in ask(home, "assess", "--goal", "8.9")] == ["8.9-bestaan-score"]


@pytest.mark.parametrize(
    ("sheets", "place", "reason", "advice"),
    [
        ({"Planning": [["Titel"]]}, "fout.xlsx", "geen soort bewijs", "noem het"),
        ({"document": [["Titel", "Kleur"], ["a", "b"]]}, "blad document", "Kleur", "gebruik: Sleutel"),
        ({"document": [["Titel", "Vastgesteld op"], ["a", "gisteren"]]}, "rij 2", "Vastgesteld op: ‘gisteren’", ""),
        (
            {"document": [["Titel", "Vastgesteld op"], ["a", "15-12-2026"]]},
            "rij 2",
            "beoordeeld per 20-11-2026",
            "--as-of 2026-12-15",
        ),
    ],
)
def test_a_plan_that_cannot_be_read_says_where(
    home: Path, tmp_path: Path, sheets: dict[str, list[list[Any]]], place: str, reason: str, advice: str
) -> None:
    with pytest.raises(EnsiaError) as caught:
        ask(home, "assess", "--what-if", plan(tmp_path / "fout.xlsx", sheets))
    assert place in caught.value.place
    assert reason in caught.value.reason
    assert advice in caught.value.advice


@pytest.mark.slow
def test_a_forecast_says_what_the_day_itself_will_say(example_home: Path) -> None:
    answer = ask(example_home, "expiring", "--within", "90d", "--by-month")
    assert [row["day"] for row in answer["projection"]] == ["2026-11-20", "2026-11-30", "2026-12-31"]
    for row in answer["projection"]:
        then = ask(example_home, "assess", "--as-of", row["day"])["statuses"]
        controls = [each["status"] for each in then if each["norm"].count(".") == 1]
        principles = [each["status"] for each in then if each["norm"].startswith("principe")]
        assert Counter(controls) == Counter(row["controls"])
        assert Counter(principles) == Counter(row["principles"])
    assert answer["projection"][0]["principles"] != answer["projection"][-1]["principles"]


def test_what_expires_gets_worse_that_day_and_not_before(home: Path) -> None:
    rows = ask(home, "expiring", "--within", "200d")["expiring"]
    assert [row["expires_on"] for row in rows] == sorted(row["expires_on"] for row in rows)
    assert all(row["expires_on"] <= "2027-06-08" for row in rows)
    policy = next(row for row in rows if row["test_id"] == "5.36.01-bestaan-verklaring")
    assert (policy["owner"], policy["evidence"]) == ("CISO", "Informeren raad over ENSIA en informatiebeveiliging")
    decision = next(row for row in rows if row["norm_id"] == "5.36.01")
    day = date.fromisoformat(decision["expires_on"])

    def status(on: date) -> str:
        found = ask(home, "assess", "--as-of", on.isoformat())["statuses"]
        return next(row["status"] for row in found if row["norm"] == "5.36.01")

    assert [status(AS_OF), status(day - timedelta(days=1)), status(day)] == ["voldoet", "voldoet", "voldoet_deels"]


def test_a_plan_that_is_no_workbook_is_told_so(home: Path, tmp_path: Path) -> None:
    broken = tmp_path / "kapot.xlsx"
    broken.write_text("geen werkmap", "utf-8")
    with pytest.raises(EnsiaError, match="is geen werkboek dat te lezen is"):
        ask(home, "assess", "--what-if", str(broken))
