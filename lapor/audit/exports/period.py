"""Some local days, as instants."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from lapor.domain.errors import InvalidFieldError


@dataclass(frozen=True)
class Days:
    """From one local day to another, both included; None: without that end."""

    first: date | None = None
    last: date | None = None

    def instants(self, zone: str) -> tuple[datetime | None, datetime | None]:
        """The first instant (UTC), and the first one no longer. Raises ``InvalidFieldError``."""
        if self.first and self.last and self.first > self.last:
            raise InvalidFieldError("to", "It lies before from, so nothing can fit.")
        try:
            after = self.last + timedelta(days=1) if self.last else None
            return _midnight(self.first, zone), _midnight(after, zone)
        except OverflowError:
            raise InvalidFieldError("from", "These days lie beyond what a calendar holds.") from None


ALL_DAYS = Days()


def _midnight(day: date | None, zone: str) -> datetime | None:
    return datetime.combine(day, time.min, ZoneInfo(zone)).astimezone(UTC) if day else None
