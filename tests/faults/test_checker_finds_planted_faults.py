"""The test of the checker: every fault that it exists for is planted, and must be found.

The stand-in is the real application on a log in memory, behind a network that loses answers.
"""

import random
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from threading import Event
from typing import Any
from uuid import UUID, uuid4

import pytest
from eventsourcing.persistence import StoredEvent

from lapor.application.application import CommandRequest, LaporApplication
from lapor.application.commands.agencies import Agencies
from lapor.application.commands.complaints import ComplaintCommands
from lapor.application.queries.lookup import ComplaintLookup
from lapor.application.result import Result
from lapor.bootstrap import make_application
from lapor.cli.shared.common import OPERATOR
from lapor.domain.access import Caller, RoleAssignment
from lapor.domain.complaint import WORKFLOW
from lapor.domain.errors import Refusal
from lapor.domain.vocabulary import IdentityReason, Kind, Outcome, Privacy, Role
from lapor.settings import Settings
from lapor.store.event_log import RecordedEvent, SideWrites
from lapor.store.memory_event_log import MemoryEventLog
from projections.catalogue import PROJECTIONS
from projections.engine.tables import fold

from ..clock import CLOCK
from . import clients
from .clients import LIFE, LostError, RefusedError, work
from .history import Answered, Command, History, faults

Rows = list[RecordedEvent]


class AcknowledgesBeforeCommit(MemoryEventLog):
    """Says yes first and stores afterwards, if it still lives then."""

    def append(self, events: Sequence[StoredEvent], side_writes: SideWrites) -> int:
        if self.head() > 20 and random.Random(self.head()).random() < 0.1:
            return self.head() + len(events)
        return super().append(events, side_writes)


class ForgetsRequests(MemoryEventLog):
    """Has no idempotency: does again what is asked again."""

    def append(self, events: Sequence[StoredEvent], side_writes: SideWrites) -> int:
        return super().append(events, replace(side_writes, request=None))


class Counter:
    """Answers for the stand-in. One answer in five is lost on its way back."""

    def __init__(self, application: LaporApplication, agency: UUID) -> None:
        self._complaints, self._agency = ComplaintCommands(application, ComplaintLookup(application)), agency
        self._chance = random.Random(1)

    def _body(self, verb: str) -> dict[str, Any]:
        route = {"agency": self._agency, "kind": Kind.COMPLAINT, "category": "roads", "title": "Lampu"}
        bodies: dict[str, dict[str, Any]] = {
            "route": route,
            "follow-up": {"text": "Ke lokasi."},
            "respond": {"text": "Sudah.", "outcome": Outcome.FIXED},
            "accept-response": {"rating": 4},
            "identity": {"reason_code": IdentityReason.CONTACT, "reason": "Menanyakan lokasi."},
        }
        return bodies[verb]

    def _do(self, verb: str, stream: UUID | None, ask: CommandRequest) -> Result:
        if stream is None:
            body: dict[str, Any] = {"text": "Lampu padam.", "consent": True, "privacy": Privacy.OPEN}
            body["reporter"] = {"name": "Siti"}
            return self._complaints.file(body, ask)
        return self._complaints.act(WORKFLOW[verb], stream, self._body(verb), ask)

    def send(self, command: Command, stream: UUID | None, receipt: str | None) -> Answered:
        officer = {"route": RoleAssignment(Role.COORDINATOR)}.get(
            command.verb, RoleAssignment(Role.LIAISON, self._agency)
        )
        caller = Caller() if command.verb in {"file", "accept-response"} else Caller("o1", (officer,))
        ask = CommandRequest(caller, any_version=True, key=UUID(command.key), digest=b"d", receipt=receipt)
        try:
            answer = self._do(command.verb, stream, ask)
        except Refusal as refusal:
            raise RefusedError(refusal.code) from refusal
        if self._chance.random() < 0.2:
            raise LostError
        return Answered(answer.body["id"], answer.version, answer.position, answer.body.get("receipt"))


def run(log: MemoryEventLog, folder: Path) -> History:
    """Let a client work for a while with a service on this log."""
    application = make_application(Settings(data=folder, clock=CLOCK), log)
    body = {"code": "BINAMARGA", "name": "Bina Marga"}
    agency = Agencies(application).register(body, CommandRequest(OPERATOR)).body["id"]
    history = History(set_up=log.head())
    work(Counter(application, agency).send, history, Event(), lives=12, life=("route", "identity", *LIFE[1:]))
    return history


def project(rows: Rows) -> dict[str, dict[Any, Any]]:
    tables = {}
    for projection in PROJECTIONS:
        folded = projection.rows()
        fold(projection, [(row.position, row.event()) for row in rows], folded)
        tables[projection.name] = dict(folded)
    return tables


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clients, "PAUSE", 0.0)


@pytest.fixture
def sound(tmp_path: Path) -> tuple[History, Rows]:
    """A run in which nothing was done wrong."""
    log = MemoryEventLog()
    history = run(log, tmp_path)
    return history, log.page(0, 10_000)


