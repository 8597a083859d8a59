"""A cycle from open to revised: what is frozen stays, whatever runs, retention or people do afterwards."""

from __future__ import annotations

import base64
import json
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import duckdb
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

import warehouse.year.cycle
from models.errors import ConfigurationError, NotFound
from models.kind import kinds
from tests.small import KNOWN, catalogue_of, insert, norm_of, test_of, warehouse_of
from warehouse.engine.assessment import assess
from warehouse.reading.moment import after_run
from warehouse.reading.publish import view_statements
from warehouse.reading.read import Published
from warehouse.reading.reviews import Overrule
from warehouse.reading.years import frozen_artifacts
from warehouse.storage.catalogue_store import store_catalogue
from warehouse.storage.database import State, transaction
from warehouse.storage.landing import IntegrityError
from warehouse.storage.signing import SIGNING_KEY
from warehouse.year.cycle import (
    FROZEN_TABLES,
    NOBODY,
    CycleError,
    compare,
    cycle_status,
    open_cycle,
    revise,
    verify,
)
from warehouse.year.review import store_overrules

# The newest run is of the day before the reference date: that asks for a reason.
freeze = partial(warehouse.year.cycle.freeze, reason="De peildatum valt in een vakantie.")

NORMS = [norm_of("5.1", "control", theme="organisational")]
RULES = catalogue_of([test_of("beleid", "5.1", "design", type="current", kind="document")], NORMS)
OTHER_RULES = catalogue_of(
    [test_of("besluit", "5.1", "design", type="fresh", kind="decision", max_age="P1Y")], NORMS, digest="d2"
)
POLICY = {
    "title": "Beleid", "topic": "x", "state": "adopted", "adopted_on": date(2026, 1, 5), "review_due": date(2028, 1, 1),
    "locator": {"artifact": "a" * 64, "file": "beleid.xlsx", "sheet": "Blad1", "row": 2, "address": None},
}  # fmt: skip
QUESTION = ("vragen", "1")


@pytest.fixture(autouse=True)
def _no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(SIGNING_KEY, raising=False)


@pytest.fixture
def connection() -> duckdb.DuckDBPyConnection:
    """A year with a policy that was adopted and a run in December."""
    made = warehouse_of(RULES, ("gemeente", "waterschap"))
    insert(made, "document", **POLICY)
    run(made, 1, date(2026, 12, 30))
    open_cycle(made, 2026, by="C. Coördinator")
    return made


def run(connection: duckdb.DuckDBPyConnection, number: int, as_of: date, rules: Any = RULES) -> None:
    known = KNOWN + timedelta(days=number)
    with transaction(connection):
        store_catalogue(connection, rules)
        assess(connection, rules, run_no=number, as_of=as_of, known_at=known, aspects=("design",))
        connection.execute(
            "INSERT INTO ops.run (run_id, run_no, as_of, known_at, started_at, finished_at, state, catalogue_digest) "
            "VALUES (?, ?, ?, ?, ?, ?, 'ok', ?)",
            [f"run{number}", number, as_of, known, known, known, rules.digest],
        )


def over(connection: duckdb.DuckDBPyConnection) -> Published:
    return Published(State(Path()), connection)


def drafts(published: Published, organisation: str) -> dict[tuple[str, str], dict[str, str]]:
    [title] = [row["title"] for row in published.rows("SELECT title FROM evidence.document")] or ["niets"]
    return {QUESTION: {"explanation": f"Rust op: {title}", "owner": "CISO", "deadline": "2027-02-01"}}


def frozen_rows(connection: duckdb.DuckDBPyConnection, version: int = 1) -> dict[str, list[Any]]:
    return {
        table: connection.execute(f"SELECT * FROM account.{table} WHERE version = ? ORDER BY ALL", [version]).fetchall()
        for table in (*FROZEN_TABLES, "freeze")
    }


def one(connection: duckdb.DuckDBPyConnection, sql: str) -> dict[str, Any]:
    [row] = over(connection).rows(sql)
    return row


def test_open_once_for_every_organisation(connection: duckdb.DuckDBPyConnection) -> None:
    with pytest.raises(CycleError, match="al geopend"):
        open_cycle(connection, 2026, by="x")
    connection.execute("INSERT INTO ops.organisation VALUES ('nieuw', 'Nieuw', 'gemeente')")
    assert open_cycle(connection, 2026, by="x") == ["nieuw"]
    assert open_cycle(connection, 2027, by="x", organisations=["gemeente"], deadline=date(2028, 1, 15)) == ["gemeente"]
    row = one(connection, 'SELECT * FROM account.cycle WHERE "year" = 2027')
    assert (row["reference_date"], row["deadline"]) == (date(2027, 12, 31), date(2028, 1, 15))
    with pytest.raises(NotFound, match="elders"):
        open_cycle(connection, 2028, by="x", organisations=["elders"])
    with pytest.raises(CycleError, match="peildatum"):
        open_cycle(connection, 2028, by="x", reference_date=date(2027, 12, 31))


