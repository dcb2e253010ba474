"""A complaint's whole way, from filing to closing, over HTTP."""

import pytest

from .people import People

pytestmark = pytest.mark.usefixtures("fed")


def test_a_complaint_goes_from_filing_to_closing_and_every_step_is_an_event(people: People) -> None:
    liaison = people.token("liaison", "BINAMARGA")
    complaint = people.file(title="Lampu jalan", reporter={"name": "Siti"})

    route = {"agency": "BINAMARGA", "kind": "complaint", "category": "infrastructure"}
    routed = people.act(complaint, "route", people.token("coordinator"), **route)
    backlog = people.call(
        "GET", "/agencies/BINAMARGA/backlog", liaison, Lapor_Position=routed.headers["Lapor-Position"]
    ).get_json()
    people.act(complaint, "follow-up", liaison, text="Petugas ke lokasi.", public=True)
    responded = people.act(complaint, "respond", liaison, text="Sudah diperbaiki.", outcome="fixed")
    closed = people.act(complaint, "accept-response", None, rating=5)

    assert [item["id"] for item in backlog["items"]] == [complaint["id"]]
    assert backlog["counts"]["open"] == 1
    assert responded.get_json()["stage"] == "responded"
    assert closed.get_json()["stage"] == "closed"
    history = people.call("GET", f"/complaints/{complaint['code']}/history", liaison).get_json()
    assert [item["type"].removeprefix("lapor.complaint.") for item in history["items"]] == [
        "filed",
        "verified",
        "routed",
        "accepted",
        "followed_up",
        "responded",
        "response_accepted",
        "rated",
        "closed",
    ]
    assert [item["version"] for item in history["items"]] == list(range(1, 10))


def test_an_answered_complaint_leaves_the_backlog(people: People) -> None:
    liaison = people.token("liaison", "BINAMARGA")
    complaint = people.routed()

    answer = people.act(complaint, "respond", liaison, text="Sudah.", outcome="fixed")

    position = answer.headers["Lapor-Position"]
    backlog = people.call("GET", "/agencies/BINAMARGA/backlog", liaison, Lapor_Position=position).get_json()
    assert backlog["items"] == []
    assert backlog["position"] >= int(position)
