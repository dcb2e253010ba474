"""Views of a complaint for each viewer. A key that the viewer may not see is absent, not null.

A view contains nothing that depends on the time of reading, so a repeated command gets the same answer. If
the reporter is anonymous, instants are cut to the day for all but data protection officers and auditors: the
second of filing would reveal the person at the counter.

The reporter's identity is masked for officers. It is shown in full to the reporter, and in the one answer to
a verb that stores the reason (``identity``).
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache, cached_property
from typing import Any, cast
from zoneinfo import ZoneInfo

from lapor.application.queries.complaint_details import ComplaintDetails, Erasure, Objection, PublicVersion
from lapor.application.sealing import Opener
from lapor.domain.access import VIEW, VIEW_CONFIDENTIAL, VIEW_IDENTITY, Caller, ComplaintAccess, may
from lapor.domain.aggregate import Event
from lapor.domain.command_fields import Field, fields_of
from lapor.domain.complaint import Complaint, events, grants_by_verb
from lapor.domain.complaint.lifecycle.identity_access import HIDDEN_FROM_REPORTER
from lapor.domain.deadlines.policy import Policy
from lapor.domain.masking import masked
from lapor.domain.vocabulary import Privacy, Role
from lapor.store.event_log import RecordedEvent
from lapor.store.vault.seal import ERASED

_SEES_INSTANTS = frozenset({Role.DPO, Role.AUDITOR})
_TOLD = frozenset({"starts", "stops", "agency", "public", "level"})
_TOLD |= {"reason_code", "request", "requester", "recipient", "fields", "break_glass"}
"""The fields of an internal event that its reporter is told. A new field is not, until it is named here."""


def _contains_text(field: Field) -> bool:
    return field.sealed or any(map(_contains_text, field.nested))


@cache
def _texts(event_class: type[events.ComplaintEvent]) -> frozenset[str]:
    """Return the fields that contain sealed text, but for the reporter's own, which need another right."""
    return frozenset(field.name for field in fields_of(event_class) if _contains_text(field)) - {"reporter"}


@dataclass(frozen=True)
class Viewer:
    """A caller's view of one complaint; permissions are checked when needed, as lists need few."""

    caller: Caller
    complaint_access: ComplaintAccess
    zone: ZoneInfo
    shown: bool = False
    """Whether an event says that the viewer sees the identity, and why."""
    withheld: bool = False
    """Whether the identity is left out, even for a viewer who may see it."""

    @classmethod
    def of(cls, caller: Caller, complaint_access: ComplaintAccess, zone: str) -> "Viewer":
        """Return the viewer of one complaint; days are those of ``zone``."""
        return cls(caller, complaint_access, ZoneInfo(zone))

    def unmasked(self) -> "Viewer":
        """Return the same viewer, after an event that says that they see the identity, and why."""
        return replace(self, shown=True)

    @cached_property
    def identity(self) -> bool:
        """Whether the viewer sees the reporter's identity, at least masked."""
        if self.withheld or self.shown or self._is_reporter:
            return not self.withheld
        return not self._anonymous and may(self.caller, VIEW_IDENTITY.grants, self.complaint_access)

    @property
    def masked(self) -> bool:
        """Whether the viewer does not see it in full."""
        return not (self.shown or self._is_reporter)

    @cached_property
    def content(self) -> bool:
        """Whether the viewer sees the texts."""
        confidential = self.complaint_access.privacy == Privacy.CONFIDENTIAL
        return not confidential or may(self.caller, VIEW_CONFIDENTIAL.grants, self.complaint_access)

    @cached_property
    def instants(self) -> bool:
        """Whether the viewer sees instants, and not only days."""
        return not self._anonymous or sees_instants(self.caller)

    @cached_property
    def reporter(self) -> bool:
        """Whether the viewer may see it by the receipt alone."""
        return self._own and not may(
            replace(self.caller, receipt_for=None), VIEW.grants, self.complaint_access
        )

    @property
    def _own(self) -> bool:
        return self.caller.receipt_for == self.complaint_access.id

    @property
    def _is_reporter(self) -> bool:
        """Whether the reporter is the viewer. An officer who has the receipt sees no more than a mask."""
        return self._own and not self.caller.signed_in

    @property
    def _anonymous(self) -> bool:
        return (
            self.complaint_access.privacy == Privacy.ANONYMOUS
        )  # not `is`: a read model may bring the bare code

    def told_of(self, event: Event) -> bool:
        """Return whether the viewer may know that this event happened."""
        return not (self.reporter and getattr(event, "reason_code", None) in HIDDEN_FROM_REPORTER)

    def at(self, instant: datetime) -> datetime:
        """Return the instant, or the beginning of its local day for a viewer who sees only days."""
        if self.instants:
            return instant
        return instant.astimezone(self.zone).replace(hour=0, minute=0, second=0, microsecond=0)


def sees_instants(caller: Caller) -> bool:
    """Return whether the caller may see the instant of an anonymous filing, and not only the day."""
    return any(held.role in _SEES_INSTANTS for held in caller.roles)


def possible_verbs(caller: Caller, details: ComplaintDetails) -> list[str]:
    """Return the verbs that the caller may do next, in the workflow's order."""
    complaint = details.complaint
    if complaint.erased:
        return []
    grants = grants_by_verb(complaint.stage)
    return [verb for verb, of_verb in grants.items() if may(caller, of_verb, complaint)]


def deadlines(complaint: Complaint, policy: Callable[[str], Policy]) -> list[dict[str, Any]]:
    """Return the running clocks with their regulations, the earliest deadline first."""
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
    """Return one complaint for one viewer; ``policy`` gives the policy of an id."""
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
    """Return the reporter's identity, masked unless the viewer may see it in full."""
    return masked(reporter, ERASED) if viewer.masked else reporter


def _erasure(viewer: Viewer, erasure: Erasure) -> dict[str, Any]:
    """Return the request and the erasure of the personal data, and what follows for the reporter."""
    return {
        "requested_at": viewer.at(erasure.requested_at) if erasure.requested_at else None,
        "erased_at": viewer.at(erasure.erased_at) if erasure.erased_at else None,
        "basis": erasure.basis,
        "reference": erasure.reference,
        "says": _ERASED if erasure.erased_at else _REQUESTED,
    }


_REQUESTED = (
    "A data protection officer decides. After the erasure nobody can read what you wrote, your receipt no "
    "longer opens this complaint, and it is closed if open. Ask separately for complaints split from it."
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
    """Return what only officers see: an answer before it is given, the redacted version."""
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
    """Return a published complaint as everybody may see it: the redacted version, and days only."""
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
    """Return a complaint's progress for reporters whose own was merged into it, without its texts.

    If it has become confidential since, only its stage is shown.
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
    """Return each event for one viewer, in order."""
    read = ((row, cast("events.ComplaintEvent", row.event())) for row in rows)
    return [_item(viewer, row, event, opened) for row, event in read if viewer.told_of(event)]


def _item(viewer: Viewer, row: RecordedEvent, event: events.ComplaintEvent, opened: Opener) -> dict[str, Any]:
    data = opened.event(event)
    if reporter := data.pop("reporter", None) if isinstance(event, events.Filed) else None:
        data |= {"reporter": reporter_view(viewer, reporter)} if viewer.identity else {}
    if not viewer.content:
        data = {name: value for name, value in data.items() if name not in _texts(type(event))}
    if viewer.reporter and event.internal:
        data = {name: value for name, value in data.items() if name in _TOLD}
    if not viewer.instants:
        for stop in data.get("stops", ()):
            del stop["working_minutes"]  # counted back from closing time it would reveal the minute
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
