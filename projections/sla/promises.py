"""Promises (janji layanan): one row for each deadline that was ever promised, and what became of it.

A row stands for ever: what it says about its beginning never changes, and its end is written once; so is its
excuse. So a promise can be counted as made on the day on which it was made, as kept on the day on which it
was kept, and as missed on the day on which it falls due.
"""

from bisect import bisect_right
from collections.abc import Iterator
from datetime import datetime
from uuid import UUID

import msgspec

from lapor.domain.complaint.events import ComplaintEvent, DeadlineExcused, Filed, Reclassified, Verified
from lapor.domain.deadlines.clock import StopOutcome
from lapor.domain.vocabulary import Kind, Step
from projections.engine.projection import Count, Projection, Rollup, Rows

_SAY_THE_KIND = (Filed, Verified, Reclassified)


class Promise(msgspec.Struct):
    """A promised moment. ``outcome`` is None while it is open, be it in time or overdue.

    ``kind`` is what the complaint was known as when the promise was made, so that no later event moves a
    promise from one sum to another: of a verification it is what the reporter called it, if he did. A
    reclassification moves the promises that depend on the kind, and their successors are of the new one.
    ``known`` is what the complaint is known as by now: the kind of the next promise.
    """

    stream: UUID
    step: Step
    n: int
    agency: UUID | None
    kind: Kind | None
    known: Kind | None
    made_at: datetime
    due_at: datetime
    provisional: bool
    policy: str
    calendar: str
    made_position: int
    outcome: StopOutcome | None = None
    stopped_at: datetime | None = None
    stopped_position: int | None = None
    working_minutes: int | None = None
    excused_at: datetime | None = None
    excused_position: int | None = None


def project(event: ComplaintEvent, rows: Rows[Promise]) -> None:
    """Begin the promises that an event starts, end those that it stops."""
    stream = event.originator_id
    for stop in event.stops:
        promise = rows.get((stream, stop.step, stop.n))
        if promise is not None:
            promise.outcome, promise.stopped_at = stop.outcome, event.at
            promise.stopped_position, promise.working_minutes = rows.position, stop.working_minutes
    if isinstance(event, DeadlineExcused):
        missed = rows.get((stream, event.step, event.n))
        if missed is not None:
            missed.excused_at, missed.excused_position = event.at, rows.position
    if isinstance(event, _SAY_THE_KIND):
        known = event.kind
        for row in rows.of(stream):
            row.known = known
    elif event.starts:
        known = next((row.known for row in rows.of(stream)), None)
    for clock in event.starts:
        before = rows.get((stream, clock.step, clock.n))  # where a batch is folded again
        rows[stream, clock.step, clock.n] = Promise(
            stream=stream,
            step=clock.step,
            n=clock.n,
            agency=clock.agency,
            kind=before.kind if before else known,
            known=known,
            made_at=event.at,
            due_at=clock.due_at,
            provisional=clock.provisional,
            policy=clock.policy,
            calendar=clock.calendar,
            made_position=rows.position,
        )


NOT_KEPT = "(stopped_at IS NULL OR stopped_at > due_at)"
BOUNDS = tuple(round(15 * 1.6**n) for n in range(19))
"""Working minutes at which the next bucket of durations begins, each 1.6 times the one before."""
TOOK = tuple(f"took_{bucket}" for bucket in range(len(BOUNDS) + 1))
MEASURES = ("made", "kept", "late", "due", "spared", "lapsed", "released", "excused")


def counts(promise: Promise) -> Iterator[Count]:
    """What a promise counts as: made on the day it was made, due on the day it falls due.

    Who keeps or voids it in time spares that day: what is due on it and not spared is missed. So what was
    counted up to a moment never changes, and needs no clock.
    """
    of = (promise.agency, promise.step, promise.kind)
    yield promise.made_at, of, "made", promise.made_position
    yield promise.due_at, of, "due", promise.made_position
    if promise.excused_at is not None:
        yield promise.excused_at, of, "excused", promise.excused_position
    stopped_at, position = promise.stopped_at, promise.stopped_position
    if stopped_at is None or position is None:
        return
    met, in_time = promise.outcome is StopOutcome.MET, stopped_at <= promise.due_at
    if met:
        yield stopped_at, of, "kept" if in_time else "late", position
        yield stopped_at, of, TOOK[bisect_right(BOUNDS, promise.working_minutes or 0)], position
    else:
        yield stopped_at, of, "released" if in_time else "lapsed", position
    if in_time:
        yield promise.due_at, of, "spared", position


PROMISES = Projection(
    name="promises",
    version=2,
    row=Promise,
    project=project,
    reads=(ComplaintEvent,),
    key=("stream", "step", "n"),
    indexes=(
        "(made_at)",
        "(stopped_at)",
        "(made_position)",
        "(stopped_position)",
        "(excused_position) WHERE excused_position IS NOT NULL",
        "(excused_at) WHERE excused_at IS NOT NULL",
        "(due_at)",
        f"(due_at, agency, step, kind) WHERE {NOT_KEPT}",
    ),
    sums=Rollup(("agency", "step", "kind"), (*MEASURES, *TOOK), counts),
)
