"""Access to the reporter's identity: masks, reasons, and the two persons who break the glass."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lapor.domain import masking
from lapor.domain.complaint import events
from lapor.domain.complaint.events import Reporter
from lapor.domain.context import CommandContext
from lapor.domain.errors import InvalidFieldError, LimitReachedError, NotAllowedError
from lapor.domain.vocabulary import IdentityReason, Privacy, Recipient, Role, Sealed

from .story import Story

SITI = Reporter(name=Sealed("s1.name"), phone=Sealed("s1.phone"))
WHY: dict[str, Any] = {"reason_code": IdentityReason.LEGAL_ORDER}
ASKED: dict[str, Any] = {**WHY, "reference": "B/12/2026"}


@pytest.mark.parametrize(
    ("mask", "said", "shown"),
    [
        (masking.name, "Siti Rahayu Anjani", "Siti R. A."),
        (masking.name, "  Siti   rahayu ", "Siti R."),
        (masking.name, "Siti", "Siti"),
        (masking.name, "", "***"),
        (masking.phone, "0812-3456-789", "0812****789"),
        (masking.phone, "+62 812 3456 789", "6281*****789"),
        (masking.phone, "021123456", "02****456"),
        (masking.phone, "0812", "***"),
        (masking.phone, "nomor istri saya", "***"),
        (masking.email, "siti.rahayu@mail.example.id", "s***@***.id"),
        (masking.email, "siti@localhost", "s***@***"),
        (masking.email, "@x", "***"),
        (masking.email, "siti", "***"),
        (masking.national_id, "3216990000001234", "************1234"),
        (masking.national_id, "1234", "***"),
    ],
)
def test_a_mask_shows_enough_to_tell_two_people_apart_and_no_more(
    mask: Callable[[str], str], said: str, shown: str
) -> None:
    assert mask(said) == shown


@given(st.text(max_size=40))
def test_no_mask_fails_or_shows_more_than_half_of_a_number(said: str) -> None:
    whole = masking.masked(dict.fromkeys(("name", "phone", "email", "national_id", "address"), said), "[x]")
    assert whole["masked"] is True
    assert whole["address"] == masking.HIDDEN
    digits = [notification for notification in said if notification.isdigit()]
    shown = [notification for notification in str(whole["phone"]) if notification.isdigit()]
    assert len(shown) <= 7
    assert len(shown) < len(digits) or not digits


def test_an_erased_value_stays_erased() -> None:
    assert masking.masked({"name": "[x]", "address": "[x]"}, "[x]") == {
        "name": "[x]",
        "address": "[x]",
        "masked": True,
    }


def test_a_look_says_why_for_whom_and_what_was_seen(story: Story) -> None:
    complaint = story.filed(reporter=SITI).complaint
    story.new()

    complaint.identity(story.context(Role.LIAISON, "s1.why"), reason_code=IdentityReason.CONTACT)

    (event,) = story.new()
    assert isinstance(event, events.IdentityViewed)
    assert (event.fields, event.agency, event.break_glass) == (("name", "phone"), story.agency, False)
    assert (event.reason_code, event.reason, event.role) == (IdentityReason.CONTACT, "s1.why", Role.LIAISON)
    assert complaint.handlers == set(), "who only looks has had no hand in it"


def test_where_the_reporter_said_nothing_there_is_nothing_to_see(story: Story) -> None:
    complaint = story.filed().complaint
    with pytest.raises(LimitReachedError):
        complaint.identity(story.context(Role.LIAISON, "s1.why"), reason_code=IdentityReason.CONTACT)


def test_only_those_who_investigate_look_without_the_reporters_being_told(story: Story) -> None:
    complaint = story.filed(reporter=SITI, privacy=Privacy.ANONYMOUS).complaint
    secret = {"reason_code": IdentityReason.INVESTIGATION}
    with pytest.raises(InvalidFieldError):
        complaint.identity(story.context(Role.COORDINATOR, "s1.why"), **secret)
    with pytest.raises(InvalidFieldError):
        complaint.request_identity(story.context(Role.COORDINATOR, "s1.why"), **secret, reference="B/1")
    complaint.request_identity(story.context(Role.DPO, "s1.why"), **secret, reference="B/1")


def test_the_national_admin_does_not_know_who_reported_in_confidence(story: Story) -> None:
    complaint = story.filed(reporter=SITI, privacy=Privacy.CONFIDENTIAL).complaint
    with pytest.raises(NotAllowedError):
        complaint.identity(story.context(Role.NATIONAL, "s1.why"), **WHY)
    complaint.identity(story.context(Role.COORDINATOR, "s1.why"), **WHY)


def test_an_anonymous_reporter_is_seen_by_who_asked_after_another_has_granted_it(story: Story) -> None:
    complaint = story.filed(reporter=SITI, privacy=Privacy.ANONYMOUS).complaint

    def coordinator() -> CommandContext:
        return story.context(Role.COORDINATOR, "s1.why")

    def dpo() -> CommandContext:
        return story.context(Role.DPO, "s1.yes")

    for early in ("nobody asked", "nobody granted"):
        with pytest.raises(LimitReachedError):
            complaint.identity(coordinator(), **WHY)
        if early == "nobody asked":
            with pytest.raises(LimitReachedError):
                complaint.grant_identity(dpo(), request=1)
            complaint.request_identity(coordinator(), **ASKED)
    complaint.grant_identity(dpo(), request=complaint.version)
    story.new()

    with pytest.raises(LimitReachedError):
        complaint.identity(story.context(Role.COORDINATOR, "s1.why", who="another"), **WHY)
    with pytest.raises(LimitReachedError):
        complaint.identity(dpo(), **WHY)
    complaint.identity(coordinator(), **WHY)
    (event,) = story.new()
    assert event.break_glass

    with pytest.raises(LimitReachedError):
        complaint.identity(story.context(Role.COORDINATOR, "s1.why", hours=72), **WHY)


def test_nobody_grants_their_own_request(story: Story) -> None:
    complaint = story.filed(reporter=SITI, privacy=Privacy.ANONYMOUS).complaint
    complaint.request_identity(story.context(Role.DPO, "s1.why", who="both"), **ASKED)

    with pytest.raises(NotAllowedError):
        complaint.grant_identity(story.context(Role.ARBITER, "s1.yes", who="both"), request=2)
    complaint.grant_identity(story.context(Role.ARBITER, "s1.yes", who="other"), request=2)


def test_nobody_grants_a_request_that_they_have_not_read(story: Story) -> None:
    complaint = story.filed(reporter=SITI, privacy=Privacy.ANONYMOUS).complaint
    for who in ("one", "another"):
        complaint.request_identity(story.context(Role.COORDINATOR, "s1.why", who=who), **ASKED)
    with pytest.raises(InvalidFieldError):
        complaint.grant_identity(story.context(Role.DPO), request=2)
    complaint.grant_identity(story.context(Role.DPO), request=3)
    assert story.new()[-1].requester == "another"


def test_the_identity_of_a_named_reporter_need_not_be_requested(story: Story) -> None:
    complaint = story.filed(reporter=SITI).complaint
    with pytest.raises(LimitReachedError):
        complaint.request_identity(story.context(Role.DPO, "s1.why"), **ASKED)


def test_a_copy_that_names_nobody_says_so(story: Story) -> None:
    complaint = story.filed(reporter=SITI).complaint
    story.new()
    for identified in (True, False):
        complaint.note_export(
            story.context(Role.COORDINATOR), recipient=Recipient.OMBUDSMAN, identified=identified
        )
    assert [event.fields for event in story.new()] == [("name", "phone"), ()]
