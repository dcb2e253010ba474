"""One complaint's life: what is decided about it beforehand, and the acts that its scenes are made of."""

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
    """Somebody does something at some moment; ``by`` None: the reporter, with his receipt."""

    at: datetime
    verb: str
    by: Caller | None
    body: dict[str, Any]


@dataclass(frozen=True)
class Until:
    """Nothing is done until then; what follows is decided by how things stand at that moment."""

    at: datetime


@dataclass(frozen=True)
class Aside:
    """Another scene begins, and goes on beside this one; it leaves the stage of a life as it is."""

    life: "Life"
    scene: "Scene[None]"


Scene = Generator[SceneAct | Until | Aside, None, R]
"""Acts in the order of time; the next one is asked for when the last one has been done."""


@dataclass
class Life:
    """What the scenes know of a complaint and of those around it."""

    rng: Random
    rhythm: WorkingHours
    cast: Cast
    pen: TextWriter
    at: datetime
    category: Category
    story: DemoStory
    channel: Channel
    privacy: Privacy
    unfit: UnfitReport | None = None
    outside: OutsideMatter | None = None
    second: "tuple[Category, DemoStory] | None" = None
    """Another matter in the same letter."""
    repeats: "Life | None" = None
    """Somebody else's earlier complaint about the same."""
    split_off: bool = False
    """Whether it was itself the second matter of a letter."""
    named: bool = False
    """Whether the reporter said who he is."""
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
    hands: set[str] = field(default_factory=set)
    """The officers who have done something about it: none of them judges of it."""
    coordinator: Caller = field(init=False)
    inspector: Caller = field(init=False)
    # what the player keeps of it
    id: UUID | None = None
    code: str = ""
    receipt: str | None = None
    version: int = 0
    stage: Stage = Stage.FILED
    shown: dict[str, Any] = field(default_factory=dict)
    """The last answer: the complaint as who acted last may see it."""

    def __post_init__(self) -> None:
        self.kind = self.story.kind
        self.agency = self.category.agency
        self.coordinator = self.cast.one(self.rng, Role.COORDINATOR)
        self.inspector = self.cast.one(self.rng, Role.INSPECTOR)

    def keep(self, answer: dict[str, Any]) -> None:
        """What the application answered, to be asked by later scenes."""
        self.shown, self.id, self.code = answer, answer["id"], answer["code"]
        self.receipt = answer.get("receipt", self.receipt)
        self.version, self.stage = answer["version"], answer["stage"]
        self.privacy = answer.get("privacy", self.privacy)

    def chance(self, share: float) -> bool:
        return self.rng.random() < share

    def does(self, verb: str, at: datetime, by: Caller | None, **body: Any) -> Scene[None]:
        """One act. Time goes on to it."""
        yield SceneAct(at, verb, by, body)
        self.at = at
        if by is not None:
            self.hands.add(by.id)

    def waits(self, at: datetime) -> Scene[None]:
        """Time goes on, and others may do something meanwhile."""
        yield Until(at)
        self.at = at

    def at_work(self, minutes: float) -> datetime:
        return self.rhythm.at_work(self.rng, self.at, minutes)

    def awake(self, hours: float) -> datetime:
        return self.rhythm.awake(self.rng, self.at, hours)

    def due(self, step: Step) -> datetime | None:
        """When the agency that answers for it has promised this step; None where it has not."""
        lead = self.shown.get("agency")
        owed = (each for each in self.shown.get("deadlines", ()) if each["agency"] == lead)
        return next((each["due_at"] for each in owed if each["step"] is step), None)

    @property
    def in_hand(self) -> bool:
        """Whether an agency has it in hand."""
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
        return self.pen.fill(source.title)
