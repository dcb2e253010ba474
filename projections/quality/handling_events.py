"""Turns (titik balik): the events by which one sees how well complaints are handled, not only how fast.

A row stands for ever and follows from the events of its complaint up to it, so that what was counted up to a
moment never changes: a rating that replaces another takes that one back on its own day, and a commitment that
is kept in time takes back, from the day that was promised, that it is due.
"""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from operator import attrgetter
from typing import Any
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace

from lapor.domain.complaint.events import (
    Closed,
    CommitmentKept,
    CommitmentMade,
    ComplaintEvent,
    DeadlineExtended,
    Declined,
    Escalated,
    Filed,
    Objected,
    ObjectionDecided,
    Rated,
    Reclassified,
    Reopened,
    ResponseRejected,
    Routed,
    Verified,
)
from lapor.domain.vocabulary import Kind
from projections.engine.projection import Count, Projection, Rollup, Rows

_ALWAYS = (
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
_SAYS_KIND = (Filed, Verified, Reclassified)


class HandlingEvent(Struct, frozen=True):
    """An event, and whom it counts for; ``what`` is the last word of its topic.

    ``agency``: the one that it counts for: who answers, or who declined, or from whom it was taken.
    ``lead``: who answers for it afterwards, or did last. ``kind``: what it is known as.
    ``stars``, ``stars_before``: of a rating, and of the one that it replaces. ``promised_on``: of a
    commitment. ``good``: an objection was upheld, a commitment kept in time, a complaint routed again.
    """

    stream: UUID
    version: int
    position: int
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
    """Keep a row for each turn, and for the events that say of what kind it is."""
    stream, version = event.originator_id, event.originator_version
    earlier = sorted((row for row in rows.of(stream) if row.version < version), key=attrgetter("version"))
    last = earlier[-1] if earlier else None
    lead, kind = (last.lead, last.kind) if last else (None, None)
    what = event.TOPIC.rpartition(".")[2]
    turn = HandlingEvent(stream, version, rows.position, what, event.at, lead, lead, kind)
    if not isinstance(event, _SAYS_KIND):
        rows[stream, version] = _about(event, turn, earlier)
    elif event.kind is not kind:
        rows[stream, version] = replace(turn, kind=event.kind_after(kind), lead=event.lead_after(lead))


def _about(event: ComplaintEvent, turn: HandlingEvent, earlier: list[HandlingEvent]) -> HandlingEvent:
    """What a turn says beside its place."""
    said: dict[str, Any] = {}
    match event:
        case Routed():
            before = [row for row in earlier if row.what == "routed"]
            said = {"agency": before[-1].lead if before else event.agency, "lead": event.agency}
            said["good"] = bool(before)
        case Rated():
            stars = [row.stars for row in earlier if row.what == "rated"]
            said = {"stars": event.rating, "stars_before": stars[-1] if stars else None}
        case ObjectionDecided():
            said = {"good": event.upheld}
        case CommitmentMade():
            said = {"agency": event.agency, "promised_on": event.promised_on, "n": event.n}
        case CommitmentKept():
            made = next(row for row in earlier if row.what == "commitment_made" and row.n == event.n)
            said = {"agency": made.agency, "kind": made.kind, "promised_on": made.promised_on}
            said["good"] = not event.late
        case Declined() | DeadlineExtended():
            said = {"agency": event.agency}
    return replace(turn, **said)


FINAL_BEFORE = ("commitments_due", "commitments_spared")
"""Counted on the day after the one that was promised, and final before it begins."""
STARS = tuple(f"rated_{stars}" for stars in range(1, 6))
HAPPENED = (
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
"""What is told as it was counted."""
COUNTED = (
    *HAPPENED,
    *FINAL_BEFORE,
    *STARS,
    *(f"{stars}_replaced" for stars in STARS),
)
_AS = {
    "declined": "declined",
    "deadline_extended": "extended",
    "closed": "closed",
    "reopened": "reopened",
    "response_rejected": "rejected",
    "objected": "objected",
    "escalated": "escalated",
}


def counts(turn: HandlingEvent) -> Iterator[Count]:
    """What a turn counts as, of whom, and on which day."""
    for at, agency, measure in _counted(turn):
        yield at, (agency, turn.kind), measure, turn.position


def _counted(turn: HandlingEvent) -> Iterator[tuple[date, UUID | None, str]]:
    agency, at = turn.agency, turn.at
    match turn.what:
        case "routed":
            yield at, turn.lead, "routed"
            if turn.good:
                yield at, agency, "rerouted"
        case "rated":
            yield at, agency, f"rated_{turn.stars}"
            if turn.stars_before:
                yield at, agency, f"rated_{turn.stars_before}_replaced"
        case "objection_decided":
            yield at, agency, "upheld" if turn.good else "dismissed"
        case "commitment_made" if turn.promised_on:
            yield at, agency, "committed"
            yield turn.promised_on + _DAY, agency, FINAL_BEFORE[0]
        case "commitment_kept" if turn.promised_on:
            yield at, agency, "commitments_kept"
            if turn.good:
                yield turn.promised_on + _DAY, agency, FINAL_BEFORE[1]
        case what if what in _AS:
            yield at, agency, _AS[what]


TURNS = Projection(
    name="turns",
    version=1,
    row=HandlingEvent,
    project=project,
    reads=(*_ALWAYS, *_SAYS_KIND),
    key=("stream", "version"),
    indexes=("(at)", "(position)"),
    sums=Rollup(("agency", "kind"), COUNTED, counts),
)
