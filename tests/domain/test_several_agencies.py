"""Several agencies with one lead: each has a deadline of its own, and only the lead's is handed on."""

from typing import Any
from uuid import uuid4

import pytest

from lapor.domain.complaint import events
from lapor.domain.deadlines.clock import StopOutcome
from lapor.domain.errors import InvalidFieldError, LimitReachedError
from lapor.domain.vocabulary import Outcome, Role, Sealed, Stage, Step

from .story import Story


def running(story: Story, step: Step = Step.FOLLOW_UP) -> dict[Any, Any]:
    """Return the agencies that owe this step, and by when."""
    clocks = [each.clock for each in story.complaint.promises.running.values() if each.clock.step is step]
    owed = {clock.agency: clock.due_at for clock in clocks}
    assert len(owed) == len(clocks), "nobody owes a step twice"
    return owed


def test_an_agency_that_is_involved_owes_a_follow_up_of_its_own(story: Story) -> None:
    story.accepted()
    before = running(story)
    story.new()

    story.complaint.involve(story.context(Role.COORDINATOR, days=1), agency=story.other)

    (involved,) = story.new()
    assert involved.agency == story.other
    assert [(clock.step, clock.n, clock.agency) for clock in involved.starts] == [
        (Step.FOLLOW_UP, 2, story.other)
    ]
    assert running(story) == before | {story.other: involved.starts[0].due_at}
    assert story.complaint.agencies == (story.agency, story.other)
    assert story.complaint.stage is Stage.IN_PROGRESS


def test_no_agency_has_two_parts_and_no_complaint_more_than_ten_agencies(story: Story) -> None:
    complaint = story.involved().complaint
    for agency in (story.agency, story.other):
        with pytest.raises(InvalidFieldError, match="has a part in it already"):
            complaint.involve(story.context(Role.COORDINATOR), agency=agency)

    for _ in range(8):
        complaint.involve(story.context(Role.COORDINATOR), agency=uuid4())

    with pytest.raises(LimitReachedError, match="10 agencies"):
        complaint.involve(story.context(Role.COORDINATOR), agency=uuid4())


def test_each_agency_keeps_its_own_promise_by_following_up(story: Story) -> None:
    complaint = story.involved().complaint
    story.new()

    complaint.follow_up(story.context(Role.LIAISON, of=story.other), text=Sealed("s1.ours"))

    (followed,) = story.new()
    assert followed.agency == story.other
    assert [(stop.agency, stop.outcome) for stop in followed.stops] == [(story.other, StopOutcome.MET)]
    assert set(running(story)) == {story.agency}


def test_the_lead_accepts_and_not_another_that_follows_up_first(story: Story) -> None:
    complaint = story.routed().complaint
    complaint.involve(story.context(Role.COORDINATOR), agency=story.other)
    story.new()

    complaint.follow_up(story.context(Role.LIAISON, of=story.other), text=Sealed("s1.ours"))

    assert [type(event) for event in story.new()] == [events.FollowedUp]
    assert complaint.stage is Stage.ROUTED


def test_a_coordinator_follows_up_for_the_lead(story: Story) -> None:
    story.involved()
    story.new()

    story.complaint.follow_up(story.context(Role.COORDINATOR), text=Sealed("s1.called-them"))

    assert story.new()[0].agency == story.agency
    assert set(running(story)) == {story.other}


def test_the_leads_answer_keeps_its_promises_and_nothing_is_asked_of_the_others_any_more(
    story: Story,
) -> None:
    complaint = story.involved().complaint
    story.new()

    complaint.respond(story.context(Role.LIAISON), text=Sealed("s1.answer"), outcome=Outcome.FIXED)

    (responded,) = story.new()
    assert {(stop.step, stop.agency, stop.outcome) for stop in responded.stops} == {
        (Step.FOLLOW_UP, story.agency, StopOutcome.MET),
        (Step.RESOLVE, story.agency, StopOutcome.MET),
        (Step.LEGAL_LIMIT, story.agency, StopOutcome.MET),
        (Step.FOLLOW_UP, story.other, StopOutcome.VOID),
    }


