"""Loopback doubles of the ticketing systems, written from their published contracts; the source of each field stands
beside it. They share one world of tickets, and the ways in which a paged source can misbehave.

What these doubles cannot prove is proven by the real servers in `tests/real`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar
from urllib.parse import parse_qsl, urlencode
from zoneinfo import ZoneInfo

from connectors.rest import (
    GlpiConnector,
    JiraConnector,
    RedmineConnector,
    RequestTrackerConnector,
    RestConnector,
    RoundupConnector,
    ServicenowConnector,
    TopdeskConnector,
    ZammadConnector,
)
from tests.connectors.faults import Reply, Request, as_json

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
NOW = datetime.now(UTC).replace(microsecond=0, tzinfo=None)  # the relative filters count from the real clock


@dataclass(slots=True)
class Ticket:
    """A ticket as it is in the world; moments in UTC."""

    number: int
    title: str
    priority: str
    state: str  # open, in_progress or closed
    opened: datetime
    changed: datetime
    closed: datetime | None
    due: datetime | None

    @property
    def expected(self) -> dict[str, Any]:
        """What a record of it must say, whatever system it came from."""
        return {
            "title": self.title,
            "priority": self.priority,
            "opened_at": local(self.opened),
            "resolved_at": local(self.closed),
        }


def local(moment: datetime | None) -> datetime | None:
    return moment.replace(tzinfo=UTC).astimezone(AMSTERDAM).replace(tzinfo=None) if moment else None


def tickets(count: int) -> list[Ticket]:
    """`count` tickets, one an hour back from a few minutes ago; a third is closed, a third has no deadline."""
    made = []
    for number in range(1, count + 1):
        opened = NOW - timedelta(hours=count - number + 1)
        closed = opened + timedelta(minutes=30) if number % 3 == 0 else None
        made.append(
            Ticket(
                number,
                f"Melding {number}: geen toegang tot Müller & Coëfficiënt",
                ("critical", "high", "medium", "low")[number % 4],
                "closed" if closed else ("open", "in_progress")[number % 2],
                opened,
                closed or opened + timedelta(minutes=5),
                closed,
                opened + timedelta(days=2) if number % 3 else None,
            )
        )
    return made


@dataclass(slots=True)
class World:
    """The tickets in a system, and how its paging behaves."""

    tickets: list[Ticket]
    repeats: bool = False  # every page is the first
    ignores_filter: bool = False
    total: Callable[[int, int], int] = lambda real, call: real  # what is said the total is, at the n-th page
    before_page: Callable[[World, int], None] = lambda world, call: None
    capped: int | None = None  # most records the server gives, whatever is asked
    calls: int = 0

    def page(self, start: int, size: int, since: datetime | None = None) -> tuple[list[Ticket], int]:
        """The tickets from `start`, and the total that is claimed."""
        self.calls += 1
        self.before_page(self, self.calls)
        found = [t for t in self.tickets if since is None or self.ignores_filter or t.changed >= since]
        start = 0 if self.repeats else start
        size = min(size, self.capped or size)
        return found[start : start + size], self.total(len(found), self.calls)


def capped(world: World, asked: str) -> int:
    """The page size that counts: what was asked, or the most that the server gives."""
    return min(int(asked), world.capped or int(asked))


def iso(moment: datetime | None, form: str = "%Y-%m-%dT%H:%M:%SZ") -> str | None:
    return moment.strftime(form) if moment else None


def minutes_ago(text: str) -> datetime:
    return datetime.now(UTC).replace(tzinfo=None) - timedelta(minutes=int(text))


def found(pattern: str, text: str) -> str | None:
    match = re.search(pattern, text)
    return match[1] if match else None


class Double:
    """One system. `reply` answers as its contract says; a wrong question is refused as it would be there."""

    connector: ClassVar[type[RestConnector]]
    settings: ClassVar[dict[str, Any]] = {}
    secret_header = "authorization"
    priorities: ClassVar[dict[str, Any]] = {}
    states: ClassVar[dict[str, Any]] = {}
    account: ClassVar[tuple[str, Any]]  # the path that tells who is signed in, and its answer
    revoked = False  # the secret is no longer known

    def __init__(self, world: World) -> None:
        self.world = world

    def counts(self, request: Request) -> bool:
        """Whether this is a request for data, and not for a session or for who is signed in."""
        return request.path != self.account[0]

    def reply(self, request: Request) -> Reply:
        if self.secret_header not in request.headers or self.revoked:
            return self.visitor(request)
        return as_json(self.account[1]) if request.path == self.account[0] else self.data(request)

    def visitor(self, request: Request) -> Reply:
        """What somebody gets who is not signed in."""
        return as_json({"message": "Unauthorized"}, 401)

    def data(self, request: Request) -> Reply:
        raise NotImplementedError

    def key(self, ticket: Ticket) -> str:
        return str(ticket.number)

    def expected(self, ticket: Ticket) -> dict[str, Any]:
        return ticket.expected


class Topdesk(Double):
    """developers.topdesk.com, Incident API, GET /incidents: pageStart, pageSize (10 to 10,000), sort, query (FIQL), fields,
    all; 200 all results, 206 partial content, 204 no results."""

    connector = TopdeskConnector
    account: ClassVar[tuple[str, Any]] = ("/tas/api/operators/current", {"id": "44d88612", "loginName": "ENSIA"})
    settings: ClassVar[dict[str, Any]] = {"resources": ["incidents"]}
    priorities: ClassVar[dict[str, Any]] = {"critical": "P1", "high": "P2", "medium": "P3", "low": "P4"}
    states: ClassVar[dict[str, Any]] = {"open": "Aangemeld", "in_progress": "In behandeling", "closed": "Gesloten"}

    def key(self, ticket: Ticket) -> str:
        return f"44d88612-fea8-a8f3-6de8-{ticket.number:012d}"

    def data(self, request: Request) -> Reply:
        if request.path != "/tas/api/incidents":
            return as_json({"message": "not found"}, 404)
        query = request.query
        assert query["sort"] == "creationDate:asc"
        since = found(r"modificationDate=ge=([\dTZ:-]+)", query.get("query", ""))
        start, size = int(query["pageStart"]), int(query["pageSize"])
        moment = datetime.strptime(since, "%Y-%m-%dT%H:%M:%SZ") if since else None
        page, total = self.world.page(start, size, moment)
        if not page:
            return Reply(b"", 204)  # "No results were found"
        wanted = query["fields"].split(",")
        items = [{name: value for name, value in self.item(t).items() if name in wanted} for t in page]
        return as_json(items, 206 if start + len(page) < total else 200)

    def item(self, t: Ticket) -> dict[str, Any]:
        def moment(value: datetime | None) -> str | None:  # "2019-07-24T08:42:51.000+0000"
            return value.strftime("%Y-%m-%dT%H:%M:%S.000+0000") if value else None

        return {
            "id": self.key(t),  # Incident.id, uuid
            "number": f"I 2611 {t.number:03d}",  # Incident.number, e.g. "I 2301 164"
            "briefDescription": t.title,  # Incident.briefDescription, at most 80 characters
            "callType": {"id": "1", "name": "Storing"},  # Incident.callType.name, the customer's own list
            "category": {"id": "1", "name": "Applicaties"},  # Incident.category.name
            "subcategory": {"id": "1", "name": "Toegang"},  # Incident.subcategory.name
            "priority": {"id": "1", "name": self.priorities[t.priority]},  # Incident.priority.name, own list
            "operatorGroup": {"id": "1", "name": "Servicedesk"},  # Incident.operatorGroup.name
            "object": None,  # Incident.object is null when none is linked
            "creationDate": moment(t.opened),  # Incident.creationDate
            "callDate": moment(t.opened),  # Incident.callDate: when it was reported
            "modificationDate": moment(t.changed),  # Incident.modificationDate
            "targetDate": moment(t.due),  # Incident.targetDate: from the SLA
            "completed": t.closed is not None,  # Incident.completed
            "completedDate": moment(t.closed),  # Incident.completedDate
            "closed": t.closed is not None,  # Incident.closed
            "closedDate": moment(t.closed),  # Incident.closedDate
            "processingStatus": {"id": "1", "name": self.states[t.state]},  # Incident.processingStatus.name, own list
        }


class Jira(Double):
    """developer.atlassian.com, Jira Cloud v3, GET /rest/api/3/search/jql: jql (must be bounded), nextPageToken, maxResults,
    fields; answer issues and nextPageToken, which the last page lacks (JRACLOUD-92184)."""

    connector = JiraConnector
    account: ClassVar[tuple[str, Any]] = (
        "/rest/api/3/myself",
        {"accountId": "5b10a2844c20165700ede21g", "active": True},
    )
    priorities: ClassVar[dict[str, Any]] = {"critical": "Highest", "high": "High", "medium": "Medium", "low": "Low"}
    states: ClassVar[dict[str, Any]] = {
        "open": ("To Do", "new"),
        "in_progress": ("In Progress", "indeterminate"),
        "closed": ("Done", "done"),
    }

    def data(self, request: Request) -> Reply:
        if request.path != "/rest/api/3/search/jql":
            return as_json({"errorMessages": ["not found"]}, 404)
        jql = request.query["jql"]
        if not re.match(r"\s*\(?\w+ ", jql.split(" ORDER BY ")[0] + " "):
            return as_json({"errorMessages": ["Unbounded JQL queries are not allowed here."]}, 400)
        minutes = found(r'updated >= "-(\d+)m"', jql)
        start, size = int(request.query.get("nextPageToken", "p0")[1:]), int(request.query["maxResults"])
        page, total = self.world.page(start, size, minutes_ago(minutes) if minutes else None)
        wanted = request.query["fields"].split(",")
        issues = []
        for t in page:
            fields = {name: value for name, value in self.fields(t).items() if name in wanted}
            issues.append({"id": self.key(t), "key": f"IB-{t.number}", "fields": fields})  # IssueBean.id, .key, .fields
        more = {"nextPageToken": f"p{start + len(page)}"} if start + len(page) < total else {}
        return as_json({"issues": issues, **more, "isLast": not more})

    def fields(self, t: Ticket) -> dict[str, Any]:
        def moment(value: datetime | None) -> str | None:  # "2021-01-17T12:34:00.000+0000"
            return value.strftime("%Y-%m-%dT%H:%M:%S.000+0000") if value else None

        name, category = self.states[t.state]
        return {
            "summary": t.title,  # system field summary
            "issuetype": {"id": "1", "name": "[System] Incident"},  # IssueTypeDetails.name; this one is of JSM
            "project": {"key": "IB", "name": "Informatiebeveiliging"},  # Project.key, .name
            "status": {
                "name": name,
                "statusCategory": {"key": category},
            },  # StatusCategory.key: new, indeterminate, done
            "priority": {"id": "1", "name": self.priorities[t.priority]},  # Priority.name
            "created": moment(t.opened),  # system field created
            "updated": moment(t.changed),  # system field updated
            "duedate": t.due.strftime("%Y-%m-%d") if t.due else None,  # system field duedate: a day without a time
            "resolutiondate": moment(t.closed),  # system field resolutiondate
            "labels": ["oorzaakanalyse"] if t.closed else [],  # system field labels
            "components": [{"id": "1", "name": "Zaaksysteem"}],  # ProjectComponent.name
        }


class Servicenow(Double):
    """servicenow.com/docs, Table API, GET /now/table/{tableName}: sysparm_query, sysparm_limit, sysparm_offset,
    sysparm_fields, sysparm_display_value=all; Link header (next, prev, first, last), X-Total-Count."""

    connector = ServicenowConnector
    account: ClassVar[tuple[str, Any]] = (
        "/api/now/ui/user/current_user",
        {"result": {"user_sys_id": "6816f79cc0a8016401c5a33be04be441", "user_name": "ensia"}},
    )
    settings: ClassVar[dict[str, Any]] = {"resources": ["incidents"]}
    priorities: ClassVar[dict[str, Any]] = {"critical": "1", "high": "2", "medium": "3", "low": "4"}
    states: ClassVar[dict[str, Any]] = {
        "open": ("1", "New"),
        "in_progress": ("2", "In Progress"),
        "closed": ("7", "Closed"),
    }

    def key(self, ticket: Ticket) -> str:
        return f"{ticket.number:032x}"

    def data(self, request: Request) -> Reply:
        if request.path != "/api/now/table/incident":
            return as_json({"error": {"message": "Invalid table", "detail": None}, "status": "failure"}, 400)
        query = request.query
        minutes = found(r"sys_updated_onRELATIVEGT@minute@ago@(\d+)", query.get("sysparm_query", ""))
        start, size = int(query.get("sysparm_offset", "0")), capped(self.world, query["sysparm_limit"])
        page, total = self.world.page(start, size, minutes_ago(minutes) if minutes else None)
        wanted = query["sysparm_fields"].split(",")
        items = [{name: value for name, value in self.item(t).items() if name in wanted} for t in page]
        headers = {"X_Total_Count": str(total)}
        if start + size < total:
            after = urlencode({**query, "sysparm_offset": (0 if self.world.repeats else start) + size})
            link = f"http://{request.headers['host']}{request.path}?{after}"
            headers["Link"] = f'<{link}>;rel="next",<{link}>;rel="last"'
        return as_json({"result": items}, **headers)

    def item(self, t: Ticket) -> dict[str, Any]:
        def both(value: Any, shown: Any = None) -> dict[str, Any]:  # sysparm_display_value=all
            return {"value": value or "", "display_value": shown or value or ""}

        def moment(value: datetime | None) -> dict[str, Any]:  # value in UTC, display_value as the account sees it
            return both(iso(value, "%Y-%m-%d %H:%M:%S"), value and value.strftime("%d-%m-%Y %H:%M:%S"))

        return {
            "sys_id": both(self.key(t)),  # Sys ID, 32 characters
            "number": both(f"INC{t.number:07d}"),  # task.number
            "short_description": both(t.title),  # task.short_description
            "category": both("software", "Software"),  # incident.category, a choice list
            "subcategory": both("", ""),  # incident.subcategory
            "priority": both(self.priorities[t.priority], "3 - Moderate"),  # task.priority: 1 critical … 5 planning
            "opened_at": moment(t.opened),  # task.opened_at
            "due_date": moment(t.due),  # task.due_date
            "resolved_at": moment(t.closed),  # incident.resolved_at
            "closed_at": moment(t.closed),  # task.closed_at
            "state": both(*self.states[t.state]),  # incident.state: 1, 2, 3, 6, 7, 8
            "cmdb_ci": both("a" * 32, "Zaaksysteem"),  # task.cmdb_ci, a reference: value is its Sys ID
            "assignment_group": both("b" * 32, "Servicedesk"),  # task.assignment_group, a reference
            "sys_updated_on": moment(t.changed),  # Updated
        }


class Zammad(Double):
    """docs.zammad.org, /api/intro: Authorization: Token token=…, expand=true, page and per_page, no total; /api/ticket:
    GET /api/v1/tickets, GET /api/v1/tickets/search?query=…"""

    connector = ZammadConnector
    account: ClassVar[tuple[str, Any]] = ("/api/v1/users/me", {"id": 3, "login": "ensia@example.nl", "active": True})
    settings: ClassVar[dict[str, Any]] = {"incremental": True}
    priorities: ClassVar[dict[str, Any]] = {
        "critical": "3 high",
        "high": "3 high",
        "medium": "2 normal",
        "low": "1 low",
    }
    states: ClassVar[dict[str, Any]] = {"open": "new", "in_progress": "open", "closed": "closed"}

    def expected(self, ticket: Ticket) -> dict[str, Any]:
        given = ticket.expected
        return {**given, "priority": "high" if given["priority"] == "critical" else given["priority"]}  # it has three

    def data(self, request: Request) -> Reply:
        query = request.query
        assert request.headers["authorization"].startswith("Token token=")
        assert query["expand"] == "true"
        since = None
        if request.path == "/api/v1/tickets/search":
            text = found(r"updated_at:\[([\dTZ:-]+) TO \*\]", query["query"])
            assert text
            since = datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ")
        elif request.path != "/api/v1/tickets":
            return as_json({"error": "No route matches"}, 404)
        size = capped(self.world, query["per_page"])
        page, _ = self.world.page((int(query["page"]) - 1) * size, size, since)
        return as_json([self.item(t) for t in page])

    def item(self, t: Ticket) -> dict[str, Any]:
        return {
            "id": t.number,  # payload of /api/v1/tickets with expand=true, as are all below
            "number": f"71{t.number:03d}",
            "title": t.title,
            "group": "Servicedesk",
            "state": self.states[t.state],
            "priority": self.priorities[t.priority],
            "type": "Incident",
            "created_at": iso(t.opened, "%Y-%m-%dT%H:%M:%S.000Z"),
            "updated_at": iso(t.changed, "%Y-%m-%dT%H:%M:%S.000Z"),
            "close_at": iso(t.closed, "%Y-%m-%dT%H:%M:%S.000Z"),
            "close_escalation_at": iso(t.due, "%Y-%m-%dT%H:%M:%S.000Z"),
            "owner": "chris@example.nl",
            "customer": "samuel@example.nl",
        }


class Redmine(Double):
    """redmine.org, Rest_api: X-Redmine-API-Key, offset, limit (at most 100), total_count; Rest_Issues: status_id=*, sort,
    updated_on=>=…"""

    connector = RedmineConnector
    account: ClassVar[tuple[str, Any]] = ("/users/current.json", {"user": {"id": 3, "login": "ensia"}})
    secret_header = "x-redmine-api-key"
    priorities: ClassVar[dict[str, Any]] = {"critical": "Urgent", "high": "High", "medium": "Normal", "low": "Low"}
    states: ClassVar[dict[str, Any]] = {"open": "New", "in_progress": "In Progress", "closed": "Closed"}

    def visitor(self, request: Request) -> Reply:
        """An unknown key is an anonymous visitor, who sees the public projects with status 200; who one is, is not told
        to a visitor."""
        return as_json({"errors": ["Unauthorized"]}, 401) if request.path == self.account[0] else self.data(request)

    def data(self, request: Request) -> Reply:
        query = request.query
        if request.path != "/issues.json":
            return Reply(b"", 404)
        assert query["status_id"] == "*"  # without it only open issues come
        since = found(r">=([\dTZ:-]+)", query.get("updated_on", ""))
        moment = datetime.strptime(since, "%Y-%m-%dT%H:%M:%SZ") if since else None
        limit = min(int(query["limit"]), 100)
        page, total = self.world.page(int(query["offset"]), limit, moment)
        items = [self.item(t) for t in page]
        return as_json({"issues": items, "total_count": total, "offset": int(query["offset"]), "limit": limit})

    def item(self, t: Ticket) -> dict[str, Any]:
        return {
            "id": t.number,  # Rest_Issues, response of GET /issues.json, as are all below
            "project": {"id": 1, "name": "Informatiebeveiliging"},
            "tracker": {"id": 1, "name": "Incident"},
            "status": {"id": 1, "name": self.states[t.state], "is_closed": t.state == "closed"},  # is_closed since 5.0
            "priority": {"id": 4, "name": self.priorities[t.priority]},
            "author": {"id": 7, "name": "Jan Jansen"},
            "category": {"id": 1, "name": "Zaaksysteem"},
            "subject": t.title,
            "due_date": t.due.strftime("%Y-%m-%d") if t.due else None,
            "custom_fields": [{"id": 3, "name": "Risico", "value": "hoog"}, {"id": 4, "name": "Oorzaak", "value": ""}],
            "created_on": iso(t.opened),
            "updated_on": iso(t.changed),
            "closed_on": iso(t.closed),
        }


class RequestTracker(Double):
    """docs.bestpractical.com, RT::REST2: Authorization: token …, GET /REST/2.0/tickets?query=TicketSQL, fields, per_page (at
    most 100), orderby; answer count, page, pages, per_page, total, items, next_page."""

    connector = RequestTrackerConnector
    account: ClassVar[tuple[str, Any]] = ("/REST/2.0/rt", {"Version": "5.0.5"})
    priorities: ClassVar[dict[str, Any]] = {"critical": "100", "high": "100", "medium": "50", "low": "0"}
    states: ClassVar[dict[str, Any]] = {"open": "new", "in_progress": "open", "closed": "resolved"}

    def expected(self, ticket: Ticket) -> dict[str, Any]:
        given = ticket.expected
        return {
            **given,
            "priority": "high" if given["priority"] == "critical" else given["priority"],
        }  # Low, Medium, High

    def data(self, request: Request) -> Reply:
        query = request.query
        if request.path != "/REST/2.0/tickets":
            return as_json({"message": "Not Found"}, 404)
        since = found(r"LastUpdated > '([\d: -]+)'", query["query"])
        moment = datetime.strptime(since, "%Y-%m-%d %H:%M:%S") if since else None
        number, size = int(query.get("page", "1")), min(capped(self.world, query["per_page"]), 100)
        page, total = self.world.page((number - 1) * size, size, moment)
        answer = {
            "items": [self.item(t) for t in page],
            "count": len(page),
            "page": number,
            "per_page": size,
            "pages": -(-total // size),
            "total": total,
        }
        if number * size < total:
            after = urlencode({**query, "page": 2 if self.world.repeats else number + 1})
            answer["next_page"] = f"http://{request.headers['host']}{request.path}?{after}"
        return as_json(answer)

    def item(self, t: Ticket) -> dict[str, Any]:
        never = "1970-01-01T00:00:00Z"  # seen on a real 5.0.3 for a date that is not set
        return {
            "id": str(t.number),  # always given, with type and _url
            "type": "ticket",
            "_url": f"/REST/2.0/ticket/{t.number}",
            "Subject": t.title,  # fields=… as asked, values as a real 5.0.3 gives them
            "Status": self.states[t.state],
            "Queue": {"id": "1", "type": "queue", "Name": "Incidenten"},  # fields[Queue]=Name
            "Created": iso(t.opened),
            "Due": iso(t.due) or never,
            "Resolved": iso(t.closed) or never,
            "LastUpdated": iso(t.changed),
            "Priority": self.priorities[t.priority],
            "CustomFields": [{"id": "2", "name": "Oorzaak", "type": "customfield", "values": ["Phishing"]}],
        }


class Roundup(Double):
    """roundup-tracker.org, REST API: X-Requested-With, @page_size, @page_index, @fields, @verbose, @sort; answer data with
    collection, @links and @total_size."""

    connector = RoundupConnector
    account: ClassVar[tuple[str, Any]] = (
        "/rest/data/user",
        {"data": {"collection": [{"id": "1", "username": "ensia"}], "@total_size": 1}},
    )
    priorities: ClassVar[dict[str, Any]] = {"critical": "critical", "high": "urgent", "medium": "bug", "low": "feature"}
    states: ClassVar[dict[str, Any]] = {"open": "unread", "in_progress": "in-progress", "closed": "resolved"}

    def data(self, request: Request) -> Reply:
        query = request.query
        if request.headers.get("x-requested-with") != "rest":
            return as_json({"error": {"status": 400, "msg": "Required Header Missing"}}, 400)
        if request.path != "/rest/data/issue":
            return as_json({"error": {"status": 404, "msg": "Class not found"}}, 404)
        since = found(r"from ([\d.:-]+)", query.get("activity", ""))
        moment = datetime.strptime(since, "%Y-%m-%d.%H:%M:%S") if since else None
        number, size = int(query["@page_index"]), capped(self.world, query["@page_size"])
        page, total = self.world.page((number - 1) * size, size, moment)
        links = {}
        if number * size < total:
            after = urlencode({**query, "@page_index": 2 if self.world.repeats else number + 1}, safe="@,")
            links["next"] = [{"rel": "next", "uri": f"http://{request.headers['host']}{request.path}?{after}"}]
        items = [self.item(t) for t in page]
        return as_json({"data": {"collection": items, "@links": links, "@total_size": total}})

    def item(self, t: Ticket) -> dict[str, Any]:
        return {
            "id": str(t.number),  # REST API, "collection"; values as a real 2.x gives them with @verbose=2
            "link": f"/rest/data/issue/{t.number}",
            "title": t.title,
            "status": {"id": "1", "link": "/rest/data/x/1", "name": self.states[t.state]},
            "priority": {"id": "1", "link": "/rest/data/x/1", "name": self.priorities[t.priority]},
            "keyword": [
                {"id": "1", "link": "/rest/data/x/1", "name": "oorzaakanalyse"},
                {"id": "2", "link": "/rest/data/x/2", "name": "incident"},
            ],
            "creation": t.opened.strftime("%Y-%m-%d.%H:%M:%S"),
            "activity": t.changed.strftime("%Y-%m-%d.%H:%M:%S"),
        }


@dataclass(slots=True)
class _Sessions:
    open: set[str] = field(default_factory=set)
    made: int = 0


class Glpi(Double):
    """github.com/glpi-project/glpi, apirest.md: initSession (Authorization: user_token …, App-Token), Session-Token,
    search/:itemtype (criteria, forcedisplay, sort, order, range), 206 partial, Content-Range, killSession."""

    connector = GlpiConnector
    account: ClassVar[tuple[str, Any]] = (
        "/apirest.php/getFullSession",
        {"session": {"glpiID": 2, "glpiname": "ensia"}},
    )
    settings: ClassVar[dict[str, Any]] = {"resources": ["tickets"], "app_token": "APP"}
    priorities: ClassVar[dict[str, Any]] = {"critical": 6, "high": 4, "medium": 3, "low": 2}
    states: ClassVar[dict[str, Any]] = {"open": 1, "in_progress": 2, "closed": 6}

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self.sessions = _Sessions()

    def counts(self, request: Request) -> bool:
        return "Session" not in request.path and super().counts(request)

    def key(self, ticket: Ticket) -> str:
        return f"Ticket {ticket.number}"

    def reply(self, request: Request) -> Reply:
        sessions = self.sessions
        if self.revoked:
            return self.visitor(request)
        if request.headers.get("app-token") != "app-tok-12345":
            return as_json(["ERROR_APP_TOKEN_PARAMETERS_MISSING", "missing App-Token header"], 400)
        if request.path == "/apirest.php/initSession":
            if not request.headers.get("authorization", "").startswith("user_token "):
                return as_json(["ERROR_LOGIN_PARAMETERS_MISSING", "login parameters missing"], 400)
            sessions.made += 1
            token = f"sessie-token-9876-{sessions.made}"
            sessions.open.add(token)
            return as_json({"session_token": token})
        token = request.headers.get("session-token", "")
        if token not in sessions.open:
            return as_json(["ERROR_SESSION_TOKEN_INVALID", f"session_token {token} semble incorrect"], 401)
        if request.path == self.account[0]:
            return as_json(self.account[1])
        if request.path == "/apirest.php/killSession":
            sessions.open.remove(token)
            return Reply(b"", 200)
        return self.data(request)

    def data(self, request: Request) -> Reply:
        if request.path != "/apirest.php/search/Ticket":
            return as_json(["ERROR_RESOURCE_NOT_FOUND_NOR_COMMONDBTM", "resource not found"], 400)
        query = request.query
        since = None
        if "criteria[0][value]" in query:
            assert (query["criteria[0][field]"], query["criteria[0][searchtype]"]) == ("19", "morethan")
            naive = datetime.strptime(query["criteria[0][value]"], "%Y-%m-%d %H:%M:%S")
            since = naive.replace(tzinfo=AMSTERDAM).astimezone(UTC).replace(tzinfo=None)
        first, last = map(int, query["range"].split("-"))
        page, total = self.world.page(first, last - first + 1, since)
        if total and first >= total:
            return as_json(["ERROR_RANGE_EXCEED_TOTAL", f"Provided range exceed total count of data: {total}"], 400)
        answer: dict[str, Any] = {"totalcount": total, "count": len(page), "content-range": f"{first}-{last}/{total}"}
        wanted = {value for name, value in parse_qsl(request.target.partition("?")[2]) if "forcedisplay" in name}
        if page:  # without results there is no data
            answer["data"] = [{n: v for n, v in self.item(t).items() if n in wanted} for t in page]
        return as_json(answer, 206 if len(page) < total else 200, Content_Range=f"{first}-{last}/{total}")

    def item(self, t: Ticket) -> dict[str, Any]:
        def moment(value: datetime | None) -> str | None:  # the time of the server, without an offset
            found = local(value)
            return found.strftime("%Y-%m-%d %H:%M:%S") if found else None

        return {
            "1": t.title,  # search option 1 of Ticket: title
            "2": t.number,  # 2: ID
            "3": self.priorities[t.priority],  # 3: priority, 1 very low … 5 very high, 6 major
            "7": "Software > Zaaksysteem",  # 7: category, complete name
            "8": "Servicedesk",  # 8: technician group, complete name; null when none is assigned
            "12": self.states[t.state],  # 12: status, 1 new … 5 solved, 6 closed
            "14": 1,  # 14: type, 1 incident, 2 request
            "15": moment(t.opened),  # 15: opening date
            "16": moment(t.closed),  # 16: closing date
            "17": moment(t.closed),  # 17: resolution date
            "18": moment(t.due),  # 18: time to resolve
            "19": moment(t.changed),  # 19: last update
        }


class JiraDataCenter(Jira):
    """developer.atlassian.com, Jira Data Center 10, GET /rest/api/2/search: jql, startAt, maxResults, fields; answer startAt,
    maxResults, total, issues. It has no connector of its own: `rest` with this description."""

    account: ClassVar[tuple[str, Any]] = (
        "/rest/api/2/myself",
        {"key": "JIRAUSER10100", "name": "ensia", "active": True},
    )

    def data(self, request: Request) -> Reply:
        if request.path != "/rest/api/2/search":
            return as_json({"errorMessages": ["not found"]}, 404)
        query = request.query
        minutes = found(r'updated >= "-(\d+)m"', query["jql"])
        start, size = int(query["startAt"]), int(query["maxResults"])
        page, total = self.world.page(start, size, minutes_ago(minutes) if minutes else None)
        wanted = query["fields"].split(",")
        issues = []
        for t in page:
            fields = {name: value for name, value in self.fields(t).items() if name in wanted}
            issues.append({"id": self.key(t), "key": f"IB-{t.number}", "fields": fields})
        return as_json({"startAt": start, "maxResults": size, "total": total, "issues": issues})


DOUBLES: tuple[type[Double], ...] = (Topdesk, Jira, Servicenow, Zammad, Redmine, RequestTracker, Roundup, Glpi)
