"""Makes many complaints of those that were played: data of a nation's size, in minutes.

Each life is repeated with an id, a key, a code and words' hashes of its own: its facts are the same but for a
few seconds, sealed anew under its own key, and copied into the log in the order of time. Only into a log of
our own making: the append's rules hold because nothing else writes meanwhile.
"""

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from operator import attrgetter
from random import Random
from typing import Any
from uuid import UUID

import msgspec
import psycopg

from lapor.application.codes import TRACKING_CODE, new_tracking_code
from lapor.domain.terms import Sealed
from lapor.store.database import connection_string
from lapor.store.migrate import OWNER
from lapor.store.seal import MasterKey, StreamKey

Connection = psycopg.Connection[Any]
Progress = Callable[[int, int], None]
_AT, _CODE = "at", "code"  # no sealed field has such a name
_COPY = b"COPY %s (%s) FROM STDIN (FORMAT BINARY)"
_FEW_SECONDS = 60.0
_TELL_EVERY = 20_000  # facts
_ALONE = "SELECT pg_advisory_xact_lock(hashtextextended(current_schema() || '.lapor_append', 0))"
_LIVES = """
    SELECT stream, version, topic, state FROM fact
     WHERE starts_with(topic, 'lapor.complaint.') ORDER BY position
"""
_SECONDARY = """
    SELECT indrelid::regclass::text, indexrelid::regclass::text, pg_get_indexdef(indexrelid), conname,
           pg_get_constraintdef(pg_constraint.oid)
      FROM pg_index LEFT JOIN pg_constraint ON conindid = indexrelid
     WHERE indrelid = ANY(%s::regclass[]) AND NOT indisprimary
"""


@dataclass(frozen=True)
class _Copy:
    """A complaint to be made."""

    stream: UUID
    code: str
    key: StreamKey
    wrapped: bytes
    later: timedelta


@dataclass
class _Life:
    """A played complaint, and the copies to be made of it, in the order of time."""

    key: StreamKey
    terms: list[int]
    began: datetime | None = None
    copies: list[_Copy] = field(default_factory=list)


@dataclass(frozen=True)
class _Pattern:
    """A fact of a played life, cut where its copies differ."""

    life: _Life
    at: datetime
    version: int
    topic: str
    pieces: tuple[bytes | tuple[str, str], ...]
    """Bytes as they are, and what is the copy's own: its instant, its code, a text sealed for a field."""

    def state(self, copy: _Copy) -> bytes:
        return b"".join(
            piece if isinstance(piece, bytes) else self._own(copy, *piece) for piece in self.pieces
        )

    def _own(self, copy: _Copy, what: str, text: str) -> bytes:
        if what == _AT:
            return msgspec.json.encode(self.at + copy.later)
        return f'"{copy.code if what == _CODE else copy.key.seal(what, text)}"'.encode()


def multiply(url: str, master: MasterKey, complaints: int, *, seed: int, progress: Progress) -> int:
    """Copy the played complaints until there are so many in all; how many facts were added.

    ``url`` must be allowed to act as ``lapor_owner``.
    """
    with psycopg.connect(connection_string(url, role=OWNER, seconds=None)) as connection:
        connection.execute(_ALONE)
        lives, patterns = _read(connection, master)
        _plan(lives, master, complaints - len(lives), Random(f"{seed}/copies"))  # noqa: S311 - a play
        with _without_indexes(connection, ["fact", "vault.subject"]):
            _copy_subjects(connection, lives)
            _copy_claims(connection, lives)
            return _copy_facts(connection, patterns, progress)


def _read(connection: Connection, master: MasterKey) -> tuple[list[_Life], list[_Pattern]]:
    """What was played: the lives as they began, and the facts in the order of their instants."""
    subjects = connection.execute("SELECT stream, wrapped_key, terms FROM vault.subject").fetchall()
    known = {stream: _Life(master.unwrap(stream, wrapped), terms) for stream, wrapped, terms in subjects}
    lives: dict[UUID, _Life] = {}
    patterns = []
    for stream, version, topic, state in connection.execute(_LIVES, binary=True):
        life = lives[stream] = known[stream]
        pattern = _pattern(life, version, topic, state)
        life.began = life.began or pattern.at
        patterns.append(pattern)
    return list(lives.values()), sorted(patterns, key=attrgetter("at"))


