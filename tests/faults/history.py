"""The commands and answers of clients, and whether a log and its projections agree with them.

Every command has a key of its own, its Idempotency-Key, which the events it caused carry as their cause.
``faults`` needs no trust in the service: it takes the clients' notes, the stored rows and the
projections' rows, and says in sentences what does not fit.
"""

import threading
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

from lapor.store.event_log import RecordedEvent
from projections.catalogue import PROJECTIONS
from projections.engine.tables import fold

ENDS_WITH = {
    "file": "lapor.complaint.filed",
    "route": "lapor.complaint.routed",
    "follow-up": "lapor.complaint.followed_up",
    "respond": "lapor.complaint.responded",
    "accept-response": "lapor.complaint.closed",
    "identity": "lapor.complaint.identity_viewed",
}
"""The last event of each command that clients send."""


@dataclass(frozen=True)
class Answered:
    """A command that the service acknowledged."""

    stream: UUID
    version: int
    position: int
    receipt: str | None = None


@dataclass
class Command:
    """One command of a client, however often it was sent."""

    verb: str
    key: str = field(default_factory=lambda: str(uuid4()))
    began: float = field(default_factory=time.monotonic)
    ended: float | None = None
    answered: Answered | None = None
    refused: str | None = None

    def acknowledge(self, answered: Answered) -> None:
        self.answered, self.ended = answered, time.monotonic()


@dataclass
class History:
    """The notes of all clients. ``set_up`` counts the events that were there before they began."""

    set_up: int = 0
    commands: list[Command] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def begin(self, verb: str) -> Command:
        with self._lock:
            self.commands.append(Command(verb))
            return self.commands[-1]

    @property
    def acknowledged(self) -> list[Command]:
        return [command for command in self.commands if command.answered]


Tables = Mapping[str, Mapping[Any, Any]]


def faults(
    history: History,
    rows: Sequence[RecordedEvent],
    tables: Tables | None = None,
    tail: Sequence[RecordedEvent] | None = None,
) -> list[str]:
    """Return a sentence for each fault; none, if all promises were kept.

    ``tables`` are the projections' rows by name and key, ``tail`` what a reader saw who followed the
    log all the time.
    """
    found = [*_out_of_order(rows), *_not_as_told(history, rows), *_against_time(history, rows)]
    if tables is not None:
        found += _projected_wrong(rows, tables)
    if tail is not None and list(tail) != list(rows):
        found.append(f"the tailing reader saw {len(tail)} events, not exactly the {len(rows)} of the log")
    return found


def _out_of_order(rows: Sequence[RecordedEvent]) -> Iterator[str]:
    versions: Counter[UUID] = Counter()
    for expected, row in enumerate(rows, 1):
        if row.position != expected:
            yield f"position {row.position} stands where {expected} should"
        versions[row.stream] += 1
        if row.version != (due := versions[row.stream]):
            yield f"position {row.position} is version {row.version}, not {due}, of its stream"


def _caused(history: History, rows: Iterable[RecordedEvent]) -> dict[str | None, list[RecordedEvent]]:
    caused: dict[str | None, list[RecordedEvent]] = defaultdict(list)
    for row in rows:
        if row.position > history.set_up:
            caused[row.event().cause].append(row)
    return caused


def _not_as_told(history: History, rows: Sequence[RecordedEvent]) -> Iterator[str]:
    """Acknowledged and lost, done twice, done in part, refused and stored, never sent."""
    caused = _caused(history, rows)
    for command in history.commands:
        done, said = caused.pop(command.key, []), f"{command.verb} {command.key}"
        times = sum(row.topic == ENDS_WITH[command.verb] for row in done)
        if command.answered and not done:
            yield f"{said} was acknowledged and is lost"
        if command.refused and done:
            yield f"{said} was refused and is stored"
        if times > 1:
            yield f"{said} was done {times} times"
        elif done and not _whole(command, done):
            yield f"{said} was done in part, or torn apart"
        elif done and command.answered and _told(command.answered) != done[-1][:3]:
            yield f"{said} was answered with {_told(command.answered)}, but its last event is {done[-1][:3]}"
    for cause, ghosts in caused.items():
        yield f"nobody sent what is stored at {[row.position for row in ghosts]} (cause {cause})"


def _whole(command: Command, done: Sequence[RecordedEvent]) -> bool:
    positions, streams = [row.position for row in done], {row.stream for row in done}
    together = positions == list(range(positions[0], positions[0] + len(positions)))
    return together and len(streams) == 1 and done[-1].topic == ENDS_WITH[command.verb]


def _told(answered: Answered) -> tuple[int, UUID, int]:
    return answered.position, answered.stream, answered.version


def _against_time(history: History, rows: Sequence[RecordedEvent]) -> Iterator[str]:
    """Yield each command that stands before one that was acknowledged before it began."""
    first, last = {}, {}
    for cause, done in _caused(history, rows).items():
        first[cause], last[cause] = done[0].position, done[-1].position
    stored = [command for command in history.commands if command.key in first]
    ended = sorted((each.ended, last[each.key]) for each in stored if each.ended is not None)
    highest = upto = 0
    for command in sorted(stored, key=lambda each: each.began):
        while upto < len(ended) and ended[upto][0] < command.began:
            highest = max(highest, ended[upto][1])
            upto += 1
        if first[command.key] < highest:
            yield (
                f"{command.verb} {command.key} stands at {first[command.key]}, but when it was begun"
                f" {highest} had been acknowledged"
            )


def _projected_wrong(rows: Sequence[RecordedEvent], tables: Tables) -> Iterator[str]:
    """Each projection must be the fold of the log."""
    events = [(row.position, row.event()) for row in rows]
    for projection in PROJECTIONS:
        expected = projection.rows()
        fold(projection, events, expected)
        actual = tables[projection.name]
        missing, extra = expected.keys() - actual.keys(), actual.keys() - expected.keys()
        other = [key for key in expected.keys() & actual.keys() if expected[key] != actual[key]]
        if missing or extra or other:
            yield (
                f"{projection.name} is not the fold of the log: {len(missing)} rows missing,"
                f" {len(extra)} too many, {len(other)} different"
            )
