"""Lists of complaints (daftar): those that fit, those alike; from the register and the vault's terms.

What the caller may see is part of the question, so that a list holds nothing else and no page is short.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from lapor.domain.access import Reach
from lapor.domain.terms import Kind, Privacy, Stage
from lapor.store.database import Database
from projections.moments import Moment, rows_at, stood
from projections.register import REGISTER, URGENCY, Registered
from projections.tables import Table

_TABLE = Table(REGISTER)
SORTS = {
    "-filed_at": ("filed_at", "DESC", "<"),
    "filed_at": ("filed_at", "ASC", ">"),
    "-changed_at": ("changed_at", "DESC", "<"),
    "changed_at": ("changed_at", "ASC", ">"),
    "due_at": (URGENCY, "ASC", ">"),
}
"""Only what is stored in clear can be sorted by."""

After = tuple[datetime | None, UUID]


@dataclass(frozen=True)
class Wanted:
    """Which complaints: each condition that is given must hold. Days are the local ones of ``zone``."""

    zone: str
    agency: UUID | None = None
    stage: Stage | None = None
    kind: Kind | None = None
    category: str | None = None
    service: str | None = None
    overdue_at: datetime | None = None
    in_time_at: datetime | None = None
    due_before: datetime | None = None
    filed_from: date | None = None
    filed_to: date | None = None
    terms: Sequence[int] | None = None


_REPORTERS = "step IN ('reporter_reply', 'reporter_completion')"  # whose silence is nobody's delay
_CONDITIONS = {
    "agency": "agency = %(agency)s",
    "stage": "stage = %(stage)s",
    "kind": "kind = %(kind)s",
    "category": "category = %(category)s",
    "service": "service = %(service)s",
    "overdue_at": f"due_at < %(overdue_at)s AND NOT {_REPORTERS}",
    "in_time_at": f"(due_at IS NULL OR due_at >= %(in_time_at)s OR {_REPORTERS})",
    "due_before": "due_at < %(due_before)s",
    "filed_from": "filed_at >= (%(filed_from)s::date)::timestamp AT TIME ZONE %(zone)s",
    "filed_to": "filed_at < (%(filed_to)s::date + 1)::timestamp AT TIME ZONE %(zone)s",
    "terms": "s.terms @> %(terms)s::bigint[]",
}


def within(reach: Reach, name: str) -> tuple[str, dict[str, Any]]:
    """The condition that a complaint is within somebody's reach, and its value."""
    if reach.everything:
        return "true", {}
    parts = [f"agency = ANY(%({name})s)"] if reach.agencies else []
    parts += [f"kind = '{Kind.OVERSIGHT}'"] if reach.oversight else []
    return f"({' OR '.join(parts) or 'false'})", {name: list(reach.agencies)}


def page(
    database: Database,
    wanted: Wanted,
    *,
    reach: Reach,
    content: Reach,
    sort: str,
    after: After | None,
    limit: int,
    moment: Moment | None = None,
) -> list[Registered]:
    """Complaints within ``reach`` that fit. By words, confidential ones are found within ``content`` only.

    With ``moment`` those that fitted then, as they stood then; words are those of now.
    """
    column, direction, beyond = SORTS[sort]
    source = f"{rows_at(_TABLE, moment)} AS stood" if moment else _TABLE.name
    if wanted.terms is not None:
        # A vault row tells when its complaint was filed, so that the newest that have the words are found
        # by walking back from today, or all of them by their words: whichever the planner finds less.
        source += " JOIN (SELECT stream, at, terms FROM vault.subject) s USING (stream)"
        column = column.replace("filed_at", "s.at")
    asked: dict[str, Any] = {name: getattr(wanted, name) for name in _CONDITIONS}
    conditions = [text for name, text in _CONDITIONS.items() if asked[name] is not None]
    seen, values = within(reach, "seen")
    conditions.append(seen)
    if wanted.terms is not None:
        read, more = within(content, "read")
        readable = f"(privacy <> '{Privacy.CONFIDENTIAL}' OR {read})"
        if moment is not None:  # permission is that of now
            readable = f"EXISTS (SELECT FROM {_TABLE.name} r WHERE r.stream = stood.stream AND {readable})"
        conditions.append(readable)
        values |= more
    if after is not None:
        conditions.append(
            f"({column}, stream) {beyond} (coalesce(%(at)s::timestamptz, 'infinity'), %(stream)s)"
        )
        values |= {"at": after[0], "stream": after[1]}
    selected = "stream" if moment else _TABLE.selected
    query = (
        f"SELECT {selected} FROM {source} WHERE {' AND '.join(conditions)}"  # noqa: S608 - own words
        f" ORDER BY {column} {direction}, stream {direction} LIMIT %(limit)s"
    )
    asked |= {**values, "zone": wanted.zone, "limit": limit, **(moment.asked if moment else {})}
    if wanted.terms is not None:
        asked["terms"] = list(wanted.terms)
    # How common a word is, and how long ago a moment, decides the way: one plan would be wrong for most.
    prepared = None if wanted.terms is None and moment is None else False
    with database.connection() as connection:
        found = connection.execute(query.encode(), asked, binary=True, prepare=prepared).fetchall()
        if moment is None:
            return [_TABLE.row(values) for values in found]
        streams = [stream for (stream,) in found]
        (rows,) = stood(connection, streams, moment, [REGISTER])
        return [rows[stream] for stream in streams]


def register_of(database: Database, streams: Sequence[UUID]) -> dict[UUID, Registered]:
    """How these complaints stand now."""
    query = f"SELECT {_TABLE.selected} FROM {_TABLE.name} WHERE stream = ANY(%b::uuid[])"  # noqa: S608
    with database.connection() as connection:
        found = map(_TABLE.row, connection.execute(query.encode(), [list(streams)], binary=True))
        return {row.stream: row for row in found}
