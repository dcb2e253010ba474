"""What must hold in any log, whatever the rules say: judged from the stored facts alone."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from lapor.domain.complaint.facts import ComplaintFact

from .table import ENDED
from .working_days import Office


class Broken(AssertionError):
    """A law does not hold."""


def law(holds: object, says: str) -> None:
    if not holds:
        raise Broken(says)


class Ledger:
    """The promises of one complaint, followed from fact to fact."""

    def __init__(self, offices: dict[UUID | None, Office]) -> None:
        self.offices = offices
        self.open: dict[str, tuple[int, UUID | None, datetime]] = {}  # n, agency, origin
        self.moved: dict[str, tuple[UUID | None, datetime]] = {}
        self.count: dict[str, int] = defaultdict(int)

    def stop(self, stop: Any, at: datetime) -> None:
        law(stop.step in self.open, f"{stop.step} ends, and does not run")
        n, agency, origin = self.open.pop(stop.step)
        law((stop.n, stop.agency) == (n, agency), f"{stop.step} {n} is ended as {stop.n} of {stop.agency}")
        most = self.offices[agency].minutes(origin, at)
        law(0 <= stop.working_minutes <= most, f"{stop.step}: {stop.working_minutes} of {most} open minutes")
        if stop.outcome == "moved":
            self.moved[stop.step] = agency, origin

    def start(self, clock: Any, at: datetime) -> None:
        law(clock.step not in self.open, f"{clock.step} begins, and runs already")
        self.count[clock.step] += 1
        law(clock.n == self.count[clock.step], f"{clock.step} is counted as {clock.n}")
        law(clock.due_at > at, f"{clock.step} is born broken")
        before = self.moved.pop(clock.step, None)
        self.open[clock.step] = clock.n, clock.agency, before[1] if before else at


def check_complaint(facts: Sequence[ComplaintFact], offices: dict[UUID | None, Office]) -> None:
    """Every promise begins once and ends once; what is open is owed by somebody; time never falls."""
    ledger, stage, last = Ledger(offices), "filed", facts[0].at
    for version, fact in enumerate(facts, 1):
        law(fact.originator_version == version, "versions are dense")
        law(fact.at >= last, "time never falls within a stream")
        for stop in fact.stops:
            ledger.stop(stop, fact.at)
        for clock in fact.starts:
            ledger.start(clock, fact.at)
        stage, last = fact.stage_after or stage, fact.at
        if stage in ENDED:
            ledger.moved.clear()  # what waited for the reporter is owed no more
    if stage in ENDED:
        law(not ledger.open, f"it is {stage}, and {set(ledger.open)} is still owed")
    else:
        law(ledger.open, f"it is {stage}, and nobody owes anything")
    law(
        (stage == "awaiting_reporter") == ("reporter_completion" in ledger.open),
        f"{stage}: whose turn is it?",
    )
    law((stage == "responded") == ("reporter_reply" in ledger.open), f"{stage}: whose turn is it?")
    law(stage == "awaiting_reporter" or not ledger.moved, f"{set(ledger.moved)} never went on")
