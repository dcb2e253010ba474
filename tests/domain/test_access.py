"""The role in which each caller acts."""

from dataclasses import dataclass, field
from uuid import UUID, uuid4

import pytest

from lapor.domain.access import Caller, RoleAssignment, actor_on, may
from lapor.domain.complaint import WORKFLOW
from lapor.domain.errors import NotAllowedError
from lapor.domain.vocabulary import Kind, Privacy, Role


@dataclass(frozen=True)
class AccessedComplaint:
    kind: Kind
    id: UUID = field(default_factory=uuid4)
    privacy: Privacy = Privacy.CONFIDENTIAL
    agencies: tuple[UUID, ...] = ()
    led_by: UUID | None = None


def test_only_the_role_of_inspector_archives_an_oversight_complaint() -> None:
    archive = WORKFLOW["archive"].grants
    coordinator = RoleAssignment(Role.COORDINATOR)
    both = Caller("o", (coordinator, RoleAssignment(Role.INSPECTOR)))

    assert actor_on(both, "archive", archive, AccessedComplaint(Kind.OVERSIGHT)).role is Role.INSPECTOR
    assert actor_on(both, "archive", archive, AccessedComplaint(Kind.COMPLAINT)).role is Role.COORDINATOR
    with pytest.raises(NotAllowedError):
        actor_on(Caller("o", (coordinator,)), "archive", archive, AccessedComplaint(Kind.OVERSIGHT))


def test_an_agency_that_has_a_part_does_not_speak_for_the_lead() -> None:
    lead, other = uuid4(), uuid4()
    complaint = AccessedComplaint(Kind.COMPLAINT, agencies=(lead, other), led_by=lead)
    of_lead, of_other = (Caller("o", (RoleAssignment(Role.LIAISON, agency),)) for agency in (lead, other))

    for verb in ("follow-up", "set-privacy"):
        assert may(of_lead, WORKFLOW[verb].grants, complaint)
        assert may(of_other, WORKFLOW[verb].grants, complaint)
    for verb in ("accept", "decline", "respond", "draft-response", "ask-reporter"):
        assert may(of_lead, WORKFLOW[verb].grants, complaint)
        assert not may(of_other, WORKFLOW[verb].grants, complaint)


def test_nobody_speaks_for_the_lead_where_there_is_none() -> None:
    nobodys = Caller("o", (RoleAssignment(Role.LIAISON, None),))

    assert not may(nobodys, WORKFLOW["accept"].grants, AccessedComplaint(Kind.COMPLAINT))
