"""What has to be said to people: which message, about which complaint, to whom. How it is said comes later.

A row follows from an event, whose position is its key: so it is put here once, though a crash or a second
worker lets its event be looked at again. It holds no text and nobody's name.
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
    """A message to who holds a role: at an agency, or (None) at the coordinating office; or the reporter."""

    position: int
    message: str
    addressee: Role
    agency: UUID | None
    stream: UUID


def put(connection: psycopg.Connection[Any], notifications: Sequence[Notification]) -> None:
    """Hand letters to the outbox, each once."""
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