def test_another_agency_keeps_its_deadline_while_the_lead_declines_and_is_replaced(story: Story) -> None:
    third = uuid4()
    complaint = story.routed().complaint
    complaint.involve(story.context(Role.COORDINATOR, days=1), agency=story.other)
    at_first = running(story)

    complaint.decline(story.context(Role.LIAISON, reason="s1.no"), suggested_agency=third)
    assert running(story) == {None: at_first[story.agency], story.other: at_first[story.other]}
    assert list(complaint.agencies) == [story.other]
    complaint.route(story.context(Role.COORDINATOR), agency=third)

    assert running(story) == {third: at_first[story.agency], story.other: at_first[story.other]}
    assert complaint.agencies == (third, story.other)


def test_another_agency_that_becomes_the_lead_takes_over_the_leads_deadline(story: Story) -> None:
    complaint = story.routed().complaint
    complaint.involve(story.context(Role.COORDINATOR, days=1), agency=story.other)
    at_first = running(story)
    story.new()

    complaint.route(story.context(Role.COORDINATOR), agency=story.other)

    (routed,) = story.new()
    ends = [(stop.agency, stop.outcome) for stop in routed.stops if stop.step is Step.FOLLOW_UP]
    assert ends == [(story.agency, StopOutcome.MOVED), (story.other, StopOutcome.VOID)]
    assert running(story) == {story.other: at_first[story.agency]}
    assert complaint.agencies == (story.other,)


@pytest.mark.parametrize("days", [1, 20], ids=["in time", "after it was broken"])
def test_an_involved_agency_that_becomes_the_lead_owes_what_it_owed_already(story: Story, days: int) -> None:
    complaint = story.involved().complaint
    complaint.follow_up(story.context(Role.LIAISON), text=Sealed("s1.first"))
    owed = running(story)
    story.new()

    complaint.route(story.context(Role.COORDINATOR, days=days), agency=story.other)

    (routed,) = story.new()
    assert running(story) == owed
    assert Step.FOLLOW_UP not in {change.step for change in (*routed.starts, *routed.stops)}


def test_all_wait_for_the_reporter_and_each_goes_on_with_its_own_deadline(story: Story) -> None:
    complaint = story.accepted().complaint
    complaint.involve(story.context(Role.COORDINATOR, days=1), agency=story.other)
    complaint.ask_reporter(story.context(Role.LIAISON), questions=(Sealed("s1.?"),))
    assert running(story) == {}
    story.new()

    complaint.complete(story.context(Role.REPORTER, days=1), text=Sealed("s1.!"))

    (completed,) = story.new()
    numbers = [(clock.n, clock.agency) for clock in completed.starts if clock.step is Step.FOLLOW_UP]
    assert numbers == [(3, story.agency), (4, story.other)]
    due = {agency: at.date().isoformat() for agency, at in running(story).items()}
    assert due == {story.agency: "2026-12-02", story.other: "2026-12-03"}


def test_minutes_of_each_agency_are_counted_on_after_a_wait(story: Story) -> None:
    complaint = story.involved().complaint  # 16:00 WIB; accepted 15:00, routed 14:00
    complaint.ask_reporter(
        story.context(Role.LIAISON, hours=16, minutes=30), questions=(Sealed("s1.?"),)
    )  # 8:30
    complaint.complete(story.context(Role.REPORTER, days=1), text=Sealed("s1.!"))  # the next day, 8:30
    story.new()

    complaint.respond(story.context(Role.LIAISON), text=Sealed("s1.answer"), outcome=Outcome.FIXED)

    minutes = {
        stop.agency: stop.working_minutes for stop in story.new()[0].stops if stop.step is Step.FOLLOW_UP
    }
    assert minutes == {story.agency: 120 + 60 + 60, story.other: 60 + 60}


def test_a_complaint_taken_up_from_the_start_has_no_agency_of_before(
    story: Story,
) -> None:
    complaint = story.routed().complaint
    complaint.involve(story.context(Role.COORDINATOR), agency=story.other)
    complaint.decline(story.context(Role.LIAISON, reason="s1.no"), suggested_agency=story.other)
    complaint.withdraw(story.context(Role.REPORTER))

    complaint.reopen(story.context(Role.REPORTER, reason="s1.after-all"))

    assert (complaint.stage, complaint.agencies) == (Stage.FILED, ())
