"""Access control: verb × role × scope, one table for commands and queries alike.

A verb brings its own row (``lapor.domain.complaint``); the acts that are not verbs are listed here. An
officer who may not see a complaint gets the same 404 as for one that does not exist.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol
from uuid import UUID

from lapor.domain.context import Actor
from lapor.domain.errors import NotAllowedError, NotFoundError, NotSignedInError
from lapor.domain.vocabulary import OFFICES, Channel, Kind, Privacy, Role

CITIZEN = "citizen"


class Scope(StrEnum):
    """The complaints over which a role has a right."""

    ALL = "all"  # every one
    AGENCY = "agency"  # those in which the officer's agency has a part
    LEAD = "lead"  # those for which it answers
    OVERSIGHT = "oversight"  # oversight complaints (berkadar pengawasan)
    ORDINARY = "ordinary"  # all but the oversight complaints
    OWN = "own"  # the one whose receipt was shown


Grants = Mapping[Role, Scope]


class ComplaintAccess(Protocol):
    """The part of a complaint that access control reads."""

    @property
    def id(self) -> UUID: ...
    @property
    def kind(self) -> Kind | None: ...
    @property
    def privacy(self) -> Privacy: ...
    @property
    def agencies(self) -> Collection[UUID]: ...
    @property
    def led_by(self) -> UUID | None: ...


@dataclass(frozen=True)
class RoleAssignment:
    """A role that a person holds, for one agency or for none in particular."""

    role: Role
    agency: UUID | None = None


@dataclass(frozen=True)
class Caller:
    """The author of a request: an officer with their roles, or a citizen, with or without a receipt."""

    id: str = CITIZEN
    roles: tuple[RoleAssignment, ...] = ()
    receipt_for: UUID | None = None
    channel: Channel = Channel.WEB

    @property
    def signed_in(self) -> bool:
        return bool(self.roles)

    def with_receipt_for(self, complaint: UUID) -> "Caller":
        return Caller(self.id, self.roles, complaint, self.channel)


@dataclass(frozen=True)
class Act:
    """Something that needs permission and is not a verb on a complaint."""

    name: str
    says: str
    grants: Grants = field(hash=False)


_EVERY_OFFICER: dict[Role, Scope] = dict.fromkeys(OFFICES, Scope.ALL)

VIEW = Act(
    "view",
    "see a complaint and its history",
    {
        Role.REPORTER: Scope.OWN,
        Role.LIAISON: Scope.AGENCY,
        Role.HEAD: Scope.AGENCY,
        Role.COORDINATOR: Scope.ALL,
        Role.ARBITER: Scope.ALL,
        Role.NATIONAL: Scope.ALL,
        Role.INSPECTOR: Scope.OVERSIGHT,
        Role.DPO: Scope.ALL,
        Role.AUDITOR: Scope.ALL,
    },
)
VIEW_IDENTITY = Act(
    "view_identity",
    "see who the reporter is, masked, unless the complaint is anonymous",
    {
        Role.REPORTER: Scope.OWN,
        Role.LIAISON: Scope.AGENCY,
        Role.HEAD: Scope.AGENCY,
        Role.COORDINATOR: Scope.ALL,
        Role.INSPECTOR: Scope.OVERSIGHT,
    },
)
VIEW_CONFIDENTIAL = Act(
    "view_confidential",
    "see the content of a confidential complaint (rahasia: need to know)",
    VIEW_IDENTITY.grants,
)
VIEW_BACKLOG = Act(
    "view_backlog",
    "see what an agency owes",
    {
        Role.LIAISON: Scope.AGENCY,
        Role.HEAD: Scope.AGENCY,
        Role.COORDINATOR: Scope.ALL,
        Role.ARBITER: Scope.ALL,
        Role.NATIONAL: Scope.ALL,
        Role.AUDITOR: Scope.ALL,
    },
)
VIEW_SLA = Act(
    "view_sla",
    "see how agencies keep their promises",
    {
        Role.LIAISON: Scope.AGENCY,
        Role.HEAD: Scope.AGENCY,
        Role.COORDINATOR: Scope.ALL,
        Role.ARBITER: Scope.ALL,
        Role.NATIONAL: Scope.ALL,
        Role.EXECUTIVE: Scope.ALL,
        Role.INSPECTOR: Scope.ALL,
        Role.MALL_MANAGER: Scope.ALL,
        Role.AUDITOR: Scope.ALL,
    },
)
READ_LOG = Act("read_log", "read the log of events as stored", {Role.AUDITOR: Scope.ALL})
SEE_LEDGER = Act(
    "see_ledger",
    "see the ledger's checkpoints, keys and proofs, as anyone may",
    {**_EVERY_OFFICER, Role.REPORTER: Scope.ALL},
)
EXPORT = Act(
    "export",
    "take events out in a file, nothing personal in it",
    {Role.AUDITOR: Scope.ALL, Role.DPO: Scope.ALL, Role.NATIONAL: Scope.ALL},
)
EXPORT_IDENTITIES = Act(
    "export_identities",
    "take out with them who the reporters and officers are, but for anonymous reporters",
    {Role.DPO: Scope.ALL},
)
SEE_EXPORTS = Act(
    "see_exports",
    "see which exports were made, by whom and why",
    {Role.AUDITOR: Scope.ALL, Role.DPO: Scope.ALL},
)
CHECK_CONFORMANCE = Act(
    "check_conformance", "see where complaints left the prescribed way", {Role.AUDITOR: Scope.ALL}
)
SEE_AGENCIES = Act("see_agencies", "list agencies", _EVERY_OFFICER)
MANAGE_AGENCIES = Act("manage_agencies", "add and change agencies", {Role.ADMINISTRATOR: Scope.ALL})
SEE_OFFICERS = Act("see_officers", "list officers", {Role.ADMINISTRATOR: Scope.ALL, Role.AUDITOR: Scope.ALL})
MANAGE_OFFICERS = Act("manage_officers", "appoint officers", {Role.ADMINISTRATOR: Scope.ALL})
ERASE_OFFICERS = Act(
    "erase_officers", "erase the personal data of officers who were dismissed", {Role.DPO: Scope.ALL}
)
SEE_RETENTION = Act(
    "see_retention",
    "see whose personal data are due to be erased, and who asked for it",
    {Role.DPO: Scope.ALL, Role.AUDITOR: Scope.ALL},
)
MANAGE_RETENTION = Act("manage_retention", "say for how long personal data are kept", {Role.DPO: Scope.ALL})
SEE_RULES = Act("see_rules", "see the calendar and the policies of deadlines", _EVERY_OFFICER)
_RULERS: dict[Role, Scope] = dict.fromkeys(
    (Role.COORDINATOR, Role.ARBITER, Role.NATIONAL, Role.ADMINISTRATOR), Scope.ALL
)
MANAGE_CALENDARS = Act("manage_calendars", "change the calendar", _RULERS)
MANAGE_POLICIES = Act("manage_policies", "adopt policies of deadlines", _RULERS)
SEE_ACCESSES = Act(
    "see_accesses",
    "see who was shown or given whose personal data",
    {Role.REPORTER: Scope.OWN, Role.DPO: Scope.ALL, Role.AUDITOR: Scope.ALL},
)
REPORT_BREACH = Act("report_breach", "report whose data a breach has touched", {Role.DPO: Scope.ALL})
EXPORT_PERSON = Act(
    "export_person",
    "get a copy of all that is held about a reporter",
    {Role.REPORTER: Scope.OWN, Role.DPO: Scope.ALL},
)
EXPORT_ACCOUNT = Act(
    "export_account", "get a copy of all that is held about one's own account", _EVERY_OFFICER
)
FILE = Act("file", "file a complaint", {**_EVERY_OFFICER, Role.REPORTER: Scope.ALL})
ACTS = (
    FILE,
    VIEW,
    VIEW_IDENTITY,
    VIEW_CONFIDENTIAL,
    VIEW_BACKLOG,
    VIEW_SLA,
    READ_LOG,
    SEE_LEDGER,
    EXPORT,
    EXPORT_IDENTITIES,
    SEE_EXPORTS,
    CHECK_CONFORMANCE,
    SEE_AGENCIES,
    MANAGE_AGENCIES,
    SEE_OFFICERS,
    MANAGE_OFFICERS,
    ERASE_OFFICERS,
    SEE_RETENTION,
    MANAGE_RETENTION,
    SEE_RULES,
    MANAGE_CALENDARS,
    MANAGE_POLICIES,
    SEE_ACCESSES,
    REPORT_BREACH,
    EXPORT_PERSON,
    EXPORT_ACCOUNT,
)


def _holding(
    caller: Caller, grants: Grants, subject: ComplaintAccess | None, agency: UUID | None
) -> RoleAssignment | None:
    """Return the caller's first role that the grants allow here; None: no role does."""
    for held in caller.roles:
        scope = grants.get(held.role)
        if scope is Scope.ALL:
            return held
        if scope is Scope.AGENCY and held.agency is not None:
            answerable = subject.agencies if subject is not None else (agency,)
            if held.agency in answerable:
                return held
        if scope is Scope.LEAD and subject is not None and held.agency and held.agency == subject.led_by:
            return held
        if subject is not None and scope is _scope_of(subject):
            return held
    if Role.REPORTER in grants and subject is not None and caller.receipt_for == subject.id:
        return RoleAssignment(Role.REPORTER)
    return None


