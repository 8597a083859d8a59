"""Every query of docs/sql.md runs as an officer runs it and gives the true answer: what a person counts in the workbooks of
the example municipality, or what follows from the stored results without any of the officers' views."""

from __future__ import annotations

import csv
import json
import re
import shutil
from collections import Counter, defaultdict
from datetime import date, datetime, timedelta
from pathlib import Path
from statistics import median
from typing import Any

import duckdb
import pytest
from openpyxl import load_workbook

from flows.installation import Installation
from models.catalogue import Test
from models.duration import Duration
from models.loading import load_catalogue
from tests.example_night import EXAMPLE, ORGANISATION
from warehouse.reading.expiring import expiring
from warehouse.reading.read import Published, Row
from warehouse.storage.database import State, local_time

PAGE = Path(__file__).resolve().parents[2] / "docs" / "sql.md"
NUMBERED = re.findall(r"^### (\d+)\. .+?$.*?```sql\n(.*?)```", PAGE.read_text("utf-8"), re.MULTILINE | re.DOTALL)
QUERIES: dict[str, str] = dict(NUMBERED)
# Nothing rests on an attestation alone, no row names a number that there is not, and one run cannot have changed anything.
EMPTY_IN_THE_EXAMPLE = {"5", "23", "25"}
AS_OF = date.fromisoformat((EXAMPLE / "beoordeeld-per.txt").read_text("utf-8").strip())
MET = ("voldoet", "voldoet_deels")
FROM_WORST_TO_BEST = ("no_evidence", "fail", "partial", "not_occurred", "pass")


def answer(published: Published, number: int) -> list[Row]:
    names, rows = published.query(QUERIES[str(number)])
    return [dict(zip(names, row, strict=True)) for row in rows]


def statuses(published: Published) -> dict[str, Row]:
    """The stored status of every norm that carries tests, by its number."""
    return {
        row["norm_id"]: row for row in published.rows("SELECT * FROM assess.measure_status WHERE until_run_no IS NULL")
    }


def results(published: Published) -> dict[str, list[Row]]:
    """The stored results of the tests of each norm, by its number."""
    by_norm = defaultdict(list)
    for row in published.rows("SELECT * FROM assess.test_result WHERE until_run_no IS NULL AND purpose = 'norm'"):
        by_norm[row["norm_id"]].append(row)
    return by_norm


def records(published: Published, kind: str) -> list[Row]:
    return published.rows(f"SELECT * FROM evidence.{kind} WHERE retired_at IS NULL")


def sheet(file: str, name: str, header_row: int) -> list[dict[str, Any]]:
    """The rows of a sheet of the example, as a person sees them under its headings."""
    rows = list(load_workbook(EXAMPLE / "bronnen" / file)[name].iter_rows(values_only=True))
    headings = [str(cell) for cell in rows[header_row - 1]]
    return [dict(zip(headings, row, strict=True)) for row in rows[header_row:] if any(row)]


@pytest.fixture
def changed(example: Installation, tmp_path: Path) -> State:
    """A copy of the published file that a test may change."""
    state = State(tmp_path)
    state.published.parent.mkdir(parents=True)
    shutil.copyfile(example.state.published, state.published)
    return state


def change(state: State, *statements: str) -> Published:
    with duckdb.connect(str(state.published)) as connection:
        for statement in statements:
            connection.execute(statement)
    return Published(state)


def test_they_are_numbered() -> None:
    assert list(QUERIES) == [str(number) for number in range(1, 28)]
    assert PAGE.read_text("utf-8").count("```sql") == 27


@pytest.mark.parametrize("number", QUERIES)
def test_a_query_answers(published: Published, number: str) -> None:
    names, rows = published.query(QUERIES[number])
    assert names and len(set(names)) == len(names)
    assert bool(rows) == (number not in EMPTY_IN_THE_EXAMPLE), f"{len(rows)} rows"


