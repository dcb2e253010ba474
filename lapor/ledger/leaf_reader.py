"""Fast reading of the log for verification: leaves hashed straight from the bytes that the database sends.

A row of PostgreSQL's binary COPY is a count of fields, and then each field after its length in 4 bytes. With
version sent as 8 bytes, that is the input of a leaf's hash except for its first byte (see
``lapor.store.codec.leaf``). So rows are hashed without parsing.
"""

import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from uuid import UUID

import psycopg
from psycopg.pq import ExecStatus

from lapor.ledger.merkle import HASH
from lapor.ledger.tiles import Connection

_COPY = """
    COPY (SELECT position, stream, version::int8, topic, state FROM event
           WHERE position > {first} AND position <= {last} ORDER BY position) TO STDOUT (FORMAT BINARY)
"""
_SIGNATURE = b"PGCOPY\n\xff\r\n\0"
_HEADER = 19  # bytes before the first row
_END = b"\xff\xff"
_POSITION = slice(6, 14)  # after the count of fields and the length
_FIELDS = struct.Struct(">2x4x8x4x16s4xQI")  # stream, version, length of the topic
MISSING = bytes(HASH)
"""The leaf in place of a missing event; no event has this leaf."""

Row = tuple[UUID, int, str, bytes]


@dataclass
class Leaves:
    """The leaves after a position, one for each position. ``missing`` and ``double`` list positions."""

    hashes: list[bytes] = field(default_factory=list)
    missing: list[int] = field(default_factory=list)
    double: list[int] = field(default_factory=list)

    def fill_up(self, first: int, last: int) -> None:
        """Count the positions after the last event as missing, up to ``last``."""
        begin = first + len(self.hashes) + 1
        self.missing += range(begin, last + 1)
        self.hashes += [MISSING] * (last + 1 - begin)


def read(
    connection: Connection,
    first: int,
    last: int,
    *,
    visit: Callable[[int, Row], None] | None = None,
) -> Leaves:
    """Return the leaves of the events at positions ``first + 1`` to ``last``.

    Positions without an event are ``missing`` only between two events, not after the last one. ``visit``, if
    given, is called with each event, which costs time.
    """
    leaves = Leaves()
    hashes, expected, begin = leaves.hashes, first, b"\0"
    for row in copy_rows(connection, first, last):
        position = int.from_bytes(row[_POSITION], "big")
        expected += 1
        if position != expected:
            if position < expected:
                leaves.double.append(position)
                expected -= 1
                continue
            leaves.missing += range(expected, position)
            hashes += [MISSING] * (position - expected)
            expected = position
        hashes.append(sha256(begin + row[2:]).digest())
        if visit is not None:
            visit(position, parse_row(row))
    return leaves


def copy_rows(connection: Connection, first: int, last: int) -> Iterator[memoryview]:
    """Yield the rows at positions ``first + 1`` to ``last``, in order, as COPY sends them.

    Raises ``psycopg.OperationalError`` with the server's message.
    """
    raw = connection.pgconn  # psycopg's own copy takes 3 µs a row
    result = raw.exec_(_COPY.format(first=int(first), last=int(last)).encode())
    if result.status != ExecStatus.COPY_OUT:
        raise _failed(connection)
    get = raw.get_copy_data
    length, row = get(0)
    if length > 0 and row is not None and row[: len(_SIGNATURE)] == _SIGNATURE:
        row = row[_HEADER:]
        if not row:
            length, row = get(0)
    while length > 0 and row is not None:
        if row != _END:
            yield row
        length, row = get(0)
    failed = length < -1
    while (rest := raw.get_result()) is not None:
        failed = failed or rest.status != ExecStatus.COMMAND_OK
    if failed:
        raise _failed(connection)


def _failed(connection: Connection) -> psycopg.OperationalError:
    return psycopg.OperationalError(connection.pgconn.get_error_message().strip())


def position_of(row: memoryview) -> int:
    return int.from_bytes(row[_POSITION], "big")


def parse_row(row: memoryview) -> Row:
    """Return stream, version, topic and state of a row."""
    stream, version, length = _FIELDS.unpack_from(row)
    topic = _FIELDS.size
    state = topic + length + 4
    return UUID(bytes=stream), version, bytes(row[topic : topic + length]).decode(), bytes(row[state:])
