"""Register (daftar pengaduan): one row per complaint, with its description, stage and open promises."""

from datetime import datetime

from lapor.domain.complaint.events import ComplaintEvent, Filed
from lapor.domain.complaint.state import ENDED
from lapor.domain.vocabulary import Kind, Stage, Step
from projections.complaints.description import ComplaintDescription, description_of_filing, update_description
from projections.complaints.event_times import Trace, append_event
from projections.engine.open_clocks import OpenDeadline, running_after
from projections.engine.projection import Projection, Rows


class RegisterLine(ComplaintDescription):
    """A complaint with its stage and its earliest open promise, of any agency."""

    stage: Stage
    step: Step | None = None
    due_at: datetime | None = None


class TracedLine(ComplaintDescription):
    """A description, the version of the last event that changed it, and the times of the events."""

    told_by: int
    """The version of the last event that changed the description."""
    trace: Trace


class RegisterRow(RegisterLine):
    """A row: the line with all open promises, the earliest first, and the fields of ``TracedLine``."""

    provisional: bool = False
    running: tuple[OpenDeadline, ...] = ()
    told_by: int = 0
    trace: Trace = ()


def project(event: ComplaintEvent, rows: Rows[RegisterRow]) -> None:
    """Add or update the complaint's row."""
    if isinstance(event, Filed):
        rows[event.originator_id] = row = RegisterRow(**description_of_filing(event), stage=Stage.FILED)
        row.told_by, row.trace = row.version, append_event((), row.version - 1, event)
    else:
        row = rows[event.originator_id]
        row.trace = append_event(row.trace, row.version, event)
        if update_description(row, event):
            row.told_by = row.version
    row.stage = event.stage_after or row.stage
    running = running_after(row.running, event)
    if running is not row.running:
        row.running, first = running, running[0] if running else None
        row.step = first.step if first else None
        row.due_at = first.due_at if first else None
        row.provisional = first.provisional if first else False


URGENCY = "coalesce(due_at, 'infinity'::timestamptz)"  # no deadline comes last
_OPEN = f"stage <> ALL ('{{{','.join(sorted(ENDED))}}}')"
INVOLVED = "involved <> '[]'"
REGISTER = Projection(
    name="register",
    version=4,
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
    # At any instant a complaint has one version. So a walk along the filings meets one in every few entries.
    history_indexes=(
        "(filed_at, stream)",
        "(agency, filed_at, stream) WHERE agency IS NOT NULL",
        "(category, filed_at, stream) WHERE category IS NOT NULL",
        "(service, filed_at, stream) WHERE service IS NOT NULL",
        f"(filed_at, stream) WHERE kind = '{Kind.OVERSIGHT}'",
        f"(stage, filed_at, stream) WHERE {_OPEN}",
        "USING gist (due_at, period) INCLUDE (stream, stage, step, agency, kind) WHERE due_at IS NOT NULL",
    ),
)
