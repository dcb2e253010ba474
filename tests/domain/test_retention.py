"""For how long personal data are kept: one row for each end, from a day on."""

from datetime import date
from typing import Any
from uuid import uuid4

import pytest

from lapor.domain.errors import GoneError, HeldError, InvalidFieldError, LimitReachedError
from lapor.domain.retention_policy import RetentionPolicy, RetentionRule
from lapor.domain.vocabulary import ErasureBasis, Kind, Role, Stage

from .story import Story

TODAY = date(2026, 11, 24)
BRIEF = RetentionRule(90, "Pasal 3", stages=(Stage.WITHDRAWN, Stage.ARCHIVED), automatic=True)
LONG = RetentionRule(1825, "Pasal 4", kinds=(Kind.COMPLAINT,), stages=(Stage.CLOSED,))


def adopted(story: Story, *rules: RetentionRule, since: date = TODAY) -> RetentionPolicy:
    return RetentionPolicy.adopt(
        story.context(Role.DPO),
        stream=uuid4(),
        today=TODAY,
        effective_from=since,
        regulation="Perbup 11",
        rules=rules,
    )


def test_the_latest_version_whose_day_has_come_is_in_force(story: Story) -> None:
    it = adopted(story, BRIEF)
    later: dict[str, Any] = {"today": TODAY, "effective_from": date(2027, 1, 1), "regulation": "Perbup 12"}
    it.adopt_again(story.context(Role.DPO), **later, rules=(LONG,))
    it.adopt_again(story.context(Role.DPO), **later, rules=(BRIEF, LONG))

    assert [version.id for version in it.versions] == ["retention/1", "retention/2", "retention/3"]
    days = (date(2026, 11, 23), TODAY, date(2026, 12, 31), date(2027, 1, 1))
    found = [version and version.id for version in map(it.in_force, days)]
    assert found == [None, "retention/1", "retention/1", "retention/3"]


def test_a_complaint_that_no_row_covers_is_kept_until_somebody_asks(story: Story) -> None:
    (version,) = adopted(story, BRIEF, LONG).versions
    assert version.rule(None, Stage.ARCHIVED) is BRIEF
    assert version.rule(Kind.COMPLAINT, Stage.CLOSED) is LONG
    assert version.rule(Kind.OVERSIGHT, Stage.CLOSED) is None
    assert version.rule(None, Stage.CLOSED) is None


@pytest.mark.parametrize(
    ("rules", "since", "says"),
    [
        ((BRIEF,), date(2026, 11, 23), "has passed"),
        ((RetentionRule(90, "x", stages=(Stage.ROUTED,)),), TODAY, "Only complaints that have ended"),
        (
            (BRIEF, RetentionRule(30, "x")),
            TODAY,
            "two rows for complaints never classified at stage archived",
        ),
        (
            (LONG, RetentionRule(30, "x", kinds=(Kind.COMPLAINT,))),
            TODAY,
            "two rows for complaint at stage closed",
        ),
    ],
)
def test_a_policy_that_would_not_say_one_thing_is_refused(
    story: Story, rules: tuple[RetentionRule, ...], since: date, says: str
) -> None:
    with pytest.raises(InvalidFieldError, match=says):
        adopted(story, *rules, since=since)


def test_an_open_complaint_is_closed_by_its_erasure_and_no_promise_is_left(story: Story) -> None:
    complaint = story.accepted().complaint
    story.new()

    complaint.erase(story.context(Role.DPO), basis=ErasureBasis.COURT_ORDER, reference="12/Pdt")

    (event,) = story.new()
    assert (event.basis, event.reference, event.stage, event.reason) == (
        "court_order",
        "12/Pdt",
        "closed",
        None,
    )
    assert {stop.outcome for stop in event.stops} == {"void"}
    assert (complaint.stage, complaint.promises.running) == (Stage.CLOSED, {})
    with pytest.raises(GoneError):
        complaint.reopen(story.context(Role.COORDINATOR, reason="s1.x"))


def test_an_erasure_does_not_change_when_a_complaint_ended(story: Story) -> None:
    complaint = story.filed().complaint
    complaint.withdraw(story.context(Role.REPORTER))
    ended = complaint.ended_at
    complaint.erase(story.context(Role.DPO), basis=ErasureBasis.REQUEST)
    assert (complaint.stage, complaint.ended_at) == (Stage.WITHDRAWN, ended)


def test_a_hold_stands_against_it_and_there_is_one_at_a_time(story: Story) -> None:
    complaint = story.filed().complaint
    complaint.place_legal_hold(story.context(Role.DPO, reason="s1.x"))
    with pytest.raises(LimitReachedError):
        complaint.place_legal_hold(story.context(Role.DPO, reason="s1.x"))
    with pytest.raises(HeldError):
        complaint.erase(story.context(Role.DPO), basis=ErasureBasis.REQUEST)
    complaint.lift_legal_hold(story.context(Role.DPO, reason="s1.x"))
    with pytest.raises(LimitReachedError):
        complaint.lift_legal_hold(story.context(Role.DPO, reason="s1.x"))
    complaint.erase(story.context(Role.DPO), basis=ErasureBasis.REQUEST)
    assert complaint.erased


def test_an_officer_who_places_a_hold_has_not_handled_the_complaint(story: Story) -> None:
    complaint = story.filed().complaint
    complaint.place_legal_hold(story.context(Role.DPO, reason="s1.x"))
    assert complaint.handlers == set()
