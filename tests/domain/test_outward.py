"""Further up, and outside."""

import pytest

from lapor.domain.complaint import WORKFLOW
from lapor.domain.errors import InvalidFieldError, LimitReachedError, StageForbidsError
from lapor.domain.vocabulary import Role, Stage

from .story import Story


def test_escalating_goes_up_by_one_level_to_the_third(story: Story) -> None:
    complaint = story.routed().complaint
    story.new()

    for _ in range(3):
        complaint.escalate(story.context(Role.COORDINATOR, reason="s1.late"))

    assert [event.level for event in story.new()] == [1, 2, 3]
    with pytest.raises(LimitReachedError, match="highest level, 3"):
        complaint.escalate(story.context(Role.ARBITER, reason="s1.late"))
    assert WORKFLOW["escalate"].needs_reason


def test_an_ended_complaint_is_not_escalated(story: Story) -> None:
    complaint = story.filed().complaint
    complaint.withdraw(story.context(Role.REPORTER))

    with pytest.raises(StageForbidsError):
        complaint.escalate(story.context(Role.COORDINATOR, reason="s1.late"))


@pytest.mark.parametrize("role", [Role.REPORTER, Role.COORDINATOR])
def test_a_complaint_goes_to_the_ombudsman_and_goes_on_here_as_well(story: Story, role: Role) -> None:
    complaint = story.routed().complaint
    running = dict(complaint.promises.running)
    story.new()

    complaint.refer_to_ombudsman(story.context(role), consent=True, reference="OMB-7")

    (referred,) = story.new()
    assert (referred.consent, referred.reference, referred.stops) == (True, "OMB-7", ())
    assert (complaint.stage, complaint.promises.running) == (Stage.ROUTED, running)


def test_nothing_goes_to_the_ombudsman_before_an_agency_had_it(story: Story) -> None:
    complaint = story.filed().complaint

    with pytest.raises(StageForbidsError):
        complaint.refer_to_ombudsman(story.context(Role.REPORTER), consent=True)


def test_a_complaint_has_one_number_in_sp4n(story: Story) -> None:
    complaint = story.filed().complaint
    story.new()

    complaint.link_sp4n(story.context(Role.COORDINATOR), tracking_id="7654321")

    assert story.new()[0].tracking_id == "7654321"
    with pytest.raises(InvalidFieldError, match="linked to 7654321 already"):
        complaint.link_sp4n(story.context(Role.NATIONAL), tracking_id="1234567")
