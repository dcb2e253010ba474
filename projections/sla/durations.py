"""How long promises took until they were met, in working time: exactly where they are few, or by buckets."""

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
"""Up to so many durations of an agency and step are read one by one."""
DAY = 450
"""Minutes of a working day, 37.5 hours a week. Durations of anonymous complaints count in whole days: an
exact one would reveal the minute of filing."""
_WANTED = "unnest(%(of_agencies)s::uuid[], %(of_steps)s::text[]) AS wanted (agency, step)"
_OF_KIND = "(%(kind)s::text IS NULL OR kind = %(kind)s)"
NO_AGENCY = UUID(int=0)
"""Stands for no agency in parameters."""
_SAME = ("p.agency = wanted.agency", f"p.agency IS NULL AND wanted.agency = '{NO_AGENCY}'")
"""The conditions that a row is of a wanted agency: apart, for each can use an index."""
_EACH = " UNION ALL ".join(
    f"""
    SELECT wanted.agency, wanted.step, took.minutes FROM {_WANTED} CROSS JOIN LATERAL (
        SELECT array_agg(CASE WHEN anonymous THEN ceil(working_minutes / {DAY}.0) * {DAY}
                              ELSE working_minutes END::float8) AS minutes
          FROM {PROMISES.table} p WHERE p.step = wanted.step AND {same} AND {MET} AND {_OF_KIND}
           AND stopped_at >= %(begin)s AND stopped_at < %(end)s AND stopped_at <= %(now)s
    ) AS took WHERE took.minutes IS NOT NULL
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

    minutes: Sequence[float] | None = ()
    """None: they are many."""
    buckets: Sequence[int] = ()
    """Empty if all sets of the period are few."""

    @property
    def exact(self) -> bool:
        """Whether quantiles follow from each duration."""
        return self.minutes is not None

    def hours(self, share: float) -> float | None:
        """Return a quantile in working hours, to a tenth; None if there is no duration."""
        if self.minutes is None:
            return _from_buckets(self.buckets, share)
        if not self.minutes:
            return None
        ranked = sorted(self.minutes)
        place = share * (len(ranked) - 1)
        below, above = ranked[int(place)], ranked[ceil(place)]
        return round((below + (above - below) * (place % 1)) / 60, 1)

    @classmethod
    def together(cls, each: Iterable["Durations"]) -> "Durations":
        """Return several as one; by buckets if any is."""
        parts = list(each)
        if len(parts) == 1:
            return parts[0]
        if all(part.exact for part in parts):
            return cls([minute for part in parts for minute in part.minutes or ()])
        return cls(None, [sum(column) for column in zip(*(part.buckets for part in parts), strict=True)])


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
    minutes: dict[AgencyStep, Sequence[float]] = {}
    if few:
        for agency, step, each in connection.execute(_EACH, {**parameters, **_named(few)}, binary=True):
            minutes[_key(agency, step)] = each
    if all(count <= FEW for count in met.values()):
        return {key: Durations(each) for key, each in minutes.items()}
    buckets = {key: [0] * len(TOOK) for key, count in met.items() if count}
    given = {**parameters, **_named([*buckets]), "bounds": list(BOUNDS)}
    for agency, step, *sums in connection.execute(_BUCKETS, {**given, **days}, binary=True):
        if (agency, Step(step)) in buckets:
            buckets[agency, Step(step)] = list(sums)
    if rows_of_today:
        for agency, step, bucket, count in connection.execute(_BUCKETS_TODAY, given, binary=True):
            buckets[agency, Step(step)][bucket] += count
    return {key: Durations(minutes.get(key), each) for key, each in buckets.items()}


def _key(agency: UUID, step: str) -> AgencyStep:
    return (None if agency == NO_AGENCY else agency), Step(step)


def _named(keys: Sequence[AgencyStep]) -> dict[str, Any]:
    return {
        "of_agencies": [agency or NO_AGENCY for agency, _ in keys],
        "of_steps": [str(step) for _, step in keys],
    }
