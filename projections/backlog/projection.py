"""Agency backlog (tunggakan): the complaints that each agency still owes an answer, most urgent first.

There is a row for each agency that a complaint is with, until the answer is given. The complaint's own fields
(code, title, kind) are in the register, and are joined when a list is read.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

import msgspec

from lapor.domain.complaint.events import AgencyInvolved, ComplaintEvent, Routed
from lapor.domain.vocabulary import Kind, Privacy, Sealed, Stage, Step
from lapor.store.database import Database
from projections.complaints.as_of import known_at
from projections.complaints.description import Visibility
from projections.complaints.register import REGISTER, URGENCY
from projections.engine.as_of import SortKey, SortOrder, page_at, snapshot
from projections.engine.columns import row_maker
from projections.engine.open_clocks import OpenDeadline, of_agency, running_after
from projections.engine.projection import Count, Projection, Rollup, Rows
from projections.engine.tables import Table

WITH_AGENCY = frozenset({Stage.ROUTED, Stage.IN_PROGRESS})
LEAD_STAGES = WITH_AGENCY | {Stage.AWAITING_REPORTER}
"""The stages at which the lead has a row. While the reporter is asked, the agency owes nothing, but the row
stays, so that promises broken before are not lost."""
OWED = f"stage <> '{Stage.AWAITING_REPORTER}'"


class Owed(msgspec.Struct):
    """A complaint with an agency. ``step`` and ``due_at`` are those of the agency's own earliest promise."""

    stream: UUID
    agency: UUID
    lead: bool
    routed_at: datetime
    stage: Stage
    version: int
    step: Step | None = None
    due_at: datetime | None = None
    running: tuple[OpenDeadline, ...] = ()


def project(event: ComplaintEvent, rows: Rows[Owed]) -> None:
    """Add, update or delete the row of each agency that the complaint is with."""
    stream, stage = event.originator_id, event.stage_after
    running: tuple[OpenDeadline, ...] = ()
    if isinstance(event, Routed):
        for row in rows.of(stream):
            if row.agency == event.agency:
                running = row.running  # an involved agency that gets the lead still owes what it promised
            if row.lead or row.agency == event.agency:
                del rows[stream, row.agency]
    agency = getattr(event, "agency", None)
    if agency is not None and rows.get((stream, agency)) is None:
        if stage in WITH_AGENCY:
            rows[stream, agency] = _owed(event, agency, stage, lead=True, running=running)
        elif isinstance(event, AgencyInvolved):
            with_lead = next((row.stage for row in rows.of(stream)), Stage.ROUTED)
            rows[stream, agency] = _owed(event, agency, with_lead, lead=False)
    for row in rows.of(stream):
        row.stage = stage or row.stage
        _update_promises(row, event)
        if not (_lead_stays(row) if row.lead else _other_stays(row)):
            del rows[stream, row.agency]


def _owed(
    event: ComplaintEvent,
    agency: UUID,
    stage: Stage,
    *,
    lead: bool,
    running: tuple[OpenDeadline, ...] = (),
) -> Owed:
    return Owed(
        stream=event.originator_id,
        agency=agency,
        lead=lead,
        routed_at=event.at,
        stage=stage,
        version=event.originator_version,
        running=running,
    )


def _lead_stays(row: Owed) -> bool:
    return row.stage in LEAD_STAGES


def _other_stays(row: Owed) -> bool:
    """Return whether an agency that is not the lead still owes its part. The row stays during a pause."""
    if row.stage is Stage.AWAITING_REPORTER:
        return True
    return bool(row.running) and (row.stage in WITH_AGENCY or row.stage is Stage.DISPUTED)


def _update_promises(row: Owed, event: ComplaintEvent) -> None:
    """Set the open promises of the row's agency, and the earliest of them."""
    row.version = event.originator_version
    running = running_after(row.running, event)
    if running is not row.running:
        row.running = of_agency(running, row.agency)
    row.step = row.running[0].step if row.running else None
    row.due_at = row.running[0].due_at if row.running else None


def counts(row: Owed) -> Iterator[Count]:
    """Yield the counts of a row: on the day it came to the agency, and on the day it falls due."""
    if row.stage is not Stage.AWAITING_REPORTER:
        dimensions = (row.agency, row.stage)
        yield row.routed_at, dimensions, "came"
        if row.due_at is not None:
            yield row.due_at, dimensions, "due"


