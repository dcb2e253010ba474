"""What each viewer gets to see of a complaint. A key that one may not see is absent, not null.

Answers hold nothing that depends on the time of reading, so that a repeated command is answered
alike. Where the reporter is anonymous, instants are cut to the day for all but the data protection
officer and auditors: a second tells who stood at the counter.

Who reported is masked for officers: in full it is shown to the reporter himself, and in the one answer to a
verb that says why (``identity``).
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from lapor.application.queries.complaint_details import ComplaintDetails, Erasure, Objection, PublicVersion
from lapor.application.sealing import Opener
from lapor.domain.access import VIEW, VIEW_CONFIDENTIAL, VIEW_IDENTITY, Caller, ComplaintAccess, may
from lapor.domain.aggregate import Event
from lapor.domain.complaint import Complaint, events, grants_by_verb
from lapor.domain.complaint.lifecycle.identity_access import HIDDEN_FROM_REPORTER
from lapor.domain.deadlines.policy import Policy
from lapor.domain.masking import masked
from lapor.domain.vocabulary import Privacy, Role
from lapor.store.event_log import RecordedEvent
from lapor.store.vault.seal import ERASED

_SEES_INSTANTS = frozenset({Role.DPO, Role.AUDITOR})
_INTERNAL = (
    events.Noted,
    events.ResponseDrafted,
    events.ResponseApproved,
    events.ResponseReturned,
    events.Redacted,
    events.Escalated,
    events.AccessEvent,
    events.LegalHoldPlaced,
    events.LegalHoldLifted,
)
_DECIDED = frozenset({"outcome", "reference"})  # of an answer that is not given yet, of a hold
_CONTENT = frozenset(
    {"text", "title", "comment", "reason", "application_no", "questions", "place", "response"}
)


@dataclass(frozen=True)
class Viewer:
    """What somebody may see of one complaint; looked up when it is asked, as lists ask for little."""

    caller: Caller
    complaint_access: ComplaintAccess
    zone: ZoneInfo
    shown: bool = False
    """Whether it is stored that he sees who it is, and why."""
    withheld: bool = False
    """Whether he is not told who it is, whatever he may see."""

    @classmethod
    def of(cls, caller: Caller, complaint_access: ComplaintAccess, zone: str) -> "Viewer":
        return cls(caller, complaint_access, ZoneInfo(zone))

    def unmasked(self) -> "Viewer":
        """The same viewer, where it is stored that he sees who it is, and why."""
        return replace(self, shown=True)

    @cached_property
    def identity(self) -> bool:
        """Whether he sees who reported, at least behind a mask."""
        if self.withheld or self.shown or self._himself:
            return not self.withheld
        return not self._anonymous and may(self.caller, VIEW_IDENTITY.grants, self.complaint_access)

    @property
    def masked(self) -> bool:
        """Whether he does not see it in full."""
        return not (self.shown or self._himself)

    @cached_property
    def content(self) -> bool:
        """Whether he sees what was written."""
        confidential = self.complaint_access.privacy == Privacy.CONFIDENTIAL
        return not confidential or may(self.caller, VIEW_CONFIDENTIAL.grants, self.complaint_access)

    @cached_property
    def instants(self) -> bool:
        """Whether he sees at what moment something was, and not only on which day."""
        return not self._anonymous or sees_instants(self.caller)

    @cached_property
    def reporter(self) -> bool:
        """Whether he sees it by the receipt in his hand alone."""
        return self._own and not may(
            replace(self.caller, receipt_for=None), VIEW.grants, self.complaint_access
        )

    @property
    def _own(self) -> bool:
        return self.caller.receipt_for == self.complaint_access.id

    @property
    def _himself(self) -> bool:
        """An officer who holds the receipt sees no more than a mask."""
        return self._own and not self.caller.signed_in

    @property
    def _anonymous(self) -> bool:
        return (
            self.complaint_access.privacy == Privacy.ANONYMOUS
        )  # not `is`: a read model may bring the bare code

    def told_of(self, event: Event) -> bool:
        """Whether he may know that this happened at all."""
        return not (self.reporter and getattr(event, "reason_code", None) in HIDDEN_FROM_REPORTER)

    def at(self, instant: datetime) -> datetime:
        """The instant, or the beginning of its local day."""
        if self.instants:
            return instant
        return instant.astimezone(self.zone).replace(hour=0, minute=0, second=0, microsecond=0)


def sees_instants(caller: Caller) -> bool:
    """Whether somebody may see at what moment an anonymous report came, and not only on which day."""
    return any(held.role in _SEES_INSTANTS for held in caller.roles)


def possible_verbs(caller: Caller, details: ComplaintDetails) -> list[str]:
    """What the caller could do next, in the workflow's order."""
    complaint = details.complaint
    if complaint.erased:
        return []
    grants = grants_by_verb(complaint.stage)
    return [verb for verb, of_verb in grants.items() if may(caller, of_verb, complaint)]


