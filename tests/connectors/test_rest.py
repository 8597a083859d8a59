"""Paths, rules, paging and descriptions: what the REST connector makes of what it reads, and of what it is told."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from connectors import rest
from connectors.base import Connector, Context, TerminalError, TransientError, Window
from connectors.rest import InlineSettings, RestConnector, RestSettings
from connectors.tools.descriptions import System, system
from connectors.tools.mapping import Override, RecordMapping, Rule
from connectors.tools.paging import Tally
from connectors.tools.paths import MISSING, compiled, fill, find
from models.errors import CatalogueError, ConfigurationError
from models.kind import kinds, vocabularies
from models.record import Locator, Payload, Record
from tests.connectors.doubles import defectdojo
from tests.connectors.faults import FaultServer, Reply, Request, as_json
from tests.connectors.secret_words import SECRETS
from tests.connectors.vendors import (
    DOUBLES,
    NOW,
    Double,
    Glpi,
    Jira,
    JiraDataCenter,
    Redmine,
    RequestTracker,
    Servicenow,
    Topdesk,
    World,
    Zammad,
    tickets,
)

SYSTEMS = sorted(path.stem for path in (Path(rest.__file__).parent / "systems").glob("*.yaml"))
FACTORIES: list[type[RestConnector]] = [double.connector for double in DOUBLES]


def context(said: list[str] | None = None) -> Context:
    report = said.append if said is not None else lambda message: None
    return Context("voorbeeld", "meldingen", Path(), date(2026, 11, 20), SECRETS.__getitem__, report)


def made(kind: type[RestConnector], address: str = "https://example.nl", **settings: Any) -> RestConnector:
    given = {"address": address, "user": "GEBRUIKER", "token": "TOKEN", "backoff_seconds": 0.005, **settings}
    return kind(kind.Settings.model_validate(given), context())


def records(source: Connector, window: Window = Window()) -> list[Record]:  # noqa: B008
    return [record for payload in source.fetch(window) for record in source.read(payload)]


# Paths

DOCUMENT = {
    "status": {"name": "Open", "leeg": None},
    "labels": ["a", "b"],
    "custom_fields": [{"name": "Risico", "value": "hoog"}, {"name": "Leeg", "value": None}, {"id": 3, "value": ""}],
    "@links": {"next": [{"uri": "/x"}]},
    "a.b": 1,
    "15": "getal",
    "niets": None,
}


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("$", DOCUMENT),
        ("", DOCUMENT),
        ("status.name", "Open"),
        ("$.status.name", "Open"),
        ("status.leeg", None),
        ("status.leeg.dieper", None),
        ("status.ontbreekt", MISSING),
        ("ontbreekt.dieper", MISSING),
        ("niets.dieper[0]", None),
        ("labels", ["a", "b"]),
        ("labels[0]", "a"),
        ("labels[-1]", "b"),
        ("labels[7]", MISSING),
        ("labels.naam", MISSING),
        ("custom_fields[name=Risico].value", "hoog"),
        ("custom_fields[name=Leeg].value", None),
        ("custom_fields[id=3].value", ""),
        ("custom_fields[name=Ontbreekt].value", MISSING),
        ("custom_fields[*].value", ["hoog", None, ""]),
        ("custom_fields[*].name", ["Risico", "Leeg"]),
        ("@links.next[0].uri", "/x"),
        ('["@links"].next[0].uri', "/x"),
        ('["a.b"]', 1),
        ("15", "getal"),
        ("status[name=Open]", MISSING),
    ],
)
def test_paths(path: str, value: Any) -> None:
    assert find(DOCUMENT, path) == value or find(DOCUMENT, path) is value


@pytest.mark.parametrize("path", ["a[", "a]", "a[x", "a..b", "a.", 'a["b]'])
def test_paths_that_cannot_be_read(path: str) -> None:
    with pytest.raises(ValueError, match="is niet te lezen vanaf teken"):
        compiled(path)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=3),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
        max_leaves=12,
    ),
    st.sampled_from(["a", "a.b", "a[0]", "a[*].b", "a[b=c].a", "a.b[*]", "[0].a", "[*][*]"]),
)
def test_a_path_never_fails_whatever_the_document(document: Any, path: str) -> None:
    find(document, path)


def test_templates() -> None:
    given = {"base": "https://example.nl"}
    assert fill("{base}/x?nr={status.name}", DOCUMENT, given) == "https://example.nl/x?nr=Open"
    assert fill("{base}/{status.ontbreekt}", DOCUMENT, given) is None
    assert fill("{base}/{niets}", DOCUMENT, given) is None
    assert fill("{base}/{labels}", DOCUMENT, given) is None
    assert fill("{base}/{n}", {"n": "I 26/1"}, given, quoted=True) == "https://example.nl/I%2026%2F1"


# Rules


def mapped(rules: dict[str, Any], item: Any, timezone: str = "UTC") -> Record:
    mapping = RecordMapping(
        kinds()["ticket"], {name: Rule.model_validate(rule) for name, rule in rules.items()}, timezone, "https://x.nl"
    )
    return mapping.record("1", item, Locator(address="x"))


def test_absent_null_and_empty_are_three_things() -> None:
    rules = {
        "category": "c",
        "asset": {"path": "c", "absent": "problem"},
        "root_cause": {"path": "c", "absent": "nothing"},
    }
    absent = mapped(rules, {})
    assert absent.values == {"root_cause": None}
    assert [(p.field, p.column, p.value) for p in absent.problems] == [("asset", "c", "")]
    assert "staat niet in het antwoord" in absent.problems[0].expected
    for nothing in (None, "", "  ", []):
        given = mapped(rules, {"c": nothing})
        assert given.values == {"category": None, "asset": None, "root_cause": None}
        assert given.problems == []


def test_a_required_column_that_is_absent_is_a_problem() -> None:
    assert [problem.field for problem in mapped({"ticket_type": "soort"}, {}).problems] == ["ticket_type"]
    assert mapped({"category": "soort"}, {}).problems == []


def test_words_are_mapped_in_any_case() -> None:
    rule = {"path": "p", "values": {"Zeer  Hoog": "critical", "1": "high", "true": "medium", "geen": None}}
    for raw, code in (("zeer hoog", "critical"), (1, "high"), ("1", "high"), (True, "medium"), ("Geen", None)):
        assert mapped({"priority": rule}, {"p": raw}).values["priority"] == code
    unknown = mapped({"priority": rule}, {"p": "anders"})
    assert [problem.value for problem in unknown.problems] == ["anders"]
    assert "priority" not in mapped({"priority": {**rule, "other": "unknown"}}, {"p": "anders"}).values
    assert mapped({"priority": {**rule, "otherwise": "low"}}, {"p": "anders"}).values["priority"] == "low"
    refused = mapped({"state": {**rule, "other": "problem"}}, {"p": "anders"})
    assert "zeer hoog" in refused.problems[0].expected


def test_first_and_default_and_nothing() -> None:
    rule = {"first": ["a", "b"], "nothing": ["1970-01-01T00:00:00Z"]}
    assert mapped({"opened_at": rule}, {"a": None, "b": "2026-01-02T03:04:05Z"}).values["opened_at"] == datetime(
        2026, 1, 2, 4, 4, 5
    )
    assert mapped({"opened_at": rule}, {"a": "1970-01-01T00:00:00Z"}).values["opened_at"] is None
    assert mapped({"opened_at": rule}, {}).problems
    assert mapped({"ticket_type": {"path": "t", "default": "request"}}, {"t": None}).values["ticket_type"] == "request"
    assert mapped({"ticket_type": {"path": "t", "default": "request"}}, {}).values["ticket_type"] == "request"


@pytest.mark.parametrize(
    ("rule", "raw", "moment"),
    [
        ({}, "2026-07-01T12:00:00Z", datetime(2026, 7, 1, 14)),
        ({}, "2026-07-01T12:00:00.123+0200", datetime(2026, 7, 1, 12, 0, 0, 123000)),
        ({}, "2026-07-01T12:00:00", datetime(2026, 7, 1, 14)),
        ({"timezone": "Europe/Amsterdam"}, "2026-07-01 12:00:00", datetime(2026, 7, 1, 12)),
        ({"timezone": "America/New_York"}, "2026-07-01 12:00:00", datetime(2026, 7, 1, 18)),
        ({"format": "epoch-s"}, 1767225600, datetime(2026, 1, 1, 1)),
        ({"format": "epoch-ms"}, "1767225600000", datetime(2026, 1, 1, 1)),
        ({"format": "%d.%m.%Y %H:%M"}, "01.02.2026 03:04", datetime(2026, 2, 1, 4, 4)),
        ({}, "2026-07-01", datetime(2026, 7, 1)),
        ({"end_of_day": True}, "2026-07-01", datetime(2026, 7, 1, 23, 59, 59)),
    ],
)
def test_moments(rule: dict[str, Any], raw: Any, moment: datetime) -> None:
    record = mapped({"due_at": {"path": "d", **rule}}, {"d": raw})
    assert record.problems == []
    assert record.values["due_at"] == moment


@pytest.mark.parametrize(
    ("rule", "raw"),
    [
        ({}, "gisteren"),
        ({"format": "%d.%m.%Y"}, "2026-01-01"),
        ({"format": "epoch-s"}, "x"),
        ({"format": "epoch-s"}, 1e30),
    ],
)
def test_moments_that_are_none_are_problems(rule: dict[str, Any], raw: Any) -> None:
    assert [problem.field for problem in mapped({"due_at": {"path": "d", **rule}}, {"d": raw}).problems] == ["due_at"]


def test_only_and_unless() -> None:
    rules = {
        "resolved_at": {"path": "dicht", "unless": {"open": ["true"]}},
        "due_at": {"path": "dicht", "only": {"status": ["Gereed"]}},
    }
    day = "2026-01-01T00:00:00Z"
    assert mapped(rules, {"dicht": day, "open": True, "status": "bezig"}).values == {
        "resolved_at": None,
        "due_at": None,
    }
    both = mapped(rules, {"dicht": day, "open": False, "status": "gereed"}).values
    assert both == {"resolved_at": datetime(2026, 1, 1, 1), "due_at": datetime(2026, 1, 1, 1)}
    assert mapped(rules, {"dicht": day}).values == {"resolved_at": datetime(2026, 1, 1, 1)}  # status was not told


def test_labels_are_collected() -> None:
    rule = {"collect": ["labels", "custom_fields[*].value", "niets", "ontbreekt"]}
    assert mapped({"labels": rule}, DOCUMENT).values["labels"] == ["a", "b", "hoog"]
    assert mapped({"labels": {"collect": ["niets"]}}, DOCUMENT).values["labels"] is None
    assert "labels" not in mapped({"labels": {"collect": ["ontbreekt"]}}, DOCUMENT).values


@pytest.mark.parametrize(
    "rule",
    [{}, {"path": "a", "constant": "b"}, {"path": "a["}, {"path": "a", "timezone": "Mars/Olympus"}, {"pad": "a"}],
)
def test_rules_that_cannot_be(rule: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Rule.model_validate(rule)


def test_an_override_lies_over_a_rule_or_replaces_it() -> None:
    rule = Rule.model_validate({"path": "a", "values": {"x": "low"}, "other": "unknown"})
    over = Override.model_validate({"values": {"Y": "high"}}).over(rule)
    assert (over.path, over.values, over.other) == ("a", {"x": "low", "y": "high"}, "unknown")
    replaced = Override.model_validate("b.c").over(rule)
    assert (replaced.path, replaced.values, replaced.other) == ("b.c", {}, "keep")


# Completeness


def test_a_tally_knows_when_it_is_short() -> None:
    tally = Tally()
    tally.add(["1", "2"], 3)
    assert tally.shaken
    with pytest.raises(TransientError, match="2 van de 3"):
        tally.check("bron")
    tally.add(["3", "3"], 3)
    tally.check("bron")
    assert not tally.shaken
    Tally().check("bron")


# Descriptions


@pytest.mark.parametrize("name", SYSTEMS)
def test_the_description_of_a_known_system_holds(name: str) -> None:
    found = system(name)
    assert found.contract.startswith("https://")
    for resource in found.resources:
        assert resource.incremental is not None or name == "defectdojo"  # which cannot be asked for changes
        vocabulary = {column.name: column.vocabulary for column in kinds()[resource.kind].columns}
        for column, rule in resource.fields.items():
            words = vocabulary.get(column)
            if words is None:
                continue
            terms = vocabularies()[words].terms
            codes = {code for code in (*rule.values.values(), rule.otherwise, rule.default, rule.constant) if code}
            assert codes <= set(terms), f"{name}.{resource.name}.{column}"
        if resource.select and not resource.select.indexed:
            needed = {path.split(".")[0].split("[")[0] for rule in resource.fields.values() for path in paths_of(rule)}
            asked = {word.split(".")[0] for word in resource.select.names}
            implied = {"fields", "id", "key"}  # Jira's envelope, and what is always given
            assert needed - implied <= asked | {"fields"}, f"{name}.{resource.name}"


def paths_of(rule: Rule) -> Iterator[str]:
    yield from ((rule.path,) if rule.path else ())
    yield from (*rule.first, *rule.collect, *rule.only, *rule.unless)


def test_every_known_system_has_a_connector() -> None:
    assert sorted([*(factory.description for factory in FACTORIES), *rest.BY_NAME]) == SYSTEMS
    for factory in FACTORIES:
        assert factory.name == factory.description
        assert factory.summary_nl


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"resources": ["bestaat_niet"]}, "er zijn: incidents, changes"),
        ({"sign_in": "kerberos"}, "application_password"),
        ({"mapping": {"prioriteit": "x"}}, "prioriteit"),
        ({"mapping": {"priority": {"pad": "x"}}}, "pad"),
        ({"custom": {"oorzaak": "x"}}, "oorzaak"),
    ],
)
def test_settings_that_cannot_be(settings: dict[str, Any], said: str) -> None:
    with pytest.raises((ConfigurationError, CatalogueError), match=said):
        made(rest.TopdeskConnector, **settings)


def test_a_description_must_say_what_the_kind_requires() -> None:
    resource = {"name": "x", "kind": "ticket", "path": "/x", "key": ["id"], "fields": {"title": "t"}}
    with pytest.raises(ValidationError, match="ticket_type, opened_at"):
        System.model_validate({"resources": [resource]})
    with pytest.raises(ValidationError, match="soort bewijs"):
        System.model_validate({"resources": [{**resource, "kind": "tiket"}]})


# A system that only the configuration knows

INLINE = """
address: {address}
token: TOKEN
backoff_seconds: 0.005
system:
  sign_in: {{key: {{kind: header, header: X-Api-Key}}}}
  timezone: UTC
  resources:
    - name: besluiten
      kind: decision
      path: /besluiten
      records: data.items
      paging: {{style: cursor, size: 2, size_param: n, cursor: data.verder, cursor_param: vanaf}}
      key: [nummer]
      fields:
        title: onderwerp.tekst
        body: {{path: orgaan, values: {{bw: board, rd: council}}}}
        decided_on: datum
        has_risk_paragraph: risico
        reference: {{template: "Z-{{nummer}}"}}
