"""Agency backlog (tunggakan): what each agency still owes an answer, most urgent first.

A row is there while the complaint is with the agency, and goes when the answer is given. What a list
shows of the complaint itself (code, title, kind) is the register's, and is joined when read.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from lapor.domain.aggregate import Fact
from lapor.domain.complaint.facts import ComplaintFact, Routed
from lapor.domain.terms import Kind, Privacy, Sealed, Stage, Step
from lapor.store.database import Database
from projections.columns import row_factory
from projections.due import Due, of_agency, turn
from projections.moments import Moment, rows_at, stood
from projections.projection import Projection, Rows
from projections.register import REGISTER, Registered
from projections.tables import Table

WITH_AGENCY = frozenset({Stage.ROUTED, Stage.IN_PROGRESS})
KEPT = WITH_AGENCY | {Stage.AWAITING_REPORTER}
"""While the reporter is asked, the agency owes nothing, but its broken promises are not forgotten."""
OWED = f"stage <> '{Stage.AWAITING_REPORTER}'"


@dataclass(slots=True)
class Owed:
    """A complaint with an agency; ``step`` and ``due_at`` are of the agency's own earliest promise."""

    stream: UUID
    agency: UUID
    lead: bool
    routed_at: datetime
    stage: Stage
    version: int
    step: Step | None = None
    due_at: datetime | None = None
    running: tuple[Due, ...] = ()


def project(fact: Fact, rows: Rows[Owed]) -> None:
    """Keep a row for each agency that the complaint is with."""
    if not isinstance(fact, ComplaintFact):
        return
    stream, stage = fact.originator_id, fact.stage_after
    if isinstance(fact, Routed):
        for row in rows.of(stream):
            del rows[stream, row.agency]
    agency = getattr(fact, "agency", None)
    if stage in WITH_AGENCY and agency is not None and (stream, agency) not in rows:
        rows[stream, agency] = Owed(
            stream, agency, lead=True, routed_at=fact.at, stage=stage, version=fact.originator_version
        )
    for row in rows.of(stream):
        row.stage = stage or row.stage
        if row.stage in KEPT:
            _turn(row, fact)
        else:
            del rows[stream, row.agency]


def _turn(row: Owed, fact: ComplaintFact) -> None:
    """What the agency owes first, after this fact."""
    row.version = fact.originator_version
    row.running = of_agency(turn(row.running, fact), row.agency)
    row.step = row.running[0].step if row.running else None
    row.due_at = row.running[0].due_at if row.running else None


_URGENCY = "coalesce({0}due_at, 'infinity'::timestamptz)"  # what has no deadline comes last
BACKLOG = Projection(
    name="backlog",
    version=1,
    row=Owed,
    project=project,
    key=("stream", "agency"),
    indexes=(f"(agency, ({_URGENCY.format('')}), stream) WHERE {OWED}",),
    history=("lead", "routed_at", "stage", "step", "due_at"),
    past_indexes=(
        f"(agency, week, ({_URGENCY.format('')}), stream) WHERE {OWED}",
        f"(agency, block, ({_URGENCY.format('')}), stream) WHERE {OWED}",
    ),
)


@dataclass(frozen=True, slots=True)
class Item:
    """A line of an agency's backlog."""

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
        """Who may see it as an agency, as far as a backlog tells."""
        return (self.agency,)


_ITEMS = row_factory(Item)
_FIRST = UUID(int=0)
_TABLE = Table(BACKLOG)
_WANTED = f"""
     WHERE b.agency = %(agency)s AND b.{OWED}
       AND ({_URGENCY.format("b.")}, b.stream) > (coalesce(%(due_at)s::timestamptz, %(edge)s), %(stream)s)
       AND (%(stage)s::text IS NULL OR b.stage = %(stage)s) AND (%(step)s::text IS NULL OR b.step = %(step)s)
     ORDER BY {_URGENCY.format("b.")}, b.stream LIMIT %(limit)s
"""
_PAGE = f"""
    SELECT b.stream, b.agency, r.code, r.title, r.kind, r.privacy, b.stage, b.step, b.due_at, r.filed_at,
           b.lead, b.version
      FROM {BACKLOG.table} b JOIN {REGISTER.table} r USING (stream) {_WANTED}
""".encode()  # noqa: S608 - names of our own


def page(
    database: Database,
    agency: UUID,
    *,
    limit: int,
    after: tuple[datetime | None, UUID] | None = None,
    stage: Stage | None = None,
    step: Step | None = None,
    moment: Moment | None = None,
) -> list[Item]:
    """What an agency owes, or owed at a moment, most urgent first.

    ``after`` is (due_at, stream) of the last line already seen.
    """
    due_at, stream = after or (None, _FIRST)
    asked = {
        "agency": agency,
        "due_at": due_at,
        "edge": "infinity" if after else "-infinity",
        "stream": stream,
        "stage": stage,
        "step": step,
        "limit": limit,
    }
    if moment is None:
        with database.connection() as connection, connection.cursor(row_factory=_ITEMS) as cursor:
            return cursor.execute(_PAGE, asked, binary=True).fetchall()
    query = f"SELECT stream FROM {rows_at(_TABLE, moment)} AS b {_WANTED}"  # noqa: S608 - words of our own
    with database.connection() as connection:
        found = connection.execute(query.encode(), {**asked, **moment.asked}, binary=True, prepare=False)
        streams = [stream for (stream,) in found]
        register, backlog = stood(connection, streams, moment, [REGISTER, BACKLOG])
    return [_item(register[stream], backlog[stream, agency]) for stream in streams]


def _item(complaint: Registered, owed: Owed) -> Item:
    return Item(
        owed.stream,
        owed.agency,
        complaint.code,
        complaint.title,
        complaint.kind,
        complaint.privacy,
        owed.stage,
        owed.step,
        owed.due_at,
        complaint.filed_at,
        owed.lead,
        owed.version,
    )
