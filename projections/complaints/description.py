"""What a complaint is known as (uraian): all that the register says of it but its stage and its promises.

Few events say any of it; of the others it is told only that they came, and when. So how complaints were
described at a moment can be folded without reading what else their events say.
"""

from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from itertools import groupby
from operator import itemgetter
from typing import Any, cast
from uuid import UUID

import msgspec

from lapor.domain.complaint.events import (
    AgencyInvolved,
    ComplaintEvent,
    Declined,
    Filed,
    PrivacySet,
    Reclassified,
    Reopened,
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


def filed(event: Filed) -> dict[str, Any]:
    """How it is known from the first, by the names of the fields."""
    return {
        "stream": event.originator_id,
        "code": event.code,
        "kind": event.kind,
        "category": event.category,
        "service": event.service,
        "agency": None,
        "involved": (),
        "privacy": event.privacy,
        "channel": event.channel,
        "village": event.place.village if event.place else None,
        "cell": event.place.cell if event.place else None,
        "title": event.title,
        "filed_at": event.at,
        "changed_at": event.at,
        "version": event.originator_version,
    }


def _classified(row: ComplaintDescription, event: Verified | Reclassified) -> None:
    row.kind, row.category, row.title = event.kind_after(row.kind), event.category, event.title or row.title
    _placed(row, event)


def _privacy_set(row: ComplaintDescription, event: PrivacySet) -> None:
    row.privacy = event.privacy


def _placed(row: ComplaintDescription, event: ComplaintEvent) -> None:
    row.agency = event.lead_after(row.agency)
    row.involved = tuple(sorted(event.involved_after(row.involved)))


_SAY: dict[type[ComplaintEvent], Callable[[ComplaintDescription, Any], None]] = {
    Verified: _classified,
    Reclassified: _classified,
    PrivacySet: _privacy_set,
    Routed: _placed,
    AgencyInvolved: _placed,
    Declined: _placed,
    Reopened: _placed,
}
_TELLING: tuple[type[ComplaintEvent], ...] = (Filed, *_SAY)
_TOLD_BY = frozenset(event.TOPIC for event in _TELLING)
"""The events that say any of it, by their topics."""


def described(row: ComplaintDescription, event: ComplaintEvent) -> bool:
    """Let a row say what it is known as after a later event; whether the event said any of it."""
    say = _SAY.get(type(event))
    if say is not None:
        say(row, event)
    row.version = event.originator_version
    if not event.AUDIT_ONLY:
        row.changed_at = event.at
    return say is not None


_EVENTS = """
    WITH mark AS (
        SELECT name, version, position FROM projection WHERE (name, version) = (%(name)s, %(of)s::int)
    )
    SELECT stream, version, topic, state
      FROM unnest(%(streams)s, %(versions)s) AS asked (stream, most) JOIN event USING (stream)
     WHERE version <= most AND position <= %(position)s::bigint AND position <= (SELECT position FROM mark)
       AND position <> ALL (ARRAY(SELECT skipped.position FROM skipped JOIN mark USING (name, version)))
     ORDER BY stream, version
"""
_Stored = tuple[UUID, int, str, bytes]
"""An event's stream, version, topic and state."""
_ALL = 2**63 - 1


def described_at(
    connection: Connection, versions: Mapping[UUID, int], moment: AsOf, projection: Projection
) -> dict[UUID, ComplaintDescription]:
    """What some complaints were known as at the moment; those that nobody knew of are left out.

    None had gone beyond the version that is named of it. What the projection does not hold yet, or passes
    over, is not known here either. Of events that say nothing of it only the instant is decoded.
    """
    asked: dict[str, Any] = {"streams": UuidArray([*versions]), "versions": IntArray([*versions.values()])}
    asked |= {"position": _ALL if moment.position is None else moment.position}
    asked |= {"name": projection.name, "of": projection.version}
    known: dict[UUID, ComplaintDescription] = {}
    found = connection.rows(_EVENTS, asked)
    for stream, events in groupby(found, itemgetter(0)):
        by_then = list(events)
        if moment.position is None and moment.at is not None:
            del by_then[bisect_right(by_then, moment.at, key=_instant) :]  # instants never fall in a stream
        if by_then:
            known[stream] = _described(by_then)
    return known


def _described(events: Sequence[_Stored]) -> ComplaintDescription:
    first, *others = (codec.decode(*event) for event in events if event[2] in _TOLD_BY)
    row = ComplaintDescription(**filed(cast("Filed", first)))
    for event in others:
        described(row, cast("ComplaintEvent", event))
    changed = next(event for event in reversed(events) if not _silent(event))
    row.version, row.changed_at = events[-1][1], _instant(changed)
    return row


def _instant(event: _Stored) -> datetime:
    return codec.instant(event[3])


def _silent(event: _Stored) -> bool:
    return cast("type[ComplaintEvent]", codec.event_class_of(event[2])).AUDIT_ONLY
