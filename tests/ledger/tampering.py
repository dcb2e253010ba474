"""The ways in which a superuser of the database can tamper with a log and its ledger."""

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import psycopg
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from lapor.ledger import tiles
from lapor.ledger.signed_note import sign_checkpoint
from lapor.ledger.tiles import Edge
from lapor.store.codec import leaf

Connection = psycopg.Connection[Any]


@dataclass
class Harm:
    """The harm done: ``first`` is the first changed position; None if no event was changed."""

    first: int | None
    exact: bool = True


class Tamperer:
    """Does one kind of harm to the events up to ``safe``, which an auditor's checkpoint covers."""

    def __init__(self, connection: Connection, chance: random.Random, *, safe: int, size: int) -> None:
        self.connection, self.chance, self.safe, self.size = connection, chance, safe, size

    def run(self, query: str, *values: Any) -> None:
        self.connection.execute(query.encode(), values)

    def any(self) -> int:
        return self.chance.randint(1, self.safe)

    def value(self, query: str, *values: Any) -> Any:
        row = self.connection.execute(query.encode(), values).fetchone()
        assert row is not None
        return row[0]

    def flip(self, data: bytes) -> bytes:
        changed = bytearray(data)
        changed[self.chance.randrange(len(data))] ^= 1 << self.chance.randrange(8)
        return bytes(changed)

    def state(self) -> Harm:
        """Change one bit of a state."""
        position = self.any()
        state = self.value("SELECT state FROM event WHERE position = %s", position)
        self.run("UPDATE event SET state = %s WHERE position = %s", self.flip(state), position)
        return Harm(position)

    def topic(self) -> Harm:
        """Turn an event into one of another kind."""
        position = self.any()
        self.run("UPDATE event SET topic = topic || 'x' WHERE position = %s", position)
        return Harm(position)

    def version(self) -> Harm:
        position = self.any()
        self.run("UPDATE event SET version = version + 1000 WHERE position = %s", position)
        return Harm(position)

    def stream(self) -> Harm:
        """Move an event to another complaint."""
        position = self.any()
        self.run(
            "UPDATE event SET stream = %s WHERE position = %s",
            UUID(int=self.chance.getrandbits(128)),
            position,
        )
        return Harm(position)

    def delete(self) -> Harm:
        position = self.any()
        self.run("DELETE FROM event WHERE position = %s", position)
        return Harm(position)

    def delete_and_close_up(self) -> Harm:
        position = self.any()
        self.run("DELETE FROM event WHERE position = %s", position)
        self.run("UPDATE event SET position = -position WHERE position > %s", position)
        self.run("UPDATE event SET position = -position - 1 WHERE position < 0")
        return Harm(position)

    def insert(self) -> Harm:
        """Insert an event; those after it move on by one."""
        position = self.any()
        self.run("UPDATE event SET position = -position WHERE position >= %s", position)
        self.run("UPDATE event SET position = -position + 1 WHERE position < 0")
        self.run(
            "INSERT INTO event SELECT %s, gen_random_uuid(), 1, topic, state FROM event WHERE position = %s",
            position,
            self.chance.choice([place for place in (1, self.size) if place != position]),
        )
        return Harm(position)

    def swap(self) -> Harm:
        one, two = sorted(self.chance.sample(range(1, self.safe + 1), 2))
        self.run("UPDATE event SET position = -1 WHERE position = %s", one)
        self.run("UPDATE event SET position = %s WHERE position = %s", one, two)
        self.run("UPDATE event SET position = %s WHERE position = -1", two)
        return Harm(one)

    def drop_tail(self) -> Harm:
        position = self.any()
        self.run("DELETE FROM event WHERE position >= %s", position)
        return Harm(position)

    def replace_tail(self) -> Harm:
        """Replace the last events by other valid ones, each of a complaint of its own."""
        position = self.chance.randint(2, self.safe)
        self.run("DELETE FROM event WHERE position >= %s", position)
        self.run(
            "INSERT INTO event SELECT n, gen_random_uuid(), 1, topic, state"
            " FROM generate_series(%s::int, %s::int) AS n,"
            " (SELECT topic, state FROM event WHERE version = 1 LIMIT 1) AS like_this",
            position,
            self.size,
        )
        return Harm(position)

    def tile(self) -> Harm:
        """Change one bit of a stored hash, of any level."""
        row = self.connection.execute(
            "SELECT level, first, hashes FROM ledger_tile ORDER BY random() LIMIT 1"
        ).fetchone()
        assert row is not None
        level, first, hashes = row
        self.run(
            "UPDATE ledger_tile SET hashes = %s WHERE level = %s AND first = %s",
            self.flip(hashes),
            level,
            first,
        )
        return Harm(None)

    def tile_gone(self) -> Harm:
        self.run(
            "DELETE FROM ledger_tile WHERE (level, first) ="
            " (SELECT level, first FROM ledger_tile ORDER BY random() LIMIT 1)"
        )
        return Harm(None)

    def checkpoint(self) -> Harm:
        """Change one character of a stored checkpoint."""
        size, note = self.connection.execute(
            "SELECT size, note FROM ledger_checkpoint ORDER BY random() LIMIT 1"
        ).fetchone() or (0, "")
        place = self.chance.randrange(len(note) - 1)
        other = self.chance.choice([each for each in "0123456789AZaz" if each != note[place]])
        self.run(
            "UPDATE ledger_checkpoint SET note = %s WHERE size = %s",
            note[:place] + other + note[place + 1 :],
            size,
        )
        return Harm(None)

    def checkpoint_gone(self) -> Harm:
        self.run(
            "DELETE FROM ledger_checkpoint WHERE size ="
            " (SELECT size FROM ledger_checkpoint WHERE size %% 256 > 0 ORDER BY random() LIMIT 1)"
        )
        return Harm(None)

    def event_and_hashes(self) -> Harm:
        """Change an event and all hashes that follow from it; the checkpoints cannot be signed again."""
        harm = self.state()
        self.reseal(None)
        return Harm(harm.first, exact=False)

    def all_but_the_key(self) -> Harm:
        """Change an event, hashes and checkpoints, signed by a new key that replaces the log's."""
        harm = self.state()
        self.reseal(Ed25519PrivateKey.generate())
        return Harm(harm.first, exact=False)

    def roll_back(self) -> Harm:
        """Restore the whole database to an earlier checkpoint."""
        size = self.value(
            "SELECT size FROM ledger_checkpoint WHERE size < %s ORDER BY random() LIMIT 1", self.safe
        )
        self.run("DELETE FROM event WHERE position > %s", size)
        self.run("DELETE FROM ledger_checkpoint WHERE size > %s", size)
        self.run("DELETE FROM ledger_tile WHERE (first + length(hashes) / 32) << level > %s", size)
        return Harm(size + 1)

    def reseal(self, key: Ed25519PrivateKey | None) -> None:
        """Make all stored hashes again; with a key also the checkpoints: it is then the only key."""
        sizes = self.connection.execute("SELECT size, key FROM ledger_checkpoint ORDER BY size").fetchall()
        name = self.value("SELECT name FROM ledger_key LIMIT 1")
        events = self.connection.execute(
            "SELECT position, stream, version, topic, state FROM event ORDER BY position"
        ).fetchall()
        self.run("DELETE FROM ledger_tile")
        edge = Edge(0, lambda _level, _number: [])
        for size, number in sizes:
            tiles.add_runs(self.connection, edge.add([leaf(*row) for row in events[edge.size : size]]))
            if key is not None:
                note = sign_checkpoint(name, size, edge.root(), [key]).note()
                self.run(
                    "UPDATE ledger_checkpoint SET note = %s WHERE size = %s AND key = %s", note, size, number
                )
        if key is not None:
            self.run("UPDATE ledger_key SET public = %s", key.public_key().public_bytes_raw())


KINDS: dict[str, Callable[[Tamperer], Harm]] = {
    name: method
    for name, method in vars(Tamperer).items()
    if name
    in {
        "state", "topic", "version", "stream", "delete", "delete_and_close_up", "insert", "swap", "drop_tail",
        "replace_tail", "tile", "tile_gone", "checkpoint", "checkpoint_gone", "event_and_hashes",
        "all_but_the_key", "roll_back",
    }
}  # fmt: skip
