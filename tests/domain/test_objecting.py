"""An objection is decided by somebody who had no part in the complaint."""

from collections.abc import Callable
from typing import Any

import pytest

from lapor.domain.complaint import events
from lapor.domain.deadlines.clock import StopOutcome
from lapor.domain.errors import LimitReachedError, NotAllowedError
from lapor.domain.vocabulary import ArchiveReason, Outcome, Role, Sealed, Stage, Step

from .story import Story


def object_(story: Story, **later: Any) -> None:
    story.complaint.object(story.context(Role.REPORTER, reason="s1.not-so", **later))


def decide(story: Story, *, upheld: bool, role: Role = Role.ARBITER, who: str | None = None) -> Any:
    story.new()
    story.complaint.decide_objection(story.context(role, who=who), upheld=upheld, text=Sealed("s1.because"))
    (decided,) = story.new()
    return decided


def archived(story: Story) -> None:
    story.filed()
    story.complaint.archive(
        story.context(Role.COORDINATOR), reason_code=ArchiveReason.TOO_GENERAL, text=Sealed("s1.sorry")
    )


def closed(story: Story) -> None:
    story.responded()
    story.complaint.accept_response(story.context(Role.REPORTER))


def test_an_objection_stops_no_clock_and_leaves_the_stage(story: Story) -> None:
    story.responded()
    story.new()

    object_(story)

    (objected,) = story.new()
    assert (objected.reason, objected.starts, objected.stops) == ("s1.not-so", (), ())
    assert story.complaint.stage is Stage.RESPONDED


def test_an_answered_complaint_is_not_closed_while_an_objection_waits(story: Story) -> None:
    story.responded()
    object_(story)

    with pytest.raises(LimitReachedError, match="the objection is decided first"):
        story.complaint.close(story.context(Role.COORDINATOR, reason="s1.why"))
    decide(story, upheld=False)
    story.complaint.close(story.context(Role.COORDINATOR, reason="s1.why"))

    assert story.complaint.stage is Stage.CLOSED


def test_an_answer_objected_to_with_right_goes_back_to_the_agency_with_a_new_deadline(story: Story) -> None:
    story.responded()
    object_(story)

    decided = decide(story, upheld=True)

    assert (decided.upheld, decided.text, decided.agency) == (True, "s1.because", story.agency)
    assert [(stop.step, stop.outcome) for stop in decided.stops] == [(Step.REPORTER_REPLY, StopOutcome.MET)]
    assert [(clock.step, clock.agency) for clock in decided.starts] == [(Step.RESOLVE, story.agency)]
    assert (story.complaint.stage, story.complaint.ended_at) == (Stage.IN_PROGRESS, None)


def test_a_complaint_archived_wrongly_is_verified_again(story: Story) -> None:
    archived(story)
    object_(story)

    decided = decide(story, upheld=True)

    assert (decided.stage, decided.agency) == (Stage.FILED, None)
    assert [clock.step for clock in decided.starts] == [Step.VERIFY]


def test_an_objection_without_right_changes_nothing(story: Story) -> None:
    closed(story)
    ended = story.complaint.ended_at
    object_(story)

    decided = decide(story, upheld=False)

    assert (decided.stage, decided.agency, decided.starts, decided.stops) == (None, None, (), ())
    assert (story.complaint.stage, story.complaint.ended_at) == (Stage.CLOSED, ended)


def test_there_is_nothing_to_decide_without_an_objection_nor_after_its_decision(story: Story) -> None:
    closed(story)
    with pytest.raises(LimitReachedError, match="no objection"):
        decide(story, upheld=True)
    object_(story)
    decide(story, upheld=False)

    with pytest.raises(LimitReachedError, match="no objection"):
        decide(story, upheld=True)


def test_one_objection_waits_at_a_time_and_a_third_is_refused(story: Story) -> None:
    closed(story)
    object_(story)
    with pytest.raises(LimitReachedError, match="waits for its decision already"):
        object_(story)
    decide(story, upheld=False)
    object_(story)
    decide(story, upheld=False, who="arbiter-2")

    with pytest.raises(LimitReachedError, match="2 objections were decided"):
        object_(story)


@pytest.mark.parametrize("ended", [archived, closed])
def test_an_objection_comes_within_thirty_days_of_the_end(
    story: Story, ended: Callable[[Story], None]
) -> None:
    ended(story)

    with pytest.raises(LimitReachedError, match="over 30 days ago"):
        object_(story, days=30, seconds=1)
    object_(story, seconds=-1)

    assert story.complaint.objection_open


@pytest.mark.parametrize("handler", ["coordinator-1", "liaison-1"])
def test_an_officer_who_handled_it_decides_in_no_role(story: Story, handler: str) -> None:
    story.responded()
    object_(story)

    with pytest.raises(NotAllowedError, match="somebody else has to decide"):
        decide(story, upheld=False, who=handler)


def test_the_officer_who_decided_one_objection_does_not_decide_the_next(story: Story) -> None:
    closed(story)
    object_(story)
    decide(story, upheld=False)
    object_(story)

    with pytest.raises(NotAllowedError, match="somebody else has to decide"):
        decide(story, upheld=False)
    decide(story, upheld=False, role=Role.NATIONAL)


def test_an_officer_who_only_wrote_a_note_decides(story: Story) -> None:
    story.responded()
    story.complaint.note(story.context(Role.ARBITER), text=Sealed("s1.seen"))
    object_(story)

    assert isinstance(decide(story, upheld=False), events.ObjectionDecided)


def test_a_liaison_who_reports_as_a_citizen_handles_nothing_by_it(story: Story) -> None:
    complaint = story.responded().complaint
    complaint.reject_response(story.context(Role.REPORTER, reason="s1.no", who="citizen"))
    complaint.respond(story.context(Role.LIAISON), text=Sealed("s1.again"), outcome=Outcome.FIXED)

    assert complaint.handlers == {"coordinator-1", "liaison-1"}
