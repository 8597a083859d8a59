"""How a status came to be what it is: its versions over the runs, and what changed it (a record, a test or a rule)."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from models.catalogue import Catalogue
from models.kind import kinds
from models.sql_text import literal
from warehouse.reading.read import Published, Row
from warehouse.storage.catalogue_store import stored_catalogue


def history(published: Published, organisation: str, norm: Row) -> list[Row]:
    """Every change of the norm's status, oldest first: run, day, status, and the causes of the change."""
    table = "principle_status" if norm["level"] == "principle" else "measure_status"
    key = "principle_id" if table == "principle_status" else "norm_id"
    if norm["level"] == "control" and not norm["carries_tests"]:
        table = "control_status"
    versions = published.rows(
        f"SELECT s.status, s.from_run_no, s.until_run_no, r.as_of, r.finished_at FROM assess.{table} AS s "
        f"LEFT JOIN ops.run AS r ON r.run_no = s.from_run_no "
        f"WHERE s.organisation_id = ? AND s.framework_id = ? AND s.{key} = ? ORDER BY s.from_run_no",
        [organisation, norm["framework_id"], norm["norm_id"]],
    )
    changes: list[Row] = []
    before = None
    for version in versions:
        if version["status"] != before:
            causes: list[Row] = []
            if before is not None:
                causes = _causes(published, organisation, norm, version["from_run_no"])
                causes += _changed_statements(published, organisation, norm, version["from_run_no"])
            changes.append({**version, "before": before, "causes": causes})
        before = version["status"]
    return changes


def difference(published: Published, organisation: str, first: int, second: int) -> list[Row]:
    """Norms whose status differs between two runs (numbers), with the status in each, and whether what is tested differs too
    (`other_rules`): then the statuses of the two runs do not measure the same."""
    rows = []
    remeasured = _remeasured(published, first, second)
    for table, key, once in (
        ("measure_status", "norm_id", "n.level <> 'control'"),  # a control with tests of its own has a status in both
        ("control_status", "norm_id", "true"),
        ("principle_status", "principle_id", "true"),
    ):
        rows += published.rows(
            f"SELECT {literal(table)} AS part, n.framework_id, n.norm_id, n.title_nl, n.title_en, a.status AS before, "
            f"b.status AS after FROM ({_as_of_run(table, '$first')}) AS a "
            f"FULL JOIN ({_as_of_run(table, '$second')}) AS b USING (organisation_id, framework_id, {key}) "
            f"JOIN catalogue.norm AS n ON n.framework_id = framework_id AND n.norm_id = {key} "
            f"WHERE organisation_id = $organisation AND a.status IS DISTINCT FROM b.status AND {once} ORDER BY n.norm_order",
            {"organisation": organisation, "first": first, "second": second},
        )
    for row in rows:
        norm = (row["framework_id"], row["norm_id"])
        row["other_rules"] = norm in remeasured
    return rows


def _remeasured(published: Published, first: int, second: int) -> set[tuple[str, str]]:
    """The norms, controls and principles of which a test, a demand or an indicator differs between the rules of two runs."""
    runs = published.rows(
        "SELECT run_no, catalogue_digest AS digest FROM ops.run WHERE run_no IN (?, ?)",
        [first, second],
    )
    digests = {row["run_no"]: row["digest"] for row in runs}
    if digests.get(first) == digests.get(second):
        return set()
    marks = []
    for run_no in (first, second):
        catalogue = stored_catalogue(published.connection, digests.get(run_no) or "")
        if catalogue is None:
            return set()
        marks.append(_marks_of_rules(catalogue))
    before, after = marks
    return {norm for norm in before.keys() | after.keys() if before.get(norm) != after.get(norm)}


def _marks_of_rules(catalogue: Catalogue) -> dict[tuple[str, str], frozenset[str]]:
    """What tells one version of the rules of a norm from another; of a control those of its measures too."""
    marks: dict[tuple[str, str], set[str]] = defaultdict(set)
    parents = {(norm.framework_id, norm.id): norm.parent for norm in catalogue.norms}
    for test in catalogue.tests:
        norm = (test.framework_id, test.norm_id)
        mark = test.model_dump_json(exclude={"place"})
        marks[norm].add(mark)
        parent = parents.get(norm)
        if parent is not None:
            marks[test.framework_id, parent].add(mark)
    for indicator in catalogue.indicators:
        principle = (indicator.framework_id, indicator.principle_id)
        mark = indicator.model_dump_json(exclude={"place"})
        marks[principle].add(mark)
    return {norm: frozenset(texts) for norm, texts in marks.items()}


