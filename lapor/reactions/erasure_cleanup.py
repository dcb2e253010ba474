"""What is left beside the log of somebody who was erased: cleaned up by whoever follows the log.

The vault's row went with the event. What a request held is forgotten, not that it was done: sent once more it
is refused as another one, and does nothing twice. Nobody is there whom a message could reach.
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
"""The topics that say so."""
_REQUESTS = "UPDATE request SET digest = '' WHERE stream = ANY(%b::uuid[]) AND digest <> '' AND NOT {itself}"
_ITSELF = "EXISTS (SELECT FROM event f WHERE f.position = request.position AND f.topic = ANY(%b))"
_LETTERS = "DELETE FROM outbox WHERE stream = ANY(%b::uuid[]) AND addressee = %b"


def clean_up(connection: psycopg.Connection[Any], streams: Sequence[UUID]) -> None:
    """Forget what requests about these streams held, and messages to their reporters. Twice does no harm."""
    if not streams:
        return
    connection.execute(_REQUESTS.format(itself=_ITSELF).encode(), [UuidArray(streams), sorted(ERASED)])
    connection.execute(_LETTERS.encode(), [UuidArray(streams), Role.REPORTER])
