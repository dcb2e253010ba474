"""Dates and times as files write them, as instants in UTC."""

import re
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from lapor.importing.records import BadRowError

Parse = Callable[[str], datetime]
"""From a text to a datetime, naive if the text has no offset; raises ``ValueError``."""

_SLASHED = re.compile(
    r"(\d{1,2})/(\d{1,2})/(\d{4}|\d{2})(?:[ T]+(\d{1,2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?(?: ?([AP])M)?)?",
    re.IGNORECASE,
)
_ISO = re.compile(r"\d{4}-\d{2}-\d{2}(?:[ T].+)?")
_CENTURY, _EARLIEST, _NOON = 2000, 1900, 12


def moments(zone: str, parse: Parse) -> Parse:
    """Return a parser of instants (UTC), local to ``zone`` without an offset. It raises ``BadRowError``."""
    local = ZoneInfo(zone)

    def moment(text: str) -> datetime:
        try:
            at = parse(text)
            at = (at if at.tzinfo else at.replace(tzinfo=local)).astimezone(UTC)
        except (ValueError, OverflowError):
            raise BadRowError(f"'{text[:40]}' is no date that this format knows") from None
        if at.year < _EARLIEST:
            raise BadRowError(f"'{text[:40]}' lies before {_EARLIEST}")
        return at

    return moment


def iso(text: str) -> datetime:
    """Parse ISO 8601; a date alone is its midnight. Raises ``ValueError``."""
    if not _ISO.fullmatch(text):
        raise ValueError(text)
    return datetime.fromisoformat(text)


def iso_or_month_first(text: str) -> datetime:
    """Parse ISO 8601 or American dates, such as ``1/31/20 0:05`` and ``12/31/2017 11:59:58 PM``."""
    slashed = _SLASHED.fullmatch(text)
    if slashed is None:
        return iso(text)
    month, day, year, hour, minute, second, half = slashed.groups()
    hours = int(hour or 0)
    if half:
        if not 1 <= hours <= _NOON:
            raise ValueError(text)
        hours = hours % _NOON + (_NOON if half in "Pp" else 0)
    full = int(year) + (_CENTURY if len(year) == len("20") else 0)
    return datetime(full, int(month), int(day), hours, int(minute or 0), int(second or 0))  # noqa: DTZ001


def by_forms(forms: Sequence[str]) -> Parse:
    """Return a parser that tries patterns of ``strptime`` in turn."""

    def parse(text: str) -> datetime:
        for form in forms:
            with suppress(ValueError):
                return datetime.strptime(text, form)  # noqa: DTZ007 - the zone is the caller's
        raise ValueError(text)

    return parse