def deadlines(complaint: Complaint, policy: Callable[[str], Policy]) -> list[dict[str, Any]]:
    """The clocks that run, the earliest first, and by which regulation."""
    running = (each.clock for each in complaint.promises.running.values())
    return [
        {
            "step": clock.step,
            "agency": clock.agency,
            "n": clock.n,
            "due_at": clock.due_at,
            "policy": clock.policy,
            "calendar": clock.calendar,
            "provisional": clock.provisional,
            "regulation": policy(clock.policy).source(clock.step, complaint.kind),
        }
        for clock in sorted(running, key=lambda clock: clock.due_at)
    ]


def complaint_view(
    caller: Caller, viewer: Viewer, details: ComplaintDetails, opened: Opener, policy: Callable[[str], Policy]
) -> dict[str, Any]:
    """One complaint for one viewer; ``policy`` gives the policy of an id."""
    complaint, filed = details.complaint, details.filed
    view: dict[str, Any] = {
        "id": complaint.id,
        "code": complaint.code,
        "stage": complaint.stage,
        "kind": complaint.kind,
        "category": complaint.category,
        "service": filed.service,
        "privacy": complaint.privacy,
        "channel": filed.channel,
        "on_behalf": filed.on_behalf,
        "agency": complaint.lead,
        "agencies": complaint.agencies,
        "addressed_to": filed.agency,
        "filed_at": viewer.at(filed.at),
        "changed_at": viewer.at(details.changed_at),
        "closed_at": viewer.at(details.closed_at) if details.closed_at else None,
        "happened_on": filed.happened_on,
        "deadlines": deadlines(complaint, policy),
        "possible": possible_verbs(caller, details),
        "rating": details.rating,
        "transferred_to": details.transferred_to,
        "level": complaint.level,
        "published": complaint.published,
        "sp4n": complaint.sp4n,
        "merged_into": details.merged_into,
        "followers": len(details.followers),
        "split_from": filed.split_from,
        "split_into": details.split_into,
        "erasure": details.erasure and _erasure(viewer, details.erasure),
        "version": complaint.version,
    }
    if not viewer.reporter:
        view["held"] = complaint.held
    if viewer.content:
        view |= _content(viewer, details, opened)
    if viewer.identity and filed.reporter is not None:
        view["reporter"] = reporter_view(viewer, opened.nested("reporter", filed.reporter))
    return view


def reporter_view(viewer: Viewer, reporter: dict[str, Any]) -> dict[str, Any]:
    """What the reporter said of himself, for who may see it at all."""
    return masked(reporter, ERASED) if viewer.masked else reporter


def _erasure(viewer: Viewer, erasure: Erasure) -> dict[str, Any]:
    """What was asked and done about the personal data, and what follows for the reporter."""
    return {
        "requested_at": viewer.at(erasure.requested_at) if erasure.requested_at else None,
        "erased_at": viewer.at(erasure.erased_at) if erasure.erased_at else None,
        "basis": erasure.basis,
        "reference": erasure.reference,
        "says": _ERASED if erasure.erased_at else _REQUESTED,
    }


_REQUESTED = (
    "A data protection officer decides. Once erased, nobody can read what you wrote, your receipt opens this "
    "complaint no longer, and if it is open it is closed. Complaints split from it are asked about apart."
)
_ERASED = "The personal data were erased: nobody can read them, and no receipt opens it any longer."