def test_1_every_principle_has_its_stored_status(published: Published) -> None:
    stored = {
        row["principle_id"]: row for row in published.rows("FROM assess.principle_status WHERE until_run_no IS NULL")
    }
    shown = answer(published, 1)
    assert [str(row["nummer"]) for row in shown] == [str(number) for number in range(1, 11)]
    assert {str(row["nummer"]): row["status"] for row in shown} == {key: row["status"] for key, row in stored.items()}
    # half a hundredth goes up or down
    scores = [stored[str(number)]["score"] for number in range(1, 11)]
    assert [row["score"] for row in shown] == [
        None if score is None else pytest.approx(score, abs=0.0050001) for score in scores
    ]


def test_2_the_themes_add_up_to_93_controls(published: Published) -> None:
    counts = Counter(
        (row["theme"], row["status"])
        for row in published.rows(
            "SELECT n.theme, s.status FROM assess.control_status AS s JOIN catalogue.norm AS n USING (framework_id, norm_id) "
            "WHERE s.until_run_no IS NULL"
        )
    )
    shown = {(row["thema"], status): number for row in answer(published, 2) for status, number in row.items()}
    assert sum(counts.values()) == 93
    assert {key: number for key, number in shown.items() if key[1] != "thema" and number} == dict(counts)


def test_3_what_does_not_comply(published: Published) -> None:
    expected = {norm for norm, row in statuses(published).items() if row["status"] in ("voldoet_niet", "geen_bewijs")}
    assert {row["norm"] for row in answer(published, 3)} == expected


def lacking_results(stored: list[Row], tests: dict[str, Test]) -> list[str]:
    """The results other than a pass of what counts for a norm: of a group of which the best counts, those that are its best."""
    groups = defaultdict(list)
    for result in stored:
        test = tests[result["test_id"]]
        if not test.beyond_norm:
            groups[test.aspect, test.any_of or test.id].append(result["result"])
    best = {group: max(came_out, key=FROM_WORST_TO_BEST.index) for group, came_out in groups.items()}
    return [result for group, came_out in groups.items() for result in came_out if result == best[group] != "pass"]


def test_4_one_test_is_missing(published: Published) -> None:
    by_norm = results(published)
    tests = {test.id: test for test in load_catalogue(["bio2-1.3"]).tests}
    expected = {}
    for norm, row in statuses(published).items():
        lacking = lacking_results(by_norm[norm], tests)
        if row["status"] == "voldoet_deels" and len(lacking) == 1:
            expected[norm] = lacking[0]
    assert {row["norm"]: row["uitkomst"] for row in answer(published, 4)} == expected


def test_4_counts_each_organisation_by_itself(changed: State) -> None:
    with Published(changed) as before:
        norms = sorted(row["norm"] for row in answer(before, 4))
    second = [
        f"INSERT INTO assess.{table} SELECT * REPLACE ('tweede' AS organisation_id) FROM assess.{table}"
        for table in ("measure_status", "test_result")
    ]
    with change(changed, *second) as published:
        shown = answer(published, 4)
    assert [sorted(row["norm"] for row in shown if row["organisatie"] == own) for own in ("voorbeeld", "tweede")] == [
        norms,
        norms,
    ]


def test_5_nothing_in_the_example_rests_on_an_attestation_alone(published: Published) -> None:
    weakest = [row for row in statuses(published).values() if row["status"] in MET and row["basis"] == "attested"]
    known = {
        norm: {result["basis"] for result in tests if result["result"] != "no_evidence"}
        for norm, tests in results(published).items()
    }
    assert not [row["norm_id"] for row in weakest if known[row["norm_id"]] == {"attested"}]
    assert answer(published, 5) == []


def test_5_tells_a_norm_that_does(changed: State) -> None:
    alone = "UPDATE assess.test_result SET basis = 'attested' WHERE norm_id = '5.01.01' AND result <> 'no_evidence'"
    with change(changed, alone) as published:
        assert [row["norm"] for row in answer(published, 5)] == ["5.01.01"]


