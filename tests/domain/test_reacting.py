"""Events that happen because time passes: vectors of marks, and the effect of each."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest

from lapor.domain.aggregate import Event
from lapor.domain.complaint import ScheduledAction, events
from lapor.domain.context import Actor, CommandContext
from lapor.domain.deadlines.clock import Clock, Running, StopOutcome
from lapor.domain.deadlines.indonesia import INDONESIA
from lapor.domain.deadlines.policy import SP4N_2018
from lapor.domain.deadlines.timing import Timing
from lapor.domain.deadlines.working_time import INDONESIAN_HOURS, Hours
from lapor.domain.vocabulary import Channel, Ground, Kind, Role, Sealed, Stage, Step

from .story import TIMING, Story

SYSTEM = Actor("system:test", Role.SYSTEM, Channel.SYSTEM)


def wib(text: str) -> datetime:
    return datetime.fromisoformat(f"{text}+07:00").astimezone(UTC)


def running(
    step: Step, since: str, due: str, *, origin: str | None = None, waits: Sequence[str] = ()
) -> Running:
    clock = Clock(step, 1, wib(due), "sp4n-2018/1", "id-2026/1")
    pause = (wib(waits[0]), wib(waits[1])) if waits else None
    return Running(clock, wib(since), wib(origin or since), waits=(pause,) if pause else ())


def mark_of(story: Story, step: Step, share: int) -> ScheduledAction:
    found = [
        each for each in story.complaint.scheduled_actions(TIMING) if (each.step, each.share) == (step, share)
    ]
    assert len(found) == 1, f"{step} has no mark at {share} %"
    return found[0]


def reach(story: Story, mark: ScheduledAction, at: datetime | None = None) -> Sequence[Event]:
    """Let a mark be reached at its moment, or at another one; the new events."""
    story.new()
    story.complaint.reach(CommandContext(SYSTEM, at or mark.at, TIMING), mark)
    return story.new()


def until(story: Story, step: Step, share: int) -> Sequence[Event]:
    """Let all marks be reached in their order, up to this one; its new events."""
    for _ in range(100):
        first = story.complaint.scheduled_actions(TIMING)[0]
        new = reach(story, first)
        if (first.step, first.share) == (step, share):
            return new
    raise AssertionError(f"{step} never came to {share} %")


@pytest.mark.parametrize(
    ("share", "at"),
    [
        (50, "2026-11-26T14:15:00"),  # 2,310 open minutes: 240 on Tuesday, 510, 510, 540, 510 on Monday
        (80, "2026-11-30T08:18:00"),
        (100, "2026-12-01T07:30:00"),  # it can be kept up to Monday's closing
        (200, "2026-12-07T11:30:00"),
    ],
)
def test_shares_are_of_the_open_time_between_the_start_and_the_moment_promised(share: int, at: str) -> None:
    promise = running(Step.FOLLOW_UP, "2026-11-24T12:00:00", "2026-11-30T16:00:00")

    assert TIMING.moment(promise, share, kind=Kind.COMPLAINT) == wib(at)


def test_a_share_that_is_reached_at_closing_time_is_told_at_the_next_opening() -> None:
    promise = running(Step.FOLLOW_UP, "2026-11-25T07:30:00", "2026-11-26T16:00:00")

    assert TIMING.moment(promise, 50, kind=Kind.COMPLAINT) == wib("2026-11-26T07:30:00")


def test_a_promise_can_be_kept_up_to_its_very_moment() -> None:
    promise = running(Step.FOLLOW_UP, "2026-11-25T09:00:00", "2026-11-26T10:15:00")

    assert TIMING.moment(promise, 100, kind=Kind.COMPLAINT) == wib("2026-11-26T10:15:01")


def test_the_reporters_thirty_days_are_counted_on_the_calendar_and_told_in_office_hours() -> None:
    promise = running(Step.REPORTER_COMPLETION, "2026-11-24T12:00:00", "2026-12-24T23:59:59")

    days = [TIMING.moment(promise, share, kind=None) for share in (50, 80, 100)]

    # Wednesday 9 December, 18:00, and Friday 18 December, 19:12, are after hours; from the 24th to the 27th
    # all is closed
    assert days == [wib("2026-12-10T07:30:00"), wib("2026-12-21T07:30:00"), wib("2026-12-28T07:30:00")]


def test_shares_are_in_the_hours_of_the_agency_that_owes() -> None:
    jayapura = Hours("Asia/Jayapura", INDONESIAN_HOURS.week)
    timing = Timing(SP4N_2018, INDONESIA, lambda _: jayapura)
    promise = running(Step.FOLLOW_UP, "2026-11-24T12:00:00", "2026-11-30T14:00:00")  # 16:00 in Jayapura

    assert timing.moment(promise, 100, kind=Kind.COMPLAINT) == wib("2026-12-01T05:30:00")


def test_a_clock_that_carries_on_another_one_counts_the_share_of_the_whole_promise() -> None:
    whole = running(Step.FOLLOW_UP, "2026-11-24T12:00:00", "2026-11-30T16:00:00")
    second = running(
        Step.FOLLOW_UP, "2026-11-27T12:00:00", "2026-11-30T16:00:00", origin="2026-11-24T12:00:00"
    )

    assert TIMING.moment(second, 50, kind=Kind.COMPLAINT) is None  # it was reached before
    for share in (80, 100, 200):
        assert TIMING.moment(second, share, kind=Kind.COMPLAINT) == TIMING.moment(
            whole, share, kind=Kind.COMPLAINT
        )


def test_the_wait_for_the_reporter_is_no_part_of_the_promise() -> None:
    whole = running(Step.FOLLOW_UP, "2026-11-24T12:00:00", "2026-11-30T16:00:00")
    waited = running(  # for a whole working day
        Step.FOLLOW_UP,
        "2026-11-26T12:00:00",
        "2026-12-01T16:00:00",
        origin="2026-11-24T12:00:00",
        waits=("2026-11-25T12:00:00", "2026-11-26T12:00:00"),
    )
    at = TIMING.moment(whole, 50, kind=Kind.COMPLAINT)

    assert at is not None
    assert TIMING.moment(waited, 50, kind=Kind.COMPLAINT) == at + timedelta(days=1)


def test_a_mark_beyond_the_calendar_waits_for_one_that_holds_it() -> None:
    promise = running(Step.RESOLVE, "2027-12-01T12:00:00", "2027-12-31T16:30:00")

    assert TIMING.moment(promise, 100, kind=Kind.COMPLAINT) == wib("2027-12-31T16:30:00")
    assert not TIMING.working_time(None).is_open(wib("2027-12-31T16:30:00"))


def test_the_marks_of_all_clocks_are_in_the_order_of_time(story: Story) -> None:
    marks = story.routed().complaint.scheduled_actions(TIMING)

    assert [mark.at for mark in marks] == sorted(mark.at for mark in marks)
    assert {(mark.step, mark.share) for mark in marks} == {
        (step, share)
        for step in (Step.ACCEPT, Step.FOLLOW_UP, Step.RESOLVE, Step.LEGAL_LIMIT)
        for share in (50, 80, 100, 200)
    }


def test_the_agency_that_owes_a_step_is_reminded_at_half_its_time(story: Story) -> None:
    mark = mark_of(story.routed(), Step.FOLLOW_UP, 50)

    (reminded,) = reach(story, mark)

    assert isinstance(reminded, events.Reminded)
    assert (reminded.step, reminded.n, reminded.share) == (Step.FOLLOW_UP, 1, 50)
    assert (reminded.agency, reminded.by, reminded.role) == (story.agency, "system:test", Role.SYSTEM)
    assert (reminded.at, reminded.starts, reminded.stops) == (mark.at, (), ())


def test_a_mark_reached_a_second_time_does_nothing(story: Story) -> None:
    mark = mark_of(story.routed(), Step.FOLLOW_UP, 50)

    assert reach(story, mark)
    assert reach(story, mark) == []


def test_a_mark_is_not_reached_before_its_moment(story: Story) -> None:
    mark = mark_of(story.routed(), Step.FOLLOW_UP, 50)

    assert reach(story, mark, mark.at - timedelta(seconds=1)) == []


def test_a_clock_that_has_stopped_is_reminded_of_nothing(story: Story) -> None:
    mark = mark_of(story.routed(), Step.FOLLOW_UP, 50)
    story.complaint.follow_up(story.context(Role.LIAISON), text=Sealed("s1.done"))

    assert reach(story, mark) == []
    assert Step.FOLLOW_UP not in {each.step for each in story.complaint.scheduled_actions(TIMING)}


@pytest.mark.parametrize(
    ("step", "share", "level"),
    [
        (Step.ACCEPT, 100, 1),
        (Step.ACCEPT, 200, 2),
        (Step.FOLLOW_UP, 100, 2),
        (Step.RESOLVE, 200, 3),
        (Step.LEGAL_LIMIT, 100, 3),
    ],
)
def test_a_broken_promise_goes_up(story: Story, step: Step, share: int, level: int) -> None:
    new = reach(story.routed(), mark_of(story, step, share))

    assert [(type(event), getattr(event, "share", None), getattr(event, "level", None)) for event in new] == [
        (events.Reminded, share, None),
        (events.Escalated, None, level),
    ]


@pytest.mark.parametrize(("share", "level"), [(100, 1), (200, 3)])
def test_above_the_coordinating_office_is_the_top(story: Story, share: int, level: int) -> None:
    new = reach(story.filed(), mark_of(story, Step.VERIFY, share))

    assert [event.level for event in new if isinstance(event, events.Escalated)] == [level]


def test_a_level_only_rises(story: Story) -> None:
    reach(story.routed(), mark_of(story, Step.RESOLVE, 200))

    assert [type(event) for event in reach(story, mark_of(story, Step.FOLLOW_UP, 100))] == [events.Reminded]
    assert story.complaint.level == 3


def test_silence_after_an_answer_closes_and_rates_nothing(story: Story) -> None:
    story.responded()

    (closed,) = until(story, Step.REPORTER_REPLY, 100)

    assert isinstance(closed, events.Closed)
    assert closed.ground is Ground.SILENCE
    assert [(stop.step, stop.outcome) for stop in closed.stops] == [(Step.REPORTER_REPLY, StopOutcome.VOID)]
    assert story.complaint.stage is Stage.CLOSED
    assert story.complaint.scheduled_actions(TIMING) == []


def test_a_reply_a_moment_before_silence_wins(story: Story) -> None:
    mark = mark_of(story.responded(), Step.REPORTER_REPLY, 100)
    story.at = mark.at
    story.complaint.reject_response(story.context(Role.REPORTER, "not so", microseconds=-1))

    assert reach(story, mark) == []
    assert story.complaint.stage is Stage.IN_PROGRESS


def test_an_objection_is_no_silence(story: Story) -> None:
    mark = mark_of(story.responded(), Step.REPORTER_REPLY, 100)
    story.complaint.object(story.context(Role.REPORTER, "unfair"))

    assert reach(story, mark) == []
    story.complaint.decide_objection(story.context(Role.ARBITER), upheld=False, text=Sealed("s1.no"))
    assert [type(event) for event in reach(story, mark)] == [events.Closed]


def asked(story: Story, kind: Kind = Kind.COMPLAINT) -> Story:
    story.filed(kind=kind)
    story.complaint.ask_reporter(story.context(Role.COORDINATOR), questions=(Sealed("s1.where"),))
    return story


def test_a_reporter_who_does_not_complete_is_deemed_to_withdraw(story: Story) -> None:
    asked(story)

    (deemed,) = until(story, Step.REPORTER_COMPLETION, 100)

    assert isinstance(deemed, events.DeemedWithdrawn)
    assert deemed.at == wib("2026-12-28T07:30:00")
    assert story.complaint.stage is Stage.WITHDRAWN
    assert story.complaint.promises.running == {}


def test_a_complaint_deemed_withdrawn_is_no_longer_public(story: Story) -> None:
    story.accepted()
    story.complaint.redact(
        story.context(Role.COORDINATOR), title=Sealed("s1.public"), text=Sealed("s1.public")
    )
    story.complaint.publish(story.context(Role.COORDINATOR))
    story.complaint.ask_reporter(story.context(Role.LIAISON), questions=(Sealed("s1.where"),))

    last = until(story, Step.REPORTER_COMPLETION, 100)

    assert [type(event) for event in last] == [events.DeemedWithdrawn, events.Unpublished]
    assert not story.complaint.published


def test_without_two_reminders_nobody_is_deemed_to_withdraw(story: Story) -> None:
    mark = ScheduledAction(Step.REPORTER_COMPLETION, 1, 100, None, wib("2026-12-29T12:00:00"))
    asked(story)

    assert reach(story, mark) == []
    reach(story, mark_of(story, Step.REPORTER_COMPLETION, 50))
    assert reach(story, mark) == []
    reach(story, mark_of(story, Step.REPORTER_COMPLETION, 80))
    assert [type(event) for event in reach(story, mark)] == [events.DeemedWithdrawn]


@pytest.mark.parametrize("step", [Step.REPORTER_COMPLETION, Step.REPORTER_REPLY])
def test_a_reminder_that_came_late_leaves_a_working_day_to_answer(story: Story, step: Step) -> None:
    late = wib("2027-01-11T09:00:00")  # a Monday
    asked(story) if step is Step.REPORTER_COMPLETION else story.responded()
    for share in (50, 80):
        reach(story, mark_of(story, step, share), late)

    assert mark_of(story, step, 100).at == wib("2027-01-13T07:30:00")


def test_an_oversight_complaint_goes_on_without_its_reporter(story: Story) -> None:
    asked(story, Kind.OVERSIGHT)

    (deemed,) = until(story, Step.REPORTER_COMPLETION, 100)

    assert isinstance(deemed, events.DeemedWithdrawn)
    assert story.complaint.stage is Stage.FILED
    assert [clock.step for clock in deemed.starts] == [Step.VERIFY]


def test_a_new_round_of_questions_needs_reminders_of_its_own(story: Story) -> None:
    asked(story)
    for share in (50, 80):
        reach(story, mark_of(story, Step.REPORTER_COMPLETION, share))
    story.at = story.complaint.modified_on
    story.complaint.complete(story.context(Role.REPORTER), text=Sealed("s1.here"))
    story.complaint.ask_reporter(story.context(Role.COORDINATOR), questions=(Sealed("s1.when"),))

    shares = {
        mark.share
        for mark in story.complaint.scheduled_actions(TIMING)
        if mark.step is Step.REPORTER_COMPLETION
    }
    assert shares == {50, 80}


def test_nobody_reminds_as_an_officer_of_the_complaint(story: Story) -> None:
    reach(story.routed(), mark_of(story, Step.RESOLVE, 50))

    assert "system:test" not in story.complaint.handlers


def test_time_never_falls_for_a_reaction_either(story: Story) -> None:
    mark = mark_of(story.routed(), Step.FOLLOW_UP, 50)
    story.at = mark.at + timedelta(hours=1)
    story.complaint.note(story.context(Role.COORDINATOR), text=Sealed("s1.note"))

    (reminded,) = reach(story, mark, mark.at - timedelta(hours=1))  # the clock has jumped back

    assert isinstance(reminded, events.Reminded)
    assert reminded.at == story.at