def test_status_counts_what_is_open_per_owner(connection: duckdb.DuckDBPyConnection) -> None:
    status = cycle_status(over(connection), "waterschap", 2026, today=date(2026, 12, 1), owners={QUESTION: "Inkoop"})
    assert (status.questions, status.open, status.days_to_reference, status.versions) == (1, 1, 30, 0)
    assert status.rows == [{"eigenaar": "Inkoop", "vragen": 1, "open": 1, "opnieuw_bekijken": 0}]
    status = cycle_status(over(connection), "gemeente", 2026, today=date(2027, 1, 2), owners={})
    assert (status.open, status.days_to_deadline, status.rows[0]["eigenaar"]) == (0, -2, NOBODY)
    with pytest.raises(NotFound, match="niet geopend"):
        cycle_status(over(connection), "gemeente", 2025, today=date(2026, 12, 1), owners={})


def test_frozen_answers_evidence_and_rules(connection: duckdb.DuckDBPyConnection) -> None:
    frozen = freeze(connection, "gemeente", 2026, by="C", drafts=drafts)
    assert (frozen.version, frozen.run_no, frozen.answers, frozen.open, frozen.signed) == (1, 1, 1, 0, False)
    assert "niet ondertekend" in str(frozen.sentence())
    answer = one(connection, "FROM account.answer")
    assert (answer["answer"], answer["explanation"], answer["owner"]) == ("Ja", "Rust op: Beleid", "CISO")
    assert (answer["answered_by"], answer["deadline"]) == ("proposal", date(2027, 2, 1))
    evidence = one(connection, "FROM account.evidence")
    record = json.loads(evidence["record"])
    assert (evidence["kind"], evidence["artifact"], record["title"]) == ("document", "a" * 64, "Beleid")
    assert one(connection, "SELECT status FROM account.status WHERE level = 'control'")["status"] == "voldoet"
    assert json.loads(one(connection, "FROM account.catalogue")["content"])["digest"] == RULES.digest
    assert frozen_artifacts(over(connection)) == {"a" * 64}
    assert verify(over(connection), "gemeente", 2026, 1).manifest_hash == frozen.manifest_hash
    with pytest.raises(CycleError, match="al bevroren"):
        freeze(connection, "gemeente", 2026, by="C", drafts=drafts)


def test_nothing_that_happens_later_touches_it(connection: duckdb.DuckDBPyConnection) -> None:
    """Other rules, changed and deleted evidence, reviews, the next year, and removal of all history."""
    freeze(connection, "gemeente", 2026, by="C", drafts=drafts)
    before = frozen_rows(connection)
    store_overrules(
        connection, [Overrule("gemeente", 2026, *QUESTION, "answer", "Ja", "Nee", "Ja", "voldoet", 1)],
        reviewer="R", reason="te laat",
    )  # fmt: skip
    run(connection, 2, date(2026, 12, 31), OTHER_RULES)
    run(connection, 3, date(2027, 6, 1), OTHER_RULES)
    open_cycle(connection, 2027, by="C")
    freeze(connection, "gemeente", 2027, by="C", drafts=drafts)
    for kind in kinds():
        connection.execute(f"DELETE FROM evidence.{kind}")
    for table in ("assess.test_result", "assess.answer", "assess.measure_status", "catalogue.version", "ops.landing"):
        connection.execute(f"DELETE FROM {table}")
    after = {table: [row for row in rows if row[1] == 2026] for table, rows in frozen_rows(connection).items()}
    assert after == before
    verify(over(connection), "gemeente", 2026, 1)


def test_in_january_december_is_frozen(connection: duckdb.DuckDBPyConnection) -> None:
    """The run up to the reference date counts, with the evidence and the rules of then."""
    connection.execute("UPDATE evidence.document SET retired_at = ?", [KNOWN + timedelta(days=2)])
    run(connection, 2, date(2027, 1, 3), OTHER_RULES)
    frozen = freeze(connection, "gemeente", 2026, by="C", drafts=drafts)
    assert (frozen.run_no, frozen.as_of) == (1, date(2026, 12, 30))
    assert one(connection, "FROM account.answer")["answer"] == "Ja"
    assert one(connection, "FROM account.answer")["explanation"] == "Rust op: Beleid"
    assert one(connection, "FROM account.catalogue")["digest"] == RULES.digest
    assert one(connection, "SELECT test_id FROM account.test_result WHERE purpose = 'norm' AND test_id = 'beleid'")


