"""Populations: all there is of something, with where its members are listed and where else they are seen.

Which there are stands in `models/populations.yaml`. Comparing a list with what is seen elsewhere is left to
`models/sql/14_population.sql`, the records to compare to `selections`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import cache, cached_property
from importlib import resources

import yaml
from pydantic import BaseModel, ConfigDict

from models.catalogue import Measure, Population
from models.kind import Kind, SafeLoader, kinds
from models.selection import EXCUSED, possible_members
from models.sql_text import literal

_COUNT = "population_count"
# What else says how whole a list is: a count, and under which names its members are seen.
_GOVERNING = ("measurement", "alias", "outsider")
_ENDING = """
SELECT
    organisation_id,
    '{population}' AS population,
    {name} AS name,
    evidence_id,
    valid_until
FROM visible_{kind}
WHERE {condition}"""
# What `_use_shown` and `_told` give.
_USE = """
SELECT
    organisation_id,
    '{population}' AS population,
    {name} AS name,
    {last_seen} AS seen_on
FROM {relation}
WHERE {condition}"""
_MEMBER = """
SELECT DISTINCT
    organisation_id,
    '{population}' AS population,
    {name} AS name,
    {is_listed} AS is_listed,
    {is_read} AS is_read,
    '{kind}' AS kind
FROM {relation}
WHERE {condition}"""
# What `outlived_rows` gives.
_OUTLIVED = """
WITH member AS ({members}),
running AS (
    SELECT DISTINCT organisation_id, population, name
    FROM member
    WHERE coalesce(valid_until >= getvariable('as_of'), true)
),
sighting AS (
    SELECT *
    FROM ({sightings})
    WHERE seen_on <= getvariable('as_of')
),
seen AS (
    SELECT organisation_id, population, name, max(seen_on) AS last_seen
    FROM sighting
    GROUP BY ALL
),
seen_apart AS ( -- by a name that no running member has, or by none: each may be a member that is not named
    SELECT organisation_id, population, max(last_seen) AS last_seen
    FROM seen
    ANTI JOIN running USING (organisation_id, population, name)
    GROUP BY ALL
),
seen_unnamed AS ( -- may be any member
    SELECT organisation_id, population, last_seen
    FROM seen
    WHERE name IS NULL
)
SELECT m.evidence_id
FROM member AS m
ANTI JOIN running USING (organisation_id, population, name)
LEFT JOIN seen AS s USING (organisation_id, population, name)
LEFT JOIN seen_unnamed AS u USING (organisation_id, population)
LEFT JOIN seen_apart AS a USING (organisation_id, population)
WHERE m.valid_until < getvariable('as_of')
    AND m.valid_until < greatest(s.last_seen, u.last_seen, CASE WHEN m.name IS NULL THEN a.last_seen END)"""


class ComparedPopulation(BaseModel):
    """A population: where its members are listed, in which columns they are seen, and the metric that counts them.

    `used_in`: where a member that has ended shows that it is still in use, besides `seen_in`; there it has the name that
    `known_by` is of it, where that is not its own (a contract is seen by its supplier, and then only there)."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str
    nl: str
    en: str
    list: Population
    seen_in: tuple[Population, ...] = ()
    used_in: tuple[Population, ...] = ()
    known_by: str = ""
    count_metric: str = _COUNT

    @cached_property
    def shows_use(self) -> tuple[Population, ...]:
        """The columns in which a member that has ended may still be seen."""
        sightings = tuple(use.model_copy(update={"where": _where_a_member_is_named(use)}) for use in self.seen_in)
        return self.used_in if self.known_by else (*sightings, *self.used_in)

    @property
    def kinds(self) -> set[str]:
        """The kinds of evidence that a comparison of the list reads."""
        return {self.list.kind, *_GOVERNING, *(sighting.kind for sighting in (*self.seen_in, *self.used_in))}


@cache
def populations() -> tuple[ComparedPopulation, ...]:
    """Every population, in the order of the file."""
    content = yaml.load(resources.files("models").joinpath("populations.yaml").read_text("utf-8"), Loader=SafeLoader)
    return tuple(ComparedPopulation.model_validate(item) for item in content["populations"])


def population_of(measure: Measure) -> ComparedPopulation | None:
    """The population that a test over a share of a list is about; None for other tests."""
    is_share = measure.test_type.share_of_a_list or measure.objects is not None
    members = measure.objects or measure
    if not is_share or not members.about:
        return None
    matching = (
        population
        for population in populations()
        if population.list.kind == members.kind and set(members.about) <= set(population.list.about)
    )
    return next(matching, None)


def kinds_that_show_use(measure: Measure) -> set[str]:
    """The kinds of evidence in which something that a test is about, and that has ended, may be seen in use."""
    return {
        use.kind
        for population in populations()
        if population.list.kind == measure.kind
        if not measure.about or set(measure.about) & set(population.list.about)
        for use in population.shows_use
    }