def test_5_does_not_tell_one_that_is_not_met(changed: State) -> None:
    alone = "UPDATE assess.test_result SET basis = 'attested' WHERE norm_id = '5.01.01' AND result <> 'no_evidence'"
    failed = "UPDATE assess.measure_status SET status = 'voldoet_niet' WHERE norm_id = '5.01.01'"
    with change(changed, alone, failed) as published:
        assert answer(published, 5) == []


def test_6_the_red_and_unknown_indicators(published: Published) -> None:
    stored = published.rows("FROM assess.indicator_value WHERE until_run_no IS NULL")
    expected = {row["indicator_id"]: row["colour"] for row in stored if row["colour"] in ("rood", "onbekend")}
    assert {row["indicator"]: row["kleur"] for row in answer(published, 6)} == expected


def test_7_what_expires_is_what_the_command_tells(published: Published) -> None:
    told = expiring(published, ORGANISATION, AS_OF, Duration(days=90))
    shown = Counter((row["verloopt_op"], row["norm"], row["omschrijving"]) for row in answer(published, 7))
    assert shown == Counter((test.expires_on, test.norm_id, test.sentence) for test in told)


def test_8_the_months_hold_every_test_that_expires(published: Published) -> None:
    outside = {norm for norm, row in statuses(published).items() if row["status"] == "niet_van_toepassing"}
    months = defaultdict(list)
    for norm, tests in results(published).items():
        for result in tests:
            if result["expires_on"] and norm not in outside:
                months[result["expires_on"].strftime("%Y-%m")].append(norm)
    expected = {month: (len(set(norms)), len(norms)) for month, norms in months.items()}
    assert {row["maand"]: (row["normen"], row["toetsen"]) for row in answer(published, 8)} == expected


def test_9_only_adopted_documents_need_a_review(published: Published) -> None:
    last = date(2027, 5, 20)  # half a year after 20 November 2026
    documents = records(published, "document")
    due = [document for document in documents if document["review_due"] and document["review_due"] <= last]
    adopted = sorted(document["title"] for document in due if document["state"] == "adopted")
    assert sorted(row["titel"] for row in answer(published, 9)) == adopted
    assert len(due) == len(adopted) + 1, "the withdrawn policy of 2023-2025 is not to be reviewed"


def test_10_every_supplier_of_the_register_with_its_newest_statement(published: Published) -> None:
    suppliers = {row["Leverancier"] for row in sheet("Leverancierscontracten.xlsx", "Leveranciers", 1)}
    newest: dict[str, date] = {}
    for row in sheet("Leverancierscontracten.xlsx", "Assurance", 2):
        with_period = row["Periode t/m"]
        try:
            until = datetime.strptime(str(with_period), "%d-%m-%Y").date()
        except ValueError:
            continue  # a row without a date that can be read was rejected
        newest[row["Leverancier"]] = max(until, newest.get(row["Leverancier"], until))
    shown = {row["leverancier"]: row["periode_tot_en_met"] for row in answer(published, 10)}
    assert set(shown) == suppliers
    assert shown == {name: newest.get(name) for name in suppliers}


def test_10_one_statement_is_told_whole(changed: State) -> None:
    """Two statements to the same day: the opinion is that of the statement that is named."""
    twin = (
        "INSERT INTO evidence.assurance SELECT * REPLACE ('zz' AS record_key, 'nen_7510' AS statement_type, "
        "'adverse' AS opinion) FROM evidence.assurance WHERE supplier = 'Webwerf'"
    )
    with change(changed, twin) as published:
        (shown,) = [row for row in answer(published, 10) if row["leverancier"] == "Webwerf"]
    assert (shown["soort_verklaring"], shown["oordeel"]) == ("iso_27001", "unqualified")


