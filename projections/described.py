"""What a complaint is known as (uraian): all that the register says of it but its stage and its promises.

Few facts say any of it; of the others it is told only that they came, and when. So how complaints were
described at a moment can be folded without reading what else their facts say.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from lapor.domain.complaint.facts import (
    AgencyInvolved,
    ComplaintFact,
    Declined,
    Filed,
    PrivacySet,
    Reclassified,
    Routed,
    Verified,
)
from lapor.domain.terms import Channel, Kind, Privacy, Sealed


class Seen(msgspec.Struct):
    """What decides who may see a complaint."""

    stream: UUID
    kind: Kind | None
    agency: UUID | None
    """The lead: who answers for it; before it was routed nobody."""
    involved: tuple[UUID, ...]
    """Those that have a part in it beside the lead."""
    privacy: Privacy

    @property
    def id(self) -> UUID:
        return self.stream

    @property
    def agencies(self) -> tuple[UUID, ...]:
        """Who may see it as an agency."""
        return (self.agency, *self.involved) if self.agency else self.involved

    @property
    def led_by(self) -> UUID | None:
        return self.agency


class Described(Seen):
    """A complaint as it is known."""

    code: str
    category: str | None
    service: str | None
    channel: Channel
    village: str | None
    cell: str | None
    title: Sealed | None
    filed_at: datetime
    changed_at: datetime
    version: int


def filed(fact: Filed) -> dict[str, Any]:
    """How it is known from the first, by the names of the fields."""
    return {
        "stream": fact.originator_id,
        "code": fact.code,
        "kind": fact.kind,
        "category": fact.category,
        "service": fact.service,
        "agency": None,
        "involved": (),
        "privacy": fact.privacy,
        "channel": fact.channel,
        "village": fact.place.village if fact.place else None,
        "cell": fact.place.cell if fact.place else None,
        "title": fact.title,
        "filed_at": fact.at,
        "changed_at": fact.at,
        "version": fact.originator_version,
    }


def _verified(row: Described, fact: Verified | Reclassified) -> None:
    row.kind, row.category, row.title = fact.kind, fact.category, fact.title or row.title


def _reclassified(row: Described, fact: Reclassified) -> None:
    _verified(row, fact)
    if fact.stage is not None:
        row.agency, row.involved = None, ()  # taken from the agency that it is about


def _privacy_set(row: Described, fact: PrivacySet) -> None:
    row.privacy = fact.privacy


def _routed(row: Described, fact: Routed) -> None:
    row.agency = fact.agency
    row.involved = tuple(each for each in row.involved if each != fact.agency)


def _agency_involved(row: Described, fact: AgencyInvolved) -> None:
    row.involved = tuple(sorted({*row.involved, fact.agency}))


def _declined(row: Described, _: Declined) -> None:
    row.agency = None


_SAY: dict[type[ComplaintFact], Callable[[Described, Any], None]] = {
    Verified: _verified,
    Reclassified: _reclassified,
    PrivacySet: _privacy_set,
    Routed: _routed,
    AgencyInvolved: _agency_involved,
    Declined: _declined,
}
_TELLING: tuple[type[ComplaintFact], ...] = (Filed, *_SAY)
TOLD_BY = frozenset(fact.TOPIC for fact in _TELLING)
"""The facts that say any of it, by their topics."""


def described(row: Described, fact: ComplaintFact) -> None:
    """Let a row say what it is known as after a fact that is not the first."""
    say = _SAY.get(type(fact))
    if say is not None:
        say(row, fact)
    row.version = fact.originator_version
    if not fact.SILENT:
        row.changed_at = fact.at
