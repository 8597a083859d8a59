"""Reads policies and procedures where they already lie: a folder with docx, odt and pdf files. From the front table,
the document properties or the file name come version, adoption and review date; hashes show which file and text it was.

Of what a document says beyond its front page only a mark is taken, so that another text is seen to be another; who wrote
it is never taken. Fetching files from elsewhere
is left to other connectors; opening the three formats to `documents`.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from fnmatch import fnmatch
from functools import cache
from importlib import resources
from pathlib import Path, PurePosixPath
from typing import Annotated, Any

import yaml
from pydantic import BeforeValidator, ConfigDict, Field

from connectors.base import Connector, Settings, TerminalError, Window
from connectors.tools.documents import FORMATS, Front, UnreadableError, front_of
from connectors.tools.findings import record_of, utc_now
from connectors.tools.folders import fitting, matching_files, refuse_outside
from connectors.tools.passages import passages_of, text_mark
from models.duration import Duration
from models.kind import Column, kinds, vocabularies
from models.message import message
from models.record import Locator, Payload, Problem, Record

_FIELDS = ("title", "topic", "version", "state", "adopted_by", "adopted_on", "review_due", "valid_until", "owner")
# Beleid back-up v2.1 2025-03-12.docx, 20250312 Beleid back-up versie 2.1 (vastgesteld).pdf
_VERSION = re.compile(r"(?<![A-Za-z0-9])v(?:ersie)?[ ._-]*(?P<version>\d+(?:\.\d+)*)(?![A-Za-z0-9])", re.IGNORECASE)
_DATE = re.compile(r"(?<!\d)(?P<year>20\d\d)[-_.]?(?P<month>0[1-9]|1[0-2])[-_.]?(?P<day>0[1-9]|[12]\d|3[01])(?!\d)")


def _parsed_duration(value: Any) -> Any:
    return Duration.parse(value) if isinstance(value, str) else value


def _words_listed(value: Any) -> Any:
    """One word as a list of one."""
    return (value,) if isinstance(value, str) else value


class PolicyFolderSettings(Settings):
    """`folder`: where the documents lie, relative to the folder of ensia.yaml. `files`: patterns inside it. `topics`:
    which file names are about which topic, or topics. `labels`: other words for a field than the known ones. `review_every`: how
    long after adoption a document must be reviewed if it does not say so itself. `file_name`: a regular expression with
    the groups title, version and adopted_on, when files are named otherwise."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)

    folder: str = Field(min_length=1)
    files: tuple[str, ...] = ("**/*.docx", "**/*.odt", "**/*.pdf")
    topics: dict[str, Annotated[tuple[str, ...], BeforeValidator(_words_listed)]] = Field(default_factory=dict)
    labels: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    review_every: Annotated[Duration | None, BeforeValidator(_parsed_duration)] = None
    file_name: str | None = None


class PolicyFolderConnector(Connector):
    """Yields kind document, one record per file; the key is its path inside the folder."""

    by_hand = True
    name = "policy_folder"
    summary_nl = "Map met beleid en procedures (docx, odt, pdf): versie, vaststelling en herzieningsdatum"
    Settings = PolicyFolderSettings
    _words_listed_at: datetime | None = None

    @property
    def kinds(self) -> tuple[str, ...]:
        return ("document",)

    def said_words(self) -> Iterator[tuple[Column, object]]:
        topic = kinds()["document"].column("topic")
        yield from ((topic, word) for words in self.settings.topics.values() for word in words)

    def fetch(self, window: Window) -> Iterator[Payload]:
        folder = self.context.folder / self.settings.folder
        if not folder.is_dir():
            self.refuse(message("policy.no_folder"), place=str(folder), advice=message("policy.check_folder"))
        paths: set[Path] = set()
        for pattern in self.settings.files:
            paths.update(path for path in fitting(folder, pattern) if path.suffix.lower() in FORMATS)
        documents = sorted(path for path in paths if path.is_file() and not path.name.startswith(("~$", ".")))
        if not documents:
            matching_files(folder, self.settings.files[0], self.context.source_id)
        refuse_outside(documents, folder)
        self._words_listed_at = utc_now()
        for path in documents:
            name = path.relative_to(folder).as_posix()
            yield self.file_payload(name, FORMATS[path.suffix.lower()], path)

    def delivered_at(self, moments: Sequence[datetime | None]) -> datetime | None:
        """The moment that the folder was listed: it is a live list of which each document is a record. How old a document
        is, its own record says."""
        return self._words_listed_at

    def read(self, payload: Payload) -> Iterator[Record]:
        locator = Locator(file=payload.name)
        try:
            front = front_of(payload)
        except UnreadableError as error:
            problem = Problem(message("policy.file"), "record_key", payload.name, error.expected)
            yield Record("document", payload.name, {"title": PurePosixPath(payload.name).stem}, locator, [problem])
            return
        words, columns = self._words(front, payload.name)
        topic, *others = topics_of(
            words["title"], payload.name, self.settings.topics, words.get("topic"), self.context.own_words.organisation
        )
        values: dict[str, object] = {
            **words,
            "topic": topic,
            "topics": others or None,
            "owner": _role(words.get("owner")),
            "adopted_by": _role(words.get("adopted_by")),
            "file_hash": hashlib.sha256(payload.data()).hexdigest(),
            "text_hash": _text_mark(payload),
        }
        if "adopted_on" not in words:
            values["observed_at"] = front.modified
        record = record_of(
            "document", payload.name, values, locator, columns, dutch=True, own_words=self.context.own_words
        )
        self._settle(record, payload.name)
        yield record

    def _words(self, front: Front, name: str) -> tuple[dict[str, str], dict[str, str]]:
        """What the document says of itself per field, and what it calls that field: front page before properties before
        file name."""
        field_by_label = {_fold(label): field for field, labels in _vocabulary()["labels"].items() for label in labels}
        field_by_label |= {_fold(label): field for field, labels in self.settings.labels.items() for label in labels}
        words: dict[str, str] = {}
        columns: dict[str, str] = {}
        for label, value in (*front.pairs, *front.properties):
            field = field_by_label.get(_fold(label))
            if field == "version" and not re.search(r"\d", value):
                continue  # the heading of another column
            if field and value.strip() and field not in words:
                words[field], columns[field] = value.strip(), label.strip()
        for field, value in self._from_name(PurePosixPath(name).stem).items():
            if value and field not in words and not (field == "title" and front.title):
                words[field], columns[field] = value, "bestandsnaam"
        if front.title:
            words.setdefault("title", front.title)
        return words, columns

    def _from_name(self, stem: str) -> dict[str, str]:
        if self.settings.file_name:
            match = re.search(self.settings.file_name, stem)
            if match:
                return {name: value for name, value in match.groupdict().items() if value}
            return {"title": stem}
        words: dict[str, str] = {}
        if match := _VERSION.search(stem):
            words["version"] = match["version"]
        settled = "version" in words or re.search(r"(?i)vastgesteld|definitief", stem)
        if settled and (match := _DATE.search(stem)) and "concept" not in stem.casefold():
            words["adopted_on"] = f"{match['year']}-{match['month']}-{match['day']}"
        if draft := next((word for word in _vocabulary()["draft_words"] if word in stem.casefold()), None):
            words["state"] = draft
        title = _DATE.sub(" ", _VERSION.sub(" ", stem))
        title = re.sub(r"\(?\b(concept|definitief|vastgesteld|def)\b\)?", " ", title, flags=re.IGNORECASE)
        words["title"] = re.sub(r"[\s_]+", " ", title).strip(" -–_.") or stem
        return words

    def _settle(self, record: Record, name: str) -> None:
        """Fill in the state and the review date where the document leaves them to be inferred."""
        unclear = {problem.field for problem in record.problems}
        told_or_unclear = unclear | record.values.keys()
        adopted_on = record.values.get("adopted_on")
        if "state" not in told_or_unclear:
            is_before_the_first = str(record.values.get("version", "")).startswith("0.")
            # without a date of adoption nobody has shown that it was adopted
            record.values["state"] = "adopted" if adopted_on and not is_before_the_first else "draft"
        every = self.settings.review_every
        if every and isinstance(adopted_on, date) and "review_due" not in told_or_unclear:
            due = every.after(adopted_on)
            record.values["review_due"] = due.date() if isinstance(due, datetime) else due