def test_11_all_tests_of_the_one_norm(published: Published) -> None:
    shown = answer(published, 11)
    assert {row["norm"] for row in shown} == {"8.13.01"}
    assert len(shown) == statuses(published)["8.13.01"]["tests"]


def test_12_a_test_leads_to_the_row(published: Published) -> None:
    policy = [row for row in answer(published, 12) if row["norm"] == "5.01.02"]
    assert [(row["titel"], row["rij"]) for row in policy] == [("Strategisch informatiebeveiligingsbeleid 2026", 5)]
    cells = list(
        load_workbook(EXAMPLE / "bronnen" / "Beleidsregister.xlsx")["Beleidsregister"].iter_rows(values_only=True)
    )
    assert "Strategisch informatiebeveiligingsbeleid 2026" in cells[5 - 1]
    named = sum(
        len(result["evidence_ids"] or ())
        for tests in results(published).values()
        for result in tests
        if result["evidence_kind"] == "document"
    )
    assert len(answer(published, 12)) == named


def test_13_a_document_counts_where_the_test_is_good(published: Published) -> None:
    carried = defaultdict(set)
    for norm, tests in results(published).items():
        for result in tests:
            if result["evidence_kind"] == "document" and result["result"] in ("pass", "partial"):
                for number in result["evidence_ids"]:
                    carried[number].add(norm)
    keys = {document["evidence_id"]: document["record_key"] for document in records(published, "document")}
    assert {row["sleutel"]: set(row["normen"]) for row in answer(published, 13)} == {
        keys[number]: norms for number, norms in carried.items()
    }


def test_14_the_age_of_every_document_and_review(published: Published) -> None:
    shown = answer(published, 14)
    for name, kind in (("document", "document"), ("rechtencontrole", "access_review")):
        rows = records(published, kind)
        own = [row for row in shown if row["soort"] == name]
        assert sum(row["regels"] for row in own) == len(rows)
        assert min(row["oudste"] for row in own) == local_time(min(row["observed_at"] for row in rows)).date()
        assert max(row["nieuwste"] for row in own) == local_time(max(row["observed_at"] for row in rows)).date()


def unsettled_in_the_export(end: datetime) -> list[str]:
    """The numbers in the export of the service desk that were known and not ready at this moment in Dutch time."""
    tickets = json.loads((EXAMPLE / "bronnen" / "tickets.json").read_text("utf-8"))["meldingen"]
    moment = end.isoformat()
    return [
        ticket["nummer"]
        for ticket in tickets
        if ticket["bekend_sinds"] < moment and (ticket["gereed"] is None or ticket["gereed"] >= moment)
    ]


def test_15_what_was_open_at_the_end_of_a_day(published: Published) -> None:
    end = datetime(2026, 9, 30) + timedelta(days=1)
    opened = [ticket for ticket in records(published, "ticket") if local_time(ticket["observed_at"]) < end]
    unsettled = [
        ticket for ticket in opened if ticket["resolved_at"] is None or local_time(ticket["resolved_at"]) >= end
    ]
    expected = Counter((ticket["ticket_type"], ticket["priority"]) for ticket in unsettled)
    assert {(row["soort"], row["prioriteit"]): row["open_meldingen"] for row in answer(published, 15)} == dict(expected)
    assert sum(expected.values()) == len(unsettled_in_the_export(end)) == 3


def test_16_risks_above_the_appetite_as_the_register_has_them(published: Published) -> None:
    above = {
        row["Nr"]
        for row in sheet("Risicoregister.xlsx", "Risico's", 2)
        if isinstance(row["Netto score"], int) and row["Status"] == "Open" and row["Netto score"] > row["Bereidheid"]
    }
    assert {row["sleutel"] for row in answer(published, 16)} == above
    assert len(above) == 10


