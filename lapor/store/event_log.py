"""The event log's interface, and the rows that an append writes in the same transaction as its events."""

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
    """A stored event: a row of the log."""

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
    """A command under the key that its caller gave it (Idempotency-Key), to be executed once.

    ``digest`` is the digest of its content: another content under the same key is refused.
    """

    caller: str
    key: UUID
    digest: bytes


@dataclass(frozen=True)
class Done:
    """The outcome of an earlier request: the stream, its version and the log's position afterwards."""

    stream: UUID
    version: int
    position: int
    digest: bytes


class AlreadyDone(Exception):  # noqa: N818 - a signal to repeat the answer, not a fault
    """The request was executed before; nothing was appended now."""

    def __init__(self, done: Done) -> None:
        super().__init__(f"done at position {done.position}")
        self.done = done


@dataclass(frozen=True)
class VaultEntry:
    """A vault row: a stream's wrapped key, and all data derived from what it seals.

    ``terms`` are keyed hashes of the stems of the sealed texts, for search.
    """

    stream: UUID
    wrapped_key: bytes
    receipt_digest: bytes | None = None
    terms: Sequence[int] = ()


class UniqueName(NamedTuple):
    """A value of a kind (such as a ticket number) that only one stream may have."""

    kind: str
    value: str
    stream: UUID


@dataclass(frozen=True)
class SideWrites:
    """The rows that one append writes or deletes in the same transaction as its events."""

    request: Request | None = None
    vault_entries: Sequence[VaultEntry] = ()
    unique_names: Sequence[UniqueName] = ()
    more_terms: tuple[UUID, Sequence[int]] | None = None
    """A stream and the search terms to add to its vault row, if that row was not erased."""
    erased: Sequence[UUID] = ()
    """Streams whose vault rows are deleted, with their keys and all derived data."""


@dataclass(frozen=True)
class StreamRead:
    """All that a command on one stream needs, read in one round trip."""

    rows: list[RecordedEvent]
    vault_entry: VaultEntry | None = None
    done: Done | None = None

    def about(self, stream: UUID) -> bool:
        """Whether the events read are those of this stream; False also if it has none."""
        return bool(self.rows) and self.rows[0].stream == stream


@dataclass(frozen=True)
class Credential:
    """A token's officer, and the limits of the token's validity."""

    officer: UUID
    expires_at: datetime | None
    revoked_at: datetime | None


@dataclass(frozen=True)
class RequestTarget:
    """The stream that a request is about, and the request's Idempotency-Key."""

    stream: UUID
    key: UUID | None = None


@dataclass(frozen=True)
class ReferenceUpdate:
    """The events of reference data (all that are not about complaints) since an earlier read, and a token."""

    rows: list[RecordedEvent] = field(default_factory=list)
    credential: Credential | None = None
    stream_read: StreamRead | None = None
    """The stream that the request is about, if one was asked for."""
    from_start: bool = False
    """True if the log lost the last known event in a fail-over: ``rows`` are all events, from the start."""


class EventLog(ApplicationRecorder):
    """The library's recorder, with the reads that the application makes.

    ``select_events``, ``select_notifications`` and ``max_notification_id`` are here because the library's
    abstract class demands them; in this code base only tests call them.
    """

    @abstractmethod
    def append(self, events: Sequence[StoredEvent], side_writes: SideWrites) -> int:
        """Store events and side writes, all or nothing, and return the last position.

        Raises ``AlreadyDone``, ``ConflictError``, ``TakenError``, ``BusyError``, ``UnreachableError``.
        """

    @abstractmethod
    def read_stream(self, stream: UUID, request: Request | None = None) -> StreamRead:
        """Return a stream's events in order, its vault row, and the outcome of the request if it was done."""

    @abstractmethod
    def streams(self, streams: Sequence[UUID]) -> dict[UUID, list[RecordedEvent]]:
        """Return the events of several streams, each in order; a stream without events is left out."""

    @abstractmethod
    def reference_update(
        self,
        last_known: RecordedEvent | None,
        token_digest: bytes | None = None,
        about: RequestTarget | None = None,
    ) -> ReferenceUpdate:
        """Return the events of reference data after the last known one, and the owner of a token.

        With ``about`` also a stream, and the outcome of the request if it was done: all that most commands
        need, in one round trip.
        """

    @abstractmethod
    def vault_entries(self, streams: Sequence[UUID]) -> list[VaultEntry]:
        """Return the vault rows of these streams; an erased one is left out."""

    @abstractmethod
    def find(self, kind: str, value: str) -> UUID | None:
        """Return the stream that has claimed a name; None if there is none."""

    @abstractmethod
    def claimed(self, kind: str, values: Sequence[str]) -> set[str]:
        """Return those of these names that a stream has claimed."""

    @abstractmethod
    def page(self, after: int, limit: int) -> list[RecordedEvent]:
        """Return at most ``limit`` events after a position, in order."""

    @abstractmethod
    def newest(self, topic: str, before: int, limit: int) -> list[RecordedEvent]:
        """Return events of a topic that is not about complaints, before a position, the newest first."""

    @abstractmethod
    def by_stream(self, stream: UUID, version: int, limit: int, head: int) -> list[RecordedEvent]:
        """Return events up to position ``head``, ordered by stream and version, after the given version."""

    @abstractmethod
    def head(self) -> int:
        """Return the last position; 0 if the log is empty."""

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
        selected = [row for row in rows if row.version > (gt or 0) and (lte is None or row.version <= lte)]
        ordered = selected[::-1] if desc else selected
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
