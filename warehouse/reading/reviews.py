"""What reviewers decided about the answers, as it is read. The view `assess.present_overrule` has the decisions that count."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from models.errors import EnsiaError
from warehouse.reading.read import Published, Row

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


def present_reviews(published: Published, organisation: str) -> dict[Question, Reviewed]:
    """What reviewers say of each question in the year of the newest run; withdrawn and replaced decisions left out."""
    reviews: dict[Question, Reviewed] = {}
    for row in present_overrules(published, organisation):
        review = reviews.setdefault(
            (row["questionnaire_id"], row["question_id"]), Reviewed(row["reviewer"], row["reason"], row["reviewed_at"])
        )
        review.reviewer, review.reason, review.reviewed_at = row["reviewer"], row["reason"], row["reviewed_at"]
        review.look_again = review.look_again or row["look_again"]
        review.values[row["field"]] = row["new_value"] or ""
    return reviews


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


def present_overrules(published: Published, organisation: str) -> list[Row]:
    """The decisions that count now, in the order in which they were taken."""
    return published.rows(
        "SELECT * FROM assess.present_overrule WHERE organisation_id = ? ORDER BY overrule_no", [organisation]
    )
