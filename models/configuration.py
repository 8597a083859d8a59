"""What `ensia.yaml` may say: one organisation with its sources, or an installation that serves several.

Only the shape lives here. A connector's own settings are checked by that connector; files are opened by the caller.
"""

from __future__ import annotations

from collections import Counter
from datetime import date
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PositiveFloat, ValidationError, model_validator

from models.aspect import ASPECTS, Aspect
from models.bounded_yaml import read_yaml
from models.duration import Duration
from models.effort import effort_names
from models.errors import ConfigurationError, TextError
from models.kind import SafeLoader, kinds, vocabularies
from models.language import Language
from models.loading import default_frameworks
from models.message import Both, Joined, Text, joined, listed, message
from models.secret_name import VariableName
from models.setting_errors import Lines, explain, line_numbers, secrets_in
from models.yaml_errors import UNREADABLE, yaml_place, yaml_reason

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


def _code(word: Any, vocabulary: str) -> str:
    """The code of a word; an open vocabulary keeps one that it does not have."""
    words = vocabularies()[vocabulary]
    code = words.lookup(str(word))
    if code is None and not words.open:
        raise TextError(message("settings.no_word", word=word, known=", ".join(words.terms)))
    return code or str(word)


class Retention(_Strict):
    """How long what was read is kept: originals until 30 September, `landing_years` after the year in which a source last
    delivered them; versions of records that are no longer so for the term of their kind, where it has one. Years that are
    held are kept."""

    landing_years: Annotated[int, Field(ge=1, le=100)] = 1
    kinds: dict[str, Span] = Field(default_factory=dict)
    hold: tuple[int, ...] = ()

    @model_validator(mode="after")
    def _known(self) -> Retention:
        for kind in self.kinds:
            if kind not in kinds():
                raise TextError(message("settings.no_kind", kind=kind, known=", ".join(kinds())))
        return self


class Coverage(_Strict):
    """That a source sees everything of a kind, or of the listed discriminator values: then nothing seen is nothing
    happened."""

    kind: str
    about: tuple[str, ...] = ()

    @model_validator(mode="before")
    @classmethod
    def _in_our_words(cls, value: Any) -> Any:
        """`about` in the words that the records will bear, whichever spelling was written."""
        if not isinstance(value, dict) or not isinstance(value.get("about"), list):
            return value
        if value.get("kind") not in kinds():
            return value
        kind = kinds()[value["kind"]]
        if kind.discriminator is None:
            raise TextError(message("settings.no_about", kind=kind.kind))
        words = kind.column(kind.discriminator).vocabulary
        if words is None:
            return value
        return {**value, "about": [_code(word, words) for word in value["about"]]}

    @model_validator(mode="after")
    def _known(self) -> Coverage:
        if self.kind not in kinds():
            raise TextError(message("settings.no_kind", kind=self.kind, known=", ".join(kinds())))
        return self


def _meanings(value: Any) -> Any:
    """What the words of an organisation mean: by vocabulary, column or attribute, in our codes; null means nothing."""
    if not isinstance(value, dict):
        return value
    meanings: dict[str, Any] = {}
    for name, words in value.items():
        meanings[name] = _meanings_of(name, words)
    return meanings


def _meanings_of(name: str, words: Any) -> Any:
    names = _vocabularies_of(name)
    if not isinstance(words, dict):
        return words
    meanings: dict[str, Any] = {}
    for word, meaning in words.items():
        says_nothing = meaning is None
        is_free = says_nothing or not names
        meanings[str(word)] = meaning if is_free else _known_code(meaning, names)
    return meanings


def _vocabularies_of(name: str) -> list[str]:
    """The vocabularies that the words under `name` may be of: that one itself, or those of the columns called so; none for a
    column or attribute without. TextError when nothing is called so."""
    if name in vocabularies():
        return [name]
    if name in vocabularies()["attribute"].terms:
        return []
    lists: dict[str, None] = {}
    is_column = False
    for kind in kinds().values():
        for column in kind.columns:
            if column.name == name:
                is_column = True
                lists[column.vocabulary or ""] = None
    if not is_column:
        there = ", ".join(vocabularies())
        raise TextError(message("settings.no_words_of", name=name, known=there))
    lists.pop("", None)
    return list(lists)


def _known_code(meaning: Any, names: list[str]) -> str:
    """The code of a word of ours, also in an open vocabulary: what is mapped to nothing known would stay unknown."""
    labels: list[Text] = []
    for name in names:
        words = vocabularies()[name]
        code = words.lookup(str(meaning))
        if code is not None:
            return code
        for term in words.terms.values():
            labels.append(Both(term.nl, term.en))
    raise TextError(message("settings.no_word", word=meaning, known=listed(labels)))


