"""Every verb happens in a play of the usual size, about as often as one would believe."""

from collections import Counter
from collections.abc import Iterable
from datetime import timedelta
from typing import Any, TypeVar

import pytest

from lapor.application.queries.complaint_details import ComplaintDetails
from lapor.cli.demo import COMPLAINTS
from lapor.domain.complaint import WORKFLOW, events
from lapor.domain.vocabulary import Channel, Role, Stage

from .conftest import PlayedDemo

pytestmark = pytest.mark.xdist_group("demo")
F = TypeVar("F", bound=events.ComplaintEvent)
SHARES = {  # per cent of the complaints, at least and at most
    "merge": (1.5, 8),
    "split": (0.8, 5),
    "involve": (2, 9),
    "extend": (1.5, 9),
    "commit": (2, 12),
    "object": (1.5, 9),
    "escalate": (1, 7),
    "refer-to-ombudsman": (0.4, 5),
    "set-privacy": (1, 7),
    "publish": (8, 22),
    "unpublish": (0.2, 3),
    "draft-response": (5, 20),
    "return-response": (0.7, 6),
    "link-sp4n": (9, 17),
    "identity": (4, 25),
    "request-identity": (0.1, 3),
}
KEEPING = {"request-erasure", "erase", "place-legal-hold", "lift-legal-hold"}
"""Verbs about personal data alone are not played: the town's year is shown whole."""
STAGES = {Stage.CLOSED: (55, 80), Stage.MERGED: (1.5, 8), Stage.WITHDRAWN: (2, 9), Stage.ARCHIVED: (2, 9)}


def of(stream: Iterable[Any], kind: type[F]) -> list[F]:
    return [event for event in stream if isinstance(event, kind)]


def lives(town: PlayedDemo) -> list[list[Any]]:
    return list(town.lives.values())


def test_every_verb_of_the_workflow_happens(town: PlayedDemo) -> None:
    assert set(town.verbs) == set(WORKFLOW) - KEEPING


def test_each_happens_about_as_often_as_one_would_believe(town: PlayedDemo) -> None:
    stages = Counter(ComplaintDetails.of(life).complaint.stage for life in lives(town))
    happened: dict[str, int] = {**town.verbs, **{str(stage): count for stage, count in stages.items()}}
    shares = {name: 100 * happened[name] / COMPLAINTS for name in (*SHARES, *STAGES)}

    expected: dict[str, tuple[float, float]] = {
        **SHARES,
        **{str(stage): share for stage, share in STAGES.items()},
    }
    assert not {name: share for name, share in shares.items() if not within(share, *expected[name])}


def within(share: float, least: float, most: float) -> bool:
    return least <= share <= most


def test_a_repeat_is_merged_into_a_neighbours_recent_complaint_which_goes_on(town: PlayedDemo) -> None:
    streams, answered = town.lives, 0
    for life in lives(town):
        for merged in of(life, events.Merged):
            mine, earlier = life[0], streams[merged.into][0]
            assert mine.place.village == earlier.place.village
            assert timedelta() < mine.at - earlier.at < timedelta(days=6)
            assert life[-1] is merged
            rest = [event for event in streams[merged.into] if event.at > merged.at]
            answered += bool(of(rest, events.Responded))
    assert answered > 1


def test_the_second_matter_of_a_letter_goes_on_by_itself(town: PlayedDemo) -> None:
    streams = town.lives
    children = [child for life in lives(town) for split in of(life, events.Split) for child in split.children]

    parts = [streams[child] for child in children]
    assert sum(bool(of(part, events.Responded)) for part in parts) > len(parts) / 3
    for part in parts:
        routed, other = of(part, events.Routed), of(streams[part[0].split_from], events.Routed)
        assert not {each.category for each in of(part, events.Verified)} & {
            each.category for each in of(streams[part[0].split_from], events.Verified)
        }
        if routed and other:
            assert routed[-1].agency != other[-1].agency


def test_after_two_refusals_the_arbiter_decides(town: PlayedDemo) -> None:
    refused = [life for life in lives(town) if len(of(life, events.Declined)) == 2]
    decided = [of(life, events.Routed)[-1] for life in refused if len(of(life, events.Routed)) == 3]

    assert len(decided) > 3
    assert {routed.role for routed in decided} == {Role.ARBITER}


def test_an_agency_of_two_persons_never_answers_by_one(town: PlayedDemo) -> None:
    agencies = town.running.application.reference_data.agencies
    two = {agency.id for agency in agencies.values() if agency.two_persons}
    assert 2 <= len(two) <= 6
    for life in lives(town):
        drafts = of(life, events.ResponseDrafted)
        for answer in of(life, events.Responded):
            assert (answer.agency in two) == bool(drafts)
            assert not any(draft.by == answer.by for draft in drafts)


def test_most_agencies_that_are_involved_follow_up(town: PlayedDemo) -> None:
    followed = 0
    for life in lives(town):
        for involved in of(life, events.AgencyInvolved):
            followed += any(event.agency == involved.agency for event in of(life, events.FollowedUp))
    assert followed > town.verbs["involve"] / 2


def test_some_commitments_are_kept_and_some_are_not(town: PlayedDemo) -> None:
    long_ago = town.events[-1].at.date() - timedelta(days=25)
    over, kept = 0, 0
    for life in lives(town):
        for made in of(life, events.CommitmentMade):
            if made.promised_on < long_ago:
                over += 1
                kept += any(each.n == made.n for each in of(life, events.CommitmentKept))

    assert over / 2 < kept < over


def test_objections_to_answers_are_decided_both_ways_by_somebody_who_had_no_hand_in_it(
    town: PlayedDemo,
) -> None:
    answered = [life for life in lives(town) if of(life, events.Responded)]
    decided = [(life, decision) for life in answered for decision in of(life, events.ObjectionDecided)]

    assert {decision.upheld for _, decision in decided} == {True, False}
    for life, decision in decided:
        assert decision.by not in {event.by for event in life if event.at < decision.at}
        assert decision.role in {Role.ARBITER, Role.NATIONAL, Role.INSPECTOR}


def test_a_complaint_through_sp4n_is_linked_to_a_number_of_its_own(town: PlayedDemo) -> None:
    relayed = [life for life in lives(town) if life[0].channel is Channel.SP4N and not life[0].split_from]
    numbers = [linked.tracking_id for life in lives(town) for linked in of(life, events.Sp4nLinked)]

    linked = [life for life in relayed if of(life, events.Sp4nLinked)]
    assert len(numbers) == len(set(numbers)) == len(linked)
    assert all(of(life, events.Sp4nLinked) for life in relayed if of(life, events.Routed))
