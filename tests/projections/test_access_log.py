"""The access log has a row for each access, found by time, officer and complaint, page by page."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from lapor.domain.complaint.events import Reporter
from lapor.domain.vocabulary import IdentityReason, Privacy, Recipient, Role, Sealed
from lapor.store.database import Database
from projections.access_log import ACCESS_LOG, AccessFilter, page
from projections.catalogue import PROJECTIONS
from projections.engine.engine import Engine

from ..domain.story import Story
from .histories import history
from .stores import feed, folded, store


def accessed() -> tuple[Story, list[Any]]:
    """Return an anonymous complaint whose identity was requested, granted, viewed and exported."""
    story = Story().filed(reporter=Reporter(name=Sealed("s1.name")), privacy=Privacy.ANONYMOUS)
    it, why = story.complaint, {"reason_code": IdentityReason.SAFETY}
    it.request_identity(story.context(Role.COORDINATOR, "s1.why"), reference="B/1", **why)
    it.grant_identity(story.context(Role.DPO), request=2)
    it.identity(story.context(Role.COORDINATOR, "s1.why"), **why)
    it.note_export(story.context(Role.COORDINATOR), recipient=Recipient.OMBUDSMAN, identified=False)
    return story, list(story.new())


def test_each_access_is_a_row_and_no_other_event_is() -> None:
    story, events = accessed()
    rows = folded(ACCESS_LOG, events)

    assert [key[1] for key in rows] == [2, 3, 4, 5]
    asked, granted, seen, handed = rows.values()
    assert (asked.what, asked.reference, asked.reason) == ("identity_requested", "B/1", "s1.why")
    assert (granted.role, granted.reason_code, granted.fields) == (Role.DPO, IdentityReason.SAFETY, ())
    assert (seen.break_glass, seen.fields, seen.position) == (True, ("name",), 4)
    assert (handed.recipient, handed.fields, handed.by) == (Recipient.OMBUDSMAN, (), "coordinator-1")
    assert {row.stream for row in rows.values()} == {story.complaint.id}


def test_random_histories_have_accesses() -> None:
    assert any(folded(ACCESS_LOG, history(seed, 12)) for seed in range(5)), "or the other tests prove nothing"


def test_accesses_are_found_page_by_page_in_the_order_of_time(database: Database) -> None:
    (_, first), (other, second) = accessed(), accessed()
    store(database, [*first, *second])
    feed(Engine(database, PROJECTIONS))

    everything, after = [], None
    while found := page(database, AccessFilter(), after=after, limit=3):
        everything += found
        after = found[-1].access.position
    assert len(everything) == 8
    places = [(each.access.at, each.access.position) for each in everything]
    assert places == sorted(places)
    assert {each.code for each in everything} == {"LP-0000-00000"}

    def found_by(**wanted: Any) -> list[tuple[UUID, str]]:
        return [
            (one.access.stream, one.access.what) for one in page(database, AccessFilter(**wanted), limit=50)
        ]

    own = found_by(complaint=other.complaint.id)
    assert [what for _, what in own] == [
        "identity_requested",
        "identity_granted",
        "identity_viewed",
        "personal_data_exported",
    ]
    assert [what for _, what in found_by(officers=["dpo-1"])] == ["identity_granted"] * 2
    assert found_by(officers=[]) == []
    last = second[-1].at
    assert len(found_by(since=last)) == 2
    assert len(found_by(until=last)) == 6
    assert found_by(since=last, until=last + timedelta(seconds=1), complaint=UUID(int=1)) == []