"""


def test_a_new_system_in_configuration_only() -> None:
    items = [
        {
            "nummer": n,
            "onderwerp": {"tekst": f"Besluit {n}"},
            "orgaan": "bw" if n % 2 else "rd",
            "datum": f"2026-0{n}-01",
            "risico": n > 2,
        }
        for n in range(1, 6)
    ]

    def reply(request: Request) -> Reply:
        start = int(request.query.get("vanaf", "0"))
        verder = str(start + 2) if start + 2 < len(items) else None
        return as_json({"data": {"items": items[start : start + 2], "verder": verder}})

    with FaultServer(reply) as server:
        settings = InlineSettings.model_validate(yaml.safe_load(INLINE.format(address=server.address)))
        source = RestConnector(settings, context())
        found = records(source)
        assert source.kinds == ("decision",)
        assert not source.incremental
        assert server.requests[0].headers["x-api-key"] == SECRETS["TOKEN"]
    assert [record.key for record in found] == ["1", "2", "3", "4", "5"]
    assert found[2].values == {
        "title": "Besluit 3",
        "body": "board",
        "decided_on": date(2026, 3, 1),
        "has_risk_paragraph": True,
        "reference": "Z-3",
    }
    assert found[2].locator.address == f"{server.address}/besluiten#data.items[0]"


@pytest.mark.parametrize("verder", ["https://elders.example.nl/besluiten?p=2", "//elders.example.nl/x"])
def test_a_next_link_to_another_host_is_refused(verder: str) -> None:
    content = yaml.safe_load(INLINE.format(address="http://127.0.0.1:1"))
    content["system"]["resources"][0]["paging"] = {"style": "next", "next": "data.verder"}

    def reply(request: Request) -> Reply:
        return as_json({"data": {"items": [{"nummer": 1}], "verder": verder}})

    with FaultServer(reply) as server, pytest.raises(TerminalError, match=r"elders\.example\.nl"):
        records(RestConnector(InlineSettings.model_validate({**content, "address": server.address}), context()))


def test_a_next_link_without_a_host_is_resolved() -> None:
    content = yaml.safe_load(INLINE.format(address="http://127.0.0.1:1"))
    content["system"]["resources"][0]["paging"] = {"style": "next", "next": "data.verder"}

    def reply(request: Request) -> Reply:
        page = int(request.query.get("p", "1"))
        return as_json({"data": {"items": [{"nummer": page}], "verder": f"?p={page + 1}" if page < 3 else ""}})

    with FaultServer(reply) as server:
        source = RestConnector(
            InlineSettings.model_validate({**content, "address": f"{server.address}/api"}), context()
        )
        assert [record.key for record in records(source)] == ["1", "2", "3"]
        assert [request.target for request in server.requests] == [
            "/api/besluiten",
            "/api/besluiten?p=2",
            "/api/besluiten?p=3",
        ]


def test_a_search_by_post_sends_its_parameters_in_the_body() -> None:
    content = yaml.safe_load(INLINE.format(address="http://127.0.0.1:1"))
    content["system"]["resources"][0] |= {"method": "POST", "params": {"soort": "alle"}}
    bodies = []

    def reply(request: Request) -> Reply:
        bodies.append(request.body)
        return as_json({"data": {"items": [], "verder": None}})

    with FaultServer(reply) as server:
        assert (
            records(RestConnector(InlineSettings.model_validate({**content, "address": server.address}), context()))
            == []
        )
    assert bodies == [b'{"soort": "alle", "n": "2"}']


def test_another_kind_of_answer_is_refused_with_advice() -> None:
    with answering(Redmine, lambda request: as_json({"fout": "nee"})) as server:
        with pytest.raises(TerminalError, match="geen lijst op de plaats 'issues'") as caught:
            records(made(rest.RedmineConnector, server.address))
        assert "meldingen" in caught.value.place


def test_records_without_a_key_come_without_one() -> None:
    pages = [[{"id": None, "title": "x"}, {"title": "y"}], []]
    with answering(Zammad, lambda request: as_json(pages[int(request.query["page"]) - 1])) as server:
        found = records(made(rest.ZammadConnector, server.address))
    assert [record.key for record in found] == [None, None]


# What each system is asked, and what an organisation may change


def served(double: Double) -> FaultServer:
    return FaultServer(double.reply, counts=double.counts)


def answering(double: type[Double], reply: Callable[[Request], Reply]) -> FaultServer:
    """A server that knows who is signed in as `double` does, and answers the rest by `reply`."""
    path, account = double.account
    return FaultServer(lambda request: as_json(account) if request.path == path else reply(request))


@pytest.mark.parametrize("double", DOUBLES, ids=lambda double: double.__name__)
def test_a_key_that_is_no_longer_known_fails_the_source(double: type[Double]) -> None:
    """Whatever the system does with it: Redmine goes on with what a visitor may see."""
    system_ = double(World(tickets(3)))
    settings = {**double.settings, "attempts": 1}
    with served(system_) as server:
        assert len(records(made(double.connector, server.address, **settings))) == 3
        system_.revoked = True
        with pytest.raises(TerminalError, match=r"weigert de aanmelding|ziet ons als bezoeker") as caught:
            records(made(double.connector, server.address, **settings))
    assert caught.value.advice


def test_who_is_a_visitor_by_name_is_not_signed_in() -> None:
    guest = {"result": {"user_sys_id": "5136503cc611227c0183e96598c4f706", "user_name": "guest"}}
    with (
        FaultServer(lambda request: as_json(guest)) as server,
        pytest.raises(TerminalError, match="ziet ons als bezoeker"),
    ):
        records(made(rest.ServicenowConnector, server.address))


def test_every_known_system_has_its_question() -> None:
    assert [name for name in SYSTEMS if system(name).signed_in is None] == []


def test_the_address_may_hold_the_base_already() -> None:
    system_ = Topdesk(World(tickets(3)))
    with served(system_) as server:
        found = records(made(rest.TopdeskConnector, f"{server.address}/tas/api/", resources=["incidents"]))
        assert len(found) == 3
        assert (
            found[0].values["url"]
            == f"{server.address}/tas/secure/incident?action=lookup&lookup=naam&lookupValue=I%202611%20001"
        )


def test_filter_params_and_custom_fields_are_asked_for() -> None:
    system_ = Topdesk(World(tickets(3)))
    with served(system_) as server:
        source = made(
            rest.TopdeskConnector,
            server.address,
            resources=["incidents"],
            filter="category.name==Beveiliging",
            params={"sort": "creationDate:asc"},
            custom={"root_cause": "optionalFields1.text1"},
            mapping={"incidents.category": "subcategory.name"},
        )
        found = records(source, Window(since=NOW - timedelta(days=9)))
        query = server.requests[-1].query
    since = (NOW - timedelta(days=9, minutes=10)).strftime("%Y-%m-%dT%H:%M:%SZ")
    assert query["query"] == f"(category.name==Beveiliging);modificationDate=ge={since}"
    assert query["fields"].endswith(",optionalFields1")
    assert found[0].values["category"] == "Toegang"
    assert "root_cause" not in found[0].values  # the double has no such field: unknown


def test_redmine_custom_fields() -> None:
    with served(Redmine(World(tickets(3)))) as server:
        found = records(
            made(rest.RedmineConnector, server.address, custom={"asset": "Risico", "root_cause": "Oorzaak"})
        )
    assert {record.values["asset"] for record in found} == {"hoog"}
    assert {record.values["root_cause"] for record in found} == {None}  # empty: there is none


def test_request_tracker_custom_fields_and_dates_that_are_not_set() -> None:
    with served(RequestTracker(World(tickets(6)))) as server:
        found = records(made(rest.RequestTrackerConnector, server.address, custom={"root_cause": "Oorzaak"}))
    assert {record.values["root_cause"] for record in found} == {"Phishing"}
    assert [record.values["resolved_at"] is None for record in found] == [True, True, False, True, True, False]
    assert [record.values["due_at"] is None for record in found] == [False, False, True, False, False, True]


def test_a_reopened_issue_is_not_resolved() -> None:
    double = Redmine(World(tickets(3)))
    double.world.tickets[2].state = "in_progress"  # closed_on stays behind
    with served(double) as server:
        found = records(made(rest.RedmineConnector, server.address))
    assert found[2].values["resolved_at"] is None
    assert found[2].values["state"] == "in_progress"


@pytest.mark.parametrize(
    ("status", "is_resolved"),
    [
        ({"id": 5, "name": "Closed"}, True),
        ({"id": 5, "name": "Afgewezen"}, True),
        ({"id": 2, "name": "In Progress"}, False),
        ({"id": 9, "name": "Heropend"}, False),  # a word of their own: then it is not known to be closed
        ({"id": 9, "name": "Klaar voor archief", "is_closed": True}, True),
        ({"id": 5, "name": "Closed", "is_closed": False}, False),
    ],
)
def test_redmine_3_and_4_do_not_say_whether_a_status_is_closed(status: dict[str, Any], is_resolved: bool) -> None:
    double = Redmine(World(tickets(3)))
    plain = double.item
    double.item = lambda ticket: {**plain(ticket), "status": status}  # type: ignore[method-assign]
    with served(double) as server:
        found = records(made(rest.RedmineConnector, server.address))
    assert (found[2].values["resolved_at"] is not None) is is_resolved


def test_jira_data_center_is_read_by_its_description() -> None:
    double = JiraDataCenter(World(tickets(5)))
    with served(double) as server:
        source = made(RestConnector, server.address, system="jira_data_center", page_size=2, filter="project = IB")
        found = records(source)
        asked = server.requests[-1].query
    assert [record.key for record in found] == [double.key(ticket) for ticket in double.world.tickets]
    assert (asked["startAt"], asked["jql"]) == (
        "4",
        'created >= "1990-01-01" AND (project = IB) ORDER BY created ASC, key ASC',
    )
    assert found[2].values["resolved_at"] is not None
    double.revoked = True
    with served(double) as server, pytest.raises(TerminalError, match="weigert de aanmelding"):
        records(made(RestConnector, server.address, system="jira_data_center"))


def test_defectdojo_is_read_by_its_description() -> None:
    with FaultServer(defectdojo.reply) as server:
        source = made(RestConnector, server.address, **defectdojo.SYSTEM)
        found = records(source)
    assert [record.key for record in found] == ["1", "2", "3", "4"]  # a duplicate is that of another
    first, mitigated, accepted, least = (record.values for record in found)
    assert [first[name] for name in ("finding_type", "severity", "score", "asset", "origin", "state")] == [
        "vulnerability", "critical", 9.8, "zaaksysteem", "ZAP Scan", "open",
    ]  # fmt: skip
    assert first["due_at"] == datetime(2026, 11, 8, 23, 59, 59)
    assert (mitigated["state"], mitigated["resolved_at"]) == ("resolved", datetime(2026, 11, 5, 13, 0, 0, 123456))
    assert (accepted["state"], accepted["resolved_at"]) == ("open", None)  # who may accept it, is judged here
    assert (least["severity"], least["due_at"]) == ("info", None)
    assert "scan" not in source.kinds  # that something was looked at it does not say


def test_a_system_that_is_not_described_is_no_name() -> None:
    with pytest.raises(ValidationError):
        made(RestConnector, system="jira_onbekend")


def test_glpi_writes_signs_as_html_does() -> None:
    double = Glpi(World(tickets(1)))
    plain = double.reply

    def written(request: Request) -> Reply:
        reply = plain(request)
        text = reply.body.replace(b"Software > Zaaksysteem", b"Software &#62; Zaak &#38; Co")
        return replace(reply, body=text)

    with FaultServer(written, counts=double.counts) as server:
        (record,) = records(made(rest.GlpiConnector, server.address, app_token="APP", resources=["tickets"]))
    assert record.values["category"] == "Software > Zaak & Co"
    assert "&" not in str(record.values["title"]).replace("& Co", "")


def test_jira_days_and_labels() -> None:
    with served(Jira(World(tickets(3)))) as server:
        found = records(made(rest.JiraConnector, server.address, filter="project = IB"))
        assert server.requests[-1].query["jql"] == (
            'created >= "1990-01-01" AND (project = IB) ORDER BY created ASC, key ASC'
        )
    assert found[0].values["due_at"].time().isoformat() == "23:59:59"
    assert found[2].values["labels"] == ["root_cause_analysis", "zaaksysteem"]
    assert found[0].values["ticket_type"] == "incident"


def test_zammad_reads_changes_only_on_request() -> None:
    assert not made(rest.ZammadConnector).incremental
    assert made(rest.ZammadConnector, incremental=True).incremental
    assert made(rest.TopdeskConnector).incremental
    assert not made(rest.TopdeskConnector, incremental=False).incremental
    with served(Zammad(World(tickets(3)))) as server:
        records(made(rest.ZammadConnector, server.address))
        assert {request.path for request in server.requests} == {"/api/v1/users/me", "/api/v1/tickets"}


def test_glpi_opens_and_closes_its_session() -> None:
    double = Glpi(World(tickets(3)))
    with served(double) as server:
        records(made(rest.GlpiConnector, server.address, app_token="APP", resources=["tickets"]))
        assert double.sessions.made == 1
        assert double.sessions.open == set()
    with served(double) as server, pytest.raises(TerminalError, match="ERROR_APP_TOKEN"):
        records(made(rest.GlpiConnector, server.address, resources=["tickets"]))


def test_glpi_signs_in_with_a_password() -> None:
    seen: list[str] = []

    def reply(request: Request) -> Reply:
        seen.append(request.headers.get("authorization", ""))
        if request.path.endswith("initSession"):
            return as_json({"session_token": "sessie-token-9876"})
        return as_json({"totalcount": 0, "count": 0})

    with answering(Glpi, reply) as server:
        source = made(rest.GlpiConnector, server.address, sign_in="password", resources=["tickets"])
        assert records(source) == []
    assert seen[0].startswith("Basic ")
    assert not any(seen[1:])


def test_glpi_problems_and_tickets_with_one_number_are_two_records() -> None:
    double = Glpi(World(tickets(2)))

    def reply(request: Request) -> Reply:
        request.path = request.path.replace("Problem", "Ticket").replace("Change", "Ticket")
        return double.reply(request)

    with FaultServer(reply) as server:
        found = records(made(rest.GlpiConnector, server.address, app_token="APP"))
    assert sorted(record.key or "" for record in found) == [
        "Change 1", "Change 2", "Problem 1", "Problem 2", "Ticket 1", "Ticket 2",
    ]  # fmt: skip
    assert [r.values["ticket_type"] for r in found] == ["incident"] * 2 + ["change"] * 2 + ["problem"] * 2


def test_servicenow_fewer_rows_than_the_total_is_a_lack_of_rights() -> None:
    world = World(tickets(37), total=lambda real, call: real + 3)
    with served(Servicenow(world)) as server, pytest.raises(TransientError, match="leesrechten op alles"):
        records(made(rest.ServicenowConnector, server.address, resources=["incidents"], page_size=10))


CHANGE = {
    # field names: parameters that the Change Management API documents for query and fields of operatorChanges
    "id": "c1",
    "number": "C 2611 001",
    "briefDescription": "Nieuwe firewallregels",
    "changeType": "extensive",
    "phase": "evaluation",
    "category": {"name": "Netwerk"},
    "subcategory": None,
    "priority": {"name": "P2"},
    "object": {"name": "Firewall"},
    "creationDate": "2026-11-01T09:00:00Z",
    "requestDate": None,
    "modificationDate": "2026-11-02T09:00:00Z",
    "simple": None,
    "phases": {
        "progress": {"plannedEndDate": "2026-11-20T17:00:00Z", "endDate": "2026-11-15T10:00:00Z"},
        "evaluation": {"endDate": None},
        "rfc": {"rejectedDate": None},
    },
    "canceled": None,
}


def test_topdesk_changes() -> None:
    closed = {**CHANGE, "id": "c2", "phase": "closed"}
    simple = {
        **CHANGE,
        "id": "c3",
        "changeType": "simple",
        "phase": "closed",
        "simple": {"closedDate": "2026-11-05T08:00:00Z"},
    }

    def reply(request: Request) -> Reply:
        assert request.query["pageStart"] == "0"
        return as_json({"results": [CHANGE, closed, simple]})

    with answering(Topdesk, reply) as server:
        found = records(made(rest.TopdeskConnector, server.address, resources=["changes"]))
    assert [record.problems for record in found] == [[], [], []]
    first, second, third = (record.values for record in found)
    assert first["ticket_type"] == "change"
    assert first["opened_at"] == datetime(2026, 11, 1, 10)
    assert first["due_at"] == datetime(2026, 11, 20, 18)
    assert (first["resolved_at"], first["state"], first["asset"]) == (None, "in_progress", "Firewall")
    assert (second["resolved_at"], second["state"]) == (datetime(2026, 11, 15, 11), "closed")
    assert third["resolved_at"] == datetime(2026, 11, 5, 9)


def test_a_page_that_is_not_json_cannot_be_read() -> None:
    source = made(rest.RedmineConnector)
    with pytest.raises(TerminalError, match="geen leesbare JSON"):
        list(source.read(Payload("issues-00001", "application/json", content=b"{")))


def test_settings_of_a_known_system_have_no_inline_description() -> None:
    with pytest.raises(ValidationError):
        RestSettings.model_validate({"address": "https://a.nl", "system": {}})
