"""Escalation (eskalasi): to a higher level, to the Ombudsman, to SP4N-LAPOR!."""

from typing import Annotated

from lapor.domain.access import Scope
from lapor.domain.command_fields import FileNumber, MustBeTrue, Slug
from lapor.domain.complaint.complaint_event import ComplaintEvent
from lapor.domain.complaint.state import ENDED, ComplaintState
from lapor.domain.complaint.workflow import verb
from lapor.domain.context import CommandContext
from lapor.domain.errors import InvalidFieldError, LimitReachedError
from lapor.domain.vocabulary import Role, Stage

HIGHEST_LEVEL = 3
_OPEN = frozenset(Stage) - ENDED


class Escalated(ComplaintEvent):
    """Somebody higher up has to look at it (eskalasi): 1 the coordinator, 2 the agency's head, 3 the top."""

    TOPIC = "lapor.complaint.escalated"
    INTERNAL = True

    level: int

    def change(self, complaint: ComplaintState) -> None:
        complaint.level = self.level


class ReferredToOmbudsman(ComplaintEvent):
    """The reporter takes it to the Ombudsman, and agreed that it is handed over."""

    TOPIC = "lapor.complaint.referred_to_ombudsman"

    consent: bool
    reference: str | None


class Sp4nLinked(ComplaintEvent):
    """It is known to SP4N-LAPOR! under this number."""

    TOPIC = "lapor.complaint.sp4n_linked"

    tracking_id: str

    def change(self, complaint: ComplaintState) -> None:
        complaint.sp4n = self.tracking_id


class Escalation(ComplaintState):
    """The ways to a higher level and outside."""

    @verb(
        stages=_OPEN,
        records=(Escalated,),
        grants={
            Role.COORDINATOR: Scope.ALL,
            Role.NATIONAL: Scope.ALL,
            Role.ARBITER: Scope.ALL,
            Role.INSPECTOR: Scope.OVERSIGHT,
        },
        needs_reason=True,
    )
    def escalate(self, context: CommandContext) -> None:
        """Bring it to the next higher level: 1 the coordinator, 2 the agency's head, 3 the regency's top."""
        if self.level >= HIGHEST_LEVEL:
            raise LimitReachedError(f"It is at the highest level, {HIGHEST_LEVEL}, already.")
        self.record(Escalated, context, level=self.level + 1, reason=context.reason)

    @verb(
        stages={
            Stage.ROUTED,
            Stage.DISPUTED,
            Stage.IN_PROGRESS,
            Stage.RESPONDED,
            Stage.CLOSED,
            Stage.ARCHIVED,
        },
        records=(ReferredToOmbudsman,),
        grants={Role.REPORTER: Scope.OWN, Role.COORDINATOR: Scope.ALL, Role.NATIONAL: Scope.ALL},
    )
    def refer_to_ombudsman(
        self,
        context: CommandContext,
        *,
        consent: Annotated[bool, MustBeTrue()],
        reference: FileNumber | None = None,
    ) -> None:
        """Take it to the Ombudsman, the reporter agreeing that it is handed over. It goes on here as well."""
        self.record(
            ReferredToOmbudsman,
            context,
            consent=consent,
            reference=reference,
            reason=context.reason,
        )

    @verb(
        stages=set(Stage),
        records=(Sp4nLinked,),
        grants={Role.COORDINATOR: Scope.ALL, Role.NATIONAL: Scope.ALL},
    )
    def link_sp4n(self, context: CommandContext, *, tracking_id: Slug) -> None:
        """Note under which number SP4N-LAPOR! knows it; a number belongs to one complaint."""
        if self.sp4n is not None:
            raise InvalidFieldError("tracking_id", f"It is linked to {self.sp4n} already.")
        self.record(Sp4nLinked, context, tracking_id=tracking_id, reason=context.reason)
