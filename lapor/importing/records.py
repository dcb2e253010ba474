"""Records: a file's rows in one form, and the problems of rows that are rejected or changed."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from lapor.domain.vocabulary import Stage


class BadRowError(ValueError):
    """A row that cannot be imported; the sentence says why."""


@dataclass(frozen=True, slots=True)
class RowProblem:
    """A report on a line: why it was rejected, or what was assumed where it was imported."""

    line: int
    number: str
    reason: str
    rejected: bool = True


@dataclass(frozen=True, slots=True)
class Record:
    """A complaint of another system, with its history.

    ``number`` is its number there, ``agency`` a code; ``filing`` is a body for ``Complaint.file``;
    ``happened`` gives the instant (UTC) of each verb that its stage implies, ``said`` the bodies of those
    verbs. ``notes`` are the assumptions that were made.
    """

    line: int
    number: str
    stage: Stage
    agency: str | None
    filed_at: datetime
    filing: Mapping[str, Any]
    happened: Mapping[str, datetime]
    said: Mapping[str, Mapping[str, Any]]
    notes: tuple[str, ...] = ()

    @property
    def last_at(self) -> datetime:
        """The latest instant of its history (UTC)."""
        return max((self.filed_at, *self.happened.values()))


@dataclass(frozen=True)
class Format:
    """How a kind of file is read; its naive datetimes are local to ``zone``."""

    name: str
    zone: str
    record: Callable[[int, Mapping[str, str]], Record]
    """From a line's number and its values to a record; raises ``BadRowError``."""
    column_name: Callable[[str], str]
    """From a column's name as a file writes it to the one that ``record`` knows."""
    columns: frozenset[str]
    """The columns without which nothing can be read."""
    number: str
    """The column with the complaint's number."""
    agencies: Mapping[str, str]
    """Names of agencies by code, for those that are not registered yet."""
    delimiter: str = ","


WAYS: Mapping[Stage, Sequence[str]] = {
    Stage.FILED: (),
    Stage.ROUTED: ("route",),
    Stage.IN_PROGRESS: ("route", "accept"),
    Stage.RESPONDED: ("route", "respond"),
    Stage.CLOSED: ("route", "respond", "close"),
    Stage.ARCHIVED: ("archive",),
    Stage.TRANSFERRED: ("transfer",),
    Stage.WITHDRAWN: ("withdraw",),
}
"""The verbs that lead to each stage a file may give."""


def in_order(
    filed_at: datetime, happened: Mapping[str, datetime]
) -> tuple[dict[str, datetime], tuple[str, ...]]:
    """Return the verbs' instants, none earlier than the one before, and notes on those that were moved."""
    before, ordered, notes = filed_at, {}, []
    for verb, at in happened.items():
        if at < before:
            notes.append(
                f"'{verb}' was dated before what it follows; it is taken to have been at that moment"
            )
        before = ordered[verb] = max(at, before)
    return ordered, tuple(notes)


def point(latitude: str, longitude: str) -> dict[str, float]:
    """Return ``lat`` and ``lon`` of a place, or nothing if the row has neither. Raises ``BadRowError``."""
    if not latitude and not longitude:
        return {}
    try:
        return {"lat": float(latitude), "lon": float(longitude)}
    except ValueError:
        raise BadRowError(f"'{latitude}', '{longitude}' is no latitude and longitude") from None
