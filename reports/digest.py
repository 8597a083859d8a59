"""What each owner should know: what expires, what failed and what is asked. Only norms, sentences of tests, questions,
counts and days are told; nothing of a record (title, owner, number), since those may name people. Sending, and knowing
what was sent before, is left to `flows/notify.py`.
"""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from models.duration import Duration
from models.language import pick
from models.message import in_language, message
from models.wording import counted, word
from reports.answers import Answer, answers
from reports.provenance import Provenance, day, lines, provenance
from warehouse.reading.expiring import expiring
from warehouse.reading.read import Published
from warehouse.reading.shapes import PresentTest

EVERYONE_ELSE = "*"
_PARTS = ("asked", "failed", "expires")
_UNTOLD = ("Niet volledig", "Not complete")  # why a source failed may quote what stood in it
_HEADINGS = {
    "asked": ("Wat er van u wordt gevraagd", "What is asked of you"),
    "failed": ("Waaraan nu niet wordt voldaan", "What is not met now"),
    "expires": ("Wat verloopt", "What expires"),
}


@dataclass(frozen=True, slots=True)
class Recipient:
    """Who is told about the norms of `owners` (as the sources write them; `*`: everyone not named elsewhere). One of
    `email`, an address, and `webhook`, the name of the environment variable that holds its address. `form`: what the
    webhook takes, `teams` (an adaptive card) or `json`."""

    owners: tuple[str, ...]
    email: str = ""
    webhook: str = ""
    form: str = "teams"

    @property
    def channel(self) -> str:
        return "email" if self.email else "webhook"

    @property
    def name(self) -> str:
        """What tells one recipient from another: address or variable."""
        return self.email or self.webhook


@dataclass(frozen=True, slots=True)
class Item:
    """One line: `part` is asked, failed or expires; `on` a day that goes with it."""

    part: str
    norm: str
    title: str
    text: str
    on: date | None = None


@dataclass(frozen=True, slots=True)
class Message:
    """What one recipient is told. `content_hash` covers the items only, so that a new run with the same news is no news;
    `made_of` says which run that is and how complete its data was."""

    recipient: Recipient
    organisation_id: str
    subject: str
    text: str
    items: tuple[Item, ...]
    content_hash: str
    made_of: tuple[tuple[str, str], ...] = ()


def messages(
    published: Published,
    organisation: str,
    recipients: Sequence[Recipient],
    within: Duration,
    lang: str = "nl",
    now: datetime | None = None,
) -> list[Message]:
    """A message for each recipient, also for one with no items: then there is nothing left to tell.

    `within` is how far ahead what expires is told, from the day of the newest run. `now` (Dutch wall time): when that is so
    long after the newest run that a night did not come, the message says so, and that is news.
    """
    published = published.speaking(lang)
    by_owner = items_by_owner(published, organisation, within)
    origin = provenance(published, organisation)
    by_recipient: dict[Recipient, set[Item]] = {recipient: set() for recipient in recipients}
    for owner, items in by_owner.items():
        for recipient in _recipients_of(owner, recipients):
            by_recipient[recipient].update(items)
    old = _no_run_since(origin, lang) if now is not None and origin.is_old(now) else ()
    return [_letter(recipient, origin, items, lang, old) for recipient, items in by_recipient.items()]


def _no_run_since(origin: Provenance, lang: str) -> tuple[tuple[str, str], ...]:
    """That a night did not come, as a line of what a message is made of."""
    since = in_language(message("digest.no_run_since", since=day(origin.finished, lang)), lang)
    return ((in_language(message("digest.attention"), lang), since),)


