"""How a complaint ends: the reporter agrees with the answer, or somebody closes it (penyelesaian)."""

from lapor.domain.access import Scope
from lapor.domain.aggregate import Occasion
from lapor.domain.complaint import facts
from lapor.domain.complaint.state import ComplaintState
from lapor.domain.complaint.workflow import verb
from lapor.domain.forms import Rating, Reason
from lapor.domain.terms import Ground, Role, Stage, Step


class Settling(ComplaintState):
    """The reporter's part, and the closing."""

    @verb(stages={Stage.RESPONDED}, leads_to={Stage.CLOSED}, grants={Role.REPORTER: Scope.OWN})
    def accept_response(
        self, occasion: Occasion, *, rating: Rating | None = None, comment: Reason | None = None
    ) -> None:
        """Agree with the answer, and rate it if one likes. The complaint is closed."""
        self.record(
            facts.ResponseAccepted,
            occasion,
            comment=comment if rating is None else None,
            reason=occasion.reason,
            stops=self.kept(occasion, Step.REPORTER_REPLY),
        )
        if rating is not None:
            self.record(facts.Rated, occasion, rating=rating, comment=comment)
        self.record(facts.Closed, occasion, ground=Ground.ACCEPTED, stops=self.void(occasion))

    @verb(
        stages={Stage.RESPONDED},
        leads_to={Stage.CLOSED},
        grants={Role.COORDINATOR: Scope.ALL, Role.INSPECTOR: Scope.OVERSIGHT},
        needs_reason=True,
    )
    def close(self, occasion: Occasion) -> None:
        """Close an answered complaint without the reporter's word, for a reason. No rating is written."""
        self.record(
            facts.Closed, occasion, ground=Ground.DECISION, reason=occasion.reason, stops=self.void(occasion)
        )
