"""What a norm demands: read with its rule, proven by tests that count, told by the coverage."""

from __future__ import annotations

from collections.abc import Iterator

import duckdb
import pytest

from models.catalogue_check import check
from models.catalogue_coverage import demand_coverage, demand_totals
from models.loading import catalogue_from_json, catalogue_to_json, load_catalogue
from tests.models.own_catalogue import FRAMEWORK, OWN, OwnCatalogue
from tests.small import empty_warehouse
from warehouse.storage.catalogue_store import store_catalogue

DEMANDS = """\
rules:
  - norm: "S.1"
    demands:
      - {id: a, part: zin 1, nl: Er is een vastgesteld document., en: There is an adopted document.}
      - {id: b, part: zin 2, nl: Het wordt elk jaar nagelopen., en: It is reviewed every year.}
    not_asked:
      existence: {nl: De norm vraagt alleen een document., en: The norm only asks for a document.}
    tests:
"""
FIRST = "      - {id: S.1-a, aspect: design, proves: [a], type: current, kind: document, nl: Goed., en: Good.}\n"
SECOND = (
    "      - {id: S.1-b, aspect: operation, proves: [b], type: recurring, kind: access_review, every: P1Y, nl: Goed., "
    "en: Good.}\n"
)
BEYOND = (
    "      - {id: S.1-c, aspect: operation, beyond_norm: true, type: attested, max_age: P1Y, nl: Goed., en: Good.}\n"
)


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with empty_warehouse() as opened:
        yield opened


def findings(own: OwnCatalogue, connection: duckdb.DuckDBPyConnection) -> list[tuple[str, str, str]]:
    about = (f"{OWN} S.1", "S.1-a", "S.1-b", "S.1-c")
    listed = check(own.load(), connection)
    return [(one.severity, one.subject, one.reason) for one in listed if one.subject in about]


def test_a_norm_with_every_demand_proven_gives_no_finding(
    own: OwnCatalogue, connection: duckdb.DuckDBPyConnection
) -> None:
    own.write(f"{OWN}/rules/a.yaml", DEMANDS + FIRST + SECOND + BEYOND)
    assert findings(own, connection) == []
    [norm] = [norm for norm in own.load().norms if norm.id == "S.1"]
    assert [demand.id for demand in norm.demands] == ["a", "b"]
    assert norm.aspects == ("design", "operation")
    assert norm.not_asked["existence"].en == "The norm only asks for a document."


def test_a_demand_that_only_a_test_beyond_the_norm_could_prove_is_an_error(
    own: OwnCatalogue, connection: duckdb.DuckDBPyConnection
) -> None:
    own.write(f"{OWN}/rules/a.yaml", DEMANDS + FIRST + BEYOND)
    assert [(severity, reason.split(";")[0]) for severity, _, reason in findings(own, connection)] == [
        ("error", "eis b (zin 2) wordt door geen toets bewezen die telt"),
        ("error", "werking telt mee en heeft geen toets"),
    ]


def test_a_test_that_can_never_be_strong_enough_is_an_error(
    own: OwnCatalogue, connection: duckdb.DuckDBPyConnection
) -> None:
    attested = SECOND.replace("type: recurring, kind: access_review, every: P1Y", "type: attested, max_age: P1Y")
    own.write(f"{OWN}/rules/a.yaml", DEMANDS + FIRST + attested)
    [(severity, subject, reason)] = findings(own, connection)
    assert (severity, subject) == ("error", "S.1-b")
    assert reason.startswith("kan niet slagen: het bewijs is hooguit volgens eigenaar, en nodig is gedocumenteerd")
    own.write(
        f"{OWN}/rules/a.yaml", DEMANDS + FIRST + attested.replace("proves: [b]", "proves: [b], min_basis: attested")
    )
    assert findings(own, connection) == []


def test_what_the_owner_states_can_only_pass_where_a_sample_is_drawn_from_the_list(
    own: OwnCatalogue, connection: duckdb.DuckDBPyConnection
) -> None:
    declared = (
        "      - {id: S.1-b, aspect: operation, proves: [b], type: ratio, kind: register_entry, about: [asset], "
        "good: \"attributes['risk_assessment'] = 'yes'\", nl: Goed., en: Good.}\n"
    )
    own.write(f"{OWN}/rules/a.yaml", DEMANDS + FIRST + declared)
    assert [reason.split(";")[0] for _, _, reason in findings(own, connection)] == [
        "kan niet slagen: het bewijs is hooguit opgegeven, en nodig is gedocumenteerd"
    ]
    sample = (
        "      - {id: S.1-c, aspect: operation, proves: [b], type: sampled, sample: asset, population: {kind: register_entry, "
        "about: [asset]}, nl: Goed., en: Good.}\n"
    )
    own.write(f"{OWN}/rules/a.yaml", DEMANDS + FIRST + declared + sample)
    assert findings(own, connection) == []
    [_, second] = demand_coverage(own.load(), OWN)
    assert (second.strongest, second.needs_a_person) == ("sampled", False)