def _as_of_run(table: str, number: str) -> str:
    return f"SELECT * FROM assess.{table} WHERE from_run_no <= {number} AND (until_run_no IS NULL OR until_run_no > {number})"


def _causes(published: Published, organisation: str, norm: Row, run_no: int) -> list[dict[str, Any]]:
    """What made the difference in a run: tests of the norm (or of the measures under it) whose result changed, with the
    records that came or went, or that time passed, or that the rules were others."""
    changed = published.rows(
        """
        SELECT b.test_id, b.norm_id, a.result AS before, b.result AS after,
            b.evidence_kind, b.evidence_ids,
            t.sentence_nl, t.sentence_en, t.kind
        FROM assess.test_result AS b
        LEFT JOIN assess.test_result AS a
            ON a.organisation_id = b.organisation_id
            AND a.framework_id = b.framework_id
            AND a.test_id = b.test_id
            AND a.purpose = b.purpose
            AND a.until_run_no = b.from_run_no
        LEFT JOIN catalogue.test AS t
            ON t.framework_id = b.framework_id
            AND t.test_id = b.test_id
            AND t.purpose = b.purpose
        LEFT JOIN catalogue.norm AS n
            ON n.framework_id = b.framework_id
            AND n.norm_id = b.norm_id
        WHERE b.organisation_id = $organisation
            AND b.framework_id = $framework
            AND b.from_run_no = $run
            AND (b.norm_id = $norm OR n.parent = $norm)
            AND a.result IS DISTINCT FROM b.result
        ORDER BY b.test_id
        """,
        {"organisation": organisation, "framework": norm["framework_id"], "norm": norm["norm_id"], "run": run_no},
    )
    run = published.rows("SELECT * FROM ops.run WHERE run_no = ?", [run_no])
    rules_changed = _rules_changed(published, run_no)
    for row in changed:
        row["records"] = (
            _changed_records(published, organisation, row["kind"], run[0]["known_at"]) if run and row["kind"] else []
        )
        if row["before"] is None:
            row["cause"] = "new_test"
        elif row["records"]:
            row["cause"] = "records"
        else:
            row["cause"] = "rules" if rules_changed else "time"
    return changed


def _changed_statements(published: Published, organisation: str, norm: Row, run_no: int) -> list[dict[str, Any]]:
    """Statements of applicability that began or ceased to count in a run, for the norm or a measure under it."""
    changed = published.rows(
        """
        SELECT b.norm_id, a.status AS before, b.status AS after,
            a.applicability_id AS was, b.applicability_id AS is_now
        FROM assess.measure_status AS b
        JOIN assess.measure_status AS a
            ON a.organisation_id = b.organisation_id
            AND a.framework_id = b.framework_id
            AND a.norm_id = b.norm_id
            AND a.until_run_no = b.from_run_no
        LEFT JOIN catalogue.norm AS n
            ON n.framework_id = b.framework_id
            AND n.norm_id = b.norm_id
        WHERE b.organisation_id = $organisation
            AND b.framework_id = $framework
            AND b.from_run_no = $run
            AND (b.norm_id = $norm OR n.parent = $norm)
            AND (a.applicability_id IS NULL) <> (b.applicability_id IS NULL)
        ORDER BY b.norm_id
        """,
        {"organisation": organisation, "framework": norm["framework_id"], "norm": norm["norm_id"], "run": run_no},
    )
    return [
        {
            "test_id": None, "norm_id": row["norm_id"], "before": row["before"], "after": row["after"],
            "sentence_nl": f"Verklaring van toepasselijkheid van {row['norm_id']}",
            "sentence_en": f"Statement of applicability of {row['norm_id']}",
            "kind": "applicability", "cause": "applicability",
            "records": published.evidence(organisation, "applicability", [row["is_now"] or row["was"]]),
        }
        for row in changed
    ]  # fmt: skip


def _rules_changed(published: Published, run_no: int) -> bool:
    rows = published.rows(
        "SELECT catalogue_digest FROM ops.run WHERE run_no <= ? AND state IN ('ok', 'degraded') ORDER BY run_no DESC LIMIT 2",
        [run_no],
    )
    return len(rows) == 2 and rows[0]["catalogue_digest"] != rows[1]["catalogue_digest"]


def _changed_records(published: Published, organisation: str, kind: str, known_at: Any) -> list[Row]:
    """Records of a kind that came or went in a run, the first twenty."""
    if kind not in kinds():
        return []
    return published.rows(
        f"SELECT evidence_id, source_id, record_key, title, locator, recorded_at = $at AS came FROM evidence.{kind} "
        "WHERE organisation_id = $organisation AND (recorded_at = $at OR retired_at = $at) ORDER BY record_key LIMIT 20",
        {"organisation": organisation, "at": known_at},
    )
