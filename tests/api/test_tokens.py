"""A token works from the request after its issue, and no longer than it should."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from ..clock import now
from ..people import People


@pytest.fixture
def issue(people: People) -> Callable[..., dict[str, Any]]:
    """A new officer's token."""

    def do(role: str = "coordinator", **body: Any) -> dict[str, Any]:
        admin = people.token("administrator")
        officer = people.call("POST", "/officers", admin, {"name": "Budi", "role": role}).get_json()
        answer = people.call("POST", f"/officers/{officer['id']}/tokens", admin, body)
        assert answer.status_code == 201
        return dict(answer.get_json())

    return do


def opens(people: People, token: str) -> int:
    return int(people.call("GET", "/agencies", token).status_code)


def test_a_token_works_at_once_and_is_worthless_from_the_request_after_its_revocation(
    people: People, issue: Callable[..., dict[str, Any]]
) -> None:
    made, admin = issue(), people.token("administrator")
    assert opens(people, made["token"]) == 200
    for _ in range(2):  # revoking twice changes nothing
        assert people.call("DELETE", f"/tokens/{made['id']}", admin).status_code == 204
        assert opens(people, made["token"]) == 401
    assert people.call("DELETE", f"/tokens/{uuid4()}", admin).status_code == 404


def test_a_revoked_token_of_a_signed_in_officer_closes_public_routes_too(
    people: People, issue: Callable[..., dict[str, Any]]
) -> None:
    made, complaint = issue(), people.file()
    people.call("DELETE", f"/tokens/{made['id']}", people.token("administrator"))
    receipt = {"Lapor_Receipt": complaint["receipt"]}
    assert people.call("GET", f"/complaints/{complaint['id']}", made["token"], **receipt).status_code == 401
    filing = {"text": "x", "consent": True}
    assert people.call("POST", "/complaints", made["token"], filing).status_code == 401


def test_a_token_expires_at_its_instant(
    people: People, issue: Callable[..., dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    expires_at = now() + timedelta(hours=1)
    made = issue(expires_at=expires_at.isoformat())
    for instant, status in (
        (expires_at - timedelta(microseconds=1), 200),
        (expires_at, 401),
        (expires_at + timedelta(days=1), 401),
    ):
        monkeypatch.setattr(people.running.application, "clock", lambda instant=instant: instant)
        assert opens(people, made["token"]) == status


@pytest.mark.parametrize("edge", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00"])
def test_an_instant_that_could_not_be_read_back_is_refused(
    people: People, issue: Callable[..., dict[str, Any]], edge: str
) -> None:
    admin = people.token("administrator")
    officer = people.call("POST", "/officers", admin, {"name": "B", "role": "dpo"}).get_json()
    answer = people.call("POST", f"/officers/{officer['id']}/tokens", admin, {"expires_at": edge})
    assert (answer.status_code, list(answer.get_json()["errors"])) == (422, ["expires_at"])
    for last in ("0001-01-01T00:00:00Z", "2020-01-01T00:00:00+07:00"):
        assert opens(people, issue(expires_at=last)["token"]) == 401
    assert opens(people, issue(expires_at="9999-12-31T23:59:59Z")["token"]) == 200


def test_tokens_are_long_never_alike_and_recognised_by_scanners(issue: Callable[..., dict[str, Any]]) -> None:
    tokens = {issue()["token"] for _ in range(20)}
    assert len(tokens) == 20
    assert all(token.startswith("lapor_") and len(token) >= 6 + 43 for token in tokens)


def test_a_token_is_not_known_by_a_part_of_it_or_with_more_behind_it(
    people: People, issue: Callable[..., dict[str, Any]]
) -> None:
    token = issue()["token"]
    for wrong in (token[:-1], token + "x", token.upper(), token.removeprefix("lapor_"), f"{token} {token}"):
        assert opens(people, wrong) == 401
    answer = people.call("GET", "/agencies", Authorization=f"bearer   {token} ")
    assert answer.status_code == 200  # the scheme's case does not matter


def test_a_null_where_something_may_be_left_out_is_as_if_it_were(people: People) -> None:
    administrator = people.token("administrator")

    made = people.call(
        "POST", "/agencies", administrator, {"code": "NOL", "name": "Dinas Nol", "owner_type": None}
    )

    assert made.status_code == 201
    assert made.get_json()["owner_type"] == "government"
    assert people.call("GET", "/agencies", administrator).status_code == 200
