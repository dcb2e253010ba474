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
# Several tables in one answer: a fact, the vault row, the request. `what` tells which.
_OF_STREAM = """
    SELECT 'fact' AS what, position, stream, version, topic, state, NULL::bytea AS digest{owned}
      FROM fact WHERE stream = %(stream)s
    UNION ALL
    SELECT 'subject', NULL, stream, NULL, NULL, wrapped_key, receipt_digest{owned}
      FROM vault.subject WHERE stream = %(stream)s
    UNION ALL
    SELECT 'done', position, stream, version, NULL, NULL, digest{owned}
      FROM request WHERE caller = {caller} AND key = %(key)s
"""
_SITUATION = f"{_OF_STREAM.format(owned='', caller='%(caller)s')} ORDER BY what, position"
_STREAMS = """
    SELECT position, stream, version, topic, state FROM fact WHERE stream = ANY(%b) ORDER BY stream, version
"""
# As each request asks it: facts that are not about complaints, whose the token is.
_NEWS = """
    SELECT 'news' AS what, position, stream, version, topic, state, NULL::bytea AS digest,
           NULL::timestamptz AS expires_at, NULL::timestamptz AS revoked_at
      FROM fact WHERE position >= %(known)s AND NOT starts_with(topic, 'lapor.complaint.')
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
    "SELECT position, stream, version, topic, state FROM fact WHERE position > %s ORDER BY position LIMIT %s"
)
_NEWEST = """
    SELECT position, stream, version, topic, state FROM fact
     WHERE position < %b AND NOT starts_with(topic, 'lapor.complaint.') AND topic = %b
     ORDER BY position DESC LIMIT %b
"""
_BY_STREAM = """
    SELECT position, stream, version, topic, state FROM fact
     WHERE (stream, version) > (%b, %b) AND position <= %b ORDER BY stream, version LIMIT %b
"""
_SUBJECTS = "SELECT stream, wrapped_key, receipt_digest FROM vault.subject WHERE stream = ANY(%b)"
_CLAIMANT = "SELECT stream FROM claim WHERE kind = %s AND value = %s"
_CLAIMED = "SELECT value FROM claim WHERE kind = %s AND value = ANY(%b)"
_HEAD = "SELECT coalesce(max(position), 0) FROM fact"
_ERASE = "DELETE FROM vault.subject WHERE stream = ANY(%s)"
_NOTED = (
    "UPDATE vault.master_key SET erased_since = now() WHERE erased_since IS NULL AND destroyed_at IS NULL"
)


class PostgresEventLog(EventLog):
    """Facts in PostgreSQL."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def append(self, facts: Sequence[StoredEvent], beside: SideWrites) -> int:
        request, subjects, claims = beside.request, beside.subjects, beside.claims
        values: list[Any] = [
            UuidArray([fact.originator_id for fact in facts]),
            IntArray([fact.originator_version for fact in facts]),
            TextArray([fact.topic for fact in facts]),
            ByteaArray([fact.state for fact in facts]),
            request.caller if request else None,
            request.key if request else None,
            request.digest if request else None,
            UuidArray([subject.stream for subject in subjects]) if subjects else None,
            ByteaArray([subject.wrapped_key for subject in subjects]) if subjects else None,
            ByteaArray([subject.receipt_digest for subject in subjects]) if subjects else None,
            TextArray([_array(subject.terms) for subject in subjects]) if subjects else None,
            UuidArray([beside.more_terms[0]]) if beside.more_terms else None,
            TextArray([_array(beside.more_terms[1])]) if beside.more_terms else None,
            TextArray([claim.kind for claim in claims]) if claims else None,
            TextArray([claim.value for claim in claims]) if claims else None,
            UuidArray([claim.stream for claim in claims]) if claims else None,
        ]
        try:
            with self._database.connection() as connection:
                if beside.erased:
                    row = _append_and_erase(connection, values, beside.erased)
                else:
                    (row,) = connection.rows(_APPEND, values)
        except (psycopg.errors.UniqueViolation, psycopg.errors.CheckViolation) as error:
            if error.diag.constraint_name == "claim_pkey":
                taken = next((claim for claim in claims if self.find(claim.kind, claim.value)), claims[0])
                raise TakenError(taken.kind, taken.value) from error
            raise ConflictError from error
        last, stream, version, digest = row
        if stream is not None:
            raise AlreadyDone(Done(stream, version, last, digest))
        return int(last)

    def situation(self, stream: UUID, request: Request | None = None) -> StreamRead:
        asked: dict[str, object] = {"stream": stream, "caller": None, "key": None}
        if request:
            asked |= {"caller": request.caller, "key": request.key}
        with self._database.connection() as connection:
            found = connection.rows(_SITUATION, asked)
        return _situation(found)

    def streams(self, streams: Sequence[UUID]) -> dict[UUID, list[RecordedEvent]]:
        found: dict[UUID, list[RecordedEvent]] = {}
        with self._database.connection() as connection:
            for values in connection.rows(_STREAMS, [UuidArray(streams)]):
                row = RecordedEvent(*values)
                found.setdefault(row.stream, []).append(row)
        return found

    def news(
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
            news = _news(found, situated=about is not None)
            if known is None:
                return news
            if news.rows[:1] == [known]:
                del news.rows[0]
                return news
            all_of_it = connection.rows(_NEWS, {"known": 0, "token": None})
        return replace(news, rows=_news(all_of_it).rows, anew=True)

    def subjects(self, streams: Sequence[UUID]) -> list[VaultEntry]:
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
    """Append the facts that say so and delete the vault's rows: a crash leaves both or neither."""
    with connection.transaction():
        (row,) = connection.rows(_APPEND, values)
        if row[1] is None:  # the same request has not done it before
            connection.execute(_ERASE, [list(erased)])
            connection.execute(_NOTED)
    return row  # type: ignore[no-any-return]


def _situation(found: Iterable[Sequence[Any]]) -> StreamRead:
    """What is known of a stream; lines about anything else are passed over."""
    rows, subject, done = [], None, None
    for what, position, stream, version, topic, state, digest, *_ in found:
        if what == "fact":
            rows.append(RecordedEvent(position, stream, version, topic, state))
        elif what == "subject":
            subject = VaultEntry(stream, state, digest)
        elif what == "done":
            done = Done(stream, version, position, digest)
    return StreamRead(rows, subject, done)


def _news(found: Sequence[Sequence[Any]], *, situated: bool = False) -> ReferenceUpdate:
    """The facts that are not about complaints, whose the token is, and the situation of a stream."""
    rows = [RecordedEvent(*each[1:6]) for each in found if each[0] == "news"]
    owner = next((Credential(each[2], *each[7:]) for each in found if each[0] == "owner"), None)
    return ReferenceUpdate(rows, owner, _situation(found) if situated else None)


def _rows(found: Iterable[Sequence[Any]]) -> list[RecordedEvent]:
    return [RecordedEvent(*values) for values in found]


def _array(terms: Sequence[int]) -> str:
    """An array as text: those of several subjects differ in length, and cannot stand in one of arrays."""
    return f"{{{','.join(map(str, terms))}}}"
