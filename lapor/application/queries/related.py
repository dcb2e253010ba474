"""Related complaints (laporan terkait): those of one receipt, and those merged with them.

Each has its own key: erasing one erases no other. So an officer who erases one sees the others first.
"""

from collections.abc import Iterator
from enum import StrEnum
from typing import Any
from uuid import UUID

from lapor.application.application import CommandRequest, LaporApplication
from lapor.application.queries.complaint_details import ComplaintDetails
from lapor.application.queries.lookup import ComplaintLookup
from lapor.application.result import Result
from lapor.domain.complaint import WORKFLOW

_MOST = 500


class Relation(StrEnum):
    """The relation of another complaint to the one in the request."""

    ITSELF = "itself"
    SPLIT = "split"  # of the same reporter, opened by the same receipt
    MERGED = "merged"  # of another reporter, about the same


class RelatedComplaints:
    """Questions about related complaints."""

    def __init__(self, application: LaporApplication, lookup: ComplaintLookup) -> None:
        self._application = application
        self._lookup = lookup

    def of(self, named: str, command: CommandRequest) -> Result:
        """Return the complaint and those related to it, 500 at most, for callers who may erase it.

        Raises ``NotFoundError`` and ``NotAllowedError``.
        """
        first = self._lookup.seen(named, command)
        first.actor(WORKFLOW["erase"])
        stream = first.complaint.id
        related: dict[UUID, tuple[ComplaintDetails, Relation]] = {}
        following = {stream: Relation.ITSELF}
        while following and len(related) < _MOST:
            read = self._details(list(following)[: _MOST - len(related)])
            related |= {each: (details, following[each]) for each, details in read.items()}
            following = {
                other: tie
                for each, details in read.items()
                if related[each][1] is not Relation.MERGED
                for other, tie in _tied(details)
                if other not in related
            }
        items = [_item(details, tie) for details, tie in related.values()]
        version = related[stream][0].complaint.version
        return Result({"items": items, "next": None}, version, self._application.log.head())

    def _details(self, streams: list[UUID]) -> dict[UUID, ComplaintDetails]:
        rows = self._application.log.streams(streams)
        return {stream: ComplaintDetails.of(row.event() for row in rows[stream]) for stream in streams}


def _tied(details: ComplaintDetails) -> Iterator[tuple[UUID, Relation]]:
    if details.filed.split_from:
        yield details.filed.split_from, Relation.SPLIT
    for child in details.split_into:
        yield child, Relation.SPLIT
    for other in (details.merged_into, *details.followers):
        if other is not None:
            yield other, Relation.MERGED


def _item(details: ComplaintDetails, tie: Relation) -> dict[str, Any]:
    complaint = details.complaint
    return {
        "id": complaint.id,
        "code": complaint.code,
        "stage": complaint.stage,
        "tie": tie,
        "held": complaint.held,
        "erased": complaint.erased,
        "version": complaint.version,
    }
