"""A complaint about an agency's own conduct goes to an inspectorate; the agency never sees it."""

from typing import Any
from uuid import UUID

import pytest

from lapor.domain.complaint import events
from lapor.domain.context import Offices
from lapor.domain.deadlines.clock import StopOutcome
from lapor.domain.errors import InvalidFieldError
from lapor.domain.vocabulary import ArchiveReason, Kind, Outcome, Privacy, Role, Sealed, Stage, Step

from .story import Story

INSPECTORATE = UUID("00000000-0000-4000-8000-0000000000aa")
KNOWN: dict[str, Any] = {"kind": Kind.OVERSIGHT, "category": "conduct", "title": "s1.title"}
INSPECTED = Offices(inspectorates=frozenset({INSPECTORATE}))


def route(story: Story, agency: UUID, role: Role = Role.COORDINATOR, **known: Any) -> None:
    story.complaint.route(story.context(role), agency=agency, **known)


def reclassify(story: Story, **later: Any) -> Any:
    """Say that it is an oversight complaint, and return the event."""
    story.new()
    story.complaint.reclassify(story.context(Role.COORDINATOR, **later), kind=Kind.OVERSIGHT)
    return story.new()[0]


def test_an_oversight_complaint_is_routed_and_shared_with_inspectorates_only(story: Story) -> None:
    story.offices = Offices(inspectorates=frozenset({INSPECTORATE, story.agency}))
    story.filed()
    with pytest.raises(InvalidFieldError, match="goes to an inspectorate"):
        route(story, story.other, **KNOWN)
    story.filed()
    route(story, INSPECTORATE, **KNOWN)

    with pytest.raises(InvalidFieldError, match="goes to an inspectorate"):
        story.complaint.involve(story.context(Role.COORDINATOR), agency=story.other)
    story.complaint.involve(story.context(Role.COORDINATOR), agency=story.agency)

    assert story.complaint.agencies == (INSPECTORATE, story.agency)


def test_an_agency_does_not_get_an_oversight_complaint_addressed_to_it(story: Story) -> None:
    story.filed(agency=story.agency, kind=Kind.OVERSIGHT)

    with pytest.raises(InvalidFieldError, match="never sees it"):
        route(story, story.agency, category="conduct", title="s1.t")
    route(story, story.other, category="conduct", title="s1.t")

    assert story.complaint.lead == story.other


def test_an_agency_gets_an_ordinary_complaint_addressed_to_it(story: Story) -> None:
    story.filed(agency=story.agency)
    route(story, story.agency, **{**KNOWN, "kind": Kind.COMPLAINT})

    assert story.complaint.lead == story.agency


def test_an_inspectorate_gets_what_was_addressed_to_it(story: Story) -> None:
    story.offices = INSPECTED
    story.filed(agency=INSPECTORATE, kind=Kind.OVERSIGHT)

    route(story, INSPECTORATE, category="conduct", title="s1.t")

    assert story.complaint.lead == INSPECTORATE


def test_a_complaint_about_its_agencies_is_taken_from_them(story: Story) -> None:
    story.involved()

    taken = reclassify(story, days=1)

    complaint = story.complaint
    assert (taken.stage, complaint.stage) == (Stage.VERIFIED, Stage.VERIFIED)
    assert (complaint.lead, complaint.agencies, complaint.privacy) == (None, (), Privacy.CONFIDENTIAL)
    for accused in (story.agency, story.other):
        with pytest.raises(InvalidFieldError, match="never sees it"):
            route(story, accused)


