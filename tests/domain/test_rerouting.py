"""Declining, rerouting and reclassifying: what happens to promises that were made already."""

from datetime import datetime

import pytest

from lapor.domain.complaint import Complaint, events
from lapor.domain.complaint.events import ComplaintEvent
from lapor.domain.deadlines.clock import StopOutcome
from lapor.domain.errors import InvalidFieldError, LimitReachedError, StageForbidsError
from lapor.domain.vocabulary import ArchiveReason, Kind, Outcome, Role, Sealed, Stage, Step

from .story import Story

OTHER = Story.other
CITIZENS = {Step.FOLLOW_UP, Step.RESOLVE, Step.LEGAL_LIMIT}


def due(event: ComplaintEvent) -> dict[Step, datetime]:
    return {clock.step: clock.due_at for clock in event.starts}


def test_declining_keeps_the_one_day_promise_and_leaves_the_citizens_deadlines_with_the_office(
    story: Story,
) -> None:
    complaint = story.routed().complaint
    routed = story.new()[-1]

    complaint.decline(story.context(Role.LIAISON, reason="s1.not-ours"), suggested_agency=OTHER)

    (declined,) = story.new()
    outcomes = {stop.step: stop.outcome for stop in declined.stops}
    assert outcomes == {Step.ACCEPT: StopOutcome.MET} | dict.fromkeys(CITIZENS, StopOutcome.MOVED)
    assert {clock.agency for clock in declined.starts} == {None}
    assert due(declined) == {step: at for step, at in due(routed).items() if step in CITIZENS}
    assert (complaint.stage, complaint.lead, complaint.agencies) == (Stage.DISPUTED, None, ())


def test_rerouting_brings_the_deadlines_along_and_asks_the_new_agency_only_to_accept(story: Story) -> None:
    complaint = story.routed().complaint
    routed = story.new()[-1]
    complaint.decline(story.context(Role.LIAISON, reason="s1.no"), suggested_agency=OTHER)
    story.new()

    complaint.route(story.context(Role.COORDINATOR, days=1), agency=OTHER)

    (again,) = story.new()
    assert {clock.agency for clock in again.starts} == {OTHER}
    assert {step: due(again)[step] for step in CITIZENS} == {step: due(routed)[step] for step in CITIZENS}
    assert due(again)[Step.ACCEPT] > due(routed)[Step.ACCEPT]


def test_a_promise_broken_before_the_rerouting_stays_broken_and_the_new_agency_makes_its_own(
    story: Story,
) -> None:
    complaint = story.routed().complaint
    story.new()

    complaint.route(story.context(Role.COORDINATOR, days=10), agency=OTHER)  # follow-up was due on day 7

    (routed,) = story.new()
    outcomes = {stop.step: stop.outcome for stop in routed.stops}
    assert outcomes[Step.FOLLOW_UP] is StopOutcome.VOID
    assert outcomes[Step.RESOLVE] is StopOutcome.MOVED
    assert due(routed)[Step.FOLLOW_UP] > routed.at


def declined_twice(story: Story) -> Complaint:
    complaint = story.routed().complaint
    complaint.decline(story.context(Role.LIAISON, reason="s1.no"), suggested_agency=OTHER)
    complaint.route(story.context(Role.COORDINATOR), agency=OTHER)
    complaint.decline(story.context(Role.LIAISON, reason="s1.no"), suggested_agency=story.agency)
    return complaint


def test_an_agency_does_not_suggest_itself(story: Story) -> None:
    complaint = story.routed().complaint

    with pytest.raises(InvalidFieldError, match="another agency"):
        complaint.decline(story.context(Role.LIAISON, reason="s1.no"), suggested_agency=story.agency)


def test_a_complaint_declined_twice_is_the_arbiters_to_route(story: Story) -> None:
    complaint = declined_twice(story)
    with pytest.raises(LimitReachedError, match="now the arbiter decides"):
        complaint.route(story.context(Role.COORDINATOR), agency=OTHER)
    story.new()

    complaint.route(story.context(Role.ARBITER), agency=OTHER)

    (routed,) = story.new()
    assert (routed.role, routed.agency, complaint.stage) == (Role.ARBITER, OTHER, Stage.ROUTED)


def test_the_arbiters_decision_binds_agency_and_coordinator_but_not_the_arbiter(story: Story) -> None:
    complaint = story.routed().complaint
    complaint.route(story.context(Role.ARBITER), agency=OTHER)

    with pytest.raises(LimitReachedError, match="the decision binds"):
        complaint.decline(story.context(Role.LIAISON, reason="s1.no"), suggested_agency=story.agency)
    with pytest.raises(LimitReachedError, match="only the arbiter"):
        complaint.route(story.context(Role.COORDINATOR), agency=story.agency)
    complaint.route(story.context(Role.ARBITER), agency=story.agency)

    assert complaint.lead == story.agency


