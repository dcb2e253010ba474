"""Access to the reporter's identity (identitas pelapor): masked for officers until they give a reason.

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
"""Verbs that are decided for each person alone, never for many at once."""
GRANTED_FOR = timedelta(hours=72)
"""How long a granted officer may view the identity of an anonymous reporter."""
HIDDEN_FROM_REPORTER = frozenset({IdentityReason.INVESTIGATION})
"""Reasons that the reporter is not told (UU 27/2022 Ps 15): it would harm law enforcement."""
_INVESTIGATORS = frozenset({Role.INSPECTOR, Role.DPO})


class AccessEvent(ComplaintEvent):
    """Records an access. It leaves the complaint unchanged and does not make an If-Match version stale."""

    COUNTS_AS_HANDLING = False
    AUDIT_ONLY = True
    INTERNAL = True


class IdentityRequested(AccessEvent):
    """An officer asked to know an anonymous reporter (permintaan membuka identitas).

    Another person has to grant it; ``reference`` is the letter or order that allows it.
    """

    TOPIC = "lapor.complaint.identity_requested"

    reason_code: IdentityReason
    reference: str
    agency: UUID | None

    def change(self, complaint: ComplaintState) -> None:
        complaint.identity_asked = IdentityRequest(self.by, self.reason_code, self.originator_version)


class IdentityGranted(AccessEvent):
    """A second person let ``requester`` see the anonymous reporter (persetujuan membuka identitas).

    ``request`` is the version of the event that asked for it.
    """

    TOPIC = "lapor.complaint.identity_granted"

    request: int
    requester: str
    reason_code: IdentityReason

    def change(self, complaint: ComplaintState) -> None:
        complaint.identity_asked = None
        complaint.identity_open_to = (self.requester, self.at)


class IdentityViewed(AccessEvent):
    """An officer was shown the reporter in full (identitas dibuka).

    ``fields`` were shown, ``agency`` is the officer's, ``break_glass``: the reporter is anonymous.
    """

    TOPIC = "lapor.complaint.identity_viewed"

    reason_code: IdentityReason
    fields: tuple[str, ...]
    agency: UUID | None
    break_glass: bool


class PersonalDataExported(AccessEvent):
    """An officer handed over a copy of the data held (salinan data pribadi diserahkan)."""

    TOPIC = "lapor.complaint.personal_data_exported"

    recipient: Recipient
    fields: tuple[str, ...]
    agency: UUID | None


class IdentityAccess(ComplaintState):
    """Viewing the reporter's identity, and granting it."""

    @verb(
        stages=set(Stage),
        records=(IdentityViewed,),
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
        """View the reporter in full, for a reason. Each access is an event, also a repeated one.

        The answer's `reporter` is not masked. For an anonymous reporter it must have been granted before.
        """
        self._check_reason(context, reason_code)
        anonymous = self.privacy is Privacy.ANONYMOUS
        if anonymous and not self.identity_is_open_to(context):
            raise LimitReachedError(
                "The reporter is anonymous. A coordinator or data protection officer asks for it with "
                "request-identity, and another person grants it; then that officer may view it for 72 hours."
            )
        if self.privacy is Privacy.CONFIDENTIAL and context.by.role is Role.NATIONAL:
            raise NotAllowedError("It is confidential: only those who handle it may know who reported it.")
        if not self.reporter_fields:
            raise LimitReachedError(
                "The reporter gave no personal data; they can be reached through their receipt."
            )
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
        records=(IdentityRequested,),
        grants={Role.COORDINATOR: Scope.ALL, Role.DPO: Scope.ALL},
        needs_version=False,
        needs_reason=True,
    )
    def request_identity(
        self, context: CommandContext, *, reason_code: IdentityReason, reference: FileNumber
    ) -> None:
        """Ask to know an anonymous reporter; another person grants it. A later request replaces it."""
        self._check_reason(context, reason_code)
        if self.privacy is not Privacy.ANONYMOUS:
            raise LimitReachedError("The reporter is not anonymous; use identity to see them.")
        self.record(
            IdentityRequested,
            context,
            reason_code=reason_code,
            reference=reference,
            agency=context.by.agency,
            reason=context.reason,
        )

    @verb(
        stages=set(Stage),
        records=(IdentityGranted,),
        grants={Role.DPO: Scope.ALL, Role.ARBITER: Scope.ALL},
        needs_version=False,
    )
    def grant_identity(self, context: CommandContext, *, request: Version) -> None:
        """Let the officer who asked see the anonymous reporter, for 72 hours; never oneself.

        `request` is the version of the request, so that nobody grants one that they have not read.
        """
        asked = self.identity_asked
        if asked is None:
            raise LimitReachedError("Nobody asks for it; that is done with request-identity.")
        if asked.version != request:
            raise InvalidFieldError(
                "request", f"The open request is the one at version {asked.version}; read it, then name it."
            )
        if asked.by == context.by.id:
            raise NotAllowedError("You asked for it yourself: another person has to grant it.")
        self.record(
            IdentityGranted,
            context,
            request=request,
            requester=asked.by,
            reason_code=asked.reason_code,
            reason=context.reason,
        )

    def identity_is_open_to(self, context: CommandContext) -> bool:
        """Return whether a second person let the actor see an anonymous reporter within the last 72 hours."""
        if self.identity_open_to is None:
            return False
        officer, since = self.identity_open_to
        return officer == context.by.id and context.at <= since + GRANTED_FOR

    def note_export(self, context: CommandContext, *, recipient: Recipient, identified: bool) -> None:
        """Record that an officer took a copy for a recipient; ``identified``: it names the reporter."""
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
                f"Only inspectors and data protection officers may give {reason_code} as a reason: "
                "the reporter is not told of it.",
            )
