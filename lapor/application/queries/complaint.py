"""What is seen of complaints: one as it is or was, its facts, and what is handed to the Ombudsman."""

from typing import Any
from uuid import UUID

from lapor.application.application import Ask, Desk
from lapor.application.commands.complaints import Complaints
from lapor.application.queries.complaint_details import Picture
from lapor.application.queries.complaint_views import (
    Viewer,
    complaint_view,
    followed_view,
    history_view,
    public_view,
)
from lapor.application.queries.lookup import Finder, Moment
from lapor.application.result import Answer
from lapor.domain.access import Caller
from lapor.domain.aggregate import Fact
from lapor.domain.complaint import WORKFLOW
from lapor.domain.complaint.facts import IdentityViewed, ReferredToOmbudsman
from lapor.domain.errors import LimitReachedError, NotFoundError
from lapor.domain.vocabulary import IdentityReason, Recipient, Role

_MOST_MERGED = 10  # complaints in a row, each merged into the next


class Showing:
    """Questions about one complaint."""

    def __init__(self, desk: Desk, finder: Finder, complaints: Complaints) -> None:
        self._desk = desk
        self._finder = finder
        self._complaints = complaints

    def view(self, named: str, ask: Ask, moment: Moment) -> Answer:
        """One complaint as the caller may see it, now or at a past moment.

        ``named`` is its id or its tracking code. Permission is always that of now; who has none is shown
        what was published, as it is now. Raises ``BeyondHeadError``, and ``NotFoundError`` also where it did
        not exist yet at that moment.
        """
        self._finder.check(moment)
        try:
            found = self._finder.seen(named, ask)
        except NotFoundError:
            if not moment.now:
                raise
            return self._public(named)
        viewer = Viewer.of(found.caller, found.complaint, self._desk.zone)
        rows = moment.of(found.rows, viewer.at)
        if not rows:
            raise NotFoundError
        picture = found.picture if moment.now else Picture.of(row.fact() for row in rows)
        opened = self._desk.opener(found.situation.subject)
        body = complaint_view(found.caller, viewer, picture, opened, self._desk.policy)
        if picture.merged_into and viewer.content:
            body["followed"] = self._followed(picture.merged_into, moment)
        body["position"] = rows[-1].position
        return Answer(body, picture.complaint.version, rows[-1].position)

    def _followed(self, stream: UUID, moment: Moment) -> dict[str, Any] | None:
        """How far the complaint is that another one follows: no more than everybody who follows may know."""
        for _ in range(_MOST_MERGED):
            situation = self._finder.situation(stream)
            rows = moment.of(situation.rows, lambda at: at)
            if not rows:
                return None
            picture = Picture.of(row.fact() for row in rows)
            if picture.merged_into is None:
                return followed_view(
                    picture, self._desk.opener(situation.subject), self._desk.zone, self._desk.policy
                )
            stream = picture.merged_into
        return None

    def _public(self, named: str) -> Answer:
        """What everybody may see of a complaint that is published. Raises ``NotFoundError``."""
        situation = self._finder.situation(self._finder.stream(named))
        picture = Picture.of(row.fact() for row in situation.rows)
        if not picture.complaint.published:
            raise NotFoundError
        body = public_view(picture, self._desk.opener(situation.subject), self._desk.zone, self._desk.policy)
        return Answer(body, picture.complaint.version, situation.rows[-1].position)

    def history(
        self, named: str, ask: Ask, moment: Moment, *, after: int, limit: int
    ) -> tuple[list[Any], bool]:
        """The facts of a complaint of versions above ``after``, and whether there are more.

        Raises ``BeyondHeadError`` and ``NotFoundError``.
        """
        self._finder.check(moment)
        found = self._finder.seen(named, ask)
        viewer = Viewer.of(found.caller, found.complaint, self._desk.zone)
        rows = [row for row in moment.of(found.rows, viewer.at) if row.version > after]
        opened = self._desk.opener(found.situation.subject)
        return history_view(viewer, rows[:limit], opened), len(rows) > limit

    def for_ombudsman(self, named: str, ask: Ask) -> Answer:
        """All that is handed to the Ombudsman, once the reporter has agreed to it: the complaint, its facts.

        For those who may refer it; each gets what he may see himself: an officer the reporter's name only
        where he has looked at it for the Ombudsman's sake since. That he took it is a fact, stored before it
        is answered. Raises ``LimitReachedError`` where it has not been referred.
        """
        found = self._finder.seen(named, ask)
        actor = found.actor(WORKFLOW["refer-to-ombudsman"])
        stream = [row.fact() for row in found.rows]
        referred = [fact for fact in stream if isinstance(fact, ReferredToOmbudsman)]
        if not referred:
            raise LimitReachedError("It was not referred; the reporter agrees to that by refer-to-ombudsman.")
        viewer = Viewer.of(found.caller, found.complaint, self._desk.zone)
        version, position = found.version, found.position
        if actor.role is not Role.REPORTER:
            if any(_for_ombudsman(fact, found.caller, referred[-1]) for fact in stream):
                viewer = viewer.unmasked()
            version, position = self._complaints.note_export(
                found.complaint.id, actor, ask, Recipient.OMBUDSMAN, identified=not viewer.masked
            )
        opened = self._desk.opener(found.situation.subject)
        body = {
            "reference": referred[-1].reference,
            "referred_at": viewer.at(referred[-1].at),
            "complaint": complaint_view(found.caller, viewer, found.picture, opened, self._desk.policy),
            "history": history_view(viewer, found.rows, opened),
        }
        return Answer(body, version, position)


def _for_ombudsman(fact: Fact, caller: Caller, referred: Fact) -> bool:
    """Whether the caller was shown the reporter by this fact, to hand it to the Ombudsman."""
    return (
        isinstance(fact, IdentityViewed)
        and fact.by == caller.id
        and fact.reason_code is IdentityReason.OMBUDSMAN
        and fact.originator_version > referred.originator_version
    )
