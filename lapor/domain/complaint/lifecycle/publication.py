"""Privacy and publication (publikasi). Nothing is public before it is published."""

from lapor.domain.access import Scope
from lapor.domain.command_fields import LongText, Title
from lapor.domain.complaint.complaint_event import ComplaintEvent
from lapor.domain.complaint.state import ComplaintState
from lapor.domain.complaint.workflow import verb
from lapor.domain.context import CommandContext
from lapor.domain.errors import InvalidFieldError, LimitReachedError
from lapor.domain.vocabulary import Kind, Privacy, Role, Sealed, Stage

_PUBLISHERS = {Role.COORDINATOR: Scope.ORDINARY, Role.NATIONAL: Scope.ORDINARY}
_SHOWN = frozenset(Stage) - {Stage.FILED, Stage.AWAITING_REPORTER, Stage.WITHDRAWN}


class PrivacySet(ComplaintEvent):
    """Its privacy was changed (kerahasiaan)."""

    TOPIC = "lapor.complaint.privacy_set"

    privacy: Privacy

    def change(self, complaint: ComplaintState) -> None:
        complaint.privacy = self.privacy


class Redacted(ComplaintEvent):
    """The public version was written: without names, without slander (penyuntingan).

    It is sealed like all text, so that it is erased with the personal data; a later one replaces it.
    """

    TOPIC = "lapor.complaint.redacted"
    INTERNAL = True

    title: Sealed
    text: Sealed
    response: Sealed | None

    def change(self, complaint: ComplaintState) -> None:
        complaint.redacted = True


class Published(ComplaintEvent):
    """The redacted version is public from now on (publikasi)."""

    TOPIC = "lapor.complaint.published"

    def change(self, complaint: ComplaintState) -> None:
        complaint.published = True


class Unpublished(ComplaintEvent):
    """It is no longer public. Becoming confidential or being withdrawn unpublishes it at once."""

    TOPIC = "lapor.complaint.unpublished"

    def change(self, complaint: ComplaintState) -> None:
        complaint.published = False


class Publication(ComplaintState):
    """Privacy and publication."""

    @verb(
        stages=set(Stage),
        records=(PrivacySet, Unpublished),
        grants={
            Role.REPORTER: Scope.OWN,
            Role.LIAISON: Scope.AGENCY,
            Role.HEAD: Scope.AGENCY,
            Role.COORDINATOR: Scope.ALL,
            Role.NATIONAL: Scope.ALL,
            Role.INSPECTOR: Scope.OVERSIGHT,
            Role.DPO: Scope.ALL,
        },
    )
    def set_privacy(self, context: CommandContext, *, privacy: Privacy) -> None:
        """Change the privacy: tighter by anyone concerned, looser by the reporter alone.

        A confidential complaint is not public. An oversight complaint stays confidential.
        """
        if privacy is self.privacy:
            raise InvalidFieldError("privacy", f"It is {privacy} already.")
        if self.kind is Kind.OVERSIGHT:
            raise InvalidFieldError("privacy", "An oversight complaint stays confidential.")
        tighten(self, context, privacy, reason=True)

    @verb(stages=_SHOWN, records=(Redacted,), grants=_PUBLISHERS)
    def redact(
        self, context: CommandContext, *, title: Title, text: LongText, response: LongText | None = None
    ) -> None:
        """Write the public version: no names, nothing that reveals the reporter. It is not shown yet.

        If it is public already, the new version is shown at once.
        """
        self._not_confidential()
        self.record(Redacted, context, title=title, text=text, response=response, reason=context.reason)

    @verb(stages=_SHOWN, records=(Published,), grants=_PUBLISHERS)
    def publish(self, context: CommandContext) -> None:
        """Make the redacted version public."""
        self._not_confidential()
        if not self.redacted:
            raise LimitReachedError("Redact it first: redact writes the public version.")
        if self.published:
            raise LimitReachedError("It is public already; redact changes the public version.")
        self.record(Published, context, reason=context.reason)

    @verb(
        stages=set(Stage),
        records=(Unpublished,),
        grants={**_PUBLISHERS, Role.DPO: Scope.ALL},
        needs_reason=True,
    )
    def unpublish(self, context: CommandContext) -> None:
        """Stop showing it to the public, for a reason."""
        if not self.published:
            raise LimitReachedError("It is not public.")
        self.record(Unpublished, context, reason=context.reason)

    def _not_confidential(self) -> None:
        if self.privacy is Privacy.CONFIDENTIAL:
            raise LimitReachedError("It is confidential: nothing of it becomes public.")


def tighten(
    complaint: ComplaintState, context: CommandContext, wanted: Privacy | None, *, reason: bool = False
) -> None:
    """Set the privacy as wanted; an oversight complaint is always confidential. Officers never loosen it."""
    if wanted and complaint.privacy.tighter_than(wanted) and context.by.role is not Role.REPORTER:
        raise InvalidFieldError(
            "privacy", f"It is {complaint.privacy}; only the reporter may make it less private than that."
        )
    privacy = Privacy.CONFIDENTIAL if complaint.kind is Kind.OVERSIGHT else wanted or complaint.privacy
    if privacy is not complaint.privacy:
        why = context.reason if reason else None
        complaint.record(PrivacySet, context, privacy=privacy, reason=why)
    if privacy is Privacy.CONFIDENTIAL:
        hide(complaint, context)


def hide(complaint: ComplaintState, context: CommandContext) -> None:
    """Stop showing it to everyone, if it is published."""
    if complaint.published:
        complaint.record(Unpublished, context)