def _content(viewer: Viewer, details: ComplaintDetails, opened: Opener) -> dict[str, Any]:
    filed, response = details.filed, details.response
    return {
        "title": opened("title", details.title) if details.title else None,
        "text": opened("text", filed.text),
        "questions": [opened("questions", question) for question in details.questions],
        "application_no": opened("application_no", filed.application_no) if filed.application_no else None,
        "place": opened.nested("place", filed.place) if filed.place else None,
        "response": response
        and {
            "text": opened("text", response.text),
            "outcome": response.outcome,
            "at": viewer.at(response.at),
        },
        "commitments": [
            {
                "n": each.n,
                "agency": each.agency,
                "promised_on": each.promised_on,
                "text": opened("text", each.text),
                "kept_at": viewer.at(each.kept_at) if each.kept_at else None,
            }
            for each in details.commitments
        ],
        "objection": details.objection and _objection(details.objection, opened),
        **({} if viewer.reporter else _internal(details, opened)),
    }


def _objection(objection: Objection, opened: Opener) -> dict[str, Any]:
    return {
        "reason": opened("reason", objection.reason) if objection.reason else None,
        "upheld": objection.upheld,
        "text": opened("text", objection.text) if objection.text else None,
    }


def _internal(details: ComplaintDetails, opened: Opener) -> dict[str, Any]:
    """What officers see and the reporter does not: an answer before it is given, the redacted version."""
    draft, public = details.complaint.draft, details.public
    return {
        "draft": draft and {"by": draft.author, "text": opened("text", draft.text), "outcome": draft.outcome},
        "redacted": public and _public(public, opened),
    }


def _public(public: PublicVersion, opened: Opener) -> dict[str, Any]:
    return {
        "title": opened("title", public.title),
        "text": opened("text", public.text),
        "response": opened("response", public.response) if public.response else None,
    }


def public_view(
    details: ComplaintDetails, opened: Opener, zone: str, policy: Callable[[str], Policy]
) -> dict[str, Any]:
    """What everybody may see of a complaint that is published: the redacted version, and days only."""
    complaint, local = details.complaint, ZoneInfo(zone)
    assert details.public is not None  # noqa: S101 - nothing is published before it is redacted
    return {
        "id": complaint.id,
        "code": complaint.code,
        "stage": complaint.stage,
        "kind": complaint.kind,
        "category": complaint.category,
        "service": details.filed.service,
        "agency": complaint.lead,
        "agencies": complaint.agencies,
        "filed_on": details.filed.at.astimezone(local).date(),
        "closed_on": details.closed_at.astimezone(local).date() if details.closed_at else None,
        "deadlines": deadlines(complaint, policy),
        "published": True,
        "version": complaint.version,
        **_public(details.public, opened),
    }


def followed_view(
    details: ComplaintDetails, opened: Opener, zone: str, policy: Callable[[str], Policy]
) -> dict[str, Any]:
    """How far a complaint is, for those whose own was merged into it: not what its reporter wrote.

    One that became confidential since tells no more than its stage.
    """
    complaint, response, local = details.complaint, details.response, ZoneInfo(zone)
    if complaint.privacy is Privacy.CONFIDENTIAL:
        return {"stage": complaint.stage}
    return {
        "stage": complaint.stage,
        "agency": complaint.lead,
        "deadlines": deadlines(complaint, policy),
        "response": response
        and {
            "text": opened("text", response.text),
            "outcome": response.outcome,
            "on": response.at.astimezone(local).date(),
        },
        "closed_on": details.closed_at.astimezone(local).date() if details.closed_at else None,
    }


def history_view(viewer: Viewer, rows: Iterable[RecordedEvent], opened: Opener) -> list[dict[str, Any]]:
    """Each event for one viewer, in order."""
    read = ((row, row.event()) for row in rows)
    return [_item(viewer, row, event, opened) for row, event in read if viewer.told_of(event)]


def _item(viewer: Viewer, row: RecordedEvent, event: Event, opened: Opener) -> dict[str, Any]:
    data = opened.event(event)
    if reporter := data.pop("reporter", None) if isinstance(event, events.Filed) else None:
        data |= {"reporter": reporter_view(viewer, reporter)} if viewer.identity else {}
    internal = viewer.reporter and (
        isinstance(event, _INTERNAL) or (isinstance(event, events.FollowedUp) and not event.public)
    )
    if internal or not viewer.content:
        hidden = _CONTENT | _DECIDED if internal else _CONTENT
        data = {name: value for name, value in data.items() if name not in hidden}
    if not viewer.instants:
        for stop in data.get("stops", ()):
            del stop["working_minutes"]  # counted back from closing time it would tell the minute
    return {
        "position": row.position,
        "version": row.version,
        "type": row.topic,
        "at": viewer.at(event.at),
        "by": event.by,
        "role": event.role,
        "channel": event.channel,
        "data": data,
    }
