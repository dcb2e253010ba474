"""The stage that each kind of fact leaves a complaint in; a kind that is not named leaves it where it is."""

from lapor.domain.aggregate import Fact
from lapor.domain.complaint.facts import Accepted, Closed, Filed, Responded, Routed, Verified
from lapor.domain.terms import Stage

STAGE_AFTER: dict[type[Fact], Stage] = {
    Filed: Stage.FILED,
    Verified: Stage.VERIFIED,
    Routed: Stage.ROUTED,
    Accepted: Stage.IN_PROGRESS,
    Responded: Stage.RESPONDED,
    Closed: Stage.CLOSED,
}