def test_what_goes_beyond_the_norm_may_be_an_aspect_that_it_does_not_ask(
    own: OwnCatalogue, connection: duckdb.DuckDBPyConnection
) -> None:
    own.write(f"{OWN}/rules/a.yaml", DEMANDS + FIRST + SECOND + BEYOND.replace("operation", "existence"))
    assert findings(own, connection) == []


def test_a_frequency_is_not_a_parameter_when_only_a_test_beyond_the_norm_has_it(
    own: OwnCatalogue, connection: duckdb.DuckDBPyConnection
) -> None:
    own.write(f"{OWN}/norms.tsv", "id\ttitle_nl\tfrequency\nS.1\tEerste\tjaarlijks\n")
    own.write(f"{OWN}/rules/a.yaml", DEMANDS + FIRST + SECOND.replace("P1Y", "P3M") + BEYOND)
    assert [reason for _, _, reason in findings(own, connection)] == [
        "de norm zegt 'jaarlijks', maar geen toets heeft P1Y als parameter"
    ]


def test_one_sample_is_drawn_from_one_list_in_one_rhythm(
    own: OwnCatalogue, connection: duckdb.DuckDBPyConnection
) -> None:
    sample = (
        "      - {{id: {id}, aspect: operation, proves: [b], type: sampled, sample: lijst, population: {{kind: register_entry, "
        "about: [{about}]}}, nl: Goed., en: Good.}}\n"
    )
    text = DEMANDS + FIRST + sample.format(id="S.1-b", about="asset") + sample.format(id="S.1-c", about="supplier")
    own.write(f"{OWN}/rules/a.yaml", text)
    assert [(severity, subject, reason.split(";")[0]) for severity, subject, reason in findings(own, connection)] == [
        ("error", "S.1-c", "trekt steekproef 'lijst' uit een andere lijst of in een ander ritme dan S.1-b")
    ]


def test_a_test_that_proves_nothing_is_told(own: OwnCatalogue, connection: duckdb.DuckDBPyConnection) -> None:
    loose = SECOND.replace("S.1-b", "S.1-c").replace("proves: [b], ", "").replace("P1Y", "P6M")
    own.write(f"{OWN}/rules/a.yaml", DEMANDS + FIRST + SECOND + loose)
    assert findings(own, connection) == [
        ("warning", "S.1-c", "de toets bewijst geen eis; noem er een bij `proves`, of zet `beyond_norm: true`")
    ]


ATTESTED = "      - {id: S.1-c, aspect: operation, proves: [b], any_of: proef, type: attested, max_age: P1Y, nl: Goed., en: Good.}\n"


def test_of_a_group_one_test_that_can_be_strong_enough_will_do(
    own: OwnCatalogue, connection: duckdb.DuckDBPyConnection
) -> None:
    grouped = SECOND.replace("proves: [b],", "proves: [b], any_of: proef,")
    own.write(f"{OWN}/rules/a.yaml", DEMANDS + FIRST + grouped + ATTESTED)
    assert findings(own, connection) == []


def test_the_tests_of_a_group_prove_the_same_and_are_several(
    own: OwnCatalogue, connection: duckdb.DuckDBPyConnection
) -> None:
    other = SECOND.replace("proves: [b],", "proves: [a], any_of: proef,")
    own.write(f"{OWN}/rules/a.yaml", DEMANDS + FIRST + other + ATTESTED)
    assert [(severity, reason.split(";")[0]) for severity, _, reason in findings(own, connection)] == [
        ("error", "de toetsen van groep 'proef' bewijzen niet dezelfde eisen")
    ]
    own.write(f"{OWN}/rules/a.yaml", DEMANDS + FIRST + SECOND.replace("[b],", "[b], any_of: proef,"))
    assert [(severity, reason.split(";")[0]) for severity, _, reason in findings(own, connection)] == [
        ("warning", "is de enige toets van groep 'proef'")
    ]


