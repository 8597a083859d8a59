"""Walks from a status to what it rests on: tests, records, and the place of each record in what was read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from models.record import Locator
from models.sql_text import literal
from warehouse.reading.read import Published, Row

# Of what is not good or unknown, how many records are shown; and how many of the good ones, as a sample.
SHOWN_AGAINST = 20
SHOWN_GOOD = 3
AGAINST = ("not_good", "unknown")
_UNJUDGED = {"verdict": None, "mark": None}


def explain(published: Published, organisation: str, name: str) -> dict[str, Any]:
    """Everything behind the status of the norm `name`: norm, official wording, status, measures with tests, or for a
    principle its indicators with tests, or one of these when `name` is its number; and the controls it is related to. Every
    test names its evidence with file, sheet and row, and first what is not good or unknown. A number that is no measure has
    status None. Raises NotFound."""
    indicator = _indicator_called(published, name)
    norm = published.norm(indicator["principle_id"] if indicator else name)
    content: dict[str, Any] = {
        "organisation": organisation,
        "asked": norm["norm_id"] if indicator else name,
        "norm": norm,
        "official_text": published.official_texts().get((norm["framework_id"], norm["norm_id"])),
        "measures": [],
        "indicators": [],
        "controls": [],
    }
    if norm["level"] == "principle":
        explained = _explain_principle(published, organisation, content)
        if indicator is None:
            return explained
        return _only_indicator(explained, indicator["indicator_id"])
    measures = published.measures(organisation, norm["norm_id"])
    measures = [measure for measure in measures if measure["framework_id"] == norm["framework_id"]]
    content["controls"] = related(published, organisation, norm)
    content["status"] = _status_of(published, organisation, norm, measures)
    content["measures"] = list(_explain_measures(published, organisation, norm["framework_id"], measures))
    return content


def _only_indicator(explained: dict[str, Any], indicator_id: str) -> dict[str, Any]:
    """What there is to say of a principle, narrowed to one of its indicators."""
    indicators = [item for item in explained["indicators"] if item["indicator_id"] == indicator_id]
    return explained | {"indicators": indicators, "controls": []}


def _status_of(published: Published, organisation: str, norm: Row, measures: list[Row]) -> Row:
    """The row with the status of a norm: as a control, else as a measure; None as its status where it is not tested."""
    controls = published.controls(organisation)
    rows = [row for row in (*controls, *measures) if row["norm_id"] == norm["norm_id"]]
    if rows:
        return rows[0]
    return {"status": "geen_bewijs" if norm["state"] == "active" else None}


def _explain_measures(
    published: Published, organisation: str, framework_id: str, measures: list[Row]
) -> Iterator[dict[str, Any]]:
    """Each measure with its wording, its demands and its tests."""
    official = published.official_texts()
    norm_ids = [measure["norm_id"] for measure in measures]
    tests = published.tests(organisation, norm_ids)
    tests = [test for test in tests if test["framework_id"] == framework_id]
    tests_with_evidence = _with_evidence(published, organisation, tests)
    for measure in measures:
        number = (measure["framework_id"], measure["norm_id"])
        yield {
            **measure,
            "contradiction": _contradiction(published, measure),
            "official_text": official.get(number),
            "demands": published.demands(*number),
            "not_asked": published.not_asked(*number),
            "tests": [test for test in tests_with_evidence if test["norm_id"] == measure["norm_id"]],
        }


def _indicator_called(published: Published, name: str) -> Row | None:
    """The indicator with this number, however its letters are written; None when it is the number of no indicator."""
    rows = published.rows(
        "SELECT indicator_id, principle_id FROM catalogue.indicator WHERE lower(indicator_id) = lower(trim($name))",
        {"name": name},
    )
    return rows[0] if rows else None


def _contradiction(published: Published, measure: Row) -> Row | None:
    """The record for which a norm complies partly at most: kind, title, record_key and place; None when there is none."""
    if measure.get("capped_by") is None:
        return None
    [record] = published.rows(
        f"SELECT coalesce(title, record_key) AS title, record_key, locator FROM evidence.{measure['capped_by']} "
        "WHERE evidence_id = $id LIMIT 1",
        {"id": measure["cap_id"]},
    )
    return {**record, "kind": measure["capped_by"], "locator": str(Locator.of(record["locator"]))}


def _explain_principle(published: Published, organisation: str, content: dict[str, Any]) -> dict[str, Any]:
    number = content["norm"]["norm_id"]
    content["status"] = next(row for row in published.principles(organisation) if row["principle_id"] == number)
    test_rows = published.tests(organisation, [number], purpose="indicator")
    tests = {test["test_id"]: test for test in _with_evidence(published, organisation, test_rows)}
    for indicator in published.indicators(organisation):
        if indicator["principle_id"] == number:
            content["indicators"].append({**indicator, "tests": [tests[indicator["indicator_id"]]]})
    content["controls"] = related(published, organisation, content["norm"])
    return content


def related(published: Published, organisation: str, norm: Row) -> list[Row]:
    """The controls that a principle or a norm of another framework is related to, with their status."""
    links = published.rows(
        "SELECT to_framework_id, to_norm_id FROM catalogue.link "
        "WHERE framework_id = $framework AND norm_id = $norm AND relation = 'related'",
        {"framework": norm["framework_id"], "norm": norm["norm_id"]},
    )
    related = {(row["to_framework_id"], row["to_norm_id"]) for row in links}
    return [row for row in published.controls(organisation) if (row["framework_id"], row["norm_id"]) in related]


def _with_evidence(published: Published, organisation: str, tests: Sequence[Row]) -> list[Row]:
    """Each test with the records it names, with the verdict on each, and with what can be seen of all that it looked at."""
    records = published.evidence_of(organisation, tests)
    return [_with_records(published, organisation, test, records) for test in tests]


def _with_records(published: Published, organisation: str, test: Row, records: dict[int, Row]) -> Row:
    rows = published.verdicts(organisation, test["framework_id"], test["test_id"])
    judged = {row["evidence_id"]: {"verdict": row["verdict"], "mark": row["mark"]} for row in rows}
    evidence = [
        {**_record_as_named(records[number], test["evidence_kind"]), **judged.get(number, _UNJUDGED)}
        for number in test["evidence_ids"] or []
        if number in records
    ]
    speaking = [_listed_record(row) for row in rows if row["verdict"] in AGAINST]
    good = [_listed_record(row) for row in rows if row["verdict"] == "good"]
    return {
        **test,
        "evidence": evidence,
        "counts": dict(Counter(row["verdict"] for row in rows)),
        "against": speaking[:SHOWN_AGAINST],
        "good_examples": good[:SHOWN_GOOD],
        "query": f"FROM toets_regels({literal(test['test_id'])})",
    }


def _record_as_named(record: Row, kind: str) -> Row:
    """A record as it is named where a result rests on it."""
    return {
        "evidence_id": record["evidence_id"],
        "kind": kind,
        "source_id": record["source_id"],
        "record_key": record["record_key"],
        "title": record["title"],
        "url": record["url"],
        "recorded_at": record["recorded_at"],
        "place": place(record["locator"]),
        "artifact": Locator.of(record["locator"]).artifact,
    }


def _listed_record(row: Row) -> Row:
    """A record of the list of all that a test looked at."""
    names = ("verdict", "mark", "evidence_id", "source_id", "record_key", "title")
    return {**{name: row[name] for name in names}, "place": place(row["locator"])}


def place(locator: dict[str, Any] | None) -> str:
    """Where a record stands, for people (`Locator`)."""
    return str(Locator.of(locator))
