"""Promises (janji layanan): one row for each deadline that was ever promised, and its outcome.

A row is never deleted. Its beginning never changes; its end and its excuse are written once. So a promise is
counted as made on the day it was made, as kept on the day it was kept, and as missed on the day it fell due.
"""

from bisect import bisect_right
from collections.abc import Iterator
from datetime import datetime
from operator import attrgetter
from typing import NamedTuple
from uuid import UUID

import msgspec

from lapor.domain.complaint.events import CLASSIFYING, ComplaintEvent, DeadlineExcused, Filed, PrivacySet
from lapor.domain.deadlines.clock import StopOutcome
from lapor.domain.vocabulary import Kind, Privacy, Step
from projections.engine.projection import Count, Projection, Rollup, Rows


class Promise(msgspec.Struct):
    """A promised deadline. ``outcome`` is None while it is open, in time or overdue.

    ``kind`` is the kind of the complaint when the promise was made, so that no later event moves a promise to
    another cell of the rollup. For the promise to verify it is the kind that the reporter chose, if any. A
    reclassification ends the promises that depend on the kind, and their successors have the new one.
    ``known`` is the present kind of the complaint: the kind of its next promise. ``anonymous``: its reporter
    is, so that an exact duration would reveal the minute of filing.
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
    anonymous: bool = False
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
    known, anonymous = _complaint_after(event, rows.of(stream))
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
            anonymous=anonymous,
        )


def _complaint_after(event: ComplaintEvent, promises: list[Promise]) -> tuple[Kind | None, bool]:
    """Return the complaint's kind, and whether its reporter is anonymous; tell its promises of a change."""
    first = promises[0] if promises else None
    known, anonymous = (first.known, first.anonymous) if first else (None, False)
    if isinstance(event, CLASSIFYING):
        known = event.kind_after(None)
    if isinstance(event, Filed | PrivacySet):
        anonymous = event.privacy is Privacy.ANONYMOUS
    if isinstance(event, (*CLASSIFYING, Filed, PrivacySet)):
        for promise in promises:
            promise.known, promise.anonymous = known, anonymous
    return known, anonymous


MET = f"outcome = '{StopOutcome.MET}'"
NOT_KEPT = "(stopped_at IS NULL OR stopped_at > due_at)"
BOUNDS = tuple(round(15 * 1.1**n) for n in range(88))
"""The lower bounds of the buckets of durations but the first, in working minutes, up to a thousand hours.

Each is a tenth longer than the one before: no bucket is wider than a tenth of what it counts.
"""
TOOK = tuple(f"took_{bucket}" for bucket in range(len(BOUNDS) + 1))


class Measure(NamedTuple):
    """A count of promises: the field whose instant it is dated by, and which ended promises count."""

    name: str
    at: str
    met: bool | None = None
    """True: those that were met; False: those that were not, when they ended. None: all."""
    in_time: bool | None = None
    """Whether they ended in time. None: all."""

    def counts(self, *, met: bool, in_time: bool) -> bool:
        """Return whether a promise counts that ended so."""
        return self.met in {None, met} and self.in_time in {None, in_time}

    @property
    def sql(self) -> str:
        """The condition that a row counts, in SQL."""
        in_time = "stopped_at <= due_at"
        parts = [f"{self.at} IS NOT NULL"]
        parts += [] if self.met is None else [MET if self.met else f"NOT {MET}"]
        parts += [] if self.in_time is None else [in_time if self.in_time else f"NOT {in_time}"]
        return f"({' AND '.join(parts)}) IS TRUE"


COUNTED = (
    Measure("made", "made_at"),
    Measure("kept", "stopped_at", met=True, in_time=True),
    Measure("late", "stopped_at", met=True, in_time=False),
    Measure("due", "due_at"),
    Measure("spared", "due_at", in_time=True),
    Measure("lapsed", "stopped_at", met=False, in_time=False),
    Measure("released", "stopped_at", met=False, in_time=True),
    Measure("excused", "excused_at"),
)
"""Every count, for the fold and for SQL. Missed is due minus spared: so counts up to a moment never change,
and need no clock. A due promise is dated by its deadline from the moment when it is made."""
MEASURES = tuple(measure.name for measure in COUNTED)
_ENDED = {
    (met, in_time): tuple(
        (attrgetter(measure.at), measure.name)
        for measure in COUNTED
        if measure.at == "stopped_at" or measure.in_time is not None
        if measure.counts(met=met, in_time=in_time)
    )
    for met in (True, False)
    for in_time in (True, False)
}


def counts(promise: Promise) -> Iterator[Count]:
    """Yield the counts of a promise, each on its day."""
    dimensions = (promise.agency, promise.step, promise.kind)
    yield promise.made_at, dimensions, "made"
    yield promise.due_at, dimensions, "due"
    if promise.excused_at is not None:
        yield promise.excused_at, dimensions, "excused"
    stopped_at = promise.stopped_at
    if stopped_at is None:
        return
    met = promise.outcome is StopOutcome.MET
    for at, measure in _ENDED[met, stopped_at <= promise.due_at]:
        yield at(promise), dimensions, measure
    if met:
        yield stopped_at, dimensions, TOOK[bisect_right(BOUNDS, promise.working_minutes or 0)]


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
        f"(agency, step, stopped_at) INCLUDE (kind, anonymous, working_minutes) WHERE {MET}",
    ),
    rollup=Rollup(("agency", "step", "kind"), (*MEASURES, *TOOK), counts),
)
