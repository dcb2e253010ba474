"""What can happen to a complaint. Topics and fields are for ever: ``docs/events.md`` says what each means.

What a person typed is ``Sealed``; everything else is in clear and says nothing personal.
"""

from lapor.domain.complaint.events.base import ComplaintEvent, Draft, Location, Part, Reporter
from lapor.domain.complaint.events.deadlines import DeadlineExcused, DeadlineMoved
from lapor.domain.complaint.events.erasing import (
    ErasureRequested,
    LegalHoldLifted,
    LegalHoldPlaced,
    PersonalDataErased,
)
from lapor.domain.complaint.events.handling import (
    Accepted,
    AgencyInvolved,
    Declined,
    FollowedUp,
    Noted,
    Responded,
    ResponseApproved,
    ResponseDrafted,
    ResponseReturned,
    Routed,
)
from lapor.domain.complaint.events.identity import (
    AccessEvent,
    IdentityGranted,
    IdentityRequested,
    IdentityViewed,
    PersonalDataExported,
)
from lapor.domain.complaint.events.intake import (
    Archived,
    Completed,
    CompletionAsked,
    Filed,
    Reclassified,
    Transferred,
    Verified,
)
from lapor.domain.complaint.events.joining import FollowerAdded, Merged, Split
from lapor.domain.complaint.events.outward import Escalated, ReferredToOmbudsman, Sp4nLinked
from lapor.domain.complaint.events.promising import CommitmentKept, CommitmentMade, DeadlineExtended
from lapor.domain.complaint.events.publication import PrivacySet, Published, Redacted, Unpublished
from lapor.domain.complaint.events.reacting import DeemedWithdrawn, Reminded
from lapor.domain.complaint.events.settling import (
    Closed,
    Objected,
    ObjectionDecided,
    Rated,
    Reopened,
    ResponseAccepted,
    ResponseRejected,
    Withdrawn,
)

__all__ = [
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
