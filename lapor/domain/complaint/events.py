"""Every event of a complaint, by the part of its life. ``docs/events.md`` says what each means.

Topics and fields are for ever. Typed texts are ``Sealed``; everything else is in clear and holds nothing
personal.
"""

from lapor.domain.complaint.complaint_event import ComplaintEvent
from lapor.domain.complaint.lifecycle.clarification import (
    Completed,
    CompletionAsked,
)
from lapor.domain.complaint.lifecycle.closing import (
    Closed,
    Objected,
    ObjectionDecided,
    Rated,
    Reopened,
    ResponseAccepted,
    ResponseRejected,
    Withdrawn,
)
from lapor.domain.complaint.lifecycle.commitments import (
    CommitmentKept,
    CommitmentMade,
)
from lapor.domain.complaint.lifecycle.deadlines import (
    DeadlineExcused,
    DeadlineExtended,
    DeadlineMoved,
)
from lapor.domain.complaint.lifecycle.erasure import (
    ErasureRequested,
    LegalHoldLifted,
    LegalHoldPlaced,
    PersonalDataErased,
)
from lapor.domain.complaint.lifecycle.escalation import (
    Escalated,
    ReferredToOmbudsman,
    Sp4nLinked,
)
from lapor.domain.complaint.lifecycle.filing import (
    Filed,
)
from lapor.domain.complaint.lifecycle.handling import (
    Accepted,
    Declined,
    FollowedUp,
    Noted,
    Responded,
    ResponseApproved,
    ResponseDrafted,
    ResponseReturned,
)
from lapor.domain.complaint.lifecycle.identity_access import (
    AccessEvent,
    IdentityGranted,
    IdentityRequested,
    IdentityViewed,
    PersonalDataExported,
)
from lapor.domain.complaint.lifecycle.merging import (
    FollowerAdded,
    Merged,
    Split,
)
from lapor.domain.complaint.lifecycle.publication import (
    PrivacySet,
    Published,
    Redacted,
    Unpublished,
)
from lapor.domain.complaint.lifecycle.routing import (
    AgencyInvolved,
    Routed,
)
from lapor.domain.complaint.lifecycle.triage import (
    Archived,
    Reclassified,
    Transferred,
    Verified,
)
from lapor.domain.complaint.reminders import (
    DeemedWithdrawn,
    Reminded,
)
from lapor.domain.complaint.values import Draft, Location, Part, Reporter

CLASSIFYING = (Filed, Verified, Reclassified)
"""The events that set the kind of a complaint: ``kind_after`` of all others returns the kind unchanged."""

__all__ = [
    "CLASSIFYING",
    "Accepted",
    "AccessEvent",
    "AgencyInvolved",
    "Archived",
    "Closed",
    "CommitmentKept",
    "CommitmentMade",
    "ComplaintEvent",
    "Completed",
    "CompletionAsked",
    "DeadlineExcused",
    "DeadlineExtended",
    "DeadlineMoved",
    "Declined",
    "DeemedWithdrawn",
    "Draft",
    "ErasureRequested",
    "Escalated",
    "Filed",
    "FollowedUp",
    "FollowerAdded",
    "IdentityGranted",
    "IdentityRequested",
    "IdentityViewed",
    "LegalHoldLifted",
    "LegalHoldPlaced",
    "Location",
    "Merged",
    "Noted",
    "Objected",
    "ObjectionDecided",
    "Part",
    "PersonalDataErased",
    "PersonalDataExported",
    "PrivacySet",
    "Published",
    "Rated",
    "Reclassified",
    "Redacted",
    "ReferredToOmbudsman",
    "Reminded",
    "Reopened",
    "Reporter",
    "Responded",
    "ResponseAccepted",
    "ResponseApproved",
    "ResponseDrafted",
    "ResponseRejected",
    "ResponseReturned",
    "Routed",
    "Sp4nLinked",
    "Split",
    "Transferred",
    "Unpublished",
    "Verified",
    "Withdrawn",
]
