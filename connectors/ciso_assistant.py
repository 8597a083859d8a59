"""Reads from CISO Assistant what was assessed, proven and planned there: judged requirements become attestations,
evidence and policies become documents, follow-up findings become findings, controls that are still to be made become
improvements.

API: CISO Assistant (intuitem), /api/iam/current-user, /api/compliance-assessments, requirement-assessments, evidences, policies,
applied-controls, findings; fields from its serializers. Persons (owners, authors, approvers) are dropped when fetching.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any, Literal

from pydantic import BaseModel, Field

from connectors.base import Connector, Context, Window
from connectors.policy_folder import topics_of
from connectors.tools.api import Part, Service, by_offset, json_payload, require_account, whole
from connectors.tools.connection import HttpSettings
from connectors.tools.credentials import Authorization, lacking_secrets, needed
from connectors.tools.findings import (
    LeftOut,
    dig,
    from_iso,
    json_array,
    key_of,
    load_kept,
    number,
    other_shape,
    record_of,
    scalar,
)
from connectors.tools.values import shown
from models.aspect import Aspect
from models.message import Text, message
from models.record import Locator, Payload, Record
from models.secret_name import SecretName

List = Literal["requirement-assessments", "evidences", "policies", "applied-controls", "findings"]
LISTS: tuple[List, ...] = ("requirement-assessments", "evidences", "policies", "applied-controls", "findings")
_SIGN_IN = Authorization(kind="header", form="Token {token}")
_PAGE = 100
# What is kept per object; everything else, and every person in it, stays behind
_KEPT = (
    "id", "name", "ref_id", "status", "result", "observation", "eta", "due_date", "start_date", "expiry_date",
    "category", "severity", "created_at", "updated_at", "cost", "link",
)  # fmt: skip
_ANSWERS = {"compliant": "yes", "partially_compliant": "partly", "non_compliant": "no"}  # RequirementAssessment.Result
_NORM = re.compile(r"(?<![\d.])\d{1,2}(?:\.\d{1,2}){1,2}(?![\d.])")
_EUROS = frozenset({"€", "EUR"})
_ENGLISH = {"Accept-Language": "en"}  # some choices come as labels, which are translated
_NOT_BEGUN = frozenset({"", "to_do"})  # what a requirement keeps when only the audit as a whole is marked as done
_EVIDENCE = {"approved": "adopted", "rejected": "withdrawn", "expired": "withdrawn"}  # Evidence.Status; others: draft
_POLICY = {"active": "adopted", "deprecated": "withdrawn"}  # AppliedControl.Status; others: draft
# AppliedControl.Status; a control without a status, or that no longer works as it should, is still to be made
_PLANNED = {"in_progress": "in_progress", "active": "done"}  # others: open
# Finding.Status; what is withdrawn stays a case of its time, as what is dismissed
_FOUND = {
    "mitigated": "resolved", "resolved": "resolved", "closed": "resolved",
    "dismissed": "false_positive", "deprecated": "false_positive",
}  # fmt: skip


class CisoAssistantSettings(HttpSettings):
    """`token`: names the environment variable with a personal access token. `frameworks`: name of a framework in CISO
    Assistant → framework id here; audits of others are passed over. `aspects`: what a judged requirement says
    something about. `signed_by`: role that judges there. `topics`: which names of evidence and policies are about
    which topic. `read`: which parts."""

    token: SecretName = "CISO_ASSISTANT_TOKEN"  # noqa: S105 - the name of an environment variable
    frameworks: dict[str, str] = Field(default_factory=dict)
    aspects: tuple[Aspect, ...] = ("existence",)
    signed_by: str = "beoordelaar in CISO Assistant"
    topics: dict[str, str] = Field(default_factory=dict)
    finding_type: str = "audit"
    read: tuple[List, ...] = LISTS


class CisoAssistantConnector(Connector):
    """Yields kinds attestation, document, finding and improvement."""

    name = "ciso_assistant"
    summary_nl = "CISO Assistant: beoordeelde eisen, bewijsstukken, beleid, bevindingen en verbetermaatregelen"
    Settings = CisoAssistantSettings

    def __init__(self, settings: BaseModel, context: Context) -> None:
        super().__init__(settings, context)
        self._left_out = LeftOut()

    @property
    def kinds(self) -> tuple[str, ...]:
        of_part = {
            "requirement-assessments": "attestation",
            "evidences": "document",
            "policies": "document",
            "applied-controls": "improvement",
            "findings": "finding",
        }
        return tuple(sorted({of_part[part] for part in self.settings.read}))

    def lacking(self) -> Iterator[Text]:
        yield from lacking_secrets(needed(_SIGN_IN), self.settings)

    def fetch(self, window: Window) -> Iterator[Payload]:
        with Service(self.settings, self.context, _SIGN_IN, _ENGLISH) as service:
            me = service.json("api/iam/current-user/")
            who = dig(me.document, "id")
            require_account(me, who)
            self.account = shown(who)
            for part in self.settings.read:
                if part == "requirement-assessments":
                    yield from self._requirements(service)
                    continue
                for page, page_content in enumerate(_pages(service, f"api/{part}/", {}), start=1):
                    yield self._payload(part, page, page_content, {})

    def _requirements(self, service: Service) -> Iterator[Payload]:
        """The judged requirements of every audit against a framework that is known here."""
        pages = list(_pages(service, "api/compliance-assessments/", {}))
        audits = [audit for page in pages for audit in page.items]
        labels = {_label(audit.get("framework")) for audit in audits}
        our_audits = [audit for audit in audits if _label(audit.get("framework")) in self.settings.frameworks]
        if not our_audits:
            self.refuse(
                message("ciso.no_audit"),
                place=pages[0].answer.address,
                advice=message("ciso.name_one", known=", ".join(sorted(filter(None, labels))) or message("shell.none")),
            )
        for audit in our_audits:
            extra = {
                "audit": audit.get("id"),
                "audit_status": audit.get("status"),
                "framework": _label(audit["framework"]),
            }
            query = {"compliance_assessment": audit.get("id")}
            for page, page_content in enumerate(_pages(service, "api/requirement-assessments/", query), start=1):
                yield self._payload("requirement-assessments", page, page_content, extra)

    def _payload(self, part: str, page: int, page_content: Part, extra: dict[str, Any]) -> Payload:
        rows = []
        for item in page_content.items:
            row = {name: item[name] for name in _KEPT if name in item}
            if "requirement" in item:
                row["requirement"] = {name: dig(item, "requirement", name) for name in ("ref_id", "urn", "name")}
            row["controls"] = sorted(map(_label, json_array(item.get("reference_controls"))))
            row["perimeter"] = _label(item.get("perimeter"))
            rows.append(row)
        name = "_".join(str(word) for word in (part, extra.get("audit"), page) if word is not None)
        return json_payload(f"{name}.json", {"part": part, **extra, "results": rows}, page_content.answer)

    def read(self, payload: Payload) -> Iterator[Record]:
        content = load_kept(payload, "results")
        readers: dict[str, Callable[[dict[str, Any], dict[str, Any], Locator], Iterator[Record]]] = {
            "requirement-assessments": self._attestations,
            "evidences": self._evidence,
            "policies": self._policy,
            "applied-controls": self._improvement,
            "findings": self._finding,
        }
        read_item = readers.get(str(content.get("part")))
        if read_item is None:
            raise other_shape(payload, "part")
        self._left_out.clear()
        for position, item in enumerate(json_array(content["results"])):
            locator = Locator(file=payload.name, address=f"#/results/{position}")
            yield from read_item(content, item, locator)
        self._left_out.say(self, payload.name)

    def _attestations(self, content: dict[str, Any], item: dict[str, Any], locator: Locator) -> Iterator[Record]:
        """One per aspect, for requirements that were judged; what is not assessed or not applicable says nothing
        here. A bad judgement counts whatever the state of its audit; "compliant" only when somebody was done with it."""
        answer = _ANSWERS.get(_choice_code(item.get("result")))
        if answer is None:
            return
        if answer == "yes" and not _is_settled(
            _choice_code(item.get("status")), _choice_code(content.get("audit_status"))
        ):
            self._left_out["unsettled"] += 1
            return
        norm = dig(item, "requirement", "ref_id")
        if not norm:
            self._left_out["without_norm"] += 1
            return
        signed = from_iso(item.get("updated_at"))
        for aspect in self.settings.aspects:
            yield record_of(
                "attestation",
                key_of(content.get("audit"), norm, aspect),
                {
                    "title": dig(item, "requirement", "name") or norm,
                    "framework_id": self.settings.frameworks.get(str(content.get("framework"))),
                    "norm_id": norm,
                    "aspect": aspect,
                    "answer": answer,
                    "explanation": item.get("observation"),
                    "signed_by": self.settings.signed_by,
                    "signed_on": signed.date() if signed else None,
                },
                locator,
            )

    def _evidence(self, content: dict[str, Any], item: dict[str, Any], locator: Locator) -> Iterator[Record]:
        if _choice_code(item.get("status")) != "missing":
            yield self._document("evidence", item, _EVIDENCE, locator, {"url": item.get("link")})

    def _policy(self, content: dict[str, Any], item: dict[str, Any], locator: Locator) -> Iterator[Record]:
        more = {"review_due": item.get("expiry_date"), "adopted_on": item.get("start_date")}
        yield self._document("policy", item, _POLICY, locator, more)

    def _document(
        self, prefix: str, item: dict[str, Any], states: dict[str, str], locator: Locator, more: dict[str, object]
    ) -> Record:
        """CISO Assistant keeps no day of adoption: that of the last change stands in, which is never too early."""
        title, state = str(scalar(item, "name") or ""), states.get(_choice_code(item.get("status")), "draft")
        changed = from_iso(item.get("updated_at"))
        adopted_on = more.get("adopted_on") or (changed.date() if changed else None)
        ended = from_iso(item.get("expiry_date"))
        if ended and not more.get("adopted_on"):  # what is changed after it ran out, was adopted before that
            adopted_on = min(changed or ended, ended).date()
        return record_of(
            "document",
            key_of(prefix, item.get("id")),
            {
                "title": title,
                "topic": topics_of(
                    title, title, {pattern: (topic,) for pattern, topic in self.settings.topics.items()}
                )[0],
                "state": state,
                "observed_at": changed,
                "valid_until": item.get("expiry_date"),
                **more,
                "adopted_on": adopted_on if state == "adopted" else None,
            },
            locator,
        )

    def _improvement(self, content: dict[str, Any], item: dict[str, Any], locator: Locator) -> Iterator[Record]:
        """A control that is planned or was made. CISO Assistant keeps no date of completion: the last change stands
        in."""
        if _choice_code(item.get("category")) == "policy":
            return  # read as a document
        if _choice_code(item.get("status")) == "deprecated":
            self._left_out["dropped_control"] += 1
            return
        state = _PLANNED.get(_choice_code(item.get("status")), "open")
        created, changed = from_iso(item.get("created_at")), from_iso(item.get("updated_at"))
        yield record_of(
            "improvement",
            key_of("applied-control", item.get("id")),
            {
                "title": item.get("name"),
                "action": item.get("name"),
                "planned_on": item.get("start_date") or (created.date() if created else None),
                "due_on": item.get("eta"),
                "done_on": changed.date() if state == "done" and changed else None,
                "budget": _euros(item.get("cost")),
                "state": state,
            },
            locator,
        )

    def _finding(self, content: dict[str, Any], item: dict[str, Any], locator: Locator) -> Iterator[Record]:
        status, severity = _choice_code(item.get("status")), _choice_code(item.get("severity"))
        state = _FOUND.get(status, "open")
        yield record_of(
            "finding",
            key_of("finding", item.get("id")),
            {
                "title": item.get("name"),
                "finding_type": self.settings.finding_type,
                "asset": item.get("perimeter"),
                "norm_ref": _norm_of(item),
                "severity": severity if severity not in {"", "undefined", "--"} else None,
                "first_seen": from_iso(item.get("created_at")),
                "due_at": item.get("due_date") or item.get("eta"),
                "resolved_at": from_iso(item.get("updated_at")) if state != "open" else None,
                "state": state,
                "origin": "CISO Assistant",
            },
            locator,
        )


def _pages(service: Service, path: str, parameters: dict[str, Any]) -> Iterator[Part]:
    """The pages of a list: limit and offset, `results` and `count` (Django REST framework, LimitOffsetPagination)."""

    def ask(offset: int) -> Part:
        answer = service.json(path, params={**parameters, "limit": _PAGE, "offset": offset})
        count = number(dig(answer.document, "count"))
        return Part(answer, json_array(dig(answer.document, "results")), None if count is None else int(count))

    return whole(by_offset(ask), lambda item: item.get("id"))


def _is_settled(requirement: str, audit: str) -> bool:
    """Whether a judgement is a last one: its requirement is done, or its audit is and the requirement not under way. An
    audit that was withdrawn settles nothing."""
    if audit == "deprecated":
        return False
    return requirement == "done" or (audit == "done" and requirement in _NOT_BEGUN)


def _euros(cost: object) -> float | None:
    """What a control costs once: a number before version 3, since then what it costs to build, in a currency."""
    if not isinstance(cost, dict):
        return number(cost)
    in_euros = scalar(cost, "currency") in _EUROS
    return number(dig(cost, "build", "fixed_cost")) if in_euros else None


def _norm_of(item: dict[str, Any]) -> str | None:
    """The number of the norm that a finding is about: that of its control, else its own."""
    controls = item.get("controls")
    names = [*(controls if isinstance(controls, list) else []), item.get("ref_id")]
    match = _NORM.search("\n".join(map(str, names)))
    return match[0] if match else None


def _choice_code(value: object) -> str:
    """A choice as its code: serializers give some as the code (in_progress), others as the label (In progress)."""
    return "_".join(str(value or "").strip().lower().split())


def _label(related: object) -> str:
    """The name of a related object: {id, str} in lists, {id, name} or {ref_id} elsewhere."""
    return str(next((label for name in ("name", "str", "ref_id") if (label := dig(related, name))), ""))
