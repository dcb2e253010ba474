"""The objects that stand in some events of a complaint."""

from dataclasses import dataclass, fields
from typing import Annotated

from lapor.domain.command_fields import Derived, Line, LongText, Number, Slug, Title
from lapor.domain.vocabulary import IdentityReason, Kind, Outcome, Sealed


@dataclass(frozen=True, slots=True)
class Reporter:
    """The person who reports (pelapor). Everything is optional: a receipt is enough to follow a complaint."""

    name: Line | None = None
    phone: Line | None = None
    email: Line | None = None
    national_id: Line | None = None
    address: Line | None = None

    @property
    def fields_given(self) -> tuple[str, ...]:
        """The names of the fields that were filled in."""
        return tuple(name for name in _OF_REPORTER if getattr(self, name) is not None)


_OF_REPORTER = tuple(each.name for each in fields(Reporter))


@dataclass(frozen=True, slots=True)
class Location:
    """Where it happened; ``village`` is an official code, ``cell`` the point rounded to 0.01° ("lat,lon")."""

    address: Line | None = None
    village: Slug | None = None
    lat: Annotated[Sealed, Number(-90, 90)] | None = None
    lon: Annotated[Sealed, Number(-180, 180)] | None = None
    cell: Annotated[str, Derived()] | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """One of several matters that a complaint turned out to hold."""

    text: LongText
    title: Title
    kind: Kind | None = None
    category: Slug | None = None


@dataclass(frozen=True, slots=True)
class Draft:
    """An answer that waits for approval, with its author's id."""

    author: str
    text: Sealed
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class IdentityRequest:
    """A request to know an anonymous reporter: the officer, the reason, the version of its event."""

    by: str
    reason_code: IdentityReason
    version: int
