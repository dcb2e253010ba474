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
# Rows of several tables in one result: `what` says which table a row is from.
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
_READ_STREAM = f"{_OF_STREAM.format(owned='', caller='%(caller)s')} ORDER BY what, position"
_STREAMS = """
    SELECT position, stream, version, topic, state FROM event WHERE stream = ANY(%b) ORDER BY stream, version
"""
# Asked by every request: the events of reference data, and the owner of the token.
_REFERENCE = """
    SELECT 'reference' AS what, position, stream, version, topic, state, NULL::bytea AS digest,
           NULL::timestamptz AS expires_at, NULL::timestamptz AS revoked_at
      FROM event WHERE position >= %(known)s AND NOT starts_with(topic, 'lapor.complaint.')
    UNION ALL
    SELECT 'owner', NULL, officer, NULL, NULL, NULL, NULL, expires_at, revoked_at
      FROM credential WHERE digest = %(token)s
"""
_OWNER = "(SELECT officer::text FROM credential WHERE digest = %(token)s)"
_REFERENCE_AND_STREAM = (
    f"{_REFERENCE} UNION ALL {_OF_STREAM.format(owned=', NULL, NULL', caller=_OWNER)} ORDER BY what, position"
)
_REFERENCE = f"{_REFERENCE} ORDER BY what, position"
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
_VAULT_ENTRIES = "SELECT stream, wrapped_key, receipt_digest FROM vault.subject WHERE stream = ANY(%b)"
_CLAIMANT = "SELECT stream FROM claim WHERE kind = %s AND value = %s"
_CLAIMED = "SELECT value FROM claim WHERE kind = %s AND value = ANY(%b)"
_HEAD = "SELECT coalesce(max(position), 0) FROM event"
_ERASE = "DELETE FROM vault.subject WHERE stream = ANY(%s)"
_NOTE_ERASURE = (
    "UPDATE vault.master_key SET erased_since = now() WHERE erased_since IS NULL AND destroyed_at IS NULL"
)


class PostgresEventLog(EventLog):
    """The event log in PostgreSQL."""

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
        params: dict[str, object] = {"stream": stream, "caller": None, "key": None}
        if request:
            params |= {"caller": request.caller, "key": request.key}
        with self._database.connection() as connection:
            rows = connection.rows(_READ_STREAM, params)
        return _stream_read(rows)

    def streams(self, streams: Sequence[UUID]) -> dict[UUID, list[RecordedEvent]]:
        events: dict[UUID, list[RecordedEvent]] = {}
        with self._database.connection() as connection:
            for values in connection.rows(_STREAMS, [UuidArray(streams)]):
                row = RecordedEvent(*values)
                events.setdefault(row.stream, []).append(row)
        return events

    def reference_update(
        self,
        last_known: RecordedEvent | None,
        token_digest: bytes | None = None,
        about: RequestTarget | None = None,
    ) -> ReferenceUpdate:
        params: dict[str, object] = {"known": last_known.position if last_known else 0, "token": token_digest}
        if about:
            params |= {"stream": about.stream, "key": about.key}
        with self._database.connection() as connection:
            rows = connection.rows(_REFERENCE_AND_STREAM if about else _REFERENCE, params)
            reference_update = _reference_update(rows, with_stream=about is not None)
            if last_known is None:
                return reference_update
            if reference_update.rows[:1] == [last_known]:
                del reference_update.rows[0]
                return reference_update
            all_rows = connection.rows(_REFERENCE, {"known": 0, "token": None})
        return replace(reference_update, rows=_reference_update(all_rows).rows, from_start=True)

    def vault_entries(self, streams: Sequence[UUID]) -> list[VaultEntry]:
        with self._database.connection() as connection:
            return [VaultEntry(*row) for row in connection.rows(_VAULT_ENTRIES, [UuidArray(streams)])]

    def find(self, kind: str, value: str) -> UUID | None:
        with self._database.connection() as connection:
            rows = connection.rows(_CLAIMANT, [kind, value])
        return rows[0][0] if rows else None

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
    """Append the events of an erasure and delete the vault's rows: a crash leaves both or neither."""
    with connection.transaction():
        (row,) = connection.rows(_APPEND, values)
        if row[1] is None:  # the same request has not done it before
            connection.execute(_ERASE, [list(erased)])
            connection.execute(_NOTE_ERASURE)
    return row  # type: ignore[no-any-return]


def _stream_read(records: Iterable[Sequence[Any]]) -> StreamRead:
    """Return what a result says of a stream; rows from other tables are skipped."""
    rows, vault_entry, done = [], None, None
    for what, position, stream, version, topic, state, digest, *_ in records:
        if what == "event":
            rows.append(RecordedEvent(position, stream, version, topic, state))
        elif what == "subject":
            vault_entry = VaultEntry(stream, state, digest)
        elif what == "done":
            done = Done(stream, version, position, digest)
    return StreamRead(rows, vault_entry, done)


def _reference_update(records: Sequence[Sequence[Any]], *, with_stream: bool = False) -> ReferenceUpdate:
    """Return the events of reference data, the token's owner and, if asked for, the stream of a result."""
    rows = [RecordedEvent(*record[1:6]) for record in records if record[0] == "reference"]
    owner = next((Credential(record[2], *record[7:]) for record in records if record[0] == "owner"), None)
    return ReferenceUpdate(rows, owner, _stream_read(records) if with_stream else None)


def _rows(records: Iterable[Sequence[Any]]) -> list[RecordedEvent]:
    return [RecordedEvent(*values) for values in records]


def _array(terms: Sequence[int]) -> str:
    """Return an array as text, because an array of arrays demands the same length of all."""
    return f"{{{','.join(map(str, terms))}}}"
