"""Descriptions of complaints as of an instant, and what decides who may see them now.

A row of the register has the times of its events (``trace``) and the version of the last event that changed
its description (``told_by``). So for most complaints the current row is the answer. The others are folded
from the events that they had by then.
"""

from collections.abc import Collection
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from msgspec.structs import replace

from lapor.store.database import Connection
from lapor.store.pg_arrays import UuidArray
from projections.complaints.description import ComplaintDescription, Visibility, descriptions_at
from projections.complaints.event_times import version_at
from projections.complaints.register import REGISTER, TracedLine
from projections.engine.columns import columns, row_maker

_ROWS = f"""
    SELECT {", ".join(column.selected for column in columns(TracedLine))} FROM {REGISTER.table}
     WHERE stream = ANY(%b::uuid[])
"""  # noqa: S608 - constants only
_row = row_maker(TracedLine)


class KnownComplaint(NamedTuple):
    """The description of a complaint as it was then, and what decides who may see it now."""

    then: ComplaintDescription
    now: Visibility


def known_at(connection: Connection, streams: Collection[UUID], at: datetime) -> dict[UUID, KnownComplaint]:
    """Return the descriptions of these complaints; those that the register did not have then are left out."""
    known: dict[UUID, KnownComplaint] = {}
    to_fold: dict[UUID, TracedLine] = {}
    versions: dict[UUID, int] = {}
    for row in map(_row, connection.rows(_ROWS, [UuidArray(list(streams))])):
        then = version_at(row.trace, row.version, at)
        if then is not None and then.version >= row.told_by:
            description = replace(row, version=then.version, changed_at=then.changed_at)
            known[row.stream] = KnownComplaint(description, row)
        else:
            to_fold[row.stream], versions[row.stream] = row, then.version if then else row.version
    if to_fold:
        folded = descriptions_at(connection, versions, at, REGISTER)
        known |= {stream: KnownComplaint(each, to_fold[stream]) for stream, each in folded.items()}
    return known
