"""Access tokens of officers and machines: a bearer acts as its officer until it expires or is revoked."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from lapor.store.database import Database


class Token(NamedTuple):
    """The public part of a token: its id, when it was issued and when it ceases to be valid."""

    id: UUID
    made_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None


class AccessTokens:
    """The table of tokens, stored as SHA-256 digests.

    A request's token is resolved by ``EventLog.reference_update``, in the same round trip as the rest.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(
        self, digest: bytes, token_id: UUID, officer: UUID, made_at: datetime, expires_at: datetime | None
    ) -> None:
        with self._database.connection() as connection:
            connection.execute(
                "INSERT INTO credential (digest, id, officer, made_at, expires_at)"
                " VALUES (%s, %s, %s, %s, %s)",
                [digest, token_id, officer, made_at, expires_at],
            )

    def owners(self, tokens: Sequence[UUID]) -> dict[UUID, UUID]:
        """Return the officer of each of these tokens; an id that was never issued is left out."""
        with self._database.connection() as connection:
            rows = connection.execute(
                "SELECT id, officer FROM credential WHERE id = ANY(%s::uuid[])", [list(tokens)]
            )
            return dict(rows.fetchall())

    def of_officer(self, officer: UUID) -> list[Token]:
        """Return the tokens that were issued to an officer, the oldest first."""
        with self._database.connection() as connection:
            rows = connection.execute(
                "SELECT id, made_at, expires_at, revoked_at FROM credential WHERE officer = %s"
                " ORDER BY made_at, id",
                [officer],
            )
            return [Token(*row) for row in rows]

    def revoke(self, token_id: UUID, at: datetime) -> bool:
        """Revoke a token; False if there is no such token. Revoking twice changes nothing."""
        with self._database.connection() as connection:
            update = connection.execute(
                "UPDATE credential SET revoked_at = coalesce(revoked_at, %s) WHERE id = %s", [at, token_id]
            )
        return update.rowcount == 1
