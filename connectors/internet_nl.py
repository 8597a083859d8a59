"""Reads scores of internet.nl: batch results that were downloaded as JSON, exports of its dashboard, or the newest finished
results from the batch API.

Format: Internet.nl batch API version 2 (OpenAPI, interface/batch/openapi.yaml in its repository): /requests and
/requests/{id}/results. Starting a batch test is left to internet.nl or its dashboard.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from connectors.base import Window
from connectors.internet_nl_exports import (
    Score,
    Scores,
    is_export,
    is_first_version,
    scores_of_export,
    scores_of_first_version,
)
from connectors.tools.api import Service, json_payload
from connectors.tools.connection import Address, HttpSettings
from connectors.tools.credentials import Authorization
from connectors.tools.findings import (
    ReportConnector,
    Subject,
    dig,
    from_iso,
    in_utc,
    json_array,
    key_of,
    load_json,
    moment_of,
    number,
    record_of,
    scalar,
    series_of,
)
from models.message import message
from models.record import Locator, Payload, Problem, Record
from models.secret_name import SecretName

_TYPES = ("web", "mail")  # RequestType


class InternetNlSettings(HttpSettings):
    """`file`: downloaded results; without it the batch API at `address` is asked, with the account that `user` and
    `token` name. `request`: only batch requests with this text in their name."""

    address: Address = "https://batch.internet.nl/api/batch/v2"
    user: SecretName = "INTERNET_NL_USER"
    token: SecretName = "INTERNET_NL_PASSWORD"  # noqa: S105 - the name of an environment variable
    file: str = ""
    request: str = ""


class InternetNlConnector(ReportConnector):
    """Yields kind measurement: metrics internet_nl_web and internet_nl_mail, object = domain, value = percentage."""

    name = "internet_nl"
    summary_nl = "Scores van internet.nl voor websites en e-mail (batch-API, of een export van het dashboard)"
    Settings = InternetNlSettings
    media_type = "application/json"

    @property
    def kinds(self) -> tuple[str, ...]:
        return ("measurement",)

    def identify(self, payload: Payload) -> Subject:
        """Per type of test, web or mail, the newest finished results count; of exports of the dashboard per list."""
        older = self._scores(payload)
        if older is not None:
            return Subject(f"{older.kind}|{series_of(payload.name)}", older.tested)
        request = self._results(payload)["request"]
        unfinished = "" if request.get("status") == "done" else message("internetnl.unfinished")
        return Subject(str(request.get("request_type")), _tested(request), unfinished)

    def fetch(self, window: Window) -> Iterator[Payload]:
        if self.settings.file:
            yield from super().fetch(window)
            return
        with Service(self.settings, self.context, Authorization(kind="basic")) as service:
            answer = service.json("requests", params={"limit": 0})  # 0: all of them, newest first
            all_requests = json_array(dig(answer.document, "requests"))
            newest: dict[str, dict[str, Any]] = {}
            for request in all_requests:
                is_called_so = self.settings.request.casefold() in str(request.get("name", "")).casefold()
                if is_called_so and request.get("status") == "done" and request.get("request_type") in _TYPES:
                    newest.setdefault(str(request["request_type"]), request)
            if not newest:
                self.refuse(
                    message("internetnl.none_finished", number=len(all_requests)),
                    place=answer.address,
                    advice=message("internetnl.start"),
                )
            for kind, request in sorted(newest.items()):
                answer = service.json(f"requests/{request['request_id']}/results")
                payload = json_payload(f"internet_nl_{kind}.json", answer.document, answer)
                yield payload.about(in_utc(_tested(request)))

    def records(self, payload: Payload) -> Iterator[Record]:
        older = self._scores(payload)
        if older is not None:
            tested = older.tested or moment_of(payload)
            for of_domain in older.domains:
                yield self._record(older.kind, of_domain, tested)
            return
        results = self._results(payload)
        request = results["request"]
        tested = _tested(request) or moment_of(payload)
        for domain, result in results["domains"].items():
            score = number(dig(result, "scoring", "percentage"))
            locator = Locator(file=payload.name, address=f"#/domains/{domain}")
            # status: of DomainStatus, error where the domain could not be tested
            measured = Score(domain, score, locator, scalar(result, "report", "url"), str(dig(result, "status")))
            yield self._record(request["request_type"], measured, tested)

    @staticmethod
    def _record(kind: str, score: Score, tested: datetime) -> Record:
        metric = f"internet_nl_{kind}"
        record = record_of(
            "measurement",
            key_of(metric, score.domain, tested.date()),
            {
                "title": f"internet.nl {kind}: {score.domain}",
                "url": score.url,
                "metric": metric,
                "object": score.domain,
                "value": score.value,
                "unit": "%",
                "observed_at": tested,
            },
            score.locator,
        )
        if score.value is None:
            record.problems.append(Problem("status", "value", score.status, message("internetnl.a_domain")))
        return record

    def _scores(self, payload: Payload) -> Scores | None:
        """What an export of the dashboard, or an answer of the first version, holds; None when it is neither."""
        if is_export(payload.name):
            return scores_of_export(payload)
        results = load_json(payload)
        if is_first_version(results):
            return scores_of_first_version(results, payload)
        return None

    def _results(self, payload: Payload) -> dict[str, Any]:
        results = load_json(payload)
        if not isinstance(dig(results, "domains"), dict) or dig(results, "request", "request_type") not in _TYPES:
            self.refuse(
                message("internetnl.no_results"),
                place=payload.name,
                advice=message("internetnl.download"),
            )
        scan_results: dict[str, Any] = results
        return scan_results


def _tested(request: dict[str, Any]) -> datetime | None:
    """When a batch test ended; when it was asked for, where that is not told."""
    return from_iso(request.get("finished_date")) or from_iso(request.get("submit_date"))
