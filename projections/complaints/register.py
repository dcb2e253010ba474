"""Register (daftar pengaduan): one row per complaint, as it stands now."""

from datetime import datetime

from lapor.domain.complaint.events import ComplaintEvent, Filed
from lapor.domain.vocabulary import Kind, Stage, Step
from projections.complaints.description import ComplaintDescription, described, filed
from projections.complaints.event_times import Trace, longer
from projections.engine.open_clocks import OpenDeadline, turn
from projections.engine.projection import Projection, Rows


class RegisterLine(ComplaintDescription):
    """A complaint, at which stage it is, and its earliest open promise, whoever made it."""

    stage: Stage
    step: Step | None = None
    due_at: datetime | None = None


class TracedLine(ComplaintDescription):
    """A complaint as it is known, since which version it is, and when its events came."""

    told_by: int
    """The version of the last event that said any of it."""
    trace: Trace


class RegisterRow(RegisterLine):
    """The same with all promises that are open, the earliest first; and with what ``TracedLine`` adds."""

    provisional: bool = False
    running: tuple[OpenDeadline, ...] = ()
    told_by: int = 0
    trace: Trace = ()


def project(event: ComplaintEvent, rows: Rows[RegisterRow]) -> None:
    """Keep the complaint's row."""
    if isinstance(event, Filed):
        rows[event.originator_id] = row = RegisterRow(**filed(event), stage=Stage.FILED)
        row.told_by, row.trace = row.version, longer((), row.version - 1, event)
    else:
        row = rows[event.originator_id]
        row.trace = longer(row.trace, row.version, event)
        if described(row, event):
            row.told_by = row.version
    row.stage = event.stage_after or row.stage
    running = turn(row.running, event)
    if running is not row.running:
        row.running, first = running, running[0] if running else None
        row.step = first.step if first else None
        row.due_at = first.due_at if first else None
        row.provisional = first.provisional if first else False


_SAID = "stage, step, due_at"
"""What lists of the past say of a version: of a week there are many, so it is read from an index alone."""
_ASKED = f"{_SAID}, kind, category, service, agency"
"""The same with what they are asked for."""
URGENCY = "coalesce(due_at, 'infinity'::timestamptz)"  # what has no deadline comes last
INVOLVED = "involved <> '[]'"
REGISTER = Projection(
    name="register",
    version=3,
    row=RegisterRow,
    project=project,
    reads=(ComplaintEvent,),
    indexes=(
        "(filed_at, stream)",
        "(changed_at, stream)",
        f"(({URGENCY}), stream)",
        "(agency, filed_at, stream)",
        f"(agency, ({URGENCY}), stream)",
        "(stage, filed_at, stream)",
        "(category, filed_at, stream)",
        "(service, filed_at, stream) WHERE service IS NOT NULL",
        f"(filed_at, stream) WHERE kind = '{Kind.OVERSIGHT}'",
        "(cell, filed_at) WHERE cell IS NOT NULL",
        f"(filed_at, stream) WHERE {INVOLVED}",
    ),
    history=("stage", "kind", "category", "service", "agency", "privacy", "filed_at", "step", "due_at"),
    past_indexes=(
        f"(week, filed_at, stream) INCLUDE (since, until, {_ASKED})",
        f"(week, ({URGENCY}), stream)",
        f"(agency, week, filed_at, stream) INCLUDE (since, until, {_SAID})",
        f"(block, filed_at, stream) INCLUDE (since_position, until_position, {_ASKED})",
        "(category, week)",
        "(service, week) WHERE service IS NOT NULL",
    ),
)
