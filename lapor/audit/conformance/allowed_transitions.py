"""Which verbs lead to which fact: with the workflow table, all the ways that a complaint can take.

The table of this release is the one that has been in force from the first fact on: none of its rows has ever
allowed less than before. A release that takes something away from the table keeps the former rows beside it.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from lapor.domain.complaint import WORKFLOW, facts
from lapor.domain.complaint.facts import ComplaintFact
from lapor.domain.complaint.state import ENDED, ComplaintState
from lapor.domain.vocabulary import Role, Stage

_OPEN = frozenset(Stage) - ENDED


@dataclass(frozen=True)
class Way:
    """How a fact comes about.

    By verbs on the complaint; ``by_itself`` at these stages, when time passes; ``beside`` at these, because
    of something else: a rule that changed, another complaint, a copy that was taken.
    """

    verbs: tuple[str, ...] = ()
    by_itself: frozenset[Stage] = frozenset()
    beside: frozenset[Stage] = frozenset()

    def from_stage(self, stage: Stage, role: Role) -> bool:
        """Whether somebody in this role can have caused it at this stage."""
        if stage in self.beside or (role is Role.SYSTEM and stage in self.by_itself):
            return True
        return any(WORKFLOW[name].possible(stage, role) for name in self.verbs)

    def to_stage(self, stage: Stage) -> bool:
        """Whether it can lead to this stage by a verb."""
        return any(stage in WORKFLOW[name].leads_to for name in self.verbs)


_TIGHTENING = ("set-privacy", "verify", "reclassify", "route")
_ACCEPTING = ("accept", "follow-up", "respond", "draft-response")
WAYS: Mapping[type[ComplaintFact], Way] = {
    facts.Filed: Way(),  # the first of every stream, and only that
    facts.Verified: Way(("verify", "route")),
    facts.Reclassified: Way(("reclassify", "route")),
    facts.CompletionAsked: Way(("ask-reporter",)),
    facts.Completed: Way(("complete",)),
    facts.Archived: Way(("archive",)),
    facts.Transferred: Way(("transfer",)),
    facts.Routed: Way(("route",)),
    facts.AgencyInvolved: Way(("involve",)),
    facts.Accepted: Way(_ACCEPTING),
    facts.Declined: Way(("decline",)),
    facts.FollowedUp: Way(("follow-up",)),
    facts.ResponseDrafted: Way(("draft-response",)),
    facts.ResponseApproved: Way(("approve-response",)),
    facts.ResponseReturned: Way(("return-response",)),
    facts.Responded: Way(("respond", "approve-response")),
    facts.Noted: Way(("note",)),
    facts.DeadlineExtended: Way(("extend",)),
    facts.DeadlineExcused: Way(("excuse",)),
    facts.DeadlineMoved: Way(beside=_OPEN),
    facts.CommitmentMade: Way(("commit",)),
    facts.CommitmentKept: Way(("keep-commitment",)),
    facts.ResponseAccepted: Way(("accept-response",)),
    facts.ResponseRejected: Way(("reject-response",)),
    facts.Rated: Way(("rate", "accept-response")),
    facts.Closed: Way(("close", "accept-response"), by_itself=frozenset({Stage.RESPONDED})),
    facts.Reopened: Way(("reopen",)),
    facts.Objected: Way(("object",)),
    facts.ObjectionDecided: Way(("decide-objection",)),
    facts.Withdrawn: Way(("withdraw",)),
    facts.DeemedWithdrawn: Way(by_itself=frozenset({Stage.AWAITING_REPORTER})),
    facts.Merged: Way(("merge",)),
    facts.FollowerAdded: Way(beside=_OPEN),
    facts.Split: Way(("split",)),
    facts.PrivacySet: Way(_TIGHTENING),
    facts.Redacted: Way(("redact",)),
    facts.Published: Way(("publish",)),
    facts.Unpublished: Way(("unpublish", "withdraw", *_TIGHTENING), by_itself=frozenset({Stage.WITHDRAWN})),
    facts.Escalated: Way(("escalate",), by_itself=_OPEN),
    facts.Reminded: Way(by_itself=_OPEN),
    facts.ReferredToOmbudsman: Way(("refer-to-ombudsman",)),
    facts.Sp4nLinked: Way(("link-sp4n",)),
    facts.IdentityRequested: Way(("request-identity",)),
    facts.IdentityGranted: Way(("grant-identity",)),
    facts.IdentityViewed: Way(("identity",)),
    facts.PersonalDataExported: Way(beside=frozenset(Stage)),
    facts.ErasureRequested: Way(("request-erasure",)),
    facts.PersonalDataErased: Way(("erase",), by_itself=ENDED),
    facts.LegalHoldPlaced: Way(("place-legal-hold",)),
    facts.LegalHoldLifted: Way(("lift-legal-hold",)),
}


def astray(complaint: ComplaintState | None, fact: ComplaintFact) -> str | None:
    """What is wrong with a fact about a complaint as it stood (None: not yet filed); None: nothing."""
    if complaint is None or isinstance(fact, facts.Filed):
        first = complaint is None and isinstance(fact, facts.Filed)
        return None if first else "A complaint begins by its filing, and only by that."
    way, stage = WAYS[type(fact)], complaint.stage
    if not way.from_stage(stage, fact.role):
        return f"At stage '{stage}' nobody in the role {fact.role} can cause this."
    after = fact.stage_after
    if after in {None, stage, fact.STAGE} or way.to_stage(Stage(str(after))):
        return None
    if isinstance(fact, facts.DeemedWithdrawn) and after in {Stage.WITHDRAWN, complaint.returns_to}:
        return None
    return f"From stage '{stage}' this cannot lead to '{after}'."
