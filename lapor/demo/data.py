"""The regency, its stories and its phrases, read from the TOML files in ``data/``."""

from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any, TypeVar

import msgspec

from lapor.domain.vocabulary import ArchiveReason, Kind, Outcome, OwnerType, Role

T = TypeVar("T")


@dataclass(frozen=True)
class AgencyPart:
    """An agency and how it works: see ``regency.toml``."""

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
    """Names that people's names are drawn from."""

    given: list[str]
    family: list[str]


@dataclass(frozen=True)
class Regency:
    """Agencies, districts, names and officers."""

    agency: list[AgencyPart]
    district: list[District]
    people: PersonNames
    officer: list[OfficerPart]


@dataclass(frozen=True)
class DemoStory:
    """A matter to report: see ``stories.toml``."""

    title: str
    text: str
    kind: Kind = Kind.COMPLAINT
    service: str | None = None
    number: str | None = None
    answers: dict[Outcome, list[str]] = field(default_factory=dict)
    details: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Category:
    """A category with its stories, steps and answers: see ``stories.toml``."""

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
    """A report that cannot be processed."""

    reason: ArchiveReason
    title: str
    text: str
    answer: str


@dataclass(frozen=True)
class OutsideMatter:
    """A matter that another institution has to answer."""

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
    """Return the phrases of one kind: sentences, or (``questions``) lists of them."""
    found: list[Any] = _phrases()[name]
    return found


@cache
def unfit() -> list[UnfitReport]:
    return msgspec.convert(phrases("unfit"), list[UnfitReport])


@cache
def outside() -> list[OutsideMatter]:
    return msgspec.convert(phrases("outside"), list[OutsideMatter])