def _scope_of(subject: ComplaintAccess) -> Scope:
    return Scope.OVERSIGHT if subject.kind is Kind.OVERSIGHT else Scope.ORDINARY


def may(
    caller: Caller, grants: Grants, subject: ComplaintAccess | None = None, *, agency: UUID | None = None
) -> bool:
    """Return whether the grants allow one of the caller's roles, for this complaint or for this agency."""
    return _holding(caller, grants, subject, agency) is not None


@dataclass(frozen=True)
class Reach:
    """The complaints over which a caller has a right, for lists: all, some agencies', the oversight ones."""

    everything: bool
    agencies: tuple[UUID, ...]
    oversight: bool

    @property
    def nothing(self) -> bool:
        return not (self.everything or self.agencies or self.oversight)


def reach(caller: Caller, grants: Grants) -> Reach:
    """Return how far the caller's roles reach: what ``may`` says of one complaint, for all of them.

    ``Scope.ORDINARY`` is left out: no list grants it.
    """
    held = [(grants.get(each.role), each.agency) for each in caller.roles]
    return Reach(
        everything=any(scope is Scope.ALL for scope, _ in held),
        agencies=tuple(agency for scope, agency in held if scope is Scope.AGENCY and agency is not None),
        oversight=any(scope is Scope.OVERSIGHT for scope, _ in held),
    )


