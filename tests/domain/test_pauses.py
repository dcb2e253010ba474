"""While the reporter is asked, nobody is owed anything: clocks wait, and go on where they were."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lapor.domain.complaint import events
from lapor.domain.deadlines.clock import Clock, StopOutcome
from lapor.domain.deadlines.indonesia import INDONESIA
from lapor.domain.deadlines.working_time import INDONESIAN_HOURS, Unit, working_time
from lapor.domain.errors import LimitReachedError
from lapor.domain.vocabulary import Outcome, Role, Sealed, Stage, Step

from .story import Story

WIB = ZoneInfo("Asia/Jakarta")
WORK = working_time(INDONESIA, INDONESIAN_HOURS)


def wib(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=WIB)


def due(clocks: Iterable[Clock], step: Step) -> str:
    (found,) = (clock.due_at for clock in clocks if clock.step is step)
    return found.astimezone(WIB).strftime("%Y-%m-%d %H:%M")


@pytest.mark.parametrize(
    ("since", "until", "later"),
    [
        ("2026-11-24 10:00", "2026-11-24 10:00", "2026-12-01 16:00"),  # no time at all
        ("2026-11-24 10:00", "2026-11-24 10:37", "2026-12-02 16:00"),  # some minutes: the next day's closing
        ("2026-11-24 10:00", "2026-11-25 10:00", "2026-12-02 16:00"),  # one working day
        ("2026-11-24 10:00", "2026-11-26 10:01", "2026-12-04 16:30"),  # two and a minute: three
        ("2026-11-24 17:00", "2026-11-25 07:00", "2026-12-01 16:00"),  # one night
        ("2026-11-27 17:00", "2026-11-30 07:30", "2026-12-01 16:00"),  # one weekend
        ("2026-11-27 18:00", "2026-11-30 16:00", "2026-12-02 16:00"),  # begins outside, ends at closing
        (
            "2026-11-28 12:00",
            "2026-12-01 07:00",
            "2026-12-02 16:00",
        ),  # begins and ends outside, a Monday between
        ("2026-11-25 07:00", "2026-11-25 23:00", "2026-12-02 16:00"),  # around one whole day
    ],
)
def test_a_wait_moves_a_deadline_by_the_working_time_it_took(since: str, until: str, later: str) -> None:
    moved = WORK.push_back(wib("2026-12-01 16:00"), wib(since), wib(until), Unit.WORKING_DAY)

    assert moved.at.astimezone(WIB).strftime("%Y-%m-%d %H:%M") == later


def test_a_wait_over_the_holidays_of_idul_fitri_costs_only_the_days_that_were_worked() -> None:
    # 18 to 24 March 2026 are closed: the wait holds Tuesday the 17th and Wednesday the 25th
    moved = WORK.push_back(
        wib("2026-03-27 16:30"), wib("2026-03-17 07:30"), wib("2026-03-26 07:30"), Unit.WORKING_DAY
    )

    assert moved.at.astimezone(WIB).date().isoformat() == "2026-03-31"


def test_a_deadline_of_calendar_days_moves_by_the_days_begun() -> None:
    moved = WORK.push_back(
        wib("2027-01-23 23:59:59"), wib("2026-11-24 10:00"), wib("2026-11-27 11:00"), Unit.CALENDAR_DAY
    )

    assert moved.at.astimezone(WIB).date().isoformat() == "2027-01-27"


@given(
    start=st.datetimes(datetime(2026, 1, 5), datetime(2026, 6, 1), timezones=st.just(UTC)),  # noqa: DTZ001
    first=st.integers(0, 20_000),
    second=st.integers(0, 20_000),
)
def test_a_pause_never_brings_a_deadline_forward_and_a_longer_one_not_less_far(
    start: datetime, first: int, second: int
) -> None:
    due_at = WORK.due(start, 14).at
    short, long = sorted((first, second))

    shorter = WORK.push_back(due_at, start, start + timedelta(minutes=short), Unit.WORKING_DAY).at
    longer = WORK.push_back(due_at, start, start + timedelta(minutes=long), Unit.WORKING_DAY).at

    assert due_at <= shorter <= longer
    assert WORK.minutes_between(due_at, longer) >= WORK.minutes_between(
        start, start + timedelta(minutes=long)
    )


def test_asking_stops_the_agencys_clocks_and_the_answer_starts_them_again(story: Story) -> None:
    complaint = story.routed().complaint
    complaint.accept(story.context(Role.LIAISON))
    story.new()

    complaint.ask_reporter(story.context(Role.LIAISON), questions=(Sealed("s1.where"),))
    (asked,) = story.new()
    complaint.complete(story.context(Role.REPORTER, days=1), text=Sealed("s1.there"))
    (completed,) = story.new()

    assert {stop.step for stop in asked.stops} == {Step.FOLLOW_UP, Step.RESOLVE, Step.LEGAL_LIMIT}
    assert {stop.outcome for stop in asked.stops} == {StopOutcome.MOVED}
    assert [clock.step for clock in asked.starts] == [Step.REPORTER_COMPLETION]
    assert complaint.stage is Stage.IN_PROGRESS
    assert [(stop.step, stop.outcome) for stop in completed.stops] == [
        (Step.REPORTER_COMPLETION, StopOutcome.MET)
    ]
    assert {clock.n for clock in completed.starts} == {2}
    assert due(completed.starts, Step.FOLLOW_UP) == "2026-12-02 16:00"  # one working day later than the 1st
    assert due(completed.starts, Step.RESOLVE) == "2026-12-15 16:00"


def test_minutes_of_a_pause_are_not_counted_and_none_is_counted_twice(story: Story) -> None:
    complaint = story.routed().complaint  # 13:00 and 14:00 WIB
    complaint.accept(story.context(Role.LIAISON))  # 15:00
    complaint.ask_reporter(story.context(Role.LIAISON, minutes=30), questions=(Sealed("s1.?"),))  # 15:30
    complaint.complete(story.context(Role.REPORTER, days=1), text=Sealed("s1.!"))  # the next day, 15:30
    story.new()

    complaint.respond(story.context(Role.LIAISON, minutes=15), text=Sealed("s1.x"), outcome=Outcome.FIXED)

    minutes = {stop.step: stop.working_minutes for stop in story.new()[0].stops}
    assert minutes[Step.RESOLVE] == 90 + 15


def test_a_deadline_that_was_missed_does_not_wait(story: Story) -> None:
    complaint = story.routed().complaint
    complaint.accept(story.context(Role.LIAISON))
    story.new()

    complaint.ask_reporter(story.context(Role.LIAISON, days=10), questions=(Sealed("s1.?"),))

    (asked,) = story.new()
    assert Step.FOLLOW_UP not in {stop.step for stop in asked.stops}
    assert (Step.FOLLOW_UP, 1) in complaint.promises.running


def test_the_office_waits_too_when_it_asks_before_verification(story: Story) -> None:
    complaint = story.filed().complaint
    complaint.ask_reporter(story.context(Role.COORDINATOR), questions=(Sealed("s1.?"),))
    story.new()

    complaint.complete(story.context(Role.REPORTER, days=2), text=Sealed("s1.!"))

    (completed,) = story.new()
    assert completed.stage is Stage.FILED
    assert due(completed.starts, Step.VERIFY) == "2026-12-01 16:00"


def test_two_waits_add_up_and_a_third_question_is_refused(story: Story) -> None:
    complaint = story.routed().complaint
    complaint.accept(story.context(Role.LIAISON))
    for _ in range(2):
        complaint.ask_reporter(story.context(Role.LIAISON, minutes=1), questions=(Sealed("s1.?"),))
        complaint.complete(story.context(Role.REPORTER, days=1), text=Sealed("s1.!"))

    assert (
        due([running.clock for running in complaint.promises.running.values()], Step.RESOLVE)
        == "2026-12-16 16:00"
    )
    with pytest.raises(LimitReachedError, match="2 times"):
        complaint.ask_reporter(story.context(Role.LIAISON), questions=(Sealed("s1.?"),))


def test_a_complaint_with_an_open_question_is_withdrawn_with_no_clock_left(story: Story) -> None:
    complaint = story.filed().complaint
    complaint.ask_reporter(story.context(Role.COORDINATOR), questions=(Sealed("s1.?"),))

    complaint.withdraw(story.context(Role.REPORTER))

    assert (complaint.promises.running, complaint.promises.moved) == ({}, [])
    assert isinstance(story.new()[-1], events.Withdrawn)
