"""A log in memory, for tests of the application that need no database."""

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
    """The same promises as PostgreSQL's, within one process."""

    def __init__(self) -> None:
        self._rows: list[RecordedEvent] = []
        self._versions: dict[UUID, int] = {}
        self._done: dict[tuple[str, UUID], Done] = {}
        self._subjects: dict[UUID, VaultEntry] = {}
        self._claims: dict[tuple[str, str], UUID] = {}
        self._lock = Lock()

    def append(self, facts: Sequence[StoredEvent], beside: SideWrites) -> int:
        with self._lock:
            request = beside.request
            if request and (request.caller, request.key) in self._done:
                raise AlreadyDone(self._done[request.caller, request.key])
            self._check_versions(facts)
            for claim in beside.claims:
                if (claim.kind, claim.value) in self._claims:
                    raise TakenError(claim.kind, claim.value)
            if any(subject.stream in self._subjects for subject in beside.subjects):
                raise ConflictError
            self._write(facts, beside.subjects, beside.claims)
            if beside.more_terms and (subject := self._subjects.get(beside.more_terms[0])):
                terms = {*subject.terms, *beside.more_terms[1]}
                self._subjects[subject.stream] = replace(subject, terms=sorted(terms))
            for stream in beside.erased:
                self._subjects.pop(stream, None)
            first = cast("UUID", facts[0].originator_id)
            if request:
                done = Done(first, self._versions[first], len(self._rows), request.digest)
                self._done[request.caller, request.key] = done
            return len(self._rows)

    def _check_versions(self, facts: Sequence[StoredEvent]) -> None:
        expected: dict[UUID, int] = {}
        for fact in facts:
            stream = cast("UUID", fact.originator_id)
            expected[stream] = expected.get(stream, self._versions.get(stream, 0)) + 1
            if fact.originator_version != expected[stream]:
                raise ConflictError

    def _write(
        self, facts: Sequence[StoredEvent], subjects: Sequence[VaultEntry], claims: Sequence[UniqueName]
    ) -> None:
        for fact in facts:
            stream = cast("UUID", fact.originator_id)
            self._versions[stream] = fact.originator_version
            self._rows.append(
                RecordedEvent(len(self._rows) + 1, stream, fact.originator_version, fact.topic, fact.state)
            )
        self._subjects.update({subject.stream: subject for subject in subjects})
        self._claims.update({(claim.kind, claim.value): claim.stream for claim in claims})

    def situation(self, stream: UUID, request: Request | None = None) -> StreamRead:
        done = self._done.get((request.caller, request.key)) if request else None
        return StreamRead(
            [row for row in self._rows if row.stream == stream], self._subjects.get(stream), done
        )

    def streams(self, streams: Sequence[UUID]) -> dict[UUID, list[RecordedEvent]]:
        return {stream: rows for stream in streams if (rows := self.situation(stream).rows)}

    def news(
        self,
        known: RecordedEvent | None,
        token_digest: bytes | None = None,  # noqa: ARG002 - no tokens in memory
        about: RequestTarget | None = None,
    ) -> ReferenceUpdate:
        rows = [row for row in self._rows if not row.topic.startswith("lapor.complaint.")]
        anew = known is not None and known not in rows
        since = 0 if anew or known is None else known.position
        situation = self.situation(about.stream) if about else None
        return ReferenceUpdate([row for row in rows if row.position > since], situation=situation, anew=anew)

    def subjects(self, streams: Sequence[UUID]) -> list[VaultEntry]:
        return [self._subjects[stream] for stream in streams if stream in self._subjects]

    def find(self, kind: str, value: str) -> UUID | None:
        return self._claims.get((kind, value))

    def claimed(self, kind: str, values: Sequence[str]) -> set[str]:
        return {value for value in values if (kind, value) in self._claims}

    def page(self, after: int, limit: int) -> list[RecordedEvent]:
        return self._rows[after : after + limit]

    def newest(self, topic: str, before: int, limit: int) -> list[RecordedEvent]:
        return [row for row in reversed(self._rows[: before - 1]) if row.topic == topic][:limit]

    def by_stream(self, stream: UUID, version: int, limit: int, head: int) -> list[RecordedEvent]:
        later = (row for row in self._rows[:head] if (row.stream, row.version) > (stream, version))
        return sorted(later, key=lambda row: (row.stream, row.version))[:limit]

    def head(self) -> int:
        return len(self._rows)