def test_the_arbiter_does_not_route_what_nobody_has_disputed_yet(story: Story) -> None:
    complaint = story.filed().complaint

    with pytest.raises(StageForbidsError):
        complaint.route(story.context(Role.ARBITER), agency=OTHER, kind=Kind.COMPLAINT, category="roads")


def test_a_third_refusal_is_not_taken_after_a_withdrawal_either(story: Story) -> None:
    complaint = declined_twice(story)
    complaint.withdraw(story.context(Role.REPORTER))
    complaint.reopen(story.context(Role.REPORTER, reason="s1.after-all"))
    complaint.route(story.context(Role.COORDINATOR), agency=OTHER)

    with pytest.raises(LimitReachedError, match="declined 2 times"):
        complaint.decline(story.context(Role.LIAISON, reason="s1.no"), suggested_agency=story.agency)


def test_routing_to_the_agency_that_has_it_is_refused(story: Story) -> None:
    complaint = story.routed().complaint

    with pytest.raises(InvalidFieldError, match="already"):
        complaint.route(story.context(Role.COORDINATOR), agency=story.agency)


def test_another_kind_counts_the_deadline_again_from_where_it_began(story: Story) -> None:
    complaint = story.routed(kind=Kind.COMPLAINT).complaint
    story.new()

    complaint.reclassify(story.context(Role.COORDINATOR, days=2), kind=Kind.INFORMATION_REQUEST)

    (reclassified,) = story.new()
    assert due(reclassified)[Step.RESOLVE].date().isoformat() == "2026-12-01"
    outcomes = {stop.step: stop.outcome for stop in reclassified.stops}
    assert outcomes == {Step.RESOLVE: StopOutcome.MOVED, Step.LEGAL_LIMIT: StopOutcome.VOID}


def test_a_deadline_is_never_born_broken_by_reclassifying_late(story: Story) -> None:
    complaint = story.routed(kind=Kind.OVERSIGHT).complaint
    story.new()

    complaint.reclassify(story.context(Role.INSPECTOR, days=20), kind=Kind.INFORMATION_REQUEST)

    (reclassified,) = story.new()
    assert due(reclassified)[Step.RESOLVE] > reclassified.at
    assert Step.LEGAL_LIMIT not in due(reclassified)


def test_an_archived_complaint_leaves_no_clock_and_can_be_reopened_for_verification(story: Story) -> None:
    complaint = story.filed().complaint
    complaint.archive(story.context(Role.COORDINATOR), reason_code=ArchiveReason.SPAM, text=Sealed("s1.why"))
    assert complaint.promises.running == {}
    story.new()

    complaint.reopen(story.context(Role.REPORTER, reason="s1.it-is-real", days=3))

    (reopened,) = story.new()
    assert (reopened.stage, reopened.agency) == (Stage.FILED, None)
    assert list(due(reopened)) == [Step.VERIFY]


def test_rejecting_an_answer_sends_it_back_with_a_new_deadline_twice_at_most(story: Story) -> None:
    complaint = story.responded().complaint
    for _ in range(2):
        complaint.reject_response(story.context(Role.REPORTER, reason="s1.not-fixed"))
        assert complaint.stage is Stage.IN_PROGRESS
        assert (Step.RESOLVE, complaint.promises.started[Step.RESOLVE]) in complaint.promises.running
        complaint.respond(story.context(Role.LIAISON), text=Sealed("s1.again"), outcome=Outcome.FIXED)

    with pytest.raises(LimitReachedError, match="rejected 2 answers"):
        complaint.reject_response(story.context(Role.REPORTER, reason="s1.no"))


def test_a_closed_complaint_is_reopened_within_thirty_days_and_twice_at_most(story: Story) -> None:
    complaint = story.responded().complaint
    complaint.accept_response(story.context(Role.REPORTER))
    with pytest.raises(LimitReachedError, match="30 days"):
        complaint.reopen(story.context(Role.REPORTER, reason="s1.late", days=31))
    story.context(Role.REPORTER, days=-29)

    for _ in range(2):
        complaint.reopen(story.context(Role.REPORTER, reason="s1.again"))
        assert (complaint.stage, complaint.ended_at) == (Stage.IN_PROGRESS, None)
        complaint.respond(story.context(Role.LIAISON), text=Sealed("s1.x"), outcome=Outcome.FIXED)
        complaint.accept_response(story.context(Role.REPORTER))
    with pytest.raises(LimitReachedError, match="2 times"):
        complaint.reopen(story.context(Role.REPORTER, reason="s1.again"))


def test_an_oversight_complaint_is_pursued_without_its_reporter(story: Story) -> None:
    complaint = story.routed(kind=Kind.OVERSIGHT).complaint
    clocks = dict(complaint.promises.running)

    complaint.withdraw(story.context(Role.REPORTER))

    assert complaint.stage is Stage.ROUTED
    assert complaint.promises.running == clocks
    assert isinstance(story.new()[-1], events.Withdrawn)