BACKLOG = Projection(
    name="backlog",
    version=3,
    row=Owed,
    project=project,
    reads=(ComplaintEvent,),
    key=("stream", "agency"),
    indexes=(f"(agency, ({URGENCY}), stream) INCLUDE (due_at) WHERE {OWED}",),
    history=("lead", "routed_at", "stage", "step", "due_at"),
    history_indexes=(
        f"USING gist (agency, due_at, period) INCLUDE (stage, routed_at, stream, step, lead) WHERE {OWED}",
    ),
    rollup=Rollup(("agency", "stage"), ("came", "due"), counts),
)


class BacklogItem(msgspec.Struct, frozen=True):
    """A line of an agency's backlog, with fields of the register."""

    stream: UUID
    agency: UUID
    code: str
    title: Sealed | None
    kind: Kind | None
    privacy: Privacy
    stage: Stage
    step: Step | None
    due_at: datetime | None
    filed_at: datetime
    lead: bool
    version: int

    @property
    def id(self) -> UUID:
        return self.stream

    @property
    def agencies(self) -> tuple[UUID, ...]:
        """The agencies that may see it, as far as a backlog has them."""
        return (self.agency,)

    @property
    def led_by(self) -> UUID | None:
        return self.agency if self.lead else None


class BacklogRow(NamedTuple):
    """A line, as it is or was at a moment, and what decides who may see its complaint now."""

    item: BacklogItem
    seen: BacklogItem | Visibility


_item = row_maker(BacklogItem)
_TABLE = Table(BACKLOG)
_ORDER = SortOrder("due_at", URGENCY)
_FITS = (
    "agency = %(agency)s",
    OWED,
    "(%(stage)s::text IS NULL OR stage = %(stage)s)",
    "(%(step)s::text IS NULL OR step = %(step)s)",
)
_PAGE = f"""
    SELECT b.stream, b.agency, r.code, r.title, r.kind, r.privacy, b.stage, b.step, b.due_at, r.filed_at,
           b.lead, b.version
      FROM (SELECT * FROM {BACKLOG.table} WHERE {" AND ".join(_FITS)} AND {{after}}
             {_ORDER.sql} LIMIT %(limit)s) AS b JOIN {REGISTER.table} r USING (stream)
     ORDER BY {URGENCY.replace("due_at", "b.due_at")}, stream
"""  # noqa: S608 - constants only
_FIRST_PAGE, _NEXT_PAGE = (_PAGE.format(after=each) for each in ("true", _ORDER.comes_after("after")))


def page(
    database: Database,
    agency: UUID,
    *,
    limit: int,
    after: SortKey | None = None,
    stage: Stage | None = None,
    step: Step | None = None,
    at: datetime | None = None,
) -> list[BacklogRow]:
    """Return a page of what an agency owes, or owed at an instant, most urgent first.

    ``after`` is (due_at, stream) of the last line of the previous page.
    """
    parameters = {"agency": agency, "stage": stage, "step": step}
    if at is not None:
        return _page_at(database, at, replace(_ORDER, after=after), parameters, limit)
    query = _NEXT_PAGE if after else _FIRST_PAGE
    key = {"after": after[0], "after_stream": after[1]} if after else {}
    with database.connection() as connection:
        rows = connection.rows(query, {**parameters, **key, "limit": limit})
        return [BacklogRow(item, item) for item in map(_item, rows)]


def _page_at(
    database: Database, at: datetime, order: SortOrder, parameters: dict[str, Any], limit: int
) -> list[BacklogRow]:
    """Return the same as of an instant: the rows from their history, the complaints from their events."""
    fields = ("stage", "step", "due_at", "lead")
    with snapshot(database, in_order=True) as connection:
        versions = page_at(
            connection,
            _TABLE,
            at,
            order,
            conditions=_FITS,
            parameters=parameters,
            limit=limit,
            fields=fields,
        )
        known = known_at(connection, versions.keys(), at)
    items = []
    for stream, (stage, step, due_at, lead) in versions.items():
        if stream not in known:  # the register failed before this complaint was filed
            continue
        then, seen = known[stream]
        shown = (then.code, then.title, then.kind, then.privacy, stage, step, due_at, then.filed_at, lead)
        item = _item((stream, parameters["agency"], *shown, then.version))
        items.append(BacklogRow(item, seen))
    return items
