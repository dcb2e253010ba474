"""150,000 open clocks: finding due timers, firing a thousand at once, and the timers of a Monday morning."""

import itertools
import time
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import psycopg
from psycopg.conninfo import make_conninfo

from benchmarks.figures import Figure
from benchmarks.histories import AGENCIES, TIMING
from lapor.application.application import KeylessApplication
from lapor.application.reference_data import ReferenceData
from lapor.domain.agency import Agency
from lapor.domain.aggregate import Aggregate, Event
from lapor.domain.complaint import Complaint
from lapor.domain.context import Actor, CommandContext
from lapor.domain.deadlines.working_time import INDONESIAN_HOURS
from lapor.domain.vocabulary import Kind, Role, Sealed
from lapor.reactions.reminders import ReminderService
from lapor.reactions.scheduler import Scheduler
from lapor.reactions.timers import Timers
from lapor.store.codec import encode
from lapor.store.database import Database
from lapor.store.postgres_event_log import PostgresEventLog

COMPLAINTS, CLOCKS = 37_500, 150_000
AT_ONCE, MORNING = 1_000, 10_000
_SHAPES = 240
_SEALED = Sealed("s1." + "A" * 124)
_BEGINNING = datetime(2026, 11, 2, 1, tzinfo=UTC)
_FIND_MS, _FIRE_SECONDS, _LAG_SECONDS = 50.0, 4.0, 60.0


def _context(at: datetime, role: Role) -> CommandContext:
    return CommandContext(Actor("bench", role), at, TIMING)


def _events(aggregate: Aggregate) -> list[tuple[int, str, bytes]]:
    events = [event for event in aggregate.pending_events if isinstance(event, Event)]
    return [(event.originator_version, event.TOPIC, encode(event)) for event in events]


def _with_an_agency(number: int) -> list[tuple[int, str, bytes]]:
    """Return the events of a complaint that an agency has had for hours or days: four clocks are open."""
    at = _BEGINNING + timedelta(minutes=83 * number)
    complaint = Complaint.file(
        _context(at, Role.REPORTER), stream=uuid4(), code=f"LP-{number:04}", text=_SEALED, consent=True
    )
    complaint.route(
        _context(at + timedelta(hours=2), Role.COORDINATOR),
        agency=AGENCIES[number % len(AGENCIES)],
        kind=Kind.COMPLAINT,
        category="roads",
        title=_SEALED,
    )
    return _events(complaint)


def _fill(url: str) -> None:
    positions = itertools.count(1)
    shapes = [_with_an_agency(number) for number in range(_SHAPES)]
    statement = "COPY event (position, stream, version, topic, state) FROM STDIN WITH (FORMAT BINARY)"
    with psycopg.connect(make_conninfo(url, options="-c role=lapor_owner")) as connection:
        with connection.cursor().copy(statement) as copy:
            copy.set_types(["int8", "uuid", "int4", "text", "bytea"])
            for number, stream in enumerate(AGENCIES):
                agency = Agency.register(
                    _context(_BEGINNING, Role.ADMINISTRATOR),
                    stream=stream,
                    code=f"A{number}",
                    name="Dinas",
                    hours=INDONESIAN_HOURS,
                )
                for event in _events(agency):
                    copy.write_row((next(positions), stream, *event))
            for number in range(COMPLAINTS):
                stream = uuid4()
                for event in shapes[number % _SHAPES]:
                    copy.write_row((next(positions), stream, *event))
        connection.execute("ANALYZE event")


class _Bench:
    """A scheduler with a clock that the benchmark sets."""

    def __init__(self, url: str) -> None:
        self.now = _BEGINNING
        self.database = Database(url, connections=2)
        reference_data = ReferenceData(INDONESIAN_HOURS)
        self.application = KeylessApplication(
            PostgresEventLog(self.database), clock=lambda: self.now, reference_data=reference_data
        )
        self.timers = Timers(self.database)
        self.scheduler = Scheduler(self.database, self.application)

    def waiting(self) -> int:
        return self._number("SELECT count(*) FROM timer")

    def reminders(self) -> int:
        return self._number("SELECT count(*) FROM event WHERE topic = 'lapor.complaint.reminded'")

    def _number(self, query: str) -> int:
        with self.database.connection() as connection:
            (number,) = connection.execute(query.encode()).fetchone() or (0,)
        return int(number)

    def advance_to(self, nth: int) -> None:
        """Advance the clock until so many timers are due."""
        query = "SELECT fire_at FROM timer ORDER BY fire_at OFFSET %s LIMIT 1"
        with self.database.connection() as connection:
            (self.now,) = connection.execute(query, [nth - 1]).fetchone() or (self.now,)

    def finding(self) -> float:
        """Return the fastest of ten queries for due timers, in milliseconds."""
        reacting, times = ReminderService(self.application, self.timers), []
        for _ in range(10):
            began = time.perf_counter()
            _, due = reacting.due(AT_ONCE)
            times.append((time.perf_counter() - began) * 1000)
        assert len(due) == AT_ONCE, f"{len(due)} are due"
        return min(times)

    def firing(self) -> tuple[int, float]:
        """Fire timers until none is due; return how many, and the seconds that it took, folding included."""
        before, began = self.reminders(), time.perf_counter()
        while self.scheduler.step():
            pass
        return self.reminders() - before, time.perf_counter() - began


def measure(url: str) -> list[Figure]:
    """Measure on a log of complaints that are all with an agency."""
    _fill(url)
    bench = _Bench(url)
    began = time.perf_counter()
    bench.scheduler._follower.step()  # noqa: SLF001 - follow the log only, fire nothing
    followed = COMPLAINTS / (time.perf_counter() - began)
    waiting = bench.waiting()
    bench.advance_to(AT_ONCE)
    found = bench.finding()
    fired, seconds = bench.firing()
    bench.advance_to(MORNING)
    many, late = bench.firing()
    clocks = f"{CLOCKS:,} open clocks, {waiting:,} timers"
    bench.database.close()
    return [
        Figure("timers, made again from the log", followed, "complaints/s", note=clocks),
        Figure(
            f"finding {AT_ONCE:,} that are due",
            found,
            "ms",
            goal=f"≤ {_FIND_MS:.0f} ms",
            met=found <= _FIND_MS,
            note=f"best of 10; {clocks}",
        ),
        Figure(
            f"doing {AT_ONCE:,} at once",
            seconds,
            "s",
            goal=f"≤ {_FIRE_SECONDS:.0f} s",
            met=seconds <= _FIRE_SECONDS and fired >= AT_ONCE,
            note=f"{fired:,} told, each an event of its own; followed and in the outbox",
        ),
        Figure(
            f"{MORNING:,} that come due at once: the last is late by",
            late,
            "s",
            goal=f"< {_LAG_SECONDS:.0f} s",
            met=late < _LAG_SECONDS and many >= MORNING,
            note=f"{many / late:,.0f} a second",
        ),
    ]
