"""Seals the log: adds the tree's hashes and signs a checkpoint, every few seconds if something is new.

A seal is one transaction over at most a batch of events, so a crash leaves it done or not done. Then the
file beside the database follows; what it lacks after a crash it gets with the next look. The append of
events is not touched. Before anything is signed, the last checkpoint must be what the stored hashes say,
and be kept in the file: nothing is ever signed over a log that was put back.
"""

import threading
import time
from collections.abc import Sequence
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from lapor.ledger import tiles
from lapor.ledger.checkpoint_file import CheckpointFile
from lapor.ledger.signed_note import Checkpoint, signed
from lapor.ledger.signing_key import KeyFile
from lapor.ledger.tiles import Connection, Edge, LedgerError, SigningKey, Tiles
from lapor.logs import describe
from lapor.store.codec import leaf
from lapor.store.database import Database
from lapor.store.leader_election import Leader

BATCH = 2_048
"""Events in a seal at most: a log of millions is sealed for the first time by some thousand of them."""
PAUSE = 5.0
"""Seconds between looks: so long the newest events are not proven."""

_LOCK = "SELECT pg_advisory_xact_lock(hashtextextended(current_schema() || '.lapor_ledger', 0))"
_EVENTS = """
    SELECT position, stream, version, topic, state FROM event
     WHERE position > %s ORDER BY position LIMIT %s
"""


class Sealer:
    """Seals with the key in a file. Several may work at once: each seal takes a lock."""

    def __init__(
        self,
        database: Database,
        *,
        key: Path,
        kept: Path,
        origin: str | None = None,
        batch: int = BATCH,
    ) -> None:
        """``kept``: the file of all checkpoints. ``origin`` names a log that has no checkpoint yet."""
        self._database = database
        self._keys = KeyFile(key)
        self._file = CheckpointFile(kept)
        self._origin = origin
        self._batch = batch

    def step(self) -> int:
        """Seal at most a batch; how many events that were. Raises ``LedgerError``."""
        with self._database.connection() as connection:
            self._file.follow(connection)
            before, after = self._seal(connection)
            if after > before:
                self._file.follow(connection)
            if after - before < self._batch:
                tiles.note_whole(connection)
        return after - before

    def checkpoint(self) -> Checkpoint:
        """Seal up to the head; the newest checkpoint, also of an empty log. Raises ``LedgerError``."""
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
                            signed(key.key.name, 0, Edge(0, _nothing).root(), [private]),
                            key.number,
                        )
                self._file.follow(connection)
            newest = tiles.newest(connection)
            assert newest is not None  # noqa: S101 - it was made above
            return newest.checkpoint

    def signing_keys(self) -> list[SigningKey]:
        """All keys that ever signed; the last one signs now."""
        with self._database.connection() as connection:
            return tiles.keys(connection)

    def rotate(self, *, lost: bool = False) -> SigningKey:
        """Let a new key sign from now on; its first checkpoint is signed by the old one too.

        The old key's file is overwritten. Where it is ``lost`` already, nobody vouches for the new one.
        Raises ``LedgerError``.
        """
        if not lost:
            self.checkpoint()
        with self._database.connection() as connection:
            with connection.transaction():
                connection.execute(_LOCK)
                known = tiles.keys(connection)
                last = _fitting(connection, known)
                if last is None:
                    raise LedgerError("This log has no checkpoint yet, and so no key that could be replaced.")
                old = [] if lost else [self._keys.current(known[-1])]
                new, key = self._keys.next(known[-1])
                key = SigningKey(key.number, key.key, last.size)
                tiles.add_key(connection, key)
                first = signed(last.origin, last.size, last.root, [*old, new])
                tiles.add_checkpoint(connection, first, key.number)
            self._keys.take_next()
            self._file.follow(connection)
        return key

    def run(self, stop: threading.Event) -> None:
        """Seal until ``stop`` is set, while no other process does."""
        Leader(self._database, "sealer", describe_ledger).run(self._work, stop)

    def _work(self, _: Connection, stop: threading.Event) -> None:
        while not stop.is_set():
            began = time.monotonic()
            try:
                sealed = self.step()
            except (LedgerError, OSError) as error:
                with self._database.connection() as connection:
                    tiles.note_failure(connection, describe_ledger(error))
                raise
            # Who catches up with a long log leaves the feeder, in the same process, half of the time.
            stop.wait(PAUSE if sealed < self._batch else time.monotonic() - began)

    def _seal(self, connection: Connection) -> tuple[int, int]:
        """How many events were sealed before, and are now."""
        with connection.transaction():
            connection.execute(_LOCK)
            last = _fitting(connection, tiles.keys(connection))
            size = last.size if last else 0
            rows = connection.execute(_EVENTS, [size, self._batch], binary=True).fetchall()
            if not rows:
                return size, size
            if rows[-1][0] != size + len(rows):
                missing = next(n for n, row in enumerate(rows, size + 1) if row[0] != n)
                raise LedgerError(
                    f"The log has no event at position {missing}: it is not sealed any further."
                )
            edge = Edge(size, Tiles(connection).tile)
            if last is not None and edge.root() != last.root:
                raise LedgerError(
                    f"The stored hashes are not those of the checkpoint of size {size}: they were changed."
                    " Nothing is signed until that is cleared up; `lapor verify` tells more."
                )
            private, key = self._key(connection)
            tiles.add_runs(connection, edge.add([leaf(*row) for row in rows]))
            tiles.add_checkpoint(
                connection, signed(key.key.name, edge.size, edge.root(), [private]), key.number
            )
        return size, edge.size

    def _key(self, connection: Connection) -> tuple[Ed25519PrivateKey, SigningKey]:
        """The key that signs, private and as it is known; of a log without one it is made."""
        known = tiles.keys(connection)
        if known:
            return self._keys.current(known[-1]), known[-1]
        private, first = self._keys.first(self._origin)
        tiles.add_key(connection, first)
        return private, first


def _fitting(connection: Connection, keys: Sequence[SigningKey]) -> Checkpoint | None:
    """The newest checkpoint, if there is one. Raises ``LedgerError`` where no key of ours signed it."""
    newest = tiles.newest(connection)
    if newest is None:
        return None
    last = newest.checkpoint
    if last.size != newest.size or not any(last.is_signed_by(each.key) for each in keys):
        raise LedgerError(f"The newest checkpoint, of size {newest.size}, was not signed by this log's key.")
    return last


def _nothing(_level: int, _number: int) -> list[bytes]:
    return []


def describe_ledger(error: BaseException) -> str:
    """What may be told of an error: our own sentences, and of others no more than their kind."""
    if isinstance(error, LedgerError):
        return str(error)
    if isinstance(error, OSError):
        return f"A file of the ledger cannot be used: {error.strerror}: {error.filename}."
    return describe(error)
