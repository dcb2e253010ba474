"""The times of a row's events (jejak), from which its version at an instant follows without reading them."""

from bisect import bisect_right
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from lapor.domain.complaint.events import ComplaintEvent

MAX_EVENTS = 64
"""How many of a complaint's latest event times a register row has; few complaints have more events."""
_EPOCH, _MICROSECOND = datetime(1970, 1, 1, tzinfo=UTC), timedelta(microseconds=1)

Trace = tuple[int, ...]
"""One number for each event, of consecutive versions up to the row's own: microseconds since 1970, doubled,
and plus 1 if the event is audit-only."""


class VersionAt(NamedTuple):
    """The version of a row, and the instant of its last event that is not audit-only."""

    version: int
    changed_at: datetime


def append_event(trace: Trace, version: int, event: ComplaintEvent) -> Trace:
    """Return the trace of a row at ``version`` with its next event, or with one that is folded again.

    The trace begins again with this event if one between was skipped; earlier times are dropped then.
    """
    before = event.originator_version - 1
    if version != before:
        trace = trace[: max(0, len(trace) - version + before)] if version > before else ()
    return (*trace[1 - MAX_EVENTS :], _mark(event.at) | event.AUDIT_ONLY)


def version_at(trace: Trace, version: int, at: datetime) -> VersionAt | None:
    """Return the version at an instant of a row that is at ``version`` now, or None."""
    known = bisect_right(trace, _mark(at) | 1)  # instants never decrease in a stream
    for mark in reversed(trace[:known]):
        if not mark & 1:
            return VersionAt(version - len(trace) + known, _EPOCH + (mark >> 1) * _MICROSECOND)
    return None


def _mark(at: datetime) -> int:
    return (at - _EPOCH) // _MICROSECOND << 1
