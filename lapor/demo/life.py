"""One complaint's life: what is decided about it beforehand, and the acts that its scenes are made of."""

from collections.abc import Generator
from dataclasses import dataclass, field
from datetime import datetime
from random import Random
from typing import Any, TypeVar
from uuid import UUID

from lapor.demo.cast import Cast
from lapor.demo.data import Category, Outside, Story, Unfit
from lapor.demo.rhythm import Rhythm
from lapor.demo.writing import Pen
from lapor.domain.access import Caller
from lapor.domain.terms import Channel, Kind, Privacy, Stage

R = TypeVar("R")


@dataclass(frozen=True)
class Act:
    """Somebody does something at some moment; ``by`` None: the reporter, with his receipt."""

    at: datetime
    verb: str
    by: Caller | None
    body: dict[str, Any]


Scene = Generator[Act, None, R]
"""Acts in the order of time; the next one is asked for when the last one has been done."""


@dataclass
class Life:
    """What the scenes know of a complaint and of those around it."""

    rng: Random
    rhythm: Rhythm
    cast: Cast
    pen: Pen
    at: datetime
    category: Category
    story: Story
    channel: Channel
    privacy: Privacy
    unfit: Unfit | None = None
    outside: Outside | None = None
    agency: str = ""
    kind: Kind = Kind.COMPLAINT
    rejected: int = 0
    reopened: int = 0
    late: bool = False
    steps: list[str] = field(default_factory=list)
    # what the player keeps of it
    id: UUID | None = None
    code: str = ""
    receipt: str | None = None
    version: int = 0
    stage: Stage = Stage.FILED

    def __post_init__(self) -> None:
        self.kind = self.story.kind
        self.agency = self.category.agency

    def chance(self, share: float) -> bool:
        return self.rng.random() < share

    def does(self, verb: str, at: datetime, by: Caller | None, **body: Any) -> Scene[None]:
        """One act. Time goes on to it."""
        self.at = at
        yield Act(at, verb, by, body)

    def at_work(self, minutes: float) -> datetime:
        return self.rhythm.at_work(self.rng, self.at, minutes)

    def awake(self, hours: float) -> datetime:
        return self.rhythm.awake(self.rng, self.at, hours)

    @property
    def title(self) -> str:
        source = self.unfit or self.outside or self.story
        return self.pen.fill(source.title)
