"""The log in PostgreSQL: one function call to append, one query to read what a command needs."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

import psycopg
from eventsourcing.persistence import StoredEvent

from lapor.domain.errors import ConflictError, TakenError
from lapor.store.database import Connection, Database
from lapor.store.event_log import (
    AlreadyDone,
    Credential,
    Done,
    EventLog,
    RecordedEvent,
    ReferenceUpdate,
    Request,
    RequestTarget,
    SideWrites,
    StreamRead,
    VaultEntry,
)
from lapor.store.pg_arrays import ByteaArray, IntArray, TextArray, UuidArray

_APPEND = """
    SELECT last, done_stream, done_version, done_digest FROM lapor_append(
        %b::uuid[], %b::int[], %b::text[], %b::bytea[], %b, %b, %b,
        %b::uuid[], %b::bytea[], %b::bytea[], %b::text[], %b::uuid[], %b::text[],
        %b::text[], %b::text[], %b::uuid[])
"""
# Several tables in one answer: an event, the vault row, the request. `what` tells which.
_OF_STREAM = """
    SELECT 'event' AS what, position, stream, version, topic, state, NULL::bytea AS digest{owned}
      FROM event WHERE stream = %(stream)s
    UNION ALL
    SELECT 'subject', NULL, stream, NULL, NULL, wrapped_key, receipt_digest{owned}
      FROM vault.subject WHERE stream = %(stream)s
    UNION ALL
    SELECT 'done', position, stream, version, NULL, NULL, digest{owned}
      FROM request WHERE caller = {caller} AND key = %(key)s
"""
_SITUATION = f"{_OF_STREAM.format(owned='', caller='%(caller)s')} ORDER BY what, position"
_STREAMS = """
    SELECT position, stream, version, topic, state FROM event WHERE stream = ANY(%b) ORDER BY stream, version
"""
# As each request asks it: events that are not about complaints, whose the token is.
_NEWS = """
    SELECT 'news' AS what, position, stream, version, topic, state, NULL::bytea AS digest,
           NULL::timestamptz AS expires_at, NULL::timestamptz AS revoked_at
      FROM event WHERE position >= %(known)s AND NOT starts_with(topic, 'lapor.complaint.')
    UNION ALL
    SELECT 'owner', NULL, officer, NULL, NULL, NULL, NULL, expires_at, revoked_at
      FROM credential WHERE digest = %(token)s
"""
_OWNER = "(SELECT officer::text FROM credential WHERE digest = %(token)s)"
_NEWS_AND_SITUATION = (
    f"{_NEWS} UNION ALL {_OF_STREAM.format(owned=', NULL, NULL', caller=_OWNER)} ORDER BY what, position"
)
_NEWS = f"{_NEWS} ORDER BY what, position"
_PAGE = (
    "SELECT position, stream, version, topic, state FROM event WHERE position > %s ORDER BY position LIMIT %s"
)
_NEWEST = """
    SELECT position, stream, version, topic, state FROM event
     WHERE position < %b AND NOT starts_with(topic, 'lapor.complaint.') AND topic = %b
     ORDER BY position DESC LIMIT %b
"""
_BY_STREAM = """
    SELECT position, stream, version, topic, state FROM event
     WHERE (stream, version) > (%b, %b) AND position <= %b ORDER BY stream, version LIMIT %b
