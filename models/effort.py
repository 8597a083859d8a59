"""What a step towards compliance costs, in hours: an estimate that ranks the steps of `ensia next`, from `efforts.yaml` and
what an organisation says otherwise in ensia.yaml."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict, PositiveFloat

from models.headings import list_types
from models.kind import SafeLoader

StepSort = Literal["hand_in", "add", "mend", "read", "sample", "compare", "attest"]


class Efforts(BaseModel):
    """Hours by sort of step, and of handing in a list by its kind or register."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    steps: dict[StepSort, PositiveFloat]
    lists: dict[str, PositiveFloat]


@cache
def efforts() -> Efforts:
    """The estimates that come with the program."""
    text = resources.files("models").joinpath("efforts.yaml").read_text("utf-8")
    return Efforts.model_validate(yaml.load(text, Loader=SafeLoader))


@cache
def effort_names() -> tuple[str, ...]:
    """What an organisation may give hours for: the sorts of step, and the kinds and registers."""
    lists = dict.fromkeys(list_type.register or list_type.kind for list_type in list_types())
    return (*efforts().steps, *lists)


def hours_of(sort: StepSort, name: str, units: int, changed: Mapping[str, float]) -> float:
    """The hours of a step about the list or word `name`, over so many units."""
    packaged = efforts()
    of_list = changed.get(name, packaged.lists.get(name)) if sort == "hand_in" else None
    each = of_list if of_list is not None else changed.get(sort, packaged.steps[sort])
    return each * max(units, 1)
