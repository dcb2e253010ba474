"""Agency backlog (tunggakan): what each agency still owes an answer, most urgent first.

A row is there while the complaint is with the agency, and goes when the answer is given. The fact
that sends a complaint to an agency repeats neither its code nor its title, so between its stays a
complaint is remembered in a row of ``NOBODY``, which no list shows.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from lapor.domain.aggregate import Fact
from lapor.domain.complaint.facts import ComplaintFact, Filed, PrivacySet, Routed, Verified
from lapor.domain.terms import Kind, Privacy, Sealed, Stage, Step
from lapor.store.database import Database
from projections.due import Due, of_agency, turn
from projections.projection import Projection, Rows
from projections.stages import STAGE_AFTER
from projections.tables import Table

NOBODY = UUID(int=0)
WITH_AGENCY = frozenset({Stage.ROUTED, Stage.IN_PROGRESS, Stage.DISPUTED})


@dataclass(slots=True)
class Owed:
    """A complaint with an agency; ``step`` and ``due_at`` are those of its own earliest promise."""

    stream: UUID
    agency: UUID
    code: str
    title: Sealed | None
    kind: Kind | None
    privacy: Privacy
    stage: Stage
    filed_at: datetime
    version: int
    routed_at: datetime | None = None
    lead: bool = False
    step: Step | None = None
    due_at: datetime | None = None
    running: tuple[Due, ...] = ()


def project(fact: Fact, rows: Rows[Owed]) -> None:
    """Keep the complaint's memory, and from it the row of each agency that has the complaint."""
    if not isinstance(fact, ComplaintFact):
        return
    stream = fact.originator_id
    if isinstance(fact, Filed):
        rows[stream, NOBODY] = _filed(fact)
    memory = rows[stream, NOBODY]
    match fact:
        case Verified():
            memory.kind, memory.title = fact.kind, fact.title or memory.title
        case PrivacySet():
            memory.privacy = fact.privacy
    memory.stage = STAGE_AFTER.get(type(fact), memory.stage)
    memory.running = turn(memory.running, fact)
    memory.version = fact.originator_version
    for row in rows.of(stream):
        if row is not memory:
            del rows[stream, row.agency]
            if memory.stage in WITH_AGENCY and not isinstance(fact, Routed):
                rows[stream, row.agency] = _owed(memory, row.agency, row.routed_at, lead=row.lead)
    if isinstance(fact, Routed):
        rows[stream, fact.agency] = _owed(memory, fact.agency, fact.at, lead=True)


def _filed(fact: Filed) -> Owed:
    return Owed(
        stream=fact.originator_id,
        agency=NOBODY,
        code=fact.code,
        title=fact.title,
        kind=fact.kind,
        privacy=fact.privacy,
        stage=Stage.FILED,
        filed_at=fact.at,
        version=fact.originator_version,
    )


def _owed(memory: Owed, agency: UUID, routed_at: datetime | None, *, lead: bool) -> Owed:
    running = of_agency(memory.running, agency)
    return Owed(
        stream=memory.stream,
        agency=agency,
        code=memory.code,
        title=memory.title,
        kind=memory.kind,
        privacy=memory.privacy,
        stage=memory.stage,
        filed_at=memory.filed_at,
        version=memory.version,
        routed_at=routed_at,
        lead=lead,
        step=running[0].step if running else None,
        due_at=running[0].due_at if running else None,
        running=running,
    )


OWED = f"agency <> '{NOBODY}'"
_URGENCY = "coalesce(due_at, 'infinity'::timestamptz)"  # what has no deadline comes last
BACKLOG = Projection(
    name="backlog",
    version=1,
    row=Owed,
    project=project,
    key=("stream", "agency"),
    indexes=(f"(agency, ({_URGENCY}), stream) WHERE {OWED}",),
)
_TABLE = Table(BACKLOG)
_PAGE = f"""
    SELECT {_TABLE.selected} FROM {_TABLE.name} WHERE agency = %(agency)s AND {OWED}
       AND ({_URGENCY}, stream) > (coalesce(%(due_at)s::timestamptz, %(edge)s), %(stream)s)
       AND (%(stage)s::text IS NULL OR stage = %(stage)s) AND (%(step)s::text IS NULL OR step = %(step)s)
     ORDER BY {_URGENCY}, stream LIMIT %(limit)s
""".encode()  # noqa: S608 - names of our own


def page(
    database: Database,
    agency: UUID,
    *,
    limit: int,
    after: tuple[datetime | None, UUID] | None = None,
    stage: Stage | None = None,
    step: Step | None = None,
) -> list[Owed]:
    """What an agency owes, most urgent first. ``after`` is (due_at, stream) of the last row already seen."""
    due_at, stream = after or (None, NOBODY)
    asked = {
        "agency": agency,
        "due_at": due_at,
        "edge": "infinity" if after else "-infinity",
        "stream": stream,
        "stage": stage,
        "step": step,
        "limit": limit,
    }
    with database.connection() as connection, connection.cursor(row_factory=_TABLE.row_factory) as cursor:
        return cursor.execute(_PAGE, asked, binary=True).fetchall()
