"""Open deadlines follow a decree, or a policy that was applied to them: seen before, done in small steps.

Nothing is kept of how far it has come. A promise that was moved names the calendar or policy by which it is
due now, so whoever begins again after a crash finds what is left.
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
from projections.sla.open_promises import AffectedPromises, Place
from projections.sla.promises import PROMISES

_PAGE = 200  # complaints
_LOOKED_AT = 1000  # complaints, before a change is confirmed: what can be folded while somebody waits
_SHOWN = 200  # deadlines
_FOLLOWED, _SELDOM = 60.0, 600.0  # seconds
_MOVER = Actor("system:deadlines", Role.ADMINISTRATOR)


@dataclass(frozen=True)
class DeadlineMoveForecast:
    """What a change would move: how many deadlines, and the first of them for who may see them.

    ``complete`` says that every complaint was looked at; ``concerned`` is how many open promises there are
    to look at.
    """

    moves: int
    complete: bool
    concerned: int
    items: list[dict[str, Any]]


class DeadlineMoves:
    """Moves deadlines, and says beforehand which."""

    def __init__(self, application: LaporApplication, database: Database) -> None:
        self._application = application
        self._database = database
        self._changes: list[RuleChange] = []
        self._heard = self._looked = -math.inf

    def foresee(self, caller: Caller, change: RuleChange, timing: Timing) -> DeadlineMoveForecast:
        """Look at what a change would move."""
        application, now = self._application, self._application.clock()
        wait_for(self._database, application.log.head(), [PROMISES])
        wanted = _concerned(change)
        concerned = wanted.count(self._database, now)
        streams = self._streams(wanted, now)
        moved = []
        for stream in islice(streams, _LOOKED_AT):
            it: Complaint = folded(application.log.read_stream(stream).rows)
            moved += [(it, *each) for each in it.would_follow(timing, change.ground, now)]
        codes = {agency.id: agency.code for agency in application.reference_data.agencies.values()}
        shown = sorted(moved, key=lambda each: each[1].clock.due_at)[:_SHOWN]
        items = [
            {
                "id": it.id,
                "code": it.code,
                "agency": codes.get(running.clock.agency) if running.clock.agency else None,
                "step": running.clock.step,
                "n": running.clock.n,
                "from": running.clock.due_at,
                "to": clock.due_at,
            }
            for it, running, clock in shown
        ]
        seen = reach(caller, VIEW.grants).everything
        return DeadlineMoveForecast(len(moved), next(streams, None) is None, concerned, items if seen else [])

    def follow(self) -> int:
        """Do so where something was decided of late, and every ten minutes in any case.

        Whoever made a promise while a decree was being stored may not have heard of it. So what was decided
        is followed for a minute, and what is made later by an import or a clock that goes wrong now and then.
        """
        self._application.catch_up()
        now, changes = time.monotonic(), self._application.reference_data.rules.changes()
        if changes != self._changes:
            self._changes, self._heard = changes, now
        if now - self._heard > _FOLLOWED and now - self._looked < _SELDOM:
            return 0
        self._looked = now
        return self.run()

    def run(self) -> int:
        """Move whatever has to follow and has not yet; how many deadlines that was.

        What somebody else changes at the same moment is left for the next time.
        """
        application = self._application
        application.catch_up()
        return sum(
            self._follow(stream, change)
            for change in application.reference_data.rules.changes()
            for stream in self._streams(_concerned(change), application.clock())
        )

    def _streams(self, wanted: AffectedPromises, now: datetime) -> Iterator[UUID]:
        """The complaints concerned, each once, read page by page."""
        after: Place | None = None
        known: set[UUID] = set()
        if not wanted.ids:
            return
        while page := wanted.page(self._database, now, after=after, limit=_PAGE):
            for _, stream in page:
                if stream not in known:
                    known.add(stream)
                    yield stream
            after = page[-1]

    def _follow(self, stream: UUID, change: RuleChange) -> int:
        application, rules = self._application, self._application.reference_data.rules
        it: Complaint = folded(application.log.read_stream(stream).rows)
        now = application.clock()
        timing = application.timing(now)
        if change.ground is MoveGround.POLICY:
            timing = replace(timing, policy=rules.policies[change.to])
        context = CommandContext(_MOVER, now, timing, cause=str(change.cause))
        moved = it.follow(context, ground=change.ground, basis=change.basis)
        try:
            if moved:
                application.save(it, side_writes=SideWrites())
        except ConflictError:
            return 0
        return moved

    def confirmation(self, change: RuleChange, asked: object, moves: int) -> str:
        """What names a change and what was seen of it; who sends it back confirms that."""
        said = msgspec.json.encode([change.ids, change.to, asked, moves], order="sorted")
        digest = hashlib.blake2b(
            said, key=self._application.receipt_secret, digest_size=12, person=b"confirm"
        )
        return f"{moves}-{digest.hexdigest()}"

    def check_confirmed(self, change: RuleChange, asked: object, confirmed: str) -> None:
        """Raises ``NotConfirmedError`` for what was not given out for this change of these rules."""
        moves = int(confirmed.partition("-")[0])
        if self.confirmation(change, asked, moves) != confirmed:
            raise NotConfirmedError


def _concerned(change: RuleChange) -> AffectedPromises:
    return AffectedPromises(change.ground, change.ids, change.since, change.unmoved)


def preview(
    foreseen: DeadlineMoveForecast, confirm: str, change: RuleChange, instead_of: str
) -> dict[str, Any]:
    """What is shown of a change that has not been made yet."""
    return {
        "confirm": confirm,
        "becomes": change.to,
        "instead_of": instead_of,
        "moves": foreseen.moves,
        "complete": foreseen.complete,
        "concerned": foreseen.concerned,
        "items": foreseen.items,
    }