def items_by_owner(published: Published, organisation: str, within: Duration) -> dict[str, list[Item]]:
    """Everything there is to tell, by owner, in the language of `published`; the empty owner has what no source names an owner
    of."""
    as_of = published.last_run()["as_of"]
    all_answers = answers(published, organisation, published.language)
    items: dict[str, list[Item]] = defaultdict(list)
    for owner, item in _what_expires(published, organisation, as_of, within):
        items[owner].append(item)
    for owner, item in _what_fails(published, organisation, all_answers):
        items[owner].append(item)
    for answer in all_answers:
        for item in _what_is_asked(answer, as_of, published.language):
            items[answer.owner or ""].append(item)
    return items


def _what_expires(published: Published, organisation: str, as_of: date, within: Duration) -> Iterator[tuple[str, Item]]:
    """What gets worse within a span, each with its owner."""
    for expiry in expiring(published, organisation, as_of, within):
        item = Item("expires", expiry.norm_id, expiry.norm_title, expiry.sentence, expiry.expires_on)
        yield expiry.owner or "", item


def _what_fails(published: Published, organisation: str, all_answers: Sequence[Answer]) -> Iterator[tuple[str, Item]]:
    """The failing tests, each with the owner of its first record, or else whoever answers for its norm."""
    tests, owners = _failing_tests(published, organisation), _owner_by_norm(all_answers)
    records = published.records_of(organisation, tests)
    for test in tests:
        record = records.get(test.evidence_ids[0]) if test.evidence_ids else None
        of_record = record.owner if record else None
        item = Item("failed", test.norm_id, test.norm_title or test.norm_id, test.sentence)
        yield of_record or owners.get(test.norm_id, ""), item


def _what_is_asked(answer: Answer, as_of: date, lang: str) -> Iterator[Item]:
    """What is asked of whoever owns a question: evidence or an answer, another look, an improvement."""
    if answer.answer is None:
        text = pick(
            lang,
            "er is nog geen bewijs; lever het aan of antwoord",
            "there is no evidence yet; hand it in or answer",
        )
        yield Item("asked", answer.question_id, answer.text, text)
    if answer.reviewed and answer.reviewed.look_again:
        yield _look_again(answer, lang)
    yield from _improvement(answer, as_of, lang)


def card(message: Message) -> dict[str, Any]:
    """The message as JSON for its webhook: an adaptive card as Teams takes it, or plain JSON with the items.

    Source: Microsoft, "Create incoming webhooks with Workflows for Microsoft Teams" and Adaptive Cards schema 1.4.
    """
    if message.recipient.form == "json":
        return {
            "organisation": message.organisation_id,
            "subject": message.subject,
            "made_of": dict(message.made_of),
            "items": [_as_json(item) for item in message.items],
        }
    first, *rest = message.text.split("\n\n")
    body = [{"type": "TextBlock", "text": message.subject, "weight": "Bolder", "size": "Medium", "wrap": True}]
    body += [{"type": "TextBlock", "text": block.replace("\n", "\n\n"), "wrap": True} for block in (first, *rest)]
    content = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "body": body,
    }
    attachment = {"contentType": "application/vnd.microsoft.card.adaptive", "contentUrl": None, "content": content}
    return {"type": "message", "attachments": [attachment]}


def _as_json(item: Item) -> dict[str, str | None]:
    return {
        "part": item.part,
        "norm": item.norm,
        "title": item.title,
        "text": item.text,
        "on": item.on.isoformat() if item.on else None,
    }


def _recipients_of(owner: str, recipients: Sequence[Recipient]) -> list[Recipient]:
    """Whoever asked for this owner by name, else whoever takes the rest."""
    name = owner.strip().casefold()
    by_name = []
    for recipient in recipients:
        names = {owner.strip().casefold() for owner in recipient.owners}
        if name and name in names:
            by_name.append(recipient)
    return by_name or [recipient for recipient in recipients if EVERYONE_ELSE in recipient.owners]


