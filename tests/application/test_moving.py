"""Deadlines follow a decree wherever the work was broken off, once each; rules are known in time."""

import threading
import time
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from lapor import worker
from lapor.application import application as application_module
from lapor.application.application import CommandRequest
from lapor.application.reference_data import ReferenceData
from lapor.bootstrap import RunningServices
from lapor.cli.shared.common import OPERATOR
from lapor.domain.access import Caller, RoleAssignment
from lapor.domain.complaint import WORKFLOW
from lapor.domain.complaint.events import DeadlineMoved
from lapor.domain.deadlines.working_time import INDONESIAN_HOURS
from lapor.domain.errors import ConflictError, Refusal, UnreachableError
from lapor.domain.vocabulary import Kind, Role, Step
from projections.catalogue import PROJECTIONS
from projections.engine.engine import Engine

from ..faults.slack import slack

NOW = datetime(2026, 12, 21, 3, tzinfo=UTC)
DECREE = {"added": [{"day": datetime(2026, 12, 28).date(), "name": "Cuti Bersama"}], "basis": "SKB 9"}  # noqa: DTZ001
COORDINATOR = CommandRequest(Caller("c-1", (RoleAssignment(Role.COORDINATOR),)), any_version=True)


@pytest.fixture
def clock(running: RunningServices) -> Callable[[datetime], None]:
    """Sets the clock, and brings the projections to the head of the log."""
    engine = Engine(running.database, PROJECTIONS)

    def do(at: datetime) -> None:
        running.application.clock = lambda: at
        while engine.step():
            pass

    return do


@pytest.fixture
def open_ones(running: RunningServices, clock: Callable[[datetime], None]) -> list[UUID]:
    """Four complaints with an agency, when a holiday is decreed."""
    clock(NOW)
    running.services.agencies.register({"code": "BM", "name": "Bina Marga"}, CommandRequest(OPERATOR))
    route = {"agency": "BM", "kind": Kind.COMPLAINT, "category": "roads", "title": "Jalan"}
    made = []
    for _ in range(4):
        filed = running.services.complaints.file({"text": "Jalan rusak", "consent": True}, COORDINATOR)
        running.services.complaints.act(WORKFLOW["route"], filed.body["id"], route, COORDINATOR)
        made.append(filed.body["id"])
    decreed(running, clock)
    return made


def decreed(running: RunningServices, clock: Callable[[datetime], None]) -> None:
    clock(NOW)
    calendars = running.services.calendars
    seen = calendars.decree("id-2026", DECREE, CommandRequest(OPERATOR)).body
    calendars.decree("id-2026", {**DECREE, "confirm": seen["confirm"]}, CommandRequest(OPERATOR))
    clock(NOW + timedelta(minutes=1))


def moved(running: RunningServices) -> Counter[tuple[UUID, Step, int]]:
    events = [row.event() for row in running.application.log.page(0, 1_000)]
    return Counter(
        (event.originator_id, event.stops[0].step, event.stops[0].n)
        for event in events
        if isinstance(event, DeadlineMoved)
    )


def breaking(
    running: RunningServices, at: int, refusal: type[Refusal], *, stored: bool
) -> Callable[..., int]:
    """A save that fails at its n-th call, before or after it has stored."""
    save, calls = running.application.save, iter(range(1, 100))

    def broken(*aggregates: Any, **side_writes: Any) -> int:
        fails = next(calls) == at
        if fails and not stored:
            raise refusal
        position = save(*aggregates, **side_writes)
        if fails:
            raise refusal
        return position

    return broken


