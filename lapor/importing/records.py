"""What a row of a file says, whatever its form, and what is told of rows that are not (quite) taken."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from lapor.domain.vocabulary import Stage


class BadRowError(ValueError):
    """A row that cannot be taken; the sentence says why."""


@dataclass(frozen=True, slots=True)
class RowProblem:
    """What is reported of a line: why it was rejected, or what had to be supposed where it was kept."""

    line: int
    number: str
    reason: str
    rejected: bool = True


@dataclass(frozen=True, slots=True)
class Record:
    """A complaint of another system, with its past.

    ``number`` is the one it had there, ``agency`` a code; ``filing`` is a body as ``Complaint.file`` takes
    it; ``happened`` holds, for each verb that its stage implies, when it was done (UTC);
    ``said`` the bodies of those verbs. ``notes`` are what had to be supposed.
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
        return max((self.filed_at, *self.happened.values()))


@dataclass(frozen=True)
class Format:
    """How a kind of file is read; its naive moments are local to ``zone``."""

    name: str
    zone: str
    record: Callable[[int, Mapping[str, str]], Record]
    """From a line's number and its values to a record; raises ``BadRowError``."""
    column_name: Callable[[str], str]
    """From a column's name as a file writes it to the one that ``record`` knows."""
    columns: frozenset[str]
    """Those without which nothing can be read."""
    number: str
    """The one that holds the complaint's number."""
    agencies: Mapping[str, str]
    """Names of agencies by code, for those that are not known yet."""
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
"""The verbs by which a complaint came to where the file says it stands."""


def in_order(
    filed_at: datetime, happened: Mapping[str, datetime]
) -> tuple[dict[str, datetime], tuple[str, ...]]:
    """The moments of the verbs, none earlier than the one before it, and what had to be moved for that."""
    before, ordered, notes = filed_at, {}, []
    for verb, at in happened.items():
        if at < before:
            notes.append(
                f"'{verb}' was dated before what it follows; it is taken to have been at that moment"
            )
        before = ordered[verb] = max(at, before)
    return ordered, tuple(notes)


def point(latitude: str, longitude: str) -> dict[str, float]:
    """``lat`` and ``lon`` of a place, or nothing where the row has neither. Raises ``BadRowError``."""
    if not latitude and not longitude:
        return {}
    try:
        return {"lat": float(latitude), "lon": float(longitude)}
    except ValueError:
        raise BadRowError(f"'{latitude}', '{longitude}' is no latitude and longitude") from None
