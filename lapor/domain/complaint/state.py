"""The memory of a complaint: only what the guards of its verbs ask."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from lapor.domain.aggregate import Aggregate, Event
from lapor.domain.complaint.promises import Promises
from lapor.domain.complaint.standing import Standing
from lapor.domain.complaint.values import Draft, IdentityRequest
from lapor.domain.context import CommandContext
from lapor.domain.vocabulary import Kind, Privacy, Stage

ENDED = frozenset({Stage.CLOSED, Stage.ARCHIVED, Stage.TRANSFERRED, Stage.WITHDRAWN, Stage.MERGED})

MOST_REFUSALS = 2
"""A complaint may be declined this often; then the arbiter decides."""


class ComplaintState(Aggregate):
    """The memory that the verbs share."""

    def begin(self) -> None:
        self.standing = Standing()
        self.promises = Promises()
        self.code = ""
        self.category: str | None = None
        self.privacy = Privacy.OPEN
        self.has_title = False
        self.addressed_to: UUID | None = None
        self.accused: frozenset[UUID] = frozenset()
        """The agencies that an oversight complaint is about: addressed in it, or handling it before."""
        self.bound = False
        """Whether the arbiter has decided which agency answers for it."""
        self.returns_to = Stage.FILED
        self.ended_at: datetime | None = None
        self.times_asked = self.times_declined = self.times_rejected = self.times_reopened = 0
        self.times_objected = self.commitments_made = self.level = 0
        self.objection_open = self.redacted = self.published = False
        self.draft: Draft | None = None
        self.open_commitments: dict[int, date] = {}
        self.erasure_requested = self.held = self.erased = False
        self.sp4n: str | None = None
        self.reporter_fields: tuple[str, ...] = ()
        """The names of the fields that the reporter filled in about themselves."""
        self.identity_asked: IdentityRequest | None = None
        """The request that waits for a second person."""
        self.identity_open_to: tuple[str, datetime] | None = None
        """The officer whom a second person let know the reporter, and since when."""
        self.handlers: set[str] = set()
        """The officers who have handled it."""

    @property
    def stage(self) -> Stage:
        return self.standing.stage

    @property
    def kind(self) -> Kind | None:
        return self.standing.kind

    @property
    def lead(self) -> UUID | None:
        """The agency that answers for it."""
        return self.standing.lead

    @property
    def led_by(self) -> UUID | None:
        """The lead, under the name that access asks for."""
        return self.standing.lead

    @property
    def agencies(self) -> tuple[UUID, ...]:
        """All that have a part in it, the lead first."""
        return self.standing.agencies

    def stand(self, standing: Standing, entered_at: datetime | None) -> None:
        """Remember how it stands, and since when if an event brought it to a stage (UTC; None: none did)."""
        self.standing = standing
        if entered_at is not None:
            self.ended_at = entered_at if standing.stage in ENDED else None
            if self.ended_at is not None:
                self.promises.moved.clear()

    def note_accused(self, before: Standing) -> None:
        """Remember the agencies that it is about, when it becomes an oversight complaint."""
        if self.kind is Kind.OVERSIGHT and before.kind is not Kind.OVERSIGHT:
            self.accused |= {*before.agencies, *([self.addressed_to] if self.addressed_to else [])}

    def record(self, event_class: type[Event], context: CommandContext, **values: Any) -> None:
        super().record(event_class, context, **{"reason": None, "starts": (), "stops": (), **values})
