"""An agency's backlog (tunggakan), opened for callers who may see it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from lapor.application.application import LaporApplication
from lapor.application.pages import read_page
from lapor.application.queries.as_of import instant_for
from lapor.application.queries.complaint_views import Viewer
from lapor.application.result import Result
from lapor.domain.access import VIEW, VIEW_BACKLOG, Caller, may
from lapor.domain.errors import NotFoundError, NotSignedInError
from lapor.domain.vocabulary import Stage, Step
from lapor.store.database import Database
from projections.backlog import projection
from projections.backlog.counts import counts
from projections.complaints.register import REGISTER
from projections.engine.as_of import SortKey
from projections.engine.read_your_writes import wait_for

_READ = (projection.BACKLOG, REGISTER)
_CURSOR = "backlog"


def _sort_key(row: projection.BacklogRow) -> SortKey:
    return row.item.due_at, row.item.stream


@dataclass(frozen=True)
class BacklogFilter:
    """The filter and the page of a backlog."""

    stage: Stage | None = None
    step: Step | None = None
    at: datetime | None = None
    limit: int = 50
    cursor: str | None = None


class BacklogQueries:
    """Questions about backlogs."""

    def __init__(self, application: LaporApplication, database: Database) -> None:
        self._application = application
        self._database = database

    def of(self, named: str, caller: Caller, wanted: BacklogFilter, *, position: int | None = None) -> Result:
        """Return a page of an agency's backlog, now or as it was at a moment, most urgent first.

        It is at least as new as ``position``. Raises ``NotFoundError`` if there is no such agency or the
        caller may not see its backlog, ``NotSignedInError``, ``NotAllowedError``, ``BeyondHeadError`` and
        ``CursorError``.
        """
        agency = self._application.reference_data.agency(named)
        if agency is None or not may(caller, VIEW_BACKLOG.grants, agency=agency.id):
            if not caller.signed_in:
                raise NotSignedInError("Sign in: send an officer's token as Authorization: Bearer …")
            raise NotFoundError("agency")
        reached = wait_for(self._database, position or 0, _READ)
        cursors = self._application.cursors
        after = cursors.read(_CURSOR, wanted.cursor)
        past = instant_for(self._application, caller, wanted.at)
        now = past or self._application.clock()
        rows, following = read_page(
            lambda limit: projection.page(
                self._database,
                agency.id,
                limit=limit,
                after=after,
                stage=wanted.stage,
                step=wanted.step,
                at=past,
            ),
            wanted.limit,
            cursor=lambda row: cursors.make(_CURSOR, _sort_key(row)),
        )
        body = {
            "as_of": now,
            "position": reached,
            "counts": counts(self._database, agency.id, now, self._application.zone, past=past is not None),
            "items": self._items(caller, agency.id, rows, now, past=past is not None),
            "next": following,
        }
        return Result(body, 0, reached)

    def _items(
        self,
        caller: Caller,
        agency: UUID,
        rows: Sequence[projection.BacklogRow],
        now: datetime,
        *,
        past: bool,
    ) -> list[dict[str, Any]]:
        """Return the view of each row; a past one is ``withheld`` if the caller may not see it now."""
        hours = self._application.timing(now).working_time(agency)
        openers = self._application.openers([row.stream for row, _ in rows])
        items: list[dict[str, Any]] = []
        for row, seen in rows:
            if past and not may(caller, VIEW.grants, seen):
                items.append({"withheld": True})
                continue
            viewer = Viewer.of(caller, seen, self._application.zone)
            item = {
                "id": row.stream,
                "code": row.code,
                "kind": row.kind,
                "stage": row.stage,
                "step": row.step,
                "due_at": row.due_at,
                "working_days_left": None if row.due_at is None else hours.days_left(now, row.due_at),
                "overdue": row.due_at is not None and row.due_at < now,
                "filed_at": viewer.at(row.filed_at),
                "lead": row.lead,
                "version": row.version,
            }
            if viewer.content:
                item["title"] = openers(row.stream)("title", row.title) if row.title else None
            items.append(item)
        return items
