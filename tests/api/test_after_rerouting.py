"""An agency that has handed a complaint on loses its access from the next request."""

from collections.abc import Callable

from ..people import People


def test_an_agency_loses_sight_of_a_complaint_that_was_routed_to_another(people: People) -> None:
    complaint = people.routed("BINAMARGA")
    before = people.token("liaison", "BINAMARGA")
    after = people.token("liaison", "DISHUB")
    path = f"/complaints/{complaint['id']}"
    assert people.call("GET", path, before).status_code == 200
    assert people.call("GET", path, after).status_code == 404

    people.act(complaint, "route", people.token("coordinator"), agency="DISHUB")

    assert people.call("GET", path, after).status_code == 200
    for gone in ("", "/history", "/similar"):
        assert people.call("GET", path + gone, before).status_code == 404
    assert people.act(complaint, "follow-up", before, text="Masih kami?").status_code == 404
    nobody = people.call("GET", "/complaints/5d0b8c1e-2a3f-4b6c-8d9e-0f1a2b3c4d5e", before)
    assert people.call("GET", path, before).get_data() == nobody.get_data()


def test_declining_takes_it_from_ones_own_sight_too_and_a_repeat_is_still_answered(
    people: People, new_key: Callable[[], str]
) -> None:
    complaint = people.routed("BINAMARGA")
    liaison = people.token("liaison", "BINAMARGA")
    people.agency("DISHUB")
    path = f"/complaints/{complaint['id']}/decline"
    body = {"suggested_agency": "DISHUB", "reason": "Jalan itu milik provinsi."}
    key = new_key()

    first = people.call("POST", path, liaison, body, If_Match="*", Idempotency_Key=key)
    again = people.call("POST", path, liaison, body, If_Match="*", Idempotency_Key=key)

    assert first.status_code == again.status_code == 200
    assert first.get_data() == again.get_data()
    assert people.call("GET", f"/complaints/{complaint['id']}", liaison).status_code == 404
