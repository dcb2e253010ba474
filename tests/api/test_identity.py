"""Officers see reporters masked; who has to know more says why, and that is stored first."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from werkzeug.test import TestResponse

from lapor.domain.complaint.events import IdentityViewed, PersonalDataExported

from ..people import People
from .scene import OTHER, OWN
from .test_races import at_once, command

SITI = {
    "name": "Siti Rahayu-5518",
    "phone": "0812-3456-7890",
    "email": "siti.5518@mail.example.id",
    "national_id": "3216990000005518",
    "address": "Gang Melati 5518, Cikarang",
}
MASKED = {
    "name": "Siti R.",
    "phone": "0812*****890",
    "email": "s***@***.id",
    "national_id": "************5518",
    "address": "***",
    "masked": True,
}
WHY = {"reason_code": "contact", "reason": "Menanyakan titik lokasi."}
ASKED = {"reason_code": "legal_order", "reason": "Surat penyidik.", "reference": "B/12/2026"}


def events_of(people: People, complaint: dict[str, Any], kind: type) -> list[Any]:
    rows = people.running.application.log.read_stream(complaint["id"]).rows
    return [event for event in (row.event() for row in rows) if isinstance(event, kind)]


def look(
    people: People, complaint: dict[str, Any], token: str, body: Any = None, **headers: str
) -> TestResponse:
    path = f"/complaints/{complaint['id']}/identity"
    return people.call("POST", path, token, body or WHY, **headers)


def get(
    people: People, complaint: dict[str, Any], rest: str, token: str | None = None, **headers: str
) -> TestResponse:
    return people.call("GET", f"/complaints/{complaint['id']}{rest}", token, **headers)


def granted(people: People, complaint: dict[str, Any]) -> None:
    asked = people.act(complaint, "request-identity", people.token("coordinator"), **ASKED)
    grant = {"request": asked.get_json()["version"]}
    for verb, role, body in (("grant-identity", "dpo", grant),):
        answer = people.call("POST", f"/complaints/{complaint['id']}/{verb}", people.token(role), body)
        assert answer.status_code == 200, answer.text


def test_officers_see_the_reporter_masked_and_the_reporter_sees_all(people: People) -> None:
    complaint = people.routed(OWN, reporter=SITI)
    for role, agency in (("liaison", OWN), ("head", OWN), ("coordinator", None)):
        token = people.token(role, agency)
        assert get(people, complaint, "", token=token).get_json()["reporter"] == MASKED
        first = get(people, complaint, "/history", token=token).get_json()["items"][0]
        assert first["data"]["reporter"] == MASKED
    mine = get(people, complaint, "", Lapor_Receipt=complaint["receipt"]).get_json()
    assert mine["reporter"] == SITI


def test_an_officer_who_shows_the_receipt_sees_no_more_than_a_mask(people: People) -> None:
    shown = {"Lapor_Receipt": people.routed(OWN, reporter=SITI)["receipt"]}
    complaint = people.routed(OWN, reporter=SITI)
    shown = {"Lapor_Receipt": complaint["receipt"], "token": people.token("coordinator")}
    assert get(people, complaint, "", **shown).get_json()["reporter"] == MASKED
    anonymous = people.routed(OWN, reporter=SITI, privacy="anonymous")
    shown = {"Lapor_Receipt": anonymous["receipt"], "token": people.token("intake")}
    assert "reporter" not in get(people, anonymous, "", **shown).get_json()


def test_a_receipt_alone_shows_an_officer_no_internal_events(people: People) -> None:
    complaint = people.routed(OWN, reporter=SITI)
    people.act(complaint, "note", people.token("liaison", OWN), text="Catatan-dalam")
    look(people, complaint, people.token("dpo"), WHY | {"reason_code": "investigation"})
    for role, told in (("intake", False), ("coordinator", True)):
        caller = {"token": people.token(role), "Lapor_Receipt": complaint["receipt"]}
        history = get(people, complaint, "/history", **caller).text
        assert ("Catatan-dalam" in history) is ("identity_viewed" in history) is told


def test_a_look_is_stored_and_answers_the_complaint_with_its_reporter_in_full(people: People) -> None:
    complaint = people.routed(OWN, reporter=SITI)
    liaison = people.token("liaison", OWN)

    answer = look(people, complaint, liaison)

    assert answer.get_json()["reporter"] == SITI
    (event,) = events_of(people, complaint, IdentityViewed)
    assert event.fields == tuple(SITI)
    assert (str(event.role), str(event.reason_code), event.break_glass) == ("liaison", "contact", False)
    assert event.reason.startswith("s1.")
    assert get(people, complaint, "", token=liaison).get_json()["reporter"] == MASKED
    assert look(people, complaint, liaison, {"reason_code": "contact"}).status_code == 422
    assert look(people, complaint, liaison, {"reason": "x"}).status_code == 422


def test_each_look_is_an_event_and_a_retry_of_one_is_none(people: People) -> None:
    complaint = people.routed(OWN, reporter=SITI)
    liaison, key = people.token("liaison", OWN), str(uuid4())
    first = look(people, complaint, liaison, Idempotency_Key=key)
    again = look(people, complaint, liaison, Idempotency_Key=key)
    assert (first.data, first.headers["ETag"]) == (again.data, again.headers["ETag"])
    assert len(events_of(people, complaint, IdentityViewed)) == 1
    look(people, complaint, liaison)
    assert len(events_of(people, complaint, IdentityViewed)) == 2
    other = look(people, complaint, liaison, {**WHY, "reason": "Lain."}, Idempotency_Key=key)
    assert (other.status_code, other.get_json()["code"]) == (422, "idempotency_key_reused")


def test_a_retry_shows_it_for_a_quarter_of_an_hour_and_only_to_who_still_may(
    people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    complaint = people.routed(OWN, reporter=SITI)
    liaison, key = people.token("liaison", OWN), str(uuid4())
    look(people, complaint, liaison, Idempotency_Key=key)
    application = people.running.application
    clock = application.clock
    monkeypatch.setattr(application, "clock", lambda: clock() + timedelta(minutes=16))
    assert look(people, complaint, liaison, Idempotency_Key=key).get_json()["reporter"] == MASKED
    monkeypatch.setattr(application, "clock", clock)
    people.act(complaint, "set-privacy", None, privacy="anonymous")
    late = look(people, complaint, liaison, Idempotency_Key=key)
    assert SITI["phone"] not in late.text


def test_a_look_needs_no_version_and_makes_no_open_page_stale(people: People) -> None:
    complaint = people.routed(OWN, reporter=SITI)
    liaison = people.token("liaison", OWN)
    page = get(people, complaint, "", token=liaison)
    before = page.get_json()["changed_at"]
    assert look(people, complaint, people.token("coordinator")).status_code == 200

    path = f"/complaints/{complaint['id']}/accept"
    answer = people.call("POST", path, liaison, {}, If_Match=page.headers["ETag"])

    assert answer.status_code == 200
    assert answer.get_json()["version"] == page.get_json()["version"] + 2
    stale = people.call("POST", path, liaison, {}, If_Match=page.headers["ETag"])
    assert stale.status_code == 412
    look(people, complaint, liaison)
    assert get(people, complaint, "", token=liaison).get_json()["changed_at"] > before


def test_looks_at_once_are_all_stored_while_a_command_is_sent(people: People) -> None:
    complaint = people.routed(OWN, reporter=SITI)
    coordinator, liaison = people.token("coordinator"), people.token("liaison", OWN)
    base = f"/complaints/{complaint['id']}"
    version = get(people, complaint, "", token=liaison).headers["ETag"]
    calls = [command(people, f"{base}/identity", WHY, coordinator) for _ in range(3)]
    calls.append(command(people, f"{base}/accept", {}, liaison, If_Match=version))

    *looks, accepted = at_once(calls)

    assert [answer.status_code for answer in looks] == [200] * 3
    assert {answer.get_json()["reporter"]["phone"] for answer in looks} == {SITI["phone"]}
    assert accepted.status_code in {200, 409}
    assert len(events_of(people, complaint, IdentityViewed)) == 3


def test_an_anonymous_reporter_is_seen_after_two_persons_have_said_so(people: People) -> None:
    complaint = people.routed(OWN, reporter=SITI, privacy="anonymous")
    coordinator, dpo = people.token("coordinator"), people.token("dpo")
    for token in (coordinator, dpo, people.token("liaison", OWN), people.token("auditor")):
        refused = look(people, complaint, token)
        assert (refused.status_code, refused.get_json()["code"]) == (409, "limit_reached")
        assert "reporter" not in get(people, complaint, "", token=token).get_json()
    granted(people, complaint)
    assert look(people, complaint, dpo).status_code == 409

    seen = look(people, complaint, coordinator, {"reason_code": "legal_order", "reason": "Surat."})

    assert seen.get_json()["reporter"] == SITI
    assert [event.break_glass for event in events_of(people, complaint, IdentityViewed)] == [True]
    assert "reporter" not in get(people, complaint, "", token=coordinator).get_json()
    told = get(people, complaint, "/history", Lapor_Receipt=complaint["receipt"]).get_json()["items"]
    assert [item["type"].rpartition(".")[2] for item in told[-3:]] == [
        "identity_requested",
        "identity_granted",
        "identity_viewed",
    ]
    assert all(item["at"][11:19] == "00:00:00" for item in told), "days, not seconds"
    assert "Surat" not in str(told), "what an officer wrote is for officers"


def test_the_reporter_learns_nothing_of_an_investigation(people: People) -> None:
    complaint = people.file(reporter=SITI)
    assert (
        look(
            people, complaint, people.token("coordinator"), WHY | {"reason_code": "investigation"}
        ).status_code
        == 422
    )
    assert (
        look(people, complaint, people.token("dpo"), WHY | {"reason_code": "investigation"}).status_code
        == 200
    )
    mine = get(people, complaint, "/history", Lapor_Receipt=complaint["receipt"]).get_json()["items"]
    assert [item["version"] for item in mine] == [1]
    officers = get(people, complaint, "/history", token=people.token("coordinator")).get_json()["items"]
    assert [item["version"] for item in officers] == [1, 2]


def test_the_ombudsmans_package_names_the_reporter_to_an_officer_after_a_look_for_that(
    people: People,
) -> None:
    complaint = people.routed(OWN, reporter=SITI)
    coordinator = people.token("coordinator")
    people.act(complaint, "refer-to-ombudsman", None, consent=True)
    look(people, complaint, coordinator)
    package = get(people, complaint, "/ombudsman", token=coordinator).get_json()
    assert package["complaint"]["reporter"] == MASKED
    look(people, complaint, coordinator, {"reason_code": "ombudsman", "reason": "Diserahkan."})
    package = get(people, complaint, "/ombudsman", token=coordinator).get_json()
    assert package["complaint"]["reporter"] == SITI
    other = get(people, complaint, "/ombudsman", token=people.token("national")).get_json()
    assert "reporter" not in other["complaint"], "each gets what they may see themselves"
    exported = events_of(people, complaint, PersonalDataExported)
    assert [event.fields for event in exported] == [(), tuple(SITI), ()]
    mine = get(people, complaint, "/ombudsman", Lapor_Receipt=complaint["receipt"]).get_json()
    assert mine["complaint"]["reporter"] == SITI
    assert len(events_of(people, complaint, PersonalDataExported)) == 3, "the reporter's own copy is no event"


def test_identities_are_not_looked_at_in_bulk(people: People) -> None:
    complaint = people.routed(OTHER, reporter=SITI)
    asked = {"verb": "identity", "complaints": [{"id": complaint["id"]}], "body": WHY}
    assert people.call("POST", "/complaints/bulk", people.token("coordinator"), asked).status_code == 422
