"""Access log (jejak akses): which officer saw or received whose personal data, when and why.

It records accesses to masked data: views of an identity, requests and grants for an anonymous reporter's, and
copies for the Ombudsman or for the person. Reading a complaint with its names masked is not recorded.
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
    """One access. ``what``: the last word of the topic; ``fields``: the reporter's fields shown unmasked."""

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
    """Return the access that an event at a position records."""
    details: dict[str, Any] = {}
    match event:
        case IdentityRequested():
            details = {"agency": event.agency, "reason_code": event.reason_code, "reference": event.reference}
        case IdentityGranted():
            details = {"reason_code": event.reason_code}
        case IdentityViewed():
            details = {"agency": event.agency, "reason_code": event.reason_code, "fields": event.fields}
            details["break_glass"] = event.break_glass
        case PersonalDataExported():
            details = {"agency": event.agency, "recipient": event.recipient, "fields": event.fields}
    what = event.TOPIC.rpartition(".")[2]
    key = (event.originator_id, event.originator_version, position)
    return Access(*key, what, event.at, event.by, event.role, event.channel, reason=event.reason, **details)


def project(event: AccessEvent, rows: Rows[Access]) -> None:
    """Add a row for each access."""
    rows[event.originator_id, event.originator_version] = of_event(event, rows.position)


ACCESS_LOG = Projection(
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
    """An access, with the tracking code of its complaint."""

    access: Access
    code: str


@dataclass(frozen=True)
class AccessFilter:
    """Conditions of accesses: from ``since``, before ``until``, by these officers, about one complaint."""

    since: datetime | None = None
    until: datetime | None = None
    officers: list[str] | None = None
    complaint: UUID | None = None


_TABLE = Table(ACCESS_LOG)
_CONDITIONS = {
    "since": "at >= %(since)s",
    "until": "at < %(until)s",
    "officers": "by = ANY(%(officers)s::text[])",
    "complaint": "stream = %(complaint)s",
}
_ONE_OFFICER = "by = (%(officers)s::text[])[1]"  # so that their accesses are read in the order of the index
_AFTER = f"(at, position) > (SELECT at, position FROM {_TABLE.name} WHERE position = %(after)s)"  # noqa: S608


def page(
    database: Database, wanted: AccessFilter, *, after: int | None = None, limit: int
) -> list[AccessRow]:
    """Return the accesses that fit, in the order of time, after the one at the position ``after``."""
    parameters: dict[str, Any] = {name: getattr(wanted, name) for name in _CONDITIONS}
    conditions = [text for name, text in _CONDITIONS.items() if parameters[name] is not None]
    if wanted.officers and len(wanted.officers) == 1:
        conditions.append(_ONE_OFFICER)
    conditions += [_AFTER] if after is not None else []
    query = f"""
        SELECT a.*, coalesce(r.code, '') FROM (
            SELECT {_TABLE.selected} FROM {_TABLE.name}
             WHERE {" AND ".join(conditions) or "true"} ORDER BY at, position LIMIT %(limit)s
        ) AS a LEFT JOIN {REGISTER.table} r USING (stream) ORDER BY a.at, a.position
    """  # noqa: S608 - constants only
    with database.connection() as connection:
        parameters |= {"after": after, "limit": limit}
        rows = connection.execute(query.encode(), parameters, binary=True)
        return [AccessRow(_TABLE.row(row[:-1]), row[-1]) for row in rows]
