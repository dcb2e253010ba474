"""Four eyes: where an agency's answers need two persons, the maker is not the checker."""

from typing import Any

import pytest

from lapor.domain.complaint import events
from lapor.domain.context import Offices
from lapor.domain.deadlines.clock import StopOutcome
from lapor.domain.errors import ApprovalRequiredError, LimitReachedError, NotAllowedError
from lapor.domain.vocabulary import Outcome, Role, Stage, Step


@pytest.fixture
def drafted(story: Any) -> Any:
    """In an agency of four eyes, the liaison has written an answer."""
    story.offices = Offices(approving=frozenset({story.agency}))
    story.routed()
    draft(story)
    story.new()
    return story


def draft(story: Any, **by: Any) -> None:
    story.complaint.draft_response(
        story.context(Role.LIAISON, **by), text="s1.draft", outcome=Outcome.SCHEDULED
    )


def test_an_agency_of_four_eyes_gives_no_answer_that_one_person_wrote(story: Any) -> None:
    story.offices = Offices(approving=frozenset({story.agency}))
    complaint = story.routed().complaint
    story.new()

    with pytest.raises(ApprovalRequiredError, match="draft-response"):
        complaint.respond(story.context(Role.HEAD), text="s1.answer", outcome=Outcome.FIXED)

    assert story.new() == []


def test_another_agency_of_four_eyes_does_not_hold_the_lead_back(story: Any) -> None:
    story.offices = Offices(approving=frozenset({story.other}))
    complaint = story.involved().complaint

    complaint.respond(story.context(Role.LIAISON), text="s1.answer", outcome=Outcome.FIXED)

    assert complaint.stage is Stage.RESPONDED


def test_a_draft_accepts_a_routed_complaint_and_keeps_no_other_promise(story: Any) -> None:
    story.routed()
    story.new()

    draft(story)

    accepted, drafted = story.new()
    assert isinstance(accepted, events.Accepted)
    assert (drafted.text, drafted.outcome, drafted.stops) == ("s1.draft", Outcome.SCHEDULED, ())
    assert story.complaint.stage is Stage.IN_PROGRESS


def test_what_the_checker_approves_is_the_answer_that_the_maker_wrote(drafted: Any) -> None:
    complaint = drafted.complaint

    complaint.approve_response(drafted.context(Role.HEAD))

    approved, responded = drafted.new()
    assert (approved.by, approved.stops) == ("head-1", ())
    assert (responded.text, responded.outcome) == ("s1.draft", Outcome.SCHEDULED)
    assert {stop.step: stop.outcome for stop in responded.stops} == dict.fromkeys(
        [Step.FOLLOW_UP, Step.RESOLVE, Step.LEGAL_LIMIT], StopOutcome.MET
    )
    assert [clock.step for clock in responded.starts] == [Step.REPORTER_REPLY]


def test_the_maker_does_not_approve_his_own_draft_whatever_his_role(drafted: Any) -> None:
    with pytest.raises(NotAllowedError, match="You wrote this draft"):
        drafted.complaint.approve_response(drafted.context(Role.HEAD, who="liaison-1"))


def test_who_wrote_the_draft_last_is_its_maker(drafted: Any) -> None:
    draft(drafted, who="head-1")

    with pytest.raises(NotAllowedError, match="You wrote this draft"):
        drafted.complaint.approve_response(drafted.context(Role.HEAD))
    drafted.complaint.approve_response(drafted.context(Role.HEAD, who="liaison-1"))

    assert drafted.complaint.stage is Stage.RESPONDED


def test_a_draft_that_was_sent_back_is_written_anew(drafted: Any) -> None:
    complaint = drafted.complaint
    complaint.return_response(drafted.context(Role.HEAD, reason="s1.say-when"))
    (returned,) = drafted.new()
    assert (returned.reason, returned.stops, complaint.stage) == ("s1.say-when", (), Stage.IN_PROGRESS)

    for verb in (complaint.approve_response, complaint.return_response):
        with pytest.raises(LimitReachedError, match="write one with draft-response"):
            verb(drafted.context(Role.HEAD, reason="s1.x"))
    draft(drafted)
    complaint.approve_response(drafted.context(Role.HEAD))

    assert complaint.stage is Stage.RESPONDED


def lost_by_rerouting(story: Any) -> None:
    story.complaint.route(story.context(Role.COORDINATOR), agency=story.other)
    story.complaint.accept(story.context(Role.LIAISON, of=story.other))


def lost_by_rejection(story: Any) -> None:
    story.complaint.approve_response(story.context(Role.HEAD))
    story.complaint.reject_response(story.context(Role.REPORTER, reason="s1.no"))


def lost_by_answering(story: Any) -> None:
    story.offices = Offices()  # the agency no longer asks for two persons
    story.complaint.respond(story.context(Role.LIAISON), text="s1.answer", outcome=Outcome.FIXED)
    story.complaint.reject_response(story.context(Role.REPORTER, reason="s1.no"))


@pytest.mark.parametrize("lost", [lost_by_rerouting, lost_by_rejection, lost_by_answering])
def test_a_draft_is_approved_by_the_agency_that_wrote_it_and_once(drafted: Any, lost: Any) -> None:
    lost(drafted)

    with pytest.raises(LimitReachedError, match="no draft"):
        drafted.complaint.approve_response(drafted.context(Role.HEAD))


def test_a_draft_waits_while_the_reporter_is_asked(drafted: Any) -> None:
    complaint = drafted.complaint
    complaint.ask_reporter(drafted.context(Role.LIAISON), questions=("s1.where",))
    complaint.complete(drafted.context(Role.REPORTER), text="s1.there")

    complaint.approve_response(drafted.context(Role.HEAD))

    assert complaint.stage is Stage.RESPONDED
