"""A period of local days, and its instants."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from lapor.domain.errors import InvalidFieldError


@dataclass(frozen=True)
class Days:
    """A period from one local day to another, both included; None: without that end."""

    first: date | None = None
    last: date | None = None

    def instants(self, zone: str) -> tuple[datetime | None, datetime | None]:
        """Return the first instant (UTC) and the end, which is excluded. Raises ``InvalidFieldError``."""
        if self.first and self.last and self.first > self.last:
            raise InvalidFieldError("to", "It is before from; give from itself, or a later day.")
        try:
            after = self.last + timedelta(days=1) if self.last else None
            return _midnight(self.first, zone), _midnight(after, zone)
        except OverflowError:
            raise InvalidFieldError("from", "These days are out of range; give days nearer to now.") from None


ALL_DAYS = Days()


def _midnight(day: date | None, zone: str) -> datetime | None:
    return datetime.combine(day, time.min, ZoneInfo(zone)).astimezone(UTC) if day else None
