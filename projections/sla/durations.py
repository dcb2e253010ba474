"""How long promises took until they were met, in working time: exactly where they are few, or by buckets."""

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from math import ceil
from typing import Any, NamedTuple
from uuid import UUID

from lapor.domain.vocabulary import Step
from lapor.store.database import Connection
from projections.engine.period import CELLS
from projections.engine.tables import Table
from projections.sla.promises import BOUNDS, MET, PROMISES, TOOK

AgencyStep = tuple[UUID | None, Step]
FEW = 300
"""Up to so many durations are read one by one."""
DAY = 450
"""Minutes of a working day, 37.5 hours a week. Durations of anonymous complaints count in whole days: an
exact one would reveal the minute of filing."""
_WANTED = "unnest(%(of_agencies)s::uuid[], %(of_steps)s::text[]) AS wanted (agency, step)"
_OF_KIND = "(%(kind)s::text IS NULL OR kind = %(kind)s)"
NO_AGENCY = UUID(int=0)
"""Stands for no agency in parameters."""
_SAME = (
    "p.agency = wanted.agency",
    f"p.agency IS NULL AND wanted.agency = '{NO_AGENCY}'",
)  # each by an index
_EACH = " UNION ALL ".join(
    f"""
    SELECT p.agency, p.step, CASE WHEN anonymous THEN ceil(working_minutes / {DAY}.0) * {DAY}
                                  ELSE working_minutes END::float8
      FROM {PROMISES.table} p JOIN {_WANTED} ON p.step = wanted.step AND {same}
     WHERE {MET} AND stopped_at >= %(begin)s AND stopped_at < %(end)s AND stopped_at <= %(now)s AND {_OF_KIND}
"""  # noqa: S608 - constants only
    for same in _SAME
).encode()
_BUCKETS = f"""
    SELECT agency, step, {", ".join(f"sum({bucket})" for bucket in TOOK)}
      FROM {Table(PROMISES).names[-1]} WHERE {CELLS} AND {_OF_KIND} AND step = ANY(%(of_steps)s)
       AND coalesce(agency, '{NO_AGENCY}') = ANY(%(of_agencies)s) GROUP BY agency, step
""".encode()  # noqa: S608 - constants only
_BUCKETS_TODAY = f"""
    SELECT p.agency, p.step, width_bucket(working_minutes, %(bounds)s::bigint[]), count(*)
      FROM {PROMISES.table} p JOIN {_WANTED} ON p.step = wanted.step AND ({" OR ".join(_SAME)})
     WHERE {MET} AND stopped_at >= %(since)s AND stopped_at <= %(now)s AND {_OF_KIND} GROUP BY 1, 2, 3
""".encode()  # noqa: S608 - constants only


class Durations(NamedTuple):
    """Durations in working minutes: each of them, or, where they are many, how many fall into each bucket."""

    minutes: Sequence[float] = ()
    buckets: Sequence[int] | None = None

    @property
    def exact(self) -> bool:
        """Whether quantiles follow from each duration."""
        return self.buckets is None

    def hours(self, share: float) -> float | None:
        """Return a quantile in working hours, to a tenth; None if there is no duration."""
        if self.buckets is not None:
            return _from_buckets(self.buckets, share)
        if not self.minutes:
            return None
        ranked = sorted(self.minutes)
        place = share * (len(ranked) - 1)
        below, above = ranked[int(place)], ranked[ceil(place)]
        return round((below + (above - below) * (place % 1)) / 60, 1)

    @classmethod
    def together(cls, each: Iterable["Durations"]) -> "Durations":
        """Return several as one; by buckets if any is, or if they are too many together."""
        parts = list(each)
        if len(parts) == 1:
            return parts[0]
        minutes = [minute for part in parts for minute in part.minutes]
        if len(minutes) <= FEW and all(part.exact for part in parts):
            return cls(minutes)
        buckets = [0] * len(TOOK)
        for minute in minutes:
            buckets[bisect_right(BOUNDS, minute)] += 1
        counted = [part.buckets for part in parts if part.buckets is not None]
        return cls(buckets=[sum(column) for column in zip(buckets, *counted, strict=True)])


def _from_buckets(buckets: Sequence[int], share: float) -> float | None:
    """Return a quantile in working hours, interpolated within its bucket."""
    wanted = share * sum(buckets)
    for bucket, count in enumerate(buckets):
        if count and wanted <= count:
            low = BOUNDS[bucket - 1] if bucket else 0
            high = BOUNDS[bucket] if bucket < len(BOUNDS) else low
            return round((low + (high - low) * wanted / count) / 60, 1)
        wanted -= count
    return None


def durations(
    connection: Connection,
    met: Mapping[AgencyStep, int],
    parameters: Mapping[str, Any],
    *,
    days: Mapping[str, date],
    rows_of_today: bool,
) -> dict[AgencyStep, Durations]:
    """Return the durations of the promises met in a period, of which there are so many as ``met`` says.

    ``days`` are the parameters of the days that are counted from cells. ``rows_of_today``: the day in
    progress is not one of them.
    """
    few = [key for key, count in met.items() if 0 < count <= FEW]
    many = [key for key, count in met.items() if count > FEW]
    found: dict[AgencyStep, Durations] = {}
    if few:
        minutes: dict[AgencyStep, list[float]] = {key: [] for key in few}
        for agency, step, duration in connection.execute(_EACH, {**parameters, **_named(few)}, binary=True):
            minutes[agency, Step(step)].append(duration)
        found |= {key: Durations(each) for key, each in minutes.items()}
    if many:
        buckets = {key: [0] * len(TOOK) for key in many}
        given = {**parameters, **_named(many), "bounds": list(BOUNDS)}
        for agency, step, *sums in connection.execute(_BUCKETS, {**given, **days}, binary=True):
            if (agency, Step(step)) in buckets:
                buckets[agency, Step(step)] = list(sums)
        if rows_of_today:
            for agency, step, bucket, count in connection.execute(_BUCKETS_TODAY, given, binary=True):
                buckets[agency, Step(step)][bucket] += count
        found |= {key: Durations(buckets=each) for key, each in buckets.items()}
    return found


def _named(keys: Sequence[AgencyStep]) -> dict[str, Any]:
    return {
        "of_agencies": [agency or NO_AGENCY for agency, _ in keys],
        "of_steps": [str(step) for _, step in keys],
    }
