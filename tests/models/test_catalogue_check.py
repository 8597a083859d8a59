"""What `check` finds in rules that read well but do not work."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import duckdb
import pytest

from models.catalogue_check import check, has_period
from models.duration import Duration
from models.loading import load_catalogue
from tests.models.own_catalogue import OWN, OwnCatalogue
from tests.small import empty_warehouse

Rule = Callable[[str], OwnCatalogue]


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with empty_warehouse() as opened:
        yield opened


def found(own: OwnCatalogue, connection: duckdb.DuckDBPyConnection) -> list[tuple[str, str]]:
    return [
        (finding.severity, finding.reason)
        for finding in check(own.load(), connection)
        if finding.severity != "note" and finding.subject.startswith("S.")
    ]


@pytest.mark.parametrize(
    "fields",
    [
        "type: fresh, kind: document, max_age: P1Y, where: \"state = 'adopted' AND version IS NOT NULL\"",
        "type: fresh, kind: document, max_age: P1Y, where: \"adopted_on >= getvariable('window_start')\"",
        "type: fresh, kind: document, max_age: P1Y, date: adopted_on",
        "type: ratio, kind: ticket, good: \"list_contains(labels, 'root_cause_analysis')\"",
        "type: ratio, kind: ticket, good: \"len(labels) > 0 AND lower(title) LIKE '%x%'\"",
        "type: ratio, kind: register_entry, about: [asset], matched: {kind: access_review, key: system, population_key: name}",
        "type: ratio, kind: assurance, matched: {kind: reading, key: text_hash, population_key: content_hash}",
    ],
)
def test_rules_that_work_give_no_findings(rule: Rule, connection: duckdb.DuckDBPyConnection, fields: str) -> None:
    assert found(rule(fields), connection) == []


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ("type: fresh, kind: document, max_age: P1Y, where: staat = 'adopted'", '"staat" not found'),
        ("type: fresh, kind: document, max_age: P1Y, where: state = = 3", "is niet één SQL-uitdrukking"),
        ("type: fresh, kind: document, max_age: P1Y, where: 'true; DROP TABLE x'", "is niet één SQL-uitdrukking"),
        ("type: fresh, kind: document, max_age: P1Y, where: 'true FROM x'", "moet één uitdrukking zijn"),
        ("type: fresh, kind: document, max_age: P1Y, where: 'true WHERE true'", "moet één uitdrukking zijn"),
        ("type: fresh, kind: document, max_age: P1Y, where: 'true, false'", "moet één uitdrukking zijn"),
        ("type: fresh, kind: document, max_age: P1Y, where: count(*) > 1", "telt over regels"),
        ("type: fresh, kind: document, max_age: P1Y, where: max(version) = '1'", "telt over regels"),
        ("type: fresh, kind: document, max_age: P1Y, where: row_number() OVER () = 1", "telt over regels"),
        ("type: fresh, kind: document, max_age: P1Y, where: topic IN (SELECT 'a')", "een deelvraag mag niet"),
        ("type: fresh, kind: document, max_age: P1Y, where: adopted_on > today()", "elke dag een ander antwoord"),
        ("type: fresh, kind: document, max_age: P1Y, where: adopted_on > current_date", "elke dag een ander antwoord"),
        ("type: fresh, kind: document, max_age: P1Y, where: random() > 0.5", "elke dag een ander antwoord"),
        ("type: fresh, kind: document, max_age: P1Y, where: getvariable('vandaag') = 1", "variabele 'vandaag' bestaat niet"),
        ("type: fresh, kind: document, max_age: P1Y, where: version", "geeft VARCHAR; verwacht: BOOLEAN"),
        ("type: fresh, kind: document, max_age: P1Y, date: version", "geeft VARCHAR; verwacht: DATE"),
        ("type: fresh, kind: document, max_age: P1Y, where: state = 'adoptd'", "vraagt naar 'adoptd'; dat komt nooit voor"),
        ("type: fresh, kind: document, max_age: P1Y, where: \"state IN ('adopted', 'klaar')\"", "vraagt naar 'klaar'"),
        ("type: fresh, kind: document, max_age: P1Y, where: \"'vast' = lower(state)\"", "vraagt naar 'vast'"),
        ("type: ratio, kind: ticket, good: priority <> 'hoog'", "vraagt naar 'hoog'"),
        ("type: ratio, kind: ticket, good: 'true', pass_at: 90", "pass_at is 90, maar een aandeel ligt tussen 0 en 1"),
        ("type: metric, kind: measurement, about: [source_delivered]", "nergens mee vergeleken"),
        ("type: within, kind: training, deadline: due", "heeft geen streefdatum"),
        ("type: recurring, kind: document, every: P3M, window: P2M", "bevat nooit een hele periode"),
        ("type: ratio, kind: ticket, matched: {kind: finding, key: score, population_key: asset}", "sleutels zijn van verschillende soort"),
        ("type: ratio, kind: ticket, matched: {kind: finding, key: asset, population_key: ast}", '"ast" not found'),
        ("type: ratio, kind: ticket, matched: {kind: finding, key: asset, population_key: asset, where: severity = 'hoog'}", "vraagt naar 'hoog'"),
    ],
)  # fmt: skip
def test_rules_that_do_not_work_are_errors(
    rule: Rule, connection: duckdb.DuckDBPyConnection, fields: str, reason: str
) -> None:
    problems = found(rule(fields), connection)
    assert any(severity == "error" and reason in text for severity, text in problems), problems


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ("type: fresh, kind: document, about: [receptenboek], max_age: P1Y", "'receptenboek'; dat staat niet in"),
        ("type: ratio, kind: ticket, good: \"list_contains(labels, 'snoep')\"", "'snoep'; dat staat niet in"),
        (
            "type: ratio, kind: register_entry, good: \"attributes['kleur'] = 'yes'\"",
            "'kleur'; dat staat niet in",
        ),
        ("type: ratio, kind: ticket, good: run_id = 'x'", "hoe een regel is verzameld"),
        ("type: attested, max_age: P1Y, where: answer = 'yes'", "laat about en where weg"),
    ],
)
def test_doubtful_rules_are_warnings(
    rule: Rule, connection: duckdb.DuckDBPyConnection, fields: str, reason: str
) -> None:
    [(severity, text)] = found(rule(fields), connection)
    assert severity == "warning"
    assert reason in text


def test_a_finding_says_where(rule: Rule, connection: duckdb.DuckDBPyConnection) -> None:
    own = rule("type: fresh, kind: document, max_age: P1Y, where: staat = 'x'")
    [finding] = [finding for finding in check(own.load(), connection) if finding.severity == "error"]
    assert str(finding).startswith(f"error: catalogus/{OWN}/rules/a.yaml, regel 4: S.1-a: where ")


def test_the_same_test_twice_is_told(own: OwnCatalogue, connection: duckdb.DuckDBPyConnection) -> None:
    same = "type: fresh, kind: document, max_age: P1Y, nl: Goed., en: Good."
    own.write(
        f"{OWN}/rules/a.yaml",
        f'rules:\n  - norm: "S.1"\n    tests:\n      - {{id: S.1-a, aspect: design, {same}}}\n'
        f"      - {{id: S.1-b, aspect: existence, {same}}}\n",
    )
    assert found(own, connection) == [("warning", "is dezelfde toets als S.1-a (daar voor opzet, hier voor bestaan)")]


def test_references_of_a_catalogue_made_otherwise_are_checked(connection: duckdb.DuckDBPyConnection) -> None:
    catalogue = load_catalogue(("bio2-1.3", "principes-2018"))
    kept = tuple(norm for norm in catalogue.norms if norm.id not in ("5.01.01", "5.2"))
    reasons = {finding.reason for finding in check(catalogue.model_copy(update={"norms": kept}), connection)}
    assert "norm '5.01.01' bestaat niet in bio2-1.3" in reasons
    assert "norm '5.2' bestaat niet in bio2-1.3" in reasons


def test_a_frequency_is_a_parameter_unless_an_override_took_it(
    rule: Rule, connection: duckdb.DuckDBPyConnection
) -> None:
    own = rule("type: fresh, kind: document, max_age: P1Y")
    own.write(f"{OWN}/norms.tsv", "id\ttitle_nl\tfrequency\nS.1\tEerste\tjaarlijks; regelmatig\n")

    def frequencies() -> list[tuple[str, str]]:
        findings = check(own.load(), connection)
        about = [finding for finding in findings if finding.subject == f"{OWN} S.1"]
        return [(one.severity, one.reason) for one in about if "geen eisen" not in one.reason]

    missing = "de norm zegt 'jaarlijks', maar geen toets heeft P1Y als parameter"
    unnumbered = ("note", "de norm noemt geen getal: 'regelmatig'")
    assert frequencies() == [unnumbered]
    own.write("overrides.yaml", "overrides:\n  - {test: S.1-a, set: {max_age: P2Y}, reason: Zo besloten.}\n")
    assert frequencies() == [("warning", f"{missing}; een eigen drempel heeft dat gewijzigd"), unnumbered]
    (own.folder / "overrides.yaml").unlink()
    rule("type: recurring, kind: document, every: P1Y")
    own.write("overrides.yaml", "overrides:\n  - {test: S.1-a, set: {every: P3M}, reason: Vaker mag.}\n")
    assert frequencies() == [unnumbered]
    (own.folder / "overrides.yaml").unlink()
    rule("type: fresh, kind: document, max_age: P2Y")
    assert frequencies() == [("error", missing), unnumbered]
    own.write(f"{OWN}/norms.tsv", "id\ttitle_nl\tfrequency\nS.1\tEerste\tsoms\n")
    assert frequencies() == [("error", "de termijn 'soms' is niet bekend; zet die in FREQUENCIES")]


def test_checking_leaves_nothing_behind(connection: duckdb.DuckDBPyConnection) -> None:
    before = connection.execute("SELECT count(*) FROM duckdb_tables()").fetchone()
    check(load_catalogue(("bio2-1.3",)), connection)
    assert connection.execute("SELECT count(*) FROM duckdb_tables()").fetchone() == before


@pytest.mark.parametrize(
    ("fields", "period", "has"),
    [
        ("type: fresh, kind: document, max_age: P12M", "P1Y", True),
        ("type: fresh, kind: document, max_age: P1Y, grace: P3M", "P3M", False),
        ("type: recurring, kind: document, every: P3M", "P3M", True),
        ("type: within, kind: ticket, deadline: P1W", "P7D", True),
        ("type: ratio, kind: ticket, good: 'true', window: P3Y", "P3Y", True),
        ("type: metric, kind: measurement, pass_at: 36", "P3Y", True),
        ("type: metric, kind: measurement, pass_at: 3", "P3Y", False),
        ("type: ratio, kind: register_entry, good: \"attributes['retention_months'] >= '6'\"", "P6M", True),
        ("type: ratio, kind: register_entry, good: \"attributes['retention_months'] >= '5'\"", "P6M", False),
        ("type: ratio, kind: register_entry, good: \"verified_on > DATE '2026-01-01' - INTERVAL 6 MONTHS\"", "P6M", True),
        ("type: ratio, kind: register_entry, good: \"verified_on > DATE '2026-01-01' - INTERVAL '3 YEARS'\"", "P6M", False),
        ("type: ratio, kind: ticket, matched: {kind: ticket, key: asset, population_key: asset, max_age: P1Y}", "P1Y", True),
    ],
)  # fmt: skip
def test_where_a_period_may_stand(rule: Rule, fields: str, period: str, has: bool) -> None:
    [test] = [test for test in rule(fields).load().tests if not test.implicit]
    assert has_period(test.measure, Duration.parse(period)) is has
