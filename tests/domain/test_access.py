"""Who acts in which role."""

from dataclasses import dataclass, field
from uuid import UUID, uuid4

import pytest

from lapor.domain.access import Caller, Held, actor_on
from lapor.domain.complaint import WORKFLOW
from lapor.domain.errors import NotAllowedError
from lapor.domain.terms import Kind, Privacy, Role


@dataclass(frozen=True)
class Complaint:
    kind: Kind
    id: UUID = field(default_factory=uuid4)
    privacy: Privacy = Privacy.CONFIDENTIAL
    agencies: tuple[UUID, ...] = ()


def test_only_the_inspectorate_archives_an_oversight_complaint_whatever_else_he_is() -> None:
    archive = WORKFLOW["archive"].grants
    coordinator = Held(Role.COORDINATOR)
    both = Caller("o", (coordinator, Held(Role.INSPECTOR)))

    assert actor_on(both, "archive", archive, Complaint(Kind.OVERSIGHT)).role is Role.INSPECTOR
    assert actor_on(both, "archive", archive, Complaint(Kind.COMPLAINT)).role is Role.COORDINATOR
    with pytest.raises(NotAllowedError):
        actor_on(Caller("o", (coordinator,)), "archive", archive, Complaint(Kind.OVERSIGHT))