@pytest.mark.parametrize(("all_demands", "severity"), [("", "note"), ("all_demands: true\n", "error")])
def test_a_norm_without_demands_is_an_error_where_the_framework_says_so(
    own: OwnCatalogue, connection: duckdb.DuckDBPyConnection, all_demands: str, severity: str
) -> None:
    own.write(f"{OWN}/framework.yaml", FRAMEWORK + all_demands)
    own.write(f"{OWN}/rules/a.yaml", 'rules:\n  - norm: "S.1"\n    tests:\n' + FIRST.replace("proves: [a], ", ""))
    assert [(one, reason.split(";")[0]) for one, _, reason in findings(own, connection)] == [
        (severity, "de norm heeft geen eisen")
    ]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (DEMANDS + FIRST.replace("[a]", "[a, z]"), "regel 9: proves: eis z van norm S.1 bestaat niet; wel: a, b"),
        (DEMANDS.replace("id: b", "id: a") + FIRST, "regel 5: eis 'a' van norm S.1 staat er al"),
        (DEMANDS.replace(", en: It is reviewed every year.", "") + FIRST, "regel 5: en ontbreekt"),
        (DEMANDS.replace("existence:", "speed:") + FIRST, "regel 6: not_asked: speed is geen aspect van norm S.1"),
        (
            DEMANDS.replace("    not_asked", "    own_reading: misschien\n    not_asked") + FIRST,
            "regel 6: own_reading is",
        ),
        (DEMANDS + FIRST.replace("design", "existence"), "norm S.1 kent dit aspect niet; wel: design, operation"),
        (DEMANDS + FIRST.replace("[a]", "[a], beyond_norm: true"), "een toets met beyond_norm bewijst geen eis"),
        (
            DEMANDS + FIRST.replace("proves: [a]", "beyond_norm: true, any_of: proef"),
            "een toets met beyond_norm telt niet mee",
        ),
    ],
)
def test_what_cannot_be_is_refused_with_its_line(own: OwnCatalogue, text: str, problem: str) -> None:
    assert any(problem in line for line in own.write(f"{OWN}/rules/a.yaml", text).problems())


def test_only_the_framework_itself_says_what_its_norms_demand(own: OwnCatalogue) -> None:
    own.write(
        "bio2-1.3/rules/a.yaml",
        'rules:\n  - norm: "5.09.01"\n    not_asked: {operation: {nl: Niet nodig., en: Not needed.}}\n    tests:\n'
        "      - {id: 5.09.01-eigen, aspect: design, type: current, kind: document, nl: Goed., en: Good.}\n",
    )
    [problem] = own.problems("bio2-1.3")
    assert "not_asked: wat norm 5.09.01 eist, zegt alleen het kader zelf" in problem


def test_the_coverage_counts_every_demand_once(own: OwnCatalogue) -> None:
    own.write(f"{OWN}/rules/a.yaml", DEMANDS + FIRST + SECOND + BEYOND)
    first, second = demand_coverage(own.load(), OWN)
    assert [test.id for test in (*first.tests, *second.tests)] == ["S.1-a", "S.1-b"]
    [total] = demand_totals(own.load())
    assert (total.norms, total.norms_with_demands, total.norms_proven, total.demands) == (2, 1, 1, 2)
    assert (total.strongest["documented"], total.strongest["measured"], total.unproven) == (1, 1, 0)
    own.write(f"{OWN}/rules/a.yaml", DEMANDS + SECOND)
    [total] = demand_totals(own.load())
    assert (total.norms_proven, total.unproven) == (0, 1)


def test_what_only_a_person_can_judge_is_counted(own: OwnCatalogue) -> None:
    reading = FIRST.replace(
        "type: current, kind: document",
        "type: content, kind: document, about: [backup_policy], elements: [scope], readers: [fg]",
    )
    own.write(f"{OWN}/rules/a.yaml", DEMANDS + reading + SECOND)
    assert [row.needs_a_person for row in demand_coverage(own.load(), OWN)] == [True, False]
    [total] = demand_totals(own.load())
    assert total.need_a_person == 1


def test_a_stored_catalogue_keeps_its_demands(own: OwnCatalogue, connection: duckdb.DuckDBPyConnection) -> None:
    catalogue = own.write(f"{OWN}/rules/a.yaml", DEMANDS + FIRST + SECOND + BEYOND).load()
    assert catalogue_from_json(catalogue_to_json(catalogue)) == catalogue
    store_catalogue(connection, catalogue)
    assert connection.execute(
        "SELECT demand_id, part, test_ids FROM reading.demand ORDER BY demand_order"
    ).fetchall() == [
        ("a", "zin 1", ["S.1-a"]),
        ("b", "zin 2", ["S.1-b"]),
    ]
    assert connection.execute("SELECT norm_id, aspect FROM reading.not_asked").fetchall() == [("S.1", "existence")]
    assert connection.execute("SELECT test_id FROM catalogue.test WHERE beyond_norm").fetchall() == [("S.1-c",)]


def test_every_test_of_a_packaged_norm_with_demands_proves_one_or_goes_beyond_it() -> None:
    catalogue = load_catalogue(("bio2-1.3", "digid-3.0"))
    with_demands = {(norm.framework_id, norm.id) for norm in catalogue.norms if norm.demands}
    loose = [
        test.id
        for test in catalogue.tests
        if (test.framework_id, test.norm_id) in with_demands and not (test.proves or test.beyond_norm or test.implicit)
    ]
    assert loose == []
