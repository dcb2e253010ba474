"""Open promises follow a decree by events that say so; what was missed stays missed."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lapor.domain.complaint import Complaint, events
from lapor.domain.context import Actor, CommandContext
from lapor.domain.deadlines.clock import Clock, StopOutcome
from lapor.domain.deadlines.indonesia import CALENDARS, INDONESIA
from lapor.domain.deadlines.policy import SP4N_2018, Policy, Rule
from lapor.domain.deadlines.timing import Timing
from lapor.domain.deadlines.working_time import INDONESIAN_HOURS, Calendar, Hours, Opening, Unit, working_time
from lapor.domain.errors import InvalidFieldError, NotAllowedError
from lapor.domain.vocabulary import Kind, MoveGround, Outcome, Role, Sealed, Step

WIB = ZoneInfo("Asia/Jakarta")
LATE = date(2025, 8, 18)  # made a holiday on 1 August 2025, the day after independence day
WEEK = ((time(8), time(16)),) * 5
SATURDAYS = Hours("Asia/Jakarta", (*WEEK, (time(8), time(12)), None))


def without(*days: date) -> Calendar:
    """The calendar as it was before these days were holidays."""
    known = {day: name for day, name in INDONESIA.holidays.items() if day not in days}
    return replace(INDONESIA, id="id-2025/1", holidays=known)


BEFORE = without(LATE)
KNOWN = {**CALENDARS, BEFORE.id: BEFORE}


def timing(calendar: Calendar, hours: Hours = INDONESIAN_HOURS, **more: Any) -> Timing:
    return Timing(SP4N_2018, calendar, lambda _: hours, calendars=KNOWN, **more)


def wib(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=WIB)


def context(at: datetime, timed: Timing, role: Role = Role.COORDINATOR) -> CommandContext:
    return CommandContext(Actor("somebody", role), at, timed, reason=Sealed("s1.why"))


def routed(at: datetime, timed: Timing, kind: Kind = Kind.COMPLAINT) -> Complaint:
    body: Any = {"stream": uuid4(), "code": "LP-0", "text": "s1.text", "consent": True}
    it = Complaint.file(context(at, timed), **body)
    it.route(context(at, timed), agency=uuid4(), kind=kind, category="roads", title=Sealed("s1.title"))
    it.collect_events()
    return it


def decreed(it: Complaint, at: datetime, timed: Timing) -> list[events.DeadlineMoved]:
    """The events by which a complaint follows a decree."""
    moved = it.follow(context(at, timed), ground=MoveGround.CALENDAR, basis="SKB")
    found = [event for event in it.collect_events() if isinstance(event, events.DeadlineMoved)]
    assert len(found) == moved
    return found


def due(clocks: Sequence[Clock], zone: str = "Asia/Jakarta") -> dict[Step, str]:
    return {each.step: each.due_at.astimezone(ZoneInfo(zone)).strftime("%m-%d %H:%M") for each in clocks}


def running(it: Complaint) -> list[Clock]:
    return [each.clock for each in it.promises.running.values()]


def test_joint_leave_announced_late_moves_what_lies_behind_it_by_an_event_for_each_promise() -> None:
    it = routed(wib("2025-08-13 10:00"), timing(BEFORE))
    before = due(running(it))

    moved = decreed(it, wib("2025-08-14 09:00"), timing(INDONESIA))

    assert before == {"accept": "08-14 16:00", "follow_up": "08-20 16:00", "resolve": "09-02 16:00"} | {
        Step.LEGAL_LIMIT: "10-12 23:59"
    }
    assert due([clock for event in moved for clock in event.starts]) == {
        Step.FOLLOW_UP: "08-21 16:00",
        Step.RESOLVE: "09-03 16:00",
    }
    for event in moved:
        ((stop,), (clock,)) = event.stops, event.starts
        assert (event.ground, event.basis, stop.outcome) == (MoveGround.CALENDAR, "SKB", StopOutcome.MOVED)
        assert (stop.step, stop.n, clock.n) == (clock.step, 1, 2)
        assert (clock.policy, clock.calendar) == ("sp4n-2018/1", "id-2026/1")
    assert decreed(it, wib("2025-08-14 09:01"), timing(INDONESIA)) == []


@pytest.mark.parametrize(
    ("zone", "first", "then"),
    [
        ("Asia/Jakarta", "2025-08-20T09:00:00+00:00", "2025-08-21T09:00:00+00:00"),
        ("Asia/Makassar", "2025-08-20T08:00:00+00:00", "2025-08-21T08:00:00+00:00"),
        ("Asia/Jayapura", "2025-08-20T07:00:00+00:00", "2025-08-21T07:00:00+00:00"),
    ],
)
def test_a_promise_moves_to_closing_time_in_the_zone_of_its_agency(zone: str, first: str, then: str) -> None:
    hours = replace(INDONESIAN_HOURS, zone=zone)
    it = routed(wib("2025-08-13 10:00"), timing(BEFORE, hours))
    (before,) = (clock.due_at for clock in running(it) if clock.step is Step.FOLLOW_UP)

    moved = decreed(it, wib("2025-08-14 09:00"), timing(INDONESIA, hours))

    assert before.isoformat() == first
    assert moved[0].starts[0].due_at.isoformat() == then


def test_an_agency_that_is_open_on_saturdays_counts_them() -> None:
    it = routed(wib("2025-08-13 10:00"), timing(BEFORE, SATURDAYS))
    assert due(running(it))[Step.FOLLOW_UP] == "08-19 16:00"

    moved = decreed(it, wib("2025-08-14 09:00"), timing(INDONESIA, SATURDAYS))

    assert due(moved[0].starts) == {Step.FOLLOW_UP: "08-20 16:00"}


def test_an_agency_that_opens_on_the_new_holiday_keeps_its_promises_where_they_are() -> None:
    on_duty = replace(INDONESIAN_HOURS, extra=(Opening(LATE, time(8), time(12)),))
    it = routed(wib("2025-08-13 10:00"), timing(BEFORE, on_duty))

    assert decreed(it, wib("2025-08-14 09:00"), timing(INDONESIA, on_duty)) == []
    assert due(running(it))[Step.FOLLOW_UP] == "08-20 16:00"


def test_an_extra_opening_day_on_a_holiday_is_worked_and_closes_when_it_says() -> None:
    christmas = Opening(date(2026, 12, 25), time(9), time(11, 30))
    worked = working_time(INDONESIA, replace(INDONESIAN_HOURS, extra=(christmas,)))

    found = worked.due(wib("2026-12-23 10:00"), 1)

    assert found.at.astimezone(WIB) == wib("2026-12-25 11:30")  # the 24th is joint leave
    assert [day for day, _ in found.passed] == [date(2026, 12, 24)]


def test_a_deadline_already_missed_is_never_moved() -> None:
    it = routed(wib("2025-08-13 10:00"), timing(BEFORE))
    missed = due(running(it))[Step.FOLLOW_UP]

    moved = decreed(it, wib("2025-08-20 16:00"), timing(INDONESIA))  # its very moment

    assert [event.starts[0].step for event in moved] == [Step.RESOLVE]
    assert due(running(it))[Step.FOLLOW_UP] == missed


def test_a_holiday_that_is_taken_back_brings_no_promise_forward() -> None:
    known = {**KNOWN, "id-2026/2": replace(BEFORE, id="id-2026/2")}
    it = routed(wib("2025-08-13 10:00"), timing(INDONESIA))

    taken_back = Timing(SP4N_2018, known["id-2026/2"], lambda _: INDONESIAN_HOURS, calendars=known)

    assert decreed(it, wib("2025-08-14 09:00"), taken_back) == []


def test_a_promise_paused_during_a_decree_goes_on_as_if_it_had_always_been_known() -> None:
    found = []
    for calendar in (BEFORE, INDONESIA):
        it = routed(wib("2025-08-12 10:00"), timing(calendar))
        it.accept(context(wib("2025-08-12 11:00"), timing(calendar), Role.LIAISON))
        it.ask_reporter(context(wib("2025-08-13 10:00"), timing(calendar)), questions=(Sealed("s1.?"),))
        it.complete(context(wib("2025-08-14 10:00"), timing(INDONESIA)), text=Sealed("s1.!"))
        found.append([(each.due_at, each.calendar) for each in running(it)])

    assert found[0] == found[1]


HOLIDAYS = st.sets(st.dates(date(2026, 2, 2), date(2026, 5, 29)), max_size=12)
OFFICES = st.sampled_from([INDONESIAN_HOURS, SATURDAYS, replace(SATURDAYS, zone="Asia/Jayapura")])


@given(
    at=st.datetimes(datetime(2026, 2, 2), datetime(2026, 3, 2), timezones=st.just(WIB)),  # noqa: DTZ001
    later=st.timedeltas(timedelta(), timedelta(days=30)),
    days=HOLIDAYS,
    hours=OFFICES,
)
def test_no_deadline_moves_without_an_event_and_each_goes_where_the_decree_would_have_put_it(
    at: datetime, later: timedelta, days: set[date], hours: Hours
) -> None:
    after = replace(INDONESIA, id="id-2026/2", holidays={**dict.fromkeys(days, "Cuti"), **INDONESIA.holidays})
    timed = timing(INDONESIA, hours)
    it, now = routed(at, timed), at + later
    before = {each.step: each for each in running(it)}

    moved = decreed(it, now, timing(after, hours, policies={SP4N_2018.id: SP4N_2018}))

    stops = {(event.stops[0].step, event.stops[0].n) for event in moved}
    for clock in running(it):
        old = before[clock.step]
        rule = SP4N_2018.rule(clock.step, Kind.COMPLAINT)
        assert rule is not None
        if old.due_at <= now:
            assert clock == old  # missed, and stays so
            continue
        reckoned = working_time(after, hours).due(at, rule.limit, rule.unit)
        assert (clock.due_at, clock.provisional) == (reckoned.at, reckoned.provisional)
        assert (clock.n == 2) == ((clock.step, 1) in stops) == (clock.due_at != old.due_at)


STRICT = Policy(
    "strict/1",
    (
        Rule(Step.FOLLOW_UP, 2, Unit.WORKING_DAY, None, "Perbup 1"),
        Rule(Step.RESOLVE, 20, Unit.WORKING_DAY, None, "Perbup 1"),
        Rule(Step.REPORTER_REPLY, 3, Unit.WORKING_DAY, None, "Perbup 1"),
    ),
)


def under(policy: Policy) -> Timing:
    policies = {policy.id: policy, SP4N_2018.id: SP4N_2018}
    return Timing(policy, INDONESIA, lambda _: INDONESIAN_HOURS, policies=policies)


def applied(it: Complaint, at: datetime, policy: Policy = STRICT) -> dict[Step, str]:
    it.collect_events()
    it.follow(context(at, under(policy)), ground=MoveGround.POLICY, basis="Perbup 1/2025")
    return due([clock for event in it.collect_events() for clock in event.starts])  # type: ignore[attr-defined]


def test_a_policy_that_is_applied_to_open_promises_counts_them_from_where_they_began() -> None:
    it = routed(wib("2025-08-11 10:00"), timing(INDONESIA))

    assert applied(it, wib("2025-08-12 09:00")) == {
        Step.FOLLOW_UP: "08-13 16:00",
        Step.RESOLVE: "09-10 16:00",
    }
    assert {clock.policy for clock in running(it)} == {"sp4n-2018/1", "strict/1"}


def test_a_stricter_policy_never_makes_a_promise_that_is_broken_at_birth() -> None:
    it = routed(wib("2025-08-11 10:00"), timing(INDONESIA))

    assert Step.FOLLOW_UP not in applied(it, wib("2025-08-14 09:00"))


def test_a_stricter_policy_takes_no_time_from_the_reporter() -> None:
    it = routed(wib("2025-08-11 10:00"), timing(INDONESIA))
    answer = context(wib("2025-08-12 10:00"), timing(INDONESIA), Role.LIAISON)
    it.respond(answer, text=Sealed("s1.answer"), outcome=Outcome.FIXED)

    assert applied(it, wib("2025-08-12 11:00")) == {}


def test_a_promise_keeps_the_policy_that_it_was_made_by_when_it_turns_out_to_be_of_another_kind() -> None:
    it = routed(wib("2025-08-11 10:00"), timing(INDONESIA))

    it.reclassify(context(wib("2025-08-12 10:00"), under(STRICT)), kind=Kind.INFORMATION_REQUEST)

    (resolve,) = (clock for clock in running(it) if clock.step is Step.RESOLVE)
    assert (resolve.policy, due([resolve])) == ("sp4n-2018/1", {Step.RESOLVE: "08-19 16:00"})


def excused(it: Complaint, step: Step, at: str, role: Role = Role.COORDINATOR, **more: Any) -> Any:
    it.collect_events()
    it.excuse(context(wib(at), timing(INDONESIA), role), step=step, **more)
    (event,) = it.collect_events()
    return event


def test_a_missed_promise_is_excused_once_while_it_runs_or_after_it_was_met_too_late() -> None:
    it = routed(wib("2025-08-11 10:00"), timing(INDONESIA))
    agency = it.lead

    overdue = excused(it, Step.ACCEPT, "2025-08-13 10:00")
    late = context(wib("2025-08-29 10:00"), timing(INDONESIA), Role.LIAISON)
    it.respond(late, text=Sealed("s1.answer"), outcome=Outcome.FIXED)
    met_late = excused(it, Step.FOLLOW_UP, "2025-08-29 10:00")

    assert (overdue.step, overdue.n, overdue.agency, overdue.reason) == (Step.ACCEPT, 1, agency, "s1.why")
    assert (met_late.step, met_late.n, met_late.starts, met_late.stops) == (Step.FOLLOW_UP, 1, (), ())
    for step in (Step.ACCEPT, Step.FOLLOW_UP):
        with pytest.raises(InvalidFieldError):
            excused(it, step, "2025-08-29 11:00")


def test_a_promise_that_was_kept_or_may_still_be_is_not_excused() -> None:
    it = routed(wib("2025-08-11 10:00"), timing(INDONESIA))
    for step, at, n in ((Step.RESOLVE, "2025-08-12 10:00", 1), (Step.ACCEPT, "2025-08-12 16:00", None)):
        with pytest.raises(InvalidFieldError):
            excused(it, step, at, n=n)


def test_a_promise_that_was_kept_at_its_very_moment_is_not_excused_later() -> None:
    it = routed(wib("2025-08-11 10:00"), timing(INDONESIA))
    it.accept(context(wib("2025-08-12 16:00"), timing(INDONESIA), Role.LIAISON))

    with pytest.raises(InvalidFieldError):
        excused(it, Step.ACCEPT, "2025-08-14 10:00")


@pytest.mark.parametrize("step", [Step.LEGAL_LIMIT, Step.REPORTER_REPLY, Step.REPORTER_COMPLETION])
def test_nobody_excuses_what_the_law_sets_or_what_nobody_owes(step: Step) -> None:
    it = routed(wib("2025-03-11 10:00"), timing(INDONESIA))

    with pytest.raises(InvalidFieldError, match="cannot be excused"):
        excused(it, step, "2025-12-01 10:00")


def test_the_coordinating_office_does_not_excuse_itself() -> None:
    body: Any = {"stream": uuid4(), "code": "LP-0", "text": "s1.text", "consent": True}
    it = Complaint.file(context(wib("2025-08-11 10:00"), timing(INDONESIA)), **body)

    with pytest.raises(NotAllowedError):
        excused(it, Step.VERIFY, "2025-09-01 10:00")
    assert excused(it, Step.VERIFY, "2025-09-01 10:00", Role.ARBITER).agency is None
