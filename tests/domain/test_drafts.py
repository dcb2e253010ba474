"""Four eyes: where an agency's answers need two persons, the maker is not the checker."""

from collections.abc import Callable
from typing import Any

import pytest

from lapor.domain.complaint import events
from lapor.domain.context import Offices
from lapor.domain.deadlines.clock import StopOutcome
from lapor.domain.errors import ApprovalRequiredError, LimitReachedError, NotAllowedError
from lapor.domain.vocabulary import Outcome, Role, Sealed, Stage, Step

from .story import Story


@pytest.fixture
def drafted(story: Story) -> Story:
    """In an agency of four eyes, the liaison has written an answer."""
    story.offices = Offices(approving=frozenset({story.agency}))
    story.routed()
    draft(story)
    story.new()
    return story


def draft(story: Story, **by: Any) -> None:
    story.complaint.draft_response(
        story.context(Role.LIAISON, **by), text=Sealed("s1.draft"), outcome=Outcome.SCHEDULED
    )


def test_an_agency_of_four_eyes_gives_no_answer_that_one_person_wrote(story: Story) -> None:
    story.offices = Offices(approving=frozenset({story.agency}))
    complaint = story.routed().complaint
    story.new()

    with pytest.raises(ApprovalRequiredError, match="draft-response"):
        complaint.respond(story.context(Role.HEAD), text=Sealed("s1.answer"), outcome=Outcome.FIXED)

    assert story.new() == []


def test_another_agency_of_four_eyes_does_not_hold_the_lead_back(story: Story) -> None:
    story.offices = Offices(approving=frozenset({story.other}))
    complaint = story.involved().complaint

    complaint.respond(story.context(Role.LIAISON), text=Sealed("s1.answer"), outcome=Outcome.FIXED)

    assert complaint.stage is Stage.RESPONDED


def test_a_draft_accepts_a_routed_complaint_and_keeps_no_other_promise(story: Story) -> None:
    story.routed()
    story.new()

    draft(story)

    accepted, drafted = story.new()
    assert isinstance(accepted, events.Accepted)
    assert (drafted.text, drafted.outcome, drafted.stops) == ("s1.draft", Outcome.SCHEDULED, ())
    assert story.complaint.stage is Stage.IN_PROGRESS


def test_the_checker_approves_the_answer_that_the_maker_wrote(drafted: Story) -> None:
    complaint = drafted.complaint

    complaint.approve_response(drafted.context(Role.HEAD))

    approved, responded = drafted.new()
    assert (approved.by, approved.stops) == ("head-1", ())
    assert (responded.text, responded.outcome) == ("s1.draft", Outcome.SCHEDULED)
    assert {stop.step: stop.outcome for stop in responded.stops} == dict.fromkeys(
        [Step.FOLLOW_UP, Step.RESOLVE, Step.LEGAL_LIMIT], StopOutcome.MET
    )
    assert [clock.step for clock in responded.starts] == [Step.REPORTER_REPLY]


def test_the_maker_does_not_approve_their_own_draft_in_another_role(drafted: Story) -> None:
    with pytest.raises(NotAllowedError, match="You wrote this draft"):
        drafted.complaint.approve_response(drafted.context(Role.HEAD, who="liaison-1"))


def test_the_last_author_of_a_draft_is_its_maker(drafted: Story) -> None:
    draft(drafted, who="head-1")

    with pytest.raises(NotAllowedError, match="You wrote this draft"):
        drafted.complaint.approve_response(drafted.context(Role.HEAD))
    drafted.complaint.approve_response(drafted.context(Role.HEAD, who="liaison-1"))

    assert drafted.complaint.stage is Stage.RESPONDED


def test_a_draft_that_was_sent_back_is_written_again(drafted: Story) -> None:
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


def lost_by_rerouting(story: Story) -> None:
    story.complaint.route(story.context(Role.COORDINATOR), agency=story.other)
    story.complaint.accept(story.context(Role.LIAISON, of=story.other))


def lost_by_rejection(story: Story) -> None:
    story.complaint.approve_response(story.context(Role.HEAD))
    story.complaint.reject_response(story.context(Role.REPORTER, reason="s1.no"))


def lost_by_answering(story: Story) -> None:
    story.offices = Offices()  # the agency no longer asks for two persons
    story.complaint.respond(story.context(Role.LIAISON), text=Sealed("s1.answer"), outcome=Outcome.FIXED)
    story.complaint.reject_response(story.context(Role.REPORTER, reason="s1.no"))


@pytest.mark.parametrize("lost", [lost_by_rerouting, lost_by_rejection, lost_by_answering])
def test_a_draft_is_approved_by_the_agency_that_wrote_it_and_once(
    drafted: Story, lost: Callable[[Story], None]
) -> None:
    lost(drafted)

    with pytest.raises(LimitReachedError, match="no draft"):
        drafted.complaint.approve_response(drafted.context(Role.HEAD))


def test_a_draft_waits_while_the_reporter_is_asked(drafted: Story) -> None:
    complaint = drafted.complaint
    complaint.ask_reporter(drafted.context(Role.LIAISON), questions=(Sealed("s1.where"),))
    complaint.complete(drafted.context(Role.REPORTER), text=Sealed("s1.there"))

    complaint.approve_response(drafted.context(Role.HEAD))

    assert complaint.stage is Stage.RESPONDED
