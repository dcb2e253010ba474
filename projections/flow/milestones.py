"""Milestones (tonggak): the events by which a complaint comes, goes, or passes from one hand to another.

Each row says how the complaint stood before and after: where it is counted from then on, and where it
no longer is. So what is open on a day is a sum over rows, each looked at by itself, and kept by day.
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
Place = tuple[bool, UUID | None, Kind | None]
"""Whether it is open, with which agency, as what kind."""
_NOWHERE: Place = (False, None, None)


class Milestone(msgspec.Struct, frozen=True):
    """An event and the standing that it led to; ``what`` is the last word of its topic.

    ``open``: not ended; ``agency``: who answers for it, or answered last; ``kind``: what it is known as.
    ``was_…`` is the same before the event.
    """

    stream: UUID
    version: int
    position: int
    what: str
    at: datetime
    open: bool
    agency: UUID | None
    kind: Kind | None
    was_open: bool
    was_agency: UUID | None
    was_kind: Kind | None


def project(event: ComplaintEvent, rows: Rows[Milestone]) -> None:
    """Keep a row for an event that is counted, or after which the complaint is counted elsewhere."""
    stage = event.stage_after
    if stage is None and not isinstance(event, Reclassified):
        return  # it stands as it stood
    stream, version = event.originator_id, event.originator_version
    last = None
    for row in rows.within(stream).values():
        if row.version < version and (last is None or row.version > last.version):
            last = row
    was = (last.open, last.agency, last.kind) if last else _NOWHERE
    now = _after(event, stage, was)
    if now != was or isinstance(event, _COUNTED):
        what = event.TOPIC.rpartition(".")[2]
        rows[stream, version] = Milestone(stream, version, rows.position, what, event.at, *now, *was)


def _after(event: ComplaintEvent, stage: Stage | None, was: Place) -> Place:
    is_open, agency, kind = was
    if stage is not None:
        is_open = stage not in ENDED
    return is_open, event.lead_after(agency), event.kind_after(kind)


def counts(milestone: Milestone) -> Iterator[Count]:
    """What it counts as, and where a complaint begins or ends to be open.

    Of what is routed it is kept where it came from: between two agencies that are asked for nothing arrives.
    """
    row, at, position = milestone, milestone.at, milestone.position
    if row.what == "routed":
        yield at, (row.agency, row.kind, row.was_agency), "routed", position
    elif row.what in HAPPENED:
        yield at, (row.agency, row.kind, None), row.what, position
    if row.was_open:
        yield at, (row.was_agency, row.was_kind, None), "left_open", position
    if row.open:
        yield at, (row.agency, row.kind, None), "became_open", position


HAPPENED = ("filed", "responded", "closed", "reopened")
MILESTONES = Projection(
    name="milestones",
    version=2,
    row=Milestone,
    project=project,
    reads=(ComplaintEvent,),
    key=("stream", "version"),
    indexes=("(at)", "(position)"),
    sums=Rollup(("agency", "kind", "was_agency"), (*HAPPENED, "routed", "left_open", "became_open"), counts),
)
