"""Laws of any log, under any rules: judged from the stored events alone."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from lapor.application.application import LaporApplication
from lapor.audit.conformance import Conformance, FindingKind
from lapor.audit.exports.period import ALL_DAYS
from lapor.cli.shared.common import OPERATOR
from lapor.domain.complaint.events import ComplaintEvent
from lapor.domain.deadlines.clock import Clock, Stop

from .table import ENDED
from .working_days import OpeningHours


class BrokenLaw(AssertionError):
    """A law does not hold."""


def law(holds: object, says: str) -> None:
    if not holds:
        raise BrokenLaw(says)


class Ledger:
    """The promises of one complaint, followed from event to event."""

    def __init__(self, offices: dict[UUID | None, OpeningHours]) -> None:
        self.offices = offices
        self.open: dict[tuple[str, UUID | None], tuple[int, datetime]] = {}  # n, origin
        self.moved: dict[tuple[str, UUID | None], datetime] = {}
        self.count: dict[str, int] = defaultdict(int)

    def stop(self, stop: Stop, at: datetime) -> None:
        owed = stop.step, stop.agency
        law(owed in self.open, f"{stop.step} ends for {stop.agency}, who does not owe it")
        n, origin = self.open.pop(owed)
        law(stop.n == n, f"{stop.step} {n} is ended as {stop.n}")
        most = self.offices[stop.agency].minutes(origin, at)
        law(0 <= stop.working_minutes <= most, f"{stop.step}: {stop.working_minutes} of {most} open minutes")
        if stop.outcome == "moved":
            self.moved[owed] = origin

    def start(self, clock: Clock, at: datetime) -> None:
        owed = clock.step, clock.agency
        law(owed not in self.open, f"{clock.step} begins for {clock.agency}, who owes it already")
        self.count[clock.step] += 1
        law(clock.n == self.count[clock.step], f"{clock.step} is counted as {clock.n}")
        law(clock.due_at > at, f"{clock.step} is born broken")
        self.open[owed] = clock.n, self._carried(*owed) or at

    def _carried(self, step: str, agency: UUID | None) -> datetime | None:
        """When what goes on now began: what the agency owed itself, or what was handed to it."""
        handed_on = [owed for owed in self.moved if owed[0] == step]
        own = [owed for owed in handed_on if owed[1] == agency]
        return self.moved.pop(next(iter([*own, *handed_on]))) if handed_on else None

    def owes(self, step: str) -> bool:
        return any(owed == step for owed, _ in self.open)


def check_complaint(events: Sequence[ComplaintEvent], offices: dict[UUID | None, OpeningHours]) -> None:
    """Every promise begins once and ends once; what is open is owed by somebody; time never falls."""
    ledger, stage, last = Ledger(offices), "filed", events[0].at
    for version, event in enumerate(events, 1):
        law(event.originator_version == version, "versions are dense")
        law(event.at >= last, "time never falls within a stream")
        for stop in event.stops:
            ledger.stop(stop, event.at)
        for clock in event.starts:
            ledger.start(clock, event.at)
        stage, last = event.stage_after or stage, event.at
        if stage in ENDED:
            ledger.moved.clear()  # a promise that waited for the reporter is owed no more
    if stage in ENDED:
        law(not ledger.open, f"it is {stage}, and {set(ledger.open)} is still owed")
    else:
        law(ledger.open, f"it is {stage}, and nobody owes anything")
    law(
        (stage == "awaiting_reporter") == ledger.owes("reporter_completion"),
        f"{stage}: whose turn is it?",
    )
    law((stage == "responded") == ledger.owes("reporter_reply"), f"{stage}: whose turn is it?")
    law(stage == "awaiting_reporter" or not ledger.moved, f"{set(ledger.moved)} never went on")


def check_conformance(application: LaporApplication) -> None:
    """No complaint left the prescribed way, and nobody judged their own work. (Players hold no office.)"""
    findings = Conformance(application, lambda _: None).check(OPERATOR, ALL_DAYS).findings
    wrong = [each for each in findings if each.breach and each.found is not FindingKind.WITHOUT_ROLE]
    law(not wrong, f"conformance: {wrong[:3]}")