@cache
def _vocabulary() -> dict[str, Any]:
    content = resources.files("connectors").joinpath("policy_folder.yaml").read_text("utf-8")
    vocabulary: dict[str, Any] = yaml.safe_load(content)
    unknown = set(vocabulary["labels"]) - set(_FIELDS)
    if unknown:
        raise TerminalError(
            message("policy.no_fields", names=", ".join(sorted(unknown))), place="connectors/policy_folder.yaml"
        )
    return vocabulary


def _fold(text: str) -> str:
    signs = unicodedata.normalize("NFKD", text.casefold())
    plain = "".join(sign for sign in signs if not unicodedata.combining(sign))
    return " ".join(re.sub(r"[^a-z0-9&]+", " ", plain.replace(".", "")).split())


def _text_mark(payload: Payload) -> str | None:
    """The mark of the whole text of a document; None when its text cannot be read, which nobody then has read."""
    try:
        return text_mark(passages_of(payload))
    except UnreadableError:
        return None


def topics_of(
    title: str, name: str, configured: Mapping[str, Sequence[str]], stated: str | None = None, organisation: str = ""
) -> Sequence[str]:
    """What a document is about, as `topic_of`; several topics only where the configuration or the document lists them."""
    for pattern, topics in configured.items():
        if _fits(name, pattern):
            return topics
    if stated:
        return list(filter(None, map(str.strip, stated.split(";"))))
    return [topic_of(title, name, organisation)]


def topic_of(title: str, name: str, organisation: str = "") -> str:
    """What a document is about: the topic that its title or file name is a name of, else the title itself, so that it stays
    visible under its own name. A name that only holds the word of a topic ("Opdracht evaluatie back-upbeleid") is not about
    that topic."""
    topics = vocabularies()["topic"]
    for text in (title, _DATE.sub(" ", PurePosixPath(name).stem)):
        codes = topics.codes_in(text, organisation)
        if len(codes) == 1:
            return codes[0]
    return title


def _fits(name: str, pattern: str) -> bool:
    """Whether a file is meant by a pattern, by its path in the folder or by its own name."""
    return any(fnmatch(text.casefold(), pattern.casefold()) for text in (name, PurePosixPath(name).name))


def _role(text: str | None) -> str | None:
    """The organ or role in a cell. What else stands there may be a person's name and is left behind."""
    if not text:
        return None
    bodies = vocabularies()["body"]
    code = bodies.lookup(text)
    if code:
        return bodies.terms[code].nl
    labels = [(word, term.nl) for term in bodies.terms.values() for word in (term.nl, *term.synonyms)]
    labels += [(role, role) for role in _vocabulary()["roles"]]
    folded = f" {_fold(text)} "
    fitting = [(len(word), label) for word, label in labels if f" {_fold(word)} " in folded]
    if not fitting:
        return None
    _, label_of_longest = max(fitting)
    return label_of_longest