OwnMeanings = Annotated[dict[str, dict[str, str | float | bool | None]], BeforeValidator(_meanings)]


class Limits(_Strict):
    """When a batch is held back whole. `max_fall`: fraction by which the number of records may fall since the last
    accepted collection. `min_rows`: fewer is held back. `max_rejected`: fraction of rows that may go to quarantine.
    `max_age`: the newest record must not be older (nothing fresh)."""

    max_fall: float = Field(0.5, ge=0, le=1)
    min_rows: int = Field(1, ge=0)
    max_rejected: float = Field(0.5, ge=0, le=1)
    max_age: Span | None = None


def _hours(value: Any) -> Any:
    """Hours by what `ensia next` knows; another name would rank nothing."""
    for name in value if isinstance(value, dict) else ():
        if name not in effort_names():
            raise TextError(message("settings.no_effort", name=name, known=", ".join(effort_names())))
    return value


Hours = Annotated[dict[str, PositiveFloat], BeforeValidator(_hours)]


PIPELINE = "pipeline"  # the source_id of what the pipeline measures about itself
PAPERS = "werkpapieren"  # the source_id of what people handed in about the evidence


class Source(BaseModel):
    """A source of evidence. What is not listed here is the connector's own and stays in `options`. `export_of`: the system
    that wrote the files, where no person keeps them."""

    model_config = ConfigDict(frozen=True, arbitrary_types_allowed=True)

    id: Identifier
    connector: str
    title: str = ""
    owner: str = ""
    personal_data: bool = False
    expected_every: Span = Duration(days=1)
    covers: tuple[Coverage, ...] = ()
    export_of: str = ""
    timeout_seconds: float = Field(300, gt=0)
    retries: int = Field(2, ge=0, le=10)
    full_every: Span = Duration(days=7)
    limits: Limits = Limits()
    words: OwnMeanings = {}
    options: dict[str, Any] = {}
    place: str = ""  # the file it stands in, and the line of every setting: for messages
    lines: Lines = {}

    @model_validator(mode="before")
    @classmethod
    def _options(cls, value: Any) -> Any:
        if not isinstance(value, dict) or "options" in value:
            return value
        settings = {name: content for name, content in value.items() if name in cls.settings()}
        return {**settings, "options": {name: content for name, content in value.items() if name not in settings}}

    @model_validator(mode="after")
    def _not_in_our_name(self) -> Source:
        if self.id in (PIPELINE, PAPERS) and self.connector != PIPELINE:
            raise TextError(message("settings.reserved_source", id=self.id))
        return self

    @classmethod
    def settings(cls) -> tuple[str, ...]:
        """What may be said of any source, whatever its connector."""
        return tuple(name for name in cls.model_fields if name not in ("options", "place", "lines"))


class Cycle(_Strict):
    """The year accounted for: by default that of the run. `reference_date` pins the year too. `aspects` are those that
    count in the roll-up (domain.md §5)."""

    year: int | None = Field(None, ge=2017, le=2100)
    reference_date: date | None = None
    aspects: tuple[Aspect, ...] = ASPECTS

    @model_validator(mode="after")
    def _one_year(self) -> Cycle:
        if self.year and self.reference_date and self.reference_date.year != self.year:
            raise TextError(message("settings.reference_outside", day=self.reference_date, year=self.year))
        return self

    @property
    def pinned_year(self) -> int | None:
        """The one year that this cycle is about, when the configuration names it."""
        return self.reference_date.year if self.reference_date else self.year


class Schedule(_Strict):
    """When `ensia serve` starts the nightly run, Europe/Amsterdam. 02:00–02:59 does not exist on the spring change."""

    at: str = Field("03:15", pattern=r"^([01]\d|2[0-3]):[0-5]\d$")

    @model_validator(mode="after")
    def _exists_every_night(self) -> Schedule:
        if self.at.startswith("02:"):
            raise TextError(message("settings.no_such_hour"))
        return self


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
            raise TextError(message("settings.login_together"))
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
            raise TextError(message("settings.one_way"))
        return self


