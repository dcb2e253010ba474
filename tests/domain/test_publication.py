"""Privacy, and what everybody may read: nothing is public before it is redacted and published."""

import pytest

from lapor.domain.complaint import events
from lapor.domain.errors import InvalidFieldError, LimitReachedError, StageForbidsError
from lapor.domain.vocabulary import Kind, Privacy, Role, Sealed

from .story import Story

OFFICERS = [Role.LIAISON, Role.HEAD, Role.COORDINATOR, Role.NATIONAL, Role.DPO]


def set_privacy(story: Story, privacy: Privacy, role: Role = Role.REPORTER) -> list[type]:
    """Set it and return the kinds of the new events."""
    story.new()
    story.complaint.set_privacy(story.context(role, reason="s1.why"), privacy=privacy)
    return [type(event) for event in story.new()]


def redact(story: Story) -> None:
    story.complaint.redact(
        story.context(Role.COORDINATOR), title=Sealed("s1.public"), text=Sealed("s1.public")
    )


@pytest.fixture
def public(story: Story) -> Story:
    """Routed, redacted and published."""
    story.routed()
    redact(story)
    story.complaint.publish(story.context(Role.COORDINATOR))
    assert story.complaint.published
    return story


@pytest.mark.parametrize("role", [Role.REPORTER, *OFFICERS])
def test_anyone_concerned_makes_a_complaint_more_private_and_says_why(story: Story, role: Role) -> None:
    story.routed()
    story.new()

    story.complaint.set_privacy(story.context(role, reason="s1.why"), privacy=Privacy.ANONYMOUS)

    (event,) = story.new()
    assert (event.privacy, event.reason, event.role) == (Privacy.ANONYMOUS, "s1.why", role)
    assert story.complaint.privacy is Privacy.ANONYMOUS


@pytest.mark.parametrize("role", OFFICERS)
def test_no_officer_makes_it_less_private(story: Story, role: Role) -> None:
    story.routed()
    set_privacy(story, Privacy.CONFIDENTIAL)

    with pytest.raises(InvalidFieldError, match="only the reporter may make it less private"):
        set_privacy(story, Privacy.ANONYMOUS, role)
    assert story.complaint.privacy is Privacy.CONFIDENTIAL


def test_the_reporter_makes_it_less_private(story: Story) -> None:
    story.filed(privacy=Privacy.CONFIDENTIAL)

    assert set_privacy(story, Privacy.OPEN) == [events.PrivacySet]
    assert story.complaint.privacy is Privacy.OPEN


def test_setting_the_privacy_that_it_has_is_refused(story: Story) -> None:
    story.filed()

    with pytest.raises(InvalidFieldError, match="It is open already"):
        set_privacy(story, Privacy.OPEN)


def test_not_even_the_reporter_makes_an_oversight_complaint_less_private(story: Story) -> None:
    story.filed(kind=Kind.OVERSIGHT)

    with pytest.raises(InvalidFieldError, match="stays confidential"):
        set_privacy(story, Privacy.OPEN)


def test_a_complaint_that_becomes_confidential_is_no_longer_public(public: Story) -> None:
    assert set_privacy(public, Privacy.CONFIDENTIAL, Role.LIAISON) == [events.PrivacySet, events.Unpublished]
    assert not public.complaint.published


def test_a_withdrawn_complaint_is_no_longer_public(public: Story) -> None:
    public.new()

    public.complaint.withdraw(public.context(Role.REPORTER))

    assert [type(event) for event in public.new()] == [events.Withdrawn, events.Unpublished]
    assert not public.complaint.published


def test_a_complaint_that_becomes_anonymous_stays_public(public: Story) -> None:
    assert set_privacy(public, Privacy.ANONYMOUS) == [events.PrivacySet]
    assert public.complaint.published


def test_a_complaint_that_becomes_oversight_is_no_longer_public(public: Story) -> None:
    public.complaint.reclassify(public.context(Role.COORDINATOR), kind=Kind.OVERSIGHT)

    assert [type(event) for event in public.new()[-2:]] == [events.PrivacySet, events.Unpublished]
    assert not public.complaint.published


def test_a_complaint_that_was_confidential_is_published_by_a_new_command(public: Story) -> None:
    set_privacy(public, Privacy.CONFIDENTIAL)
    set_privacy(public, Privacy.OPEN)
    assert not public.complaint.published

    public.complaint.publish(public.context(Role.COORDINATOR))

    assert public.complaint.published


def test_a_complaint_that_was_not_redacted_is_not_published(story: Story) -> None:
    story.routed()

    with pytest.raises(LimitReachedError, match="Redact it first"):
        story.complaint.publish(story.context(Role.COORDINATOR))


def test_redacting_shows_nothing_yet(story: Story) -> None:
    story.routed()
    story.new()

    redact(story)

    (event,) = story.new()
    assert (event.title, event.text, event.response) == ("s1.public", "s1.public", None)
    assert not story.complaint.published


def test_a_public_complaint_is_not_published_again_but_redacted_again(public: Story) -> None:
    with pytest.raises(LimitReachedError, match="public already; redact changes the public version"):
        public.complaint.publish(public.context(Role.COORDINATOR))

    redact(public)

    assert public.complaint.published


def test_nothing_confidential_is_redacted_or_published(story: Story) -> None:
    story.routed()
    redact(story)
    set_privacy(story, Privacy.CONFIDENTIAL)

    with pytest.raises(LimitReachedError, match="nothing of it becomes public"):
        redact(story)
    with pytest.raises(LimitReachedError, match="nothing of it becomes public"):
        story.complaint.publish(story.context(Role.COORDINATOR))


def test_nothing_is_redacted_before_it_is_verified(story: Story) -> None:
    story.filed()

    with pytest.raises(StageForbidsError):
        redact(story)


def test_a_public_complaint_is_taken_back_for_a_reason_and_once(public: Story) -> None:
    public.new()
    public.complaint.unpublish(public.context(Role.DPO, reason="s1.names"))

    (event,) = public.new()
    assert (type(event), event.reason, public.complaint.published) == (events.Unpublished, "s1.names", False)
    with pytest.raises(LimitReachedError, match="not public"):
        public.complaint.unpublish(public.context(Role.DPO, reason="s1.names"))
