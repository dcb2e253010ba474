"""A log to measure reads on: complaints from filing to closing, made by the domain and copied in."""

import itertools
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import psycopg
from psycopg.conninfo import make_conninfo

from lapor.domain.aggregate import Event
from lapor.domain.complaint import Complaint
from lapor.domain.context import Actor, CommandContext
from lapor.domain.deadlines.indonesia import INDONESIA
from lapor.domain.deadlines.policy import SP4N_2018
from lapor.domain.deadlines.timing import Timing
from lapor.domain.deadlines.working_time import INDONESIAN_HOURS
from lapor.domain.vocabulary import Kind, Outcome, Role, Sealed
from lapor.store.codec import encode

TIMING = Timing(SP4N_2018, INDONESIA, lambda _: INDONESIAN_HOURS)
CATEGORIES = ["infrastructure", "health", "civil-registration", "environment", "transport"]
AGENCIES = [UUID(int=number) for number in range(1, 15)]
_SEALED = Sealed("s1." + "A" * 124)
_TITLE = f'"title":"{_SEALED}"'.encode()
_SHAPES = 100


def life(number: int) -> list[tuple[int, str, bytes]]:
    """Return a complaint's events: eight, or fewer if it is still open."""
    at = datetime(2026, 3, 2, 3, tzinfo=UTC) + timedelta(hours=17 * number)
    agency = AGENCIES[number % len(AGENCIES)]

    def context(role: Role, hours: float) -> CommandContext:
        return CommandContext(Actor("citizen", role, agency=agency), at + timedelta(hours=hours), TIMING)

    complaint = Complaint.file(
        context(Role.REPORTER, 0), stream=uuid4(), code=f"LP-{number:04}", text=_SEALED, consent=True
    )
    complaint.route(
        context(Role.COORDINATOR, 5),
        agency=agency,
        kind=list(Kind)[number % 4],
        category=CATEGORIES[number % len(CATEGORIES)],
        title=_SEALED,
    )
    if number % 10 > 0:
        complaint.follow_up(context(Role.LIAISON, 30), text=_SEALED, public=True)
    if number % 10 > 1:
        complaint.respond(context(Role.LIAISON, 90), text=_SEALED, outcome=Outcome.FIXED)
    if number % 10 > 2:
        complaint.accept_response(context(Role.REPORTER, 120))
    events = [event for event in complaint.pending_events if isinstance(event, Event)]
    return [(event.originator_version, event.TOPIC, encode(event)) for event in events]


def copy_in(url: str, complaints: int, title: Callable[[UUID], str] = lambda _: _SEALED) -> int:
    """Fill an empty log with complaints, all filed before any continues; return how many events that are.

    ``title`` encrypts a title for a stream, if lists will have to decrypt it.
    """
    shapes = [life(number) for number in range(_SHAPES)]
    lives = [(uuid4(), shapes[number % _SHAPES]) for number in range(complaints)]
    positions = itertools.count(1)
    longest = max(len(shape) for shape in shapes)
    statement = "COPY event (position, stream, version, topic, state) FROM STDIN WITH (FORMAT BINARY)"
    with psycopg.connect(make_conninfo(url, options="-c role=lapor_owner")) as connection:
        with connection.cursor().copy(statement) as copy:
            copy.set_types(["int8", "uuid", "int4", "text", "bytea"])
            for step in range(longest):
                for stream, shape in lives:
                    if step < len(shape):
                        version, topic, state = shape[step]
                        if topic == "lapor.complaint.verified":
                            state = state.replace(_TITLE, f'"title":"{title(stream)}"'.encode())
                        copy.write_row((next(positions), stream, version, topic, state))
        connection.execute("ANALYZE event")
    return next(positions) - 1
