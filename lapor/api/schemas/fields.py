"""Fields that accept one form of a value and convert nothing else to it."""

import re
from datetime import UTC, datetime, time
from typing import Any

from marshmallow import ValidationError, fields


class PlainText(fields.String):
    """Text without the white space around it."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        if not isinstance(value, str):
            raise self.make_error("invalid")
        return value.strip()


class WholeNumber(fields.Integer):
    """A JSON number without a fraction; text and booleans are refused."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> int:
        if type(value) is not int:
            raise self.make_error("invalid")
        return value


class DecimalNumber(fields.Float):
    """A JSON number; text and booleans are refused."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> float:
        if type(value) not in {int, float}:
            raise self.make_error("invalid", input=value)
        return float(value)


class StrictBoolean(fields.Boolean):
    """``true`` or ``false``; text and numbers are refused."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> bool:
        if not isinstance(value, bool):
            raise self.make_error("invalid", input=value)
        return value


class DayField(fields.Date):
    """A date as YYYY-MM-DD; other forms are refused."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        if not isinstance(value, str) or not re.fullmatch(r"\d{4}-\d\d-\d\d", value):
            raise self.make_error("invalid", input=value, obj_type="date")
        return super()._deserialize(value, attr, data, **kwargs)


class HourMinuteField(fields.String):
    """A time of day as HH:MM; other forms are refused."""

    PATTERN = r"^([01][0-9]|2[0-3]):[0-5][0-9]$"

    def __init__(self, **given: Any) -> None:
        super().__init__(metadata={"pattern": self.PATTERN}, **given)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        if not isinstance(value, str) or not re.fullmatch(self.PATTERN, value):
            raise ValidationError("Write a time of day such as 07:30.")
        return time.fromisoformat(value)


class InstantField(fields.AwareDateTime):
    """An RFC 3339 instant with its offset, in the years 1 to 9999 in UTC, which can be stored.

    A ``+`` that a query string turned into a space is read as one.
    """

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> datetime:
        if not isinstance(value, str) or len(value) < len("2026-01-01T00:00Z"):
            raise self.make_error("invalid", input=value, obj_type="instant")
        repaired = re.sub(r" (\d\d:\d\d)$", r"+\1", value.strip())
        instant = super()._deserialize(repaired, attr, data, **kwargs)
        try:
            instant.astimezone(UTC)
        except OverflowError:
            raise self.make_error("invalid", input=value, obj_type="instant") from None
        return instant
