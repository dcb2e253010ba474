"""Deadlines that are put off, once and in time, and dates that an agency commits itself to."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from lapor.domain.complaint import events
from lapor.domain.deadlines.clock import StopOutcome
from lapor.domain.errors import InvalidFieldError, LimitReachedError
from lapor.domain.vocabulary import Kind, Outcome, Role, Sealed, Stage, Step

from .story import Story

MONDAY_CLOSING = datetime(2026, 12, 14, 9, tzinfo=UTC)  # 16:00 WIB: 14 working days after 24 November


def extend(story: Story, step: Step = Step.RESOLVE, days: int = 3, **more: Any) -> Any:
    """Extend and return the new event."""
    agency = more.pop("agency", None)
    context = story.context(Role.COORDINATOR, reason="s1.why", **more)
    story.new()
    story.complaint.extend(context, step=step, working_days=days, agency=agency)
    (extended,) = story.new()
    return extended


def test_an_extension_moves_the_deadline_by_working_days_and_says_for_whom_and_why(story: Story) -> None:
    story.accepted()

    extended = extend(story, Step.RESOLVE, 3)

    assert isinstance(extended, events.DeadlineExtended)
    assert (extended.agency, extended.step, extended.working_days) == (story.agency, Step.RESOLVE, 3)
    assert extended.reason == "s1.why"
    (stop,), (clock,) = extended.stops, extended.starts
    assert (stop.step, stop.n, stop.outcome) == (Step.RESOLVE, 1, StopOutcome.MOVED)
    assert (clock.step, clock.n, clock.agency) == (Step.RESOLVE, 2, story.agency)
    assert clock.due_at.date().isoformat() == "2026-12-17"


def test_minutes_worked_before_an_extension_count_on(story: Story) -> None:
    story.accepted()  # routed an hour before
    extend(story, Step.FOLLOW_UP, 1, minutes=30)

    story.complaint.follow_up(story.context(Role.LIAISON, minutes=15), text=Sealed("s1.done"))

    assert story.new()[0].stops[0].working_minutes == 60 + 30 + 15


def test_a_deadline_is_extended_once(story: Story) -> None:
    story.accepted()
    extend(story, Step.RESOLVE)

    with pytest.raises(LimitReachedError, match="the rule allows it once"):
        extend(story, Step.RESOLVE)
    extend(story, Step.FOLLOW_UP)  # which is another one


@pytest.mark.parametrize(("step", "most"), [(Step.FOLLOW_UP, 5), (Step.RESOLVE, 14)])
def test_it_is_put_off_by_as_many_days_as_the_policy_gave_and_no_more(
    story: Story, step: Step, most: int
) -> None:
    story.accepted()

    with pytest.raises(InvalidFieldError, match=f"limit was {most} working days") as refused:
        extend(story, step, most + 1)
    assert refused.value.details == {"errors": {"working_days": [refused.value.sentence]}}
    assert extend(story, step, most).working_days == most


@pytest.mark.parametrize("seconds", [0, 1])
def test_a_deadline_that_was_missed_is_not_extended(story: Story, seconds: int) -> None:
    story.accepted()

    with pytest.raises(LimitReachedError, match="has passed"):
        extend(story, seconds=(MONDAY_CLOSING - story.at).total_seconds() + seconds)


def test_a_deadline_is_extended_up_to_its_last_second(story: Story) -> None:
    story.accepted()

    extended = extend(story, seconds=(MONDAY_CLOSING - story.at).total_seconds() - 1)

    assert extended.starts[0].due_at > MONDAY_CLOSING


def test_an_extension_never_passes_the_legal_limit(story: Story) -> None:
    story.accepted(kind=Kind.OVERSIGHT)  # 60 working days, by law 60 dates

    with pytest.raises(LimitReachedError, match="after the legal limit, 2027-01-23"):
        extend(story, Step.RESOLVE, 1)
    extend(story, Step.FOLLOW_UP, 5)


@pytest.mark.parametrize("step", sorted(set(Step) - {Step.FOLLOW_UP, Step.RESOLVE}))
def test_only_what_the_agency_promised_to_do_is_extended(story: Story, step: Step) -> None:
    story.accepted()

    with pytest.raises(InvalidFieldError, match="Only follow_up and resolve"):
        extend(story, step)


def test_a_deadline_that_does_not_run_is_not_extended(story: Story) -> None:
    story.accepted()
    story.complaint.follow_up(story.context(Role.LIAISON), text=Sealed("s1.done"))

    with pytest.raises(LimitReachedError, match="no deadline of follow_up"):
        extend(story, Step.FOLLOW_UP)
    with pytest.raises(LimitReachedError, match="no deadline of resolve"):
        extend(story, Step.RESOLVE, agency=story.other)


def test_the_deadline_of_another_agency_is_extended_by_its_name_and_the_leads_stays(story: Story) -> None:
    story.involved()

    extended = extend(story, Step.FOLLOW_UP, 2, agency=story.other)

    assert (extended.agency, extended.starts[0].agency) == (story.other, story.other)
    assert extended.starts[0].due_at.date().isoformat() == "2026-12-03"
    extend(story, Step.FOLLOW_UP, 2)  # the lead's own


def test_an_extension_goes_along_with_a_deadline_that_is_handed_on(story: Story) -> None:
    story.routed()
    extend(story, Step.RESOLVE)
    story.complaint.decline(story.context(Role.LIAISON, reason="s1.no"), suggested_agency=story.other)
    story.complaint.route(story.context(Role.COORDINATOR), agency=story.other)

    with pytest.raises(LimitReachedError, match="the rule allows it once"):
        extend(story, Step.RESOLVE)
    extend(story, Step.FOLLOW_UP)


def commit(story: Story, promised_on: date = date(2027, 3, 1), role: Role = Role.HEAD, **by: Any) -> Any:
    story.new()
    story.complaint.commit(story.context(role, **by), promised_on=promised_on, text=Sealed("s1.next-year"))
    (made,) = story.new()
    return made


def test_commitments_are_counted_and_stop_no_clock(story: Story) -> None:
    story.accepted()

    made = [commit(story), commit(story)]

    assert [each.n for each in made] == [1, 2]
    assert {each.agency for each in made} == {story.agency}
    assert {(each.starts, each.stops) for each in made} == {((), ())}


def test_a_commitment_names_today_or_later_where_the_agency_is(story: Story) -> None:
    story.accepted()
    story.at = datetime(2026, 11, 25, 18, tzinfo=UTC)  # the 26th already, 01:00 WIB

    with pytest.raises(InvalidFieldError, match="still to come"):
        commit(story, date(2026, 11, 25), minutes=1)

    assert commit(story, date(2026, 11, 26), minutes=1).promised_on == date(2026, 11, 26)


def test_another_agency_commits_itself_and_the_lead_does_not_by_it(story: Story) -> None:
    story.involved()

    assert commit(story, of=story.other).agency == story.other


def test_a_commitment_is_kept_by_its_number_or_the_first_that_is_open(story: Story) -> None:
    complaint = story.accepted().complaint
    for _ in range(3):
        commit(story)

    complaint.keep_commitment(story.context(Role.LIAISON), text=Sealed("s1.done"), n=2)
    complaint.keep_commitment(story.context(Role.HEAD), text=Sealed("s1.done"))

    assert [event.n for event in story.new()] == [2, 1]
    with pytest.raises(InvalidFieldError, match="Commitment 2 is not open; open are 3"):
        complaint.keep_commitment(story.context(Role.HEAD), text=Sealed("s1.done"), n=2)


def test_a_commitment_is_kept_after_the_complaint_was_closed_and_then_there_is_none(story: Story) -> None:
    complaint = story.accepted().complaint
    commit(story)
    complaint.respond(story.context(Role.LIAISON), text=Sealed("s1.answer"), outcome=Outcome.SCHEDULED)
    complaint.accept_response(story.context(Role.REPORTER))

    complaint.keep_commitment(story.context(Role.LIAISON, days=90), text=Sealed("s1.done"))

    assert complaint.stage is Stage.CLOSED
    with pytest.raises(LimitReachedError, match="no commitment"):
        complaint.keep_commitment(story.context(Role.LIAISON), text=Sealed("s1.done"))


@pytest.mark.parametrize(("minutes", "late"), [(0, False), (1, True)])
def test_a_commitment_is_late_once_its_day_is_over_where_the_agency_is(
    story: Story, minutes: int, late: bool
) -> None:
    story.accepted()
    commit(story, date(2026, 11, 25))
    story.at = datetime(2026, 11, 25, 16, 59, tzinfo=UTC)  # 23:59 WIB

    story.complaint.keep_commitment(story.context(Role.HEAD, minutes=minutes), text=Sealed("s1.done"))

    assert story.new()[-1].late is late


def test_a_twenty_first_commitment_is_refused(story: Story) -> None:
    story.accepted()
    for _ in range(20):
        commit(story, minutes=1)

    with pytest.raises(LimitReachedError, match="20 commitments"):
        commit(story)


def test_a_commitment_that_is_due_is_no_promise_of_the_policy(story: Story) -> None:
    story.accepted()
    commit(story, date(2026, 11, 24))

    assert {step for step, _ in story.complaint.promises.running} == {
        Step.FOLLOW_UP,
        Step.RESOLVE,
        Step.LEGAL_LIMIT,
    }
