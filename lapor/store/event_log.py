"""The log of events, as the application sees it, and what an append writes beside the events."""

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from eventsourcing.persistence import ApplicationRecorder, Notification, StoredEvent, Subscription

from lapor.domain.aggregate import Event
from lapor.store import codec


class RecordedEvent(NamedTuple):
    """An event as it is stored."""

    position: int
    stream: UUID
    version: int
    topic: str
    state: bytes

    def event(self) -> Event:
        return codec.decode(self.stream, self.version, self.topic, self.state)

    def leaf(self) -> bytes:
        return codec.leaf(*self)


@dataclass(frozen=True)
class Request:
    """A command as its caller named it (Idempotency-Key), to be done once. ``digest`` tells its content."""

    caller: str
    key: UUID
    digest: bytes


@dataclass(frozen=True)
class Done:
    """What became of an earlier request: the stream, its version and the log's position afterwards."""

    stream: UUID
    version: int
    position: int
    digest: bytes


class AlreadyDone(Exception):  # noqa: N818 - a signal to answer again, not a fault
    """The request was done before: nothing was appended now."""

    def __init__(self, done: Done) -> None:
        super().__init__(f"done at position {done.position}")
        self.done = done


@dataclass(frozen=True)
class VaultEntry:
    """A vault row: all that is personal and derived about one stream.

    ``terms`` are keyed hashes of the stems of what was written, for search.
    """

    stream: UUID
    wrapped_key: bytes
    receipt_digest: bytes | None = None
    terms: Sequence[int] = ()


class UniqueName(NamedTuple):
    """A name that only one stream may have."""

    kind: str
    value: str
    stream: UUID


@dataclass(frozen=True)
class SideWrites:
    """What one append writes in the same transaction as its events."""

    request: Request | None = None
    vault_entries: Sequence[VaultEntry] = ()
    unique_names: Sequence[UniqueName] = ()
    more_terms: tuple[UUID, Sequence[int]] | None = None
    """Terms to add to a subject that is still there."""
    erased: Sequence[UUID] = ()
    """Subjects whose rows go, with their keys and all that is derived."""


@dataclass(frozen=True)
class StreamRead:
    """Everything a command on one stream needs, read in one round trip."""

    rows: list[RecordedEvent]
    vault_entry: VaultEntry | None = None
    done: Done | None = None

    def about(self, stream: UUID) -> bool:
        """Whether it is that of this stream, and the stream has begun."""
        return bool(self.rows) and self.rows[0].stream == stream


@dataclass(frozen=True)
class Credential:
    """A token's owner, as far as the token holds."""

    officer: UUID
    expires_at: datetime | None
    revoked_at: datetime | None


@dataclass(frozen=True)
class RequestTarget:
    """What a request is about: a stream, and the key by which the owner of its token named it."""

    stream: UUID
    key: UUID | None = None


@dataclass(frozen=True)
class ReferenceUpdate:
    """Events that are not about complaints, later than those already known, and whose a token is."""

    rows: list[RecordedEvent] = field(default_factory=list)
    credential: Credential | None = None
    stream_read: StreamRead | None = None
    """That of the stream that the request is about."""
    anew: bool = False
    """The log no longer holds what was known (a fail-over lost it): these are all, from its start."""


class EventLog(ApplicationRecorder):
    """The library's recorder, with the reads that the application makes."""

    @abstractmethod
    def append(self, events: Sequence[StoredEvent], side_writes: SideWrites) -> int:
        """Store events and what stands beside them, whole or not at all; the last position.

        Raises ``AlreadyDone``, ``ConflictError``, ``TakenError``, ``BusyError``, ``UnreachableError``.
        """

    @abstractmethod
    def read_stream(self, stream: UUID, request: Request | None = None) -> StreamRead:
        """A stream's events in order, its vault row, and what became of the request if it was done."""

    @abstractmethod
    def streams(self, streams: Sequence[UUID]) -> dict[UUID, list[RecordedEvent]]:
        """The events of several streams at once, each in order; a stream that is not there is left out."""

    @abstractmethod
    def reference_update(
        self,
        known: RecordedEvent | None,
        token_digest: bytes | None = None,
        about: RequestTarget | None = None,
    ) -> ReferenceUpdate:
        """Events not about complaints, those after the last one known, and the owner of a token.

        With ``about`` also the situation of a stream, and what the request came to if it was done: all that
        most commands need, in one round trip.
        """

    @abstractmethod
    def vault_entries(self, streams: Sequence[UUID]) -> list[VaultEntry]:
        """The vault rows of these streams, those that are left."""

    @abstractmethod
    def find(self, kind: str, value: str) -> UUID | None:
        """The stream that has claimed a name."""

    @abstractmethod
    def claimed(self, kind: str, values: Sequence[str]) -> set[str]:
        """Those of these names that some stream has claimed."""

    @abstractmethod
    def page(self, after: int, limit: int) -> list[RecordedEvent]:
        """Events in the order of their positions."""

    @abstractmethod
    def newest(self, topic: str, before: int, limit: int) -> list[RecordedEvent]:
        """Events of a kind that is not about complaints, the newest first, those below a position."""

    @abstractmethod
    def by_stream(self, stream: UUID, version: int, limit: int, head: int) -> list[RecordedEvent]:
        """Events of the log's first ``head``, stream by stream, those after this version of this stream."""

    @abstractmethod
    def head(self) -> int:
        """The last position; 0 while the log is empty."""

    def insert_events(self, stored_events: Sequence[StoredEvent], **kwargs: Any) -> Sequence[int]:
        side_writes = kwargs.get("side_writes") or SideWrites()
        last = self.append(stored_events, side_writes)
        return range(last - len(stored_events) + 1, last + 1)

    def select_events(
        self,
        originator_id: UUID | str,
        *,
        gt: int | None = None,
        lte: int | None = None,
        desc: bool = False,
        limit: int | None = None,
    ) -> Sequence[StoredEvent]:
        rows = self.read_stream(UUID(str(originator_id))).rows
        kept = [row for row in rows if row.version > (gt or 0) and (lte is None or row.version <= lte)]
        ordered = kept[::-1] if desc else kept
        return [StoredEvent(row.stream, row.version, row.topic, row.state) for row in ordered[:limit]]

    def select_notifications(
        self,
        start: int | None,
        limit: int,
        stop: int | None = None,
        topics: Sequence[str] = (),
        *,
        inclusive_of_start: bool = True,
    ) -> Sequence[Notification]:
        after = (start or 0) - (1 if start and inclusive_of_start else 0)
        return [
            Notification(row.stream, row.version, row.topic, row.state, row.position)
            for row in self.page(after, limit)
            if (stop is None or row.position <= stop) and (not topics or row.topic in topics)
        ]

    def max_notification_id(self) -> int | None:
        return self.head() or None

    def subscribe(
        self, gt: int | None = None, topics: Sequence[str] = ()
    ) -> Subscription[ApplicationRecorder]:
        message = "the log is read by polling: see projections.running.feeder"
        raise NotImplementedError(message)
