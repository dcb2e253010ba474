"""The outbox: messages about complaints, and their addressees. Their delivery comes later.

A row follows from an event, and the event's position is its key. So it is stored once, even if a crash or a
second worker has the event processed again. A row contains no text and no name.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple
from uuid import UUID

import psycopg

from lapor.domain.vocabulary import Role
from lapor.store.pg_arrays import TextArray, UuidArray

_ADD = """
    INSERT INTO outbox (position, message, addressee, agency, stream)
    SELECT * FROM unnest(%b::bigint[], %b::text[], %b::text[], %b::uuid[], %b::uuid[])
    ON CONFLICT DO NOTHING
"""


class Notification(NamedTuple):
    """A message to a role, at an agency or (None) at the coordinating office; or to the reporter."""

    position: int
    message: str
    addressee: Role
    agency: UUID | None
    stream: UUID


def put(connection: psycopg.Connection[Any], notifications: Sequence[Notification]) -> None:
    """Add notifications to the outbox, each once."""
    if not notifications:
        return
    positions, messages, addressees, agencies, streams = zip(*notifications, strict=True)
    values: list[Any] = [
        list(positions),
        TextArray(messages),
        TextArray(addressees),
        UuidArray(agencies),
        UuidArray(streams),
    ]
    connection.execute(_ADD, values)
