"""The log read stream by stream, for questions about each complaint instead of the order of events."""

from collections.abc import Iterator, Sequence
from uuid import UUID

from lapor.store.event_log import EventLog, RecordedEvent

EVENTS_AT_ONCE = 2_000
_BEFORE_ALL = UUID(int=0)


def whole_streams(log: EventLog, head: int) -> Iterator[list[list[RecordedEvent]]]:
    """Yield all streams of the log's first ``head`` events, a few whole streams at a time, each in order.

    Each page is a short query, so that a slow reader keeps no transaction open.
    """
    stream, version = _BEFORE_ALL, 0
    open_: list[RecordedEvent] = []  # the page's last stream, which may go on in the next page
    while rows := log.by_stream(stream, version, EVENTS_AT_ONCE, head):
        stream, version = rows[-1].stream, rows[-1].version
        streams = _by_stream([*open_, *rows])
        open_ = streams.pop() if len(rows) == EVENTS_AT_ONCE else []
        if streams:
            yield streams
        if not open_:
            return
    if open_:
        yield [open_]


def _by_stream(rows: Sequence[RecordedEvent]) -> list[list[RecordedEvent]]:
    streams: list[list[RecordedEvent]] = []
    current = -1
    for row in rows:
        if row.stream.int != current:  # numbers: comparing ids is slow
            current = row.stream.int
            streams.append([])
        streams[-1].append(row)
    return streams
