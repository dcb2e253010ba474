"""Versions of rules that people decide: limits, retention, the calendar.

A version's id is ``<name>/<number>``, such as ``sp4n-2018/1``. It names the same rules for ever: other rules
are another version with the next number.
"""

from collections.abc import Sequence
from datetime import date
from typing import Protocol, TypeVar

from lapor.domain.errors import InvalidFieldError


class Version(Protocol):
    """Rules that apply from a local date on."""

    @property
    def effective_from(self) -> date: ...


V = TypeVar("V", bound=Version)


def in_force(versions: Sequence[V], day: date) -> V | None:
    """Return the version in force on a day, of those in the order of adoption; None before the first.

    It is the one with the latest date that has come; of several with that date, the one adopted last.
    """
    come = [version for version in versions if version.effective_from <= day]
    return max(reversed(come), key=effective_from, default=None)


def effective_from(version: Version) -> date:
    """Return the local date from which a version is in force."""
    return version.effective_from


def check_effective_from(day: date, today: date) -> None:
    """Raise ``InvalidFieldError`` for a date that has passed: other rules were in force on it."""
    if day < today:
        raise InvalidFieldError("effective_from", f"{day} has passed; begin on {today} or later.")


def name_of(version: str) -> str:
    """Return the name in a version's id."""
    return version.rpartition("/")[0]


def number_of(version: str) -> int:
    """Return the number in a version's id."""
    return int(version.rpartition("/")[2])


def next_id(version: str) -> str:
    """Return the id of the version that follows."""
    return f"{name_of(version)}/{number_of(version) + 1}"
