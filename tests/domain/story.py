"""A complaint's life in a test: given events, one verb, the new events."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from lapor.domain.aggregate import Event
from lapor.domain.complaint import Complaint
from lapor.domain.context import Actor, CommandContext, Offices
from lapor.domain.deadlines.indonesia import INDONESIA
from lapor.domain.deadlines.policy import SP4N_2018
from lapor.domain.deadlines.timing import Timing
from lapor.domain.deadlines.working_time import INDONESIAN_HOURS
from lapor.domain.vocabulary import Outcome, Role, Sealed

TUESDAY_NOON = datetime(2026, 11, 24, 5, tzinfo=UTC)  # 12:00 WIB, a working day
TIMING = Timing(SP4N_2018, INDONESIA, lambda _: INDONESIAN_HOURS)


class Story:
    """A complaint's life in a test: each act an hour after the one before."""

    agency = UUID("5d0b8c1e-2a3f-4b6c-8d9e-0f1a2b3c4d5e")
    other = UUID("00000000-0000-4000-8000-000000000002")

    def __init__(self) -> None:
        self.at = TUESDAY_NOON
        self.offices = Offices()
        self.complaint: Complaint

    def context(
        self,
        role: Role,
        reason: str | None = None,
        *,
        who: str | None = None,
        of: UUID | None = None,
        **later: float,
    ) -> CommandContext:
        """Somebody in a role, of the story's agency or another; by default an hour later."""
        self.at += timedelta(**(later or {"hours": 1}))
        agency = (of or self.agency) if role in {Role.LIAISON, Role.HEAD} else of
        sealed = Sealed(reason) if reason else None
        actor = Actor(who or f"{role}-1", role, agency=agency)
        return CommandContext(actor, self.at, TIMING, reason=sealed, offices=self.offices)

    def filed(self, **events: Any) -> "Story":
        body = {"stream": uuid4(), "code": "LP-0000-00000", "text": "s1.text", "consent": True, **events}
        self.complaint = Complaint.file(self.context(Role.REPORTER), **body)
        return self

    def routed(self, **events: Any) -> "Story":
        self.filed()
        body = {
            "agency": self.agency,
            "kind": "complaint",
            "category": "roads",
            "title": "s1.title",
            **events,
        }
        self.complaint.route(self.context(Role.COORDINATOR), **body)
        return self

    def accepted(self, **events: Any) -> "Story":
        self.routed(**events)
        self.complaint.accept(self.context(Role.LIAISON))
        return self

    def involved(self) -> "Story":
        """In progress with one agency, and another one has a part in it."""
        self.accepted()
        self.complaint.involve(self.context(Role.COORDINATOR), agency=self.other)
        return self

    def responded(self) -> "Story":
        self.routed()
        self.complaint.respond(self.context(Role.LIAISON), text=Sealed("s1.answer"), outcome=Outcome.FIXED)
        return self

    def new(self) -> list[Any]:
        """The events since the last look; each test knows their classes and reads their fields."""
        return [event for event in self.complaint.collect_events() if isinstance(event, Event)]