def test_16_a_risk_without_a_score_is_told(changed: State) -> None:
    with change(
        changed, "UPDATE evidence.risk SET residual = NULL, state = NULL WHERE record_key = 'R-01'"
    ) as published:
        assert answer(published, 16)[0]["sleutel"] == "R-01"


def test_17_serious_findings_that_are_open(published: Published) -> None:
    expected = {
        row["title"]: (AS_OF - local_time(row["first_seen"]).date()).days
        for row in records(published, "finding")
        if row["resolved_at"] is None and row["severity"] in ("critical", "high")
    }
    assert {row["titel"]: row["dagen_open"] for row in answer(published, 17)} == expected
    assert len(expected) == 5


def open_findings_in_the_sources() -> int:
    """Of the list of audits what is open and has a day, of the scanner what is open, of Lynis every line that says something."""
    audits = [row for row in sheet("Auditbevindingen.xlsx", "Bevindingen", 3) if row["Status"] == "open"]
    with_a_day = [row for row in audits if isinstance(row["Gemeld op"], datetime)]
    with (EXAMPLE / "bronnen" / "kwetsbaarheden.csv").open(encoding="utf-8-sig", newline="") as file:
        weaknesses = [row for row in csv.DictReader(file) if row["State"] == "open"]
    report = (EXAMPLE / "bronnen" / "lynis" / "srv-web-01.dat").read_text("utf-8")
    lines = [line for line in report.splitlines() if line.startswith(("warning[]=", "suggestion[]="))]
    assert (len(audits), len(with_a_day)) == (9, 8), "one was reported last week, which is no day"
    return len(with_a_day) + len(weaknesses) + len(lines)


def test_17_a_word_for_open_that_nobody_knows_is_no_answer(changed: State) -> None:
    with change(changed, "UPDATE evidence.finding SET state = 'in behandeling', severity = NULL") as published:
        unsettled = [row for row in records(published, "finding") if row["resolved_at"] is None]
        assert len(answer(published, 17)) == len(unsettled) == open_findings_in_the_sources()


def test_18_how_fast_tickets_are_settled(published: Published) -> None:
    spans = defaultdict(list)
    unsettled: Counter[tuple[str, str]] = Counter()
    for ticket in records(published, "ticket"):
        group = (ticket["ticket_type"], ticket["priority"])
        if ticket["resolved_at"]:
            spans[group].append((ticket["resolved_at"] - ticket["opened_at"]) / timedelta(days=1))
        else:
            unsettled[group] += 1
    shown = {(row["soort"], row["prioriteit"]): row for row in answer(published, 18)}
    assert set(shown) == set(spans) | set(unsettled)
    for group, row in shown.items():
        assert (row["opgelost"], row["nog_open"]) == (len(spans[group]), unsettled[group])
        if spans[group]:
            assert row["mediaan_dagen"] == pytest.approx(median(spans[group]), abs=0.051)


def test_19_improvements_that_are_late_as_the_plan_has_them(published: Published) -> None:
    late = {
        row["Actie"]
        for row in sheet("VvT.xlsx", "Verbetermaatregelen", 2)
        if row["Klaar op"] is None and row["Status"] != "vervallen" and row["Klaar vóór"].date() < AS_OF
    }
    assert {row["actie"] for row in answer(published, 19)} == late
    assert len(late) == 3


def test_19_a_cancelled_one_is_not_late_and_one_without_a_day_is(changed: State) -> None:
    cancelled = "UPDATE evidence.improvement SET state = 'cancelled' WHERE norm_id = '5.30.01'"
    undated = "UPDATE evidence.improvement SET due_on = NULL WHERE record_key = 'V-01'"
    with change(changed, cancelled, undated) as published:
        assert {row["norm"] for row in answer(published, 19)} == {"7.02.01", "5.18.01", "5.13"}


