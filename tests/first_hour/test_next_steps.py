"""`ensia next` ranks what can be done, promises no more than the roll-up allows, and agrees with `ensia assess --what-if`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook

from cli.main import main
from flows.installation import load_installation
from models.configuration import parse_configuration
from models.effort import efforts, hours_of
from models.errors import ConfigurationError
from models.test_type import test_types
from tests.town import Town
from warehouse.reading.goal import goal_of
from warehouse.reading.read import Published

ORDER = {
    "geen_bewijs": 0,
    "voldoet_niet": 0,
    "onbekend": 0,
    "rood": 0,
    "voldoet_deels": 1,
    "oranje": 1,
    "voldoet": 2,
    "groen": 2,
}
SOURCES = """\
  - id: leveranciers
    connector: spreadsheet
    file: leveranciers.xlsx
    kind: register_entry
    key: [register, name]
    constants: {register: supplier}
    columns: {name: Leverancier, owner: Eigenaar}
"""
RULES = {
    "E.1": """\
      - {id: E.1-opzet, aspect: design, type: current, kind: document, about: [backup_policy], nl: "Er geldt een back-upbeleid.", en: "A backup policy is in force."}""",
    "E.2": """\
      - {id: E.2-opzet, aspect: design, type: current, kind: document, about: [backup_policy], nl: "Er geldt een back-upbeleid.", en: "A backup policy is in force."}
      - {id: E.2-bestaan, aspect: design, type: ratio, kind: register_entry, about: [contract], good: "owner IS NOT NULL", nl: "Contracten hebben een eigenaar.", en: "Contracts have an owner."}""",
    "E.3": """\
      - {id: E.3-bestaan, aspect: design, type: ratio, kind: register_entry, about: [supplier], good: "valid_until IS NOT NULL", nl: "Leveranciers hebben een einde.", en: "Suppliers have an end."}""",
}  # fmt: skip


def asked(home: Path, capsys: pytest.CaptureFixture[str], *words: str) -> Any:
    capsys.readouterr()
    assert main([*words, "--json", "-c", str(home)]) == 0
    return json.loads(capsys.readouterr().out)


def plan(path: Path, sheet: str, *rows: list[Any]) -> str:
    book = Workbook()
    book.active.title = sheet
    for row in rows:
        book.active.append(row)
    book.save(path)
    return str(path)


def moved(statuses: list[dict[str, str]]) -> dict[str, tuple[str, str]]:
    return {row["norm"]: (row["before"], row["status"]) for row in statuses if row["before"] != row["status"]}


def promised(step: dict[str, Any]) -> dict[str, tuple[str, str]]:
    names = {"principle": "principe "}
    return {f"{names.get(one['sort'], '')}{one['number']}": (one["before"], one["after"]) for one in step["moves"]}


def step_about(steps: list[dict[str, Any]], kind: str, about: str | None) -> dict[str, Any]:
    [step] = [step for step in steps if (step["kind"], step["about"]) == (kind, about)]
    return step


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Town:
    town = Town(tmp_path_factory.mktemp("gemeente"), SOURCES, RULES)
    town.workbook("leveranciers.xlsx", ["Leverancier", "Eigenaar"], ["Zaakbouw", "Inkoop"], ["Heffing", "Inkoop"])
    settings = (town.folder / "ensia.yaml").read_text("utf-8")
    town.write("ensia.yaml", f"{settings}cycle: {{aspects: [design]}}\n")
    town.night()
    return town


def test_a_list_that_is_not_there_moves_what_rests_on_it_alone(town: Town, capsys: pytest.CaptureFixture[str]) -> None:
    steps = asked(town.folder, capsys, "next")
    policies = step_about(steps, "document", None)
    assert (policies["step"], policies["hours"], policies["strength"]) == ("hand_in", 12, "documented")
    assert promised(policies) == {"E.1": ("geen_bewijs", "voldoet"), "E.2": ("geen_bewijs", "voldoet_deels")}
    contracts = step_about(steps, "register_entry", "contract")
    assert promised(contracts) == {"E.2": ("geen_bewijs", "voldoet_deels")}
    assert {"suppliers", "contracts"} <= set(contracts["may_show_unlisted"])
    assert step_about(steps, "register_entry", "supplier")["step"] == "mend"


def test_the_list_handed_in_moves_what_was_promised(
    town: Town, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    policies = step_about(asked(town.folder, capsys, "next"), "document", None)
    header = ["Titel", "Onderwerp", "Status", "Vastgesteld door", "Vastgesteld op", "Eigenaar"]
    good = ["Back-upbeleid", "back-upbeleid", "vastgesteld", "college", "3-2-2026", "CISO"]
    done = asked(town.folder, capsys, "assess", "--what-if", plan(tmp_path / "goed.xlsx", "Document", header, good))
    assert moved(done["statuses"]) == promised(policies)
    draft = [*good[:2], "concept", *good[3:]]
    less = asked(town.folder, capsys, "assess", "--what-if", plan(tmp_path / "concept.xlsx", "Document", header, draft))
    for norm, (before, after) in moved(less["statuses"]).items():
        assert ORDER[before] <= ORDER[after] <= ORDER[promised(policies)[norm][1]]


def test_what_only_time_mends_is_not_promised(few_norms_home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A half-year without its test stays one: nothing that is done today makes the norm comply."""
    late = {code for code, test_type in test_types().items() if test_type.only_time_mends}
    assert late == {"recurring", "within", "expected"}
    with Published(load_installation(few_norms_home).state) as published:
        rows = published.rows(
            "SELECT r.norm_id FROM assess.test_result AS r JOIN catalogue.test AS t USING (framework_id, test_id, purpose) "
            "WHERE r.until_run_no IS NULL AND r.result IN ('fail', 'partial') AND r.purpose = 'norm' "
            "AND t.beyond_norm IS NOT true AND t.any_of IS NULL AND list_contains($late, t.test_type)",
            {"late": sorted(late)},
        )
    beyond_help = {row["norm_id"] for row in rows}
    steps = asked(few_norms_home, capsys, "next", "--top", "5")
    promises = {move["number"] for step in steps for move in step["moves"] if move["after"] == "voldoet"}
    assert beyond_help
    assert not beyond_help & promises


