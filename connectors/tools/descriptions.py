"""What a REST system looks like, as data: its resources, paging, sign-in, filters and fields.

The descriptions of known systems are the files in `systems/`; one for another system stands in `ensia.yaml`. What is
done with a description is left to `rest`.
"""

from __future__ import annotations

from functools import cache
from importlib import resources
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from connectors.tools.credentials import Authorization
from connectors.tools.mapping import Rule
from connectors.tools.paging import Paging
from connectors.tools.paths import compiled
from models.errors import CatalogueError, TextError
from models.kind import SafeLoader, kinds, source_kinds
from models.message import message
from models.setting_errors import explain


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Query(_Strict):
    """One parameter that holds all conditions: `always`, the organisation's own `filter` and the one of a window,
    joined by `join` (the own one in `brackets` if that is understood), with `ending` (an order) behind them."""

    param: str
    join: str = " AND "
    brackets: bool = False
    always: str = ""
    ending: str = ""


class Since(_Strict):
    """How to ask for what changed since a moment. `{since}` is that moment in `format` and `timezone` (null: the
    system's), `{minutes}` how many minutes ago it is. `condition` joins the query, `params` stand by themselves, `path`
    and `paging` replace the resource's.

    `field` is where a record tells when it last changed, and with it whether the filter was obeyed. A wider
    `overlap_minutes` is safe: a record that comes twice is stored once. `on_request`: only if the organisation asks.
    """

    field: str
    condition: str = ""
    params: dict[str, str] = {}
    path: str | None = None
    paging: Paging | None = None
    format: str = "%Y-%m-%dT%H:%M:%SZ"
    field_format: str | None = None
    timezone: str | None = "UTC"
    overlap_minutes: int = Field(default=10, ge=0)
    on_request: bool = False


class Selection(_Strict):
    """The parameter that names the fields wanted: `names` joined by commas, or (`indexed`) one `param[n]` each."""

    param: str
    names: tuple[str, ...]
    indexed: bool = False


class Resource(_Strict):
    """One list in the system. `records` is the path to it in an answer, `key` the paths that together name a record,
    `prefix` what keeps those of different resources apart."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    kind: str
    path: str
    method: str = Field(default="GET", pattern="^(GET|POST)$")
    params: dict[str, str] = {}
    query: Query | None = None
    select: Selection | None = None
    records: str = "$"
    paging: Paging = Paging()
    incremental: Since | None = None
    key: tuple[str, ...] = Field(min_length=1)
    prefix: str = ""
    custom: str = Field(default="{name}", description="the path of a field of one's own, from its name")
    custom_select: str = Field(
        default="", description="what selects such a field ({name}, or {top}: up to the first point)"
    )
    fields: dict[str, Rule]

    @model_validator(mode="after")
    def _fits_kind(self) -> Resource:
        if self.kind not in source_kinds():
            raise TextError(message("settings.no_kind", kind=self.kind, known=", ".join(source_kinds())))
        kind = kinds()[self.kind]
        for column in self.fields:
            kind.column(column)
        lacking = [column.name for column in kind.columns if column.required and column.name not in self.fields]
        if lacking:
            raise TextError(message("rest.column_missing", lacking=", ".join(lacking), kind=self.kind))
        for path in (self.records, *self.key):
            compiled(path)
        return self


class SignedIn(_Strict):
    """A question that only an account that is signed in gets answered: some systems take an unknown key for a visitor, and
    give what anybody may see, with status 200. `who` is the path of what tells the account; none, or a name in `nobody`,
    is a visitor. `account` is the path of the name that people know it by, where the answer tells it."""

    path: str
    params: dict[str, str] = {}
    who: str
    account: str = ""
    nobody: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _readable(self) -> SignedIn:
        compiled(self.who)
        return self


class System(_Strict):
    """A system: `base` comes behind the organisation's address, `sign_in` are the ways to sign in (the first is the
    default), `signed_in` what is asked before anything is read, `default` the resources read unless the organisation
    chooses."""

    title_nl: str = ""
    base: str = ""
    contract: str = Field(default="", description="the published API that this follows")
    sign_in: dict[str, Authorization] = {"none": Authorization()}
    signed_in: SignedIn | None = None
    headers: dict[str, str] = {}
    timezone: str = "Europe/Amsterdam"
    resources: tuple[Resource, ...] = Field(min_length=1)
    default: tuple[str, ...] = ()
    entities: bool = Field(default=False, description="whether signs in its texts are written as in HTML (&#38;)")

    @model_validator(mode="after")
    def _names(self) -> System:
        names = [resource.name for resource in self.resources]
        if len(set(names)) != len(names):
            raise TextError(message("rest.resource_twice"))
        for name in self.default:
            self.resource(name)
        return self

    def resource(self, name: str) -> Resource:
        """The resource called `name`; ValueError names the ones that exist."""
        for resource in self.resources:
            if resource.name == name:
                return resource
        raise TextError(message("rest.no_resource", name=name, known=", ".join(r.name for r in self.resources)))


@cache
def system(name: str) -> System:
    """The description in `systems/<name>.yaml`. Raises CatalogueError when it says something that cannot be."""
    place = f"connectors/systems/{name}.yaml"
    content: Any = yaml.load(
        resources.files("connectors").joinpath("systems", f"{name}.yaml").read_text("utf-8"), Loader=SafeLoader
    )
    try:
        return System.model_validate(content)
    except ValidationError as error:
        raise CatalogueError(explain(error, {}, place, System)) from error