def test_the_reviewer_s_answer_is_the_frozen_one(connection: duckdb.DuckDBPyConnection) -> None:
    decision = Overrule("gemeente", 2026, *QUESTION, "answer", "Ja", "Gedeeltelijk", "Ja", "voldoet", 1)
    store_overrules(connection, [decision], reviewer="R", reason="steekproef")
    freeze(connection, "gemeente", 2026, by="C", drafts=drafts)
    row = one(connection, "FROM account.answer")
    assert (row["answer"], row["proposed_answer"], row["answered_by"]) == ("Gedeeltelijk", "Ja", "reviewer")
    assert (row["reviewer"], row["reason"]) == ("R", "steekproef")


def test_a_revision_is_a_new_version_with_a_reason(connection: duckdb.DuckDBPyConnection) -> None:
    with pytest.raises(CycleError, match="nog niet bevroren"):
        revise(connection, "gemeente", 2026, by="C", reason="zomaar", drafts=drafts)
    first = freeze(connection, "gemeente", 2026, by="C", drafts=drafts)
    before = frozen_rows(connection)
    with pytest.raises(CycleError, match="reden"):
        revise(connection, "gemeente", 2026, by="C", reason=" ", drafts=drafts)
    decision = Overrule("gemeente", 2026, *QUESTION, "answer", "Ja", "Nee", "Ja", "voldoet", 1)
    store_overrules(connection, [decision], reviewer="R", reason="de auditor vond een fout")
    status = cycle_status(over(connection), "gemeente", 2026, today=date(2026, 12, 30), owners={})
    assert (status.versions, status.later_reviews) == (1, 1)
    second = revise(connection, "gemeente", 2026, by="C", reason="fout van de auditor", drafts=drafts)
    assert second.version == 2
    assert frozen_rows(connection) == before
    version = verify(over(connection), "gemeente", 2026, 2)
    assert json.loads(version.manifest)["previous"] == first.manifest_hash
    assert version.reason == "fout van de auditor"
    found = compare(over(connection), "gemeente", 2026, 2026, versions=(1, 2))
    assert [(row["nummer"], row["was"], row["is"]) for row in found["antwoorden"]] == [("1", "Ja", "Nee")]
    assert found["statussen"] == []


def test_compare_years(connection: duckdb.DuckDBPyConnection) -> None:
    """Against the present while the second year is not frozen, then against what was frozen of it."""
    freeze(connection, "gemeente", 2026, by="C", drafts=drafts)
    run(connection, 2, date(2027, 5, 1), OTHER_RULES)
    present = compare(over(connection), "gemeente", 2026, 2027)
    assert [(row["nummer"], row["was"], row["is"]) for row in present["antwoorden"]] == [("1", "Ja", None)]
    assert ("control", "5.1", "voldoet", "geen_bewijs") in [
        (row["waar"], row["nummer"], row["was"], row["is"]) for row in present["statussen"]
    ]
    open_cycle(connection, 2027, by="C")
    freeze(connection, "gemeente", 2027, by="C", drafts=drafts)
    assert compare(over(connection), "gemeente", 2026, 2027) == present
    with pytest.raises(NotFound, match="2025"):
        compare(over(connection), "gemeente", 2025, 2026)
    with pytest.raises(NotFound, match="versie 7"):
        compare(over(connection), "gemeente", 2026, 2027, versions=(7, None))


TAMPERING = {
    "account.answer": "UPDATE account.answer SET answer = 'Nee'",
    "account.status": "DELETE FROM account.status WHERE level = 'control'",
    "account.test_result": "UPDATE account.test_result SET result = 'fail'",
    "account.evidence": "UPDATE account.evidence SET record = '{}'",
    "account.catalogue": "UPDATE account.catalogue SET content = '{}'",
    "account.freeze": "UPDATE account.freeze SET frozen_by = 'een ander'",
    "manifest": "UPDATE account.freeze SET manifest = replace(manifest, '2026', '2025')",
}


@pytest.mark.parametrize("what", TAMPERING)
def test_tampering_is_found(connection: duckdb.DuckDBPyConnection, what: str) -> None:
    freeze(connection, "gemeente", 2026, by="C", drafts=drafts)
    connection.execute(TAMPERING[what])
    with pytest.raises(IntegrityError, match=what):
        verify(over(connection), "gemeente", 2026, 1)


KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
PUBLIC = base64.b64encode(KEY.public_key().public_bytes_raw()).decode()


