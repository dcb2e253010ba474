"""Given facts, one verb, the new facts."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from lapor.domain.aggregate import Actor, CommandContext, Event, Offices
from lapor.domain.complaint import Complaint
from lapor.domain.deadlines.indonesia import INDONESIA
from lapor.domain.deadlines.policy import SP4N_2018, Timing
from lapor.domain.deadlines.working_time import INDONESIAN_HOURS
from lapor.domain.vocabulary import Role, Sealed

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

    def occasion(
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

    def filed(self, **facts: Any) -> "Story":
        body = {"stream": uuid4(), "code": "LP-0000-00000", "text": "s1.text", "consent": True, **facts}
        self.complaint = Complaint.file(self.occasion(Role.REPORTER), **body)
        return self

    def routed(self, **facts: Any) -> "Story":
        self.filed()
        body = {"agency": self.agency, "kind": "complaint", "category": "roads", "title": "s1.title", **facts}
        self.complaint.route(self.occasion(Role.COORDINATOR), **body)
        return self

    def accepted(self, **facts: Any) -> "Story":
        self.routed(**facts)
        self.complaint.accept(self.occasion(Role.LIAISON))
        return self

    def involved(self) -> "Story":
        """In progress with one agency, and another one has a part in it."""
        self.accepted()
        self.complaint.involve(self.occasion(Role.COORDINATOR), agency=self.other)
        return self

    def responded(self) -> "Story":
        self.routed()
        self.complaint.respond(self.occasion(Role.LIAISON), text="s1.answer", outcome="fixed")
        return self

    def new(self) -> Sequence[Event]:
        """The facts since the last look."""
        return [fact for fact in self.complaint.collect_events() if isinstance(fact, Event)]


@pytest.fixture
def story() -> Story:
    return Story()
