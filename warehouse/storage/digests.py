"""What recipients were told last: kept, so that nobody is told twice. Whom and how is left to `flows/notify.py`."""

from __future__ import annotations

from dataclasses import dataclass

import duckdb

from warehouse.storage.database import utc_now


@dataclass(frozen=True, slots=True)
class Recipient:
    """Who is told about one organisation. `mark` stands for the address, which is not kept; `channel`: email or webhook."""

    organisation_id: str
    mark: str
    channel: str


def last_told(connection: duckdb.DuckDBPyConnection, recipient: Recipient) -> str | None:
    """The hash of what the recipient was told last; None for nothing."""
    row = connection.execute(
        "SELECT max_by(content_hash, sent_at) FROM ops.digest WHERE organisation_id = ? AND recipient = ? AND channel = ?",
        [recipient.organisation_id, recipient.mark, recipient.channel],
    ).fetchone()
    return row[0] if row else None


def note_told(connection: duckdb.DuckDBPyConnection, recipient: Recipient, content_hash: str, items: int) -> None:
    """Note that the recipient was told `items` points now; none: there is nothing left to tell."""
    connection.execute(
        "INSERT INTO ops.digest (organisation_id, recipient, channel, content_hash, items, sent_at) "
        "VALUES ($organisation, $mark, $channel, $content_hash, $items, $sent_at)",
        {
            "organisation": recipient.organisation_id,
            "mark": recipient.mark,
            "channel": recipient.channel,
            "content_hash": content_hash,
            "items": items,
            "sent_at": utc_now(),
        },
    )
