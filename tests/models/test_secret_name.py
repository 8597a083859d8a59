"""A secret where its name belongs, or anywhere else in ensia.yaml, is refused and shown nowhere."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest

from connectors.base import connectors
from flows.collect import build
from flows.installation import Member
from models.configuration import parse_configuration
from models.errors import ConfigurationError
from models.secret_name import holds_secret, secret_name

HEAD = "organisation: {id: duinrand, name: Gemeente Duinrand}\n"
# Made up, in the forms that their makers publish.
TOKENS = [
    "geheim-wachtwoord-123", "Welkom2026!", "WELKOM2026", "hunter2", "A1B2C3D4E5", "AKIAIOSFODNN7EXAMPLE",
    "9F86D081884C7D659A2FEAA0C55AD015", "SLEUTEL_9F86D081884C7D659A2F", "ghp_" + "a1B2" * 9, "glpat-" + "x" * 20,
    "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl", "https://example.nl/hook/abc", "prefect:Welkom2026!", " SLEUTEL",
    "SLEUTEL\nX", "1SLEUTEL", "een naam",
]  # fmt: skip
NAMES = [
    "TOPDESK_TOKEN",
    "PATH",
    "JIRA2_API_TOKEN",
    "KOPPELING",
    "ENSIA_SERVICENOW_CLIENT_SECRET_2026",
    "prefect:topdesk-token",
]


@pytest.mark.parametrize("name", NAMES)
def test_a_name_is_taken(name: str) -> None:
    assert secret_name(name) == name


@pytest.mark.parametrize("token", [*TOKENS, 12345678, ["TOPDESK_TOKEN"], {"a": 1}, True])
def test_what_cannot_be_a_name_is_refused_without_showing_it(token: object) -> None:
    with pytest.raises(ValueError, match="verwacht: ") as caught:
        secret_name(token)
    assert str(token) not in str(caught.value)


@pytest.mark.parametrize("token", TOKENS)
@pytest.mark.parametrize(
    "text",
    [
        "pseudonym_key: {}",
        "digest: {{recipients: [{{owners: ['*'], webhook: {}}}]}}",
        "digest: {{mail: {{host: mail, sender: a@b.nl, username: {}, password: MAIL_WACHTWOORD}}, recipients: [{{owners: ['*'], email: a@b.nl}}]}}",
        "digest: {{mail: {{host: mail, sender: a@b.nl, username: MAIL_NAAM, password: {}}}, recipients: [{{owners: ['*'], email: a@b.nl}}]}}",
    ],
)  # fmt: skip
def test_no_setting_of_the_file_itself_takes_a_secret(text: str, token: str) -> None:
    refused(HEAD + text.format(repr(token).replace("\\n", " ")), token)


def refused(text: str, token: str) -> str:
    with pytest.raises(ConfigurationError, match="regel") as caught:
        parse_configuration(text, "ensia.yaml")
    assert token not in str(caught.value)
    return str(caught.value)


SETTINGS = {
    "topdesk": ["address: https://topdesk.example.nl", "user: {}"],
    "jira": ["address: https://jira.example.nl", "user: JIRA_USER, token: {}"],
    "glpi": ["address: https://glpi.example.nl", "app_token: {}"],
    "moodle": ["address: https://moodle.example.nl", "courses: {{7: awareness}}, token: {}"],
    "ciso_assistant": ["address: https://ciso.example.nl", "token: {}"],
    "webdav": ["address: https://cloud.example.nl", "files: '*.xlsx', spreadsheet: {{kind: risk, number: Nr}}, token: {}"],
    "sharepoint": ["site: 'example.sharepoint.com:/sites/x', tenant: t", "files: '*.xlsx', spreadsheet: {{kind: risk, number: Nr}}, user: {}"],
    "microsoft_graph": ["tenant: t", "token: {}"],
    "internet_nl": ["file: x.json", "user: {}"],
    "wazuh": ["server: {{address: 'https://wazuh.example.nl', user: WAZUH_USER, token: {}}}"],
}  # fmt: skip


def test_every_connector_that_asks_for_a_secret_is_looked_at() -> None:
    asking = {
        name
        for name, load in connectors().items()
        if {"token", "user", "server"} & set(load().Settings.model_fields)
    }  # fmt: skip
    described = {"rest", "servicenow", "zammad", "redmine", "request_tracker", "roundup"}  # the settings of topdesk
    assert asking - described == set(SETTINGS)


@pytest.mark.parametrize("name", SETTINGS)
def test_no_connector_takes_a_secret_for_its_name(name: str) -> None:
    for token in TOKENS:
        settings = ", ".join(SETTINGS[name]).format(repr(token).replace("\\n", " "))
        text = HEAD + f"sources:\n  - {{id: bron, connector: {name}, {settings}}}\n"
        with pytest.raises(ConfigurationError, match=r"ensia\.yaml, .*regel 3") as caught:
            _build_all(text)
        assert token not in str(caught.value)
        assert re.search(r"(user|token): verwacht: |bevat een wachtwoord of token", str(caught.value))


def _build_all(text: str) -> None:
    """What `ensia check` does with the sources of a file."""
    configuration = parse_configuration(text, "ensia.yaml")
    assert configuration.organisation is not None
    member = Member(configuration.organisation, configuration.sources, Path(), configuration.pseudonym_key)
    for source in configuration.sources:
        build(member, source, date(2026, 11, 20))


SECRET = "s3cr3tWaarde99"
ANYWHERE = [
    f"address: 'https://koppeling:{SECRET}@topdesk.example.nl'",
    f"address: 'https://topdesk.example.nl/?token={SECRET}'",
    f"link: 'https://topdesk.example.nl/x?a=1&api_key={SECRET}'",
    f"link: 'https://opslag.example.nl/x?sv=1&sig={SECRET}'",
    f"system: {{headers: {{Authorization: {SECRET}}}}}",
    f"system: {{headers: {{X-Api-Key: {SECRET}}}}}",
    f"system: {{headers: {{Cookie: 'sessie={SECRET}'}}}}",
    f"system: {{resources: [{{params: {{access_token: {SECRET}}}}}]}}",
    f"params: {{password: {SECRET}}}",
    f"headers: {{X-Info: 'Bearer {SECRET}'}}",
    f"filter: 'Basic {SECRET}=='",
    f"title: 'token is ghp_{SECRET * 2}'",
    f"note: '-----BEGIN RSA PRIVATE KEY----- {SECRET}'",
]


@pytest.mark.parametrize("setting", ANYWHERE)
def test_a_secret_that_can_be_recognised_is_refused_wherever_it_stands(setting: str) -> None:
    message = refused(HEAD + f"sources:\n  - id: bron\n    connector: rest\n    {setting}\n", SECRET)
    assert "regel 5: sources.0." in message


@pytest.mark.parametrize(
    "text",
    [
        "https://topdesk.example.nl", "{base}/meldingen?token={id}", "Token token={token}", "Basic authenticatie", "beheer@example.nl",
        "sysparm_query=assignment_group=8a5b0c1d2e3f405162738495a6b7c8d9", "updated_at:[{since} TO *]", "Wachtwoordbeleid 2026",
        "exports/risico's (2026)/*.xlsx", "https://wiki.example.nl/index.php?key=beleid&code=12", "Bearer van het systeem",
        "3f2504e0-4f89-11d3-9a0c-0305e82c3301", "custom_fields[name=Risico].value", "P1Y", "https://example.nl:8443/pad@2x",
    ],
)  # fmt: skip
def test_what_is_no_secret_is_left_alone(text: str) -> None:
    assert not holds_secret(text)


def test_the_headers_of_known_systems_are_no_secrets() -> None:
    text = (
        HEAD
        + "sources:\n  - {id: b, connector: rest, headers: {X-Requested-With: rest, Accept: text/json, Authorization: 'Bearer {token}'}, params: {sort: id, orderby: key}}\n"
    )
    assert parse_configuration(text, "ensia.yaml").sources[0].options["params"] == {"sort": "id", "orderby": "key"}


@pytest.mark.parametrize("value", ["[Welkom2026, x]", "{a: Welkom2026}", "Welkom2026"])
def test_a_mistake_in_a_setting_never_shows_what_may_be_a_secret(value: str) -> None:
    text = HEAD + f"digest: {{mail: {value}, recipients: [{{owners: ['*'], email: a@b.nl}}]}}"
    with pytest.raises(ConfigurationError) as caught:
        parse_configuration(text, "ensia.yaml")
    if value != "Welkom2026":
        assert "Welkom2026" not in str(caught.value)
