"""One complaint's life: what is drawn beforehand, what became of it, and the steps that its scenes yield."""

from collections.abc import Generator
from dataclasses import dataclass, field
from datetime import datetime
from random import Random
from typing import Any, TypeVar
from uuid import UUID

from lapor.demo.cast import Cast
from lapor.demo.data import Category, DemoStory, OutsideMatter, UnfitReport
from lapor.demo.texts import TextWriter
from lapor.demo.timing import WorkingHours
from lapor.domain.access import Caller
from lapor.domain.vocabulary import Channel, Kind, Privacy, Role, Stage, Step

R = TypeVar("R")


@dataclass(frozen=True)
class SceneAct:
    """A verb done at a moment; ``by`` None: by the reporter, with the receipt."""

    at: datetime
    verb: str
    by: Caller | None
    body: dict[str, Any]


@dataclass(frozen=True)
class Until:
    """A wait until a moment; the scene then decides by the state of that moment."""

    at: datetime


@dataclass(frozen=True)
class Aside:
    """The start of another scene, which runs next to this one and does not change a complaint's stage."""

    life: "Life"
    scene: "Scene[None]"


Scene = Generator[SceneAct | Until | Aside, None, R]
"""Steps in the order of time; each is done before the next one is taken."""


@dataclass
class Life:
    """A complaint as the scenes know it."""

    rng: Random
    rhythm: WorkingHours
    cast: Cast
    writer: TextWriter
    at: datetime
    category: Category
    story: DemoStory
    channel: Channel
    privacy: Privacy
    unfit: UnfitReport | None = None
    outside: OutsideMatter | None = None
    second: "tuple[Category, DemoStory] | None" = None
    """Another matter in the same report."""
    repeats: "Life | None" = None
    """Somebody else's earlier complaint about the same."""
    split_off: bool = False
    """Whether it was itself the second matter of a report."""
    named: bool = False
    """Whether the reporter gave a name."""
    sp4n: str = ""
    agency: str = ""
    kind: Kind = Kind.COMPLAINT
    rejected: int = 0
    reopened: int = 0
    objected: int = 0
    committed: int = 0
    extended: bool = False
    late: bool = False
    steps: list[str] = field(default_factory=list)
    handled_by: set[str] = field(default_factory=set)
    """Ids of the officers who have handled it: none of them may decide an objection."""
    coordinator: Caller = field(init=False)
    inspector: Caller = field(init=False)
    # from the application's answers
    id: UUID | None = None
    code: str = ""
    receipt: str | None = None
    version: int = 0
    stage: Stage = Stage.FILED
    shown: dict[str, Any] = field(default_factory=dict)
    """The last answer: the complaint as the last caller may see it."""

    def __post_init__(self) -> None:
        self.kind = self.story.kind
        self.agency = self.category.agency
        self.coordinator = self.cast.one(self.rng, Role.COORDINATOR)
        self.inspector = self.cast.one(self.rng, Role.INSPECTOR)

    def keep(self, answer: dict[str, Any]) -> None:
        """Keep the application's answer for later scenes."""
        self.shown, self.id, self.code = answer, answer["id"], answer["code"]
        self.receipt = answer.get("receipt", self.receipt)
        self.version, self.stage = answer["version"], answer["stage"]
        self.privacy = answer.get("privacy", self.privacy)

    def chance(self, share: float) -> bool:
        return self.rng.random() < share

    def does(self, verb: str, at: datetime, by: Caller | None, **body: Any) -> Scene[None]:
        """Do a verb at a moment, and move the life's time to it."""
        yield SceneAct(at, verb, by, body)
        self.at = at
        if by is not None:
            self.handled_by.add(by.id)

    def waits(self, at: datetime) -> Scene[None]:
        """Wait until a moment; other scenes may act meanwhile."""
        yield Until(at)
        self.at = at

    def at_work(self, minutes: float) -> datetime:
        return self.rhythm.at_work(self.rng, self.at, minutes)

    def awake(self, hours: float) -> datetime:
        return self.rhythm.awake(self.rng, self.at, hours)

    def due(self, step: Step) -> datetime | None:
        """Return the deadline of the lead agency's promise for a step, or None."""
        lead = self.shown.get("agency")
        owed = (each for each in self.shown.get("deadlines", ()) if each["agency"] == lead)
        return next((each["due_at"] for each in owed if each["step"] is step), None)

    @property
    def in_hand(self) -> bool:
        """Whether an agency is handling it."""
        return self.stage in {Stage.ROUTED, Stage.IN_PROGRESS}

    @property
    def contested(self) -> bool:
        """Whether an objection of its reporter is still to be decided."""
        objection = self.shown.get("objection")
        return objection is not None and objection["upheld"] is None

    @property
    def ordinary(self) -> bool:
        return self.kind is not Kind.OVERSIGHT

    @property
    def title(self) -> str:
        source = self.unfit or self.outside or self.story
        return self.writer.fill(source.title)
