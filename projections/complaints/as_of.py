"""What complaints were known as at a moment, and who may see them now.

A row of the register says when its events came, and which of them was the last that said what it is known as.
So of most complaints the rows of now tell; the others are folded from the events that they had by then.
"""

from collections.abc import Collection
from typing import NamedTuple
from uuid import UUID

from msgspec.structs import replace

from lapor.store.database import Connection
from lapor.store.pg_arrays import UuidArray
from projections.complaints.description import ComplaintDescription, Visibility, described_at
from projections.complaints.event_times import VersionAt, reached
from projections.complaints.register import REGISTER, TracedLine
from projections.engine.as_of import AsOf
from projections.engine.columns import columns, row_maker

_ROWS = f"""
    SELECT {", ".join(column.selected for column in columns(TracedLine))} FROM {REGISTER.table}
     WHERE stream = ANY(%b::uuid[])
"""  # noqa: S608 - names of our own
_row = row_maker(TracedLine)


class KnownComplaint(NamedTuple):
    """What a complaint was known as, and what decides who may see it now."""

    then: ComplaintDescription
    now: Visibility


def known_at(connection: Connection, streams: Collection[UUID], moment: AsOf) -> dict[UUID, KnownComplaint]:
    """Of some complaints; those of which the register knew nothing are left out."""
    known: dict[UUID, KnownComplaint] = {}
    to_fold: dict[UUID, TracedLine] = {}
    versions: dict[UUID, int] = {}
    for row in map(_row, connection.rows(_ROWS, [UuidArray(list(streams))])):
        then = _reached(row, moment)
        if then is not None and then.version >= row.told_by:
            was = replace(row, version=then.version, changed_at=then.changed_at)
            known[row.stream] = KnownComplaint(was, row)
        else:
            to_fold[row.stream], versions[row.stream] = row, then.version if then else row.version
    if to_fold:
        folded = described_at(connection, versions, moment, REGISTER)
        known |= {stream: KnownComplaint(was, to_fold[stream]) for stream, was in folded.items()}
    return known


def _reached(row: TracedLine, moment: AsOf) -> VersionAt | None:
    """Positions are in no trace."""
    if moment.position is not None or moment.at is None:
        return None
    return reached(row.trace, row.version, moment.at)