def outlived_rows(kind: Kind, unread: Collection[str] = ()) -> str:
    """SQL for the numbers of the records of a kind that are members of a population, ended before the as-of day, and are seen
    after their end, while no other member of that name runs (domain.md section 4, Populations). Empty for a kind without.
    `unread`: the kinds of which there are rows that were kept out; such a row shows use until the day, where it says no day."""
    members, sightings = [], []
    for population in populations():
        if population.list.kind != kind.kind or not population.shows_use:
            continue
        name = _member_name(population.known_by or population.list.key)
        members.append(
            _ENDING.format(
                population=population.id,
                name=name,
                kind=kind.kind,
                condition=possible_members(population.list),
            )
        )
        for use in population.shows_use:
            last_seen = _last_seen(use.kind)
            sightings.append(_use_shown(population, use, f"visible_{use.kind}", last_seen))
            if use.kind in unread:
                until_now = f"coalesce({last_seen}, getvariable('as_of'))"
                sightings.append(_use_shown(population, use, f"unread_{use.kind}", until_now))
    if not members:
        return ""
    return _OUTLIVED.format(members=" UNION ALL ".join(members), sightings=" UNION ALL ".join(sightings))


def _use_shown(population: ComparedPopulation, use: Population, relation: str, last_seen: str) -> str:
    """SQL for the records of a relation that show that something is in use: of which population, by which name, until when."""
    return _USE.format(
        population=population.id,
        name=_member_name(use.key),
        last_seen=last_seen,
        relation=relation,
        condition=possible_members(use),
    )


def _where_a_member_is_named(use: Population) -> str:
    """The condition of the records that `use` selects and that name a member."""
    has_name = f"({use.key}) IS NOT NULL"
    return f"({use.where}) AND {has_name}" if use.where else has_name


def _last_seen(kind: str) -> str:
    """SQL for the day on which a record shows that what it names is in use: an entry of a list does until it ends."""
    if kinds()[kind].keeps:
        return "CASE WHEN coalesce(valid_until >= getvariable('as_of'), true) THEN getvariable('as_of') END"
    return kinds()[kind].roles.happened_on


def _member_name(expression: str) -> str:
    """SQL for the name of a member, as two sources may write it."""
    return f"nullif(lower(trim(CAST(({expression}) AS VARCHAR))), '')"


def member_rows(
    unread: Mapping[str, str],
    relation: str = "visible_{kind}",
    day: str = "getvariable('as_of')",
    holders: str = "role_holder",
    excused: Collection[str] = (),
) -> str:
    """SQL for who is listed and who is seen: organisation_id, population, name, is_listed, kind (of evidence in which), is_read,
    and is_outsider, of what is declared to be no member. Who is seen without a name has one that begins with chr(31). `relation`
    is where the records of a kind are read, `day` SQL for the day, `holders` where it says which roles somebody holds; `unread`
    where, by kind, the rows are that were kept out: who is seen in one may be missing from the list, and tells of no other;
    `excused` of which kinds there are records that are left out of tests: their members are on the list all the same."""
    selections = []
    for population in populations():
        selections.append(_told(population, population.list, relation, is_listed=True))
        if population.list.kind in excused:
            selections.append(_told(population, population.list, f"{EXCUSED}_{population.list.kind}", is_listed=True))
        for sighting in population.seen_in:
            selections.append(_told(population, sighting, relation))
            if sighting.kind in unread:
                selections.append(_told(population, sighting, unread[sighting.kind], is_read=False))
    words = {name.lower(): one.id for one in populations() for name in (one.id, one.nl, one.en)}
    return _members_sql().format(
        told=" UNION ALL ".join(selections),
        words=", ".join(f"({literal(word)}, {literal(name)})" for word, name in words.items()),
        alias=relation.format(kind="alias"),
        outsider=relation.format(kind="outsider"),
        holders=holders,
        day=day,
    )


def _told(
    population: ComparedPopulation, source: Population, relation: str, *, is_listed: bool = False, is_read: bool = True
) -> str:
    """SQL for the members that the records of a relation list, or show."""
    name = _member_name(source.key)
    # who is seen without a name may be one that is not listed
    name = name if is_listed else f"coalesce({name}, chr(31) || evidence_id)"
    return _MEMBER.format(
        population=population.id,
        name=name,
        is_listed=is_listed,
        is_read=is_read,
        kind=source.kind,
        relation=relation.format(kind=source.kind),
        condition=possible_members(source),
    )


@cache
def _members_sql() -> str:
    return resources.files("models").joinpath("members.sql").read_text("utf-8")


# Every number that was ever delivered: a count that is taken away counts as long as there is no later one.
_KNOWN_COUNTS = (
    "(FROM evidence.measurement WHERE recorded_at <= getvariable('known_at') "
    "AND day_of(observed_at) <= getvariable('evidence_as_of'))"
)


def count_rows(relation: str = _KNOWN_COUNTS) -> str:
    """SQL for how many a population should have, read from `relation`: organisation_id, population, counted, counted_on; the
    newest number, and of several of one day the largest."""
    selections = []
    for population in populations():
        names = ", ".join(literal(name.lower()) for name in (population.id, population.nl, population.en))
        of_object = "true" if population.count_metric != _COUNT else f"lower(trim(object)) IN ({names})"
        selections.append(
            f"SELECT organisation_id, {literal(population.id)} AS population, "
            "max_by(value, (day_of(observed_at), value)) AS counted, max(day_of(observed_at)) AS counted_on "
            f"FROM {relation} WHERE metric = {literal(population.count_metric)} AND {of_object} "
            "GROUP BY organisation_id"
        )
    return " UNION ALL ".join(selections)
