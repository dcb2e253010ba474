"""What a complaint is known as (uraian): all that the register says of it but its stage and its promises.

Few facts say any of it; of the others it is told only that they came, and when. So how complaints were
described at a moment can be folded without reading what else their facts say.
"""

from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from itertools import groupby
from operator import itemgetter
from typing import Any, cast
from uuid import UUID

import msgspec

from lapor.domain.complaint.facts import (
    AgencyInvolved,
    ComplaintEvent,
    Declined,
    Filed,
    PrivacySet,
    Reclassified,
    Routed,
    Verified,
)
from lapor.domain.vocabulary import Channel, Kind, Privacy, Sealed
from lapor.store import codec
from lapor.store.database import Connection
from lapor.store.pg_arrays import IntArray, UuidArray
from projections.engine.as_of import AsOf
from projections.engine.projection import Projection


class Visibility(msgspec.Struct):
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


class ComplaintDescription(Visibility):
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


def _verified(row: ComplaintDescription, fact: Verified | Reclassified) -> None:
    row.kind, row.category, row.title = fact.kind, fact.category, fact.title or row.title


def _reclassified(row: ComplaintDescription, fact: Reclassified) -> None:
    _verified(row, fact)
    if fact.stage is not None:
        row.agency, row.involved = None, ()  # taken from the agency that it is about


def _privacy_set(row: ComplaintDescription, fact: PrivacySet) -> None:
    row.privacy = fact.privacy


def _routed(row: ComplaintDescription, fact: Routed) -> None:
    row.agency = fact.agency
    row.involved = tuple(each for each in row.involved if each != fact.agency)


def _agency_involved(row: ComplaintDescription, fact: AgencyInvolved) -> None:
    row.involved = tuple(sorted({*row.involved, fact.agency}))


def _declined(row: ComplaintDescription, _: Declined) -> None:
    row.agency = None


_SAY: dict[type[ComplaintEvent], Callable[[ComplaintDescription, Any], None]] = {
    Verified: _verified,
    Reclassified: _reclassified,
    PrivacySet: _privacy_set,
    Routed: _routed,
    AgencyInvolved: _agency_involved,
    Declined: _declined,
}
_TELLING: tuple[type[ComplaintEvent], ...] = (Filed, *_SAY)
_TOLD_BY = frozenset(fact.TOPIC for fact in _TELLING)
"""The facts that say any of it, by their topics."""


def described(row: ComplaintDescription, fact: ComplaintEvent) -> bool:
    """Let a row say what it is known as after a later fact; whether the fact said any of it."""
    say = _SAY.get(type(fact))
    if say is not None:
        say(row, fact)
    row.version = fact.originator_version
    if not fact.SILENT:
        row.changed_at = fact.at
    return say is not None


_FACTS = """
    WITH mark AS (
        SELECT name, version, position FROM projection WHERE (name, version) = (%(name)s, %(of)s::int)
    )
    SELECT stream, version, topic, state
      FROM unnest(%(streams)s, %(versions)s) AS asked (stream, most) JOIN fact USING (stream)
     WHERE version <= most AND position <= %(position)s::bigint AND position <= (SELECT position FROM mark)
       AND position <> ALL (ARRAY(SELECT skipped.position FROM skipped JOIN mark USING (name, version)))
     ORDER BY stream, version
"""
_Stored = tuple[UUID, int, str, bytes]
"""A fact's stream, version, topic and state."""
_ALL = 2**63 - 1


def described_at(
    connection: Connection, versions: Mapping[UUID, int], moment: AsOf, projection: Projection
) -> dict[UUID, ComplaintDescription]:
    """What some complaints were known as at the moment; those that nobody knew of are left out.

    None had gone beyond the version that is named of it. What the projection does not hold yet, or passes
    over, is not known here either. Of facts that say nothing of it only the instant is decoded.
    """
    asked: dict[str, Any] = {"streams": UuidArray([*versions]), "versions": IntArray([*versions.values()])}
    asked |= {"position": _ALL if moment.position is None else moment.position}
    asked |= {"name": projection.name, "of": projection.version}
    known: dict[UUID, ComplaintDescription] = {}
    found = connection.rows(_FACTS, asked)
    for stream, facts in groupby(found, itemgetter(0)):
        by_then = list(facts)
        if moment.position is None and moment.at is not None:
            del by_then[bisect_right(by_then, moment.at, key=_instant) :]  # instants never fall in a stream
        if by_then:
            known[stream] = _described(by_then)
    return known


def _described(facts: Sequence[_Stored]) -> ComplaintDescription:
    first, *others = (codec.decode(*fact) for fact in facts if fact[2] in _TOLD_BY)
    row = ComplaintDescription(**filed(cast("Filed", first)))
    for fact in others:
        described(row, cast("ComplaintEvent", fact))
    changed = next(fact for fact in reversed(facts) if not _silent(fact))
    row.version, row.changed_at = facts[-1][1], _instant(changed)
    return row


def _instant(fact: _Stored) -> datetime:
    return codec.instant(fact[3])


def _silent(fact: _Stored) -> bool:
    return cast("type[ComplaintEvent]", codec.kind_of(fact[2])).SILENT
