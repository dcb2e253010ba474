"""Complaints that turn out to be one, or several."""

from typing import Any
from uuid import uuid4

import pytest

from lapor.domain.complaint import Complaint, events
from lapor.domain.deadlines.clock import StopOutcome
from lapor.domain.errors import InvalidFieldError, StageForbidsError
from lapor.domain.vocabulary import ArchiveReason, Kind, Privacy, Role, Sealed, Stage, Step

from .story import Story


def another(**filed: Any) -> Complaint:
    return Story().filed(**filed).complaint


def merge(story: Story, into: Complaint) -> None:
    story.complaint.merge(story.context(Role.COORDINATOR, reason="s1.same-hole"), into=into)


def test_merging_ends_the_one_and_is_known_to_the_other(story: Story) -> None:
    complaint, into = story.filed().complaint, another()
    story.new()
    into.collect_events()

    merge(story, into)

    (merged,), (followed,) = story.new(), into.collect_events()
    assert (merged.into, merged.reason, complaint.stage) == (into.id, "s1.same-hole", Stage.MERGED)
    assert [(stop.step, stop.outcome) for stop in merged.stops] == [(Step.VERIFY, StopOutcome.MET)]
    assert complaint.promises.running == {}
    assert isinstance(followed, events.FollowerAdded)
    assert (followed.follower, followed.starts, followed.stops) == (complaint.id, (), ())
    assert into.stage is Stage.FILED


def test_time_never_falls_in_the_complaint_that_goes_on(story: Story) -> None:
    story.filed()
    other = Story()
    other.at = story.at.replace(year=2027)  # decided by a clock that ran ahead
    into = other.filed().complaint

    merge(story, into)

    assert into.take_events()[-1].at == into.modified_on == other.at


def test_a_complaint_is_not_merged_into_itself(story: Story) -> None:
    complaint = story.filed().complaint

    with pytest.raises(InvalidFieldError, match="into itself"):
        merge(story, complaint)


def test_nothing_is_merged_into_a_complaint_that_has_ended(story: Story) -> None:
    story.filed()
    other = Story().filed()
    other.complaint.archive(
        other.context(Role.COORDINATOR), reason_code=ArchiveReason.SPAM, text=Sealed("s1.sorry")
    )

    with pytest.raises(InvalidFieldError, match="That complaint is archived; name one that is still open"):
        merge(story, other.complaint)


@pytest.mark.parametrize("its", list(Privacy))
@pytest.mark.parametrize("others", list(Privacy))
def test_complaints_are_merged_into_no_less_private_ones_and_confidential_ones_never(
    story: Story, its: Privacy, others: Privacy
) -> None:
    complaint, into = story.filed(privacy=its).complaint, another(privacy=others)
    if (its, others) in {
        (Privacy.OPEN, Privacy.OPEN),
        (Privacy.OPEN, Privacy.ANONYMOUS),
        (Privacy.ANONYMOUS, Privacy.ANONYMOUS),
    }:
        merge(story, into)
        assert complaint.stage is Stage.MERGED
        return

    confidential = Privacy.CONFIDENTIAL in {its, others}
    with pytest.raises(InvalidFieldError, match="never merged" if confidential else "less private"):
        merge(story, into)
    assert len(into.collect_events()) == 1


def test_a_complaint_that_an_agency_has_is_not_merged(story: Story) -> None:
    story.routed()

    with pytest.raises(StageForbidsError):
        merge(story, another())


def test_splitting_names_the_others_and_stops_no_clock(story: Story) -> None:
    complaint, children = story.accepted().complaint, (uuid4(), uuid4())
    running = dict(complaint.promises.running)
    story.new()

    complaint.split(
        story.context(Role.COORDINATOR, reason="s1.two-matters"),
        parts=tuple(events.Part(Sealed("s1.text"), Sealed("s1.title")) for _ in children),
        children=children,
    )

    (split,) = story.new()
    assert (split.children, split.reason, split.starts, split.stops) == (children, "s1.two-matters", (), ())
    assert (complaint.stage, complaint.promises.running) == (Stage.IN_PROGRESS, running)


def test_a_part_says_of_which_complaint_it_was_one(story: Story) -> None:
    parent = uuid4()

    (filed,) = story.filed(split_from=parent, kind=Kind.COMPLAINT).new()

    assert filed.split_from == parent
    assert [clock.step for clock in filed.starts] == [Step.VERIFY]
