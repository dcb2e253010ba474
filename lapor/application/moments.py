"""Lists and dashboards as of a moment, and who may ask for which.

On what day an anonymous report came may be seen, at what moment not: who could ask for every moment would
find it. So whoever is not shown the instants of anonymous reports is answered for whole local days.
"""

from datetime import datetime
from zoneinfo import ZoneInfo

from lapor.application.desk import Desk
from lapor.application.views import sees_instants
from lapor.domain.access import Caller
from lapor.domain.errors import BeyondHeadError, NotAllowedError
from projections.moments import Moment


def end_of_day(at: datetime, zone: str) -> datetime:
    """The last microsecond of the local day of an instant."""
    local = at.astimezone(ZoneInfo(zone))
    return local.replace(hour=23, minute=59, second=59, microsecond=999_999)


def instant_for(desk: Desk, caller: Caller, at: datetime | None) -> datetime | None:
    """The instant up to which facts count; None: all of them."""
    now = desk.clock()
    if at is None or at >= now:
        return None
    if not sees_instants(caller):
        at = end_of_day(at, desk.zone)
    return at if at < now else None


def moment_for(desk: Desk, caller: Caller, at: datetime | None, position: int | None) -> Moment | None:
    """The moment that a list is asked for; None: now.

    Raises ``BeyondHeadError``, and ``NotAllowedError`` for a position asked by who is answered for days.
    """
    if position is not None:
        if not sees_instants(caller):
            raise NotAllowedError("Ask for a day with at=; positions are for auditors and data protection.")
        if position > (head := desk.log.head()):
            raise BeyondHeadError(position, head)
        return Moment(position=position)
    instant = instant_for(desk, caller, at)
    return Moment(at=instant) if instant else None
