"""One stream held against the rules, fact by fact."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from lapor.application.reference_data import ReferenceData
from lapor.audit.conformance.allowed_transitions import astray
from lapor.audit.conformance.findings import Finding, FindingKind
from lapor.audit.conformance.role_check import presumed
from lapor.domain.aggregate import Event
from lapor.domain.complaint import Complaint, facts
from lapor.domain.complaint.facts import ComplaintEvent
from lapor.domain.vocabulary import Channel, Ground
from lapor.store.event_log import RecordedEvent

Said = tuple[FindingKind, str]


class Answering:
    """When a complaint was last answered and routed; an answer that was not accepted is none."""

    def __init__(self, soon: timedelta) -> None:
        self._soon = soon
        self._answered: datetime | None = None
        self._routed: datetime | None = None

    def after(self, fact: Event) -> None:
        match fact:
            case facts.Responded():
                self._answered = fact.at
            case facts.Routed():
                self._routed = fact.at
            case facts.ResponseRejected() | facts.Reopened():
                self._answered = None
            case facts.ObjectionDecided() if fact.upheld:
                self._answered = None

    def closed(self, fact: facts.Closed) -> Iterator[Said]:
        """What is to be said of a closing. Silence takes days, so it is never soon."""
        if self._answered is None:
            yield (
                FindingKind.CLOSED_WITHOUT_ANSWER,
                "Nobody had answered, or the answer had not been accepted.",
            )
            return
        if fact.ground is Ground.SILENCE:
            return
        for since, what in ((self._answered, "answered"), (self._routed, "routed")):
            if since is not None and fact.at - since < self._soon:
                seconds = int((fact.at - since).total_seconds())
                yield FindingKind.CLOSED_SOON, f"{seconds} seconds after it was {what}, by {fact.ground}."
                return


def check(rows: Sequence[RecordedEvent], directory: ReferenceData, soon: timedelta) -> Iterator[Finding]:
    """What is to be said of a stream's facts, which are all there are, in their order."""
    it: Any = None
    answering = Answering(soon)
    code: str | None = None
    for row in rows:
        fact = row.fact()
        before = it if isinstance(it, Complaint) else None
        parts = frozenset(before.agencies) if before else frozenset()
        said = list(_of_complaint(before, fact, answering)) if isinstance(fact, ComplaintEvent) else []
        it = fact.mutate(it)
        answering.after(fact)
        if isinstance(it, Complaint):
            code = it.code
            wrong = presumed(directory, fact, row.position, parts | frozenset(it.agencies))
        else:
            wrong = presumed(directory, fact, row.position)
        if wrong:
            said.append((FindingKind.WITHOUT_ROLE, wrong))
        imported = fact.channel is Channel.IMPORT
        for found, says in said:
            yield Finding(
                found, row.position, row.stream, code, row.topic, fact.at, fact.by, fact.role, says, imported
            )


def _of_complaint(before: Complaint | None, fact: ComplaintEvent, answering: Answering) -> Iterator[Said]:
    if wrong := astray(before, fact):
        yield FindingKind.OFF_THE_WAY, wrong
    if before is not None:
        yield from _of_judging(before, fact)
    match fact:
        case facts.Closed():
            yield from answering.closed(fact)
        case facts.DeadlineExtended():
            yield FindingKind.DEADLINE_EXTENDED, f"{fact.step}, by {fact.working_days} working days."
        case facts.DeadlineMoved():
            steps = ", ".join(f"{clock.step} to {clock.due_at:%Y-%m-%d}" for clock in fact.starts)
            yield FindingKind.DEADLINE_MOVED, f"{steps}, because of the {fact.ground}: {fact.basis}."
        case facts.DeadlineExcused():
            yield FindingKind.DEADLINE_EXCUSED, f"{fact.step}, number {fact.n}."


def _of_judging(before: Complaint, fact: ComplaintEvent) -> Iterator[Said]:
    """Maker and checker are two persons."""
    match fact:
        case facts.ResponseApproved() if before.draft and before.draft.author == fact.by:
            yield FindingKind.SAME_PERSON, "Approved the answer that he himself had drafted."
        case facts.ObjectionDecided() if fact.by in before.handlers:
            yield FindingKind.SAME_PERSON, "Decided an objection to a complaint that he had had in hand."
