"""Lists of complaints (daftar), filtered, sorted and searched: from the register and the vault's terms.

The caller's permission is part of the query, so a list has only complaints that the caller may see, and every
page is full.
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
from projections.engine.as_of import SortKey, SortOrder, page_at, page_of_candidates, snapshot
from projections.engine.columns import columns, converter, row_maker
from projections.engine.tables import Table

_TABLE = Table(REGISTER)
_LISTED = f"SELECT {', '.join(column.selected for column in columns(RegisterLine))} FROM {_TABLE.name}"  # noqa: S608
_OF_STREAMS = f"{_LISTED} WHERE stream = ANY(%b::uuid[])"
_listed = row_maker(RegisterLine)
_HISTORY_FIELDS = tuple(
    name for name in RegisterLine.__struct_fields__ if name not in ComplaintDescription.__struct_fields__
)
"""The fields that a list as of a moment reads from the row history; the others are of the description."""
_description_values = attrgetter(*ComplaintDescription.__struct_fields__)
_history_values = converter(
    [column.load for column in columns(RegisterLine) if column.name in _HISTORY_FIELDS]
)


class ListedRow(NamedTuple):
    """A complaint, as it is or was at a moment, and what decides who may see it now."""

    complaint: RegisterLine
    seen: Visibility


SORTS = {
    "-filed_at": SortOrder("filed_at", "filed_at", descending=True),
    "filed_at": SortOrder("filed_at", "filed_at"),
    "-changed_at": SortOrder("changed_at", "changed_at", descending=True),
    "changed_at": SortOrder("changed_at", "changed_at"),
    "due_at": SortOrder("due_at", URGENCY),
}
"""The sort orders. Only fields stored in clear can be sorted by."""


@dataclass(frozen=True)
class ListFilter:
    """Conditions of complaints; all that are given must be met. Days are local days of ``zone``."""

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


_REPORTERS = "step IN ('reporter_reply', 'reporter_completion')"  # the reporter's own steps are never overdue
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


def reach_condition(reach: Reach, name: str) -> tuple[str, dict[str, Any]]:
    """Return the condition that a complaint is within a reach, and its parameters."""
    parts, values = _reach_conditions(reach, name)
    return f"({' OR '.join(parts)})", values


def _reach_conditions(reach: Reach, name: str) -> tuple[list[str], dict[str, Any]]:
    """Return conditions of which one must be met, and their parameters.

    Each alone can use an index in its order; joined by OR they cannot.
    """
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
    at: datetime | None = None,
) -> Sequence[ListedRow]:
    """Return the complaints within ``reach`` that fit.

    A search finds confidential complaints within ``content`` only. With ``at``: the complaints that fitted
    at that instant, as they were then. Search terms are always the present ones.
    """
    order = replace(SORTS[sort], after=after)
    joined = ""
    if wanted.terms is not None:
        # A vault row has the instant of filing. So the planner may walk back from the newest complaint until
        # the page is full, or find all with these terms by index, whichever it expects to be cheaper.
        joined = "JOIN (SELECT stream, at, terms FROM vault.subject) s USING (stream)"
        order = replace(order, expression=order.expression.replace("filed_at", "s.at"))
    parameters: dict[str, Any] = {name: getattr(wanted, name) for name in _CONDITIONS}
    conditions = [text for name, text in _CONDITIONS.items() if parameters[name] is not None]
    seen, values = _reach_conditions(reach, "seen")
    if wanted.terms is not None:
        parameters["terms"] = list(wanted.terms)
        read, more = reach_condition(content, "read")
        readable = f"(privacy <> '{Privacy.CONFIDENTIAL}' OR {read})"
        if at is not None:  # permission is the present one
            readable = f"EXISTS (SELECT FROM {_TABLE.name} r WHERE r.stream = s.stream AND {readable})"
        conditions.append(readable)
        values |= more
    parameters |= {**values, "zone": wanted.zone}
    if at is None:
        lines: dict[UUID, RegisterLine] = {}
        with database.connection() as connection:
            for part in seen:
                for row in _current(
                    connection, order, joined, [*conditions, part], {**parameters, "limit": limit}
                ):
                    lines[row.stream] = row
        keys = order.sorted((getattr(row, order.field), row.stream) for row in lines.values())
        return [ListedRow(lines[stream], lines[stream]) for _, stream in keys[:limit]]
    with snapshot(database, in_order=not joined) as connection:
        conditions.append(seen[0])  # the row history does not have the involved agencies
        # Implied, but lets the index scan begin there.
        conditions.append(f"{'s.at' if joined else 'filed_at'} <= %(at)s")
        fitting: dict[str, Any] = {
            "conditions": conditions,
            "parameters": parameters,
            "limit": limit,
            "fields": _HISTORY_FIELDS,
        }
        if joined:
            versions = page_of_candidates(connection, _TABLE, at, order, source="vault.subject", **fitting)
        else:
            versions = page_at(connection, _TABLE, at, order, **fitting)
        known = known_at(connection, versions, at)
    return [
        ListedRow(
            RegisterLine(*_description_values(known[stream].then), *_history_values(values)),
            known[stream].now,
        )
        for stream, values in versions.items()
    ]


def _current(
    connection: Connection, order: SortOrder, joined: str, conditions: list[str], parameters: dict[str, Any]
) -> list[RegisterLine]:
    if order.after is not None:
        conditions = [*conditions, order.comes_after("after")]
        parameters |= {"after": order.after[0], "after_stream": order.after[1]}
    query = f"{_LISTED} {joined} WHERE {' AND '.join(conditions)} {order.sql} LIMIT %(limit)s"
    # A search is not prepared: the best plan depends on how common its terms are.
    prepared = False if joined else None
    rows = connection.execute(query.encode(), parameters, binary=True, prepare=prepared)
    return [_listed(values) for values in rows]


def register_lines(database: Database, streams: Sequence[UUID]) -> dict[UUID, RegisterLine]:
    """Return the present register lines of these complaints, by stream."""
    with database.connection() as connection:
        lines = map(_listed, connection.rows(_OF_STREAMS, [UuidArray(streams)]))
        return {line.stream: line for line in lines}
