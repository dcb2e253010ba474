"""What can happen to a complaint. Topics and fields are for ever: ``docs/events.md`` says what each means.

What a person typed is ``Sealed``; everything else is in clear and says nothing personal.
"""

from lapor.domain.complaint.facts.base import ComplaintFact, Place, Reporter
from lapor.domain.complaint.facts.handling import (
    Accepted,
    Declined,
    FollowedUp,
    Noted,
    Responded,
    Routed,
)
from lapor.domain.complaint.facts.intake import (
    Archived,
    Completed,
    CompletionAsked,
    Filed,
    PrivacySet,
    Reclassified,
    Transferred,
    Verified,
)
from lapor.domain.complaint.facts.settling import (
    Closed,
    Rated,
    Reopened,
    ResponseAccepted,
    ResponseRejected,
    Withdrawn,
)

__all__ = [
    "Accepted",
    "Archived",
    "Closed",
    "ComplaintFact",
    "Completed",
    "CompletionAsked",
    "Declined",
    "Filed",
    "FollowedUp",
    "Noted",
    "Place",
    "PrivacySet",
    "Rated",
    "Reclassified",
    "Reopened",
    "Reporter",
    "Responded",
    "ResponseAccepted",
    "ResponseRejected",
    "Routed",
    "Transferred",
    "Verified",
    "Withdrawn",
]
