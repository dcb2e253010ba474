"""Promises (janji layanan): one row for each deadline that was ever promised, and its outcome.

A row is never deleted. Its beginning never changes; its end and its excuse are written once. So a promise is
counted as made on the day it was made, as kept on the day it was kept, and as missed on the day it fell due.
"""

from bisect import bisect_right
from collections.abc import Iterator
from datetime import datetime
from uuid import UUID

import msgspec

from lapor.domain.complaint.events import CLASSIFYING, ComplaintEvent, DeadlineExcused
from lapor.domain.deadlines.clock import StopOutcome
from lapor.domain.vocabulary import Kind, Step
from projections.engine.projection import Count, Projection, Rollup, Rows


class Promise(msgspec.Struct):
    """A promised deadline. ``outcome`` is None while it is open, in time or overdue.

    ``kind`` is the kind of the complaint when the promise was made, so that no later event moves a promise to
    another cell of the rollup. For the promise to verify it is the kind that the reporter chose, if any. A
    reclassification ends the promises that depend on the kind, and their successors have the new one.
    ``known`` is the present kind of the complaint: the kind of its next promise.
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
    outcome: StopOutcome | None = None
    stopped_at: datetime | None = None
    working_minutes: int | None = None
    excused_at: datetime | None = None


def project(event: ComplaintEvent, rows: Rows[Promise]) -> None:
    """Add the promises that an event starts, and end those that it stops."""
    stream = event.originator_id
    for stop in event.stops:
        promise = rows.get((stream, stop.step, stop.n))
        if promise is not None:
            promise.outcome, promise.stopped_at = stop.outcome, event.at
            promise.working_minutes = stop.working_minutes
    if isinstance(event, DeadlineExcused):
        missed = rows.get((stream, event.step, event.n))
        if missed is not None:
            missed.excused_at = event.at
    if isinstance(event, CLASSIFYING):
        known = event.kind_after(None)
        for row in rows.of(stream):
            row.known = known
    elif event.starts:
        known = next((row.known for row in rows.of(stream)), None)
    for clock in event.starts:
        before = rows.get((stream, clock.step, clock.n))  # there if a batch is folded again
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
        )


NOT_KEPT = "(stopped_at IS NULL OR stopped_at > due_at)"
BOUNDS = tuple(round(15 * 1.6**n) for n in range(19))
"""The lower bounds of the buckets of durations, in working minutes; each is 1.6 times the one before."""
TOOK = tuple(f"took_{bucket}" for bucket in range(len(BOUNDS) + 1))
MEASURES = ("made", "kept", "late", "due", "spared", "lapsed", "released", "excused")


def counts(promise: Promise) -> Iterator[Count]:
    """Yield the counts of a promise: made on the day it was made, due on the day it falls due.

    If it is met or voided in time, it is also counted as spared on the day it falls due: missed is due minus
    spared. So counts up to a moment never change, and need no clock.
    """
    dimensions = (promise.agency, promise.step, promise.kind)
    yield promise.made_at, dimensions, "made"
    yield promise.due_at, dimensions, "due"
    if promise.excused_at is not None:
        yield promise.excused_at, dimensions, "excused"
    stopped_at = promise.stopped_at
    if stopped_at is None:
        return
    met, in_time = promise.outcome is StopOutcome.MET, stopped_at <= promise.due_at
    if met:
        yield stopped_at, dimensions, "kept" if in_time else "late"
        yield stopped_at, dimensions, TOOK[bisect_right(BOUNDS, promise.working_minutes or 0)]
    else:
        yield stopped_at, dimensions, "released" if in_time else "lapsed"
    if in_time:
        yield promise.due_at, dimensions, "spared"


PROMISES = Projection(
    name="promises",
    version=3,
    row=Promise,
    project=project,
    reads=(ComplaintEvent,),
    key=("stream", "step", "n"),
    indexes=(
        "(made_at)",
        "(stopped_at)",
        "(excused_at) WHERE excused_at IS NOT NULL",
        "(due_at)",
        f"(due_at, agency, step, kind) WHERE {NOT_KEPT}",
    ),
    rollup=Rollup(("agency", "step", "kind"), (*MEASURES, *TOOK), counts),
)
