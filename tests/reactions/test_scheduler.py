"""The scheduler's reminders, escalations and closings on PostgreSQL, as the clock goes on."""

import time
from datetime import timedelta
from threading import Event, Thread
from uuid import UUID

import pytest

from lapor.application.application import CommandRequest
from lapor.cli.shared.common import OPERATOR
from lapor.domain.complaint import Complaint, ScheduledAction, events
from lapor.domain.deadlines.working_time import INDONESIAN_HOURS, Hours
from lapor.domain.vocabulary import Ground, Role, Stage, Step
from lapor.reactions.timers import Timers

from ..faults.slack import slack
from .conftest import TUESDAY, StaffedService, settle, wib


def timers(town: StaffedService) -> list[tuple[UUID, str, int]]:
    return [(s, step, share) for s, step, share in town.command("SELECT stream, step, share FROM timer")]


def test_as_time_passes_reminder_warning_and_escalation_come_each_once(town: StaffedService) -> None:
    complaint, scheduler = town.routed(), town.scheduler()
    for day in range(60):
        town.goes_on(TUESDAY + timedelta(days=day))
        settle(scheduler)

    done = town.done(complaint)

    for step in (Step.ACCEPT, Step.FOLLOW_UP, Step.RESOLVE):
        assert [share for what, of, share in done if (what, of) == ("reminded", step)] == [50, 80, 100, 200]
    assert [share for what, of, share in done if of == Step.LEGAL_LIMIT] == [50, 80]
    assert [event.level for event in town.events(complaint) if isinstance(event, events.Escalated)] == [
        1,
        2,
        3,
    ]


def test_a_reminder_names_the_event_that_started_its_clock(town: StaffedService) -> None:
    complaint, scheduler = town.routed(), town.scheduler()
    (routed,) = (
        row for row in town.running.application.log.read_stream(complaint).rows if "routed" in row.topic
    )
    town.goes_on("2026-11-25T09:00:00")
    settle(scheduler)

    (reminded,) = (event for event in town.events(complaint) if isinstance(event, events.Reminded))

    assert (reminded.by, reminded.role, reminded.channel) == ("system:remind", "system", "system")
    assert reminded.cause == str(routed.position)


def test_a_clock_that_stops_takes_its_timers_along(town: StaffedService) -> None:
    complaint, scheduler = town.routed(), town.scheduler()
    settle(scheduler)
    assert {step for _, step, _ in timers(town)} == {"accept", "follow_up", "resolve", "legal_limit"}

    town.act(complaint, "follow-up", Role.LIAISON, text="Sudah disurvei.")
    settle(scheduler)

    assert {step for _, step, _ in timers(town)} == {"resolve", "legal_limit"}
    town.goes_on("2026-12-01T09:00:00")
    settle(scheduler)
    assert {of for _, of, _ in town.done(complaint)} <= {Step.RESOLVE, Step.LEGAL_LIMIT, ""}


def test_nobody_is_reminded_outside_opening_hours(town: StaffedService) -> None:
    town.routed(), town.file()  # one with an agency, one with the coordinating office
    scheduler = town.scheduler()
    for at in ("2026-11-28T10:00:00", "2026-11-30T07:29:59"):  # a Saturday, and Monday before opening
        town.goes_on(at)
        settle(scheduler)
        assert town.command("SELECT count(*) FROM event WHERE topic LIKE '%reminded'") == [(0,)]

    town.goes_on("2026-11-30T07:30:00")
    settle(scheduler)
    assert town.command("SELECT count(DISTINCT stream) FROM event WHERE topic LIKE '%reminded'") == [(2,)]


def test_each_agency_is_reminded_in_its_own_opening_hours(town: StaffedService) -> None:
    jayapura = Hours("Asia/Jayapura", INDONESIAN_HOURS.week)
    town.running.services.agencies.register(
        {"code": "JP", "name": "Jayapura"}, CommandRequest(OPERATOR), jayapura
    )
    here, there = town.routed(), town.file()
    town.act(there, "route", agency="JP", kind="complaint", category="roads", title="Jalan")
    scheduler = town.scheduler()
    town.goes_on("2026-11-30T05:45:00")  # 07:45 in Jayapura
    settle(scheduler)

    assert town.done(here) == []
    assert ("reminded", Step.FOLLOW_UP, 50) in town.done(there)


def test_an_outage_of_three_weeks_is_caught_up_in_the_order_of_the_moments(town: StaffedService) -> None:
    complaints = []
    for hour in range(6):
        town.goes_on(TUESDAY + timedelta(hours=hour))
        complaints += [town.routed(), town.answered(), town.file()]
    scheduler = town.scheduler(batch=7)
    settle(scheduler)
    due = {
        (stream, step, n, share): at
        for stream, step, n, share, at in town.command("SELECT stream, step, n, share, fire_at FROM timer")
    }
    head = town.running.application.log.head()

    town.goes_on(TUESDAY + timedelta(days=21))
    settle(scheduler)

    marks = [
        (row.stream, event.step, event.n, event.share)
        for row in town.running.application.log.page(head, 10_000)
        if isinstance(event := row.event(), events.Reminded)
    ]
    assert len(marks) == len(set(marks)) > 100
    moments = [due[mark] for mark in marks]
    assert moments == sorted(moments)
    assert set(marks) == {
        mark for mark, at in due.items() if at <= town.now and (mark[1], mark[3]) != ("reporter_reply", 100)
    }


