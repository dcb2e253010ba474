"""Lists and dashboards as of a past moment, and which callers may ask for which moment.

The day on which an anonymous report was filed is no secret, the second is. A caller who could ask for every
moment would find it. So callers who may not see the instants of anonymous reports get whole local days.
"""

from datetime import datetime
from zoneinfo import ZoneInfo

from lapor.application.application import LaporApplication
from lapor.application.queries.complaint_views import sees_instants
from lapor.domain.access import Caller
from lapor.domain.errors import BeyondHeadError, NotAllowedError
from lapor.store.database import Database
from projections.engine.as_of import AsOf
from projections.engine.watermark import watermark


def end_of_day(at: datetime, zone: str) -> datetime:
    """Return the last microsecond of the local day of an instant."""
    local = at.astimezone(ZoneInfo(zone))
    return local.replace(hour=23, minute=59, second=59, microsecond=999_999)


def check_reached(application: LaporApplication, position: int | None) -> None:
    """Raise ``BeyondHeadError`` for a position that the log has not reached."""
    if position is not None and position > (head := application.log.head()):
        raise BeyondHeadError(position, head)


def moment_for(
    application: LaporApplication,
    database: Database,
    caller: Caller,
    at: datetime | None,
    position: int | None,
) -> AsOf | None:
    """Return the moment that the caller asks for; None: now.

    With a position, ``at`` of the answer is the latest instant of the log's events up to there: deadlines are
    judged at it. Raises ``BeyondHeadError``, and ``NotAllowedError`` for a position if the caller gets whole
    days only.
    """
    if position is not None:
        if not sees_instants(caller):
            raise NotAllowedError("Ask for a day with at=; positions are for auditors and data protection.")
        check_reached(application, position)
        return AsOf(at=watermark(database, position), position=position)
    now = application.clock()
    if at is None or at >= now:
        return None
    if not sees_instants(caller):
        at = end_of_day(at, application.zone)
    return AsOf(at=at) if at < now else None
