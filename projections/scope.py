"""What a dashboard is about: days, agencies, a kind."""

from dataclasses import asdict, dataclass
from datetime import date
from typing import Any
from uuid import UUID

from lapor.domain.terms import Kind

FIRST = "(%(first)s::date::timestamp AT TIME ZONE %(zone)s)"
"""The instant at which the first day begins, in SQL: not a day's cut of a column, which no index serves."""
END = "((%(last)s::date + 1)::timestamp AT TIME ZONE %(zone)s)"
"""The instant at which the last day is over."""


@dataclass(frozen=True, slots=True)
class Scope:
    """Local days of ``zone`` from ``first`` to ``last``, both included.

    ``agencies`` None means all of them and what is no agency's; ``kind`` None means whichever.
    """

    first: date
    last: date
    zone: str
    agencies: tuple[UUID, ...] | None = None
    kind: Kind | None = None

    @property
    def asked(self) -> dict[str, Any]:
        """The parameters of a query."""
        agencies = None if self.agencies is None else list(self.agencies)
        return {**asdict(self), "agencies": agencies}
