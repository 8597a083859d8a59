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

# What `followers_joined` joins for a stage, and for one that another comes after.
_FOLLOWED = """LEFT JOIN (
    SELECT
        of_organisation AS organisation_{number},
        of_case AS case_{number},
        min(moment) AS followed_{number}
    FROM ({followers})
    GROUP BY ALL
) ON organisation_{number} = organisation_id
    AND case_{number} = ({case})"""
_UNNAMED = """ASOF LEFT JOIN (
    SELECT
        of_organisation AS unnamed_organisation_{number},
        moment AS unnamed_{number}
    FROM ({followers})
    WHERE of_case IS NULL AND moment IS NOT NULL
) ON unnamed_organisation_{number} = organisation_id
    AND unnamed_{number} >= ({since})
LEFT JOIN (
    SELECT
        of_organisation AS first_organisation_{number},
        min(moment) AS unnamed_first_{number}
    FROM ({followers})
    WHERE of_case IS NULL
    GROUP BY ALL
) ON first_organisation_{number} = organisation_id"""


def stage_list(stages: Sequence[Stage], kind: Kind) -> str:
    """The SQL expression for the stages of a case of `kind`, a SQL_TYPE, beside what `followers_joined` joins to the case."""
    since = _moments_since(stages, kind)
    parts = [_one_stage(stage, since[number], f"followed_{number}") for number, stage in enumerate(stages)]
    return f"[{', '.join(parts)}]"


def followers_joined(stages: Sequence[Stage], kind: Kind, condition_of: Callable[[Stage], str]) -> str:
    """The SQL joins, after the cases, with what followed each: a row per case, as before. `condition_of` says which records may
    follow. A join for all cases at once, because a look-up for each costs every case times every record.

    `followed_N`: the first record that follows by stage N, empty where none does. Where another stage comes after it also what
    may have followed this case as well as another: `unnamed_N`, the first one since the term began that says of no case that
    it follows it, and `unnamed_first_N`, the first of all.
    """
    since = _moments_since(stages, kind)
    joins = []
    for number, stage in enumerate(stages):
        followers = _followers(stage, condition_of(stage))
        joins.append(_FOLLOWED.format(number=number, followers=followers, case=stage.case))
        if stage.id:
            joins.append(_UNNAMED.format(number=number, followers=followers, since=since[number]))
    return "".join(f" {join}" for join in joins)


def _moments_since(stages: Sequence[Stage], kind: Kind) -> list[str]:
    """The moment from which the term of each stage runs."""
    earliest: dict[str, str] = {}
    moments = []
    for number, stage in enumerate(stages):
        since = _since(stage, kind, earliest.get(stage.after, ""))
        moments.append(since)
        if stage.id:
            unnamed = f"CASE WHEN {since} IS NULL THEN unnamed_first_{number} ELSE unnamed_{number} END"
            earliest[stage.id] = f"least(followed_{number}, {unnamed})"  # least() passes over what is not known
    return moments


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


def _followers(stage: Stage, condition: str) -> str:
    """SQL for the records that may follow a case: of_organisation, of_case (which case by their own words) and moment."""
    other = kinds()[stage.kind]
    return (
        f"SELECT organisation_id AS of_organisation, ({stage.link}) AS of_case, {_as_moment(other, stage.at)} AS moment "
        f"FROM visible_{stage.kind} WHERE {condition}"
    )


def _as_moment(kind: Kind, column: str) -> str:
    """A column as a moment; the first of its day where it holds a day. Without a column: when a record of the kind begins."""
    if not column:
        if kind.roles.started_at:
            return f"({kind.roles.started_at})"
        return f"first_moment_of({kind.roles.happened_on})"
    return column if column in kind.moments else f"first_moment_of({column})"
