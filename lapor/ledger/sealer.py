"""The sealer: adds the tree's hashes and signs a checkpoint, every few seconds if there are new events.

A seal is one transaction over at most a batch of events, so a crash leaves it done or not done. The file of
checkpoints is written afterwards; after a crash the next step completes it. The append of events is not
slowed. Before anything is signed, the last checkpoint must agree with the stored hashes and be in the file,
so that nothing is ever signed over a log that was restored to an older state.
"""

import threading
import time
from collections.abc import Sequence
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from lapor.ledger import tiles
from lapor.ledger.checkpoint_file import CheckpointFile
from lapor.ledger.signed_note import Checkpoint, sign_checkpoint
from lapor.ledger.signing_key import KeyFile
from lapor.ledger.tiles import Connection, Edge, LedgerError, SigningKey, Tiles
from lapor.logs import describe
from lapor.store.codec import leaf
from lapor.store.database import Database
from lapor.store.leader_election import Leader

BATCH = 2_048
"""The most events in a seal; the first seals of a log of millions are some thousands."""
PAUSE = 5.0
"""Seconds between steps, for which the newest events cannot be proven."""

_LOCK = "SELECT pg_advisory_xact_lock(hashtextextended(current_schema() || '.lapor_ledger', 0))"
_EVENTS = """
    SELECT position, stream, version, topic, state FROM event
     WHERE position > %s ORDER BY position LIMIT %s
"""


class Sealer:
    """Seals with the key in a file. Several sealers may work at once: each seal takes a lock."""

    def __init__(
        self,
        database: Database,
        *,
        key: Path,
        kept: Path,
        origin: str | None = None,
        batch: int = BATCH,
    ) -> None:
        """Take the files of the signing key and of all checkpoints (``kept``).

        ``origin`` names a log that has no checkpoint yet.
        """
        self._database = database
        self._keys = KeyFile(key)
        self._file = CheckpointFile(kept)
        self._origin = origin
        self._batch = batch

    def step(self) -> int:
        """Seal at most a batch and return the number of events. Raises ``LedgerError``."""
        with self._database.connection() as connection:
            self._file.follow(connection)
            before, after = self._seal(connection)
            if after > before:
                self._file.follow(connection)
            if after - before < self._batch:
                tiles.record_all_sealed(connection)
        return after - before

    def checkpoint(self) -> Checkpoint:
        """Seal up to the head and return the newest checkpoint, even of an empty log.

        Raises ``LedgerError``.
        """
        while self.step() == self._batch:
            pass
        with self._database.connection() as connection:
            if tiles.newest(connection) is None:
                with connection.transaction():
                    connection.execute(_LOCK)
                    private, key = self._key(connection)
                    if tiles.newest(connection) is None:
                        tiles.add_checkpoint(
                            connection,
                            sign_checkpoint(key.key.name, 0, Edge(0, _no_hashes).root(), [private]),
                            key.number,
                        )
                self._file.follow(connection)
            newest = tiles.newest(connection)
            assert newest is not None  # noqa: S101 - it was made above
            return newest.checkpoint

    def signing_keys(self) -> list[SigningKey]:
        """Return all keys that ever signed, in order; the last one signs now."""
        with self._database.connection() as connection:
            return tiles.keys(connection)

    def rotate(self, *, lost: bool = False) -> SigningKey:
        """Replace the signing key and return the new one; its first checkpoint is signed by the old one too.

        The old key's file is overwritten. If the old key is ``lost``, no signature vouches for the new one.
        Raises ``LedgerError``.
        """
        if not lost:
            self.checkpoint()
        with self._database.connection() as connection:
            with connection.transaction():
                connection.execute(_LOCK)
                keys = tiles.keys(connection)
                last = _last_checkpoint(connection, keys)
                if last is None:
                    raise LedgerError("This log has no checkpoint yet, and so no key that could be replaced.")
                old = [] if lost else [self._keys.current(keys[-1])]
                new, key = self._keys.next(keys[-1])
                key = SigningKey(key.number, key.key, last.size)
                tiles.add_key(connection, key)
                first = sign_checkpoint(last.origin, last.size, last.root, [*old, new])
                tiles.add_checkpoint(connection, first, key.number)
            self._keys.activate_next()
            self._file.follow(connection)
        return key

    def run(self, stop: threading.Event) -> None:
        """Seal until ``stop`` is set, as the leader among all processes."""
        Leader(self._database, "sealer", describe_ledger).run(self._work, stop)

    def _work(self, _: Connection, stop: threading.Event) -> None:
        while not stop.is_set():
            began = time.monotonic()
            try:
                sealed = self.step()
            except (LedgerError, OSError) as error:
                with self._database.connection() as connection:
                    tiles.record_failure(connection, describe_ledger(error))
                raise
            # A sealer that catches up with a long log leaves half of the time to the feeder in its process.
            stop.wait(PAUSE if sealed < self._batch else time.monotonic() - began)

    def _seal(self, connection: Connection) -> tuple[int, int]:
        """Seal a batch and return how many events were sealed before, and are now."""
        with connection.transaction():
            connection.execute(_LOCK)
            last = _last_checkpoint(connection, tiles.keys(connection))
            size = last.size if last else 0
            rows = connection.execute(_EVENTS, [size, self._batch], binary=True).fetchall()
            if not rows:
                return size, size
            if rows[-1][0] != size + len(rows):
                missing = next(n for n, row in enumerate(rows, size + 1) if row[0] != n)
                raise LedgerError(
                    f"The log has no event at position {missing}, so nothing is sealed from there on;"
                    " `lapor verify` shows the details."
                )
            edge = Edge(size, Tiles(connection).tile)
            if last is not None and edge.root() != last.root:
                raise LedgerError(
                    f"The stored hashes are not those of the checkpoint of size {size}: they were changed."
                    " Nothing is signed until that is resolved; `lapor verify` shows the details."
                )
            private, key = self._key(connection)
            tiles.add_runs(connection, edge.add([leaf(*row) for row in rows]))
            tiles.add_checkpoint(
                connection, sign_checkpoint(key.key.name, edge.size, edge.root(), [private]), key.number
            )
        return size, edge.size

    def _key(self, connection: Connection) -> tuple[Ed25519PrivateKey, SigningKey]:
        """Return the private and the public half of the signing key; a log without one gets its first."""
        keys = tiles.keys(connection)
        if keys:
            return self._keys.current(keys[-1]), keys[-1]
        private, first = self._keys.first(self._origin)
        tiles.add_key(connection, first)
        return private, first


def _last_checkpoint(connection: Connection, keys: Sequence[SigningKey]) -> Checkpoint | None:
    """Return the newest checkpoint, if there is one. Raises ``LedgerError`` if none of the keys signed it."""
    newest = tiles.newest(connection)
    if newest is None:
        return None
    last = newest.checkpoint
    if last.size != newest.size or not any(last.is_signed_by(signer.key) for signer in keys):
        raise LedgerError(
            f"The newest checkpoint, of size {newest.size}, was not signed by this log's key. Nothing is"
            " signed until that is resolved; `lapor verify` shows the details."
        )
    return last


def _no_hashes(_level: int, _number: int) -> list[bytes]:
    return []


def describe_ledger(error: BaseException) -> str:
    """Return the part of an error that may be shown: Lapor's own sentences; of other errors, their kind."""
    if isinstance(error, LedgerError):
        return str(error)
    if isinstance(error, OSError):
        return f"A file of the ledger cannot be used: {error.strerror}: {error.filename}."
    return describe(error)
