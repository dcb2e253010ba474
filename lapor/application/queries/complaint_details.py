"""A complaint as people look at it, folded from its facts. Texts stay sealed here."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Self
from uuid import UUID

from lapor.domain.aggregate import Event
from lapor.domain.complaint import Complaint, facts
from lapor.domain.vocabulary import ErasureBasis, Outcome, Sealed


@dataclass
class Response:
    """The agency's last answer."""

    text: Sealed
    outcome: Outcome
    at: datetime


@dataclass
class Commitment:
    """A date that an agency committed itself to, and when it was kept."""

    n: int
    agency: UUID
    promised_on: date
    text: Sealed
    kept_at: datetime | None = None


@dataclass
class PublicVersion:
    """What everybody may read, once it is published."""

    title: Sealed
    text: Sealed
    response: Sealed | None


@dataclass
class Objection:
    """The reporter's objection, and what was decided: ``upheld`` is None while it waits."""

    reason: Sealed | None
    upheld: bool | None = None
    text: Sealed | None = None


@dataclass
class Erasure:
    """What was asked and done about the personal data."""

    requested_at: datetime | None = None
    erased_at: datetime | None = None
    basis: ErasureBasis | None = None
    reference: str | None = None


@dataclass
class ComplaintDetails:
    """What a complaint shows beside what its guards remember."""

    complaint: Complaint
    filed: facts.Filed
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
        """The picture after these facts, of which the first is the filing."""
        complaint, picture = None, None
        for fact in stream:
            complaint = fact.mutate(complaint)
            if picture is None:
                assert isinstance(fact, facts.Filed)  # noqa: S101 - every complaint begins so
                picture = cls(complaint, fact, fact.at, title=fact.title)
            else:
                picture.add(fact)
        assert picture is not None  # noqa: S101 - a stream is never empty
        return picture

    def add(self, *later: object) -> None:
        """Facts that the complaint itself has gone through already."""
        for fact in later:
            if isinstance(fact, facts.ComplaintEvent):
                self._add(fact)

    def _add(self, fact: facts.ComplaintEvent) -> None:
        if not fact.SILENT:
            self.changed_at = fact.at
        self._note_others(fact)
        self._note_erasure(fact)
        match fact:
            case facts.Verified(title=title) | facts.Reclassified(title=title) if title is not None:
                self.title = title
            case facts.CompletionAsked():
                self.questions = fact.questions
            case facts.Completed() | facts.Withdrawn() | facts.DeemedWithdrawn():
                self.questions = ()
            case facts.Transferred():
                self.transferred_to = fact.receiver
            case facts.Responded():
                self.response = Response(fact.text, fact.outcome, fact.at)
            case facts.Rated():
                self.rating = fact.rating
            case facts.Closed():
                self.closed_at = fact.at
            case facts.Reopened():
                self.closed_at = None

    def _note_others(self, fact: facts.ComplaintEvent) -> None:
        """What stands beside its way: what is public, the objection, commitments, other complaints."""
        match fact:
            case facts.Redacted():
                self.public = PublicVersion(fact.title, fact.text, fact.response)
            case facts.Objected():
                self.objection = Objection(fact.reason)
            case facts.ObjectionDecided() if self.objection:
                self.objection = replace(self.objection, upheld=fact.upheld, text=fact.text)
                self.closed_at = None if fact.upheld else self.closed_at
            case facts.CommitmentMade():
                made = Commitment(fact.n, fact.agency, fact.promised_on, fact.text)
                self.commitments.append(made)
            case facts.CommitmentKept():
                self.commitments[fact.n - 1].kept_at = fact.at
            case facts.Merged():
                self.merged_into = fact.into
            case facts.FollowerAdded():
                self.followers.append(fact.follower)
            case facts.Split():
                self.split_into += fact.children

    def _note_erasure(self, fact: facts.ComplaintEvent) -> None:
        match fact:
            case facts.ErasureRequested():
                self.erasure = Erasure(fact.at)
            case facts.PersonalDataErased():
                asked = self.erasure or Erasure()
                self.erasure = replace(asked, erased_at=fact.at, basis=fact.basis, reference=fact.reference)
                self.closed_at = fact.at if fact.stage else self.closed_at