def test_20_deviations_and_norms_that_do_not_apply_as_the_statement_has_them(published: Published) -> None:
    deviations = [("afwijking", row["Norm"]) for row in sheet("VvT.xlsx", "Afwijkingen", 2)]
    outside = [("n.v.t.", row["Norm"]) for row in sheet("VvT.xlsx", "Verklaring", 2) if row["Van toepassing"] == "Nee"]
    assert sorted((row["soort"], row["norm"]) for row in answer(published, 20)) == sorted(deviations + outside)


def test_21_each_source_with_what_it_did_not_deliver(published: Published) -> None:
    shown = {row["bron"]: row for row in answer(published, 21)}
    stored = {row["source_id"]: row for row in published.rows("FROM ops.source_run")}
    reasons = Counter(row["source_id"] for row in published.rows("FROM ops.quarantine"))
    assert {name: row["afgekeurde_regels"] for name, row in shown.items()} == {
        name: row["rejected"] for name, row in stored.items()
    }
    assert {name: row["redenen"] for name, row in shown.items()} == {name: reasons[name] for name in stored}


def test_21_what_went_wrong_stands_first(changed: State) -> None:
    with change(changed, "UPDATE ops.source_run SET status = 'degraded' WHERE source_id = 'vvt'") as published:
        first = answer(published, 21)[0]
    assert (first["bron"], first["tegengehouden"]) == ("vvt", True)


# As a person finds them: a date or a word that cannot be read, an empty cell that must be filled, a key that stands twice.
FAULTY_ROWS = {
    "autorisaties": 2,  # never carried out; "alle" is no sort of rights
    "beleidsregister": 3,  # BR-073 twice; "eind 2025" is no day
    "besluiten": 1,  # no number
    "bevindingen": 1,  # reported "vorige week"
    "leveranciers": 1,  # an opinion that stands elsewhere
    "meldingen": 4,  # no number; no day; M26-0062 twice
    "metingen": 1,  # "97% van 12"
    "oefeningen": 1,  # only planned
    "opleidingen": 3,  # nobody's; the same person and training twice
    "zelfbeoordeling": 2,  # 8.1 as a number; "grotendeels"
}


def test_22_one_line_for_each_rejected_row(published: Published) -> None:
    places = {
        (
            row["source_id"],
            row["locator"]["file"],
            row["locator"]["sheet"],
            row["locator"]["row"],
            row["locator"]["address"],
        )
        for row in published.rows("FROM ops.quarantine")
    }
    shown = answer(published, 22)
    assert Counter(row["bron"] for row in shown) == FAULTY_ROWS
    assert len(shown) == len(places)
    assert sum(row["redenen"] for row in shown) == len(published.quarantine()) == 40
    assert all(row["waarom"].count("; ") >= row["redenen"] - 1 for row in shown)


def test_23_a_norm_that_there_is_not(changed: State) -> None:
    strange = "UPDATE evidence.improvement SET norm_id = '99.99.99' WHERE record_key = 'V-01'"
    with change(changed, strange) as published:
        assert [row["norm"] for row in answer(published, 23)] == ["99.99.99"]


def test_24_every_run_counts_all_controls(changed: State) -> None:
    """A second run in which one control changed: each run has 93 controls, and the change is in the second only."""
    second = "INSERT INTO ops.run SELECT * REPLACE (2 AS run_no, 'tweede' AS run_id) FROM ops.run"
    with Published(changed) as before:
        (control,) = before.rows(
            "FROM assess.control_status WHERE status = 'voldoet' AND until_run_no IS NULL ORDER BY norm_id LIMIT 1"
        )
        first = {row["status"]: row["beheersmaatregelen"] for row in answer(before, 24)}
    ended = f"UPDATE assess.control_status SET until_run_no = 2 WHERE norm_id = '{control['norm_id']}'"
    worse = (
        "INSERT INTO assess.control_status SELECT * REPLACE ('geen_bewijs' AS status, 2 AS from_run_no, "
        f"CAST(NULL AS BIGINT) AS until_run_no) FROM assess.control_status WHERE norm_id = '{control['norm_id']}'"
    )
    with change(changed, second, ended, worse) as published:
        shown = {(row["run"], row["status"]): row["beheersmaatregelen"] for row in answer(published, 24)}
    assert {status: number for (run, status), number in shown.items() if run == 1} == first
    assert sum(number for (run, _), number in shown.items() if run == 2) == sum(first.values()) == 93
    assert shown.get((2, "voldoet"), 0) == first["voldoet"] - 1


