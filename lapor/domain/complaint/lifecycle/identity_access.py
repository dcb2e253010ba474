"""Who the reporter is: masked for officers until one says why he has to know (identitas pelapor).

An anonymous reporter is shown to nobody, unless two persons break the glass: one asks, another grants.
Permissions are those of ``docs/explanation.md``; none of these events asks for a version or makes one stale.
"""

from datetime import timedelta
from uuid import UUID

from lapor.domain.access import Scope
from lapor.domain.command_fields import FileNumber, Version
from lapor.domain.complaint.complaint_event import ComplaintEvent
from lapor.domain.complaint.state import ComplaintState
from lapor.domain.complaint.values import IdentityRequest
from lapor.domain.complaint.workflow import verb
from lapor.domain.context import CommandContext
from lapor.domain.errors import InvalidFieldError, LimitReachedError, NotAllowedError
from lapor.domain.vocabulary import IdentityReason, Privacy, Recipient, Role, Stage

VIEWING = "identity"
ONE_BY_ONE = frozenset({VIEWING, "request-identity", "grant-identity"})
"""What is decided about each person by himself, never about many at once."""
GRANTED_FOR = timedelta(hours=72)
"""How long who was granted an anonymous reporter's identity may look at it."""
HIDDEN_FROM_REPORTER = frozenset({IdentityReason.INVESTIGATION})
"""Reasons of which the person is not told (UU 27/2022 Ps 15): law enforcement would be spoilt by it."""
_INVESTIGATORS = frozenset({Role.INSPECTOR, Role.DPO})


class AccessEvent(ComplaintEvent):
    """What changes nothing about the complaint itself: who has not seen it decides by no less."""

    COUNTS_AS_HANDLING = False
    AUDIT_ONLY = True


class IdentityRequested(AccessEvent):
    """Somebody asked to know who an anonymous reporter is (permintaan membuka identitas).

    Another person has to grant it; ``reference`` is the letter or order that it rests on.
    """

    TOPIC = "lapor.complaint.identity_requested"

    reason_code: IdentityReason
    reference: str
    agency: UUID | None

    def change(self, complaint: ComplaintState) -> None:
        complaint.identity_asked = IdentityRequest(self.by, self.reason_code, self.originator_version)


class IdentityGranted(AccessEvent):
    """A second person let ``requester`` see who the anonymous reporter is (persetujuan membuka identitas).

    ``request`` is the version of the event by which he had asked for it.
    """

    TOPIC = "lapor.complaint.identity_granted"

    request: int
    requester: str
    reason_code: IdentityReason

    def change(self, complaint: ComplaintState) -> None:
        complaint.identity_asked = None
        complaint.identity_open_to = (self.requester, self.at)


class IdentityViewed(AccessEvent):
    """Somebody was shown in full who the reporter is (identitas dibuka).

    ``fields`` are those that he saw, ``agency`` is for whom he acted, ``break_glass``: it was anonymous.
    """

    TOPIC = "lapor.complaint.identity_viewed"

    reason_code: IdentityReason
    fields: tuple[str, ...]
    agency: UUID | None
    break_glass: bool


class PersonalDataExported(AccessEvent):
    """A copy of what is held left the office in an officer's hands (salinan data pribadi diserahkan)."""

    TOPIC = "lapor.complaint.personal_data_exported"

    recipient: Recipient
    fields: tuple[str, ...]
    agency: UUID | None


