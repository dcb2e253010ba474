"""Lists of complaints for officers: filtered, searched, and similar to one."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from lapor.application.application import LaporApplication
from lapor.application.pages import read_page
from lapor.application.queries.as_of import instant_for
from lapor.application.queries.complaint_views import Viewer
from lapor.application.result import Result
from lapor.domain.access import VIEW, VIEW_CONFIDENTIAL, Caller, Reach, may, reach
from lapor.domain.errors import InvalidFieldError, NotAllowedError, NotSignedInError
from lapor.domain.vocabulary import Kind, Stage
from lapor.store.database import Database
from projections.complaints import lists
from projections.complaints.register import REGISTER, RegisterLine
from projections.complaints.similar import similar_to
from projections.engine.as_of import SortKey
from projections.engine.read_your_writes import wait_for

_READ = (REGISTER,)
KEPT_SORTS = ("-filed_at", "filed_at", "due_at")
"""How a list as of a moment can be sorted."""


@dataclass(frozen=True)
class ListQuery:
    """A list's filter, order and page. ``q``: whole words that must all be there, in any form."""

    agency: str | None = None
    stage: Stage | None = None
    kind: Kind | None = None
    category: str | None = None
    service: str | None = None
    overdue: bool | None = None
    due_before: datetime | None = None
    filed_from: date | None = None
    filed_to: date | None = None
    q: str | None = None
    at: datetime | None = None
    sort: str = "-filed_at"
    limit: int = 50
    cursor: str | None = None


class ComplaintLists:
    """Questions about many complaints."""

    def __init__(self, application: LaporApplication, database: Database) -> None:
        self._application = application
        self._database = database

    def page(self, caller: Caller, query: ListQuery, *, position: int | None = None) -> Result:
        """Return a page of the complaints that the caller may see and that fit, now or at a moment.

        Raises ``NotSignedInError``, ``NotAllowedError``, ``InvalidFieldError``, ``BeyondHeadError`` and
        ``CursorError``.
        """
        within = _reach(caller)
        past = instant_for(self._application, caller, query.at)
        if past and query.sort not in KEPT_SORTS:
            raise InvalidFieldError("sort", f"As of a moment, sort by {' or '.join(KEPT_SORTS)}.")
        now = past or self._application.clock()
        wanted = self._wanted(query, now)
        cursor_of = f"complaints {query.sort}"
        cursors = self._application.cursors
        after = cursors.read(cursor_of, query.cursor)
        reached = wait_for(self._database, position or 0, _READ)
        rows, following = read_page(
            lambda limit: lists.page(
                self._database,
                wanted,
                reach=within,
                content=reach(caller, VIEW_CONFIDENTIAL.grants),
                sort=query.sort,
                after=after,
                limit=limit,
                at=past,
            ),
            query.limit,
            cursor=lambda row: cursors.make(cursor_of, _sort_key(row.complaint, query.sort)),
        )
        body = {
            "as_of": now,
            "position": reached,
            "items": self._items(caller, rows, now, past=past is not None),
            "next": following,
        }
        return Result(body, 0, reached)

    def _wanted(self, query: ListQuery, now: datetime) -> lists.ListFilter:
        if query.filed_from and query.filed_to and query.filed_from > query.filed_to:
            raise InvalidFieldError(
                "filed_to", "It is before filed_from, so no complaint can fit. Choose a later day."
            )
        terms = self._application.terms.of(query.q) if query.q is not None else None
        if terms == []:
            raise InvalidFieldError("q", "Write at least one word of two letters or more.")
        reference_data = self._application.reference_data
        return lists.ListFilter(
            zone=self._application.zone,
            agency=reference_data.known("agency", "agency", query.agency).id if query.agency else None,
            stage=query.stage,
            kind=query.kind,
            category=query.category,
            service=query.service,
            overdue_at=now if query.overdue is True else None,
            in_time_at=now if query.overdue is False else None,
            due_before=query.due_before,
            filed_from=query.filed_from,
            filed_to=query.filed_to,
            terms=terms,
        )

    def similar(self, complaint: UUID, caller: Caller, *, limit: int) -> Result:
        """Return complaints similar to one, the most similar first. Raises as ``page``."""
        within, content = _reach(caller), reach(caller, VIEW_CONFIDENTIAL.grants)
        reached = wait_for(self._database, 0, _READ)
        similar = similar_to(self._database, complaint, reach=within, content=content, limit=limit)
        rows = [lists.ListedRow(match.complaint, match.complaint) for match in similar]
        items = self._items(caller, rows, self._application.clock())
        scored = [{**item, "score": match.score} for item, match in zip(items, similar, strict=True)]
        return Result({"items": scored, "next": None}, 0, reached)

    def _items(
        self, caller: Caller, rows: Sequence[lists.ListedRow], now: datetime, *, past: bool = False
    ) -> list[dict[str, Any]]:
        """Return the view of each row; a past one is ``withheld`` if the caller may not see it now."""
        openers = self._application.openers([row.stream for row, _ in rows])
        items: list[dict[str, Any]] = []
        for row, seen in rows:
            if past and not may(caller, VIEW.grants, seen):
                items.append({"withheld": True})
                continue
            viewer = Viewer.of(caller, seen, self._application.zone)
            item: dict[str, Any] = {
                "id": row.stream,
                "code": row.code,
                "stage": row.stage,
                "kind": row.kind,
                "category": row.category,
                "service": row.service,
                "agency": row.agency,
                "agencies": row.agencies,
                "privacy": row.privacy,
                "channel": row.channel,
                "filed_at": viewer.at(row.filed_at),
                "changed_at": viewer.at(row.changed_at),
                "step": row.step,
                "due_at": row.due_at,
                "overdue": row.due_at is not None and row.due_at < now,
                "version": row.version,
            }
            if viewer.content:
                item["title"] = openers(row.stream)("title", row.title) if row.title else None
            items.append(item)
        return items


def _reach(caller: Caller) -> Reach:
    if not caller.signed_in:
        raise NotSignedInError("Sign in: send an officer's token as Authorization: Bearer …")
    within = reach(caller, VIEW.grants)
    if within.nothing:
        raise NotAllowedError(f"None of your roles may {VIEW.says}.")
    return within


def _sort_key(row: RegisterLine, sort: str) -> SortKey:
    return getattr(row, sort.removeprefix("-")), row.stream
