"""The access report (laporan akses): who was shown or given whose personal data, when, and why.

For the data protection officer and auditors over all complaints; for a reporter of his own.
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
from projections.access_log import ACCESSES, Access, AccessFilter, AccessRow, of_event, page
from projections.engine.read_your_writes import wait_for


@dataclass(frozen=True)
class AccessQuery:
    """What a report is asked for: accesses from an instant on and before another, by whom, of which."""

    since: datetime | None = None
    until: datetime | None = None
    officer: UUID | None = None
    complaint: str | None = None
    limit: int = 50
    cursor: int | None = None


class AccessReports:
    """Questions about who saw what."""

    def __init__(self, application: LaporApplication, database: Database, lookup: ComplaintLookup) -> None:
        self._application = application
        self._database = database
        self._lookup = lookup

    def report(self, caller: Caller, query: AccessQuery, *, position: int | None = None) -> Result:
        """Accesses in the order of time, a page of them, of events at least as new as ``position``.

        What officers wrote as their reason is told to data protection officers alone. Raises
        ``NotSignedInError``, ``NotAllowedError``, ``BeyondHeadError``, and ``InvalidFieldError`` for a
        complaint that there is not.
        """
        by = actor_for(caller, SEE_ACCESSES)
        wanted = AccessFilter(
            query.since,
            query.until,
            [str(query.officer)] if query.officer else None,
            self._known(query.complaint) if query.complaint else None,
        )
        reached = wait_for(self._database, position or 0, (ACCESSES,))
        shown, following = read_page(
            lambda limit: page(self._database, wanted, after=query.cursor, limit=limit),
            query.limit,
            cursor=lambda row: str(row.access.position),
        )
        opens = self._application.openers(
            [each.access.stream for each in shown] if by.role is Role.DPO else []
        )
        items = []
        for each in shown:
            item = access_view(each.access) | _whose(each)
            if by.role is Role.DPO and each.access.reason:
                item["reason"] = opens(each.access.stream)("reason", each.access.reason)
            items.append(item)
        return Result({"items": items, "next": following}, 0, reached)

    def _known(self, named: str) -> UUID:
        try:
            return self._lookup.stream(named)
        except NotFoundError:
            raise InvalidFieldError("complaint", f"There is no complaint '{named}'.") from None

    def of_complaint(self, named: str, command: CommandRequest) -> Result:
        """Who was shown or given the data of one complaint: for its reporter, and who may see all reports.

        The reporter is told in which role and for which agency, not by which officer; and nothing of what a
        reason forbids to tell. Raises ``NotFoundError``.
        """
        found = self._lookup.seen(named, command)
        complaint, caller = found.complaint, found.caller
        caller = replace(caller, receipt_for=None) if caller.signed_in else caller
        if not may(caller, SEE_ACCESSES.grants, complaint):
            raise NotFoundError
        viewer = Viewer.of(caller, complaint, self._application.zone)
        body = {"id": complaint.id, "code": complaint.code, "items": self.told(viewer, found.rows)}
        return Result(body, found.version, found.position)

    def told(self, viewer: Viewer, rows: Sequence[RecordedEvent]) -> list[dict[str, Any]]:
        """The accesses among a complaint's events, as the viewer may know of them."""
        items = []
        for row in rows:
            event = row.event()
            if not isinstance(event, AccessEvent) or not viewer.told_of(event):
                continue
            item = access_view(of_event(event, row.position)) | {"at": viewer.at(event.at)}
            if viewer.reporter:
                del item["by"], item["reference"]
                known = self._application.reference_data.agencies.get(item["agency"])
                item["agency_name"] = known.name if known else None
            items.append(item)
        return items


def access_view(access: Access) -> dict[str, Any]:
    """An access without what is sealed in it."""
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


def _whose(shown: AccessRow) -> dict[str, Any]:
    return {"complaint": {"id": shown.access.stream, "code": shown.code}}
