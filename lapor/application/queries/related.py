"""The complaints that belong together (laporan terkait): those of one receipt, and those merged with them.

Each has a key of its own: erasing one erases no other. So who erases is shown the others first.
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
    """What ties another complaint to the one that was asked about."""

    ITSELF = "itself"
    SPLIT = "split"  # of the same reporter, opened by the same receipt
    MERGED = "merged"  # of another reporter, about the same


class RelatedComplaints:
    """Who belongs together."""

    def __init__(self, application: LaporApplication, lookup: ComplaintLookup) -> None:
        self._application = application
        self._lookup = lookup

    def of(self, named: str, command: CommandRequest) -> Result:
        """The complaint and those tied to it, 500 at most. For those who may erase it.

        Raises ``NotFoundError`` and ``NotAllowedError``.
        """
        first = self._lookup.seen(named, command)
        first.actor(WORKFLOW["erase"])
        stream = first.complaint.id
        known: dict[UUID, tuple[ComplaintDetails, Relation]] = {}
        found = {stream: Relation.ITSELF}
        while found and len(known) < _MOST:
            details_of_several = self._details_of_several(list(found)[: _MOST - len(known)])
            known |= {each: (details, found[each]) for each, details in details_of_several.items()}
            found = {
                other: tie
                for each, details in details_of_several.items()
                if known[each][1] is not Relation.MERGED
                for other, tie in _tied(details)
                if other not in known
            }
        items = [_item(details, tie) for details, tie in known.values()]
        return Result(
            {"items": items, "next": None}, known[stream][0].complaint.version, self._application.log.head()
        )

    def _details_of_several(self, streams: list[UUID]) -> dict[UUID, ComplaintDetails]:
        found = self._application.log.streams(streams)
        return {each: ComplaintDetails.of(row.event() for row in found[each]) for each in streams}


def _tied(details: ComplaintDetails) -> Iterator[tuple[UUID, Relation]]:
    if details.filed.split_from:
        yield details.filed.split_from, Relation.SPLIT
    for child in details.split_into:
        yield child, Relation.SPLIT
    for other in (details.merged_into, *details.followers):
        if other is not None:
            yield other, Relation.MERGED


def _item(details: ComplaintDetails, tie: Relation) -> dict[str, Any]:
    it = details.complaint
    return {
        "id": it.id,
        "code": it.code,
        "stage": it.stage,
        "tie": tie,
        "held": it.held,
        "erased": it.erased,
        "version": it.version,
    }
