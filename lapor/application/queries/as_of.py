"""Lists and dashboards as of a past moment, and which callers may ask for which moment.

The day on which an anonymous report was filed is no secret, the second is. A caller who could ask for every
moment would find it. So callers who may not see the instants of anonymous reports get whole local days.
"""

from datetime import datetime
from zoneinfo import ZoneInfo

from lapor.application.application import LaporApplication
from lapor.application.queries.complaint_views import sees_instants
from lapor.domain.access import Caller
from lapor.domain.errors import BeyondHeadError


def end_of_day(at: datetime, zone: str) -> datetime:
    """Return the last microsecond of the local day of an instant."""
    local = at.astimezone(ZoneInfo(zone))
    return local.replace(hour=23, minute=59, second=59, microsecond=999_999)


def check_reached(application: LaporApplication, position: int | None) -> None:
    """Raise ``BeyondHeadError`` for a position that the log has not reached."""
    if position is not None and position > (head := application.log.head()):
        raise BeyondHeadError(position, head)


def instant_for(application: LaporApplication, caller: Caller, at: datetime | None) -> datetime | None:
    """Return the past instant that the caller asks for; None: now.

    Callers who may not see the instants of anonymous reports get the end of the local day.
    """
    now = application.clock()
    if at is None or at >= now:
        return None
    if not sees_instants(caller):
        at = end_of_day(at, application.zone)
    return at if at < now else None
