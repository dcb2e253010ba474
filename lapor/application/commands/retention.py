"""Commands on retention: adopt a policy, and erase what it says is erased automatically.

A data protection officer confirms the other complaints that are due by erasing them.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from lapor.application.application import CommandRequest, LaporApplication
from lapor.application.commands.reference_streams import change, folded, saved_first
from lapor.application.queries.retention import due_cells, kept_since, version_view
from lapor.application.result import Result
from lapor.application.sealing import plain_body
from lapor.domain.access import MANAGE_RETENTION, actor_for
from lapor.domain.command_fields import fields_of
from lapor.domain.complaint import Complaint
from lapor.domain.context import Actor, CommandContext
from lapor.domain.errors import ConflictError
from lapor.domain.retention_policy import NAME, RetentionPolicy, RetentionVersion
from lapor.domain.vocabulary import Channel, ErasureBasis, Role
from lapor.store.database import Database
from lapor.store.event_log import SideWrites
from projections import retention as kept

ADOPTING = fields_of(RetentionPolicy.adopt)
BATCH = 100
_BY_ITSELF = Actor("system:retention", Role.SYSTEM, Channel.SYSTEM)


class RetentionCommands:
    """Commands on the one retention policy, and the erasures that follow from it."""

    def __init__(self, application: LaporApplication, database: Database) -> None:
        self._application = application
        self._database = database

    def adopt(self, body: Mapping[str, Any], command: CommandRequest) -> Result:
        """Decide for how long personal data are kept, from a day on.

        Raises ``InvalidFieldError`` and what an append raises.
        """
        application = self._application
        context = application.context(actor_for(command.caller, MANAGE_RETENTION), command)
        rules = application.reference_data.rules
        fields = plain_body(ADOPTING, body) | {"today": rules.local_day(context.at)}
        policy = rules.retention_policy
        if policy is not None:
            return change(
                application, policy.id, _view, command, lambda policy: policy.adopt_again(context, **fields)
            )
        policy = RetentionPolicy.adopt(context, stream=uuid4(), **fields)
        return saved_first(application, policy, _view, command, ("retention policy", NAME))

    def erase_due(self, limit: int = BATCH) -> int:
        """Erase what the policy says is erased automatically, at most ``limit`` complaints; return how many.

        Each complaint is checked again: one that was reopened or put under a legal hold a moment ago is not
        erased, and two workers erase it once. One that changes at that moment is left for the next time.
        """
        application = self._application
        application.catch_up()
        now = application.clock()
        policy = application.reference_data.rules.retention_at(now)
        if policy is None:
            return 0
        cells = due_cells(application, policy, now, automatic=True)
        rows = kept.due(self._database, cells, limit=limit) if cells else []
        return sum(self._erase(row.stream, policy, now) for row in rows)

    def _erase(self, stream: UUID, policy: RetentionVersion, now: datetime) -> bool:
        application = self._application
        complaint: Complaint = folded(application.log.read_stream(stream).rows)
        rule, ended_at = policy.rule(complaint.kind, complaint.stage), complaint.ended_at
        if rule is None or not rule.automatic or complaint.held or complaint.erased:
            return False
        if ended_at is None or ended_at >= kept_since(application, rule, now):
            return False
        context = CommandContext(_BY_ITSELF, now, application.timing(now))
        complaint.erase(context, basis=ErasureBasis.RETENTION, reference=policy.id)
        try:
            application.save(complaint, side_writes=SideWrites(erased=(stream,)))
        except ConflictError:
            return False
        return True


def _view(policy: RetentionPolicy) -> dict[str, Any]:
    return version_view(policy.versions[-1])
