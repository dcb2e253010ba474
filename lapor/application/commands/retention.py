"""For how long personal data are kept, whose are due to be erased, and who asked for it.

A data protection officer confirms what is due by erasing it; where the policy says so it goes by itself.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

from lapor.application.application import CommandRequest, LaporApplication
from lapor.application.commands.reference_streams import change, folded, history, saved
from lapor.application.result import Result
from lapor.application.sealing import plain_body
from lapor.domain.access import MANAGE_RETENTION, SEE_RETENTION, SEE_RULES, Caller, actor_for
from lapor.domain.command_fields import fields_of
from lapor.domain.complaint import Complaint
from lapor.domain.complaint.state import ENDED
from lapor.domain.context import Actor, CommandContext
from lapor.domain.errors import ConflictError, TakenError
from lapor.domain.retention_policy import NAME, RetentionPolicy, RetentionRule, RetentionVersion
from lapor.domain.vocabulary import Channel, ErasureBasis, Kind, Role, Stage
from lapor.store.database import Database
from lapor.store.event_log import SideWrites, UniqueName
from projections import retention as kept
from projections.engine.read_your_writes import wait_for
from projections.retention import KEPT, RetentionRow

ADOPTING = fields_of(RetentionPolicy.adopt)
BATCH = 100
_BY_ITSELF = Actor("system:retention", Role.SYSTEM, Channel.SYSTEM)
_DAY = timedelta(days=1)


@dataclass(frozen=True)
class _By:
    """A list: its name, how rows after a place are read, what it shows of one, and its place."""

    name: str
    read: Callable[[kept.Place | None], list[RetentionRow]]
    view: Callable[[RetentionRow], dict[str, Any]]
    place: Callable[[RetentionRow], datetime | None]


class RetentionCommands:
    """The policy, and what follows from it."""

    def __init__(self, application: LaporApplication, database: Database) -> None:
        self._application = application
        self._database = database

    def all(self, caller: Caller) -> list[dict[str, Any]]:
        """Every version, in the order in which they were adopted."""
        actor_for(caller, SEE_RULES)
        now = self._now()
        return [
            {**_version_view(version), "in_force": version is now}
            for policy in self._policies
            for version in policy.versions
        ]

    def adopt(self, body: Mapping[str, Any], command: CommandRequest) -> Result:
        """Lay down for how long, from a day on. Raises ``InvalidFieldError`` and what an append raises."""
        context = self._application.context(actor_for(command.caller, MANAGE_RETENTION), command)
        asked = plain_body(ADOPTING, body)
        asked["today"] = self._application.reference_data.rules.local_day(context.at)
        for policy in self._policies:
            return change(
                self._application, policy.id, _view, command, lambda it: it.adopt_again(context, **asked)
            )
        it = RetentionPolicy.adopt(context, stream=uuid4(), **asked)
        try:
            side_writes = SideWrites(
                command.request(command.caller.id), unique_names=[UniqueName("retention policy", NAME, it.id)]
            )
            return saved(self._application, it, _view, side_writes)
        except TakenError:
            raise ConflictError from None  # somebody else adopted the first

    def history(self, caller: Caller, *, after: int, limit: int) -> tuple[list[Any], bool]:
        """The events that made it what it is."""
        actor_for(caller, SEE_RULES)
        stream = next((policy.id for policy in self._policies), None)
        return history(self._application, stream, after=after, limit=limit)

    def due(self, caller: Caller, *, limit: int, cursor: str | None, position: int | None = None) -> Result:
        """Complaints whose personal data are due to be erased, those that ended first at the head.

        Raises ``CursorError`` and ``BeyondHeadError``.
        """
        actor_for(caller, SEE_RETENTION)
        policy, now = self._now(), self._application.clock()
        cells = self._cells(policy, now) if policy else []

        def read(after: kept.Place | None) -> list[RetentionRow]:
            return kept.due(self._database, cells, limit=limit + 1, after=after)

        def view(row: RetentionRow) -> dict[str, Any]:
            rule = policy.rule(row.kind, row.stage) if policy else None
            assert rule is not None and row.ended_at is not None  # noqa: S101, PT018 - or it is not due
            ended_on = self._application.reference_data.rules.local_day(row.ended_at)
            due_on = ended_on + timedelta(days=rule.days)
            return {"ended_on": ended_on, "due_on": due_on, "automatic": rule.automatic}

        by = _By("due", read, view, lambda row: row.ended_at)
        found = self._page(by, limit, cursor, position)
        found.body["policy"] = policy.id if policy else None
        return found

    def requests(
        self, caller: Caller, *, limit: int, cursor: str | None, position: int | None = None
    ) -> Result:
        """Complaints whose reporter asked for erasure, and waits. Raises as ``due``."""
        actor_for(caller, SEE_RETENTION)

        def read(after: kept.Place | None) -> list[RetentionRow]:
            return kept.requested(self._database, limit=limit + 1, after=after)

        def view(row: RetentionRow) -> dict[str, Any]:
            return {"requested_at": row.requested_at, "held": row.held}

        by = _By("requests", read, view, lambda row: row.requested_at)
        return self._page(by, limit, cursor, position)

    def _page(self, by: _By, limit: int, cursor: str | None, position: int | None) -> Result:
        cursors, named = self._application.cursors, f"retention {by.name}"
        after = cursors.read(named, cursor) if cursor else None
        reached = wait_for(self._database, position or 0, (KEPT,))
        rows = by.read((after[0], after[1]) if after and after[0] else None)
        shown = rows[:limit]
        items = [
            {"id": row.stream, "code": row.code, "kind": row.kind, "stage": row.stage, **by.view(row)}
            for row in shown
        ]
        more = len(rows) > limit
        following = cursors.make(named, (by.place(shown[-1]), shown[-1].stream)) if more else None
        return Result({"items": items, "next": following}, 0, reached)

    def erase_due(self, limit: int = BATCH) -> int:
        """Erase what the policy says goes by itself, a batch at most; how many that were.

        Each complaint says once more whether it may be: what was reopened or held a moment ago stays, and two
        that do it at once erase once. What somebody else changes at that moment is left for the next time.
        """
        self._application.catch_up()
        policy, now = self._now(), self._application.clock()
        if policy is None:
            return 0
        cells = self._cells(policy, now, automatic=True)
        rows = kept.due(self._database, cells, limit=limit) if cells else []
        return sum(self._erase(row.stream, policy, now) for row in rows)

    def _erase(self, stream: UUID, policy: RetentionVersion, now: datetime) -> bool:
        it: Complaint = folded(self._application.log.read_stream(stream).rows)
        rule = policy.rule(it.kind, it.stage)
        may_go = rule is not None and rule.automatic and not (it.held or it.erased)
        if rule is None or not may_go or it.ended_at is None or it.ended_at >= self._before(rule, now):
            return False
        context = CommandContext(_BY_ITSELF, now, self._application.timing(now))
        it.erase(context, basis=ErasureBasis.RETENTION, reference=policy.id)
        try:
            self._application.save(it, side_writes=SideWrites(erased=(stream,)))
        except ConflictError:
            return False
        return True

    def _cells(
        self, policy: RetentionVersion, now: datetime, *, automatic: bool = False
    ) -> Sequence[kept.Cell]:
        """What is due at an instant, by stage and kind."""
        ruled = [(stage, kind, policy.rule(kind, stage)) for stage in _ENDS for kind in (None, *Kind)]
        return [
            (stage, kind, self._before(rule, now))
            for stage, kind, rule in ruled
            if rule is not None and (rule.automatic or not automatic)
        ]

    def _before(self, rule: RetentionRule, now: datetime) -> datetime:
        """What ended before this instant has been kept for so many local days."""
        today = self._application.reference_data.rules.local_day(now)
        first_kept = today - timedelta(days=rule.days) + _DAY
        return datetime.combine(first_kept, time.min, ZoneInfo(self._application.zone))

    def _now(self) -> RetentionVersion | None:
        today = self._application.reference_data.rules.local_day(self._application.clock())
        return next((found for each in self._policies if (found := each.in_force(today))), None)

    @property
    def _policies(self) -> Sequence[RetentionPolicy]:
        """The one stream, once there is one."""
        return list(self._application.reference_data.rules.retention.values())


_ENDS = tuple(stage for stage in Stage if stage in ENDED)


def _view(it: RetentionPolicy) -> dict[str, Any]:
    return _version_view(it.versions[-1])


def _version_view(version: RetentionVersion) -> dict[str, Any]:
    return {
        "id": version.id,
        "effective_from": version.effective_from,
        "regulation": version.regulation,
        "rules": [
            {
                "days": rule.days,
                "kinds": list(rule.kinds),
                "stages": list(rule.stages),
                "automatic": rule.automatic,
                "source": rule.source,
            }
            for rule in version.rules
        ],
    }