@pytest.mark.parametrize("stored", [False, True], ids=["before it stored", "after it stored"])
def test_a_run_after_a_crash_moves_the_rest_and_nothing_twice(
    running: RunningServices, open_ones: list[UUID], monkeypatch: pytest.MonkeyPatch, stored: bool
) -> None:
    with monkeypatch.context() as broken:
        broken.setattr(running.application, "save", breaking(running, 3, UnreachableError, stored=stored))
        with pytest.raises(UnreachableError):
            running.services.deadline_moves.run()
    before = moved(running)

    running.services.deadline_moves.run()

    assert sum(before.values()) == (6 if stored else 4)
    wanted = {(stream, step, 1) for stream in open_ones for step in (Step.FOLLOW_UP, Step.RESOLVE)}
    assert moved(running) == dict.fromkeys(wanted, 1)
    assert running.services.deadline_moves.run() == 0


def test_a_complaint_changed_meanwhile_is_left_for_the_next_run(
    running: RunningServices, open_ones: list[UUID], monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as broken:
        broken.setattr(running.application, "save", breaking(running, 2, ConflictError, stored=False))
        assert running.services.deadline_moves.run() == 6

    assert running.services.deadline_moves.run() == 2


def test_a_moved_deadline_says_by_whom_on_what_ground_and_because_of_which_event(
    running: RunningServices, open_ones: list[UUID]
) -> None:
    running.services.deadline_moves.run()

    rows = [row for row in running.application.log.page(0, 1_000) if row.topic.endswith("deadline_moved")]
    (decree,) = (
        row for row in running.application.log.page(0, 1_000) if row.topic.endswith("holidays_decreed")
    )
    for event in (row.event() for row in rows):
        assert isinstance(event, DeadlineMoved)
        assert (event.by, event.cause, event.ground, event.basis) == (
            "system:deadlines",
            str(decree.position),
            "calendar",
            "SKB 9",
        )
        assert event.starts[0].calendar == "id-2026/2"


def test_a_deadline_that_was_missed_before_the_work_came_to_it_stays(
    running: RunningServices, open_ones: list[UUID], clock: Callable[[datetime], None]
) -> None:
    clock(NOW + timedelta(days=9, hours=6, seconds=1))  # 30 December, 16:00:01: follow_up was due

    running.services.deadline_moves.run()

    assert {step for _, step, _ in moved(running)} == {Step.RESOLVE}


def test_the_worker_moves_them_by_itself(
    running: RunningServices, open_ones: list[UUID], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "_DECREE_SECONDS", 0.01)
    stop = threading.Event()
    thread = threading.Thread(target=worker._move_deadlines, args=(running.services.deadline_moves, stop))
    thread.start()
    for _ in range(int(500 * slack())):
        if len(moved(running)) == 8:
            break
        stop.wait(0.02)
    stop.set()
    thread.join()

    assert len(moved(running)) == 8


def test_it_is_looked_for_often_after_a_decree_and_seldom_otherwise(
    running: RunningServices, open_ones: list[UUID], monkeypatch: pytest.MonkeyPatch
) -> None:
    now, runs = [1_000.0], list[float]()

    def run() -> int:
        runs.append(now[0])
        return 0

    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    it = running.services.deadline_moves
    monkeypatch.setattr(it, "run", run)
    for seconds in (0, 30, 59, 61, 300, 658, 660, 700):
        now[0] = 1_000.0 + seconds
        it.follow()

    assert [at - 1_000 for at in runs] == [0, 30, 59, 660]


def test_a_stranger_files_by_the_rules_of_a_second_ago_at_most(
    running: RunningServices, clock: Callable[[datetime], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    clock(NOW)
    running.application.catch_up()
    at_first = running.application.reference_data
    decreed(running, clock)
    running.application.reference_data = ReferenceData(
        INDONESIAN_HOURS
    )  # another process, that has heard of nothing
    filing, nobody = {"text": "Jalan rusak", "consent": True}, CommandRequest(Caller())

    running.application._caught_up = time.monotonic()
    unheard = running.services.complaints.file(filing, nobody).body["deadlines"]
    running.application._caught_up -= application_module._FRESH
    heard = running.services.complaints.file(filing, nobody).body["deadlines"]

    assert [each["calendar"] for each in (*unheard, *heard)] == ["id-2026/1", "id-2026/2"]
    assert at_first.rules.calendar.id == "id-2026/2"
