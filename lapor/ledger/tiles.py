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
    """The ledger does not fit itself or the log; the sentence says where, and may be shown and stored."""


@dataclass(frozen=True)
class SigningKey:
    """A public key, and from which size on it signs."""

    number: int
    key: PublicKey
    since: int


@dataclass(frozen=True)
class StoredCheckpoint:
    """A stored checkpoint."""

    size: int
    key: int
    note: str

    @property
    def checkpoint(self) -> Checkpoint:
        """What its note says. Raises ``LedgerError``."""
        try:
            return parse(self.note)
        except NoteError as error:
            raise LedgerError(f"The stored checkpoint of size {self.size} cannot be read: {error}") from error


@dataclass(frozen=True)
class LedgerState:
    """How the ledger is: ``age_seconds`` is at least as long as the oldest event waits to be sealed."""

    size: int
    unsealed: int
    age_seconds: float
    seconds_since_checkpoint: float | None
    failure: str | None


def state(connection: Connection) -> LedgerState | None:
    """How the ledger is; None where nobody has ever sealed."""
    row = connection.execute(_STATE).fetchone()
    if row is None or row[2] is None:
        return None
    size, head, age, since, failure = row
    return LedgerState(size, max(0, head - size), age if head > size or failure else 0.0, since, failure)


def newest(connection: Connection) -> StoredCheckpoint | None:
    row = connection.execute(_NEWEST).fetchone()
    return StoredCheckpoint(*row) if row else None


def covering(connection: Connection, size: int) -> StoredCheckpoint | None:
    """The smallest checkpoint of at least that size."""
    row = connection.execute(_COVERING, [size]).fetchone()
    return StoredCheckpoint(*row) if row else None


def up_to(connection: Connection, size: int) -> StoredCheckpoint | None:
    """The largest checkpoint of no more than that size."""
    row = connection.execute(_UP_TO, [size]).fetchone()
    return StoredCheckpoint(*row) if row else None


def of_size(connection: Connection, size: int) -> list[StoredCheckpoint]:
    """The checkpoints of exactly that size: where a new key took over there is one more."""
    return [StoredCheckpoint(*row) for row in connection.execute(_OF_SIZE, [size])]


def checkpoints(connection: Connection, *, after: tuple[int, int], limit: int) -> list[StoredCheckpoint]:
    """Checkpoints after one, named by its size and key, in order."""
    return [StoredCheckpoint(*row) for row in connection.execute(_AFTER, [*after, limit])]


def keys(connection: Connection) -> list[SigningKey]:
    """All keys that ever signed, in order; the last one signs now."""
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


def note_whole(connection: Connection) -> None:
    """Say that all events are sealed now."""
    connection.execute(_WHOLE)


def note_failure(connection: Connection, failure: str) -> None:
    """Say why nothing is sealed."""
    connection.execute(_FAILED, {"failure": failure})


def runs(connection: Connection, level: int, first: int, end: int) -> Iterator[tuple[int, bytes]]:
    """The stored runs of a level that begin within a range of its hashes, in order."""
    yield from connection.execute(_RUNS, [level, first, end], binary=True)


def add_runs(connection: Connection, added: Sequence[tuple[int, int, bytes]]) -> None:
    levels, firsts, hashes = zip(*added, strict=True)
    connection.execute(_ADD, [list(levels), list(firsts), ByteaArray(hashes)])


def cut(joined: bytes) -> list[bytes]:
    """Hashes that stand one after another, each by itself."""
    return [joined[place : place + HASH] for place in range(0, len(joined), HASH)]


class Tiles:
    """Hashes of subtrees from stored tiles, each read once. Raises ``LedgerError`` where one has a hole."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._read: dict[tuple[int, int], list[bytes]] = {}

    def subtree(self, level: int, index: int) -> bytes:
        """The hash of a complete subtree that has been sealed."""
        base = level - level % STEP
        first, count = index << (level - base), 1 << (level - base)
        tile = self.tile(base, first // TILE)
        found = tile[first % TILE : first % TILE + count]
        if len(found) < count:
            raise LedgerError(f"The stored hashes of level {base} end before the hash {first + count - 1}.")
        return root(found)

    def tile(self, level: int, number: int) -> list[bytes]:
        """The hashes that a tile has by now."""
        known = self._read.get((level, number))
        if known is None:
            known = self._read[level, number] = self._load(level, number * TILE)
        return known

    def _load(self, level: int, first: int) -> list[bytes]:
        found: list[bytes] = []
        for begins, joined in runs(self._connection, level, first, first + TILE):
            if begins != first + len(found):
                raise LedgerError(f"The stored hashes of level {level} have a hole before the hash {begins}.")
            found += cut(joined)
        return found


class Edge:
    """The right edge of the tree: the tiles that are not whole yet, and the runs that events add to them."""

    def __init__(self, size: int, tile: Callable[[int, int], list[bytes]]) -> None:
        """``tile`` gives the stored hashes of a level and number of tile."""
        self.size = size
        self._rows: list[list[bytes]] = []
        level = 0
        while size >> level or not level:
            count = size >> level
            row = list(tile(level, count // TILE))
            if len(row) != count % TILE:
                raise LedgerError(
                    f"Level {level} holds {count - count % TILE + len(row)} stored hashes;"
                    f" {size} sealed events make {count}."
                )
            self._rows.append(row)
            level += STEP

    def root(self) -> bytes:
        """The root over all events up to here."""
        frontier = Frontier()
        for number, row in reversed(list(enumerate(self._rows))):
            for hashed in row:
                frontier.push(hashed, number * STEP)
        return frontier.root()

    def add(self, leaves: Iterable[bytes]) -> list[tuple[int, int, bytes]]:
        """Go on with more leaves; the runs (level, first, hashes) that have to be stored for them."""
        return list(self._grow(0, list(leaves)))

    def _grow(self, number: int, hashes: list[bytes]) -> Iterator[tuple[int, int, bytes]]:
        if number == len(self._rows):
            self._rows.append([])
        level, above = number * STEP, list[bytes]()
        first, row = self.size >> level, self._rows[number]
        for start in _cuts(len(row), len(hashes)):
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


def _cuts(begun: int, count: int) -> Iterator[int]:
    """Where runs begin that stay in their tiles, the first of which holds some hashes already."""
    place = 0
    while place < count:
        yield place
        place += TILE - (begun + place) % TILE
