"""Every connector that uses the network and is not a description of the REST engine, each as a double that a fault server
can play: how it is set up, what it answers by its vendor's contract, and what must never be seen.

The doubles themselves stand in `doubles`; those of the ticketing systems in `vendors`.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from requests.structures import CaseInsensitiveDict

from connectors.base import Connector, Window
from connectors.ciso_assistant import CisoAssistantConnector
from connectors.internet_nl import InternetNlConnector
from connectors.microsoft_graph import MicrosoftGraphConnector
from connectors.moodle import MoodleConnector
from connectors.wazuh import WazuhConnector
from connectors.webdav import SharepointConnector, WebdavConnector
from models.record import Payload, Record
from tests.connectors.doubles import ciso_assistant as ciso
from tests.connectors.doubles import internet_nl, moodle, wazuh, webdav
from tests.connectors.doubles import microsoft_graph as graph
from tests.connectors.faults import FaultServer, Request
from tests.connectors.faults import Reply as FaultReply
from tests.connectors.loopback import Asked, Loopback, Reply
from tests.connectors.report_files import check, context

Answering = Callable[[Loopback, Asked], Reply | None]


@dataclass(frozen=True)
class Network:
    """One connector with its double. `make` gives an answering server with room for state, `settings` what is set for
    an address, with further HTTP settings. `total`: where an answer says how many there are. `rewound`: a question as
    it was for the first page. `is_json`: whether every answer is JSON, so that what is broken JSON is asked again."""

    name: str
    connector: type[Connector]
    secrets: Mapping[str, str]
    make: Callable[[], Answering]
    settings: Callable[[str, dict[str, Any]], dict[str, Any]]
    hidden: tuple[str, ...] = ()
    total: tuple[str, ...] = ()
    rewound: Callable[[Asked], Asked] | None = None
    is_json: bool = True

    def source(self, address: str, folder: Path, said: list[str], **http: Any) -> Connector:
        """The connector, over a server at `address`."""
        given = {"backoff_seconds": 0.005, "budget_seconds": 60, **http}
        settings = self.connector.Settings.model_validate(self.settings(address, given))
        return self.connector(settings, context(folder, dict(self.secrets), said.append))

    @contextmanager
    def serving(
        self, change: Callable[[Answering], Answering] = lambda answering: answering, **more: Any
    ) -> Iterator[FaultServer]:
        """A fault server that plays this system, its answers changed by `change`."""
        answering = change(self.make())
        server: FaultServer

        def reply(request: Request) -> FaultReply:
            headers = CaseInsensitiveDict(request.headers)
            asked = Asked(request.method, request.path, request.query, headers, request.body)  # type: ignore[arg-type]
            given = answering(Loopback(server.address), asked) or Reply({"error": "not found"}, 404)
            return FaultReply(given.content(), given.status, {"Content-Type": given.media_type})

        server = FaultServer(reply, **more)
        with server:
            yield server

    def unseen(self) -> list[str]:
        """Every text that must not be seen: secrets, and the forms in which they travel."""
        values = [value for name, value in self.secrets.items() if not name.endswith(("USER", "CLIENT_ID"))]
        pairs = [f"{user}:{value}" for user in self.secrets.values() for value in values]
        return [*values, *self.hidden, *(base64.b64encode(pair.encode()).decode() for pair in pairs)]


@dataclass
class Collected:
    """What one collection brought, and everything that was said meanwhile."""

    payloads: list[Payload] = field(default_factory=list)
    records: list[Record] = field(default_factory=list)
    said: list[str] = field(default_factory=list)

    def contents(self) -> list[tuple[str, str | None, str]]:
        """The records in a form in which two collections can be compared: what is about the day itself left out."""
        return sorted(
            (record.kind, record.key, str(sorted((n, v) for n, v in record.values.items() if n != "observed_at")))
            for record in self.records
        )


def collect(network: Network, server: FaultServer, folder: Path, **http: Any) -> Collected:
    """Collect the way the nightly run does: each payload is read when it has come."""
    result = Collected()
    source = network.source(server.address, folder, result.said, **http)
    for payload in source.fetch(Window()):
        result.payloads.append(payload)
        for record in source.read(payload):
            check(record, source.kinds)
            result.records.append(record)
    return result


def rewritten(path: tuple[str, ...], by: Callable[[str, int], int]) -> Callable[[Answering], Answering]:
    """Makes a server claim another total: `by` gets the address that was asked and the total that is true."""

    def change(answering: Answering) -> Answering:
        def answer(server: Loopback, asked: Asked) -> Reply | None:
            reply = answering(server, asked)
            holder = reply.body if reply is not None else None
            for step in path[:-1]:
                holder = holder.get(step) if isinstance(holder, dict) else None
            if reply is None or not isinstance(holder, dict) or path[-1] not in holder:
                return reply
            document = json.loads(json.dumps(reply.body))
            holder = document
            for step in path[:-1]:
                holder = holder[step]
            holder[path[-1]] = by(f"{asked.path}?{asked.query.get('compliance_assessment')}", holder[path[-1]])
            return replace(reply, body=document)

        return answer

    return change


def rewinding(rewound: Callable[[Asked], Asked]) -> Callable[[Answering], Answering]:
    """Makes a server give the first page for ever."""
    return lambda answering: lambda server, asked: answering(server, rewound(asked))


def _first(name: str) -> Callable[[Asked], Asked]:
    return lambda asked: replace(asked, query={**asked.query, name: "0"}) if name in asked.query else asked


class _SameScroll(wazuh.Wazuh):
    """A scroll that stays where it is."""

    def __call__(self, server: Loopback, asked: Asked) -> Reply | None:
        self.position = 0
        return super().__call__(server, asked)


def _wazuh(part: str) -> Callable[[str, dict[str, Any]], dict[str, Any]]:
    return lambda address, http: {part: {"address": address, "user": "W_USER", "token": "W_PASSWORD", **http}}


def _sharepoint(address: str, http: dict[str, Any]) -> dict[str, Any]:
    return {
        "address": f"{address}/v1.0", "login_address": address, "tenant": "gemeente.example", "site": "127.0.0.1:/sites/ib",
        "folder": "Interne audit", "files": "*.xlsx", "spreadsheet": webdav.SPREADSHEET, **http,
    }  # fmt: skip


CISO = Network(
    "ciso_assistant",
    CisoAssistantConnector,
    {"CISO_ASSISTANT_TOKEN": ciso.TOKEN},
    lambda: ciso.api,
    lambda address, http: {"address": address, "frameworks": {"BIO2": "bio2-1.3"}, **http},
    total=("count",),
    rewound=_first("offset"),
)
WAZUH_SERVER = Network(
    "wazuh-server",
    WazuhConnector,
    wazuh.SECRETS,
    wazuh.Wazuh,
    _wazuh("server"),
    hidden=(wazuh.TOKEN,),
    total=("data", "total_affected_items"),
    rewound=_first("offset"),
)
WAZUH_INDEXER = Network(
    "wazuh-indexer",
    WazuhConnector,
    wazuh.SECRETS,
    wazuh.Wazuh,
    _wazuh("indexer"),
    total=("hits", "total", "value"),
)
STUCK_SCROLL = replace(WAZUH_INDEXER, make=_SameScroll, rewound=lambda asked: asked)
INTERNET_NL = Network(
    "internet_nl",
    InternetNlConnector,
    internet_nl.SECRETS,
    lambda: internet_nl.batch_api,
    lambda address, http: {"address": f"{address}/api/batch/v2", "request": "gemeente", **http},
)
GRAPH = Network(
    "microsoft_graph",
    MicrosoftGraphConnector,
    graph.SECRETS,
    lambda: graph.graph(graph.USERS, [graph.SCORE]),
    lambda address, http: {
        "address": f"{address}/v1.0",
        "login_address": address,
        "tenant": "gemeente.example",
        **http,
    },
    hidden=(graph.TOKEN,),
    rewound=_first("$skiptoken"),
)
MOODLE = Network(
    "moodle",
    MoodleConnector,
    {"MOODLE_TOKEN": moodle.TOKEN},
    moodle.Moodle,
    lambda address, http: {"address": address, "courses": {7: "awareness"}, **http},
)
WEBDAV = Network(
    "webdav",
    WebdavConnector,
    {name: value for name, value in webdav.SECRETS.items() if name.startswith("WEBDAV")},
    lambda: webdav.dav(list(webdav.FILES)),
    lambda address, http: {
        "address": f"{address}{webdav.FOLDER}", "files": "Controles*", "spreadsheet": webdav.SPREADSHEET, **http,
    },
    is_json=False,
)  # fmt: skip
SHAREPOINT = Network(
    "sharepoint",
    SharepointConnector,
    {name: value for name, value in webdav.SECRETS.items() if name.startswith("GRAPH")},
    lambda: webdav.sharepoint("127.0.0.1"),
    _sharepoint,
    hidden=(webdav.TOKEN, webdav.TEMPORARY),
    is_json=False,
)
NETWORKS = (CISO, WAZUH_SERVER, WAZUH_INDEXER, INTERNET_NL, GRAPH, MOODLE, WEBDAV, SHAREPOINT)
