"""A complaint as people see it, folded from its events. Texts stay sealed here."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Self
from uuid import UUID

from lapor.domain.aggregate import Event
from lapor.domain.complaint import Complaint, events
from lapor.domain.vocabulary import ErasureBasis, Outcome, Sealed


@dataclass
class Response:
    """The agency's last answer."""

    text: Sealed
    outcome: Outcome
    at: datetime


@dataclass
class Commitment:
    """A date that an agency committed itself to, and when it kept the commitment."""

    n: int
    agency: UUID
    promised_on: date
    text: Sealed
    kept_at: datetime | None = None


@dataclass
class PublicVersion:
    """The redacted version, which everybody may read once it is published."""

    title: Sealed
    text: Sealed
    response: Sealed | None


@dataclass
class Objection:
    """The reporter's objection and the decision: ``upheld`` is None while it waits."""

    reason: Sealed | None
    upheld: bool | None = None
    text: Sealed | None = None


@dataclass
class Erasure:
    """The request for erasure, and the erasure."""

    requested_at: datetime | None = None
    erased_at: datetime | None = None
    basis: ErasureBasis | None = None
    reference: str | None = None


@dataclass
class ComplaintDetails:
    """A complaint with the data that people see and no guard asks for."""

    complaint: Complaint
    filed: events.Filed
    changed_at: datetime
    title: Sealed | None = None
    response: Response | None = None
    rating: int | None = None
    closed_at: datetime | None = None
    questions: tuple[Sealed, ...] = ()
    transferred_to: str | None = None
    public: PublicVersion | None = None
    objection: Objection | None = None
    commitments: list[Commitment] = field(default_factory=list)
    merged_into: UUID | None = None
    followers: list[UUID] = field(default_factory=list)
    split_into: list[UUID] = field(default_factory=list)
    erasure: Erasure | None = None

    @classmethod
    def of(cls, stream: Iterable[Event]) -> Self:
        """Return the details after these events, of which the first is the filing."""
        complaint, details = None, None
        for event in stream:
            complaint = event.mutate(complaint)
            if details is None:
                assert isinstance(event, events.Filed)  # noqa: S101 - every complaint begins so
                details = cls(complaint, event, event.at, title=event.title)
            else:
                details.add(event)
        assert details is not None  # noqa: S101 - a stream is never empty
        return details

    def add(self, *later: object) -> None:
        """Add events that the aggregate has already applied."""
        for event in later:
            if isinstance(event, events.ComplaintEvent):
                self._add(event)

    def _add(self, event: events.ComplaintEvent) -> None:
        if not event.AUDIT_ONLY:
            self.changed_at = event.at
        self._note_others(event)
        self._note_erasure(event)
        match event:
            case events.Verified(title=title) | events.Reclassified(title=title) if title is not None:
                self.title = title
            case events.CompletionAsked():
                self.questions = event.questions
            case events.Completed() | events.Withdrawn() | events.DeemedWithdrawn():
                self.questions = ()
            case events.Transferred():
                self.transferred_to = event.receiver
            case events.Responded():
                self.response = Response(event.text, event.outcome, event.at)
            case events.Rated():
                self.rating = event.rating
            case events.Closed():
                self.closed_at = event.at
            case events.Reopened():
                self.closed_at = None

    def _note_others(self, event: events.ComplaintEvent) -> None:
        """Note the public version, the objection, commitments and other complaints."""
        match event:
            case events.Redacted():
                self.public = PublicVersion(event.title, event.text, event.response)
            case events.Objected():
                self.objection = Objection(event.reason)
            case events.ObjectionDecided() if self.objection:
                self.objection = replace(self.objection, upheld=event.upheld, text=event.text)
                self.closed_at = None if event.upheld else self.closed_at
            case events.CommitmentMade():
                made = Commitment(event.n, event.agency, event.promised_on, event.text)
                self.commitments.append(made)
            case events.CommitmentKept():
                self.commitments[event.n - 1].kept_at = event.at
            case events.Merged():
                self.merged_into = event.into
            case events.FollowerAdded():
                self.followers.append(event.follower)
            case events.Split():
                self.split_into += event.children

    def _note_erasure(self, event: events.ComplaintEvent) -> None:
        match event:
            case events.ErasureRequested():
                self.erasure = Erasure(event.at)
            case events.PersonalDataErased():
                erasure = self.erasure or Erasure()
                self.erasure = replace(
                    erasure, erased_at=event.at, basis=event.basis, reference=event.reference
                )
                self.closed_at = event.at if event.stage else self.closed_at
