"""Lists of complaints (daftar): those that fit, those alike; from the register and the vault's terms.

What the caller may see is part of the question, so that a list holds nothing else and no page is short.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from operator import attrgetter
from typing import Any, NamedTuple
from uuid import UUID

from lapor.domain.access import Reach
from lapor.domain.vocabulary import Kind, Privacy, Stage
from lapor.store.database import Connection, Database
from lapor.store.pg_arrays import UuidArray
from projections.complaints.as_of import known_at
from projections.complaints.description import ComplaintDescription, Visibility
from projections.complaints.register import INVOLVED, REGISTER, URGENCY, RegisterLine
from projections.engine.as_of import AsOf, SortKey, SortOrder, first_at, first_of, one_state
from projections.engine.columns import columns, converter, row_maker
from projections.engine.tables import Table

_TABLE = Table(REGISTER)
_LISTED = f"SELECT {', '.join(column.selected for column in columns(RegisterLine))} FROM {_TABLE.name}"  # noqa: S608
_OF_STREAMS = f"{_LISTED} WHERE stream = ANY(%b::uuid[])"
_listed = row_maker(RegisterLine)
_SAID_THEN = tuple(
    name for name in RegisterLine.__struct_fields__ if name not in ComplaintDescription.__struct_fields__
)
"""What the tables tell of a moment, and no description."""
_known = attrgetter(*ComplaintDescription.__struct_fields__)
_said = converter([column.load for column in columns(RegisterLine) if column.name in _SAID_THEN])


class ListedRow(NamedTuple):
    """A complaint as it stands, or stood at a moment, and what decides who may see it now."""

    complaint: RegisterLine
    seen: Visibility


SORTS = {
    "-filed_at": SortOrder("filed_at", "filed_at", descending=True),
    "filed_at": SortOrder("filed_at", "filed_at"),
    "-changed_at": SortOrder("changed_at", "changed_at", descending=True),
    "changed_at": SortOrder("changed_at", "changed_at"),
    "due_at": SortOrder("due_at", URGENCY),
}
"""Only what is stored in clear can be sorted by."""


@dataclass(frozen=True)
class ListFilter:
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
    """The condition that a complaint is within somebody's reach, and its values."""
    parts, values = _parts_of(reach, name)
    return f"({' OR '.join(parts)})", values


def _parts_of(reach: Reach, name: str) -> tuple[list[str], dict[str, Any]]:
    """Conditions of which one must hold. Each can be looked for in the order of an index; all at once not."""
    if reach.everything:
        return ["true"], {}
    own = [f"agency = ANY(%({name})s)"] if reach.agencies else []
    own += [f"kind = '{Kind.OVERSIGHT}'"] if reach.oversight else []
    parts = [f"({' OR '.join(own) or 'false'})"]
    if reach.agencies:
        parts.append(f"({INVOLVED} AND involved ?| %({name}_involved)s)")
    return parts, {name: list(reach.agencies), f"{name}_involved": [str(each) for each in reach.agencies]}


def page(
    database: Database,
    wanted: ListFilter,
    *,
    reach: Reach,
    content: Reach,
    sort: str,
    after: SortKey | None,
    limit: int,
    moment: AsOf | None = None,
) -> Sequence[ListedRow]:
    """Complaints within ``reach`` that fit. By words, confidential ones are found within ``content`` only.

    With ``moment`` those that fitted then, as they stood then; words are those of now.
    """
    order = replace(SORTS[sort], after=after)
    joined = ""
    if wanted.terms is not None:
        # A vault row tells when its complaint was filed, so that the newest that have the words are found
        # by walking back from today, or all of them by their words: whichever the planner finds less.
        joined = "JOIN (SELECT stream, at, terms FROM vault.subject) s USING (stream)"
        order = replace(order, expression=order.expression.replace("filed_at", "s.at"))
    asked: dict[str, Any] = {name: getattr(wanted, name) for name in _CONDITIONS}
    conditions = [text for name, text in _CONDITIONS.items() if asked[name] is not None]
    seen, values = _parts_of(reach, "seen")
    if wanted.terms is not None:
        asked["terms"] = list(wanted.terms)
        read, more = within(content, "read")
        readable = f"(privacy <> '{Privacy.CONFIDENTIAL}' OR {read})"
        if moment is not None:  # permission is that of now
            readable = f"EXISTS (SELECT FROM {_TABLE.name} r WHERE r.stream = s.stream AND {readable})"
        conditions.append(readable)
        values |= more
    asked |= {**values, "zone": wanted.zone}
    if moment is None:
        found: dict[UUID, RegisterLine] = {}
        with database.connection() as connection:
            for part in seen:
                for row in _current(
                    connection, order, joined, [*conditions, part], {**asked, "limit": limit}
                ):
                    found[row.stream] = row
        places = order.sorted((getattr(row, order.field), row.stream) for row in found.values())
        return [ListedRow(found[stream], found[stream]) for _, stream in places[:limit]]
    with one_state(database, in_order=not joined) as connection:
        conditions.append(seen[0])  # who was only involved is not known of then
        if moment.at is not None:
            asked["latest"] = moment.at
            filed_at = "s.at" if joined else "filed_at"
            conditions.append(f"{filed_at} <= %(latest)s")  # it follows, and tells where to begin
        fitting: dict[str, Any] = {
            "conditions": conditions,
            "asked": asked,
            "limit": limit,
            "fields": _SAID_THEN,
        }
        if joined:
            found_then = first_of(connection, _TABLE, moment, order, source="vault.subject", **fitting)
        else:
            found_then = first_at(connection, _TABLE, moment, order, **fitting)
        known = known_at(connection, found_then, moment)
    return [
        ListedRow(RegisterLine(*_known(known[stream].then), *_said(said)), known[stream].now)
        for stream, said in found_then.items()
    ]


def _current(
    connection: Connection, order: SortOrder, joined: str, conditions: list[str], asked: dict[str, Any]
) -> list[RegisterLine]:
    if order.after is not None:
        conditions = [*conditions, order.beyond("after")]
        asked |= {"after": order.after[0], "after_stream": order.after[1]}
    query = f"{_LISTED} {joined} WHERE {' AND '.join(conditions)} {order.sql} LIMIT %(limit)s"
    # How common a word is decides the way: a plan made once for all words would be wrong for most.
    prepared = False if joined else None
    found = connection.execute(query.encode(), asked, binary=True, prepare=prepared)
    return [_listed(values) for values in found]


def register_of(database: Database, streams: Sequence[UUID]) -> dict[UUID, RegisterLine]:
    """How these complaints stand now."""
    with database.connection() as connection:
        found = map(_listed, connection.rows(_OF_STREAMS, [UuidArray(streams)]))
        return {row.stream: row for row in found}
