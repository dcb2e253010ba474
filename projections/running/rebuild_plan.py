"""The plan of a rebuild, and the ranges of streams it has finished, so that a stopped rebuild can continue.

The rows of a range, its rollup and the record that it is finished are written in one transaction. A range is
not used if it was finished by another plan: another log, other skipped events, another time zone, or other
code.
"""

from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from importlib.resources import files
from importlib.resources.abc import Traversable
from uuid import UUID

import msgspec

from lapor.store.database import Connection
from projections.engine.bookmarks import Bookmark, Bookmarks, events_from
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
    """The log up to ``head``, whose last event has this leaf, and the code: rows follow from these."""

    head: int
    leaf: bytes | None
    code: bytes

    def digest(self, bookmark: Bookmark) -> bytes:
        """Return a hash of everything that a projection's rows follow from."""
        skipped = sorted(position for position in bookmark.skipped if position <= self.head)
        return sha256(msgspec.json.encode([self.leaf, self.code, bookmark.zone, skipped])).digest()

    def finished(self, connection: Connection, bookmark: Bookmark) -> set[StreamRange]:
        """Return the finished ranges of a projection."""
        of = [bookmark.name, bookmark.version, self.head, self.digest(bookmark)]
        return {StreamRange(*found) for found in connection.execute(_FINISHED, of, binary=True)}

    def mark_finished(self, connection: Connection, bookmark: Bookmark, part: StreamRange) -> None:
        """Record that a range is finished, in the transaction that finishes it.

        This is its first statement: it conflicts with another worker on the same range, or with an earlier
        one.
        """
        of = [bookmark.name, bookmark.version, self.head, self.digest(bookmark), part.first, part.last]
        connection.execute(_FINISH, of)


def plan_at(connection: Connection, head: int) -> RebuildPlan:
    """Return the plan to fold the log as it is now, up to ``head``."""
    last, _ = events_from(connection, head, head, 1)
    return RebuildPlan(head, last.leaf() if last else None, code())


def resumable(connection: Connection, bookmarks: Bookmarks) -> tuple[RebuildPlan, Finished] | None:
    """Return the plan and the finished ranges of a stopped rebuild that can continue, or None."""
    for (head,) in connection.execute(_HEADS).fetchall():
        plan = plan_at(connection, head)
        finished = {
            projection: plan.finished(connection, bookmark) for projection, bookmark in bookmarks.items()
        }
        if any(finished.values()):
            return plan, {projection: parts for projection, parts in finished.items() if parts}
    return None


def discard_finished(connection: Connection, projection: Projection) -> None:
    """Delete the records of a projection's finished ranges."""
    connection.execute(_FORGET, [projection.name, projection.version])


@cache
def code() -> bytes:
    """Return the SHA-256 of the sources that decide how events are folded: no other release may continue."""
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