def test_silence_closes_and_writes_no_rating(town: StaffedService) -> None:
    complaint, scheduler = town.answered(), town.scheduler()
    for day in range(20):
        town.goes_on(TUESDAY + timedelta(days=day))
        settle(scheduler)

    (closed,) = (event for event in town.events(complaint) if isinstance(event, events.Closed))

    assert (closed.ground, closed.by) == (Ground.SILENCE, "system:close")
    assert not any(isinstance(event, events.Rated) for event in town.events(complaint))
    assert timers(town) == []


def test_a_reply_that_comes_a_moment_before_silence_wins(town: StaffedService) -> None:
    complaint, scheduler = town.answered(), town.scheduler()
    for day in ("2026-12-02T12:00:00", "2026-12-08T10:00:00"):
        settle(scheduler)
        town.goes_on(day)
    settle(scheduler)
    opens = wib("2026-12-10T07:30:00")  # the day after the last one (the 9th) is over
    (silence,) = [
        ScheduledAction(Step(step), n, share, None, at)
        for step, n, share, at in town.command("SELECT step, n, share, fire_at FROM timer WHERE share = 100")
    ]
    assert silence.at <= opens
    town.goes_on(opens - timedelta(microseconds=1))
    town.act(complaint, "reject-response", Role.REPORTER, reason="Masih berlubang.")

    town.goes_on(opens)
    settle(scheduler)

    assert Stage.CLOSED not in {getattr(event, "STAGE", None) for event in town.events(complaint)}


def test_a_reporter_who_stays_silent_after_two_reminders_is_deemed_to_withdraw(town: StaffedService) -> None:
    complaint, scheduler = town.file(), town.scheduler()
    town.act(complaint, "ask-reporter", questions=["Di mana?"])
    for day in range(40):
        town.goes_on(TUESDAY + timedelta(days=day))
        settle(scheduler)

    assert town.done(complaint) == [
        ("reminded", Step.REPORTER_COMPLETION, 50),
        ("reminded", Step.REPORTER_COMPLETION, 80),
        ("deemed_withdrawn", "", 0),
    ]


def test_a_fault_of_one_complaint_does_not_stop_the_others(
    town: StaffedService, monkeypatch: pytest.MonkeyPatch
) -> None:
    sound, broken, scheduler = town.routed(), town.routed(), town.scheduler()
    settle(scheduler)
    marks, reach = Complaint.scheduled_actions, Complaint.reach

    def poison(it: Complaint, context: object, mark: object) -> None:
        if it.id == broken:
            raise KeyError("who knows")
        reach(it, context, mark)  # type: ignore[arg-type]

    monkeypatch.setattr(Complaint, "reach", poison)
    town.goes_on("2026-11-26T12:00:00")
    settle(scheduler)

    assert len(town.done(sound)) > 2
    assert town.done(broken) == []
    assert Timers(town.running.database).failed() == [broken]
    ((said,),) = town.command("SELECT failure FROM timer_failure")
    assert "KeyError" in said
    assert "who knows" not in said

    monkeypatch.setattr(Complaint, "reach", reach)
    assert Complaint.scheduled_actions is marks
    scheduler._follower.retry_failed()
    settle(scheduler)
    assert town.done(broken) == town.done(sound)
    assert Timers(town.running.database).failed() == []


def test_timers_that_were_lost_are_made_again_from_the_log(town: StaffedService) -> None:
    for _ in range(3):
        town.routed(), town.answered()
    settle(town.scheduler())
    before = sorted(timers(town))
    with town.running.database.connection() as connection:
        connection.execute("DELETE FROM timer")
        connection.execute("DELETE FROM reactor")

    settle(town.scheduler())

    assert sorted(timers(town)) == before != []


def test_another_log_than_the_one_followed_is_followed_from_its_start(town: StaffedService) -> None:
    complaint = town.routed()
    settle(town.scheduler())
    with town.running.database.connection() as connection:
        connection.execute("DELETE FROM timer")
        connection.execute("UPDATE reactor SET position = position + 1000, leaf = '\\x00'")

    settle(town.scheduler())

    assert {stream for stream, _, _ in timers(town)} == {complaint}
    assert town.command("SELECT position FROM reactor") == [(town.running.application.log.head(),)]


def test_events_that_arrive_one_by_one_are_followed_together(town: StaffedService) -> None:
    scheduler, stop, steps = town.scheduler(), Event(), list[int]()
    settle(scheduler)
    step = scheduler.step

    def counted() -> int:
        steps.append(step())
        return steps[-1]

    scheduler.step = counted  # type: ignore[method-assign]
    working = Thread(target=scheduler.run, args=(stop,))
    working.start()
    for _ in range(20):
        town.file()
        stop.wait(0.05)
    deadline = time.monotonic() + 5 * slack()
    while sum(steps) < 20 and time.monotonic() < deadline:
        stop.wait(0.05)
    stop.set()
    working.join()

    assert sum(steps) == 20
    assert len([count for count in steps if count]) <= 5
