"""One complaint as it is or was, and its history."""

from typing import Any
from uuid import UUID

from lapor.application.application import CommandRequest, LaporApplication
from lapor.application.queries.complaint_details import ComplaintDetails
from lapor.application.queries.complaint_views import (
    Viewer,
    complaint_view,
    followed_view,
    history_view,
    public_view,
)
from lapor.application.queries.lookup import AsOf, ComplaintLookup
from lapor.application.result import Result
from lapor.domain.errors import NotFoundError

_MOST_MERGED = 10  # complaints in a row, each merged into the next


class ComplaintQueries:
    """Questions about one complaint."""

    def __init__(self, desk: LaporApplication, finder: ComplaintLookup) -> None:
        self._desk = desk
        self._finder = finder

    def view(self, named: str, ask: CommandRequest, moment: AsOf) -> Result:
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
        picture = found.picture if moment.now else ComplaintDetails.of(row.fact() for row in rows)
        opened = self._desk.opener(found.situation.subject)
        body = complaint_view(found.caller, viewer, picture, opened, self._desk.policy)
        if picture.merged_into and viewer.content:
            body["followed"] = self._followed(picture.merged_into, moment)
        body["position"] = rows[-1].position
        return Result(body, picture.complaint.version, rows[-1].position)

    def _followed(self, stream: UUID, moment: AsOf) -> dict[str, Any] | None:
        """How far the complaint is that another one follows: no more than everybody who follows may know."""
        for _ in range(_MOST_MERGED):
            situation = self._finder.situation(stream)
            rows = moment.of(situation.rows, lambda at: at)
            if not rows:
                return None
            picture = ComplaintDetails.of(row.fact() for row in rows)
            if picture.merged_into is None:
                return followed_view(
                    picture, self._desk.opener(situation.subject), self._desk.zone, self._desk.policy
                )
            stream = picture.merged_into
        return None

    def _public(self, named: str) -> Result:
        """What everybody may see of a complaint that is published. Raises ``NotFoundError``."""
        situation = self._finder.situation(self._finder.stream(named))
        picture = ComplaintDetails.of(row.fact() for row in situation.rows)
        if not picture.complaint.published:
            raise NotFoundError
        body = public_view(picture, self._desk.opener(situation.subject), self._desk.zone, self._desk.policy)
        return Result(body, picture.complaint.version, situation.rows[-1].position)

    def history(
        self, named: str, ask: CommandRequest, moment: AsOf, *, after: int, limit: int
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
