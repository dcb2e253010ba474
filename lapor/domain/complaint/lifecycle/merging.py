"""Merging (penggabungan) and splitting (pemecahan): complaints that turn out to be one, or several."""

from typing import Annotated
from uuid import UUID

from lapor.domain.access import Scope
from lapor.domain.command_fields import Derived, Many, Reference
from lapor.domain.complaint.complaint_event import ComplaintEvent
from lapor.domain.complaint.state import ENDED, ComplaintState
from lapor.domain.complaint.values import Part
from lapor.domain.complaint.workflow import verb
from lapor.domain.context import CommandContext
from lapor.domain.errors import InvalidFieldError
from lapor.domain.vocabulary import Privacy, Role, Stage, Step

_JOINERS = {Role.COORDINATOR: Scope.ORDINARY, Role.NATIONAL: Scope.ORDINARY}


class Merged(ComplaintEvent):
    """It is about the same as ``into``, which goes on for both; its number stays (digabung)."""

    TOPIC = "lapor.complaint.merged"
    STAGE = Stage.MERGED

    into: UUID


class FollowerAdded(ComplaintEvent):
    """Another complaint, ``follower``, was merged into this one; its reporter follows this one."""

    TOPIC = "lapor.complaint.follower_added"

    follower: UUID


class Split(ComplaintEvent):
    """It held several matters; the others go on as complaints of their own (dipecah)."""

    TOPIC = "lapor.complaint.split"

    children: tuple[UUID, ...]


class Merging(ComplaintState):
    """Merging and splitting."""

    @verb(stages={Stage.FILED, Stage.VERIFIED}, leads_to={Stage.MERGED}, records=(Merged,), grants=_JOINERS)
    def merge(
        self, context: CommandContext, *, into: Annotated[ComplaintState, Reference("complaint")]
    ) -> None:
        """Merge it into another complaint about the same. Its reporter keeps the number and follows that one.

        Refused if either is confidential, or if the other is less private: both reporters see the answer.
        """
        if into.id == self.id:
            raise InvalidFieldError("into", "It cannot be merged into itself.")
        if into.stage in ENDED:
            raise InvalidFieldError("into", f"That complaint is {into.stage}; name one that is still open.")
        if Privacy.CONFIDENTIAL in {self.privacy, into.privacy}:
            raise InvalidFieldError("into", "A confidential complaint is never merged with another.")
        if self.privacy.tighter_than(into.privacy):
            raise InvalidFieldError(
                "into", f"That complaint is {into.privacy}, this one {self.privacy}: less private is refused."
            )
        self.record(
            Merged,
            context,
            into=into.id,
            reason=context.reason,
            stops=(
                *self.promises.kept(context, Step.VERIFY),
                *self.promises.void(context, Step.FOLLOW_UP, Step.RESOLVE, Step.LEGAL_LIMIT),
            ),
        )
        into.record(FollowerAdded, context, follower=self.id)

    @verb(stages={Stage.FILED, Stage.VERIFIED, Stage.IN_PROGRESS}, records=(Split,), grants=_JOINERS)
    def split(
        self,
        context: CommandContext,
        *,
        parts: Annotated[tuple[Part, ...], Many(10)],  # noqa: ARG002 - filed by the application
        children: Annotated[tuple[UUID, ...], Derived()],
    ) -> None:
        """Turn further matters that it holds into complaints of their own, opened by the same receipt."""
        self.record(Split, context, children=children, reason=context.reason)
