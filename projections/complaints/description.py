"""The description of a complaint (uraian): every field of the register but its stage and its promises.

Few kinds of events change it. All others only raise its version and the instant of its last change. So
descriptions as of a moment are folded without decoding most events.
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
from projections.engine.projection import Projection


class Visibility(msgspec.Struct):
    """The fields that decide who may see a complaint."""

    stream: UUID
    kind: Kind | None
    agency: UUID | None
    """The lead agency, which answers for it; None before it is routed."""
    involved: tuple[UUID, ...]
    """The other agencies that have a part in it."""
    privacy: Privacy

    @property
    def id(self) -> UUID:
        return self.stream

    @property
    def agencies(self) -> tuple[UUID, ...]:
        """The agencies that may see it."""
        return (self.agency, *self.involved) if self.agency else self.involved

    @property
    def led_by(self) -> UUID | None:
        return self.agency


class ComplaintDescription(Visibility):
    """The description of a complaint. ``title`` is encrypted; ``version`` is that of its last event."""

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


def description_of_filing(event: Filed) -> dict[str, Any]:
    """Return the description that a filing begins with, as field values by name."""
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


def _classify(row: ComplaintDescription, event: Verified | Reclassified) -> None:
    row.kind, row.category, row.title = event.kind_after(row.kind), event.category, event.title or row.title
    _set_agencies(row, event)


def _set_privacy(row: ComplaintDescription, event: PrivacySet) -> None:
    row.privacy = event.privacy


def _set_agencies(row: ComplaintDescription, event: ComplaintEvent) -> None:
    row.agency = event.lead_after(row.agency)
    row.involved = tuple(sorted(event.involved_after(row.involved)))


_UPDATES: dict[type[ComplaintEvent], Callable[[ComplaintDescription, Any], None]] = {
    Verified: _classify,
    Reclassified: _classify,
    PrivacySet: _set_privacy,
    Routed: _set_agencies,
    AgencyInvolved: _set_agencies,
    Declined: _set_agencies,
    Reopened: _set_agencies,
}
_DESCRIBING: tuple[type[ComplaintEvent], ...] = (Filed, *_UPDATES)
_DESCRIBING_TOPICS = frozenset(event.TOPIC for event in _DESCRIBING)
"""The topics of the events that set or change a description."""


def update_description(row: ComplaintDescription, event: ComplaintEvent) -> bool:
    """Apply an event after the filing to a row; return True if it changes more than version and time."""
    update = _UPDATES.get(type(event))
    if update is not None:
        update(row, event)
    row.version = event.originator_version
    if not event.AUDIT_ONLY:
        row.changed_at = event.at
    return update is not None


_EVENTS = """
    WITH bookmark AS (
        SELECT name, version, position FROM projection WHERE (name, version) = (%(name)s, %(of)s::int)
    )
    SELECT stream, version, topic, state
      FROM unnest(%(streams)s, %(versions)s) AS wanted (stream, last) JOIN event USING (stream)
     WHERE version <= last AND position <= (SELECT position FROM bookmark)
       AND position <> ALL (ARRAY(SELECT skipped.position FROM skipped JOIN bookmark USING (name, version)))
     ORDER BY stream, version
"""
_Stored = tuple[UUID, int, str, bytes]
"""An event's stream, version, topic and state."""


def descriptions_at(
    connection: Connection, versions: Mapping[UUID, int], at: datetime, projection: Projection
) -> dict[UUID, ComplaintDescription]:
    """Return the descriptions of complaints as of an instant, by stream; those not yet filed are left out.

    ``versions`` are the streams, each with a version that it had not exceeded then. Events that
    ``projection`` does not hold yet, or skips, are ignored here too. Only the instant is decoded of events
    that do not change a description.
    """
    parameters: dict[str, Any] = {
        "streams": UuidArray([*versions]),
        "versions": IntArray([*versions.values()]),
        "name": projection.name,
        "of": projection.version,
    }
    known: dict[UUID, ComplaintDescription] = {}
    rows = connection.rows(_EVENTS, parameters)
    for stream, events in groupby(rows, itemgetter(0)):
        by_then = list(events)
        del by_then[bisect_right(by_then, at, key=_instant) :]  # instants never decrease
        if by_then:
            known[stream] = _fold(by_then)
    return known


def _fold(events: Sequence[_Stored]) -> ComplaintDescription:
    first, *others = (codec.decode(*event) for event in events if event[2] in _DESCRIBING_TOPICS)
    row = ComplaintDescription(**description_of_filing(cast("Filed", first)))
    for event in others:
        update_description(row, cast("ComplaintEvent", event))
    changed = next(event for event in reversed(events) if not _audit_only(event))
    row.version, row.changed_at = events[-1][1], _instant(changed)
    return row


def _instant(event: _Stored) -> datetime:
    return codec.instant(event[3])


def _audit_only(event: _Stored) -> bool:
    return cast("type[ComplaintEvent]", codec.event_class_of(event[2])).AUDIT_ONLY
