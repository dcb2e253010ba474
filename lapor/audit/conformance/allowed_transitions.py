"""The verbs that lead to each event: with the workflow table, all transitions that a complaint may make.

This release's table applies from the first event on: none of its rows has ever allowed less than before. A
release that restricts the table must keep the former rows for the events before it.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from lapor.domain.complaint import WORKFLOW, events
from lapor.domain.complaint.events import ComplaintEvent
from lapor.domain.complaint.state import ENDED, ComplaintState
from lapor.domain.vocabulary import Role, Stage

_OPEN = frozenset(Stage) - ENDED


@dataclass(frozen=True)
class AllowedTransition:
    """The causes that an event may have.

    ``verbs``: commands on the complaint. ``by_itself``: the stages at which time causes it. ``alongside``:
    the stages at which something else causes it: a changed rule, another complaint, an export.
    """

    verbs: tuple[str, ...] = ()
    by_itself: frozenset[Stage] = frozenset()
    alongside: frozenset[Stage] = frozenset()

    def from_stage(self, stage: Stage, role: Role) -> bool:
        """Whether an actor in this role may cause it at this stage."""
        if stage in self.alongside or (role is Role.SYSTEM and stage in self.by_itself):
            return True
        return any(WORKFLOW[name].possible(stage, role) for name in self.verbs)

    def to_stage(self, stage: Stage) -> bool:
        """Whether it may lead to this stage by a verb."""
        return any(stage in WORKFLOW[name].leads_to for name in self.verbs)


_TIGHTENING = ("set-privacy", "verify", "reclassify", "route")
_ACCEPTING = ("accept", "follow-up", "respond", "draft-response")
ALLOWED_TRANSITIONS: Mapping[type[ComplaintEvent], AllowedTransition] = {
    events.Filed: AllowedTransition(),  # the first of every stream, and only that
    events.Verified: AllowedTransition(("verify", "route")),
    events.Reclassified: AllowedTransition(("reclassify", "route")),
    events.CompletionAsked: AllowedTransition(("ask-reporter",)),
    events.Completed: AllowedTransition(("complete",)),
    events.Archived: AllowedTransition(("archive",)),
    events.Transferred: AllowedTransition(("transfer",)),
    events.Routed: AllowedTransition(("route",)),
    events.AgencyInvolved: AllowedTransition(("involve",)),
    events.Accepted: AllowedTransition(_ACCEPTING),
    events.Declined: AllowedTransition(("decline",)),
    events.FollowedUp: AllowedTransition(("follow-up",)),
    events.ResponseDrafted: AllowedTransition(("draft-response",)),
    events.ResponseApproved: AllowedTransition(("approve-response",)),
    events.ResponseReturned: AllowedTransition(("return-response",)),
    events.Responded: AllowedTransition(("respond", "approve-response")),
    events.Noted: AllowedTransition(("note",)),
    events.DeadlineExtended: AllowedTransition(("extend",)),
    events.DeadlineExcused: AllowedTransition(("excuse",)),
    events.DeadlineMoved: AllowedTransition(alongside=_OPEN),
    events.CommitmentMade: AllowedTransition(("commit",)),
    events.CommitmentKept: AllowedTransition(("keep-commitment",)),
    events.ResponseAccepted: AllowedTransition(("accept-response",)),
    events.ResponseRejected: AllowedTransition(("reject-response",)),
    events.Rated: AllowedTransition(("rate", "accept-response")),
    events.Closed: AllowedTransition(("close", "accept-response"), by_itself=frozenset({Stage.RESPONDED})),
    events.Reopened: AllowedTransition(("reopen",)),
    events.Objected: AllowedTransition(("object",)),
    events.ObjectionDecided: AllowedTransition(("decide-objection",)),
    events.Withdrawn: AllowedTransition(("withdraw",)),
    events.DeemedWithdrawn: AllowedTransition(by_itself=frozenset({Stage.AWAITING_REPORTER})),
    events.Merged: AllowedTransition(("merge",)),
    events.FollowerAdded: AllowedTransition(alongside=_OPEN),
    events.Split: AllowedTransition(("split",)),
    events.PrivacySet: AllowedTransition(_TIGHTENING),
    events.Redacted: AllowedTransition(("redact",)),
    events.Published: AllowedTransition(("publish",)),
    events.Unpublished: AllowedTransition(
        ("unpublish", "withdraw", *_TIGHTENING), by_itself=frozenset({Stage.WITHDRAWN})
    ),
    events.Escalated: AllowedTransition(("escalate",), by_itself=_OPEN),
    events.Reminded: AllowedTransition(by_itself=_OPEN),
    events.ReferredToOmbudsman: AllowedTransition(("refer-to-ombudsman",)),
    events.Sp4nLinked: AllowedTransition(("link-sp4n",)),
    events.IdentityRequested: AllowedTransition(("request-identity",)),
    events.IdentityGranted: AllowedTransition(("grant-identity",)),
    events.IdentityViewed: AllowedTransition(("identity",)),
    events.PersonalDataExported: AllowedTransition(alongside=frozenset(Stage)),
    events.ErasureRequested: AllowedTransition(("request-erasure",)),
    events.PersonalDataErased: AllowedTransition(("erase",), by_itself=ENDED),
    events.LegalHoldPlaced: AllowedTransition(("place-legal-hold",)),
    events.LegalHoldLifted: AllowedTransition(("lift-legal-hold",)),
}


def violation(complaint: ComplaintState | None, event: ComplaintEvent) -> str | None:
    """Return what the workflow forbids about an event, in a sentence; None if it is allowed.

    ``complaint`` is the state before the event; None before the filing.
    """
    if complaint is None or isinstance(event, events.Filed):
        first = complaint is None and isinstance(event, events.Filed)
        return None if first else "A complaint must begin with its filing, and be filed once."
    transition, stage = ALLOWED_TRANSITIONS[type(event)], complaint.stage
    if not transition.from_stage(stage, event.role):
        return f"At stage '{stage}' nobody in the role {event.role} can cause this."
    after = event.stage_after
    if after in {None, stage, event.STAGE} or transition.to_stage(Stage(str(after))):
        return None
    if isinstance(event, events.DeemedWithdrawn) and after in {Stage.WITHDRAWN, complaint.returns_to}:
        return None
    return f"From stage '{stage}' this cannot lead to '{after}'."
