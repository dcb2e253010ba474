"""The writing of copies: by COPY, without secondary indexes, which are built afterwards."""

from collections.abc import Iterator
from contextlib import contextmanager

from lapor.demo.copies.source import Connection, CopiedEvent, PlayedComplaint
from lapor.progress import Progress

_COPY = b"COPY %s (%s) FROM STDIN (FORMAT BINARY)"
_REPORT_EVERY = 20_000  # events
_SECONDARY = """
    SELECT indrelid::regclass::text, indexrelid::regclass::text, pg_get_indexdef(indexrelid), conname,
           pg_get_constraintdef(pg_constraint.oid)
      FROM pg_index LEFT JOIN pg_constraint ON conindid = indexrelid
     WHERE indrelid = ANY(%s::regclass[]) AND NOT indisprimary
"""


def copy_subjects(connection: Connection, lives: list[PlayedComplaint]) -> None:
    kept = {"wrapped_key": "bytea", "receipt_digest": "bytea", "terms": "int8[]"}
    names, types = _columns(stream="uuid", at="timestamptz", **kept)
    with connection.cursor() as cursor, cursor.copy(_COPY % (b"vault.subject", names)) as rows:
        rows.set_types(types)
        for life in lives:
            for copy in life.copies:
                began = life.began + copy.later if life.began else None
                rows.write_row((copy.stream, began, copy.wrapped, copy.receipt, life.terms))


def copy_claims(connection: Connection, lives: list[PlayedComplaint]) -> None:
    names, types = _columns(kind="text", value="text", stream="uuid")
    with connection.cursor() as cursor, cursor.copy(_COPY % (b"claim", names)) as rows:
        rows.set_types(types)
        for life in lives:
            for copy in life.copies:
                for (kind, _), name in zip(life.unique_names, copy.names, strict=True):
                    rows.write_row((kind, name, copy.stream))


def copy_events(connection: Connection, patterns: list[CopiedEvent], progress: Progress) -> int:
    (head,) = connection.execute("SELECT max(position) FROM event").fetchone() or (0,)
    position, last = head, head + sum(len(pattern.life.copies) for pattern in patterns)
    names, types = _columns(position="int8", stream="uuid", version="int4", topic="text", state="bytea")
    with connection.cursor() as cursor, cursor.copy(_COPY % (b"event", names)) as rows:
        rows.set_types(types)
        for pattern in patterns:
            for copy in pattern.life.copies:
                position += 1
                rows.write_row((position, copy.stream, pattern.version, pattern.topic, pattern.state(copy)))
                if position % _REPORT_EVERY == 0:
                    progress(position - head, last - head)
    return int(last - head)


def _columns(**types: str) -> tuple[bytes, list[str]]:
    return ", ".join(types).encode(), list(types.values())


@contextmanager
def without_indexes(connection: Connection, tables: list[str]) -> Iterator[None]:
    """Drop the tables' secondary indexes, and build them again at the end: that costs a fraction."""
    found = connection.execute(_SECONDARY, [tables]).fetchall()
    for table, index, _, constraint, _ in found:
        drop = f"ALTER TABLE {table} DROP CONSTRAINT {constraint}" if constraint else f"DROP INDEX {index}"
        connection.execute(drop.encode())
    yield
    for table, _, definition, constraint, constrained in found:
        made = f"ALTER TABLE {table} ADD CONSTRAINT {constraint} {constrained}" if constraint else definition
        connection.execute(made.encode())
