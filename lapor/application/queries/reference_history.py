"""The history of an agency, an officer, the calendar or a policy. All of it is public."""

from typing import Any
from uuid import UUID

from lapor.application.application import LaporApplication
from lapor.application.sealing import Opener
from lapor.store.event_log import RecordedEvent

_MOST = 200


def history(
    application: LaporApplication, stream: UUID | None, *, after: int, limit: int = _MOST
) -> tuple[list[Any], bool]:
    """Return a stream's events of versions above ``after``, and whether there are more.

    Without a stream there are none.
    """
    rows = [row for row in application.log.read_stream(stream).rows if row.version > after] if stream else []
    return [_item(row) for row in rows[:limit]], len(rows) > limit


def _item(row: RecordedEvent) -> dict[str, Any]:
    event = row.event()
    return {
        "position": row.position,
        "version": row.version,
        "type": row.topic,
        "at": event.at,
        "by": event.by,
        "role": event.role,
        "channel": event.channel,
        "data": Opener(None).event(event),
    }
