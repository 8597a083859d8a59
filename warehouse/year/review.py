"""What reviewers decided about the answers: kept beside the proposals, never instead of them, one row per decision. What
a workbook says, and whether it may be taken in, is left to `reports/review.py`.

The view `assess.reviewed_answer` (migration 0005) has the answer that counts.
"""

from __future__ import annotations

from collections.abc import Sequence

import duckdb

from models.errors import NotFound
from models.message import message
from warehouse.reading.read import Published, Row
from warehouse.reading.reviews import Overrule, ReviewError, present_overrules
from warehouse.storage.database import transaction, utc_now


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
                    number,
                    item.organisation_id,
                    item.year,
                    item.questionnaire_id,
                    item.question_id,
                    item.field,
                    item.old_value,
                    item.new_value,
                    item.withdrawn,
                    item.proposed_answer,
                    item.proposed_status,
                    reviewer.strip(),
                    reason.strip(),
                    now,
                    item.run_no,
                    file_name,
                    file_hash,
                ],
            )
    return len(overrules)


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


def _of_question(published: Published, organisation: str, question_id: str) -> list[Row]:
    rows = present_overrules(published, organisation)
    of_question = [row for row in rows if row["question_id"] == question_id]
    if not of_question:
        questions = ", ".join(sorted({row["question_id"] for row in rows})) or message("shell.none")
        raise NotFound(
            message("review.not_changed", question=question_id), advice=message("review.changed", known=questions)
        )
    return of_question


def _again(published: Published, row: Row, *, withdrawn: bool = False) -> Overrule:
    """The same decision on the present proposal, or its withdrawal."""
    run = published.last_run()
    now = published.rows(
        "SELECT answer, status FROM assess.answer WHERE until_run_no IS NULL AND organisation_id = ? "
        "AND questionnaire_id = ? AND question_id = ?",
        [row["organisation_id"], row["questionnaire_id"], row["question_id"]],
    )
    proposal = now[0] if now else {"answer": None, "status": None}
    value = row["new_value"]
    return Overrule(
        organisation_id=row["organisation_id"],
        year=row["year"],
        questionnaire_id=row["questionnaire_id"],
        question_id=row["question_id"],
        field=row["field"],
        old_value=value,
        new_value=None if withdrawn else value,
        proposed_answer=proposal["answer"],
        proposed_status=proposal["status"],
        run_no=run["run_no"],
        withdrawn=withdrawn,
    )
