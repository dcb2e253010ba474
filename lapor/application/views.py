"""What each viewer gets to see of a complaint. A key that one may not see is absent, not null.

Answers hold nothing that depends on the time of reading, so that a repeated command is answered
alike. Where the reporter is anonymous, instants are cut to the day for all but the data protection
officer and auditors: a second tells who stood at the counter.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from lapor.application.picture import Picture
from lapor.application.sealing import Opener
from lapor.domain.access import VIEW_CONFIDENTIAL, VIEW_IDENTITY, Caller, Subject, may
from lapor.domain.aggregate import Fact
from lapor.domain.complaint import WORKFLOW, Complaint, facts
from lapor.domain.terms import Privacy, Role
from lapor.store.log import Row

_SEES_INSTANTS = frozenset({Role.DPO, Role.AUDITOR})
_CONTENT = frozenset({"text", "title", "comment", "reason", "application_no", "questions", "place"})


@dataclass(frozen=True)
class Viewer:
    """What somebody may see of one complaint."""

    identity: bool
    content: bool
    instants: bool
    reporter: bool
    zone: ZoneInfo

    @classmethod
    def of(cls, caller: Caller, subject: Subject, zone: str) -> "Viewer":
        own = caller.receipt_for == subject.id
        anonymous = subject.privacy == Privacy.ANONYMOUS  # not `is`: a read model may bring the bare code
        confidential = subject.privacy == Privacy.CONFIDENTIAL
        return cls(
            identity=own or (not anonymous and may(caller, VIEW_IDENTITY.grants, subject)),
            content=not confidential or may(caller, VIEW_CONFIDENTIAL.grants, subject),
            instants=not anonymous or sees_instants(caller),
            reporter=own and not caller.signed_in,
            zone=ZoneInfo(zone),
        )

    def at(self, instant: datetime) -> datetime:
        """The instant, or the beginning of its local day."""
        if self.instants:
            return instant
        return instant.astimezone(self.zone).replace(hour=0, minute=0, second=0, microsecond=0)


def sees_instants(caller: Caller) -> bool:
    """Whether somebody may see at what moment an anonymous report came, and not only on which day."""
    return any(held.role in _SEES_INSTANTS for held in caller.roles)


def possible_verbs(caller: Caller, picture: Picture) -> list[str]:
    """What the caller could do next, in the workflow's order."""
    complaint = picture.complaint
    return [
        name
        for name, verb in WORKFLOW.items()
        if complaint.stage in verb.stages and may(caller, verb.grants, complaint)
    ]


def deadlines(complaint: Complaint) -> list[dict[str, Any]]:
    """The clocks that run, the earliest first."""
    running = (each.clock for each in complaint.running.values())
    return [
        {
            "step": clock.step,
            "agency": clock.agency,
            "n": clock.n,
            "due_at": clock.due_at,
            "policy": clock.policy,
            "calendar": clock.calendar,
            "provisional": clock.provisional,
        }
        for clock in sorted(running, key=lambda clock: clock.due_at)
    ]


def complaint_view(caller: Caller, viewer: Viewer, picture: Picture, opened: Opener) -> dict[str, Any]:
    """One complaint for one viewer."""
    complaint, filed = picture.complaint, picture.filed
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
        "addressed_to": filed.agency,
        "filed_at": viewer.at(filed.at),
        "changed_at": viewer.at(picture.changed_at),
        "closed_at": viewer.at(picture.closed_at) if picture.closed_at else None,
        "happened_on": filed.happened_on,
        "deadlines": deadlines(complaint),
        "possible": possible_verbs(caller, picture),
        "rating": picture.rating,
        "transferred_to": picture.transferred_to,
        "version": complaint.version,
    }
    if viewer.content:
        view |= _content(viewer, picture, opened)
    if viewer.identity and filed.reporter is not None:
        view["reporter"] = opened.nested("reporter", filed.reporter)
    return view


def _content(viewer: Viewer, picture: Picture, opened: Opener) -> dict[str, Any]:
    filed, response = picture.filed, picture.response
    return {
        "title": opened("title", picture.title) if picture.title else None,
        "text": opened("text", filed.text),
        "questions": [opened("questions", question) for question in picture.questions],
        "application_no": opened("application_no", filed.application_no) if filed.application_no else None,
        "place": opened.nested("place", filed.place) if filed.place else None,
        "response": response
        and {
            "text": opened("text", response.text),
            "outcome": response.outcome,
            "at": viewer.at(response.at),
        },
    }


def history_view(viewer: Viewer, rows: Iterable[Row], opened: Opener) -> list[dict[str, Any]]:
    """Each fact for one viewer, in order."""
    return [_item(viewer, row, row.fact(), opened) for row in rows]


def _item(viewer: Viewer, row: Row, fact: Fact, opened: Opener) -> dict[str, Any]:
    data = opened.fact(fact)
    if not viewer.identity:
        data.pop("reporter", None)
    internal = viewer.reporter and (
        isinstance(fact, facts.Noted) or (isinstance(fact, facts.FollowedUp) and not fact.public)
    )
    if internal or not viewer.content:
        data = {name: value for name, value in data.items() if name not in _CONTENT}
    if not viewer.instants:
        for stop in data.get("stops", ()):
            del stop["working_minutes"]  # counted back from closing time it would tell the minute
    return {
        "position": row.position,
        "version": row.version,
        "type": row.topic,
        "at": viewer.at(fact.at),
        "by": fact.by,
        "role": fact.role,
        "channel": fact.channel,
        "data": data,
    }
