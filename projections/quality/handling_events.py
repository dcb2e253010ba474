"""Handling events (titik balik): the events that show how well complaints are handled, not only how fast.

A row never changes: it follows from its event and the earlier ones of its complaint. So counts up to a moment
never change either. A rating that replaces another subtracts that one on its own day. A commitment that is
kept in time subtracts itself from those due, on the day on which they are counted as due.
"""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from operator import attrgetter
from typing import Any
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace

from lapor.domain.complaint.events import (
    CLASSIFYING,
    Closed,
    CommitmentKept,
    CommitmentMade,
    ComplaintEvent,
    DeadlineExtended,
    Declined,
    Escalated,
    Objected,
    ObjectionDecided,
    Rated,
    Reopened,
    ResponseRejected,
    Routed,
)
from lapor.domain.vocabulary import Kind
from projections.engine.projection import Count, Projection, Rollup, Rows

_HANDLING = (
    Routed,
    Declined,
    Closed,
    Reopened,
    ResponseRejected,
    Objected,
    ObjectionDecided,
    Rated,
    CommitmentMade,
    CommitmentKept,
    Escalated,
    DeadlineExtended,
)
_DAY = timedelta(days=1)


class HandlingEvent(Struct, frozen=True):
    """An event, and the agency that it counts for. ``what`` is the last word of the topic.

    ``agency``: the lead, or the agency that declined, or the one that the complaint was taken from. ``lead``:
    the lead after the event, or the last one. ``stars``, ``stars_before``: of a rating, and of the one that
    it replaces. ``promised_on``, ``n``: day and number of a commitment. ``good``: an objection was upheld, a
    commitment kept in time, or a complaint routed again.
    """

    stream: UUID
    version: int
    what: str
    at: datetime
    agency: UUID | None
    lead: UUID | None
    kind: Kind | None
    stars: int | None = None
    stars_before: int | None = None
    promised_on: date | None = None
    n: int | None = None
    good: bool | None = None


def project(event: ComplaintEvent, rows: Rows[HandlingEvent]) -> None:
    """Add a row for each handling event, and for each event that changes the kind."""
    stream, version = event.originator_id, event.originator_version
    earlier = sorted((row for row in rows.of(stream) if row.version < version), key=attrgetter("version"))
    last = earlier[-1] if earlier else None
    lead, kind = (last.lead, last.kind) if last else (None, None)
    what = event.TOPIC.rpartition(".")[2]
    row = HandlingEvent(stream, version, what, event.at, lead, lead, kind)
    if not isinstance(event, CLASSIFYING):
        rows[stream, version] = _with_details(event, row, earlier)
    elif (new_kind := event.kind_after(kind)) is not kind:
        rows[stream, version] = replace(row, kind=new_kind, lead=event.lead_after(lead))


def _with_details(event: ComplaintEvent, row: HandlingEvent, earlier: list[HandlingEvent]) -> HandlingEvent:
    """Return the row with the fields that depend on the class of the event."""
    details: dict[str, Any] = {}
    match event:
        case Routed():
            before = [each for each in earlier if each.what == "routed"]
            details = {"agency": before[-1].lead if before else event.agency, "good": bool(before)}
            details["lead"] = event.lead_after(row.lead)
        case Rated():
            stars = [each.stars for each in earlier if each.what == "rated"]
            details = {"stars": event.rating, "stars_before": stars[-1] if stars else None}
        case ObjectionDecided():
            details = {"good": event.upheld}
        case CommitmentMade():
            details = {"agency": event.agency, "promised_on": event.promised_on, "n": event.n}
        case CommitmentKept():
            made = next(each for each in earlier if each.what == "commitment_made" and each.n == event.n)
            details = {"agency": made.agency, "kind": made.kind, "promised_on": made.promised_on}
            details["good"] = not event.late
        case Declined() | DeadlineExtended():
            details = {"agency": event.agency}
    return replace(row, **details)


FINAL_BEFORE = ("commitments_due", "commitments_spared")
"""Measures of the day after the promised one; final before that day begins."""
STARS = tuple(f"rated_{stars}" for stars in range(1, 6))
EVENT_MEASURES = (
    "routed",
    "rerouted",
    "declined",
    "extended",
    "closed",
    "reopened",
    "rejected",
    "objected",
    "upheld",
    "dismissed",
    "escalated",
    "committed",
    "commitments_kept",
)
"""The measures that are shown as they were counted."""
MEASURES = (
    *EVENT_MEASURES,
    *FINAL_BEFORE,
    *STARS,
    *(f"{stars}_replaced" for stars in STARS),
)
_MEASURE_OF = {
    "declined": "declined",
    "deadline_extended": "extended",
    "closed": "closed",
    "reopened": "reopened",
    "response_rejected": "rejected",
    "objected": "objected",
    "escalated": "escalated",
}


def counts(row: HandlingEvent) -> Iterator[Count]:
    """Yield the counts of a row, each on its day, for its agency and kind."""
    for at, agency, measure in _counted(row):
        yield at, (agency, row.kind), measure


def _counted(row: HandlingEvent) -> Iterator[tuple[date, UUID | None, str]]:
    agency, at = row.agency, row.at
    match row.what:
        case "routed":
            yield at, row.lead, "routed"
            if row.good:
                yield at, agency, "rerouted"
        case "rated":
            yield at, agency, f"rated_{row.stars}"
            if row.stars_before:
                yield at, agency, f"rated_{row.stars_before}_replaced"
        case "objection_decided":
            yield at, agency, "upheld" if row.good else "dismissed"
        case "commitment_made" if row.promised_on:
            yield at, agency, "committed"
            yield row.promised_on + _DAY, agency, FINAL_BEFORE[0]
        case "commitment_kept" if row.promised_on:
            yield at, agency, "commitments_kept"
            if row.good:
                yield row.promised_on + _DAY, agency, FINAL_BEFORE[1]
        case what if what in _MEASURE_OF:
            yield at, agency, _MEASURE_OF[what]


HANDLING_EVENTS = Projection(
    name="turns",
    version=2,
    row=HandlingEvent,
    project=project,
    reads=(*_HANDLING, *CLASSIFYING),
    key=("stream", "version"),
    indexes=("(at)",),
    rollup=Rollup(("agency", "kind"), MEASURES, counts),
)
