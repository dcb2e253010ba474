"""Which verbs lead to which fact: with the workflow table, all the ways that a complaint can take.

The table of this release is the one that has been in force from the first fact on: none of its rows has ever
allowed less than before. A release that takes something away from the table keeps the former rows beside it.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from lapor.domain.complaint import WORKFLOW, facts
from lapor.domain.complaint.facts import ComplaintEvent
from lapor.domain.complaint.state import ENDED, ComplaintState
from lapor.domain.vocabulary import Role, Stage

_OPEN = frozenset(Stage) - ENDED


@dataclass(frozen=True)
class AllowedTransition:
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
ALLOWED_TRANSITIONS: Mapping[type[ComplaintEvent], AllowedTransition] = {
    facts.Filed: AllowedTransition(),  # the first of every stream, and only that
    facts.Verified: AllowedTransition(("verify", "route")),
    facts.Reclassified: AllowedTransition(("reclassify", "route")),
    facts.CompletionAsked: AllowedTransition(("ask-reporter",)),
    facts.Completed: AllowedTransition(("complete",)),
    facts.Archived: AllowedTransition(("archive",)),
    facts.Transferred: AllowedTransition(("transfer",)),
    facts.Routed: AllowedTransition(("route",)),
    facts.AgencyInvolved: AllowedTransition(("involve",)),
    facts.Accepted: AllowedTransition(_ACCEPTING),
    facts.Declined: AllowedTransition(("decline",)),
    facts.FollowedUp: AllowedTransition(("follow-up",)),
    facts.ResponseDrafted: AllowedTransition(("draft-response",)),
    facts.ResponseApproved: AllowedTransition(("approve-response",)),
    facts.ResponseReturned: AllowedTransition(("return-response",)),
    facts.Responded: AllowedTransition(("respond", "approve-response")),
    facts.Noted: AllowedTransition(("note",)),
    facts.DeadlineExtended: AllowedTransition(("extend",)),
    facts.DeadlineExcused: AllowedTransition(("excuse",)),
    facts.DeadlineMoved: AllowedTransition(beside=_OPEN),
    facts.CommitmentMade: AllowedTransition(("commit",)),
    facts.CommitmentKept: AllowedTransition(("keep-commitment",)),
    facts.ResponseAccepted: AllowedTransition(("accept-response",)),
    facts.ResponseRejected: AllowedTransition(("reject-response",)),
    facts.Rated: AllowedTransition(("rate", "accept-response")),
    facts.Closed: AllowedTransition(("close", "accept-response"), by_itself=frozenset({Stage.RESPONDED})),
    facts.Reopened: AllowedTransition(("reopen",)),
    facts.Objected: AllowedTransition(("object",)),
    facts.ObjectionDecided: AllowedTransition(("decide-objection",)),
    facts.Withdrawn: AllowedTransition(("withdraw",)),
    facts.DeemedWithdrawn: AllowedTransition(by_itself=frozenset({Stage.AWAITING_REPORTER})),
    facts.Merged: AllowedTransition(("merge",)),
    facts.FollowerAdded: AllowedTransition(beside=_OPEN),
    facts.Split: AllowedTransition(("split",)),
    facts.PrivacySet: AllowedTransition(_TIGHTENING),
    facts.Redacted: AllowedTransition(("redact",)),
    facts.Published: AllowedTransition(("publish",)),
    facts.Unpublished: AllowedTransition(
        ("unpublish", "withdraw", *_TIGHTENING), by_itself=frozenset({Stage.WITHDRAWN})
    ),
    facts.Escalated: AllowedTransition(("escalate",), by_itself=_OPEN),
    facts.Reminded: AllowedTransition(by_itself=_OPEN),
    facts.ReferredToOmbudsman: AllowedTransition(("refer-to-ombudsman",)),
    facts.Sp4nLinked: AllowedTransition(("link-sp4n",)),
    facts.IdentityRequested: AllowedTransition(("request-identity",)),
    facts.IdentityGranted: AllowedTransition(("grant-identity",)),
    facts.IdentityViewed: AllowedTransition(("identity",)),
    facts.PersonalDataExported: AllowedTransition(beside=frozenset(Stage)),
    facts.ErasureRequested: AllowedTransition(("request-erasure",)),
    facts.PersonalDataErased: AllowedTransition(("erase",), by_itself=ENDED),
    facts.LegalHoldPlaced: AllowedTransition(("place-legal-hold",)),
    facts.LegalHoldLifted: AllowedTransition(("lift-legal-hold",)),
}


def astray(complaint: ComplaintState | None, fact: ComplaintEvent) -> str | None:
    """What is wrong with a fact about a complaint as it stood (None: not yet filed); None: nothing."""
    if complaint is None or isinstance(fact, facts.Filed):
        first = complaint is None and isinstance(fact, facts.Filed)
        return None if first else "A complaint begins by its filing, and only by that."
    way, stage = ALLOWED_TRANSITIONS[type(fact)], complaint.stage
    if not way.from_stage(stage, fact.role):
        return f"At stage '{stage}' nobody in the role {fact.role} can cause this."
    after = fact.stage_after
    if after in {None, stage, fact.STAGE} or way.to_stage(Stage(str(after))):
        return None
    if isinstance(fact, facts.DeemedWithdrawn) and after in {Stage.WITHDRAWN, complaint.returns_to}:
        return None
    return f"From stage '{stage}' this cannot lead to '{after}'."
