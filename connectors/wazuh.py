"""Reads from Wazuh which vulnerabilities its agents see, which configuration checks fail, and how many agents report.

APIs: Wazuh server API 4.x (POST /security/user/authenticate, GET /agents, /sca/{agent}, /sca/{agent}/checks/{policy})
and Wazuh indexer (index wazuh-states-vulnerabilities-*, fields of the 4.8+ and 5.0 documentation), read with
scrolling.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from typing import Any

from pydantic import Field, model_validator

from connectors.base import Connector, Settings, SourceError, TransientError, Window
from connectors.tools.answers import Answer
from connectors.tools.api import Part, Service, by_offset, json_payload, require_account, whole
from connectors.tools.connection import HttpSettings
from connectors.tools.credentials import Authorization, lacking_secrets, needed
from connectors.tools.findings import (
    LEAST,
    LeftOut,
    Severity,
    dig,
    from_iso,
    json_array,
    json_object,
    key_of,
    load_kept,
    moment_of,
    name_at,
    number,
    other_shape,
    record_of,
    scalar,
    scan_of,
    severe_enough,
    severity_of,
)
from connectors.tools.values import shown
from models.errors import TextError
from models.message import Text, message
from models.record import Locator, Payload, Record

_SIGN_IN = Authorization(kind="basic")
_PAGE = 500  # server API: default and largest recommended `limit`
_SCROLL = 1000
_AGENTS = "agents.json"
_VISITORS = frozenset({"opendistro_security_anonymous"})  # who is not signed in, where the indexer allows that
# What is kept of a vulnerability document: no host addresses, no package descriptions
_FIELDS = [
    "agent.id", "agent.name", "wazuh.agent.id", "wazuh.agent.name", "package.name", "package.version",
    "vulnerability.id", "vulnerability.severity", "vulnerability.score", "vulnerability.detected_at",
    "vulnerability.reference",
]  # fmt: skip


class WazuhSettings(Settings):
    """`server`: the server API (port 55000). `indexer`: the indexer (port 9200). Each with address, user and token
    (names of environment variables with account and password); at least one. `configuration`: whether failed
    configuration checks (SCA) are read from the server."""

    server: HttpSettings | None = None
    indexer: HttpSettings | None = None
    configuration: bool = True
    minimum_severity: Severity = "low"
    index: str = Field("wazuh-states-vulnerabilities-*", pattern=r"^[a-z0-9*._-]+$")

    @model_validator(mode="after")
    def _at_least_one(self) -> WazuhSettings:
        if self.server is None and self.indexer is None:
            raise TextError(message("wazuh.one_of"))
        return self


class WazuhConnector(Connector):
    """Yields kinds finding (vulnerability, configuration) and measurement (configuration_score per agent and policy,
    agent_coverage: share of the agents that report)."""

    name = "wazuh"
    summary_nl = "Wazuh: kwetsbaarheden, configuratiecontroles (SCA) en dekking van de agents"
    Settings = WazuhSettings

    @property
    def kinds(self) -> tuple[str, ...]:
        return ("finding", "measurement", "scan")

    def lacking(self) -> Iterator[Text]:
        for part in (self.settings.server, self.settings.indexer):
            if part is not None:
                yield from lacking_secrets(needed(_SIGN_IN), part)

    def fetch(self, window: Window) -> Iterator[Payload]:
        if self.settings.server is not None:
            with self._signed_in(self.settings.server) as server:
                yield from self._server(server)
        if self.settings.indexer is not None:
            with Service(self.settings.indexer, self.context, _SIGN_IN) as indexer:
                self._prove_account(indexer)
                yield from self._indexer(indexer)

    def _signed_in(self, settings: HttpSettings) -> Service:
        """The server API gives a token for 15 minutes (`data.token`) to who posts with basic authentication."""
        with Service(settings, self.context, _SIGN_IN) as login:
            answer = login.json("security/user/authenticate", method="POST")
            budget = login.budget
        token = dig(answer.document, "data", "token")
        if not isinstance(token, str) or not token:
            self.refuse(message("wazuh.no_token"), place=answer.address, advice=message("wazuh.check_account"))
        context = replace(self.context, secret=lambda name: token)
        return Service(settings, context, Authorization(kind="bearer"), budget=budget)

    def _prove_account(self, indexer: Service) -> None:
        """The indexer may let anybody in as a visitor (anonymous authentication of its security plugin)."""
        me = indexer.json("_plugins/_security/authinfo")
        who = dig(me.document, "user_name")
        require_account(me, who, _VISITORS)
        self.account = shown(who)

    def _server(self, server: Service) -> Iterator[Payload]:
        agents, answer = _items(server, "agents", {"select": "id,name,status,lastKeepAlive"}, "id")
        yield json_payload(_AGENTS, {"agents": agents}, answer)
        for agent in agents if self.settings.configuration else []:
            identity = str(agent.get("id"))
            policies = []
            scanned, answer = _items(server, f"sca/{identity}", {}, "policy_id")
            for policy in scanned:
                path = f"sca/{identity}/checks/{policy.get('policy_id')}"
                checks, _ = _items(server, path, {"result": "failed"}, "id")
                fields = ("policy_id", "name", "pass", "fail", "invalid", "total_checks", "score", "end_scan")
                failed = [{name: check.get(name) for name in ("id", "title", "compliance")} for check in checks]
                policies.append({**{name: policy.get(name) for name in fields}, "failed": failed})
            if policies:
                content = {"agent": {"id": identity, "name": agent.get("name")}, "policies": policies}
                yield json_payload(f"sca_{identity}.json", content, answer)

    def _indexer(self, indexer: Service) -> Iterator[Payload]:
        parts = whole(lambda: self._scroll(indexer), lambda hit: hit.get("_id"))
        for page, part in enumerate(parts, start=1):
            hits = [{"_id": hit.get("_id"), "_source": hit.get("_source")} for hit in part.items]
            yield json_payload(f"vulnerabilities_{page}.json", {"hits": hits}, part.answer)

    def _scroll(self, indexer: Service) -> Iterator[Part]:
        """One walk over all hits. A page that was lost on the way cannot be asked again: then a new walk is needed."""
        query = {"size": _SCROLL, "sort": ["_doc"], "_source": _FIELDS, "track_total_hits": True}
        answer = indexer.json(f"{self.settings.index}/_search", method="POST", params={"scroll": "2m"}, body=query)
        total, scroll = self._total(answer), dig(answer.document, "_scroll_id")
        try:
            while hits := json_array(dig(answer.document, "hits", "hits")):
                yield Part(answer, hits, total)
                answer = indexer.json("_search/scroll", method="POST", body={"scroll": "2m", "scroll_id": scroll})
                self._total(answer)
                scroll = dig(answer.document, "_scroll_id") or scroll
        finally:
            if scroll:
                with suppress(SourceError):  # one that is not given back ends by itself after two minutes
                    indexer.json("_search/scroll", method="DELETE", body={"scroll_id": [scroll]})

    def _total(self, answer: Answer) -> int:
        """How many hits there are in all shards. An indexer of which a part is down gives what the rest has."""
        total = number(dig(answer.document, "hits", "total", "value"))
        if total is None:
            self.refuse(
                message("wazuh.no_total"),
                place=answer.address,
                advice=message("wazuh.check_address"),
            )
        if dig(answer.document, "timed_out") is True or number(dig(answer.document, "_shards", "failed")):
            raise TransientError(
                message("wazuh.part"),
                place=answer.address,
                advice=message("wazuh.check_nodes"),
            )
        return int(total)

    def read(self, payload: Payload) -> Iterator[Record]:
        left_out = LeftOut()
        if payload.name == _AGENTS:
            agents = json_array(load_kept(payload, "agents")["agents"])
            yield from self._coverage(payload, agents)
            yield from self._looked_at(payload, agents)
        elif payload.name.startswith("sca_"):
            yield from self._configuration(payload, load_kept(payload, "policies"))
        else:
            for position, hit in enumerate(json_array(load_kept(payload, "hits")["hits"])):
                record = self._vulnerability(payload, position, json_object(hit.get("_source")))
                if record is None:
                    left_out["below_minimum"] += 1
                else:
                    yield record
        left_out.say(self, payload.name)

    def _coverage(self, payload: Payload, agents: list[dict[str, Any]]) -> Iterator[Record]:
        """Status of an agent: active, pending, never_connected or disconnected. The answer is about the day it came."""
        moment = moment_of(payload)
        active = sum(agent.get("status") == "active" for agent in agents)
        if agents:
            yield record_of(
                "measurement",
                key_of("agent_coverage", moment.date()),
                {
                    "title": f"Wazuh: {active} van {len(agents)} agents actief",
                    "metric": "agent_coverage",
                    "object": "Wazuh",
                    "value": 100 * active / len(agents),
                    "numerator": float(active),
                    "denominator": float(len(agents)),
                    "unit": "%",
                },
                Locator(file=payload.name, address=payload.address),
            )

    def _configuration(self, payload: Payload, content: dict[str, Any]) -> Iterator[Record]:
        asset = name_at(content, "agent", "name")
        if not asset:
            raise other_shape(payload, "agent")
        for policy in json_array(content["policies"]):
            ended = from_iso(policy.get("end_scan")) or moment_of(payload)
            passed, failed = number(policy.get("pass")) or 0.0, number(policy.get("fail")) or 0.0
            locator = Locator(file=payload.name, address=f"#/policies/{policy.get('policy_id')}")
            for check in json_array(policy.get("failed")):
                yield record_of(
                    "finding",
                    key_of("sca", asset, policy.get("policy_id"), check.get("id")),
                    {
                        "title": check.get("title"),
                        "finding_type": "configuration",
                        "asset": asset,
                        "object": asset,
                        "scan": key_of("sca", asset, policy.get("policy_id")),
                        "first_seen": ended,
                        "state": "open",
                        "norm_ref": _iso_references(check),
                        "origin": "Wazuh",
                    },
                    locator,
                    at_latest=True,
                )
            scan = key_of("sca", asset, policy.get("policy_id"))
            yield scan_of(scan, asset, ended, locator, int(failed))
            if passed + failed:
                yield record_of(
                    "measurement",
                    key_of("configuration_score", asset, policy.get("policy_id"), ended.date()),
                    {
                        "title": f"{scalar(policy, 'name')} op {asset}: {passed:g} van {passed + failed:g} in orde",
                        "metric": "configuration_score",
                        "object": asset,
                        "value": 100 * passed / (passed + failed),
                        "numerator": passed,
                        "denominator": passed + failed,
                        "unit": "%",
                        "observed_at": ended,
                    },
                    locator,
                )

    def _vulnerability_scan(self, asset: object) -> str | None:
        least = self.settings.minimum_severity
        return key_of("vulnerability", asset, *([least] if least != LEAST else []))

    def _looked_at(self, payload: Payload, agents: list[dict[str, Any]]) -> Iterator[Record]:
        """The systems of which the indexer holds the vulnerabilities: those whose agent reports, until it last did."""
        for agent in agents if self.settings.indexer is not None else []:
            name = str(scalar(agent, "name") or "")
            if agent.get("status") == "active" and name:
                key = self._vulnerability_scan(name)
                place = Locator(file=payload.name)
                ended = _last_told(agent, moment_of(payload))
                yield scan_of(key, name, ended, place)

    def _vulnerability(self, payload: Payload, position: int, source: dict[str, Any]) -> Record | None:
        vulnerability = json_object(source.get("vulnerability"))
        score = number(dig(vulnerability, "score", "base"))
        word = str(vulnerability.get("severity") or "").strip("- ").lower()  # Critical, High, Medium, Low, or "-"
        severity = word or (severity_of(score) if score else None)
        if not severe_enough(severity, self.settings.minimum_severity):
            return None
        asset = dig(source, "agent", "name") or dig(source, "wazuh", "agent", "name")
        detected = from_iso(vulnerability.get("detected_at"))
        package, version = scalar(source, "package", "name"), scalar(source, "package", "version")
        return record_of(
            "finding",
            key_of("vulnerability", asset, vulnerability.get("id"), package or "-", version or "-"),
            {
                "title": f"{scalar(vulnerability, 'id')} in {package} {version}",
                "url": str(scalar(vulnerability, "reference") or "").split(",")[0].strip(),
                "finding_type": "vulnerability",
                "severity": severity,
                "score": score,
                "asset": asset,
                "object": asset,
                "scan": self._vulnerability_scan(asset),
                "first_seen": detected or moment_of(payload),
                "state": "open",
                "origin": "Wazuh",
            },
            Locator(file=payload.name, address=f"#/hits/{position}"),
            at_latest=detected is None,
        )


def _items(server: Service, path: str, parameters: dict[str, Any], key: str) -> tuple[list[dict[str, Any]], Answer]:
    """Every item of a list of the server API, told apart by `key`, and its last page: `data.affected_items`,
    `data.total_affected_items`, offset and limit."""

    def ask(offset: int) -> Part:
        answer = server.json(path, params={**parameters, "offset": offset, "limit": _PAGE})
        total = number(dig(answer.document, "data", "total_affected_items"))
        items = json_array(dig(answer.document, "data", "affected_items"))
        return Part(answer, items, None if total is None else int(total))

    pages = list(whole(by_offset(ask), lambda item: item.get(key)))
    return [item for page in pages for item in page.items], pages[-1].answer


def _last_told(agent: dict[str, Any], answered: datetime) -> datetime:
    """When an agent last reported, at latest when the server answered: the server itself reports until 9999."""
    moment = from_iso(agent.get("lastKeepAlive"))
    return min(moment or answered, answered)


def _iso_references(check: dict[str, Any]) -> str | None:
    """compliance: a list of {key: cis, value: "5.2.1"}; only ISO 27001 references name a norm of ours."""
    references = [
        f"{scalar(item, 'key')} {scalar(item, 'value')}"
        for item in json_array(check.get("compliance"))
        if "iso" in str(item.get("key", "")).lower()
    ]
    return "; ".join(references) or None
