"""Erasing personal data through HTTP: who may, what stays, what nobody gets any more."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import UUID, uuid4

import pytest
from werkzeug.test import TestResponse

from lapor.domain.complaint import WORKFLOW

from ..bodies import right
from ..people import People

OWN = "BINAMARGA"
SECRET = "Rahasia-besar-4471"
GONE = "[dihapus]"
READS = ("", "/history", "/family", "/similar")


def erase(people: People, complaint: dict[str, Any], **body: Any) -> TestResponse:
    return people.act(complaint, "erase", people.token("dpo"), **{"basis": "request", **body})


def mine(people: People, complaint: dict[str, Any], rest: str = "") -> TestResponse:
    return people.call("GET", f"/complaints/{complaint['code']}{rest}", Lapor_Receipt=complaint["receipt"])


@pytest.fixture
def complaint(people: People) -> dict[str, Any]:
    said = {"text": SECRET, "title": SECRET, "reporter": {"name": SECRET}, "place": {"address": SECRET}}
    made = people.routed(OWN, **said)
    for verb, body in (("note", {"text": SECRET}), ("respond", {"text": SECRET, "outcome": "fixed"})):
        assert people.act(made, verb, people.token("liaison", OWN), **body).status_code == 200
    return dict(made)


def test_an_erased_complaint_shows_its_erasure_and_the_basis(
    people: People, complaint: dict[str, Any]
) -> None:
    answer = erase(people, complaint, reference="PDP/0042/XI/2026")

    assert answer.status_code == 200
    view = answer.get_json()
    assert (view["text"], view["title"], view["place"]["address"]) == (GONE, GONE, GONE)
    assert (view["stage"], view["possible"], view["deadlines"]) == ("closed", [], [])
    assert (view["erasure"]["basis"], view["erasure"]["reference"]) == ("request", "PDP/0042/XI/2026")
    assert "no receipt opens it" in view["erasure"]["says"]
    for role in ("dpo", "coordinator", "auditor"):
        for rest in READS[:2]:
            seen = people.call("GET", f"/complaints/{complaint['id']}{rest}", people.token(role))
            assert seen.status_code == 200
            assert SECRET not in seen.text
            assert GONE in seen.text
    assert mine(people, complaint).status_code == 404
    assert people.running.application.log.vault_entries([UUID(complaint["id"])]) == []


def test_a_published_complaint_is_not_public_once_erased(people: People, complaint: dict[str, Any]) -> None:
    coordinator = people.token("coordinator")
    people.act(complaint, "redact", coordinator, title="Lampu", text=SECRET)
    assert people.act(complaint, "publish", coordinator).status_code == 200
    assert erase(people, complaint).get_json()["published"] is False
    assert people.call("GET", f"/complaints/{complaint['code']}").status_code == 404


def test_a_repeated_erasure_is_done_once_and_answered_alike(
    people: People, complaint: dict[str, Any]
) -> None:
    path, key = f"/complaints/{complaint['id']}/erase", str(uuid4())
    first, again = (
        people.call(
            "POST", path, people.token("dpo"), {"basis": "request"}, If_Match="*", Idempotency_Key=key
        )
        for _ in range(2)
    )
    assert (first.status_code, first.data) == (again.status_code, again.data) == (200, first.data)
    refused = erase(people, complaint)
    assert (refused.status_code, refused.get_json()["code"], refused.get_json()["possible"]) == (
        410,
        "erased",
        [],
    )


def test_a_key_used_for_something_else_erases_nothing(people: People, complaint: dict[str, Any]) -> None:
    dpo, key = people.token("dpo"), str(uuid4())
    other = people.file()
    hold = people.call(
        "POST", f"/complaints/{other['id']}/place-legal-hold", dpo, {"reason": "x"}, If_Match="*",
        Idempotency_Key=key,
    )  # fmt: skip
    assert hold.status_code == 200
    answer = people.call(
        "POST", f"/complaints/{complaint['id']}/erase", dpo, {"basis": "request"}, If_Match="*",
        Idempotency_Key=key,
    )  # fmt: skip
    assert answer.status_code == 422
    assert people.running.application.log.vault_entries([UUID(complaint["id"])])


def test_no_verb_on_what_was_erased_gives_anything_but_a_refusal(people: People) -> None:
    """At whichever stage it was: never a fault, never what was written."""
    for bring in ([], ["route"], ["route", "respond"], ["archive"]):
        complaint = people.file(text=SECRET)
        people.agency(OWN)
        bodies: dict[str, Any] = {
            "route": {"agency": OWN, "kind": "complaint", "category": "roads", "title": SECRET},
            "respond": {"text": SECRET, "outcome": "fixed"},
            "archive": {"reason_code": "spam", "text": SECRET},
        }
        for verb in bring:
            token = people.token("liaison", OWN) if verb == "respond" else people.token("coordinator")
            assert people.act(complaint, verb, token, **bodies[verb]).status_code == 200
        assert erase(people, complaint).status_code == 200
        callers = [people.token(role, OWN if role in {"liaison", "head"} else None) for role in
                   ("coordinator", "national", "arbiter", "inspector", "dpo", "liaison", "head")]  # fmt: skip
        head = people.running.services.head()
        for name, row in WORKFLOW.items():
            for caller in [*callers, None]:
                answer = people.act(complaint, name, caller, **right(row.fields))
                assert answer.status_code in {403, 404, 410, 422}, (name, answer.text)
                assert SECRET not in answer.text
        assert people.running.services.head() == head


def test_a_reporter_asks_and_is_told_beforehand_what_follows(
    people: People, complaint: dict[str, Any]
) -> None:
    answer = people.act(complaint, "request-erasure", None, reason="Saya pindah.")

    assert answer.status_code == 200
    assert "your receipt no longer opens this complaint" in answer.get_json()["erasure"]["says"]
    again = people.act(complaint, "request-erasure", None)
    assert (again.status_code, again.get_json()["code"]) == (409, "limit_reached")
    assert mine(people, complaint).status_code == 200  # nothing has happened yet
    assert people.act(complaint, "request-erasure", people.token("coordinator")).status_code == 403


def test_a_legal_hold_keeps_it_until_it_is_lifted(people: People, complaint: dict[str, Any]) -> None:
    dpo = people.token("dpo")
    held = people.act(complaint, "place-legal-hold", dpo, reason=SECRET, reference="12/Pdt.G/2026")
    assert held.get_json()["held"] is True

    refused = erase(people, complaint)

    assert (refused.status_code, refused.get_json()["code"]) == (409, "legal_hold")
    assert "lift-legal-hold" in refused.get_json()["detail"]
    assert people.act(complaint, "place-legal-hold", dpo, reason="x").status_code == 409
    shown = mine(people, complaint, "/history").get_json()["items"][-1]
    assert (shown["type"], shown["data"]) == ("lapor.complaint.legal_hold_placed", {})
    assert "held" not in mine(people, complaint).get_json()
    assert people.act(complaint, "lift-legal-hold", dpo, reason="Selesai.").get_json()["held"] is False
    assert erase(people, complaint).status_code == 200


def test_parts_of_a_split_are_erased_one_by_one_and_shown_before(people: People) -> None:
    whole, merged = people.file(text=SECRET, reporter={"name": SECRET}), people.file()
    coordinator, dpo = people.token("coordinator"), people.token("dpo")
    parts = [{"text": SECRET, "title": SECRET}] * 2
    children = people.act(whole, "split", coordinator, parts=parts).get_json()["split_into"]
    assert people.act(merged, "merge", coordinator, into=whole["id"]).status_code == 200

    family = people.call("GET", f"/complaints/{children[0]}/family", dpo).get_json()["items"]

    assert {it["id"]: it["tie"] for it in family} == {
        children[0]: "itself", whole["id"]: "split", children[1]: "split", merged["id"]: "merged",
    }  # fmt: skip
    assert erase(people, whole).status_code == 200
    left = people.call("GET", f"/complaints/{children[1]}", Lapor_Receipt=whole["receipt"])
    assert (left.status_code, left.get_json()["reporter"]["name"]) == (200, SECRET)
    now = people.call("GET", f"/complaints/{children[0]}/family", dpo).get_json()["items"]
    assert {it["id"] for it in now if it["erased"]} == {whole["id"]}
    bulk = {"verb": "erase", "complaints": [{"id": each} for each in children], "body": {"basis": "request"}}
    done = people.call("POST", "/complaints/bulk", dpo, bulk).get_json()["items"]
    assert [each["done"] for each in done] == [True, True]
    assert people.call("GET", f"/complaints/{children[1]}", Lapor_Receipt=whole["receipt"]).status_code == 404


def test_one_of_two_erasures_at_once_is_done(people: People) -> None:
    client, dpo = people.client.application.test_client, people.token("dpo")
    headers = {"Authorization": f"Bearer {dpo}", "If-Match": "*"}
    for _ in range(8):
        path = f"/api/v1/complaints/{people.file()['id']}/erase"
        with ThreadPoolExecutor(2) as threads:
            asked = [
                threads.submit(client().post, path, json={"basis": basis}, headers=headers)
                for basis in ("request", "retention")
            ]
            statuses = sorted(each.result().status_code for each in asked)
        assert statuses[0] == 200
        assert statuses[1] in {409, 410}


def test_a_command_at_the_same_moment_is_done_before_it_or_not_at_all(people: People) -> None:
    client, liaison = people.client.application.test_client, people.token("coordinator")
    as_dpo = {"Authorization": f"Bearer {people.token('dpo')}", "If-Match": "*"}
    as_other = {"Authorization": f"Bearer {liaison}", "If-Match": "*"}
    for _ in range(8):
        complaint = people.file(text=SECRET)
        path = f"/api/v1/complaints/{complaint['id']}"
        classes = {"kind": "complaint", "category": "roads", "title": SECRET}
        with ThreadPoolExecutor(2) as threads:
            one = threads.submit(client().post, f"{path}/erase", json={"basis": "request"}, headers=as_dpo)
            two = threads.submit(client().post, f"{path}/verify", json=classes, headers=as_other)
        statuses = (one.result().status_code, two.result().status_code)
        assert 200 in statuses
        assert set(statuses) <= {200, 409, 410}
        erased = one.result().status_code == 200
        assert bool(people.running.application.log.vault_entries([UUID(complaint["id"])])) is not erased
        types = [row.topic for row in people.running.application.log.read_stream(complaint["id"]).rows]
        assert (types[-1] == "lapor.complaint.personal_data_erased") is erased


def test_a_dismissed_officer_acts_no_longer_and_can_be_erased(people: People) -> None:
    administrator, dpo = people.token("administrator"), people.token("dpo")
    made = people.call("POST", "/officers", administrator, {"name": SECRET, "role": "coordinator"}).get_json()
    path = f"/officers/{made['id']}"
    token = people.call("POST", f"{path}/tokens", administrator, {}).get_json()["token"]
    early = people.call("POST", f"{path}/erase", dpo, {"basis": "retention"})
    assert (early.status_code, "dismisses them first" in early.text) == (409, True)

    dismissed = people.call("POST", f"{path}/dismiss", administrator, {}).get_json()

    assert (dismissed["roles"], dismissed["dismissed"], dismissed["name"]) == ([], True, SECRET)
    assert people.call("GET", "/complaints", token).status_code == 401
    assert people.call("POST", f"{path}/tokens", administrator, {}).status_code == 409
    erased = people.call("POST", f"{path}/erase", dpo, {"basis": "retention", "reference": "PDP/7"})
    assert (erased.status_code, erased.get_json()["name"]) == (200, GONE)
    assert SECRET not in people.call("GET", "/officers", administrator).text
    assert people.call("POST", f"{path}/erase", dpo, {"basis": "retention"}).status_code == 409
    assert people.call("POST", f"/officers/{uuid4()}/erase", dpo, {"basis": "request"}).status_code == 404