def agencies_of(caller: Caller, act: Act) -> tuple[UUID, ...] | None:
    """Return the agencies for which the caller may do an act: None means all, an empty tuple none."""
    if any(act.grants.get(held.role) is Scope.ALL for held in caller.roles):
        return None
    own = (held.agency for held in caller.roles if act.grants.get(held.role) is Scope.AGENCY)
    return tuple({agency: None for agency in own if agency is not None})


def _actor(caller: Caller, held: RoleAssignment) -> Actor:
    actor = CITIZEN if held.role is Role.REPORTER else caller.id
    return Actor(actor, held.role, caller.channel, held.agency)


def actor_for(caller: Caller, act: Act, *, agency: UUID | None = None) -> Actor:
    """Return the actor, with the role in which the caller does an act that is not about one complaint.

    Raises ``NotSignedInError`` for a citizen and ``NotAllowedError`` for an officer without the right.
    """
    held = _holding(caller, act.grants, None, agency)
    if held is None:
        if not caller.signed_in:
            raise NotSignedInError("Sign in: send an officer's token as Authorization: Bearer …")
        raise NotAllowedError(f"None of your roles may {act.says}.")
    return _actor(caller, held)


def filing_actor(caller: Caller) -> Actor:
    """Return the actor of a filing. Anyone may file; an officer files in their first role."""
    return _actor(caller, caller.roles[0] if caller.roles else RoleAssignment(Role.REPORTER))


def actor_on(caller: Caller, name: str, grants: Grants, subject: ComplaintAccess) -> Actor:
    """Return the actor, with the role in which the caller acts on a complaint.

    Raises ``NotFoundError`` if they may not see it, ``NotAllowedError`` if they may only see it.
    """
    if not may(caller, VIEW.grants, subject):
        raise NotFoundError
    held = _holding(caller, grants, subject, None)
    if held is None:
        raise NotAllowedError(f"None of your roles may {name} this complaint.")
    return _actor(caller, held)
