"""A command says which version its author has seen, and its name: it is done once, or refused whole."""

import copy
from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import pytest
from werkzeug.test import TestResponse

from lapor.application.application import CommandRequest
from lapor.cli.shared.common import OPERATOR
from lapor.domain.access import MANAGE_OFFICERS, actor_for
from lapor.domain.vocabulary import Role
from lapor.store.event_log import SideWrites

from ..people import People

VERIFY = {"kind": "complaint", "category": "roads", "title": "Jalan rusak"}
FILING = {"text": "Lampu jalan padam.", "consent": True}


def verify(
    people: People,
    complaint: dict[str, Any],
    role: str = "coordinator",
    body: dict[str, str] = VERIFY,
    **headers: str,
) -> TestResponse:
    path = f"/complaints/{complaint['id']}/verify"
    return people.call("POST", path, people.token(role), body, **headers)


def code(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.get_json()["code"]


def test_a_command_must_say_which_version_its_author_has_seen(people: People) -> None:
    complaint = people.file()
    assert code(verify(people, complaint)) == (428, "version_required")
    stale = verify(people, complaint, If_Match='"2"')
    assert code(stale) == (412, "stale_version")
    assert stale.get_json()["version"] == 1
    for wrong in ("x", "-1", '"1", "2"'):
        assert verify(people, complaint, If_Match=wrong).status_code == 400
    done = verify(people, complaint, If_Match='"1"')
    assert (done.status_code, done.headers["ETag"]) == (200, '"2"')
    assert people.act(complaint, "route", people.token("coordinator"), agency="x").status_code == 422


def test_a_star_is_any_version_and_an_etag_that_was_answered_is_taken(people: People) -> None:
    complaint = people.routed()
    assert verify(people, people.file(), If_Match="*").status_code == 200
    view = people.call("GET", f"/complaints/{complaint['id']}", people.token("coordinator"))
    path = f"/complaints/{complaint['id']}/follow-up"
    for sent in (view.headers["ETag"], '"4"'):
        answer = people.call("POST", path, people.token("coordinator"), {"text": "x"}, If_Match=sent)
        assert answer.status_code == (200 if sent == view.headers["ETag"] else 412)


def test_a_refusal_names_the_stage_and_what_is_possible(people: People, head: Callable[[], int]) -> None:
    complaint = people.routed()
    before = head()
    for verb, role, body, possible in (
        ("verify", "coordinator", VERIFY, "follow-up"),
        ("close", "coordinator", {"reason": "x"}, "follow-up"),
        ("accept-response", None, {}, "withdraw"),
        ("complete", None, {"text": "x"}, "withdraw"),
    ):
        answer = people.act(complaint, verb, people.token(role) if role else None, **body)
        assert code(answer) == (409, "stage_forbids")
        assert answer.get_json()["stage"] == "routed"
        assert possible in answer.get_json()["possible"]
        assert verb not in answer.get_json()["possible"]
    assert head() == before


def test_the_same_request_twice_is_one_complaint_with_one_receipt(
    people: People, head: Callable[[], int]
) -> None:
    key, coordinator = str(uuid4()), people.token("coordinator")
    first = people.call("POST", "/complaints", body=FILING, Idempotency_Key=key)
    before = head()
    people.act(first.get_json(), "verify", coordinator, **VERIFY)
    again = people.call("POST", "/complaints", body=FILING, Idempotency_Key=f'"{key.upper()}"')

    assert first.status_code == again.status_code == 201
    assert first.data == again.data
    assert first.headers["ETag"] == again.headers["ETag"]
    assert head() == before + 1
    other = people.call("POST", "/complaints", body={**FILING, "text": "Lain."}, Idempotency_Key=key)
    assert code(other) == (422, "idempotency_key_reused")


@pytest.mark.parametrize("path", ["/agencies", "/officers"])
def test_the_same_request_twice_makes_one_agency_and_one_officer(
    people: People, head: Callable[[], int], path: str
) -> None:
    key, token = str(uuid4()), people.token("administrator")
    body = {"code": "DISHUB", "name": "Perhubungan"} if path == "/agencies" else {"name": "A", "role": "dpo"}
    first = people.call("POST", path, token, body, Idempotency_Key=key)
    before = head()
    again = people.call("POST", path, token, body, Idempotency_Key=key)
    assert (first.status_code, first.data) == (again.status_code, again.data) == (201, first.data)
    assert head() == before


def later_change(people: People, what: str, complaint: dict[str, Any], officer: UUID) -> None:
    """Something that happens between a command and its repetition."""
    if what == "the complaint moves on":
        people.act(complaint, "route", people.token("coordinator"), agency="BINAMARGA")
        people.act(complaint, "respond", people.token("liaison", "BINAMARGA"), text="x", outcome="fixed")
    if what == "the officer gets another role":
        application = people.running.application
        known = copy.deepcopy(application.reference_data.officers[officer])
        known.give_role(
            application.context(actor_for(OPERATOR, MANAGE_OFFICERS), CommandRequest(OPERATOR)),
            role=Role.INSPECTOR,
        )
        known.give_role(
            application.context(actor_for(OPERATOR, MANAGE_OFFICERS), CommandRequest(OPERATOR)),
            role=Role.COORDINATOR,
        )
        application.save(known, side_writes=SideWrites())


@pytest.mark.parametrize(
    "change", ["nothing changes", "the complaint moves on", "the officer gets another role"]
)
def test_a_command_repeated_with_its_key_is_answered_as_it_was(
    people: People, head: Callable[[], int], change: str
) -> None:
    people.agency("BINAMARGA")
    complaint = people.file(privacy="confidential", text="Naskah")
    appointed = people.call(
        "POST", "/officers", people.token("administrator"), {"name": "N", "role": "national"}
    ).get_json()
    path = f"/officers/{appointed['id']}/tokens"
    token = people.call("POST", path, people.token("administrator"), {}).get_json()["token"]
    sent = {"token": token, "body": VERIFY, "If_Match": '"1"', "Idempotency_Key": str(uuid4())}
    first = people.call("POST", f"/complaints/{complaint['id']}/verify", **sent)
    later_change(people, change, complaint, UUID(appointed["id"]))
    before = head()
    again = people.call("POST", f"/complaints/{complaint['id']}/verify", **sent)

    assert (first.status_code, again.status_code) == (200, 200)
    assert first.data == again.data
    assert dict(first.headers) == dict(again.headers)
    assert head() == before


def test_a_key_names_one_request_of_one_caller(people: People) -> None:
    key, complaint, other = str(uuid4()), people.file(), people.file()
    assert verify(people, complaint, If_Match="*", Idempotency_Key=key).status_code == 200
    reused = [
        verify(people, complaint, If_Match="*", Idempotency_Key=key, body={**VERIFY, "title": "Lain"}),
        verify(people, other, If_Match="*", Idempotency_Key=key),
        people.call("POST", "/complaints", people.token("coordinator"), FILING, Idempotency_Key=key),
    ]
    assert {code(answer) for answer in reused} == {(422, "idempotency_key_reused")}
    assert verify(people, other, "national", If_Match="*", Idempotency_Key=key).status_code == 200
    assert people.call("POST", "/complaints", body=FILING, Idempotency_Key=key).status_code == 201


def test_a_key_that_filed_a_complaint_may_name_a_command_on_it_too(people: People) -> None:
    key = str(uuid4())
    complaint = people.call("POST", "/complaints", body=FILING, Idempotency_Key=key).get_json()
    first = verify(people, complaint, If_Match="*", Idempotency_Key=key)
    again = verify(people, complaint, If_Match="*", Idempotency_Key=key)
    assert (first.status_code, again.status_code) == (200, 200)
    assert first.data == again.data


def test_errors_are_answered_in_the_order_of_the_checks(people: People) -> None:
    complaint, key = people.routed(), str(uuid4())
    path, coordinator = f"/complaints/{complaint['id']}/verify", people.token("coordinator")
    used = {"If_Match": "*", "Idempotency_Key": key}
    people.call("POST", f"/complaints/{complaint['id']}/follow-up", coordinator, {"text": "x"}, **used)
    call: Callable[..., Any] = people.call
    stale = {"If_Match": '"1"', "Idempotency_Key": key}

    assert call("POST", path, "lapor_unknown", {"x": 1}, **stale).status_code == 401
    assert call("POST", path, None, {"x": 1}, **stale).status_code == 401
    assert code(call("POST", path, coordinator, {"x": 1}, **stale)) == (422, "invalid")
    assert code(call("POST", path, coordinator, VERIFY, **stale)) == (422, "idempotency_key_reused")
    assert call("POST", path, people.token("auditor"), VERIFY, If_Match='"1"').status_code == 403
    assert call("POST", path, coordinator, VERIFY).status_code == 428
    assert call("POST", path, coordinator, VERIFY, If_Match='"1"').status_code == 412
    assert call("POST", path, coordinator, VERIFY, If_Match="*").status_code == 409
    assert (
        call("POST", path, coordinator, VERIFY, If_Match="*", Idempotency_Key=str(uuid4())).status_code == 409
    )


def test_fields_that_are_not_the_callers_to_set_are_refused_by_name(
    people: People, head: Callable[[], int]
) -> None:
    complaint = people.routed()
    names = (
        "status stage agency_id role by id version timestamp at reporter_id is_public _topic originator_id"
    )
    names += (
        " code receipt receipt_digest position channel_ starts stops deadlines cause __class__ reporter.id"
    )
    liaison, before = people.token("liaison", "BINAMARGA"), head()
    for name in names.split():
        for answer in (
            people.call("POST", "/complaints", body={**FILING, name: "x"}),
            people.call("POST", "/complaints", body={**FILING, "reporter": {name: "x"}}),
            people.act(complaint, "respond", liaison, text="x", outcome="fixed", **{name: "x"}),
            people.act(complaint, "accept", liaison, **{name: None}),
        ):
            assert answer.status_code == 422
            assert any(name in each for each in answer.get_json()["errors"])
    assert head() == before
