"""Moves of open deadlines after a decree, or an application of a policy: a forecast, then small steps.

No progress is stored. A promise that was moved names the calendar or policy by which it is due now, so a
worker that begins again after a crash finds the rest.
"""

import hashlib
import math
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice
from typing import Any
from uuid import UUID

import msgspec

from lapor.application.application import LaporApplication
from lapor.application.commands.reference_streams import folded
from lapor.application.rules_in_force import RuleChange
from lapor.domain.access import VIEW, Caller, reach
from lapor.domain.complaint import Complaint
from lapor.domain.context import Actor, CommandContext
from lapor.domain.deadlines.timing import Timing
from lapor.domain.errors import ConflictError, NotConfirmedError
from lapor.domain.vocabulary import MoveGround, Role
from lapor.store.database import Database
from lapor.store.event_log import SideWrites
from projections.engine.read_your_writes import wait_for
from projections.sla.open_promises import AffectedPromises, PromiseKey
from projections.sla.promises import PROMISES

_PAGE = 200  # complaints
_FORECAST = 1000  # complaints, before a change is confirmed: as many as can be folded while the caller waits
_SHOWN = 200  # deadlines
_FOLLOWED, _SELDOM = 60.0, 600.0  # seconds
_MOVER = Actor("system:deadlines", Role.ADMINISTRATOR)


@dataclass(frozen=True)
class DeadlineMoveForecast:
    """How many deadlines a change would move, and the first of them if the caller may see them.

    ``complete``: every complaint concerned was folded. ``concerned`` is the number of open promises
    concerned.
    """

    moves: int
    complete: bool
    concerned: int
    items: list[dict[str, Any]]


class DeadlineMoves:
    """Forecasts which deadlines move, and moves them."""

    def __init__(self, application: LaporApplication, database: Database) -> None:
        self._application = application
        self._database = database
        self._changes: list[RuleChange] = []
        self._decided = self._ran = -math.inf

    def foresee(self, caller: Caller, change: RuleChange, timing: Timing) -> DeadlineMoveForecast:
        """Return which deadlines a change would move."""
        application, now = self._application, self._application.clock()
        wait_for(self._database, application.log.head(), [PROMISES])
        wanted = _concerned(change)
        concerned = wanted.count(self._database, now)
        streams = self._streams(wanted, now)
        moved = []
        for stream in islice(streams, _FORECAST):
            complaint: Complaint = folded(application.log.read_stream(stream).rows)
            moved += [(complaint, *move) for move in complaint.would_follow(timing, change.ground, now)]
        codes = {agency.id: agency.code for agency in application.reference_data.agencies.values()}
        shown = sorted(moved, key=lambda move: move[1].clock.due_at)[:_SHOWN]
        items = [
            {
                "id": complaint.id,
                "code": complaint.code,
                "agency": codes.get(running.clock.agency) if running.clock.agency else None,
                "step": running.clock.step,
                "n": running.clock.n,
                "from": running.clock.due_at,
                "to": clock.due_at,
            }
            for complaint, running, clock in shown
        ]
        seen = reach(caller, VIEW.grants).everything
        return DeadlineMoveForecast(len(moved), next(streams, None) is None, concerned, items if seen else [])

    def follow(self) -> int:
        """Move deadlines for a minute after a decision, and every ten minutes; return how many moved.

        A promise made while a decree was being stored may not follow it, so a decision is followed for a
        minute. Promises that imports make later, or a clock that is wrong, are found every ten minutes.
        """
        self._application.catch_up()
        now, changes = time.monotonic(), self._application.reference_data.rules.changes()
        if changes != self._changes:
            self._changes, self._decided = changes, now
        if now - self._decided > _FOLLOWED and now - self._ran < _SELDOM:
            return 0
        self._ran = now
        return self.run()

    def run(self) -> int:
        """Move every deadline that has to follow and has not yet; return how many moved.

        A complaint that changes at the same moment is left for the next time.
        """
        application = self._application
        application.catch_up()
        return sum(
            self._follow(stream, change)
            for change in application.reference_data.rules.changes()
            for stream in self._streams(_concerned(change), application.clock())
        )

    def _streams(self, wanted: AffectedPromises, now: datetime) -> Iterator[UUID]:
        """Yield the complaints concerned, each once, read page by page."""
        after: PromiseKey | None = None
        yielded: set[UUID] = set()
        if not wanted.ids:
            return
        while page := wanted.page(self._database, now, after=after, limit=_PAGE):
            for _, stream in page:
                if stream not in yielded:
                    yielded.add(stream)
                    yield stream
            after = page[-1]

    def _follow(self, stream: UUID, change: RuleChange) -> int:
        application, rules = self._application, self._application.reference_data.rules
        complaint: Complaint = folded(application.log.read_stream(stream).rows)
        now = application.clock()
        timing = application.timing(now)
        if change.ground is MoveGround.POLICY:
            timing = replace(timing, policy=rules.policies[change.to])
        context = CommandContext(_MOVER, now, timing, cause=str(change.cause))
        moved = complaint.follow(context, ground=change.ground, basis=change.basis)
        try:
            if moved:
                application.save(complaint, side_writes=SideWrites())
        except ConflictError:
            return 0
        return moved

    def confirmation(self, change: RuleChange, fields: object, moves: int) -> str:
        """Return a value that names a change and its forecast; a caller who sends it back confirms both."""
        change_and_forecast = msgspec.json.encode([change.ids, change.to, fields, moves], order="sorted")
        digest = hashlib.blake2b(
            change_and_forecast, key=self._application.receipt_secret, digest_size=12, person=b"confirm"
        )
        return f"{moves}-{digest.hexdigest()}"

    def check_confirmed(self, change: RuleChange, fields: object, confirmed: str) -> None:
        """Raise ``NotConfirmedError`` if the value was not issued for this change of these rules."""
        moves = int(confirmed.partition("-")[0])
        if self.confirmation(change, fields, moves) != confirmed:
            raise NotConfirmedError


def _concerned(change: RuleChange) -> AffectedPromises:
    return AffectedPromises(change.ground, change.ids, change.since, change.unmoved)


def preview(
    foreseen: DeadlineMoveForecast, confirm: str, change: RuleChange, instead_of: str
) -> dict[str, Any]:
    """Return the view of a change that has not been made yet."""
    return {
        "confirm": confirm,
        "becomes": change.to,
        "instead_of": instead_of,
        "moves": foreseen.moves,
        "complete": foreseen.complete,
        "concerned": foreseen.concerned,
        "items": foreseen.items,
    }
