"""What is done by itself, on PostgreSQL, as the clock goes on."""

import time
from datetime import timedelta
from threading import Event, Thread
from uuid import UUID

import pytest

from lapor.application.application import CommandRequest
from lapor.cli.agencies_officers import OPERATOR
from lapor.domain.complaint import Complaint, ScheduledAction, facts
from lapor.domain.deadlines.working_time import INDONESIAN_HOURS, Hours
from lapor.domain.vocabulary import Ground, Role, Stage, Step
from lapor.reactions.timers import Timers

from .conftest import TUESDAY, Town, settle, wib


def timers(town: Town) -> list[tuple[UUID, str, int]]:
    return [(s, step, share) for s, step, share in town.ask("SELECT stream, step, share FROM timer")]


def test_as_time_passes_reminder_warning_and_escalation_come_each_once(town: Town) -> None:
    complaint, reactor = town.routed(), town.reactor()
    for day in range(60):
        town.goes_on(TUESDAY + timedelta(days=day))
        settle(reactor)

    done = town.done(complaint)

    for step in (Step.ACCEPT, Step.FOLLOW_UP, Step.RESOLVE):
        assert [share for what, of, share in done if (what, of) == ("reminded", step)] == [50, 80, 100, 200]
    assert [share for what, of, share in done if of == Step.LEGAL_LIMIT] == [50, 80]
    assert [fact.level for fact in town.facts(complaint) if isinstance(fact, facts.Escalated)] == [1, 2, 3]


def test_what_is_done_names_the_fact_that_it_reacts_to(town: Town) -> None:
    complaint, reactor = town.routed(), town.reactor()
    (routed,) = (row for row in town.house.desk.log.situation(complaint).rows if "routed" in row.topic)
    town.goes_on("2026-11-25T09:00:00")
    settle(reactor)

    (reminded,) = (fact for fact in town.facts(complaint) if isinstance(fact, facts.Reminded))

    assert (reminded.by, reminded.role, reminded.channel) == ("system:remind", "system", "system")
    assert reminded.cause == str(routed.position)


def test_a_clock_that_stops_takes_its_timers_along(town: Town) -> None:
    complaint, reactor = town.routed(), town.reactor()
    settle(reactor)
    assert {step for _, step, _ in timers(town)} == {"accept", "follow_up", "resolve", "legal_limit"}

    town.act(complaint, "follow-up", Role.LIAISON, text="Sudah disurvei.")
    settle(reactor)

    assert {step for _, step, _ in timers(town)} == {"resolve", "legal_limit"}
    town.goes_on("2026-12-01T09:00:00")
    settle(reactor)
    assert {of for _, of, _ in town.done(complaint)} <= {Step.RESOLVE, Step.LEGAL_LIMIT, ""}


def test_nobody_is_reminded_outside_opening_hours(town: Town) -> None:
    town.routed(), town.file()  # one with an agency, one with the coordinating office
    reactor = town.reactor()
    for at in ("2026-11-28T10:00:00", "2026-11-30T07:29:59"):  # a Saturday, and Monday before opening
        town.goes_on(at)
        settle(reactor)
        assert town.ask("SELECT count(*) FROM fact WHERE topic LIKE '%reminded'") == [(0,)]

    town.goes_on("2026-11-30T07:30:00")
    settle(reactor)
    assert town.ask("SELECT count(DISTINCT stream) FROM fact WHERE topic LIKE '%reminded'") == [(2,)]


def test_each_is_reminded_in_the_hours_of_who_owes(town: Town) -> None:
    jayapura = Hours("Asia/Jayapura", INDONESIAN_HOURS.week)
    town.house.services.agencies.register(
        {"code": "JP", "name": "Jayapura"}, CommandRequest(OPERATOR), jayapura
    )
    here, there = town.routed(), town.file()
    town.act(there, "route", agency="JP", kind="complaint", category="roads", title="Jalan")
    reactor = town.reactor()
    town.goes_on("2026-11-30T05:45:00")  # 07:45 in Jayapura
    settle(reactor)

    assert town.done(here) == []
    assert ("reminded", Step.FOLLOW_UP, 50) in town.done(there)


def test_an_outage_of_three_weeks_is_caught_up_in_the_order_of_the_moments(town: Town) -> None:
    complaints = []
    for hour in range(6):
        town.goes_on(TUESDAY + timedelta(hours=hour))
        complaints += [town.routed(), town.answered(), town.file()]
    reactor = town.reactor(batch=7)
    settle(reactor)
    due = {
        (stream, step, n, share): at
        for stream, step, n, share, at in town.ask("SELECT stream, step, n, share, fire_at FROM timer")
    }
    head = town.house.desk.log.head()

    town.goes_on(TUESDAY + timedelta(days=21))
    settle(reactor)

    marks = [
        (row.stream, fact.step, fact.n, fact.share)
        for row in town.house.desk.log.page(head, 10_000)
        if isinstance(fact := row.fact(), facts.Reminded)
    ]
    assert len(marks) == len(set(marks)) > 100
    moments = [due[mark] for mark in marks]
    assert moments == sorted(moments)
    assert set(marks) == {
        mark for mark, at in due.items() if at <= town.now and (mark[1], mark[3]) != ("reporter_reply", 100)
    }