class IdentityAccess(ComplaintState):
    """Looking at who reported."""

    @verb(
        stages=set(Stage),
        grants={
            Role.LIAISON: Scope.AGENCY,
            Role.HEAD: Scope.AGENCY,
            Role.COORDINATOR: Scope.ALL,
            Role.NATIONAL: Scope.ALL,
            Role.INSPECTOR: Scope.OVERSIGHT,
            Role.DPO: Scope.ALL,
            Role.AUDITOR: Scope.ALL,
        },
        needs_version=False,
        needs_reason=True,
    )
    def identity(self, context: CommandContext, *, reason_code: IdentityReason) -> None:
        """See in full who the reporter is, for a reason. Each look is an event, also the same one again.

        The answer's `reporter` is not masked. Of an anonymous one it must have been granted before.
        """
        self._check_reason(context, reason_code)
        anonymous = self.privacy is Privacy.ANONYMOUS
        if anonymous and not self.identity_is_open_to(context):
            raise LimitReachedError(
                "The reporter is anonymous. A coordinator or data protection officer asks for it with "
                "request-identity, another person grants it; then he may look for 72 hours."
            )
        if self.privacy is Privacy.CONFIDENTIAL and context.by.role is Role.NATIONAL:
            raise NotAllowedError("It is confidential: only those who handle it may know who reported it.")
        if not self.reporter_fields:
            raise LimitReachedError("The reporter said nothing of himself; he is reached by his receipt.")
        self.record(
            IdentityViewed,
            context,
            reason_code=reason_code,
            fields=self.reporter_fields,
            agency=context.by.agency,
            break_glass=anonymous,
            reason=context.reason,
        )

    @verb(
        stages=set(Stage),
        grants={Role.COORDINATOR: Scope.ALL, Role.DPO: Scope.ALL},
        needs_version=False,
        needs_reason=True,
    )
    def request_identity(
        self, context: CommandContext, *, reason_code: IdentityReason, reference: FileNumber
    ) -> None:
        """Ask to know who an anonymous reporter is; another person grants it. A later one replaces it."""
        self._check_reason(context, reason_code)
        if self.privacy is not Privacy.ANONYMOUS:
            raise LimitReachedError("The reporter is not anonymous; see who he is with identity.")
        self.record(
            IdentityRequested,
            context,
            reason_code=reason_code,
            reference=reference,
            agency=context.by.agency,
            reason=context.reason,
        )

    @verb(stages=set(Stage), grants={Role.DPO: Scope.ALL, Role.ARBITER: Scope.ALL}, needs_version=False)
    def grant_identity(self, context: CommandContext, *, request: Version) -> None:
        """Let who asked for it see who the anonymous reporter is, for 72 hours; never oneself.

        `request` is the version at which it was asked for, so that nobody grants what he has not read.
        """
        asked = self.identity_asked
        if asked is None:
            raise LimitReachedError("Nobody asks for it; that is done with request-identity.")
        if asked.version != request:
            raise InvalidFieldError(
                "request", f"What waits is the request at version {asked.version}; read it, then name it."
            )
        if asked.by == context.by.id:
            raise NotAllowedError("You have asked for it yourself: another person grants it, or nobody.")
        self.record(
            IdentityGranted,
            context,
            request=request,
            requester=asked.by,
            reason_code=asked.reason_code,
            reason=context.reason,
        )

    def identity_is_open_to(self, context: CommandContext) -> bool:
        """Whether a second person has let the actor see an anonymous reporter, and not too long ago."""
        if self.identity_open_to is None:
            return False
        officer, since = self.identity_open_to
        return officer == context.by.id and context.at <= since + GRANTED_FOR

    def note_export(self, context: CommandContext, *, recipient: Recipient, identified: bool) -> None:
        """Write down that an officer took a copy for somebody; ``identified``: it names the reporter."""
        self.record(
            PersonalDataExported,
            context,
            recipient=recipient,
            fields=self.reporter_fields if identified else (),
            agency=context.by.agency,
        )

    def _check_reason(self, context: CommandContext, reason_code: IdentityReason) -> None:
        if reason_code in HIDDEN_FROM_REPORTER and context.by.role not in _INVESTIGATORS:
            raise InvalidFieldError(
                "reason_code",
                f"Only inspectors and data protection officers look for an {reason_code}: "
                "the reporter is not told of it.",
            )
