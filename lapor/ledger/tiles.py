"""The ledger in PostgreSQL: tiles of hashes, keys, checkpoints. Rows are only ever added.

A tile has 256 hashes of complete subtrees of one height; heights are multiples of 8 (C2SP tlog-tiles). A
tile grows by runs, so that no row is ever rewritten. Any proof is read from a few tiles.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import psycopg

from lapor.ledger.merkle import HASH, Frontier, root
from lapor.ledger.signed_note import Checkpoint, NoteError, PublicKey, parse
from lapor.store.pg_arrays import ByteaArray

STEP = 8
TILE = 1 << STEP  # hashes in a whole tile

Connection = psycopg.Connection[Any]

_RUNS = "SELECT first, hashes FROM ledger_tile WHERE level = %s AND first >= %s AND first < %s ORDER BY first"
_ADD = """
    INSERT INTO ledger_tile (level, first, hashes)
    SELECT * FROM unnest(%s::smallint[], %s::bigint[], %b::bytea[])
"""
_NEWEST = "SELECT size, key, note FROM ledger_checkpoint ORDER BY size DESC, key DESC LIMIT 1"
_OF_SIZE = "SELECT size, key, note FROM ledger_checkpoint WHERE size = %s ORDER BY key"
_COVERING = "SELECT size, key, note FROM ledger_checkpoint WHERE size >= %s ORDER BY size, key DESC LIMIT 1"
_UP_TO = """
    SELECT size, key, note FROM ledger_checkpoint WHERE size <= %s ORDER BY size DESC, key DESC LIMIT 1
"""
_AFTER = """
    SELECT size, key, note FROM ledger_checkpoint WHERE (size, key) > (%s, %s) ORDER BY size, key LIMIT %s
"""
_KEYS = "SELECT number, name, public, since FROM ledger_key ORDER BY number"
_WHOLE = """
    INSERT INTO sealer (whole_at) VALUES (now())
    ON CONFLICT (sole) DO UPDATE SET whole_at = now(), failure = NULL
"""
_FAILED = """
    INSERT INTO sealer (whole_at, failure) VALUES (now(), %(failure)s)
    ON CONFLICT (sole) DO UPDATE SET failure = %(failure)s
"""
# An instant in the future is as old as it is far away: the clock was put back.
_STATE = """
    SELECT coalesce(max(size), 0), (SELECT coalesce(max(position), 0) FROM event),
           (SELECT abs(extract(epoch FROM now() - whole_at))::float FROM sealer),
           (SELECT extract(epoch FROM now() - max(at))::float FROM ledger_checkpoint
             WHERE size = (SELECT max(size) FROM ledger_checkpoint)),
           (SELECT failure FROM sealer)
      FROM ledger_checkpoint
"""


class LedgerError(Exception):
    """The ledger contradicts itself or the log; the sentence says where, and may be shown and stored."""


@dataclass(frozen=True)
class SigningKey:
    """A public key, its number in the log's sequence of keys, and the size from which on it signs."""

    number: int
    key: PublicKey
    since: int


@dataclass(frozen=True)
class StoredCheckpoint:
    """A checkpoint as the database stores it: its size, the number of its key, and its note."""

    size: int
    key: int
    note: str

    @property
    def checkpoint(self) -> Checkpoint:
        """The checkpoint of its note. Raises ``LedgerError``."""
        try:
            return parse(self.note)
        except NoteError as error:
            raise LedgerError(f"The stored checkpoint of size {self.size} cannot be read: {error}") from error


@dataclass(frozen=True)
class LedgerState:
    """The state of the ledger; ``age_seconds`` is at least the waiting time of the oldest unsealed event."""

    size: int
    unsealed: int
    age_seconds: float
    seconds_since_checkpoint: float | None
    failure: str | None


def state(connection: Connection) -> LedgerState | None:
    """Return the state of the ledger; None if nothing was ever sealed."""
    row = connection.execute(_STATE).fetchone()
    if row is None or row[2] is None:
        return None
    size, head, age, since, failure = row
    return LedgerState(size, max(0, head - size), age if head > size or failure else 0.0, since, failure)


def newest(connection: Connection) -> StoredCheckpoint | None:
    row = connection.execute(_NEWEST).fetchone()
    return StoredCheckpoint(*row) if row else None


def covering(connection: Connection, size: int) -> StoredCheckpoint | None:
    """Return the smallest checkpoint of at least that size."""
    row = connection.execute(_COVERING, [size]).fetchone()
    return StoredCheckpoint(*row) if row else None


def up_to(connection: Connection, size: int) -> StoredCheckpoint | None:
    """Return the largest checkpoint of at most that size."""
    row = connection.execute(_UP_TO, [size]).fetchone()
    return StoredCheckpoint(*row) if row else None


def of_size(connection: Connection, size: int) -> list[StoredCheckpoint]:
    """Return the checkpoints of exactly that size; a change of keys adds one of the same size."""
    return [StoredCheckpoint(*row) for row in connection.execute(_OF_SIZE, [size])]


def checkpoints(connection: Connection, *, after: tuple[int, int], limit: int) -> list[StoredCheckpoint]:
    """Return the checkpoints after the one of a size and key, in order."""
    return [StoredCheckpoint(*row) for row in connection.execute(_AFTER, [*after, limit])]


