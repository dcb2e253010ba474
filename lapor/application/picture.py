"""A complaint as people look at it, folded from its facts. Texts stay sealed here."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Self

from lapor.domain.aggregate import Fact
from lapor.domain.complaint import Complaint, facts
from lapor.domain.terms import Outcome, Sealed


@dataclass
class Response:
    """The agency's last answer."""

    text: Sealed
    outcome: Outcome
    at: datetime


@dataclass
class Picture:
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

    @classmethod
    def of(cls, stream: Iterable[Fact]) -> Self:
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
            if isinstance(fact, facts.ComplaintFact):
                self._add(fact)

    def _add(self, fact: facts.ComplaintFact) -> None:
        self.changed_at = fact.at
        match fact:
            case facts.Verified(title=title) | facts.Reclassified(title=title) if title is not None:
                self.title = title
            case facts.CompletionAsked():
                self.questions = fact.questions
            case facts.Completed() | facts.Withdrawn():
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