def numbered(rows: Rows) -> Rows:
    """The same events without a hole in the positions: as a forger would leave them."""
    return [row._replace(position=number) for number, row in enumerate(rows, 1)]


def test_a_sound_run_has_no_faults(sound: tuple[History, Rows]) -> None:
    history, rows = sound

    assert faults(history, rows, project(rows), tail=rows) == []
    assert len(history.acknowledged) == len(history.commands) > 50


def test_acknowledging_before_the_commit_is_caught(tmp_path: Path) -> None:
    log = AcknowledgesBeforeCommit()
    history = run(log, tmp_path)

    assert any("was acknowledged and is lost" in each for each in faults(history, log.page(0, 10_000)))


def test_missing_idempotency_is_caught(tmp_path: Path) -> None:
    log = ForgetsRequests()
    history = run(log, tmp_path)

    assert any("was done 2 times" in each for each in faults(history, log.page(0, 10_000)))


def without(rows: Rows, place: int) -> Rows:
    return rows[:place] + rows[place + 1 :]


def middle(rows: Rows) -> int:
    """The place of an event with others of its stream after it."""
    return next(place for place, row in enumerate(rows) if place > 30 and row.topic.endswith(".verified"))


def swapped(rows: Rows) -> Rows:
    """Two complaints' first events in each other's places: dense positions, sound versions."""
    one, other = [place for place, row in enumerate(rows) if row.topic.endswith(".filed")][:2]
    rows = list(rows)
    rows[one], rows[other] = rows[other], rows[one]
    return numbered(rows)


def ghost(rows: Rows) -> Rows:
    event = rows[-1]._replace(position=len(rows) + 1, stream=uuid4(), version=1)
    return [*rows, event._replace(state=event.state.replace(b'"cause":"', b'"cause":"0'))]


def nameless(rows: Rows) -> Rows:
    """An event that no command caused, like those of the set-up."""
    filed = next(row for row in rows if row.topic == "lapor.agency.registered")
    return [*rows, filed._replace(position=len(rows) + 1, stream=uuid4())]


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (lambda rows: without(rows, middle(rows)), "should"),
        (lambda rows: numbered(without(rows, middle(rows))), "of its stream"),
        (lambda rows: numbered(without(rows, len(rows) - 1)), "in part"),
        (lambda rows: rows[:-3], "acknowledged and is lost"),
        (lambda rows: numbered([*rows[:30], rows[29], *rows[30:]]), "of its stream"),
        (
            lambda rows: [*rows, rows[-1]._replace(position=len(rows) + 1, version=rows[-1].version + 1)],
            "2 times",
        ),
        (swapped, "had been acknowledged"),
        (ghost, "nobody sent"),
        (nameless, "nobody sent"),
    ],
    ids=[
        "a hole",
        "an event left out and the hole closed",
        "half a command",
        "the last command lost",
        "an event twice",
        "a command twice",
        "two commands in each other's places",
        "an event of nobody",
        "an event without a cause",
    ],
)
def test_a_spoilt_log_is_caught(
    sound: tuple[History, Rows], spoil: Callable[[Rows], Rows], says: str
) -> None:
    history, rows = sound

    assert any(says in each for each in faults(history, spoil(rows)))


def test_a_wrong_answer_is_caught(sound: tuple[History, Rows]) -> None:
    history, rows = sound
    command = history.acknowledged[7]
    assert command.answered is not None
    command.answered = replace(command.answered, position=command.answered.position + 1)

    assert any("was answered with" in each for each in faults(history, rows))


def test_a_refusal_of_what_was_stored_is_caught(sound: tuple[History, Rows]) -> None:
    history, rows = sound
    history.commands[7].answered, history.commands[7].refused = None, "409 conflict"

    assert any("was refused and is stored" in each for each in faults(history, rows))


def test_a_reader_that_missed_an_event_is_caught(sound: tuple[History, Rows]) -> None:
    history, rows = sound

    assert any("the tailing reader" in each for each in faults(history, rows, tail=without(rows, 40)))


@pytest.mark.parametrize("name", [projection.name for projection in PROJECTIONS])
def test_a_skipped_row_of_a_projection_is_caught(sound: tuple[History, Rows], name: str) -> None:
    history, rows = sound
    rows = [row for row in rows if row.position <= len(rows) - 5]  # the last complaint is still open
    tables = project(rows)
    tables[name].pop(next(iter(tables[name])))

    assert any(f"{name} is not the fold" in each for each in faults(history, rows, tables))


def test_a_bookmark_that_was_moved_before_its_rows_is_caught(sound: tuple[History, Rows]) -> None:
    """A crash between the two: one event was never folded."""
    history, rows = sound
    for place in (row.position - 1 for row in rows if row.topic == "lapor.complaint.responded"):
        assert any(
            "register is not the fold" in each
            for each in faults(history, rows, project([*without(rows, place)]))
        )
