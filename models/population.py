"""Populations: all there is of something, with where its members are listed and where else they are seen.

Which there are stands in `models/populations.yaml`. Comparing a list with what is seen elsewhere is left to
`models/sql/14_population.sql`, the records to compare to `selections`.
"""

from __future__ import annotations

from functools import cache
from importlib import resources

import yaml
from pydantic import BaseModel, ConfigDict

from models.catalogue import Measure, Population
from models.kind import SafeLoader
from models.selection import possible_members
from models.sql_text import literal

_COUNT = "population_count"


class ComparedPopulation(BaseModel):
    """A population: where its members are listed, in which columns they are seen, and the metric that counts them."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str
    nl: str
    en: str
    list: Population
    seen_in: tuple[Population, ...] = ()
    count_metric: str = _COUNT

    @property
    def kinds(self) -> set[str]:
        """The kinds of evidence that a comparison of the list reads."""
        return {self.list.kind, "measurement", *(sighting.kind for sighting in self.seen_in)}


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


def member_rows(relation: str = "visible_{kind}") -> str:
    """SQL for who is listed and who is seen: organisation_id, population, name, is_listed, and in which kind of evidence. Who is
    seen without a name has one that begins with chr(31). `relation` is where the records of a kind are read."""
    selections = []
    for population in populations():
        for source, is_listed in ((population.list, True), *((sighting, False) for sighting in population.seen_in)):
            name = f"nullif(lower(trim(CAST(({source.key}) AS VARCHAR))), '')"
            # who is seen without a name may be one that is not listed
            name = name if is_listed else f"coalesce({name}, chr(31) || evidence_id)"
            selections.append(
                f"SELECT DISTINCT organisation_id, {literal(population.id)} AS population, "
                f"{name} AS name, {is_listed} AS is_listed, {literal(source.kind)} AS kind "
                f"FROM {relation.format(kind=source.kind)} WHERE {possible_members(source)}"
            )
    return " UNION ALL ".join(selections)


def count_rows(relation: str = "visible_{kind}") -> str:
    """SQL for how many a population should have, read from `relation`: organisation_id, population, counted, counted_on; the
    newest number, and of several of one day the largest."""
    selections = []
    for population in populations():
        names = ", ".join(literal(name.lower()) for name in (population.id, population.nl, population.en))
        of_object = "true" if population.count_metric != _COUNT else f"lower(trim(object)) IN ({names})"
        selections.append(
            f"SELECT organisation_id, {literal(population.id)} AS population, "
            "max_by(value, (day_of(observed_at), value)) AS counted, max(day_of(observed_at)) AS counted_on "
            f"FROM {relation.format(kind='measurement')} WHERE metric = {literal(population.count_metric)} AND {of_object} "
            "GROUP BY organisation_id"
        )
    return " UNION ALL ".join(selections)
