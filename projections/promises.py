"""Promises (janji layanan): one row for each deadline that was ever promised, and what became of it.

A row stands for ever: what it says about its beginning never changes, and its end is written once. So a
promise can be counted as made on the day on which it was made, as kept on the day on which it was kept,
and as missed on the day on which it falls due.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from lapor.domain.aggregate import Fact
from lapor.domain.clocks import StopOutcome
from lapor.domain.complaint.facts import ComplaintFact, Filed, Reclassified, Verified
from lapor.domain.terms import Kind, Step
from projections.projection import Projection, Rows


@dataclass(slots=True)
class Promise:
    """A promised moment. ``outcome`` is None while it is open, be it in time or overdue.

    ``kind`` is what the complaint was known as when the promise was made, so that no later fact moves a
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
    outcome: StopOutcome | None = None
    stopped_at: datetime | None = None
    working_minutes: int | None = None


def project(fact: Fact, rows: Rows[Promise]) -> None:
    """Begin the promises that a fact starts, end those that it stops."""
    if not isinstance(fact, ComplaintFact):
        return
    stream = fact.originator_id
    for stop in fact.stops:
        promise = rows.get((stream, stop.step, stop.n))
        if promise is not None:
            promise.outcome, promise.stopped_at = stop.outcome, fact.at
            promise.working_minutes = stop.working_minutes
    if isinstance(fact, Filed | Verified | Reclassified):
        known = fact.kind
        for row in rows.of(stream):
            row.known = known
    elif fact.starts:
        known = next((row.known for row in rows.of(stream)), None)
    for clock in fact.starts:
        before = rows.get((stream, clock.step, clock.n))  # where a batch is folded again
        rows[stream, clock.step, clock.n] = Promise(
            stream=stream,
            step=clock.step,
            n=clock.n,
            agency=clock.agency,
            kind=before.kind if before else known,
            known=known,
            made_at=fact.at,
            due_at=clock.due_at,
            provisional=clock.provisional,
            policy=clock.policy,
        )


PROMISES = Projection(
    name="promises",
    version=1,
    row=Promise,
    project=project,
    key=("stream", "step", "n"),
    indexes=("(agency, made_at)",),
)