def test_25_what_changed_came_or_went_since_the_first_run(changed: State) -> None:
    with change(
        changed,
        "INSERT INTO ops.run SELECT * REPLACE (2 AS run_no, 'tweede' AS run_id) FROM ops.run",
        "UPDATE assess.measure_status SET until_run_no = 2 WHERE norm_id IN ('5.01.01', '5.01.02')",
        "INSERT INTO assess.measure_status SELECT * REPLACE ('geen_bewijs' AS status, 2 AS from_run_no, "
        "CAST(NULL AS BIGINT) AS until_run_no) FROM assess.measure_status WHERE norm_id = '5.01.01'",
        "UPDATE assess.measure_status SET from_run_no = 2 WHERE norm_id = '5.02.01'",
    ) as published:
        shown = {row["norm"]: (row["was"], row["is_nu"]) for row in answer(published, 25)}
    assert shown["5.01.01"][1] == "geen_bewijs" and shown["5.01.01"][0] in MET
    assert shown["5.01.02"][1] is None, "it went"
    assert shown["5.02.01"][0] is None, "it came"
    assert set(shown) == {"5.01.01", "5.01.02", "5.02.01"}


def test_26_every_question_has_one_answer(published: Published) -> None:
    questions = {(row["questionnaire_id"], row["question_id"]) for row in published.rows("FROM catalogue.question")}
    shown = answer(published, 26)
    assert {(row["vragenlijst"], row["vraag"]) for row in shown} == questions and len(shown) == len(questions)
    stored = {
        row["question_id"]: row["answer"] for row in published.rows("FROM assess.answer WHERE until_run_no IS NULL")
    }
    assert {row["vraag"]: row["antwoord"] for row in shown} == stored


def suppliers_without_a_statement() -> set[str]:
    """Those that still handle information, and of which no third party's statement is a year old at most or still valid."""
    suppliers = {
        row["Leverancier"]
        for row in sheet("Leverancierscontracten.xlsx", "Leveranciers", 1)
        if row["Verwerkt informatie"] == "ja" and (row["Einde relatie"] is None or row["Einde relatie"].date() >= AS_OF)
    }
    a_year_ago = AS_OF.replace(year=AS_OF.year - 1)
    for row in sheet("Leverancierscontracten.xlsx", "Assurance", 2):
        report = str(row["Soort verklaring"]).startswith(("ISAE", "SOC"))
        certificate = str(row["Soort verklaring"]).startswith(("ISO", "NEN"))
        if (report and dutch_day(row["Periode t/m"]) >= a_year_ago) or (
            certificate and dutch_day(row["Geldig tot"]) >= AS_OF
        ):
            suppliers.discard(row["Leverancier"])
    return suppliers


def dutch_day(text: str) -> date:
    return datetime.strptime(text, "%d-%m-%Y").date()


def test_27_what_is_not_good_is_what_the_numbers_leave_over(published: Published) -> None:
    [stored] = published.rows(
        "SELECT numerator, denominator FROM assess.test_result "
        "WHERE until_run_no IS NULL AND test_id = '5.20.03-werking-verklaring'"
    )
    shown = answer(published, 27)
    assert {row["sleutel"] for row in shown} == {f"supplier|{name}" for name in suppliers_without_a_statement()}
    assert len(shown) == stored["denominator"] - stored["numerator"]
    assert all(row["sleutel"] and row["bestand"] for row in shown)
