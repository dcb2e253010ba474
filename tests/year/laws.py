"""Laws that hold after a year, checked on the events alone."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import pairwise
from uuid import UUID

from lapor.domain.complaint import Complaint, events
from lapor.domain.complaint.events import ComplaintEvent
from lapor.domain.complaint.state import ENDED
from lapor.domain.deadlines.clock import Running
from lapor.domain.deadlines.timing import Timing
from lapor.domain.vocabulary import OF_REPORTER, Ground, Role, Step

SHARES = (50, 80, 100, 200)
Mark = tuple[Step, int, int]


def violations(stream: Sequence[ComplaintEvent], timing: Timing, ends: datetime) -> Iterator[str]:
    """Yield a sentence for each fault in one complaint's year; none, if all is well."""
    told = Counter(mark_of(event) for event in stream if isinstance(event, events.Reminded))
    should = dict(due(stream, timing, ends))
    yield from (f"{mark} was told {often} times" for mark, often in told.items() if often > 1)
    yield from (f"{mark} was not told" for mark in should.keys() - told.keys())
    yield from (f"{mark} was told though it was not to be" for mark in told.keys() - should.keys())
    for event in stream:
        if isinstance(event, events.Reminded) and should.get(mark_of(event), event.at) != event.at:
            yield f"{mark_of(event)} was told at {event.at}, and not at {should[mark_of(event)]}"
    complaint = folded(stream)
    if complaint.stage not in ENDED and not complaint.promises.running:
        yield f"nobody owes anything at stage {complaint.stage}"
    if complaint.stage in ENDED and complaint.promises.running:
        yield f"something is owed at stage {complaint.stage}"
    yield from silence(stream)
    yield from (f"{step} {n} counted minutes twice" for step, n in overcounted(stream, timing))


def folded(stream: Iterable[ComplaintEvent]) -> Complaint:
    complaint = None
    for event in stream:
        complaint = event.mutate(complaint)
    assert isinstance(complaint, Complaint)
    return complaint


def mark_of(event: events.Reminded) -> Mark:
    return event.step, event.n, event.share


def lives(stream: Sequence[ComplaintEvent], ends: datetime) -> Iterator[tuple[Running, datetime, Complaint]]:
    """Each clock that ran, until when it did, and the complaint as it was just before it stopped."""
    complaint: Complaint | None = None
    for event in stream:
        before = dict(complaint.promises.running) if complaint else {}
        if complaint:
            yield from (
                (before[stop.step, stop.n], event.at, complaint)
                for stop in event.stops
                if (stop.step, stop.n) in before
            )
        complaint = event.mutate(complaint)
    assert complaint is not None
    yield from ((running, ends, complaint) for running in complaint.promises.running.values())


def due(stream: Sequence[ComplaintEvent], timing: Timing, ends: datetime) -> Iterator[tuple[Mark, datetime]]:
    """Each mark whose moment passed while its clock ran, and that moment."""
    for running, until, complaint in lives(stream, ends):
        clock = running.clock
        for share in SHARES[:2] if clock.step in OF_REPORTER else SHARES:
            at = timing.moment(running, share, kind=complaint.kind)
            if at is not None and at < until:
                yield (clock.step, clock.n, share), at


def silence(stream: Sequence[ComplaintEvent]) -> Iterator[str]:
    """The end by silence comes once it is due, after reminders, and rates nothing."""
    complaint = None
    for before, event in pairwise(stream):
        complaint = before.mutate(complaint)
        by_silence = isinstance(event, events.Closed) and event.ground is Ground.SILENCE
        if by_silence or isinstance(event, events.DeemedWithdrawn):
            step = Step.REPORTER_REPLY if by_silence else Step.REPORTER_COMPLETION
            running = [each for (of, _), each in complaint.promises.running.items() if of is step]
            if not running or running[0].clock.due_at >= event.at:
                yield f"silence ended it at {event.at}, before its time"
            if complaint.objection_open and by_silence:
                yield "silence ended it though there was an objection"
            reminders = len(complaint.promises.reporter_reminded.get(step, ()))
            if reminders != len(SHARES[:2]):
                yield f"silence ended it after {reminders} reminders"
        if isinstance(event, events.Rated) and event.role is not Role.REPORTER:
            yield "somebody else than the reporter rated it"
        if isinstance(event, events.Rated) and before.role is Role.SYSTEM and before.at == event.at:
            yield "silence rated it"


def overcounted(stream: Sequence[ComplaintEvent], timing: Timing) -> Iterator[tuple[Step, int]]:
    """Promises, each with those that it carries on, of which more minutes were counted than passed."""
    complaint: Complaint | None = None
    spent: dict[tuple[Step, datetime, UUID | None], int] = defaultdict(int)
    for event in stream:
        before = dict(complaint.promises.running) if complaint else {}
        for stop in event.stops:
            running = before.get((stop.step, stop.n))
            if running is None:
                continue
            chain = stop.step, running.origin, None if stop.step not in _SIDE_BY_SIDE else stop.agency
            spent[chain] += stop.working_minutes - running.before
            worked = timing.working_time(stop.agency)
            if spent[chain] > worked.minutes_between(running.origin, event.at):
                yield stop.step, stop.n
        complaint = event.mutate(complaint)


_SIDE_BY_SIDE = frozenset({Step.FOLLOW_UP})
"""Each agency that has a part in it has a clock of its own."""
