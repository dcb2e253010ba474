"""Helpers of the tests of dashboards: a time zone far from UTC, and scopes to query."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from lapor.domain.vocabulary import Kind
from projections.engine.period import PeriodScope

from .histories import AGENCIES, BEGINNING

ZONE = "Asia/Jayapura"  # nine hours ahead, so many instants are on another day than in UTC
EVER = PeriodScope(date(2020, 1, 1), date(2030, 1, 1), ZONE)


def local(at: datetime, zone: str = ZONE) -> date:
    return at.astimezone(ZoneInfo(zone)).date()


MANY = settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
SCOPES = st.builds(
    lambda start, length, agencies, kind: PeriodScope(
        BEGINNING.date() + timedelta(start),
        BEGINNING.date() + timedelta(start + length),
        ZONE,
        agencies,
        kind,
    ),
    start=st.integers(-5, 70),
    length=st.integers(0, 40),
    agencies=st.none() | st.lists(st.sampled_from(AGENCIES), unique=True, min_size=1).map(tuple),
    kind=st.none() | st.sampled_from(list(Kind)),
)
