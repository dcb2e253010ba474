"""Register (daftar pengaduan): one row per complaint, as it stands now."""

from datetime import datetime

from lapor.domain.complaint.facts import ComplaintFact, Filed
from lapor.domain.terms import Stage, Step
from projections.described import Described, described, filed
from projections.due import Due, turn
from projections.projection import Projection, Rows


class Listed(Described):
    """A complaint, at which stage it is, and its earliest open promise, whoever made it."""

    stage: Stage
    step: Step | None = None
    due_at: datetime | None = None


class Registered(Listed):
    """The same with all promises that are open, the earliest first."""

    provisional: bool = False
    running: tuple[Due, ...] = ()


def project(fact: ComplaintFact, rows: Rows[Registered]) -> None:
    """Keep the complaint's row."""
    if isinstance(fact, Filed):
        rows[fact.originator_id] = row = Registered(**filed(fact), stage=Stage.FILED)
    else:
        row = rows[fact.originator_id]
        described(row, fact)
    row.stage = fact.stage_after or row.stage
    running = turn(row.running, fact)
    if running is not row.running:
        row.running, first = running, running[0] if running else None
        row.step = first.step if first else None
        row.due_at = first.due_at if first else None
        row.provisional = first.provisional if first else False


_ASKED = "stage, step, due_at, kind, category, service, agency"
"""What lists of the past ask of a version: of a week there are many, so it is read from the index alone."""
URGENCY = "coalesce(due_at, 'infinity'::timestamptz)"  # what has no deadline comes last
INVOLVED = "involved <> '[]'"
REGISTER = Projection(
    name="register",
    version=1,
    row=Registered,
    project=project,
    reads=(ComplaintFact,),
    indexes=(
        "(filed_at, stream)",
        "(changed_at, stream)",
        f"(({URGENCY}), stream)",
        "(agency, filed_at, stream)",
        f"(agency, ({URGENCY}), stream)",
        "(stage, filed_at, stream)",
        "(category, filed_at, stream)",
        "(service, filed_at, stream) WHERE service IS NOT NULL",
        "(cell, filed_at) WHERE cell IS NOT NULL",
        f"(filed_at, stream) WHERE {INVOLVED}",
    ),
    history=("stage", "kind", "category", "service", "agency", "privacy", "filed_at", "step", "due_at"),
    past_indexes=(
        f"(week, filed_at, stream) INCLUDE (since, until, {_ASKED})",
        f"(week, ({URGENCY}), stream)",
        "(agency, week, filed_at, stream)",
        f"(block, filed_at, stream) INCLUDE (since_position, until_position, {_ASKED})",
    ),
)
