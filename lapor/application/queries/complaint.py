"""One complaint, now or at a past moment, and its history."""

from typing import Any
from uuid import UUID

from lapor.application.application import CommandRequest, LaporApplication
from lapor.application.queries.as_of import check_reached
from lapor.application.queries.complaint_details import ComplaintDetails
from lapor.application.queries.complaint_views import (
    Viewer,
    complaint_view,
    followed_view,
    history_view,
    public_view,
)
from lapor.application.queries.lookup import ComplaintLookup
from lapor.application.result import Result
from lapor.domain.errors import NotFoundError
from projections.engine.as_of import AsOf

_MOST_MERGED = 10  # complaints in a row, each merged into the next


class ComplaintQueries:
    """Questions about one complaint."""

    def __init__(self, application: LaporApplication, lookup: ComplaintLookup) -> None:
        self._application = application
        self._lookup = lookup

    def view(self, named: str, command: CommandRequest, moment: AsOf) -> Result:
        """Return one complaint as the caller may see it, now or at a past moment.

        ``named`` is its id or its tracking code. Permission is always the current one; a caller without it
        gets the published version, as it is now. Raises ``BeyondHeadError``, and ``NotFoundError`` also if
        the complaint did not exist yet at that moment.
        """
        check_reached(self._application, moment.position)
        try:
            found = self._lookup.seen(named, command)
        except NotFoundError:
            if not moment.now:
                raise
            return self._public(named)
        viewer = Viewer.of(found.caller, found.complaint, self._application.zone)
        rows = moment.of(found.rows, viewer.at)
        if not rows:
            raise NotFoundError
        details = found.details if moment.now else ComplaintDetails.of(row.event() for row in rows)
        opened = self._application.opener(found.stream_read.vault_entry)
        body = complaint_view(found.caller, viewer, details, opened, self._application.policy)
        if details.merged_into and viewer.content:
            body["followed"] = self._followed(details.merged_into, moment)
        body["position"] = rows[-1].position
        return Result(body, details.complaint.version, rows[-1].position)

    def _followed(self, stream: UUID, moment: AsOf) -> dict[str, Any] | None:
        """Return the progress of the complaint that another was merged into: what every follower may know."""
        for _ in range(_MOST_MERGED):
            stream_read = self._lookup.read_stream(stream)
            rows = moment.of(stream_read.rows, lambda at: at)
            if not rows:
                return None
            details = ComplaintDetails.of(row.event() for row in rows)
            if details.merged_into is None:
                return followed_view(
                    details,
                    self._application.opener(stream_read.vault_entry),
                    self._application.zone,
                    self._application.policy,
                )
            stream = details.merged_into
        return None

    def _public(self, named: str) -> Result:
        """Return the published version of a complaint. Raises ``NotFoundError`` if it is not published."""
        stream_read = self._lookup.read_stream(self._lookup.stream(named))
        details = ComplaintDetails.of(row.event() for row in stream_read.rows)
        if not details.complaint.published:
            raise NotFoundError
        body = public_view(
            details,
            self._application.opener(stream_read.vault_entry),
            self._application.zone,
            self._application.policy,
        )
        return Result(body, details.complaint.version, stream_read.rows[-1].position)

    def history(
        self, named: str, command: CommandRequest, moment: AsOf, *, after: int, limit: int
    ) -> tuple[list[Any], bool]:
        """Return a complaint's events of versions above ``after``, and whether there are more.

        Raises ``BeyondHeadError`` and ``NotFoundError``.
        """
        check_reached(self._application, moment.position)
        found = self._lookup.seen(named, command)
        viewer = Viewer.of(found.caller, found.complaint, self._application.zone)
        rows = [row for row in moment.of(found.rows, viewer.at) if row.version > after]
        opened = self._application.opener(found.stream_read.vault_entry)
        return history_view(viewer, rows[:limit], opened), len(rows) > limit