def test_silence_closes_and_writes_no_rating(town: Town) -> None:
    complaint, reactor = town.answered(), town.reactor()
    for day in range(20):
        town.goes_on(TUESDAY + timedelta(days=day))
        settle(reactor)

    (closed,) = (fact for fact in town.facts(complaint) if isinstance(fact, facts.Closed))

    assert (closed.ground, closed.by) == (Ground.SILENCE, "system:close")
    assert not any(isinstance(fact, facts.Rated) for fact in town.facts(complaint))
    assert timers(town) == []


def test_a_reply_that_comes_a_moment_before_silence_wins(town: Town) -> None:
    complaint, reactor = town.answered(), town.reactor()
    for day in ("2026-12-02T12:00:00", "2026-12-08T10:00:00"):
        settle(reactor)
        town.goes_on(day)
    settle(reactor)
    opens = wib("2026-12-10T07:30:00")  # the day after the last one (the 9th) is over
    (silence,) = [
        ScheduledAction(Step(step), n, share, None, at)
        for step, n, share, at in town.ask("SELECT step, n, share, fire_at FROM timer WHERE share = 100")
    ]
    assert silence.at <= opens
    town.goes_on(opens - timedelta(microseconds=1))
    town.act(complaint, "reject-response", Role.REPORTER, reason="Masih berlubang.")

    town.goes_on(opens)
    settle(reactor)

    assert Stage.CLOSED not in {getattr(fact, "STAGE", None) for fact in town.facts(complaint)}


def test_whoever_is_not_heard_of_after_two_reminders_is_deemed_to_withdraw(town: Town) -> None:
    complaint, reactor = town.file(), town.reactor()
    town.act(complaint, "ask-reporter", questions=["Di mana?"])
    for day in range(40):
        town.goes_on(TUESDAY + timedelta(days=day))
        settle(reactor)

    assert town.done(complaint) == [
        ("reminded", Step.REPORTER_COMPLETION, 50),
        ("reminded", Step.REPORTER_COMPLETION, 80),
        ("deemed_withdrawn", "", 0),
    ]


def test_what_is_wrong_with_one_complaint_stays_its_own_trouble(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    sound, broken, reactor = town.routed(), town.routed(), town.reactor()
    settle(reactor)
    marks, reach = Complaint.marks, Complaint.reach

    def poison(it: Complaint, occasion: object, mark: object) -> None:
        if it.id == broken:
            raise KeyError("who knows")
        reach(it, occasion, mark)  # type: ignore[arg-type]

    monkeypatch.setattr(Complaint, "reach", poison)
    town.goes_on("2026-11-26T12:00:00")
    settle(reactor)

    assert len(town.done(sound)) > 2
    assert town.done(broken) == []
    assert Timers(town.house.database).failed() == [broken]
    ((said,),) = town.ask("SELECT failure FROM timer_failure")
    assert "KeyError" in said
    assert "who knows" not in said

    monkeypatch.setattr(Complaint, "reach", reach)
    assert Complaint.marks is marks
    reactor._follower.look_at_failed()
    settle(reactor)
    assert town.done(broken) == town.done(sound)
    assert Timers(town.house.database).failed() == []


def test_timers_that_were_lost_are_made_again_from_the_log(town: Town) -> None:
    for _ in range(3):
        town.routed(), town.answered()
    settle(town.reactor())
    before = sorted(timers(town))
    with town.house.database.connection() as connection:
        connection.execute("DELETE FROM timer")
        connection.execute("DELETE FROM reactor")

    settle(town.reactor())

    assert sorted(timers(town)) == before != []


def test_another_log_than_the_one_followed_is_followed_from_anew(town: Town) -> None:
    complaint = town.routed()
    settle(town.reactor())
    with town.house.database.connection() as connection:
        connection.execute("DELETE FROM timer")
        connection.execute("UPDATE reactor SET position = position + 1000, leaf = '\\x00'")

    settle(town.reactor())

    assert {stream for stream, _, _ in timers(town)} == {complaint}
    assert town.ask("SELECT position FROM reactor") == [(town.house.desk.log.head(),)]


def test_what_comes_in_bit_by_bit_is_followed_together(town: Town) -> None:
    reactor, stop, steps = town.reactor(), Event(), list[int]()
    settle(reactor)
    step = reactor.step

    def counted() -> int:
        steps.append(step())
        return steps[-1]

    reactor.step = counted  # type: ignore[method-assign]
    working = Thread(target=reactor.run, args=(stop,))
    working.start()
    for _ in range(20):
        town.file()
        stop.wait(0.05)
    deadline = time.monotonic() + 5
    while sum(steps) < 20 and time.monotonic() < deadline:
        stop.wait(0.05)
    stop.set()
    working.join()

    assert sum(steps) == 20
    assert len([count for count in steps if count]) <= 5
