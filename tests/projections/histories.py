"""Random histories of complaints, made with the real verbs in legal steps."""

import contextlib
import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

from lapor.domain.aggregate import Event
from lapor.domain.command_fields import Field
from lapor.domain.complaint.complaint import Complaint
from lapor.domain.complaint.events import Location, Part, Reporter
from lapor.domain.complaint.state import ComplaintState
from lapor.domain.complaint.workflow import WORKFLOW, Verb, perform
from lapor.domain.context import Actor, CommandContext
from lapor.domain.deadlines.indonesia import CALENDARS, INDONESIA
from lapor.domain.deadlines.policy import SP4N_2018
from lapor.domain.deadlines.timing import Timing
from lapor.domain.deadlines.working_time import INDONESIAN_HOURS
from lapor.domain.errors import Refusal
from lapor.domain.vocabulary import Channel, Kind, MoveGround, Privacy, Role, Sealed, Step
from lapor.store.codec import encode
from lapor.store.event_log import RecordedEvent

TIMING = Timing(SP4N_2018, INDONESIA, lambda _: INDONESIAN_HOURS)
_LATE = {date(2025, 3, day): "Cuti Bersama" for day in (7, 14, 21, 26)}
_LATER = replace(INDONESIA, id="id-2026/2", holidays={**INDONESIA.holidays, **_LATE})
DECREED = replace(TIMING, calendar=_LATER, calendars={**CALENDARS, _LATER.id: _LATER})
AGENCIES = [UUID(int=number) for number in (11, 22, 33)]
BEGINNING = datetime(2025, 3, 3, 2, 30, tzinfo=UTC)
PAUSES = [timedelta(minutes=minutes) for minutes in (0, 7, 600, 3_000, 9_000)]


class Chance:
    """Draws the values of bodies. The same seed gives the same history."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    def sealed(self) -> Sealed:
        return Sealed("s1." + self.random.randbytes(self.random.choice([92, 156])).hex())

    def value(self, field: Field) -> object:
        """Return some value of a field's type."""
        if field.type is Part:
            return (Part(self.sealed(), self.sealed()),)
        if field.type is ComplaintState:
            return _filed(self, BEGINNING, TIMING)
        if field.many:
            return tuple(self.sealed() for _ in range(self.random.randint(1, 3)))
        if field.sealed:
            return self.sealed()
        drawn: dict[object, object] = {
            bool: self.random.random() < 0.5,
            date: date(2026, 12, 1),
            int: self.random.randint(1, 5),
            UUID: self.random.choice(AGENCIES),
            str: self.random.choice(["roads", "lamps", "id-card"]),
        }
        return drawn[field.type] if field.type in drawn else self.random.choice(list(field.type))

    def body(self, verb: Verb, complaint: Complaint) -> dict[str, object]:
        """Return a body that the verb accepts. Optional fields may be left out if the complaint has them."""
        body: dict[str, object] = {}
        for field in verb.fields:
            if field.name == "reason":
                continue  # it is in the context
            if field.name == "privacy":
                body["privacy"] = self.random.choice(
                    [p for p in Privacy if not complaint.privacy.tighter_than(p)]
                )
            elif field.required or self.random.random() < 0.5 or not _known(complaint, field.name):
                body[field.name] = self.value(field)
        return body | ({"children": (UUID(int=7),)} if verb.name == "split" else {})


def _known(complaint: Complaint, name: str) -> bool:
    if name == "title":
        return complaint.has_title
    return bool(getattr(complaint, name, True))


def _context(
    chance: Chance,
    at: datetime,
    agencies: Sequence[UUID] = (),
    role: Role = Role.REPORTER,
    timing: Timing = TIMING,
) -> CommandContext:
    agency = chance.random.choice(agencies) if agencies else None
    name = f"{role}-{chance.random.randint(1, 2)}"
    channel = chance.random.choice([channel for channel in Channel if channel is not Channel.SYSTEM])
    actor = Actor(name, role, channel, agency)
    cause = str(UUID(int=chance.random.getrandbits(128)))
    return CommandContext(actor, at, timing, cause, reason=chance.sealed())


def _filed(chance: Chance, at: datetime, timing: Timing) -> Complaint:
    one = chance.random.choice
    return Complaint.file(
        _context(chance, at, timing=timing),
        stream=UUID(int=chance.random.getrandbits(128), version=4),
        code=f"LP-{chance.random.getrandbits(40):X}",
        text=chance.sealed(),
        consent=True,
        title=one([None, chance.sealed()]),
        kind=one([None, *Kind]),
        category=one([None, "roads"]),
        service=one([None, "id-card"]),
        place=one([None, Location(village=one([None, "33.74.01.1001"]), cell="-6.99,110.42")]),
        happened_on=one([None, date(2025, 3, 1)]),
        reporter=one([None, Reporter(name=chance.sealed(), phone=chance.sealed())]),
        privacy=one(list(Privacy)),
    )


def complaint(
    chance: Chance,
    *,
    steps: int,
    at: datetime = BEGINNING,
    pauses: Sequence[timedelta] = PAUSES,
    timing: Timing = TIMING,
) -> Complaint:
    """Return a complaint after at most ``steps`` verbs, each legal at its stage.

    Before each verb the clock advances by one of ``pauses``; a negative one is a jump back.
    """
    made = _filed(chance, at, timing)
    for _ in range(steps):
        verbs = [verb for verb in WORKFLOW.values() if made.stage in verb.stages]
        verbs += [verb for verb in verbs if verb.leads_to]  # so that it gets further
        if not verbs:
            break
        verb = chance.random.choice(verbs)
        if verb.name == "erase" and chance.random.random() < 0.8:
            continue  # rarely, because nothing more happens afterwards
        at += chance.random.choice(pauses)
        with contextlib.suppress(Refusal):  # a refused verb has no event
            role = chance.random.choice([role for role in Role if verb.possible(made.stage, role)])
            perform(
                made, verb.name, _context(chance, at, made.agencies, role, timing), chance.body(verb, made)
            )
        if timing is TIMING and chance.random.random() < 0.2:
            made.follow(
                replace(_context(chance, at), timing=DECREED), ground=MoveGround.CALENDAR, basis="SKB"
            )
        for step in Step:
            with contextlib.suppress(Refusal):
                if chance.random.random() < 0.2:
                    made.excuse(_context(chance, at, timing=timing), step=step)
    return made


def events_of(complaint: Complaint) -> list[Event]:
    return list(complaint.pending_events)  # type: ignore[arg-type]


def history(seed: int, complaints: int, steps: int = 7) -> list[Event]:
    """Return the events of several complaints, interleaved, each complaint's in their order."""
    chance = Chance(seed)
    streams = []
    for _ in range(complaints):
        at = BEGINNING + timedelta(
            days=chance.random.randint(0, 60), microseconds=chance.random.randint(0, 9)
        )
        streams.append(events_of(complaint(chance, steps=chance.random.randint(0, steps), at=at)))
    order = [number for number, events in enumerate(streams) for _ in events]
    chance.random.shuffle(order)
    waiting = [iter(events) for events in streams]
    return [next(waiting[number]) for number in order]


def rows_of(events: Sequence[Event], after: int = 0) -> list[RecordedEvent]:
    """Return the events as the log holds them, from position ``after`` + 1."""
    return [
        RecordedEvent(after + n, event.originator_id, event.originator_version, event.TOPIC, encode(event))
        for n, event in enumerate(events, 1)
    ]
