"""Milestones (tonggak): the events that open, close or hand over a complaint.

Each row has the complaint's state before and after the event, so it says where the complaint is no longer
counted and where it is counted from then on. Therefore the number of open complaints on a day is a sum over
single rows, which a rollup keeps by day.
"""

from collections.abc import Iterator
from datetime import datetime
from uuid import UUID

import msgspec

from lapor.domain.complaint.events import (
    Closed,
    ComplaintEvent,
    Filed,
    Reclassified,
    Reopened,
    Responded,
)
from lapor.domain.complaint.state import ENDED
from lapor.domain.vocabulary import Kind, Stage
from projections.engine.projection import Count, Projection, Rollup, Rows

_COUNTED = (Filed, Responded, Closed, Reopened)
FlowState = tuple[bool, UUID | None, Kind | None]
"""Whether a complaint is open, its agency, and its kind."""
_NOT_FILED: FlowState = (False, None, None)


class Milestone(msgspec.Struct, frozen=True):
    """An event, with the state of its complaint. ``what`` is the last word of the topic.

    ``open``: it has not ended. ``agency``: the lead, which after the end is the last one. ``was_…``: the same
    fields before the event.
    """

    stream: UUID
    version: int
    what: str
    at: datetime
    open: bool
    agency: UUID | None
    kind: Kind | None
    was_open: bool
    was_agency: UUID | None
    was_kind: Kind | None


def project(event: ComplaintEvent, rows: Rows[Milestone]) -> None:
    """Add a row for an event that is counted, or that changes where its complaint is counted."""
    stage = event.stage_after
    if stage is None and not isinstance(event, Reclassified):
        return  # no other event changes the state; this saves a search for each of them
    stream, version = event.originator_id, event.originator_version
    last = None
    for row in rows.within(stream).values():
        if row.version < version and (last is None or row.version > last.version):
            last = row
    was = (last.open, last.agency, last.kind) if last else _NOT_FILED
    now = _after(event, stage, was)
    if now != was or isinstance(event, _COUNTED):
        what = event.TOPIC.rpartition(".")[2]
        rows[stream, version] = Milestone(stream, version, what, event.at, *now, *was)


def _after(event: ComplaintEvent, stage: Stage | None, was: FlowState) -> FlowState:
    is_open, agency, kind = was
    if stage is not None:
        is_open = stage not in ENDED
    return is_open, event.lead_after(agency), event.kind_after(kind)


def counts(milestone: Milestone) -> Iterator[Count]:
    """Yield the counts of a milestone: the event, and where the complaint stops or begins to be open.

    A routing is also counted by the previous agency: among several agencies of a query, a complaint that one
    of them hands to another does not arrive.
    """
    row, at = milestone, milestone.at
    if row.what == "routed":
        yield at, (row.agency, row.kind, row.was_agency), "routed"
    elif row.what in EVENT_MEASURES:
        yield at, (row.agency, row.kind, None), row.what
    if row.was_open:
        yield at, (row.was_agency, row.was_kind, None), "left_open"
    if row.open:
        yield at, (row.agency, row.kind, None), "became_open"


EVENT_MEASURES = ("filed", "responded", "closed", "reopened")
MILESTONES = Projection(
    name="milestones",
    version=3,
    row=Milestone,
    project=project,
    reads=(ComplaintEvent,),
    key=("stream", "version"),
    indexes=("(at)",),
    rollup=Rollup(
        ("agency", "kind", "was_agency"), (*EVENT_MEASURES, "routed", "left_open", "became_open"), counts
    ),
)
