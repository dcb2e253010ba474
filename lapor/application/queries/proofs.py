"""The ledger's proofs, for anyone: checkpoints, keys, paths; and a complaint's proof (*bukti*)."""

from base64 import b64encode
from typing import Any

from lapor.application.application import CommandRequest
from lapor.application.queries.lookup import ComplaintLookup, FoundComplaint
from lapor.application.result import Result
from lapor.domain.access import CITIZEN, READ_LOG, may
from lapor.domain.errors import BeyondHeadError, NotSealedError
from lapor.domain.vocabulary import Privacy
from lapor.ledger import merkle
from lapor.ledger import tiles as ledger
from lapor.ledger.tiles import Connection, Tiles
from lapor.store.database import Database
from lapor.store.event_log import RecordedEvent

_FIRST = 1


class Proofs:
    """Questions about the ledger. All but a complaint's own proof is public: it consists of hashes."""

    def __init__(self, lookup: ComplaintLookup, database: Database) -> None:
        self._lookup = lookup
        self._database = database

    def checkpoint(self, size: int | None = None) -> str:
        """Return the newest checkpoint as a signed note, or the smallest of at least ``size``.

        Raises ``NotSealedError`` if there is none.
        """
        with self._database.connection() as connection:
            newest = _newest(connection)
            stored = ledger.covering(connection, size) if size is not None else newest
        if stored is None:
            raise NotSealedError(size or _FIRST, newest.size)
        return stored.note

    def up_to(self, size: int) -> str | None:
        """Return the newest checkpoint of at most ``size`` as a signed note; None: there is none."""
        with self._database.connection() as connection:
            stored = ledger.up_to(connection, size)
        return stored.note if stored else None

    def keys(self) -> list[dict[str, Any]]:
        """Return the public keys, the current one last, with the sizes from and to which each signed."""
        with self._database.connection() as connection:
            keys = ledger.keys(connection)
        ends = [*(each.since for each in keys[1:]), None]
        return [
            {"key": each.key.vkey, "from": each.since, "to": end}
            for each, end in zip(keys, ends, strict=False)
        ]

    def inclusion(self, position: int, size: int | None) -> dict[str, Any]:
        """Return the path that proves an event among the log's first ``size``, by default all sealed ones.

        Raises ``NotSealedError``, and ``BeyondHeadError`` if the position is above that size.
        """
        with self._database.connection() as connection:
            size = _sealed(connection, size)
            if position > size:
                raise BeyondHeadError(position, size)
            path = merkle.inclusion(position - 1, size, Tiles(connection).subtree)
        return {"position": position, "size": size, "path": list(map(_text, path))}

    def consistency(self, old: int, new: int | None) -> dict[str, Any]:
        """Return the path that proves that the log's first ``old`` events begin its first ``new`` events.

        Raises ``NotSealedError``, and ``BeyondHeadError`` if ``old`` is above ``new``.
        """
        with self._database.connection() as connection:
            new = _sealed(connection, new)
            if old > new:
                raise BeyondHeadError(old, new)
            path = merkle.consistency(old, new, Tiles(connection).subtree)
        return {"from": old, "to": new, "path": list(map(_text, path))}

    def of_complaint(self, named: str, command: CommandRequest) -> Result:
        """Return the proof of a complaint's events (*bukti*), for callers who may see it.

        An event that is not sealed yet has no path. Reporters get the stored bytes of their own events,
        unless they are anonymous: the bytes contain the second. Auditors get all bytes; others none. Raises
        ``NotFoundError``.
        """
        found = self._lookup.seen(named, command)
        with self._database.connection() as connection:
            newest, tiles = ledger.newest(connection), Tiles(connection)
            size = newest.size if newest else 0
            paths = {
                row.position: merkle.inclusion(row.position - 1, size, tiles.subtree)
                for row in found.rows
                if row.position <= size
            }
        body = {
            "complaint": found.complaint.id,
            "checkpoint": newest.note if newest else None,
            "keys": [each["key"] for each in self.keys()],
            "facts": [_event(row, paths.get(row.position), found) for row in found.rows],
        }
        return Result(body, found.version, found.position)


def _newest(connection: Connection) -> ledger.StoredCheckpoint:
    newest = ledger.newest(connection)
    if newest is None:
        raise NotSealedError(_FIRST, 0)
    return newest


def _sealed(connection: Connection, size: int | None) -> int:
    """Return ``size``, by default all that is sealed. Raises ``NotSealedError`` for a larger one."""
    sealed = _newest(connection).size
    if size is not None and size > sealed:
        raise NotSealedError(size, sealed)
    return sealed if size is None else size


def _event(row: RecordedEvent, path: list[bytes] | None, found: FoundComplaint) -> dict[str, Any]:
    shown = {"state": _text(row.state)} if _sees_bytes(row, found) else {}
    return {
        "position": row.position,
        "stream": row.stream,
        "version": row.version,
        "topic": row.topic,
        **shown,
        "leaf": _text(row.leaf()),
        "path": None if path is None else list(map(_text, path)),
    }


def _sees_bytes(row: RecordedEvent, found: FoundComplaint) -> bool:
    complaint, caller = found.complaint, found.caller
    if may(caller, READ_LOG.grants):
        return True
    own = caller.receipt_for == complaint.id and not caller.signed_in
    filing = row.version == 1
    return own and complaint.privacy is not Privacy.ANONYMOUS and (filing or row.event().by == CITIZEN)


def _text(data: bytes) -> str:
    return b64encode(data).decode()