class Digest(_Strict):
    """What owners are told after a run, when something changed. `within`: how far ahead what expires is told."""

    within: Span = Duration(days=30)
    lang: Language = Language.NL
    mail: MailServer | None = None
    recipients: tuple[DigestRecipient, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _reachable(self) -> Digest:
        counts = Counter(recipient.email or recipient.webhook for recipient in self.recipients)
        twice = sorted(str(address) for address, count in counts.items() if count > 1)
        if twice:
            raise TextError(message("settings.recipient_twice", names=", ".join(twice)))
        by_mail = [recipient for recipient in self.recipients if recipient.email]
        if by_mail and self.mail is None:
            raise TextError(message("settings.no_mail"))
        return self


class Fleet(_Strict):
    """That many municipalities run on more than one machine (docs/operations.md). `catalogue`: name of the environment
    variable with the address of the PostgreSQL database; `storage`: the folder that all machines see. `groups`: which
    organisations are compared with each other, beside all of them; a group of fewer than `minimum_group` is not shown.
    `stale_after`: a municipality without a night for longer counts as one without a status. `at_once`: how many tasks may ask
    the systems of a connector at one moment. `attempts`: how often a night is tried."""

    catalogue: VariableName = "ENSIA_FLEET_DATABASE"
    storage: str = Field(min_length=1)
    groups: dict[Identifier, tuple[Identifier, ...]] = {}
    minimum_group: int = Field(5, ge=3)
    stale_after: Span = Duration(days=3)
    at_once: dict[str, Annotated[int, Field(ge=1)]] = {}
    attempts: int = Field(5, ge=1, le=100)


class Configuration(_Strict):
    """One organisation and its sources (`organisation`, `sources`), or several (`organisations`: files like this one).

    `state` is the folder of warehouse, landing, published file and exports, relative to the file. `frameworks` are the
    framework ids that are assessed. `exports`: the reports that every run makes. `catalogue` is an optional folder with
    the organisation's own norms and rules. `digest`: who is told what is asked after a run. `words`: what the organisation's
    own words mean, by vocabulary; a source has the same setting, by column too.
    `effort`: hours that a step of `ensia next` costs here, by its sort or list (`models/efforts.yaml`).
    `fleet`: this installation is one of many machines; `member_of`: the file of the fleet that this organisation belongs to,
    which then says all but its sources.
    """

    organisation: Organisation | None = None
    organisations: tuple[str, ...] = ()
    state: str = "state"
    frameworks: tuple[str, ...] = Field(default_factory=default_frameworks)
    catalogue: str | None = None
    cycle: Cycle | None = None
    schedule: Schedule = Schedule()
    retention: Retention = Retention()
    exports: tuple[str, ...] = ("ensia", "dashboard")
    pseudonym_key: VariableName = "ENSIA_PSEUDONYM_KEY"
    digest: Digest | None = None
    words: OwnMeanings = {}
    effort: Hours = {}
    fleet: Fleet | None = None
    member_of: str | None = None
    sources: tuple[Source, ...] = ()

    @model_validator(mode="after")
    def _one_fleet(self) -> Configuration:
        if self.member_of and (self.fleet or self.organisation is None):
            raise TextError(message("settings.one_fleet"))
        return self

    @model_validator(mode="after")
    def _one_form(self) -> Configuration:
        if (self.organisation is None) == (not self.organisations):
            raise TextError(message("settings.one_form"))
        source_ids: set[str] = set()
        for source in self.sources:
            if source.id in source_ids:
                raise TextError(message("settings.source_twice", name=source.id))
            source_ids.add(source.id)
        return self


def parse_configuration(text: str, place: str) -> Configuration:
    """The configuration that `text` (YAML) holds; ConfigurationError names `place`, line, path and allowed values."""
    try:
        content = read_yaml(text)
        tree = yaml.compose(text, Loader=SafeLoader)
    except UNREADABLE as error:
        raise ConfigurationError(
            yaml_reason(error), place=yaml_place(error, place), advice=message("yaml.advice")
        ) from error
    if not isinstance(content, dict):
        raise ConfigurationError(message("settings.empty"), place=place, advice=message("settings.empty_advice"))
    lines = line_numbers(tree)
    secrets = secrets_in(content, lines, place)
    if secrets:
        raise ConfigurationError(joined(secrets))
    try:
        return _with_places(Configuration.model_validate(content), lines, place)
    except ValidationError as error:
        raise ConfigurationError(explain(error, lines, place, Configuration)) from error


def source_place(source: Source) -> Joined:
    """Where a source is configured."""
    of_source = message("settings.source_place", source=source.id, connector=source.connector)
    return joined([part for part in (source.place, of_source) if part], ", ")


def settings_error(error: ValidationError, source: Source, settings: type[BaseModel]) -> ConfigurationError:
    """The same wording for a connector's own `settings`."""
    place = source_place(source)
    return ConfigurationError(explain(error, source.lines, place, settings, also=Source.settings()))


def _with_places(configuration: Configuration, lines: Lines, place: str) -> Configuration:
    """Each source with the lines that its own settings stand on, for when its connector refuses one."""
    sources = tuple(
        source.model_copy(
            update={
                "place": place,
                "lines": {path[2:]: line for path, line in lines.items() if path[:2] == ("sources", number)},
            }
        )
        for number, source in enumerate(configuration.sources)
    )
    return configuration.model_copy(update={"sources": sources})
