"""The check of one stream against the rules, event by event."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from lapor.application.reference_data import ReferenceData
from lapor.audit.conformance.allowed_transitions import CommandSoFar, violation
from lapor.audit.conformance.findings import Finding, FindingKind
from lapor.audit.conformance.role_check import role_violation
from lapor.domain.aggregate import Event
from lapor.domain.complaint import Complaint, events
from lapor.domain.complaint.events import ComplaintEvent
from lapor.domain.vocabulary import Channel, Ground, Stage
from lapor.store.event_log import RecordedEvent

Judgement = tuple[FindingKind, str]
"""The kind of a finding, and its sentence."""


class AnswerTracker:
    """The times at which a complaint was last answered and routed; a rejected answer does not count."""

    def __init__(self, soon: timedelta) -> None:
        self._soon = soon
        self._answered: datetime | None = None
        self._routed: datetime | None = None

    def apply(self, event: Event) -> None:
        match event:
            case events.Responded():
                self._answered = event.at
            case events.Routed():
                self._routed = event.at
            case events.ResponseRejected() | events.Reopened():
                self._answered = None
            case events.ObjectionDecided() if event.upheld:
                self._answered = None

    def judge_closing(self, event: events.Closed) -> Iterator[Judgement]:
        """Yield the findings about a closing. A closing by silence takes days, so it is never too soon."""
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


class CommandTracker:
    """The command that an event belongs to: events of one command share caller, role, time and cause."""

    def __init__(self) -> None:
        self._of: tuple[object, ...] = ()
        self._stage: Stage | None = None
        self._events: frozenset[type[ComplaintEvent]] = frozenset()

    def apply(self, complaint: Complaint | None, event: ComplaintEvent) -> CommandSoFar | None:
        """Return the command that an event continues; None if it begins one. Events come in order."""
        of = (event.by, event.role, event.at, event.cause)
        if of != self._of or event.cause is None or self._stage is None:
            self._of, self._stage = of, complaint.stage if complaint else None
            self._events = frozenset()
        so_far = CommandSoFar(self._stage, self._events) if self._stage and self._events else None
        self._events |= {type(event)}
        return so_far


def check(rows: Sequence[RecordedEvent], reference_data: ReferenceData, soon: timedelta) -> Iterator[Finding]:
    """Yield the findings about a whole stream, whose events are given in order."""
    aggregate: Any = None
    answers, commands = AnswerTracker(soon), CommandTracker()
    code: str | None = None
    for row in rows:
        event = row.event()
        before = aggregate if isinstance(aggregate, Complaint) else None
        parts = frozenset(before.agencies) if before else frozenset()
        judgements: list[Judgement] = []
        if isinstance(event, ComplaintEvent):
            judgements += _of_complaint(before, event, answers, commands.apply(before, event))
        aggregate = event.mutate(aggregate)
        answers.apply(event)
        if isinstance(aggregate, Complaint):
            code = aggregate.code
            parts |= frozenset(aggregate.agencies)
            wrong = role_violation(reference_data, event, row.position, parts)
        else:
            wrong = role_violation(reference_data, event, row.position)
        if wrong:
            judgements.append((FindingKind.WITHOUT_ROLE, wrong))
        imported = event.channel is Channel.IMPORT
        for kind, says in judgements:
            yield Finding(
                kind,
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


def _of_complaint(
    before: Complaint | None, event: ComplaintEvent, answers: AnswerTracker, command: CommandSoFar | None
) -> Iterator[Judgement]:
    if wrong := violation(before, event, command):
        yield FindingKind.OFF_THE_WAY, wrong
    if before is not None:
        yield from _of_two_persons(before, event)
    match event:
        case events.Closed():
            yield from answers.judge_closing(event)
        case events.DeadlineExtended():
            yield FindingKind.DEADLINE_EXTENDED, f"{event.step}, by {event.working_days} working days."
        case events.DeadlineMoved():
            steps = ", ".join(f"{clock.step} to {clock.due_at:%Y-%m-%d}" for clock in event.starts)
            yield FindingKind.DEADLINE_MOVED, f"{steps}, because of the {event.ground}: {event.basis}."
        case events.DeadlineExcused():
            yield FindingKind.DEADLINE_EXCUSED, f"{event.step}, number {event.n}."


def _of_two_persons(before: Complaint, event: ComplaintEvent) -> Iterator[Judgement]:
    """Yield a finding if maker and checker are not two persons."""
    match event:
        case events.ResponseApproved() if before.draft and before.draft.author == event.by:
            yield FindingKind.SAME_PERSON, "Approved an answer that they had drafted themselves."
        case events.ObjectionDecided() if event.by in before.handlers:
            yield FindingKind.SAME_PERSON, "Decided an objection to a complaint that they had handled."
