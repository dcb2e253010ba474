"""Tokens of officers and machines: who holds one is its officer until it expires or is revoked."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from lapor.store.database import Database


class Token(NamedTuple):
    """A token as far as it may be told: when it was given out, and until when it holds."""

    id: UUID
    made_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None


class AccessTokens:
    """The tokens, as SHA-256 digests. Whose a token is, the log reads together with its news."""

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
        """Whose these tokens are, those that were ever given out."""
        with self._database.connection() as connection:
            found = connection.execute(
                "SELECT id, officer FROM credential WHERE id = ANY(%s::uuid[])", [list(tokens)]
            )
            return dict(found.fetchall())

    def of(self, officer: UUID) -> list[Token]:
        """The tokens that an officer was given, the first one first."""
        with self._database.connection() as connection:
            found = connection.execute(
                "SELECT id, made_at, expires_at, revoked_at FROM credential WHERE officer = %s"
                " ORDER BY made_at, id",
                [officer],
            )
            return [Token(*row) for row in found]

    def revoke(self, token_id: UUID, at: datetime) -> bool:
        """Make a token worthless; whether there was such a token. Revoking twice changes nothing."""
        with self._database.connection() as connection:
            done = connection.execute(
                "UPDATE credential SET revoked_at = coalesce(revoked_at, %s) WHERE id = %s", [at, token_id]
            )
        return done.rowcount == 1
