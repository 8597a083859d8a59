"""What `ensia.yaml` may say: one organisation with its sources, or an installation that serves several.

Only the shape lives here. A connector's own settings are checked by that connector; files are opened by the caller.
"""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from models.catalogue import ASPECTS, Aspect
from models.duration import Duration
from models.errors import ConfigurationError
from models.kind import SafeLoader, kinds

Identifier = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$")]


def _span(value: Any) -> Any:
    return Duration.parse(value) if isinstance(value, str) else value


Span = Annotated[Duration, BeforeValidator(_span)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)


class Organisation(_Strict):
    """Who accounts: every row carries its `id`."""

    id: Identifier
    name: str
    type: Literal["gemeente", "waterschap", "provincie", "gemeenschappelijke regeling"] = "gemeente"


class Coverage(_Strict):
    """That a source sees everything of a kind, or of the listed discriminator values: then nothing seen is nothing
    happened."""

    kind: str
    about: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _known(self) -> Coverage:
        if self.kind not in kinds():
            raise ValueError(f"soort bewijs ‘{self.kind}’ is er niet; er zijn: {', '.join(kinds())}")
        return self


class Limits(_Strict):
    """When a batch is held back whole. `max_fall`: fraction by which the number of records may fall since the last
    accepted collection. `min_rows`: fewer is held back. `max_rejected`: fraction of rows that may go to quarantine.
    `max_age`: the newest record must not be older (nothing fresh)."""

    max_fall: float = Field(0.5, ge=0, le=1)
    min_rows: int = Field(1, ge=0)
    max_rejected: float = Field(0.5, ge=0, le=1)
    max_age: Span | None = None


class Source(BaseModel):
    """A source of evidence. What is not listed here is the connector's own and stays in `options`."""

    model_config = ConfigDict(frozen=True, arbitrary_types_allowed=True)

    id: Identifier
    connector: str
    title: str = ""
    owner: str = ""
    personal_data: bool = False
    expected_every: Span = Duration(days=1)
    covers: tuple[Coverage, ...] = ()
    timeout_seconds: float = Field(300, gt=0)
    retries: int = Field(2, ge=0, le=10)
    full_every: Span = Duration(days=7)
    limits: Limits = Limits()
    options: dict[str, Any] = {}

    @model_validator(mode="before")
    @classmethod
    def _options(cls, value: Any) -> Any:
        if not isinstance(value, dict) or "options" in value:
            return value
        own = {name: content for name, content in value.items() if name in cls.model_fields}
        return {**own, "options": {name: content for name, content in value.items() if name not in cls.model_fields}}


class Cycle(_Strict):
    """The year accounted for. `aspects` are those that count in the roll-up (domain.md §5)."""

    year: int = Field(ge=2017, le=2100)
    reference_date: str | None = Field(None, pattern=r"^\d{4}-\d{2}-\d{2}$")
    aspects: tuple[Aspect, ...] = ASPECTS


class Schedule(_Strict):
    """When `ensia serve` starts the nightly run, Europe/Amsterdam. 02:00–02:59 does not exist on the spring change."""

    at: str = Field("03:15", pattern=r"^([01]\d|2[0-3]):[0-5]\d$")

    @model_validator(mode="after")
    def _exists_every_night(self) -> Schedule:
        if self.at.startswith("02:"):
            raise ValueError("02:00–02:59 valt weg of komt dubbel als de klok verzet wordt; kies bijvoorbeeld 03:15")
        return self


VariableName = Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9_]*$")]


class MailServer(_Strict):
    """Where the digest is handed in. `username` and `password` are names of environment variables; `ca_file` is relative
    to `ensia.yaml`; `timeout` in seconds."""

    host: str = Field(min_length=1)
    port: int = Field(587, ge=1, le=65535)
    security: Literal["starttls", "tls"] = "starttls"
    sender: str = Field(pattern=r"^[^\r\n]+@[^\r\n]+$")
    username: VariableName | None = None
    password: VariableName | None = None
    ca_file: str | None = None
    timeout: float = Field(30, gt=0)

    @model_validator(mode="after")
    def _login(self) -> MailServer:
        if (self.username is None) != (self.password is None):
            raise ValueError("geef ‘username’ en ‘password’ samen, als namen van omgevingsvariabelen")
        return self


class DigestRecipient(_Strict):
    """Who hears what is asked of which owners ('*': everybody not named, and what has no owner): by `email`, or by the
    `webhook` of which the address stands in the environment variable of that name."""

    owners: tuple[str, ...] = Field(min_length=1)
    email: str | None = Field(None, pattern=r"^[^@\s]+@[^@\s]+$")
    webhook: VariableName | None = None
    form: Literal["teams", "json"] = "teams"

    @model_validator(mode="after")
    def _one_way(self) -> DigestRecipient:
        if (self.email is None) == (self.webhook is None):
            raise ValueError("geef ‘email’ of ‘webhook’; niet beide, niet geen van beide")
        return self


