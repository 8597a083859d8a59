"""`ensia template`: a workbook to fill in for who has no list yet, and the source that reads it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml

from cli.common import console
from models.errors import ConfigurationError
from models.list_description import ListDescription, described_lists, find_list
from models.loading import default_frameworks, load_catalogue
from models.message import Say, message
from reports.list_template import sheet_name, write_template


def make_template(names: Sequence[str], to: Path, needed: bool, say: Say) -> None:
    """Write a workbook for the lists of these names, or for all that the rules ask; an existing file is never overwritten.
    Raises NotFound or ConfigurationError."""
    every = described_lists(load_catalogue(default_frameworks()))
    lists = [find_list(name, every) for name in dict.fromkeys(names)] or [
        one for one in every if one.asked_by or not needed
    ]
    if to.exists():
        raise ConfigurationError(message("template.exists"), place=str(to), advice=message("template.exists_advice"))
    write_template(to, lists, say.language, needed=needed)
    number = message("template.number_of_lists", number=len(lists))
    console().print(say("template.written", file=to, lists=number), markup=False, soft_wrap=True)
    console().print(say("template.then"), markup=False, soft_wrap=True)
    source = yaml.safe_dump([template_source(to.name, lists, say)], allow_unicode=True, sort_keys=False, width=120)
    console().print(source, markup=False, soft_wrap=True)


def template_source(file: str, lists: Sequence[ListDescription], say: Say) -> dict[str, Any]:
    """The source that reads a filled-in template: no column of it needs a mapping."""
    tables = [_template_table(description, say) for description in lists]
    personal = {"personal_data": True} if any(description.is_personal for description in lists) else {}
    return {"id": "lijsten", "connector": "spreadsheet", **personal, "file": file, "tables": tables}


def _template_table(description: ListDescription, say: Say) -> dict[str, Any]:
    table: dict[str, Any] = {"sheet": sheet_name(description, say), "kind": description.list_type.kind}
    constants = description.list_type.constants
    return {**table, "number": say("template.number"), **({"constants": constants} if constants else {})}
