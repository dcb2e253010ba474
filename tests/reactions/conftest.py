"""A town with a controlled clock: people act through the application, the scheduler steps on demand."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from lapor.application.application import CommandRequest
from lapor.bootstrap import RunningServices, build
from lapor.cli.shared.common import OPERATOR
from lapor.domain.access import Caller, RoleAssignment
from lapor.domain.aggregate import Event
from lapor.domain.complaint import WORKFLOW
from lapor.domain.vocabulary import Role
from lapor.reactions.scheduler import Scheduler
from lapor.settings import Settings
from lapor.store.database import Database

ROUTE: dict[str, Any] = {"kind": "complaint", "category": "roads", "title": "Jalan rusak"}


def wib(text: str) -> datetime:
    return datetime.fromisoformat(f"{text}+07:00").astimezone(UTC)


TUESDAY = wib("2026-11-24T09:00:00")


@dataclass
class StaffedService:
    """An agency, a coordinator, its liaison and citizens, on a database of their own."""

    running: RunningServices
    url: str
    now: datetime = TUESDAY
    agency: UUID = field(default_factory=lambda: UUID(int=0))
    filed: list[dict[str, Any]] = field(default_factory=list)
    databases: list[Database] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.running.application.clock = lambda: self.now
        made = self.running.services.agencies.register(
            {"code": "BM", "name": "Bina Marga"}, CommandRequest(OPERATOR)
        )
        self.agency = made.body["id"]

    def scheduler(self, **given: Any) -> Scheduler:
        """Return a scheduler with the town's clock and connections of its own."""
        database = Database(self.url, connections=2)
        self.databases.append(database)
        return Scheduler(database, self.running.application, **given)

    def goes_on(self, to: str | datetime) -> "StaffedService":
        self.now = wib(to) if isinstance(to, str) else to
        return self

    def file(self, **body: Any) -> UUID:
        text = {"text": "Jalan berlubang di depan pasar.", "consent": True, **body}
        answer = self.running.services.complaints.file(text, CommandRequest(Caller())).body
        self.filed.append(answer)
        return UUID(str(answer["id"]))

    def act(self, complaint: UUID, verb: str, role: Role = Role.COORDINATOR, **body: Any) -> None:
        agency = self.agency if role in {Role.LIAISON, Role.HEAD} else None
        command = CommandRequest(Caller(f"{role}-1", (RoleAssignment(role, agency),)), any_version=True)
        if role is Role.REPORTER:
            receipt = next(each["receipt"] for each in self.filed if each["id"] == complaint)
            command = CommandRequest(Caller(), any_version=True, receipt=receipt)
        self.running.services.complaints.act(WORKFLOW[verb], complaint, body, command)

    def routed(self) -> UUID:
        complaint = self.file()
        self.act(complaint, "route", agency="BM", **ROUTE)
        return complaint

    def answered(self) -> UUID:
        complaint = self.routed()
        self.act(complaint, "respond", Role.LIAISON, text="Sudah ditambal.", outcome="fixed")
        return complaint

    def events(self, complaint: UUID) -> list[Event]:
        return [row.event() for row in self.running.application.log.read_stream(complaint).rows]

    def done(self, complaint: UUID) -> list[tuple[str, str, int]]:
        """Return the system's events: the last word of the topic, the step and share if it has them."""
        return [
            (event.TOPIC.rpartition(".")[2], getattr(event, "step", ""), getattr(event, "share", 0))
            for event in self.events(complaint)
            if event.by.startswith("system:")
        ]

    def command(self, query: str) -> list[tuple[Any, ...]]:
        with self.running.database.connection() as connection:
            return connection.execute(query.encode()).fetchall()


@pytest.fixture
def town(url: str, tmp_path: Path) -> Iterator[StaffedService]:
    running = build(Settings(data=tmp_path, limits=False), url)
    it = StaffedService(running, url)
    yield it
    for database in it.databases:
        database.close()
    running.database.close()


def settle(scheduler: Scheduler) -> None:
    """Step a scheduler until there is nothing to do at this time."""
    for _ in range(200):
        if not scheduler.step():
            return
    message = "the scheduler never comes to rest"
    raise AssertionError(message)
