"""What an agency owes (tunggakan): its backlog, opened for those who may see it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from lapor.application.complaints import Answer
from lapor.application.cursors import Place
from lapor.application.desk import Desk
from lapor.application.views import Viewer
from lapor.domain.access import VIEW_BACKLOG, Caller, may
from lapor.domain.errors import NotFoundError, NotSignedInError
from lapor.domain.terms import Stage, Step
from lapor.store.database import Database
from projections import backlog
from projections.register import REGISTER
from projections.waiting import wait_for
from projections.workload import counts

_READ = (backlog.BACKLOG, REGISTER)
_CURSOR = "backlog"


def _after(row: backlog.Item) -> Place:
    return row.due_at, row.stream


@dataclass(frozen=True)
class Filter:
    """Which items of a backlog, and how many of them from where on."""

    stage: Stage | None = None
    step: Step | None = None
    limit: int = 50
    cursor: str | None = None


class Backlogs:
    """Questions about what is owed."""

    def __init__(self, desk: Desk, database: Database) -> None:
        self._desk = desk
        self._database = database

    def of(self, named: str, caller: Caller, wanted: Filter, *, position: int | None = None) -> Answer:
        """One agency's backlog, most urgent first, at least as new as ``position``.

        Raises ``NotFoundError`` for an agency that there is not, or whose backlog is not the caller's to
        see, and ``CursorError``.
        """
        agency = self._desk.directory.agency(named)
        if agency is None or not may(caller, VIEW_BACKLOG.grants, agency=agency.id):
            if not caller.signed_in:
                raise NotSignedInError("Sign in: send an officer's token as Authorization: Bearer …")
            raise NotFoundError("agency")
        reached = wait_for(self._database, position or 0, _READ)
        cursors = self._desk.cursors
        after = cursors.read(_CURSOR, wanted.cursor) if wanted.cursor else None
        now = self._desk.clock()
        rows = backlog.page(
            self._database,
            agency.id,
            limit=wanted.limit + 1,
            after=after,
            stage=wanted.stage,
            step=wanted.step,
        )
        shown = rows[: wanted.limit]
        body = {
            "as_of": now,
            "position": reached,
            "counts": counts(self._database, agency.id, now),
            "items": self._items(caller, shown, now),
            "next": cursors.make(_CURSOR, _after(shown[-1])) if len(rows) > len(shown) else None,
        }
        return Answer(body, 0, reached)

    def _items(self, caller: Caller, rows: list[backlog.Item], now: datetime) -> list[dict[str, Any]]:
        openers = self._desk.openers([row.stream for row in rows])
        items = []
        for row in rows:
            viewer = Viewer.of(caller, row, self._desk.zone)
            item = {
                "id": row.stream,
                "code": row.code,
                "kind": row.kind,
                "stage": row.stage,
                "step": row.step,
                "due_at": row.due_at,
                "working_days_left": self._days_left(row, now),
                "overdue": row.due_at is not None and row.due_at < now,
                "filed_at": viewer.at(row.filed_at),
                "lead": row.lead,
                "version": row.version,
            }
            if viewer.content:
                item["title"] = openers(row.stream)("title", row.title) if row.title else None
            items.append(item)
        return items

    def _days_left(self, row: backlog.Item, now: datetime) -> int | None:
        if row.due_at is None:
            return None
        return self._desk.timing.working_time(row.agency).days_left(now, row.due_at)
