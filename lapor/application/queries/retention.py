"""For how long personal data are kept, which are due to be erased, and which reporters asked for erasure."""

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from lapor.application.application import LaporApplication
from lapor.application.pages import read_page
from lapor.application.queries.reference_history import history
from lapor.application.result import Result
from lapor.domain.access import SEE_RETENTION, SEE_RULES, Caller, actor_for
from lapor.domain.complaint.state import ENDED
from lapor.domain.retention_policy import RetentionRule, RetentionVersion
from lapor.domain.vocabulary import Kind, Stage
from lapor.store.database import Database
from projections import retention as kept
from projections.engine.read_your_writes import wait_for
from projections.retention import RETENTION, RetentionRow

_DUE, _REQUESTS = "retention due", "retention requests"
_ENDS = tuple(stage for stage in Stage if stage in ENDED)
_DAY = timedelta(days=1)


class RetentionQueries:
    """Questions about the policy, and about complaints that it concerns."""

    def __init__(self, application: LaporApplication, database: Database) -> None:
        self._application = application
        self._database = database

    def all(self, caller: Caller) -> list[dict[str, Any]]:
        """Return every version, in the order in which they were adopted."""
        actor_for(caller, SEE_RULES)
        rules = self._application.reference_data.rules
        now = rules.retention_at(self._application.clock())
        versions = rules.retention_policy.versions if rules.retention_policy else ()
        return [{**version_view(version), "in_force": version is now} for version in versions]

    def history(self, caller: Caller, *, after: int, limit: int) -> tuple[list[Any], bool]:
        """Return the policy's events of versions above ``after``, and whether there are more."""
        actor_for(caller, SEE_RULES)
        policy = self._application.reference_data.rules.retention_policy
        return history(self._application, policy.id if policy else None, after=after, limit=limit)

    def due(self, caller: Caller, *, limit: int, cursor: str | None, position: int | None = None) -> Result:
        """Return a page of complaints whose personal data are due to be erased, the first that ended first.

        Raises ``CursorError`` and ``BeyondHeadError``.
        """
        actor_for(caller, SEE_RETENTION)
        rules, now = self._application.reference_data.rules, self._application.clock()
        policy = rules.retention_at(now)
        cells = due_cells(self._application, policy, now) if policy else []
        after, reached = self._begin(_DUE, cursor, position)
        rows, following = read_page(
            lambda most: kept.due(self._database, cells, limit=most, after=after),
            limit,
            cursor=lambda row: self._application.cursors.make(_DUE, (row.ended_at, row.stream)),
        )
        items = []
        for row in rows:
            rule = policy.rule(row.kind, row.stage) if policy else None
            assert rule is not None and row.ended_at is not None  # noqa: S101, PT018 - or it is not due
            ended_on = rules.local_day(row.ended_at)
            due_on = ended_on + timedelta(days=rule.days)
            items.append(_item(row) | {"ended_on": ended_on, "due_on": due_on, "automatic": rule.automatic})
        body = {"items": items, "next": following, "policy": policy.id if policy else None}
        return Result(body, 0, reached)

    def requests(
        self, caller: Caller, *, limit: int, cursor: str | None, position: int | None = None
    ) -> Result:
        """Return a page of complaints whose reporter asked for erasure and waits. Raises as ``due``."""
        actor_for(caller, SEE_RETENTION)
        after, reached = self._begin(_REQUESTS, cursor, position)
        rows, following = read_page(
            lambda most: kept.requested(self._database, limit=most, after=after),
            limit,
            cursor=lambda row: self._application.cursors.make(_REQUESTS, (row.requested_at, row.stream)),
        )
        items = [_item(row) | {"requested_at": row.requested_at, "held": row.held} for row in rows]
        return Result({"items": items, "next": following}, 0, reached)

    def _begin(
        self, listed: str, cursor: str | None, position: int | None
    ) -> tuple[kept.RetentionKey | None, int]:
        """Return after which row a page begins, and the position that the list has reached."""
        after = self._application.cursors.read(listed, cursor)
        reached = wait_for(self._database, position or 0, (RETENTION,))
        return ((after[0], after[1]) if after and after[0] else None), reached


def due_cells(
    application: LaporApplication, policy: RetentionVersion, now: datetime, *, automatic: bool = False
) -> Sequence[kept.RetentionCutoff]:
    """Return before which instant complaints ended that are due now, by stage and kind.

    ``automatic``: only those whose rule needs nobody to confirm it.
    """
    rules = [(stage, kind, policy.rule(kind, stage)) for stage in _ENDS for kind in (None, *Kind)]
    return [
        (stage, kind, kept_since(application, rule, now))
        for stage, kind, rule in rules
        if rule is not None and (rule.automatic or not automatic)
    ]


def kept_since(application: LaporApplication, rule: RetentionRule, now: datetime) -> datetime:
    """Return the instant before which a complaint must have ended to be due, counted in local days."""
    today = application.reference_data.rules.local_day(now)
    first_kept = today - timedelta(days=rule.days) + _DAY
    return datetime.combine(first_kept, time.min, ZoneInfo(application.zone))


def _item(row: RetentionRow) -> dict[str, Any]:
    return {"id": row.stream, "code": row.code, "kind": row.kind, "stage": row.stage}


def version_view(version: RetentionVersion) -> dict[str, Any]:
    """Return a version as anybody may see it."""
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
