"""What a rebuild goes by, and which ranges of streams it has finished: one that was stopped goes on.

A range's rows, its sums and the note that it is finished are written in one transaction. What was finished
by another plan is not used: another log, other events passed over, days that begin elsewhere, other code.
"""

from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from importlib.resources import files
from importlib.resources.abc import Traversable
from uuid import UUID

import msgspec

from lapor.store.database import Connection
from projections.engine.bookmarks import Bookmark, Marks, events_from
from projections.engine.projection import Projection

_CODE = ("projections", "lapor.domain", "lapor.store")
_HEADS = "SELECT DISTINCT head FROM rebuild_part ORDER BY head DESC"
_FINISHED = """
    SELECT first, last FROM rebuild_part WHERE (name, version, head, plan) = (%b, %b::int, %b::bigint, %b)
       AND to_regclass(format('%%s_v%%s_new', name, version)) IS NOT NULL
"""
_FINISH = """
    INSERT INTO rebuild_part (name, version, head, plan, first, last)
    VALUES (%b, %b::int, %b::bigint, %b, %b, %b)
"""
_FORGET = "DELETE FROM rebuild_part WHERE (name, version) = (%b, %b::int)"


@dataclass(frozen=True, slots=True)
class StreamRange:
    """The streams from ``first`` to ``last``, both included."""

    first: UUID
    last: UUID


Finished = dict[Projection, set[StreamRange]]


@dataclass(frozen=True, slots=True)
class RebuildPlan:
    """To fold the log up to ``head``, where that event has this leaf, by this code."""

    head: int
    leaf: bytes | None
    code: bytes

    def digest(self, mark: Bookmark) -> bytes:
        """What a projection's rows follow from."""
        skipped = sorted(position for position in mark.skipped if position <= self.head)
        return sha256(msgspec.json.encode([self.leaf, self.code, mark.zone, skipped])).digest()

    def finished(self, connection: Connection, mark: Bookmark) -> set[StreamRange]:
        """The ranges of which a projection's rows are all there."""
        of = [mark.name, mark.version, self.head, self.digest(mark)]
        return {StreamRange(*found) for found in connection.execute(_FINISHED, of, binary=True)}

    def finish(self, connection: Connection, mark: Bookmark, part: StreamRange) -> None:
        """Say that a range is finished, in the transaction that finishes it.

        To be said first: it keeps out who is at work on the same range, or has been.
        """
        of = [mark.name, mark.version, self.head, self.digest(mark), part.first, part.last]
        connection.execute(_FINISH, of)


def plan_at(connection: Connection, head: int) -> RebuildPlan:
    """The plan to fold the log as it is now, up to ``head``."""
    last, _ = events_from(connection, head, head, 1)
    return RebuildPlan(head, last.leaf() if last else None, code())


def begun(connection: Connection, marks: Marks) -> tuple[RebuildPlan, Finished] | None:
    """The plan of a rebuild of any of these that was stopped and can go on, and what it has finished."""
    for (head,) in connection.execute(_HEADS).fetchall():
        plan = plan_at(connection, head)
        finished = {projection: plan.finished(connection, mark) for projection, mark in marks.items()}
        if any(finished.values()):
            return plan, {projection: parts for projection, parts in finished.items() if parts}
    return None


def forget(connection: Connection, projection: Projection) -> None:
    """Let nothing be finished."""
    connection.execute(_FORGET, [projection.name, projection.version])


@cache
def code() -> bytes:
    """SHA-256 of the sources that decide what an event comes to: no rebuild goes on with another release."""
    digest = sha256()
    for package in _CODE:
        for source in sorted(_sources(files(package)), key=str):
            digest.update(source.read_bytes())
    return digest.digest()


def _sources(folder: Traversable) -> list[Traversable]:
    found = []
    for entry in folder.iterdir():
        if entry.is_dir():
            found += _sources(entry)
        elif entry.name.endswith(".py"):
            found.append(entry)
    return found
