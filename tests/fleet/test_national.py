"""The view of all municipalities: what is counted is the sum of the parts, who is not there is seen as such, no small group gives
anybody away, and nothing of the evidence leaves the house."""

from __future__ import annotations

import json
from collections import Counter
from datetime import date, timedelta
from pathlib import Path

import duckdb
import pytest

from cli.main import main
from flows.installation import Installation
from tests.few_norms import few_norms
from tests.fleet.fleets import SmallFleet, asked
from tests.fleet.nation import copies, terms, words_in, words_that_stay
from tests.small import catalogue_of
from warehouse.reading.national import NationalView, Participant, build_national
from warehouse.reading.read import Published
from warehouse.storage.database import State
from warehouse.storage.membership import Membership

CATALOGUE = few_norms()


@pytest.fixture(scope="module")
def template(few_norms: Installation) -> Path:
    return few_norms.state.published


@pytest.fixture(scope="module")
def day(template: Path) -> date:
    ((as_of,),) = asked(template, "SELECT as_of FROM ops.run ORDER BY run_no DESC LIMIT 1")
    assert isinstance(as_of, date)
    return as_of


@pytest.fixture(scope="module")
def parts(template: Path, tmp_path_factory: pytest.TempPathFactory) -> list[Participant]:
    return copies(template, tmp_path_factory.mktemp("delen") / "files", 7)


@pytest.fixture(scope="module")
def view(parts: list[Participant], day: date, tmp_path_factory: pytest.TempPathFactory) -> NationalView:
    """Seven municipalities and one that was never seen. Five are north; west is all but one of them; two are a pair."""
    names = [one.organisation_id for one in parts]
    groups = terms(CATALOGUE, day, noord=tuple(names[:5]), west=tuple(names[:4]), paar=tuple(names[5:]))
    folder = tmp_path_factory.mktemp("land")
    return build_national(
        folder / "national" / "ensia.duckdb", [*parts, Participant("gemeente-weg", None, None)], groups
    )


def test_counts_are_the_sum_of_the_parts(view: NationalView, parts: list[Participant]) -> None:
    statuses = "SELECT norm_id, status FROM assess.control_status JOIN catalogue.norm USING (framework_id, norm_id)"
    summed = Counter(row for one in parts if one.published for row in asked(one.published, statuses))
    counted = asked(view.file, "SELECT norm, status, gemeenten, van, niet_meegeteld FROM groep_statussen WHERE groep = 'allen' AND niveau = 'control'")  # fmt: skip
    assert {(norm, status): number for norm, status, number, _, _ in counted} == summed
    assert {(whole, absent) for *_, whole, absent in counted} == {(7, 1)}
    assert (view.counts, view.not_counted) == ({"current": 7, "missing": 1}, {"gemeente-weg": "missing"})
    assert asked(
        view.file, "SELECT naam, beoordeeld_per, stand FROM deelnemers WHERE organisatie = 'gemeente-weg'"
    ) == [(None, None, "ontbreekt")]


def test_a_group_that_is_small_or_gives_somebody_away_is_not_shown(view: NationalView) -> None:
    shown = dict(asked(view.file, "SELECT groep, getoond FROM groepen"))
    # all of them leave two beside north; north, itself not shown, leaves one beside west; the pair is too small
    assert shown == {"allen": True, "noord": False, "west": False, "paar": False}
    for table in ("groep_statussen", "vergelijking"):
        assert asked(view.file, f"SELECT DISTINCT groep FROM {table}") == [("allen",)]


def test_a_municipality_is_compared_with_its_group(view: NationalView) -> None:
    rows = asked(
        view.file,
        "SELECT organisatie, status, aandeel_met_deze_status, aandeel_op_orde, van FROM vergelijking "
        "WHERE norm = '8.13' AND niveau = 'control' AND groep = 'allen' ORDER BY organisatie",
    )
    worse = [row for row in rows if row[1] == "voldoet_niet"]
    assert [row[0] for row in worse] == ["gemeente-000", "gemeente-005"]
    assert {row[2] for row in worse} == {2 / 7} and {row[4] for row in rows} == {7}


