"""The demo's agencies and officers, appointed through the real services."""

from collections.abc import Callable, Collection
from dataclasses import dataclass, field, replace
from random import Random
from typing import Any
from uuid import UUID

from lapor.application.application import CommandRequest
from lapor.bootstrap import RunningServices
from lapor.demo.data import AgencyPart, OfficerPart, regency
from lapor.demo.texts import person
from lapor.domain.access import Caller, RoleAssignment
from lapor.domain.vocabulary import Role

DEMO_OPERATOR = Caller("system:demo", (RoleAssignment(Role.ADMINISTRATOR),))
"""The caller that appoints the first officers and extends the calendar, as an operator does by command."""

SHOWN_AGENCY = "DSDABMBK"
"""The agency whose liaison and head get demo accounts: roads and floods, always something to do."""


@dataclass(frozen=True)
class CastMember:
    """An officer with role and agency."""

    id: UUID
    name: str
    role: Role
    agency: str | None
    caller: Caller


@dataclass
class Cast:
    """All agencies and officers."""

    agencies: dict[str, AgencyPart] = field(default_factory=dict)
    players: list[CastMember] = field(default_factory=list)

    def one(self, rng: Random, role: Role) -> Caller:
        """Return a random officer in this role."""
        return rng.choice([player for player in self.players if player.role is role]).caller

    def of(self, agency: str, role: Role) -> Caller:
        """Return an agency's liaison or head."""
        return next(p for p in self.players if p.role is role and p.agency == agency).caller

    def impartial(self, handled_by: Collection[str], *roles: Role) -> Caller | None:
        """Return an officer who has not handled the complaint, in the first role that has one, or None."""
        able = (
            player.caller
            for role in roles
            for player in self.players
            if player.role is role and player.caller.id not in handled_by
        )
        return next(able, None)

    def id_of(self, agency: str) -> UUID | None:
        """Return the id of an agency, as complaints name it."""
        return self.of(agency, Role.LIAISON).roles[0].agency

    def shown(self) -> list[CastMember]:
        """Return one officer for every role, in the order of ``Role``: the demo's accounts."""
        chosen: dict[Role, CastMember] = {}
        for player in self.players:
            of_an_agency = player.role in {Role.LIAISON, Role.HEAD}
            if not of_an_agency or player.agency == SHOWN_AGENCY:
                chosen.setdefault(player.role, player)
        return [chosen[role] for role in Role if role in chosen]


def assemble(running: RunningServices, rng: Random, tick: Callable[[], None]) -> Cast:
    """Register the agencies and appoint the officers; ``tick`` lets a little time pass before each.

    An agency that exists already is taken as it is.
    """
    cast, command = Cast(), CommandRequest(DEMO_OPERATOR)
    reference_data = running.application.reference_data
    for part in regency().agency:
        if reference_data.agency(part.code) is None:
            tick()
            body = {"code": part.code, "name": part.name, "owner_type": part.owner_type}
            running.services.agencies.register(body | {"two_persons": part.two_persons}, command)
        known = reference_data.agency(part.code)
        cast.agencies[part.code] = replace(part, two_persons=known is not None and known.two_persons)
    parts = list(regency().officer)
    for part in regency().agency:
        parts += [OfficerPart(role, person(rng), part.code) for role in (Role.LIAISON, Role.HEAD)]
    for each in parts:
        tick()
        cast.players.append(_appoint(running, each, command))
    return cast


def _appoint(running: RunningServices, part: OfficerPart, command: CommandRequest) -> CastMember:
    body: dict[str, Any] = {"name": part.name, "role": part.role, "agency": part.agency}
    made = running.services.officers.appoint(body, command).body["id"]
    held = running.application.reference_data.officers[made].roles
    return CastMember(made, part.name, part.role, part.agency, Caller(str(made), held))
