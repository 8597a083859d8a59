"""What must follow a case, in SQL: for each stage its term, and the first record that follows.

The term runs from a moment of the case itself. A stage of which that moment is not known has no term, and is never in
time, whatever followed. Which records may follow is said by the rule; counting the cases is left to the test type.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from models.catalogue import Stage
from models.kind import Kind, kinds

# What a model is handed of each stage: the last day on which nothing needs to have followed, the day on which the first
# record followed (empty: none did), and whether that was in time.
SQL_TYPE = "STRUCT(last_day DATE, followed_on DATE, in_time BOOLEAN)[]"


def stage_list(
    stages: Sequence[Stage],
    kind: Kind,
    condition_of: Callable[[Stage], str],
) -> str:
    """The SQL expression for the stages of a case of `kind`, a SQL_TYPE; `condition_of` says which may follow."""
    earliest: dict[str, str] = {}
    parts = []
    for stage in stages:
        since = _since(stage, kind, earliest.get(stage.after, ""))
        if stage.id:
            earliest[stage.id] = _first_follower(
                stage, condition_of(stage), f"other_key IS NULL AND coalesce(moment >= {since}, true)"
            )
        parts.append(_one_stage(stage, since, _first_follower(stage, condition_of(stage))))
    return f"[{', '.join(parts)}]"


def _since(stage: Stage, kind: Kind, earlier: str) -> str:
    """The moment from which the term of a stage runs; `earlier`: at which the stage that it comes after followed at the
    earliest, reckoned with what may have followed this case as well as another."""
    if not stage.since:
        return earlier
    since = _as_moment(kind, stage.since)
    if not earlier:
        return since
    # greatest() passes over what is not known
    return f"(CASE WHEN {since} IS NOT NULL AND {earlier} IS NOT NULL THEN greatest({since}, {earlier}) END)"


def _one_stage(stage: Stage, since: str, at: str) -> str:
    last_day = _last_day(stage, since)
    in_time = f"day_of({at}) <= {last_day}"
    if stage.within.hours:
        in_time = f"{at} <= {since} + {stage.within.sql()}"
    return f"{{last_day: {last_day}, followed_on: day_of({at}), in_time: coalesce({in_time}, false)}}"


def _last_day(stage: Stage, since: str) -> str:
    """A term in hours passes in the course of a day: on that day, at its end, a case without a follower is late."""
    if stage.within.hours:
        return f"day_of({since} + {stage.within.sql()}) - 1"
    last_day = f"CAST(day_of({since}) + {stage.within.sql()} AS DATE)"
    # as a column, for the macro names its day several times
    if stage.to_working_day:
        return f"(SELECT next_working_day(last_day) FROM (SELECT {last_day} AS last_day))"
    return last_day


def _first_follower(stage: Stage, condition: str, or_else: str = "false") -> str:
    """The moment of the first record that follows the case, or may as `or_else` says; NULL for one without a moment, and where
    there is none."""
    other = kinds()[stage.kind]
    followers = (
        f"SELECT organisation_id AS other_organisation, ({stage.link}) AS other_key, {_as_moment(other, stage.at)} AS moment "
        f"FROM visible_{stage.kind} WHERE {condition}"
    )
    return (
        f"(SELECT min(moment) FROM ({followers}) "
        f"WHERE other_organisation = organisation_id AND (other_key = ({stage.case}) OR {or_else}))"
    )


def _as_moment(kind: Kind, column: str) -> str:
    """A column as a moment; the first of its day where it holds a day. Without a column: when a record of the kind begins."""
    if not column:
        if kind.roles.started_at:
            return f"({kind.roles.started_at})"
        return f"first_moment_of({kind.roles.happened_on})"
    return column if column in kind.moments else f"first_moment_of({column})"