def test_nothing_of_the_evidence_is_in_it(view: NationalView, template: Path, day: date, tmp_path: Path) -> None:
    empty = build_national(tmp_path / "leeg.duckdb", [], terms(CATALOGUE, day)).file
    words = words_that_stay(template) - {"Gemeente Voorbeeld", "partial"}  # its own name, and a result
    assert len(words) > 300
    assert words & words_in(view.file) <= words_in(empty), "what the rules say themselves is no evidence"
    content, rules = view.file.read_bytes(), empty.read_bytes()
    assert [word for word in words if word.encode() in content and word.encode() not in rules] == []
    with duckdb.connect(str(view.file), read_only=True) as connection:
        tables = connection.execute(
            "SELECT schema_name || '.' || table_name FROM duckdb_tables() WHERE schema_name IN ('evidence', 'account') "
            "OR table_name IN ('landing', 'quarantine', 'source_run', 'unknown_word', 'unknown_value', 'source_remark')"
        ).fetchall()
        assert len(tables) > 20
        for (table,) in tables:
            assert connection.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,), table
        assert connection.execute("SELECT count(*) FROM assess.test_result WHERE len(evidence_ids) > 0").fetchone() == (
            0,
        )
        assert connection.execute("SELECT count(*) FROM assess.test_result").fetchone() != (0,)


def test_stale_and_otherwise_judged_municipalities_are_seen_and_do_not_count(
    parts: list[Participant], day: date, tmp_path: Path
) -> None:
    late = build_national(tmp_path / "later.duckdb", parts, terms(CATALOGUE, day + timedelta(days=4)))
    assert late.counts == {"stale": 7}
    assert asked(late.file, "SELECT DISTINCT stand FROM deelnemers") == [("verouderd",)]
    assert asked(late.file, "SELECT count(*) FROM groep_statussen") == [(0,)]
    on_time = build_national(tmp_path / "op-tijd.duckdb", parts, terms(CATALOGUE, day + timedelta(days=3)))
    assert on_time.counts == {"current": 7}
    other = CATALOGUE.model_copy(update={"digest": "andere"})
    assert build_national(tmp_path / "regels.duckdb", parts, terms(other, day)).counts == {"other_rules": 7}


def test_a_file_that_is_damaged_or_of_another_is_missing(parts: list[Participant], day: date, tmp_path: Path) -> None:
    damaged = tmp_path / "kapot.duckdb"
    damaged.write_bytes(b"geen database" * 1000)
    swapped = Participant("gemeente-000", parts[1].published, None)
    view = build_national(
        tmp_path / "land.duckdb", [swapped, Participant("kapot", damaged, None), parts[2]], terms(CATALOGUE, day)
    )
    assert view.not_counted == {"gemeente-000": "missing", "kapot": "missing"}
    assert asked(view.file, "SELECT DISTINCT organisation_id FROM assess.control_status") == [("gemeente-002",)]


def test_what_reads_a_published_file_reads_this_one(
    view: NationalView, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = f"organisations: [nergens]\nfleet: {{storage: {view.file.parent.parent}}}\n"
    (tmp_path / "ensia.yaml").write_text(settings, "utf-8")
    state = State(tmp_path / "state", Membership(view.file.parent.parent, "X", None))
    with Published(state) as published:
        assert len(published.organisations()) == 7
    assert main(["status", "-c", str(tmp_path), "-o", "gemeente-000", "--json"]) == 0
    content = json.loads(capsys.readouterr().out)
    assert content[0]["organisation"] == "gemeente-000" and sum(content[0]["control_counts"].values()) > 5
    assert main(["status", "-c", str(tmp_path)]) == 0
    assert (
        main(["sql", "-c", str(tmp_path), "SELECT stand, count(*) AS n FROM deelnemers GROUP BY ALL ORDER BY ALL"]) == 0
    )
    assert main(["sql", "-c", str(tmp_path), "--views"]) == 0
    assert "vergelijking" in capsys.readouterr().out
    target = tmp_path / "rapporten"
    assert main(["export", "dashboard", "-c", str(tmp_path), "-o", "gemeente-000", "--to", str(target)]) == 0
    assert list(target.rglob("*.html"))


def test_a_view_of_nobody_says_so(tmp_path: Path) -> None:
    view = build_national(tmp_path / "leeg.duckdb", [], terms(catalogue_of([], []), date(2026, 11, 20)))
    assert (view.counts, asked(view.file, "FROM groepen"), asked(view.file, "FROM deelnemers")) == ({}, [], [])


@pytest.mark.real
def test_it_is_built_from_what_was_committed(fleet: SmallFleet, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["fleet", "national", "-c", str(fleet.folder), "--as-of", "2026-11-20"]) == 0
    said = capsys.readouterr().out
    assert "3 ontbreken" in said, "of three one was let in, and none had a night"
    assert "gemeente-001: ontbreekt" in said and "gemeente-003: ontbreekt" in said
    assert main(["fleet", "national", "-c", str(fleet.folder), "--group", "zuid"]) == 2
    assert "de groepen in ensia.yaml zijn: oost" in capsys.readouterr().err
    assert main(["fleet", "national", "-c", str(fleet.folder), "--group", "oost", "--as-of", "2026-11-20"]) == 0
    assert asked(fleet.storage.path("national/oost.duckdb"), "SELECT organisatie FROM deelnemers") == [
        ("gemeente-001",)
    ]
