"""An event log in memory, for tests of the application that need no database."""

from collections.abc import Sequence
from dataclasses import replace
from threading import Lock
from typing import cast
from uuid import UUID

from eventsourcing.persistence import StoredEvent

from lapor.domain.errors import ConflictError, TakenError
from lapor.store.event_log import (
    AlreadyDone,
    Done,
    EventLog,
    RecordedEvent,
    ReferenceUpdate,
    Request,
    RequestTarget,
    SideWrites,
    StreamRead,
    UniqueName,
    VaultEntry,
)


class MemoryEventLog(EventLog):
    """The same guarantees as the log in PostgreSQL, within one process."""

    def __init__(self) -> None:
        self._rows: list[RecordedEvent] = []
        self._versions: dict[UUID, int] = {}
        self._done: dict[tuple[str, UUID], Done] = {}
        self._vault_entries: dict[UUID, VaultEntry] = {}
        self._unique_names: dict[tuple[str, str], UUID] = {}
        self._lock = Lock()

    def append(self, events: Sequence[StoredEvent], side_writes: SideWrites) -> int:
        with self._lock:
            request = side_writes.request
            if request and (request.caller, request.key) in self._done:
                raise AlreadyDone(self._done[request.caller, request.key])
            self._check_versions(events)
            for unique_name in side_writes.unique_names:
                if (unique_name.kind, unique_name.value) in self._unique_names:
                    raise TakenError(unique_name.kind, unique_name.value)
            if any(vault_entry.stream in self._vault_entries for vault_entry in side_writes.vault_entries):
                raise ConflictError
            self._write(events, side_writes.vault_entries, side_writes.unique_names)
            if side_writes.more_terms and (vault_entry := self._vault_entries.get(side_writes.more_terms[0])):
                terms = {*vault_entry.terms, *side_writes.more_terms[1]}
                self._vault_entries[vault_entry.stream] = replace(vault_entry, terms=sorted(terms))
            for stream in side_writes.erased:
                self._vault_entries.pop(stream, None)
            first = cast("UUID", events[0].originator_id)
            if request:
                done = Done(first, self._versions[first], len(self._rows), request.digest)
                self._done[request.caller, request.key] = done
            return len(self._rows)

    def _check_versions(self, events: Sequence[StoredEvent]) -> None:
        expected: dict[UUID, int] = {}
        for event in events:
            stream = cast("UUID", event.originator_id)
            expected[stream] = expected.get(stream, self._versions.get(stream, 0)) + 1
            if event.originator_version != expected[stream]:
                raise ConflictError

    def _write(
        self,
        events: Sequence[StoredEvent],
        vault_entries: Sequence[VaultEntry],
        unique_names: Sequence[UniqueName],
    ) -> None:
        for event in events:
            stream = cast("UUID", event.originator_id)
            self._versions[stream] = event.originator_version
            self._rows.append(
                RecordedEvent(len(self._rows) + 1, stream, event.originator_version, event.topic, event.state)
            )
        self._vault_entries.update({vault_entry.stream: vault_entry for vault_entry in vault_entries})
        self._unique_names.update(
            {(unique_name.kind, unique_name.value): unique_name.stream for unique_name in unique_names}
        )

    def read_stream(self, stream: UUID, request: Request | None = None) -> StreamRead:
        done = self._done.get((request.caller, request.key)) if request else None
        return StreamRead(
            [row for row in self._rows if row.stream == stream], self._vault_entries.get(stream), done
        )

    def streams(self, streams: Sequence[UUID]) -> dict[UUID, list[RecordedEvent]]:
        return {stream: rows for stream in streams if (rows := self.read_stream(stream).rows)}

    def reference_update(
        self,
        last_known: RecordedEvent | None,
        token_digest: bytes | None = None,  # noqa: ARG002 - no tokens in memory
        about: RequestTarget | None = None,
    ) -> ReferenceUpdate:
        rows = [row for row in self._rows if not row.topic.startswith("lapor.complaint.")]
        from_start = last_known is not None and last_known not in rows
        since = 0 if from_start or last_known is None else last_known.position
        stream_read = self.read_stream(about.stream) if about else None
        return ReferenceUpdate(
            [row for row in rows if row.position > since], stream_read=stream_read, from_start=from_start
        )

    def vault_entries(self, streams: Sequence[UUID]) -> list[VaultEntry]:
        return [self._vault_entries[stream] for stream in streams if stream in self._vault_entries]

    def find(self, kind: str, value: str) -> UUID | None:
        return self._unique_names.get((kind, value))

    def claimed(self, kind: str, values: Sequence[str]) -> set[str]:
        return {value for value in values if (kind, value) in self._unique_names}

    def page(self, after: int, limit: int) -> list[RecordedEvent]:
        return self._rows[after : after + limit]

    def newest(self, topic: str, before: int, limit: int) -> list[RecordedEvent]:
        return [row for row in reversed(self._rows[: before - 1]) if row.topic == topic][:limit]

    def by_stream(self, stream: UUID, version: int, limit: int, head: int) -> list[RecordedEvent]:
        later = (row for row in self._rows[:head] if (row.stream, row.version) > (stream, version))
        return sorted(later, key=lambda row: (row.stream, row.version))[:limit]

    def head(self) -> int:
        return len(self._rows)
