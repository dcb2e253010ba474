"""Clean-up after an erasure: the follower of the log removes what the log's transaction left.

The vault's row was deleted with the event. The digests of requests are deleted here, but not the requests: a
request sent again is refused as one with another content, and is not executed twice. Messages to an erased
reporter are deleted, because nobody could receive them.
"""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import psycopg

from lapor.domain import officer
from lapor.domain.complaint.events import PersonalDataErased
from lapor.domain.vocabulary import Role
from lapor.store.pg_arrays import UuidArray

ERASED = frozenset({PersonalDataErased.TOPIC, officer.OfficerDataErased.TOPIC})
"""The topics of events that record an erasure."""
_REQUESTS = "UPDATE request SET digest = '' WHERE stream = ANY(%b::uuid[]) AND digest <> '' AND NOT {itself}"
_ITSELF = "EXISTS (SELECT FROM event f WHERE f.position = request.position AND f.topic = ANY(%b))"
_NOTIFICATIONS = "DELETE FROM outbox WHERE stream = ANY(%b::uuid[]) AND addressee = %b"


def clean_up(connection: psycopg.Connection[Any], streams: Sequence[UUID]) -> None:
    """Delete digests of requests about these streams, and messages to their reporters. It is idempotent."""
    if not streams:
        return
    connection.execute(_REQUESTS.format(itself=_ITSELF).encode(), [UuidArray(streams), sorted(ERASED)])
    connection.execute(_NOTIFICATIONS.encode(), [UuidArray(streams), Role.REPORTER])