class Digest(_Strict):
    """What owners are told after a run, when something changed. `within`: how far ahead what expires is told."""

    within: Span = Duration(days=30)
    lang: Literal["nl", "en"] = "nl"
    mail: MailServer | None = None
    recipients: tuple[DigestRecipient, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _reachable(self) -> Digest:
        addresses = [recipient.email or recipient.webhook for recipient in self.recipients]
        twice = sorted({str(address) for address in addresses if addresses.count(address) > 1})
        if twice:
            raise ValueError(f"{', '.join(twice)} staat er tweemaal; zet de eigenaren bij elkaar")
        if self.mail is None and any(recipient.email for recipient in self.recipients):
            raise ValueError("er zijn e-mailadressen, maar ‘mail’ met de mailserver ontbreekt")
        return self


class Configuration(_Strict):
    """One organisation and its sources (`organisation`, `sources`), or several (`organisations`: files like this one).

    `state` is the folder of warehouse, landing, published file and exports, relative to the file. `frameworks` are the
    framework ids that are assessed. `exports`: the reports that every run makes. `catalogue` is an optional folder with
    the organisation's own norms and rules. `digest`: who is told what is asked after a run.
    """

    organisation: Organisation | None = None
    organisations: tuple[str, ...] = ()
    state: str = "state"
    frameworks: tuple[str, ...] = ("bio2-1.3", "principes-2018")
    catalogue: str | None = None
    cycle: Cycle | None = None
    schedule: Schedule = Schedule()
    exports: tuple[str, ...] = ("ensia", "dashboard")
    pseudonym_key: str = Field("ENSIA_PSEUDONYM_KEY", pattern=r"^[A-Z][A-Z0-9_]*$")
    digest: Digest | None = None
    sources: tuple[Source, ...] = ()

    @model_validator(mode="after")
    def _one_form(self) -> Configuration:
        if (self.organisation is None) == (not self.organisations):
            raise ValueError(
                "geef ‘organisation’ met ‘sources’, of ‘organisations’ met bestanden; niet beide, niet geen van beide"
            )
        seen: set[str] = set()
        for source in self.sources:
            if source.id in seen:
                raise ValueError(f"twee bronnen heten ‘{source.id}’; gebruik elke naam één keer")
            seen.add(source.id)
        return self


def parse_configuration(text: str, place: str) -> Configuration:
    """The configuration that `text` (YAML) holds; ConfigurationError names `place`, line, path and allowed values."""
    try:
        content = yaml.load(text, Loader=SafeLoader)
        tree = yaml.compose(text, Loader=SafeLoader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f", regel {mark.line + 1}" if mark else ""
        raise ConfigurationError(
            f"is geen geldige YAML: {getattr(error, 'problem', error)}",
            place=f"{place}{line}",
            advice="controleer inspringing, dubbele punten en aanhalingstekens",
        ) from error
    if not isinstance(content, dict):
        raise ConfigurationError(
            "is leeg of heeft geen instellingen", place=place, advice="begin met examples/gemeente-voorbeeld/ensia.yaml"
        )
    try:
        return Configuration.model_validate(content)
    except ValidationError as error:
        raise ConfigurationError("\n".join(_explain(problem, tree, place) for problem in error.errors())) from error


def settings_error(error: ValidationError, source: Source) -> ConfigurationError:
    """The same wording for a connector's own settings."""
    lines = [_explain(problem, None, f"bron ‘{source.id}’ ({source.connector})") for problem in error.errors()]
    return ConfigurationError("\n".join(lines))


# What pydantic expected, by its error type, in the words of the person who edits the file.
_EXPECTED = {
    "string_type": "tekst; zet een getal of datum tussen aanhalingstekens",
    "string_pattern_mismatch": "tekst volgens het patroon {pattern}",
    "int_type": "een geheel getal",
    "int_parsing": "een geheel getal",
    "float_type": "een getal",
    "float_parsing": "een getal",
    "bool_type": "true of false",
    "bool_parsing": "true of false",
    "tuple_type": "een lijst",
    "list_type": "een lijst",
    "dict_type": "een lijst van naam: waarde",
    "model_type": "een groep instellingen",
    "date_from_datetime_parsing": "een datum als 2026-12-31",
    "date_type": "een datum als 2026-12-31",
    "greater_than": "meer dan {gt}",
    "greater_than_equal": "minstens {ge}",
    "less_than": "minder dan {lt}",
    "less_than_equal": "hoogstens {le}",
}


def _explain(problem: Any, tree: Any, place: str) -> str:
    path = ".".join(str(part) for part in problem["loc"]) or "(hele bestand)"
    line = _line(tree, problem["loc"])
    where = f"{place}, regel {line}" if line else place
    kind, context = problem["type"], problem.get("ctx", {})
    if kind == "missing":
        return f"{where}: {path} ontbreekt"
    if kind == "extra_forbidden":
        return f"{where}: {path} is hier geen instelling"
    if kind == "literal_error":
        return f"{where}: {path} is {problem['input']!r}; toegestaan: {context['expected']}"
    if kind in _EXPECTED:
        return f"{where}: {path} is {problem['input']!r}; verwacht: {_EXPECTED[kind].format(**context)}"
    message = re.sub(r"^Value error, ", "", problem["msg"])
    return f"{where}: {path}: {message}"


def _line(tree: Any, path: tuple[int | str, ...]) -> int | None:
    """The line of the deepest node along `path` that exists in the YAML tree."""
    line: int | None = None
    node = tree
    for part in path:
        if isinstance(node, yaml.MappingNode):
            for key, value in node.value:
                if key.value == part:
                    line, node = key.start_mark.line + 1, value
                    break
            else:
                break
        elif isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
            node = node.value[part]
            line = node.start_mark.line + 1
    return line