def test_what_a_step_adds_to_those_before_it(town: Town, capsys: pytest.CaptureFixture[str]) -> None:
    steps = asked(town.folder, capsys, "next")
    last = {}
    for step in steps:
        for move in step["moves_after_earlier_steps"]:
            last[move["number"]] = move["after"]
    assert last == {"E.1": "voldoet", "E.2": "voldoet", "E.3": "voldoet"}


def test_on_the_example_nothing_gets_worse_and_a_known_plan_is_promised(
    few_norms_home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    steps = asked(few_norms_home, capsys, "next", "--top", "12")
    moves = [move for step in steps for move in (*step["moves"], *step["moves_after_earlier_steps"])]
    assert moves
    assert all(ORDER[move["before"]] < ORDER[move["after"]] for move in moves)
    worth = [sum(ORDER[one["after"]] - ORDER[one["before"]] for one in step["moves"]) / step["hours"] for step in steps]
    assert worth == sorted(worth, reverse=True)
    header = ["Maat", "Object", "Waarde", "Teller", "Noemer", "Waargenomen op"]
    rows = [header, ["mdm-dekking", "mobiele apparaten", 99.5, 199, 200, "19-11-2026"]]
    done = asked(few_norms_home, capsys, "assess", "--what-if", plan(tmp_path / "plan.xlsx", "Meting", *rows))
    assert moved(done["statuses"]) == promised(step_about(steps, "measurement", "mdm_coverage"))


def test_it_is_shown_with_what_must_be_known_first(
    town: Town, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "220")
    assert main(["next", "-c", str(town.folder)]) == 0
    shown = " ".join(capsys.readouterr().out.split())
    assert "lever aan: register: contracten" in shown
    assert "Let op: dit kan laten zien dat lijsten niet volledig zijn (leveranciers, contracten" in shown


def test_the_hours_are_the_organisations_to_say(town: Town, capsys: pytest.CaptureFixture[str]) -> None:
    file = town.folder / "ensia.yaml"
    text = file.read_text("utf-8")
    file.write_text(f"{text}effort: {{document: 0.25}}\n", "utf-8")
    try:
        steps = asked(town.folder, capsys, "next")
    finally:
        file.write_text(text, "utf-8")
    assert (steps[0]["kind"], steps[0]["hours"]) == ("document", 0.25)
    assert hours_of("mend", "contract", 4, {}) == 4 * efforts().steps["mend"]
    assert hours_of("hand_in", "contract", 1, {"hand_in": 3}) == efforts().lists["contract"]


@pytest.mark.parametrize("effort", ["{koffie: 1}", "{risk: 0}", "{risk: -2}"])
def test_hours_for_nothing_are_refused(effort: str) -> None:
    with pytest.raises(ConfigurationError):
        parse_configuration(f"organisation: {{id: a, name: A}}\neffort: {effort}\n", "ensia.yaml")


@pytest.mark.parametrize("name", ["E.1", "e.1"])
def test_a_goal_says_what_is_needed(town: Town, capsys: pytest.CaptureFixture[str], name: str) -> None:
    assert main(["assess", "--goal", name, "-c", str(town.folder)]) == 0
    assert "Nodig voor E.1 (nu geen bewijs): 1 toets" in " ".join(capsys.readouterr().out.split())


def test_a_goal_may_be_an_indicator_or_principle_and_be_reached(
    few_norms_home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with Published(load_installation(few_norms_home).state) as published:
        organisation = published.organisation(None)
        for row in published.principles(organisation):
            goal = goal_of(published, organisation, row["principle_id"])
            assert goal.is_reached == (row["status"] == "groen")
            assert goal.is_reached or goal.tests or goal.controls, row["principle_id"]
        for row in published.indicators(organisation):
            goal = goal_of(published, organisation, row["indicator_id"].lower())
            assert bool(goal.tests) == (row["colour"] in ("rood", "oranje", "onbekend")), row["indicator_id"]
        met = next(row for row in published.measures(organisation) if row["status"] == "voldoet")
    assert main(["assess", "--goal", met["norm_id"], "-c", str(few_norms_home)]) == 0
    assert f"{met['norm_id']} is al zo ver: voldoet" in capsys.readouterr().out