def test_taking_it_away_ends_what_the_agencies_owed_and_the_office_verifies_again(story: Story) -> None:
    story.involved()

    taken = reclassify(story, days=1)

    assert {(stop.step, stop.agency, stop.outcome) for stop in taken.stops} == {
        (Step.FOLLOW_UP, story.agency, StopOutcome.VOID),
        (Step.FOLLOW_UP, story.other, StopOutcome.VOID),
        (Step.RESOLVE, story.agency, StopOutcome.MOVED),
        (Step.LEGAL_LIMIT, story.agency, StopOutcome.MOVED),
    }
    due = {clock.step: clock.due_at.date().isoformat() for clock in taken.starts}
    assert due == {
        Step.VERIFY: "2026-11-30",  # three working days from the day it was known
        Step.RESOLVE: "2027-02-23",  # sixty from the day it was routed first
        Step.LEGAL_LIMIT: "2027-01-23",
    }
    assert {clock.agency for clock in taken.starts} == {None}


def test_the_inspectorate_goes_on_by_the_citizens_deadlines(story: Story) -> None:
    story.offices = INSPECTED
    story.accepted()
    taken = reclassify(story)
    due = {clock.step: clock.due_at for clock in taken.starts}

    route(story, INSPECTORATE, Role.INSPECTOR)

    (routed,) = story.new()
    assert [(stop.step, stop.outcome) for stop in routed.stops if stop.step is Step.VERIFY] == [
        (Step.VERIFY, StopOutcome.MET)
    ]
    again = {clock.step: clock.due_at for clock in routed.starts if clock.step in due}
    assert again == {Step.RESOLVE: due[Step.RESOLVE], Step.LEGAL_LIMIT: due[Step.LEGAL_LIMIT]}


def test_a_promise_broken_before_it_was_taken_away_stays_broken(story: Story) -> None:
    story.accepted()

    taken = reclassify(story, days=30)  # resolving was due on day 20

    outcomes = {stop.step: stop.outcome for stop in taken.stops}
    assert outcomes[Step.RESOLVE] is StopOutcome.VOID
    assert Step.RESOLVE not in {clock.step for clock in taken.starts}


def test_an_inspectorate_keeps_a_complaint_that_it_has_already(story: Story) -> None:
    story.offices = INSPECTED
    story.agency = INSPECTORATE
    story.accepted()

    taken = reclassify(story)

    assert (taken.stage, story.complaint.lead) == (None, INSPECTORATE)
    assert story.complaint.stage is Stage.IN_PROGRESS


def test_it_is_taken_from_an_agency_involved_with_the_inspectorate(story: Story) -> None:
    story.offices = INSPECTED
    story.agency = INSPECTORATE
    story.involved()

    assert reclassify(story).stage is Stage.VERIFIED
    assert story.complaint.agencies == ()


def test_it_is_taken_from_an_agency_whose_lead_has_declined(story: Story) -> None:
    story.routed()
    story.complaint.involve(story.context(Role.COORDINATOR), agency=story.other)
    story.complaint.decline(story.context(Role.LIAISON, reason="s1.no"), suggested_agency=INSPECTORATE)
    story.new()

    route(story, INSPECTORATE, kind=Kind.OVERSIGHT)

    assert [type(event) for event in story.new()] == [events.Reclassified, events.PrivacySet, events.Routed]
    assert story.complaint.agencies == (INSPECTORATE,)


def test_an_earlier_decision_of_the_arbiter_does_not_bind_an_oversight_complaint(story: Story) -> None:
    story.routed()
    story.complaint.route(story.context(Role.ARBITER), agency=story.other)
    reclassify(story)

    route(story, INSPECTORATE)

    assert story.complaint.lead == INSPECTORATE


def test_a_draft_is_lost_with_the_agency_that_wrote_it(story: Story) -> None:
    story.routed()
    story.complaint.draft_response(
        story.context(Role.LIAISON), text=Sealed("s1.draft"), outcome=Outcome.FIXED
    )

    reclassify(story)

    assert story.complaint.draft is None


def test_archiving_what_was_taken_away_leaves_no_clock(story: Story) -> None:
    story.accepted()
    reclassify(story)

    story.complaint.archive(
        story.context(Role.INSPECTOR), reason_code=ArchiveReason.SLANDER, text=Sealed("s1.sorry")
    )

    assert story.complaint.promises.running == {}
