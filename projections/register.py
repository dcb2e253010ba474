"""Register (daftar pengaduan): one row per complaint, as it stands now."""

from datetime import datetime
from uuid import UUID

import msgspec

from lapor.domain.aggregate import Fact
from lapor.domain.complaint.facts import (
    AgencyInvolved,
    ComplaintFact,
    Declined,
    Filed,
    PrivacySet,
    Reclassified,
    Routed,
    Verified,
)
from lapor.domain.terms import Channel, Kind, Privacy, Sealed, Stage, Step
from projections.due import Due, turn
from projections.projection import Projection, Rows


class Registered(msgspec.Struct):
    """A complaint. ``step`` and ``due_at`` are those of its earliest open promise, whoever made it."""

    stream: UUID
    code: str
    stage: Stage
    kind: Kind | None
    category: str | None
    service: str | None
    agency: UUID | None
    """The lead: who answers for it; before it was routed nobody."""
    involved: tuple[UUID, ...]
    """Those that have a part in it beside the lead."""
    privacy: Privacy
    channel: Channel
    village: str | None
    cell: str | None
    title: Sealed | None
    filed_at: datetime
    changed_at: datetime
    version: int
    step: Step | None = None
    due_at: datetime | None = None
    provisional: bool = False
    running: tuple[Due, ...] = ()

    @property
    def id(self) -> UUID:
        return self.stream

    @property
    def agencies(self) -> tuple[UUID, ...]:
        """Who may see it as an agency."""
        return (self.agency, *self.involved) if self.agency else self.involved

    @property
    def led_by(self) -> UUID | None:
        return self.agency


def project(fact: Fact, rows: Rows[Registered]) -> None:
    """Keep the complaint's row."""
    if not isinstance(fact, ComplaintFact):
        return
    if isinstance(fact, Filed):
        rows[fact.originator_id] = row = _filed(fact)
    else:
        row = rows[fact.originator_id]
    match fact:
        case Verified() | Reclassified():
            row.kind, row.category, row.title = fact.kind, fact.category, fact.title or row.title
        case PrivacySet():
            row.privacy = fact.privacy
        case Routed():
            row.agency = fact.agency
            row.involved = tuple(each for each in row.involved if each != fact.agency)
        case AgencyInvolved():
            row.involved = tuple(sorted({*row.involved, fact.agency}))
        case Declined():
            row.agency = None
    if isinstance(fact, Reclassified) and fact.stage is not None:
        row.agency, row.involved = None, ()  # taken from the agency that it is about
    row.stage = fact.stage_after or row.stage
    row.changed_at = row.changed_at if fact.SILENT else fact.at
    row.version = fact.originator_version
    running = turn(row.running, fact)
    if running is not row.running:
        row.running, first = running, running[0] if running else None
        row.step = first.step if first else None
        row.due_at = first.due_at if first else None
        row.provisional = first.provisional if first else False


def _filed(fact: Filed) -> Registered:
    return Registered(
        stream=fact.originator_id,
        code=fact.code,
        stage=Stage.FILED,
        kind=fact.kind,
        category=fact.category,
        service=fact.service,
        agency=None,
        involved=(),
        privacy=fact.privacy,
        channel=fact.channel,
        village=fact.place.village if fact.place else None,
        cell=fact.place.cell if fact.place else None,
        title=fact.title,
        filed_at=fact.at,
        changed_at=fact.at,
        version=fact.originator_version,
    )


URGENCY = "coalesce(due_at, 'infinity'::timestamptz)"  # what has no deadline comes last
INVOLVED = "involved <> '[]'"
REGISTER = Projection(
    name="register",
    version=1,
    row=Registered,
    project=project,
    indexes=(
        "(filed_at, stream)",
        "(changed_at, stream)",
        f"(({URGENCY}), stream)",
        "(agency, filed_at, stream)",
        f"(agency, ({URGENCY}), stream)",
        "(stage, filed_at, stream)",
        "(category, filed_at, stream)",
        "(cell, filed_at) WHERE cell IS NOT NULL",
        f"(filed_at, stream) WHERE {INVOLVED}",
    ),
    history=("stage", "kind", "category", "service", "agency", "privacy", "filed_at", "step", "due_at"),
    past_indexes=(
        "(week, filed_at, stream)",
        f"(week, ({URGENCY}), stream)",
        "(agency, week, filed_at, stream)",
        "(block, filed_at, stream)",
    ),
)