def keys(connection: Connection) -> list[SigningKey]:
    """Return all keys that ever signed, in order; the last one signs now."""
    rows = connection.execute(_KEYS).fetchall()
    return [SigningKey(number, PublicKey(name, bytes(public)), since) for number, name, public, since in rows]


def add_key(connection: Connection, key: SigningKey) -> None:
    connection.execute(
        "INSERT INTO ledger_key (number, name, public, since) VALUES (%s, %s, %s, %s)",
        [key.number, key.key.name, key.key.public, key.since],
    )


def add_checkpoint(connection: Connection, checkpoint: Checkpoint, key: int) -> None:
    connection.execute(
        "INSERT INTO ledger_checkpoint (size, key, note) VALUES (%s, %s, %s)",
        [checkpoint.size, key, checkpoint.note()],
    )


def record_all_sealed(connection: Connection) -> None:
    """Record that all events are sealed now."""
    connection.execute(_WHOLE)


def record_failure(connection: Connection, failure: str) -> None:
    """Record why nothing is sealed."""
    connection.execute(_FAILED, {"failure": failure})


def runs(connection: Connection, level: int, first: int, end: int) -> Iterator[tuple[int, bytes]]:
    """Yield the first index and the hashes of a level's runs that begin in a range of indices, in order."""
    yield from connection.execute(_RUNS, [level, first, end], binary=True)


def add_runs(connection: Connection, added: Sequence[tuple[int, int, bytes]]) -> None:
    levels, firsts, hashes = zip(*added, strict=True)
    connection.execute(_ADD, [list(levels), list(firsts), ByteaArray(hashes)])


def split_hashes(joined: bytes) -> list[bytes]:
    """Return concatenated hashes as a list."""
    return [joined[place : place + HASH] for place in range(0, len(joined), HASH)]


class Tiles:
    """Hashes of subtrees from stored tiles, each read once. Raises ``LedgerError`` if one has a hole."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._read: dict[tuple[int, int], list[bytes]] = {}

    def subtree(self, level: int, index: int) -> bytes:
        """Return the hash of a complete subtree that has been sealed."""
        base = level - level % STEP
        first, count = index << (level - base), 1 << (level - base)
        tile = self.tile(base, first // TILE)
        hashes = tile[first % TILE : first % TILE + count]
        if len(hashes) < count:
            raise LedgerError(f"The stored hashes of level {base} end before the hash {first + count - 1}.")
        return root(hashes)

    def tile(self, level: int, number: int) -> list[bytes]:
        """Return the hashes that a tile has so far."""
        hashes = self._read.get((level, number))
        if hashes is None:
            hashes = self._read[level, number] = self._load(level, number * TILE)
        return hashes

    def _load(self, level: int, first: int) -> list[bytes]:
        hashes: list[bytes] = []
        for begins, joined in runs(self._connection, level, first, first + TILE):
            if begins != first + len(hashes):
                raise LedgerError(f"The stored hashes of level {level} have a hole before the hash {begins}.")
            hashes += split_hashes(joined)
        return hashes


class Edge:
    """The right edge of the tree: its incomplete tiles, and the runs that new events add to them."""

    def __init__(self, size: int, tile: Callable[[int, int], list[bytes]]) -> None:
        """Read the edge of a tree of ``size`` leaves; ``tile`` returns the hashes of a level and tile number.

        Raises ``LedgerError`` if a tile has another number of hashes than the size demands.
        """
        self.size = size
        self._rows: list[list[bytes]] = []
        level = 0
        while size >> level or not level:
            count = size >> level
            row = list(tile(level, count // TILE))
            if len(row) != count % TILE:
                raise LedgerError(
                    f"Level {level} has {count - count % TILE + len(row)} stored hashes, but"
                    f" {size} sealed events need {count}; `lapor verify` shows the details."
                )
            self._rows.append(row)
            level += STEP

    def root(self) -> bytes:
        """Return the root over all events up to here."""
        frontier = Frontier()
        for number, row in reversed(list(enumerate(self._rows))):
            for hashed in row:
                frontier.push(hashed, number * STEP)
        return frontier.root()

    def add(self, leaves: Iterable[bytes]) -> list[tuple[int, int, bytes]]:
        """Add leaves and return the runs (level, first, hashes) to store for them."""
        return list(self._grow(0, list(leaves)))

    def _grow(self, number: int, hashes: list[bytes]) -> Iterator[tuple[int, int, bytes]]:
        if number == len(self._rows):
            self._rows.append([])
        level, above = number * STEP, list[bytes]()
        first, row = self.size >> level, self._rows[number]
        for start in _run_starts(len(row), len(hashes)):
            run = hashes[start : start + TILE - len(row)]
            yield level, first + start, b"".join(run)
            row += run
            if len(row) == TILE:
                above.append(root(row))
                row = self._rows[number] = []
        if above:
            yield from self._grow(number + 1, above)
        if number == 0:
            self.size += len(hashes)


def _run_starts(begun: int, count: int) -> Iterator[int]:
    """Yield where runs begin, cut at the ends of tiles; the first tile has ``begun`` hashes already."""
    place = 0
    while place < count:
        yield place
        place += TILE - (begun + place) % TILE
