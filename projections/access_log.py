"""Accesses (jejak akses): who was shown or given whose personal data, when, and why; one row for each time.

What is recorded is what un-masks: looks at an identity, an anonymous one's request and grant, and copies for
the Ombudsman or the person. That somebody read a complaint in which nobody is named is not recorded.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from lapor.domain.complaint.events import (
    AccessEvent,
    IdentityGranted,
    IdentityRequested,
    IdentityViewed,
    PersonalDataExported,
)
from lapor.domain.vocabulary import Channel, IdentityReason, Recipient, Role, Sealed
from lapor.store.database import Database
from projections.complaints.register import REGISTER
from projections.engine.projection import Projection, Rows
from projections.engine.tables import Table


class Access(msgspec.Struct, frozen=True):
    """One time; ``what`` is the last word of its topic, ``fields`` what was seen of the reporter in full."""

    stream: UUID
    version: int
    position: int
    what: str
    at: datetime
    by: str
    role: Role
    channel: Channel
    agency: UUID | None = None
    reason_code: IdentityReason | None = None
    recipient: Recipient | None = None
    reference: str | None = None
    break_glass: bool = False
    fields: tuple[str, ...] = ()
    reason: Sealed | None = None


def of_event(event: AccessEvent, position: int) -> Access:
    """The access that an event at a position tells of."""
    said: dict[str, Any] = {}
    match event:
        case IdentityRequested():
            said = {"agency": event.agency, "reason_code": event.reason_code, "reference": event.reference}
        case IdentityGranted():
            said = {"reason_code": event.reason_code}
        case IdentityViewed():
            said = {"agency": event.agency, "reason_code": event.reason_code, "fields": event.fields}
            said["break_glass"] = event.break_glass
        case PersonalDataExported():
            said = {"agency": event.agency, "recipient": event.recipient, "fields": event.fields}
    what = event.TOPIC.rpartition(".")[2]
    place = (event.originator_id, event.originator_version, position)
    return Access(*place, what, event.at, event.by, event.role, event.channel, reason=event.reason, **said)


def project(event: AccessEvent, rows: Rows[Access]) -> None:
    """Keep a row for each time."""
    rows[event.originator_id, event.originator_version] = of_event(event, rows.position)


ACCESSES = Projection(
    name="accesses",
    version=1,
    row=Access,
    project=project,
    reads=(AccessEvent,),
    key=("stream", "version"),
    indexes=("(position)", "(at, position)", "(by, at, position)"),
)


@dataclass(frozen=True, slots=True)
class AccessRow:
    """An access with the number of its complaint."""

    access: Access
    code: str


@dataclass(frozen=True)
class AccessFilter:
    """Which accesses: from an instant on, before another, by these officers, about one complaint."""

    since: datetime | None = None
    until: datetime | None = None
    officers: list[str] | None = None
    complaint: UUID | None = None


_TABLE = Table(ACCESSES)
_CONDITIONS = {
    "since": "at >= %(since)s",
    "until": "at < %(until)s",
    "officers": "by = ANY(%(officers)s::text[])",
    "complaint": "stream = %(complaint)s",
}
_ONE_OFFICER = "by = (%(officers)s::text[])[1]"  # so that his accesses are read in their order from the index
_AFTER = f"(at, position) > (SELECT at, position FROM {_TABLE.name} WHERE position = %(after)s)"  # noqa: S608


def page(
    database: Database, wanted: AccessFilter, *, after: int | None = None, limit: int
) -> list[AccessRow]:
    """Accesses that fit, in the order of time; ``after``: the position of the last one already seen."""
    asked: dict[str, Any] = {name: getattr(wanted, name) for name in _CONDITIONS}
    conditions = [text for name, text in _CONDITIONS.items() if asked[name] is not None]
    if wanted.officers and len(wanted.officers) == 1:
        conditions.append(_ONE_OFFICER)
    conditions += [_AFTER] if after is not None else []
    query = f"""
        SELECT a.*, coalesce(r.code, '') FROM (
            SELECT {_TABLE.selected} FROM {_TABLE.name}
             WHERE {" AND ".join(conditions) or "true"} ORDER BY at, position LIMIT %(limit)s
        ) AS a LEFT JOIN {REGISTER.table} r USING (stream) ORDER BY a.at, a.position
    """  # noqa: S608 - words of our own
    with database.connection() as connection:
        found = connection.execute(query.encode(), {**asked, "after": after, "limit": limit}, binary=True)
        return [AccessRow(_TABLE.row(row[:-1]), row[-1]) for row in found]
