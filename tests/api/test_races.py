"""If commands collide, one of them wins, and the others get a conflict."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any
from uuid import uuid4

from ..faults.slack import slack
from ..people import People

Call = Callable[[], Any]


def at_once(calls: list[Call]) -> list[Any]:
    """The answers of calls that begin together, each in a thread."""
    gate = Barrier(len(calls))

    def begin(call: Call) -> Any:
        gate.wait(10 * slack())
        return call()

    with ThreadPoolExecutor(len(calls)) as threads:
        return list(threads.map(begin, calls))


def command(people: People, path: str, body: Any, token: str | None = None, **headers: str) -> Call:
    """A request by a client of its own: one client is not for several threads."""
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    if token:
        sent["Authorization"] = f"Bearer {token}"
    app = people.client.application
    return lambda: app.test_client().post(f"/api/v1{path}", json=body, headers=sent)


def test_one_of_two_officers_who_act_on_the_same_version_wins_two_hundred_times(
    people: People, head: Callable[[], int]
) -> None:
    complaint = people.routed()
    officers = people.token("liaison", "BINAMARGA"), people.token("coordinator")
    path = f"/complaints/{complaint['id']}/follow-up"
    first = people.call("POST", path, officers[0], {"text": "x"}, If_Match="*")
    version, before, codes = first.get_json()["version"], head(), Counter[int]()
    for done in range(200):
        sent = {"If_Match": f'"{version + done}"'}
        calls = [command(people, path, {"text": f"{done}"}, token, **sent) for token in officers]
        statuses = sorted(answer.status_code for answer in at_once(calls))
        assert statuses[0] == 200
        assert statuses[1] in {409, 412}
        codes.update(statuses)
    assert head() == before + 200
    assert codes[200] == 200


def test_a_step_that_two_officers_take_at_once_is_taken_once(people: People, head: Callable[[], int]) -> None:
    officers = people.token("national"), people.token("coordinator")
    body = {"kind": "complaint", "category": "roads", "title": "Jalan"}
    for _ in range(30):
        complaint = people.file()
        before = head()
        path = f"/complaints/{complaint['id']}/verify"
        answers = at_once([command(people, path, body, token, If_Match="*") for token in officers])
        assert sorted(answer.status_code for answer in answers) == [200, 409]
        assert head() == before + 1


def test_sixteen_copies_of_a_filing_are_one_complaint(people: People, head: Callable[[], int]) -> None:
    body = {"text": "Lampu jalan padam.", "consent": True}
    before = head()
    answers = at_once([command(people, "/complaints", body, Idempotency_Key=str(uuid4()))] * 16)
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.data for answer in answers}) == 1
    assert head() == before + 1


def test_sixteen_copies_of_a_command_are_one_event_with_sixteen_like_answers(
    people: People, head: Callable[[], int]
) -> None:
    complaint = people.routed()
    token, before = people.token("liaison", "BINAMARGA"), head()
    path, sent = f"/complaints/{complaint['id']}/accept", {"If_Match": '"3"', "Idempotency_Key": str(uuid4())}
    answers = at_once([command(people, path, {}, token, **sent)] * 16)
    assert {answer.status_code for answer in answers} == {200}
    assert len({(answer.data, answer.headers["ETag"]) for answer in answers}) == 1
    assert head() == before + 1


def test_an_agency_code_that_two_ask_for_at_once_is_given_once(
    people: People, head: Callable[[], int]
) -> None:
    token = people.token("administrator")
    for number in range(20):
        before = head()
        bodies = [{"code": code, "name": "Dinas"} for code in (f"race-{number}", f"RACE-{number}")]
        answers = at_once([command(people, "/agencies", body, token) for body in bodies])
        assert sorted(answer.status_code for answer in answers) == [201, 409]
        assert head() == before + 1
