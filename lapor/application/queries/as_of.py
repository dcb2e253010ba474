"""Lists and dashboards as of a moment, and who may ask for which.

On what day an anonymous report came may be seen, at what moment not: who could ask for every moment would
find it. So whoever is not shown the instants of anonymous reports is answered for whole local days.
"""

from datetime import datetime
from zoneinfo import ZoneInfo

from lapor.application.application import LaporApplication
from lapor.application.queries.complaint_views import sees_instants
from lapor.domain.access import Caller
from lapor.domain.errors import BeyondHeadError, NotAllowedError
from lapor.store.database import Database
from projections.engine.as_of import AsOf
from projections.engine.watermark import horizon


def end_of_day(at: datetime, zone: str) -> datetime:
    """The last microsecond of the local day of an instant."""
    local = at.astimezone(ZoneInfo(zone))
    return local.replace(hour=23, minute=59, second=59, microsecond=999_999)


def moment_for(
    application: LaporApplication,
    database: Database,
    caller: Caller,
    at: datetime | None,
    position: int | None,
) -> AsOf | None:
    """The moment that is asked for; None: now.

    Of a position its instant is the latest of which the log's events up to there tell: by that deadlines are
    judged. Raises ``BeyondHeadError``, and ``NotAllowedError`` for a position asked by who is answered for
    days.
    """
    if position is not None:
        if not sees_instants(caller):
            raise NotAllowedError("Ask for a day with at=; positions are for auditors and data protection.")
        if position > (head := application.log.head()):
            raise BeyondHeadError(position, head)
        return AsOf(at=horizon(database, position), position=position)
    now = application.clock()
    if at is None or at >= now:
        return None
    if not sees_instants(caller):
        at = end_of_day(at, application.zone)
    return AsOf(at=at) if at < now else None