def _letter(
    recipient: Recipient, origin: Provenance, items: set[Item], lang: str, old: tuple[tuple[str, str], ...]
) -> Message:
    name = origin.organisation
    ordered = sorted(items, key=_by_part_and_day)
    count = len(ordered)
    subject = pick(
        lang,
        f"Informatiebeveiliging {name}: {counted(count, 'punt', 'punten')} voor u",
        f"Information security of {name}: {counted(count, 'point', 'points')} for you",
    )
    made_of = (*old, *(pair for pair in lines(origin, lang) if pair[0] not in _UNTOLD))
    blocks = ["\n".join(f"{label}: {value}" for label, value in made_of)]
    for part in _PARTS:
        item_lines = [_item_line(item, lang) for item in ordered if item.part == part]
        if item_lines:
            heading = f"{pick(lang, *_HEADINGS[part])} ({len(item_lines)})"
            blocks.append("\n".join([heading, *item_lines]))
    blocks.append(
        pick(
            lang,
            "U krijgt dit bericht alleen als er iets is veranderd. Vraag uw CISO naar het bewijs dat erachter zit.",
            "You get this message only when something has changed. Ask your CISO for the records behind it.",
        )
    )
    content = json.dumps([*old, *(_as_list(item) for item in ordered)], ensure_ascii=False)
    digest = hashlib.sha256(content.encode()).hexdigest()
    text = "\n\n".join(blocks) + "\n"
    return Message(recipient, origin.organisation_id, subject, text, tuple(ordered), digest, made_of)


def _item_line(item: Item, lang: str) -> str:
    when = ""
    if item.on:
        words = {"expires": ("vanaf", "from"), "asked": ("vóór", "before")}.get(item.part, ("op", "on"))
        when = f" ({pick(lang, *words)} {day(item.on, lang)})"
    text = item.text.rstrip(".")
    if item.title.endswith((".", "?")):  # a question: what is asked about it is a sentence of its own
        return f"- {item.norm} {item.title} {text[:1].upper()}{text[1:]}{when}."
    return f"- {item.norm} {item.title}: {text}{when}"


def _by_part_and_day(item: Item) -> tuple[int, str, str, str]:
    """What has a day comes before what has none."""
    on = item.on.isoformat() if item.on else "9999"
    return _PARTS.index(item.part), on, item.norm, item.text


def _as_list(item: Item) -> list[str]:
    on = item.on.isoformat() if item.on else ""
    return [item.part, item.norm, item.title, item.text, on]


def _failing_tests(published: Published, organisation: str) -> list[PresentTest]:
    """The tests that fail of norms that apply and have no accepted exception, where no other test proves the same."""
    return [
        test
        for test in published.select(
            PresentTest, organisation, purpose="norm", result="fail", excepted_until=None, outdone_in=None
        )
        if test.norm_status not in (None, "niet_van_toepassing")
    ]


def _owner_by_norm(all_answers: Sequence[Answer]) -> Mapping[str, str]:
    """Who answers for a norm, by its number: what a failing test falls back on when its record has no owner."""
    owners = {}
    for answer in all_answers:
        for _, norm_id in answer.norm_ids:
            if answer.owner:
                owners[norm_id] = answer.owner
    return owners


def _look_again(answer: Answer, lang: str) -> Item:
    """That a reviewer spoke before the proposal became what it is now."""
    proposal, status = answer.proposal or "open", word(answer.status, lang)
    text = pick(
        lang,
        f"het voorstel is nu ‘{proposal}’ ({status}); bekijk uw antwoord opnieuw",
        f"the proposal is now '{proposal}' ({status}); look at your answer again",
    )
    return Item("asked", answer.question_id, answer.text, text)


def _improvement(answer: Answer, as_of: date, lang: str) -> list[Item]:
    """The improvement that is due first, without what it says."""
    due = min((item.due_on for item in answer.improvements if item.due_on), default=None)
    if due is None:
        return []
    late = pick(lang, "de verbetermaatregel is te laat", "the improvement is late")
    coming = pick(lang, "rond de verbetermaatregel af", "finish the improvement")
    text = late if due < as_of else coming
    return [Item("asked", answer.question_id, answer.text, text, due)]
