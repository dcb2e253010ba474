"""The events of each verb, and its refusals."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from lapor.domain.aggregate import Event
from lapor.domain.complaint import WORKFLOW, events, perform
from lapor.domain.deadlines.clock import Clock, Stop, StopOutcome
from lapor.domain.errors import InvalidFieldError, StageForbidsError
from lapor.domain.vocabulary import Ground, Kind, Outcome, Privacy, Role, Sealed, Stage, Step

from .story import Story


def kinds(found: Iterable[Event]) -> list[type]:
    return [type(event) for event in found]


def steps(clocks: Iterable[Clock | Stop]) -> list[Step]:
    return [clock.step for clock in clocks]


def test_filing_promises_verification_within_three_working_days(story: Story) -> None:
    (filed,) = story.filed().new()

    (clock,) = filed.starts
    assert (clock.step, clock.n, clock.agency) == (Step.VERIFY, 1, None)
    assert clock.due_at == datetime(2026, 11, 27, 9, 30, tzinfo=UTC)  # Friday, 16:30 WIB
    assert (clock.policy, clock.calendar, clock.provisional) == ("sp4n-2018/1", "id-2026/1", False)


def test_an_oversight_complaint_is_confidential_from_the_first_event_on(story: Story) -> None:
    (filed,) = story.filed(kind=Kind.OVERSIGHT, privacy=Privacy.OPEN).new()

    assert filed.privacy is Privacy.CONFIDENTIAL


def test_verifying_leaves_the_clock_running_until_the_complaint_is_routed(story: Story) -> None:
    complaint = story.filed().complaint
    complaint.verify(
        story.context(Role.COORDINATOR), kind=Kind.COMPLAINT, category="roads", title=Sealed("s1.t")
    )
    story.new()

    complaint.route(story.context(Role.COORDINATOR), agency=story.agency)

    (routed,) = story.new()
    assert [(stop.step, stop.outcome) for stop in routed.stops] == [(Step.VERIFY, StopOutcome.MET)]
    assert routed.stops[0].working_minutes == 120


def test_routing_a_filed_complaint_verifies_it_too_and_promises_by_its_kind(story: Story) -> None:
    story.routed(kind=Kind.COMPLAINT)

    _, verified, routed = story.new()
    assert isinstance(verified, events.Verified)
    assert steps(routed.starts) == [Step.ACCEPT, Step.FOLLOW_UP, Step.RESOLVE, Step.LEGAL_LIMIT]
    assert {clock.agency for clock in routed.starts} == {story.agency}
    due = {clock.step: clock.due_at.date().isoformat() for clock in routed.starts}
    assert due[Step.ACCEPT] == "2026-11-25"
    assert due[Step.FOLLOW_UP] == "2026-12-01"
    assert due[Step.RESOLVE] == "2026-12-14"
    assert due[Step.LEGAL_LIMIT] == "2027-01-23"


@pytest.mark.parametrize(
    ("kind", "resolve", "legal"),
    [
        (Kind.INFORMATION_REQUEST, "2026-12-01", False),
        (Kind.ASPIRATION, "2026-12-14", False),
        (Kind.COMPLAINT, "2026-12-14", True),
        (Kind.OVERSIGHT, "2027-02-23", True),
    ],
)
def test_the_kind_decides_how_long_resolving_may_take(
    story: Story, kind: Kind, resolve: str, legal: bool
) -> None:
    story.routed(kind=kind)

    due = {clock.step: clock.due_at.date().isoformat() for clock in story.new()[-1].starts}
    assert due[Step.RESOLVE] == resolve
    assert (Step.LEGAL_LIMIT in due) is legal


def test_routing_as_oversight_makes_a_complaint_confidential(story: Story) -> None:
    story.routed(kind=Kind.OVERSIGHT)

    assert kinds(story.new()) == [events.Filed, events.Verified, events.PrivacySet, events.Routed]
    assert story.complaint.privacy is Privacy.CONFIDENTIAL


@pytest.mark.parametrize("missing", ["kind", "category", "title"])
def test_a_complaint_is_not_routed_before_it_is_known_what_it_is(story: Story, missing: str) -> None:
    body: dict[str, Any] = {"kind": Kind.COMPLAINT, "category": "roads", "title": "s1.t"}
    del body[missing]
    complaint = story.filed().complaint

    with pytest.raises(InvalidFieldError) as refused:
        complaint.route(story.context(Role.COORDINATOR), agency=story.agency, **body)

    assert refused.value.details == {"errors": {missing: [refused.value.sentence]}}
    assert kinds(story.new()) == [events.Filed]


def test_an_officer_cannot_make_a_complaint_less_private(story: Story) -> None:
    complaint = story.filed(privacy=Privacy.CONFIDENTIAL).complaint

    with pytest.raises(InvalidFieldError, match="only the reporter"):
        complaint.verify(
            story.context(Role.COORDINATOR),
            kind=Kind.COMPLAINT,
            category="roads",
            title=Sealed("s1.t"),
            privacy=Privacy.OPEN,
        )


def test_following_up_a_routed_complaint_accepts_it_and_keeps_both_promises(story: Story) -> None:
    complaint = story.routed().complaint
    story.new()

    complaint.follow_up(story.context(Role.LIAISON), text=Sealed("s1.done"), public=True)

    accepted, followed_up = story.new()
    assert steps(accepted.stops) == [Step.ACCEPT]
    assert steps(followed_up.stops) == [Step.FOLLOW_UP]
    assert complaint.stage is Stage.IN_PROGRESS


def test_a_second_follow_up_stops_no_clock(story: Story) -> None:
    complaint = story.routed().complaint
    complaint.follow_up(story.context(Role.LIAISON), text=Sealed("s1.one"))
    story.new()

    complaint.follow_up(story.context(Role.LIAISON), text=Sealed("s1.two"))

    (second,) = story.new()
    assert second.stops == ()


def test_answering_keeps_every_promise_of_the_agency_and_gives_the_reporter_ten_working_days(
    story: Story,
) -> None:
    complaint = story.routed().complaint
    story.new()

    complaint.respond(story.context(Role.LIAISON), text=Sealed("s1.answer"), outcome=Outcome.FIXED)

    accepted, responded = story.new()
    assert steps(accepted.stops) == [Step.ACCEPT]
    assert steps(responded.stops) == [Step.FOLLOW_UP, Step.RESOLVE, Step.LEGAL_LIMIT]
    assert [(clock.step, clock.due_at.date().isoformat()) for clock in responded.starts] == [
        (Step.REPORTER_REPLY, "2026-12-08")
    ]


def test_agreeing_with_a_rating_closes_the_complaint_and_no_clock_is_left(story: Story) -> None:
    complaint = story.responded().complaint
    story.new()

    complaint.accept_response(story.context(Role.REPORTER), rating=4, comment=Sealed("s1.thanks"))

    agreed, rated, closed = story.new()
    assert (agreed.comment, rated.rating, rated.comment) == (None, 4, "s1.thanks")
    assert closed.ground is Ground.ACCEPTED
    assert complaint.promises.running == {}


def test_closing_without_the_reporter_needs_a_reason_and_writes_no_rating(story: Story) -> None:
    complaint = story.responded().complaint
    story.new()

    complaint.close(story.context(Role.COORDINATOR, reason="s1.why"))

    (closed,) = story.new()
    assert (closed.ground, closed.reason) == (Ground.DECISION, "s1.why")
    assert [(stop.step, stop.outcome) for stop in closed.stops] == [(Step.REPORTER_REPLY, StopOutcome.VOID)]
    assert WORKFLOW["close"].needs_reason


def test_a_refusal_says_the_stage_and_what_is_possible_for_this_role(story: Story) -> None:
    complaint = story.routed().complaint

    with pytest.raises(StageForbidsError) as refused:
        complaint.verify(
            story.context(Role.COORDINATOR), kind=Kind.COMPLAINT, category="x", title=Sealed("s1.t")
        )

    assert refused.value.details == {
        "stage": Stage.ROUTED,
        "possible": [
            *("escalate", "excuse", "extend", "follow-up", "identity", "involve", "link-sp4n", "note"),
            *("publish", "reclassify", "redact", "refer-to-ombudsman", "request-identity", "route"),
            *("set-privacy", "unpublish"),
        ],
    }


def test_time_never_falls_within_a_stream_when_the_clock_jumps_back(story: Story) -> None:
    complaint = story.routed().complaint
    routed_at = story.at

    complaint.follow_up(story.context(Role.LIAISON, days=-30), text=Sealed("s1.x"))

    assert [event.at for event in story.new()][-2:] == [routed_at, routed_at]
    story.at = routed_at + timedelta(hours=2)
    complaint.respond(story.context(Role.LIAISON), text=Sealed("s1.x"), outcome=Outcome.FIXED)
    assert all(stop.working_minutes >= 0 for event in story.new() for stop in event.stops)


@pytest.mark.parametrize("name", sorted(WORKFLOW))
@pytest.mark.parametrize("stage", list(Stage))
def test_a_verb_is_refused_at_every_stage_that_the_table_does_not_name(
    story: Story, name: str, stage: Stage
) -> None:
    complaint = story.filed().complaint
    story.new()
    complaint.standing = complaint.standing._replace(stage=stage)
    if stage in WORKFLOW[name].stages:
        return

    with pytest.raises(StageForbidsError):
        perform(complaint, name, story.context(Role.COORDINATOR), {})

    assert story.new() == []


def test_events_rebuild_the_same_complaint(story: Story) -> None:
    complaint = story.responded().complaint
    complaint.accept_response(story.context(Role.REPORTER))
    remembered = {name: value for name, value in vars(complaint).items() if name != "_pending_events"}

    again = None
    for event in story.new():
        again = event.mutate(again)

    assert {name: value for name, value in vars(again).items() if name != "_pending_events"} == remembered