"""
_SUBJECTS = "SELECT stream, wrapped_key, receipt_digest FROM vault.subject WHERE stream = ANY(%b)"
_CLAIMANT = "SELECT stream FROM claim WHERE kind = %s AND value = %s"
_CLAIMED = "SELECT value FROM claim WHERE kind = %s AND value = ANY(%b)"
_HEAD = "SELECT coalesce(max(position), 0) FROM event"
_ERASE = "DELETE FROM vault.subject WHERE stream = ANY(%s)"
_NOTED = (
    "UPDATE vault.master_key SET erased_since = now() WHERE erased_since IS NULL AND destroyed_at IS NULL"
)


class PostgresEventLog(EventLog):
    """Events in PostgreSQL."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def append(self, events: Sequence[StoredEvent], side_writes: SideWrites) -> int:
        request, vault_entries, unique_names = (
            side_writes.request,
            side_writes.vault_entries,
            side_writes.unique_names,
        )
        values: list[Any] = [
            UuidArray([event.originator_id for event in events]),
            IntArray([event.originator_version for event in events]),
            TextArray([event.topic for event in events]),
            ByteaArray([event.state for event in events]),
            request.caller if request else None,
            request.key if request else None,
            request.digest if request else None,
            UuidArray([vault_entry.stream for vault_entry in vault_entries]) if vault_entries else None,
            ByteaArray([vault_entry.wrapped_key for vault_entry in vault_entries]) if vault_entries else None,
            ByteaArray([vault_entry.receipt_digest for vault_entry in vault_entries])
            if vault_entries
            else None,
            TextArray([_array(vault_entry.terms) for vault_entry in vault_entries])
            if vault_entries
            else None,
            UuidArray([side_writes.more_terms[0]]) if side_writes.more_terms else None,
            TextArray([_array(side_writes.more_terms[1])]) if side_writes.more_terms else None,
            TextArray([unique_name.kind for unique_name in unique_names]) if unique_names else None,
            TextArray([unique_name.value for unique_name in unique_names]) if unique_names else None,
            UuidArray([unique_name.stream for unique_name in unique_names]) if unique_names else None,
        ]
        try:
            with self._database.connection() as connection:
                if side_writes.erased:
                    row = _append_and_erase(connection, values, side_writes.erased)
                else:
                    (row,) = connection.rows(_APPEND, values)
        except (psycopg.errors.UniqueViolation, psycopg.errors.CheckViolation) as error:
            if error.diag.constraint_name == "claim_pkey":
                taken = next(
                    (
                        unique_name
                        for unique_name in unique_names
                        if self.find(unique_name.kind, unique_name.value)
                    ),
                    unique_names[0],
                )
                raise TakenError(taken.kind, taken.value) from error
            raise ConflictError from error
        last, stream, version, digest = row
        if stream is not None:
            raise AlreadyDone(Done(stream, version, last, digest))
        return int(last)

    def read_stream(self, stream: UUID, request: Request | None = None) -> StreamRead:
        asked: dict[str, object] = {"stream": stream, "caller": None, "key": None}
        if request:
            asked |= {"caller": request.caller, "key": request.key}
        with self._database.connection() as connection:
            found = connection.rows(_SITUATION, asked)
        return _stream_read(found)

    def streams(self, streams: Sequence[UUID]) -> dict[UUID, list[RecordedEvent]]:
        found: dict[UUID, list[RecordedEvent]] = {}
        with self._database.connection() as connection:
            for values in connection.rows(_STREAMS, [UuidArray(streams)]):
                row = RecordedEvent(*values)
                found.setdefault(row.stream, []).append(row)
        return found

    def reference_update(
        self,
        known: RecordedEvent | None,
        token_digest: bytes | None = None,
        about: RequestTarget | None = None,
    ) -> ReferenceUpdate:
        asked: dict[str, object] = {"known": known.position if known else 0, "token": token_digest}
        if about:
            asked |= {"stream": about.stream, "key": about.key}
        with self._database.connection() as connection:
            found = connection.rows(_NEWS_AND_SITUATION if about else _NEWS, asked)
            reference_update = _news(found, situated=about is not None)
            if known is None:
                return reference_update
            if reference_update.rows[:1] == [known]:
                del reference_update.rows[0]
                return reference_update
            all_of_it = connection.rows(_NEWS, {"known": 0, "token": None})
        return replace(reference_update, rows=_news(all_of_it).rows, anew=True)

    def vault_entries(self, streams: Sequence[UUID]) -> list[VaultEntry]:
        with self._database.connection() as connection:
            return [VaultEntry(*row) for row in connection.rows(_SUBJECTS, [UuidArray(streams)])]

    def find(self, kind: str, value: str) -> UUID | None:
        with self._database.connection() as connection:
            found = connection.rows(_CLAIMANT, [kind, value])
        return found[0][0] if found else None

    def claimed(self, kind: str, values: Sequence[str]) -> set[str]:
        with self._database.connection() as connection:
            return {value for (value,) in connection.rows(_CLAIMED, [kind, TextArray(values)])}

    def page(self, after: int, limit: int) -> list[RecordedEvent]:
        with self._database.connection() as connection:
            return _rows(connection.rows(_PAGE, [after, limit]))

    def newest(self, topic: str, before: int, limit: int) -> list[RecordedEvent]:
        with self._database.connection() as connection:
            return _rows(connection.rows(_NEWEST, [before, topic, limit]))

    def by_stream(self, stream: UUID, version: int, limit: int, head: int) -> list[RecordedEvent]:
        with self._database.connection() as connection:
            return _rows(connection.rows(_BY_STREAM, [stream, version, head, limit]))

    def head(self) -> int:
        with self._database.connection() as connection:
            ((head,),) = connection.rows(_HEAD)
        return int(head)


def _append_and_erase(connection: Connection, values: list[Any], erased: Sequence[UUID]) -> Sequence[Any]:
    """Append the events that say so and delete the vault's rows: a crash leaves both or neither."""
    with connection.transaction():
        (row,) = connection.rows(_APPEND, values)
        if row[1] is None:  # the same request has not done it before
            connection.execute(_ERASE, [list(erased)])
            connection.execute(_NOTED)
    return row  # type: ignore[no-any-return]


def _stream_read(found: Iterable[Sequence[Any]]) -> StreamRead:
    """What is known of a stream; lines about anything else are passed over."""
    rows, vault_entry, done = [], None, None
    for what, position, stream, version, topic, state, digest, *_ in found:
        if what == "event":
            rows.append(RecordedEvent(position, stream, version, topic, state))
        elif what == "subject":
            vault_entry = VaultEntry(stream, state, digest)
        elif what == "done":
            done = Done(stream, version, position, digest)
    return StreamRead(rows, vault_entry, done)


def _news(found: Sequence[Sequence[Any]], *, situated: bool = False) -> ReferenceUpdate:
    """The events that are not about complaints, whose the token is, and the situation of a stream."""
    rows = [RecordedEvent(*each[1:6]) for each in found if each[0] == "news"]
    owner = next((Credential(each[2], *each[7:]) for each in found if each[0] == "owner"), None)
    return ReferenceUpdate(rows, owner, _stream_read(found) if situated else None)


def _rows(found: Iterable[Sequence[Any]]) -> list[RecordedEvent]:
    return [RecordedEvent(*values) for values in found]


def _array(terms: Sequence[int]) -> str:
    """An array as text: those of several subjects differ in length, and cannot stand in one of arrays."""
    return f"{{{','.join(map(str, terms))}}}"
