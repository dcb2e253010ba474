"""The times of acts: citizens by day and season, officers in office hours."""

import math
from bisect import bisect
from datetime import date, datetime, time, timedelta
from itertools import accumulate
from random import Random
from zoneinfo import ZoneInfo

from lapor.domain.deadlines.working_time import WorkingTime

A_WORKING_DAY = 510  # open minutes
_WEEK = (1.15, 1.05, 1.0, 0.95, 0.9, 0.45, 0.35)  # Monday first
_HOLIDAY = 0.35
_HOURS = (2, 1, 0.6, 0.5, 0.8, 2, 5, 11, 19, 22, 20, 15, 12, 15, 16, 14, 11, 9, 9, 11, 12, 9, 6, 4)
_FASTING_HOURS = (3, 2, 2, 5, 5, 3, 4, 8, 17, 21, 19, 15, 11, 13, 14, 11, 7, 4, 4, 6, 11, 13, 9, 6)
_FASTING = (  # Ramadan as Indonesia keeps it; 2027 is an estimate
    (date(2023, 3, 23), date(2023, 4, 21)),
    (date(2024, 3, 12), date(2024, 4, 9)),
    (date(2025, 3, 1), date(2025, 3, 30)),
    (date(2026, 2, 19), date(2026, 3, 20)),
    (date(2027, 2, 8), date(2027, 3, 9)),
)
_MONTHS = {"wet": (11, 12, 1, 2), "dry": (7, 8, 9, 10), "school": (6, 7)}
_WAKES, _SLEEPS = time(6), time(22)
_LUNCH = timedelta(minutes=60)
_FRIDAY = 4


def fasting(day: date) -> bool:
    return any(first <= day <= last for first, last in _FASTING)


def season_factor(season: dict[str, float], day: date) -> float:
    """Return how much more often than usual a category is reported on a day."""
    factors = (
        factor
        for name, factor in season.items()
        if (fasting(day) if name == "fasting" else day.month in _MONTHS[name])
    )
    return math.prod(factors)


class WorkingHours:
    """Working and waking hours in the regency: one zone, one calendar."""

    def __init__(self, working: WorkingTime) -> None:
        self._working = working
        self._zone = ZoneInfo(working.hours.zone)

    def day(self, at: datetime) -> date:
        return at.astimezone(self._zone).date()

    def filings(self, rng: Random, count: int, start: datetime, until: datetime) -> list[datetime]:
        """Return ``count`` moments from ``start`` to ``until`` at which citizens write, in order."""
        days = [self.day(start) + timedelta(days=n) for n in range((until - start).days + 2)]
        weights = list(accumulate(self._weight(n, day) for n, day in enumerate(days)))
        drawn: list[datetime] = []
        while len(drawn) < count:
            day = days[bisect(weights, rng.random() * weights[-1])]
            hours = _FASTING_HOURS if fasting(day) else _HOURS
            (hour,) = rng.choices(range(24), hours)
            midnight = datetime.combine(day, time(), self._zone)
            at = midnight + timedelta(hours=hour, seconds=rng.uniform(0, 3600))
            if start <= at <= until:
                drawn.append(at)
        return sorted(drawn)

    def _weight(self, n: int, day: date) -> float:
        """Return a day's weight; use grows a little from month to month."""
        usual = _HOLIDAY if day in self._working.calendar.holidays else _WEEK[day.weekday()]
        return usual * (1 + n / 400)

    def at_work(self, rng: Random, after: datetime, minutes: float) -> datetime:
        """Return a moment in office hours, not at lunch, about ``minutes`` open minutes after another."""
        start = after + timedelta(minutes=1, seconds=-after.second, microseconds=-after.microsecond)
        at = self._working.add_minutes(start, max(1, round(minutes))).astimezone(self._zone)
        noon = at.replace(hour=11, minute=30) if at.weekday() == _FRIDAY else at.replace(hour=12, minute=0)
        if noon < at < noon + _LUNCH * (1.5 if at.weekday() == _FRIDAY else 1):
            at = at.replace(hour=13, minute=0) + timedelta(minutes=1 + (at - noon) / timedelta(minutes=2))
        return at - timedelta(seconds=rng.uniform(1, 58))

    def awake(self, rng: Random, after: datetime, hours: float) -> datetime:
        """Return a moment about ``hours`` hours after another at which a citizen is awake."""
        at = (after + timedelta(hours=hours, seconds=rng.uniform(1, 59))).astimezone(self._zone)
        if at.time() < _WAKES:
            return at.replace(hour=_WAKES.hour) + timedelta(minutes=rng.uniform(5, 170))
        if at.time() >= _SLEEPS:
            return at.replace(hour=_WAKES.hour) + timedelta(days=1, minutes=rng.uniform(5, 170))
        return at

    def working_days_after(self, at: datetime, days: int) -> datetime:
        return self._working.due(at, days).at


def some(rng: Random, median: float, spread: float) -> float:
    """Return a length of the given median; a few are much longer."""
    return median * math.exp(rng.gauss(0, spread))