@pytest.mark.parametrize("form", ["base64", "pem", "file"])
def test_signed_with_the_key_of_the_environment(
    connection: duckdb.DuckDBPyConnection, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, form: str
) -> None:
    pem = KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    (tmp_path / "sleutel.pem").write_text(pem)
    forms = {"base64": base64.b64encode(bytes(range(32))).decode(), "pem": pem, "file": str(tmp_path / "sleutel.pem")}
    monkeypatch.setenv(SIGNING_KEY, forms[form])
    frozen = freeze(connection, "gemeente", 2026, by="C", drafts=drafts)
    assert frozen.signed
    row = verify(over(connection), "gemeente", 2026, 1, public_key=PUBLIC)
    KEY.public_key().verify(base64.b64decode(row.signature), row.manifest.encode())
    with pytest.raises(IntegrityError, match="sleutel"):
        verify(over(connection), "gemeente", 2026, 1, public_key=base64.b64encode(bytes(32)).decode())
    connection.execute("UPDATE account.freeze SET signature = ?", [base64.b64encode(bytes(64)).decode()])
    with pytest.raises(IntegrityError, match="handtekening"):
        verify(over(connection), "gemeente", 2026, 1)


def test_a_key_that_is_none_stops_before_anything_is_kept(
    connection: duckdb.DuckDBPyConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(SIGNING_KEY, "geheim-maar-geen-sleutel")
    with pytest.raises(ConfigurationError) as caught:
        freeze(connection, "gemeente", 2026, by="C", drafts=drafts)
    assert "geheim" not in str(caught.value)
    assert over(connection).rows("FROM account.freeze") == []


def test_a_freeze_that_breaks_leaves_nothing(connection: duckdb.DuckDBPyConnection) -> None:
    def broken(published: Published, organisation: str) -> dict[tuple[str, str], dict[str, str]]:
        raise RuntimeError("stroom weg")

    with pytest.raises(RuntimeError):
        freeze(connection, "gemeente", 2026, by="C", drafts=broken)
    connection.execute("DELETE FROM assess.answer WHERE organisation_id = 'waterschap'")
    with pytest.raises(NotFound, match="geen antwoorden"):
        freeze(connection, "waterschap", 2026, by="C", drafts=drafts)
    assert all(not rows for rows in frozen_rows(connection).values())
    assert freeze(connection, "gemeente", 2026, by="C", drafts=drafts).version == 1


def test_without_a_run_in_the_year(connection: duckdb.DuckDBPyConnection) -> None:
    open_cycle(connection, 2025, by="C")
    with pytest.raises(NotFound, match="geen run over 2025"):
        freeze(connection, "gemeente", 2025, by="C", drafts=drafts)
    with pytest.raises(NotFound, match="run 9"), after_run(connection, 9):
        pass
    with after_run(connection, 1) as past:
        assert past.last_run()["run_no"] == 1


def test_the_dutch_views_show_it(connection: duckdb.DuckDBPyConnection) -> None:
    for statement in view_statements():
        connection.execute(statement)
    freeze(connection, "gemeente", 2026, by="C", drafts=drafts)
    assert one(connection, "FROM main.bevroren_antwoorden")["antwoord"] == "Ja"
    [own] = over(connection).rows("FROM main.cycli WHERE organisatie = 'gemeente'")
    assert (own["versie"], own["ondertekend"]) == (1, False)
    without = connection.execute(
        "SELECT view_name, column_name FROM duckdb_columns() JOIN duckdb_views() ON table_name = view_name "
        "AND duckdb_columns.schema_name = duckdb_views.schema_name WHERE duckdb_columns.schema_name = 'main' "
        "AND view_name IN ('cycli', 'bevroren_antwoorden', 'beoordelingen', 'antwoorden_na_beoordeling') "
        "AND (duckdb_columns.comment IS NULL OR duckdb_views.comment IS NULL)"
    ).fetchall()
    assert without == []


def test_freezing_what_is_of_before_the_reference_date_asks_for_a_reason(connection: duckdb.DuckDBPyConnection) -> None:
    with pytest.raises(CycleError, match="vóór de peildatum vraagt een reden"):
        freeze(connection, "gemeente", 2026, by="C", drafts=drafts, reason=" ")
    assert cycle_status(over(connection), "gemeente", 2026, today=date(2026, 12, 30), owners={}).frozen_as_of is None
    freeze(connection, "gemeente", 2026, by="C", drafts=drafts)
    status = cycle_status(over(connection), "gemeente", 2026, today=date(2026, 12, 30), owners={})
    assert (status.frozen_as_of, status.frozen_reason) == (date(2026, 12, 30), "De peildatum valt in een vakantie.")
    run(connection, 2, date(2026, 12, 31))
    freeze(connection, "waterschap", 2026, by="C", drafts=drafts, reason="")
    assert one(connection, "SELECT reason FROM account.freeze WHERE organisation_id = 'waterschap'")["reason"] is None
