"""The regency, its stories and its phrases, as the TOML files beside this module tell them."""

from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any, TypeVar

import msgspec

from lapor.domain.vocabulary import ArchiveReason, Kind, Outcome, OwnerType, Role

T = TypeVar("T")


@dataclass(frozen=True)
class AgencyPart:
    """An agency and its pace: see ``regency.toml``."""

    code: str
    name: str
    owner_type: OwnerType = OwnerType.GOVERNMENT
    days: float = 7.0
    spread: float = 0.5
    forgets: float = 0.04
    charm: float = 0.55
    two_persons: bool = False


@dataclass(frozen=True)
class District:
    """A kecamatan; ``people`` is its weight, ``at`` a point in it."""

    code: str
    name: str
    at: tuple[float, float]
    people: float
    roads: list[str]
    villages: list[str]


@dataclass(frozen=True)
class OfficerPart:
    """An officer who serves the whole regency."""

    role: Role
    name: str
    agency: str | None = None


@dataclass(frozen=True)
class PersonNames:
    """Names to draw from."""

    given: list[str]
    family: list[str]


@dataclass(frozen=True)
class Regency:
    """Who there is, and where."""

    agency: list[AgencyPart]
    district: list[District]
    people: PersonNames
    officer: list[OfficerPart]


@dataclass(frozen=True)
class DemoStory:
    """One thing to report: see ``stories.toml``."""

    title: str
    text: str
    kind: Kind = Kind.COMPLAINT
    service: str | None = None
    number: str | None = None
    answers: dict[Outcome, list[str]] = field(default_factory=dict)
    details: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Category:
    """A category and all that is said about it: see ``stories.toml``."""

    code: str
    agency: str
    weight: float
    mistaken: list[str]
    details: list[str]
    stories: list[DemoStory]
    answers: dict[Outcome, list[str]]
    season: dict[str, float] = field(default_factory=dict)
    where: bool = False
    steps: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class UnfitReport:
    """Something that cannot be processed."""

    reason: ArchiveReason
    title: str
    text: str
    answer: str


@dataclass(frozen=True)
class OutsideMatter:
    """Something that an institution outside has to answer."""

    receiver: str
    title: str
    text: str
    reason: str


def _read(name: str, shape: type[T]) -> T:
    text = files("lapor.demo").joinpath("data", name).read_bytes()
    return msgspec.toml.decode(text, type=shape)


@cache
def regency() -> Regency:
    return _read("regency.toml", Regency)


@cache
def categories() -> list[Category]:
    return _read("stories.toml", dict[str, list[Category]])["category"]


@cache
def _phrases() -> dict[str, Any]:
    return _read("phrases.toml", dict[str, Any])


def phrases(name: str) -> list[Any]:
    """The phrases of one kind: sentences, or (``questions``) lists of them."""
    found: list[Any] = _phrases()[name]
    return found


@cache
def unfit() -> list[UnfitReport]:
    return msgspec.convert(phrases("unfit"), list[UnfitReport])


@cache
def outside() -> list[OutsideMatter]:
    return msgspec.convert(phrases("outside"), list[OutsideMatter])
