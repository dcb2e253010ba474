"""The access report (laporan akses): who was shown or given whose personal data, when, and why.

Data protection officers and auditors get it over all complaints, a reporter about their own complaint.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from lapor.application.application import CommandRequest, LaporApplication
from lapor.application.pages import read_page
from lapor.application.queries.complaint_views import Viewer
from lapor.application.queries.lookup import ComplaintLookup
from lapor.application.result import Result
from lapor.domain.access import SEE_ACCESSES, Caller, actor_for, may
from lapor.domain.complaint.events import AccessEvent
from lapor.domain.errors import InvalidFieldError, NotFoundError
from lapor.domain.vocabulary import Role
from lapor.store.database import Database
from lapor.store.event_log import RecordedEvent
from projections.access_log import ACCESS_LOG, Access, AccessFilter, AccessRow, of_event, page
from projections.engine.read_your_writes import wait_for


@dataclass(frozen=True)
class AccessQuery:
    """The filter and page of a report: a period (its end excluded), an officer, a complaint."""

    since: datetime | None = None
    until: datetime | None = None
    officer: UUID | None = None
    complaint: str | None = None
    limit: int = 50
    cursor: int | None = None


class AccessReports:
    """Queries of recorded accesses to personal data."""

    def __init__(self, application: LaporApplication, database: Database, lookup: ComplaintLookup) -> None:
        self._application = application
        self._database = database
        self._lookup = lookup

    def report(self, caller: Caller, query: AccessQuery, *, position: int | None = None) -> Result:
        """Return a page of accesses in the order of time, read at ``position`` or later.

        Only data protection officers see the reasons that officers wrote. Raises ``NotSignedInError``,
        ``NotAllowedError``, ``BeyondHeadError``, and ``InvalidFieldError`` for an unknown complaint.
        """
        by = actor_for(caller, SEE_ACCESSES)
        wanted = AccessFilter(
            query.since,
            query.until,
            [str(query.officer)] if query.officer else None,
            self._stream_of(query.complaint) if query.complaint else None,
        )
        reached = wait_for(self._database, position or 0, (ACCESS_LOG,))
        shown, following = read_page(
            lambda limit: page(self._database, wanted, after=query.cursor, limit=limit),
            query.limit,
            cursor=lambda row: str(row.access.position),
        )
        openers = self._application.openers(
            [row.access.stream for row in shown] if by.role is Role.DPO else []
        )
        items = []
        for row in shown:
            item = access_view(row.access) | _complaint_of(row)
            if by.role is Role.DPO and row.access.reason:
                item["reason"] = openers(row.access.stream)("reason", row.access.reason)
            items.append(item)
        return Result({"items": items, "next": following}, 0, reached)

    def _stream_of(self, named: str) -> UUID:
        try:
            return self._lookup.stream(named)
        except NotFoundError:
            raise InvalidFieldError("complaint", f"There is no complaint '{named}'.") from None

    def of_complaint(self, named: str, command: CommandRequest) -> Result:
        """Return who was shown or given the data of one complaint, for its reporter and readers of reports.

        The reporter sees the role and the agency, but not the officer, and no access whose reason forbids
        telling them. Raises ``NotFoundError``.
        """
        record = self._lookup.seen(named, command)
        complaint, caller = record.complaint, record.caller
        caller = replace(caller, receipt_for=None) if caller.signed_in else caller
        if not may(caller, SEE_ACCESSES.grants, complaint):
            raise NotFoundError
        viewer = Viewer.of(caller, complaint, self._application.zone)
        body = {"id": complaint.id, "code": complaint.code, "items": self.visible_to(viewer, record.rows)}
        return Result(body, record.version, record.position)

    def visible_to(self, viewer: Viewer, rows: Sequence[RecordedEvent]) -> list[dict[str, Any]]:
        """Return the accesses among a complaint's events, as far as the viewer may see them."""
        items = []
        for row in rows:
            event = row.event()
            if not isinstance(event, AccessEvent) or not viewer.told_of(event):
                continue
            item = access_view(of_event(event, row.position)) | {"at": viewer.at(event.at)}
            if viewer.reporter:
                del item["by"], item["reference"]
                agency = self._application.reference_data.agencies.get(item["agency"])
                item["agency_name"] = agency.name if agency else None
            items.append(item)
        return items


def access_view(access: Access) -> dict[str, Any]:
    """Return an access without its sealed reason."""
    return {
        "position": access.position,
        "at": access.at,
        "what": access.what,
        "by": access.by,
        "role": access.role,
        "agency": access.agency,
        "reason_code": access.reason_code,
        "recipient": access.recipient,
        "reference": access.reference,
        "break_glass": access.break_glass,
        "fields": access.fields,
    }


def _complaint_of(shown: AccessRow) -> dict[str, Any]:
    return {"complaint": {"id": shown.access.stream, "code": shown.code}}
