"""The domain's one seam to the eventsourcing library: events and aggregates.

The library's events are frozen dataclasses, its aggregates count versions and hold what is pending.
Ours differ in two ways: every event says who caused it and how, and time is always an argument.

The parts of the library (eventsourcing 9.5) that are used and not used; reasons and figures: ADR 20::

    AggregateEvent        base of Event          frozen; stream, version, instant; we add who, how and cause
    Aggregate             base of ours           versions, pending events, trigger_event
    Application           events.put             save checks Protocols: 10 % of a command on Python 3.11
    Mapper                base of Codec          ours decodes five times faster; the ledger hashes our bytes
    ApplicationRecorder   base of EventLog       one call writes events, key and request
    @event, Created       not used               they run guards at replay: a stricter rule locks old streams
    its clock             not used               time is an argument, for tests, imports and replays
    Repository            not used               one query reads stream, key, request and token
    PostgreSQL recorder   not used               ids have gaps; five round trips for a save
    subscriptions         not used               LISTEN may wait for ever: the feeder polls
    ProjectionRunner      not used               one transaction an event: 1,500/s, in batches 31,000 and more
    snapshots, cache      not used               5 to 20 events replay in 0.2 to 0.4 ms
    cipher, compressor    not used               one key for all; erasure needs a key for each stream
    upcasting             not used               no shape has changed yet
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, ClassVar, Self, cast
from uuid import UUID, uuid4

import eventsourcing.domain as library

from lapor.domain.context import CommandContext
from lapor.domain.vocabulary import Channel, Role


class Event(library.AggregateEvent):
    """Something that happened, with its metadata. ``timestamp`` is stored as ``at``."""

    FOUNDS: ClassVar[type["Aggregate"] | None] = None
    TOPIC: ClassVar[str]

    by: str
    role: Role
    channel: Channel
    cause: str | None

    @property
    def at(self) -> datetime:
        return self.timestamp

    def mutate(self, aggregate: Any) -> Any:
        """Apply this event; the first event of a stream makes the aggregate."""
        if aggregate is not None:
            return super().mutate(aggregate)
        founded = object.__new__(type(self).aggregate_class())
        founded.__base_init__(self.originator_id, self.originator_version, self.timestamp)
        founded.begin()
        self.apply(founded)
        return founded

    @classmethod
    def aggregate_class(cls) -> type["Aggregate"]:
        if cls.FOUNDS is None:
            message = f"{cls.TOPIC} cannot be the first event of a stream"
            raise library.ProgrammingError(message)
        return cls.FOUNDS


class Aggregate(library.Aggregate):
    """An aggregate, known by its events. Ids are random (UUIDv4): they reveal no filing time."""

    def begin(self) -> None:
        """Set the memory to its first values; events are applied afterwards."""

    @classmethod
    def of(cls, events: Iterable[Event]) -> Self:
        """Return the aggregate after the events of its stream, which holds at least one."""
        known: Self | None = None
        for event in events:
            known = event.mutate(known)
        assert known is not None, "a stream is never empty"  # noqa: S101
        return known

    @classmethod
    def found(
        cls, event_class: type[Event], context: CommandContext, *, stream: UUID | None = None, **values: Any
    ) -> Self:
        """Start a stream with its first event, and return the aggregate."""
        first = event_class(
            originator_id=stream or uuid4(),
            originator_version=cls.INITIAL_VERSION,
            timestamp=context.at,
            **_metadata(context),
            **values,
        )
        founded: Self = first.mutate(None)
        founded.pending_events.append(first)
        return founded

    def take_events(self) -> list[Event]:
        """Return the pending events; afterwards none is pending."""
        return cast("list[Event]", list(self.collect_events()))

    def record(self, event_class: type[Event], context: CommandContext, **values: Any) -> None:
        """Record one more event. Time never falls within a stream (a clock may jump back)."""
        at = max(context.at, self.modified_on)
        self.trigger_event(event_class, timestamp=at, **_metadata(context), **values)


def _metadata(context: CommandContext) -> dict[str, Any]:
    by = context.by
    return {"by": by.id, "role": by.role, "channel": by.channel, "cause": context.cause}
