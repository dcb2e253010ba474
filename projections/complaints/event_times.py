"""When the events of a row came (jejak): by that its version at an instant is known without reading them."""

from bisect import bisect_right
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from lapor.domain.complaint.events import ComplaintEvent

MOST = 64
"""Of so many events, the latest, it is kept when they came: few complaints have more."""
_EPOCH, _MICROSECOND = datetime(1970, 1, 1, tzinfo=UTC), timedelta(microseconds=1)

Trace = tuple[int, ...]
"""One mark for each event of consecutive versions, up to the row's own: microseconds since 1970, doubled, and
odd where the event was silent."""


class VersionAt(NamedTuple):
    """What version a row had come to, and when the last event came that was not silent."""

    version: int
    changed_at: datetime


def longer(trace: Trace, version: int, event: ComplaintEvent) -> Trace:
    """The trace of a row at ``version``, with an event that comes next, or again.

    Where an event between the two is passed over, it begins anew: what lies before is not told.
    """
    before = event.originator_version - 1
    if version != before:
        trace = trace[: max(0, len(trace) - version + before)] if version > before else ()
    return (*trace[1 - MOST :], _mark(event.at) | event.AUDIT_ONLY)


def reached(trace: Trace, version: int, at: datetime) -> VersionAt | None:
    """What a row, by now at ``version``, had come to at an instant; None where its trace does not tell."""
    known = bisect_right(trace, _mark(at) | 1)  # instants never fall within a stream
    for mark in reversed(trace[:known]):
        if not mark & 1:
            return VersionAt(version - len(trace) + known, _EPOCH + (mark >> 1) * _MICROSECOND)
    return None


def _mark(at: datetime) -> int:
    return (at - _EPOCH) // _MICROSECOND << 1
