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

    def __init__(self, desk: LaporApplication, finder: ComplaintLookup) -> None:
        self._desk = desk
        self._finder = finder

    def of(self, named: str, ask: CommandRequest) -> Result:
        """The complaint and those tied to it, 500 at most. For those who may erase it.

        Raises ``NotFoundError`` and ``NotAllowedError``.
        """
        first = self._finder.seen(named, ask)
        first.actor(WORKFLOW["erase"])
        stream = first.complaint.id
        known: dict[UUID, tuple[ComplaintDetails, Relation]] = {}
        found = {stream: Relation.ITSELF}
        while found and len(known) < _MOST:
            pictures = self._pictures(list(found)[: _MOST - len(known)])
            known |= {each: (picture, found[each]) for each, picture in pictures.items()}
            found = {
                other: tie
                for each, picture in pictures.items()
                if known[each][1] is not Relation.MERGED
                for other, tie in _tied(picture)
                if other not in known
            }
        items = [_item(picture, tie) for picture, tie in known.values()]
        return Result(
            {"items": items, "next": None}, known[stream][0].complaint.version, self._desk.log.head()
        )

    def _pictures(self, streams: list[UUID]) -> dict[UUID, ComplaintDetails]:
        found = self._desk.log.streams(streams)
        return {each: ComplaintDetails.of(row.fact() for row in found[each]) for each in streams}


def _tied(picture: ComplaintDetails) -> Iterator[tuple[UUID, Relation]]:
    if picture.filed.split_from:
        yield picture.filed.split_from, Relation.SPLIT
    for child in picture.split_into:
        yield child, Relation.SPLIT
    for other in (picture.merged_into, *picture.followers):
        if other is not None:
            yield other, Relation.MERGED


def _item(picture: ComplaintDetails, tie: Relation) -> dict[str, Any]:
    it = picture.complaint
    return {
        "id": it.id,
        "code": it.code,
        "stage": it.stage,
        "tie": tie,
        "held": it.held,
        "erased": it.erased,
        "version": it.version,
    }
