"""One stream held against the rules, event by event."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from lapor.application.reference_data import ReferenceData
from lapor.audit.conformance.allowed_transitions import astray
from lapor.audit.conformance.findings import Finding, FindingKind
from lapor.audit.conformance.role_check import presumed
from lapor.domain.aggregate import Event
from lapor.domain.complaint import Complaint, events
from lapor.domain.complaint.events import ComplaintEvent
from lapor.domain.vocabulary import Channel, Ground
from lapor.store.event_log import RecordedEvent

Said = tuple[FindingKind, str]


class Answering:
    """When a complaint was last answered and routed; an answer that was not accepted is none."""

    def __init__(self, soon: timedelta) -> None:
        self._soon = soon
        self._answered: datetime | None = None
        self._routed: datetime | None = None

    def after(self, event: Event) -> None:
        match event:
            case events.Responded():
                self._answered = event.at
            case events.Routed():
                self._routed = event.at
            case events.ResponseRejected() | events.Reopened():
                self._answered = None
            case events.ObjectionDecided() if event.upheld:
                self._answered = None

    def closed(self, event: events.Closed) -> Iterator[Said]:
        """What is to be said of a closing. Silence takes days, so it is never soon."""
        if self._answered is None:
            yield (
                FindingKind.CLOSED_WITHOUT_ANSWER,
                "Nobody had answered, or the answer had not been accepted.",
            )
            return
        if event.ground is Ground.SILENCE:
            return
        for since, what in ((self._answered, "answered"), (self._routed, "routed")):
            if since is not None and event.at - since < self._soon:
                seconds = int((event.at - since).total_seconds())
                yield FindingKind.CLOSED_SOON, f"{seconds} seconds after it was {what}, by {event.ground}."
                return


def check(rows: Sequence[RecordedEvent], reference_data: ReferenceData, soon: timedelta) -> Iterator[Finding]:
    """What is to be said of a stream's events, which are all there are, in their order."""
    it: Any = None
    answering = Answering(soon)
    code: str | None = None
    for row in rows:
        event = row.event()
        before = it if isinstance(it, Complaint) else None
        parts = frozenset(before.agencies) if before else frozenset()
        said = list(_of_complaint(before, event, answering)) if isinstance(event, ComplaintEvent) else []
        it = event.mutate(it)
        answering.after(event)
        if isinstance(it, Complaint):
            code = it.code
            wrong = presumed(reference_data, event, row.position, parts | frozenset(it.agencies))
        else:
            wrong = presumed(reference_data, event, row.position)
        if wrong:
            said.append((FindingKind.WITHOUT_ROLE, wrong))
        imported = event.channel is Channel.IMPORT
        for found, says in said:
            yield Finding(
                found,
                row.position,
                row.stream,
                code,
                row.topic,
                event.at,
                event.by,
                event.role,
                says,
                imported,
            )


def _of_complaint(before: Complaint | None, event: ComplaintEvent, answering: Answering) -> Iterator[Said]:
    if wrong := astray(before, event):
        yield FindingKind.OFF_THE_WAY, wrong
    if before is not None:
        yield from _of_judging(before, event)
    match event:
        case events.Closed():
            yield from answering.closed(event)
        case events.DeadlineExtended():
            yield FindingKind.DEADLINE_EXTENDED, f"{event.step}, by {event.working_days} working days."
        case events.DeadlineMoved():
            steps = ", ".join(f"{clock.step} to {clock.due_at:%Y-%m-%d}" for clock in event.starts)
            yield FindingKind.DEADLINE_MOVED, f"{steps}, because of the {event.ground}: {event.basis}."
        case events.DeadlineExcused():
            yield FindingKind.DEADLINE_EXCUSED, f"{event.step}, number {event.n}."


def _of_judging(before: Complaint, event: ComplaintEvent) -> Iterator[Said]:
    """Maker and checker are two persons."""
    match event:
        case events.ResponseApproved() if before.draft and before.draft.author == event.by:
            yield FindingKind.SAME_PERSON, "Approved the answer that he himself had drafted."
        case events.ObjectionDecided() if event.by in before.handlers:
            yield FindingKind.SAME_PERSON, "Decided an objection to a complaint that he had had in hand."