def _pattern(life: _Life, version: int, topic: str, state: bytes) -> _Pattern:
    said = msgspec.json.decode(state)
    own = {sealed: (name, life.key.open(name, sealed)) for name, sealed in _sealed(said)}
    own |= {said["at"]: (_AT, "")} | ({said["code"]: (_CODE, "")} if "code" in said else {})
    pieces: list[bytes | tuple[str, str]] = []
    for text in sorted(own, key=lambda text: state.index(f'"{text}"'.encode())):
        before, _, state = state.partition(f'"{text}"'.encode())
        pieces += (before, own[text])
    return _Pattern(life, datetime.fromisoformat(said["at"]), version, topic, (*pieces, state))


def _sealed(said: Mapping[str, Any], inside: str = "") -> Iterator[tuple[str, Sealed]]:
    """Each sealed value with the name of its field."""
    for name, value in said.items():
        for each in value if isinstance(value, list) else [value]:
            if isinstance(each, dict):
                yield from _sealed(each, f"{inside}{name}.")
            elif isinstance(each, str) and each.startswith("s1."):
                yield inside + name, Sealed(each)


def _plan(lives: list[_Life], master: MasterKey, copies: int, chance: Random) -> None:
    """Decide whose copies are made, and how much later than the one that was played each happens."""
    codes: set[str] = set()
    for n, life in enumerate(lives):
        count = copies // len(lives) + (n < copies % len(lives))
        for seconds in sorted(chance.uniform(0, _FEW_SECONDS) for _ in range(count)):
            stream = UUID(int=chance.getrandbits(128), version=4)
            while (code := new_tracking_code()) in codes:
                pass  # of a million that are drawn two may be alike
            codes.add(code)
            life.copies.append(_Copy(stream, code, *master.new_key(stream), timedelta(seconds=seconds)))


def _copy_subjects(connection: Connection, lives: list[_Life]) -> None:
    kept = {"wrapped_key": "bytea", "receipt_digest": "bytea", "terms": "int8[]"}
    names, types = _columns(stream="uuid", at="timestamptz", **kept)
    with connection.cursor() as cursor, cursor.copy(_COPY % (b"vault.subject", names)) as rows:
        rows.set_types(types)
        for life in lives:
            for copy in life.copies:
                began = life.began + copy.later if life.began else None
                rows.write_row((copy.stream, began, copy.wrapped, os.urandom(32), life.terms))


def _copy_claims(connection: Connection, lives: list[_Life]) -> None:
    names, types = _columns(kind="text", value="text", stream="uuid")
    with connection.cursor() as cursor, cursor.copy(_COPY % (b"claim", names)) as rows:
        rows.set_types(types)
        for life in lives:
            for copy in life.copies:
                rows.write_row((TRACKING_CODE, copy.code, copy.stream))


def _copy_facts(connection: Connection, patterns: list[_Pattern], progress: Progress) -> int:
    (head,) = connection.execute("SELECT max(position) FROM fact").fetchone() or (0,)
    position, last = head, head + sum(len(pattern.life.copies) for pattern in patterns)
    names, types = _columns(position="int8", stream="uuid", version="int4", topic="text", state="bytea")
    with connection.cursor() as cursor, cursor.copy(_COPY % (b"fact", names)) as rows:
        rows.set_types(types)
        for pattern in patterns:
            for copy in pattern.life.copies:
                position += 1
                rows.write_row((position, copy.stream, pattern.version, pattern.topic, pattern.state(copy)))
                if position % _TELL_EVERY == 0:
                    progress(position - head, last - head)
    return int(last - head)


def _columns(**types: str) -> tuple[bytes, list[str]]:
    return ", ".join(types).encode(), list(types.values())


@contextmanager
def _without_indexes(connection: Connection, tables: list[str]) -> Iterator[None]:
    """Make a table's further indexes anew after it was filled: in one sweep they cost a fraction."""
    found = connection.execute(_SECONDARY, [tables]).fetchall()
    for table, index, _, constraint, _ in found:
        drop = f"ALTER TABLE {table} DROP CONSTRAINT {constraint}" if constraint else f"DROP INDEX {index}"
        connection.execute(drop.encode())
    yield
    for table, _, definition, constraint, constrained in found:
        made = f"ALTER TABLE {table} ADD CONSTRAINT {constraint} {constrained}" if constraint else definition
        connection.execute(made.encode())
