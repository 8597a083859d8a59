"""What reviewers decided about the answers: kept beside the proposals, never instead of them, one row per decision. What
a workbook says, and whether it may be taken in, is left to `reports/review.py`.

The view `assess.reviewed_answer` (migration 0005) has the answer that counts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

import duckdb

from models.errors import EnsiaError, NotFound
from models.message import message
from warehouse.database import transaction, utc_now
from warehouse.read import Published, Row

FIELDS = ("answer", "explanation", "improvement", "owner", "deadline")
Question = tuple[str, str]  # questionnaire_id, question_id


class ReviewError(EnsiaError):
    """A review that cannot be taken in."""


@dataclass(frozen=True, slots=True)
class Overrule:
    """One field of one answer as a reviewer wants it; a deadline is an ISO day. `old_value` is what stood there (None:
    empty). `proposed_answer` and `proposed_status` are those of the run `run_no`, about `year`, that it was made on."""

    organisation_id: str
    year: int
    questionnaire_id: str
    question_id: str
    field: str
    old_value: str | None
    new_value: str | None
    proposed_answer: str | None
    proposed_status: str | None
    run_no: int
    withdrawn: bool = False


@dataclass(slots=True)
class Reviewed:
    """What reviewers say about one question: `values` by field, who spoke last, why and when (UTC). `look_again`: the
    proposal has changed since."""

    reviewer: str
    reason: str
    reviewed_at: datetime
    look_again: bool = False
    values: dict[str, str] = field(default_factory=dict)


def store_overrules(
    connection: duckdb.DuckDBPyConnection,
    overrules: Sequence[Overrule],
    *,
    reviewer: str,
    reason: str,
    file_name: str = "",
    file_hash: str = "",
) -> int:
    """Keep all of `overrules` or none; returns how many. `connection` is the writable warehouse, which only one process
    can hold, so a nightly run is never in between. Raises ReviewError when reviewer or reason is missing."""
    if not reviewer.strip() or not reason.strip():
        missing = message("review.no_reason") if reviewer.strip() else message("review.no_reviewer")
        raise ReviewError(missing, place=message("review.place"), advice=message("review.missing_advice"))
    now = utc_now()
    with transaction(connection):
        row = connection.execute("SELECT coalesce(max(overrule_no), 0) FROM assess.overrule").fetchone()
        number = int(row[0]) if row else 0
        for item in overrules:
            number += 1
            connection.execute(
                f"INSERT INTO assess.overrule VALUES ({', '.join(['?'] * 17)})",
                [
                    number, item.organisation_id, item.year, item.questionnaire_id, item.question_id, item.field,
                    item.old_value, item.new_value, item.withdrawn, item.proposed_answer, item.proposed_status,
                    reviewer.strip(), reason.strip(), now, item.run_no, file_name, file_hash,
                ],
            )  # fmt: skip
    return len(overrules)


def present_reviews(published: Published, organisation: str) -> dict[Question, Reviewed]:
    """What reviewers say of each question in the year of the newest run; withdrawn and replaced decisions left out."""
    found: dict[Question, Reviewed] = {}
    for row in _present(published, organisation):
        own = found.setdefault(
            (row["questionnaire_id"], row["question_id"]), Reviewed(row["reviewer"], row["reason"], row["reviewed_at"])
        )
        own.reviewer, own.reason, own.reviewed_at = row["reviewer"], row["reason"], row["reviewed_at"]
        own.look_again = own.look_again or row["look_again"]
        own.values[row["field"]] = row["new_value"] or ""
    return found


def all_overrules(published: Published, organisation: str) -> list[Row]:
    """Every decision ever taken, the newest first, with `state`: present, look_again, replaced, withdrawn or
    another_year."""
    return published.rows(
        "SELECT o.*, CASE WHEN o.withdrawn THEN 'withdrawn' WHEN p.look_again THEN 'look_again' "
        "WHEN p.overrule_no IS NOT NULL THEN 'present' "
        "WHEN EXISTS (SELECT 1 FROM assess.overrule AS later WHERE later.organisation_id = o.organisation_id "
        "AND later.questionnaire_id = o.questionnaire_id AND later.question_id = o.question_id "
        'AND later.field = o.field AND later."year" = o."year" AND later.overrule_no > o.overrule_no) THEN \'replaced\' '
        "ELSE 'another_year' END AS state FROM assess.overrule AS o "
        "LEFT JOIN assess.present_overrule AS p USING (overrule_no) WHERE o.organisation_id = ? ORDER BY o.overrule_no DESC",
        [organisation],
    )


def withdraw(
    connection: duckdb.DuckDBPyConnection,
    published: Published,
    organisation: str,
    question_id: str,
    *,
    reviewer: str,
    reason: str,
) -> int:
    """Take back every overrule of a question, so that the proposal counts again; the decisions stay readable. NotFound."""
    rows = _of_question(published, organisation, question_id)
    return store_overrules(
        connection, [_again(published, row, withdrawn=True) for row in rows], reviewer=reviewer, reason=reason
    )


def confirm(
    connection: duckdb.DuckDBPyConnection,
    published: Published,
    organisation: str,
    question_id: str,
    *,
    reviewer: str,
    reason: str,
) -> int:
    """Say that the overrules of a question still hold although the proposal has changed. NotFound without any."""
    rows = _of_question(published, organisation, question_id)
    return store_overrules(connection, [_again(published, row) for row in rows], reviewer=reviewer, reason=reason)


def _present(published: Published, organisation: str) -> list[Row]:
    return published.rows(
        "SELECT * FROM assess.present_overrule WHERE organisation_id = ? ORDER BY overrule_no", [organisation]
    )


def _of_question(published: Published, organisation: str, question_id: str) -> list[Row]:
    rows = _present(published, organisation)
    own = [row for row in rows if row["question_id"] == question_id]
    if not own:
        known = ", ".join(sorted({row["question_id"] for row in rows})) or message("shell.none")
        raise NotFound(
            message("review.not_changed", question=question_id), advice=message("review.changed", known=known)
        )
    return own


def _again(published: Published, row: Row, *, withdrawn: bool = False) -> Overrule:
    """The same decision on the present proposal, or its withdrawal."""
    run = published.last_run()
    now = published.rows(
        "SELECT answer, status FROM assess.answer WHERE until_run_no IS NULL AND organisation_id = ? "
        "AND questionnaire_id = ? AND question_id = ?",
        [row["organisation_id"], row["questionnaire_id"], row["question_id"]],
    )
    proposal = now[0] if now else {"answer": None, "status": None}
    return Overrule(
        row["organisation_id"], row["year"], row["questionnaire_id"], row["question_id"], row["field"],
        row["new_value"], None if withdrawn else row["new_value"], proposal["answer"], proposal["status"],
        run["run_no"], withdrawn,
    )  # fmt: skip
