"""Merging and splitting through the application: two streams in one append, and who may see which."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any
from uuid import UUID

import pytest

from lapor.domain.complaint.events import Filed
from lapor.domain.vocabulary import Role

from ..faults.slack import slack
from ..people import People

SAME = {"kind": "complaint", "category": "roads", "title": "Jalan"}


@pytest.fixture
def coordinator(people: People) -> str:
    token: str = people.token(Role.COORDINATOR)
    return token


def seen(people: People, complaint: dict[str, Any]) -> dict[str, Any]:
    """Return the complaint as its reporter sees it."""
    path = f"/complaints/{complaint['id']}"
    return dict(people.call("GET", path, Lapor_Receipt=complaint["receipt"]).get_json())


def answered(people: People, complaint: dict[str, Any], coordinator: str) -> None:
    people.agency("BM")
    people.act(complaint, "route", coordinator, agency="BM", **SAME)
    answer = people.act(complaint, "respond", people.token(Role.LIAISON, "BM"), text="Sudah", outcome="fixed")
    assert answer.status_code == 200, answer.text


def test_a_merge_into_a_complaint_that_changes_at_the_same_moment_is_done_whole_or_not_at_all(
    people: People, coordinator: str
) -> None:
    app, statuses = people.client.application, set()
    for _ in range(15):
        child, into = people.file(), people.file()
        gate = Barrier(2)

        def send(path: str, body: dict[str, Any], gate: Barrier = gate, token: str = coordinator) -> int:
            headers = {"Authorization": f"Bearer {token}", "If-Match": "*"}
            gate.wait(10 * slack())
            return app.test_client().post(path, json=body, headers=headers).status_code

        with ThreadPoolExecutor(2) as threads:
            merging = threads.submit(send, f"/api/v1/complaints/{child['id']}/merge", {"into": into["code"]})
            noting = threads.submit(send, f"/api/v1/complaints/{into['id']}/note", {"text": "x"})
        statuses.add(merging.result())
        merged = merging.result() == 200
        assert {merging.result(), noting.result()} <= {200, 409}
        assert seen(people, child)["stage"] == ("merged" if merged else "filed")
        assert seen(people, into)["followers"] == int(merged)
    assert 200 in statuses


def test_a_merged_complaint_shows_how_far_the_other_one_is(people: People, coordinator: str) -> None:
    child, into = people.file(), people.file()
    people.act(child, "merge", coordinator, into=into["code"])
    answered(people, into, coordinator)

    followed = seen(people, child)["followed"]

    assert followed["stage"] == "responded"
    assert followed["response"]["text"] == "Sudah"
    assert "text" not in followed


def test_a_follower_of_a_confidential_complaint_sees_the_stage_alone(
    people: People, coordinator: str
) -> None:
    child, into = people.file(), people.file()
    people.act(child, "merge", coordinator, into=into["code"])
    answered(people, into, coordinator)

    people.act(into, "set-privacy", None, privacy="confidential")

    assert seen(people, child)["followed"] == {"stage": "responded"}


def test_a_complaint_that_does_not_exist_cannot_be_named(people: People, coordinator: str) -> None:
    child = people.file()

    for named in ("LP-0000-00000", "5d0b8c1e-2a3f-4b6c-8d9e-0f1a2b3c4d5e", str(people.agency("BM"))):
        answer = people.act(child, "merge", coordinator, into=named)
        assert (answer.status_code, answer.get_json()["code"]) == (422, "invalid_field")


def test_the_receipt_of_a_split_complaint_opens_its_parts_with_the_reporters_data(
    people: People, coordinator: str
) -> None:
    whole = people.file(
        reporter={"name": "Siti", "phone": "0812"},
        place={"address": "Jalan Raya 1", "village": "32.16.01", "lat": -6.2512, "lon": 107.1489},
        happened_on="2026-01-05",
        service="ktp",
        privacy="anonymous",
    )
    people.act(whole, "verify", coordinator, kind="aspiration", category="roads", title="Dua hal")
    parts = [{"text": "Lampu mati", "title": "Lampu"}, {"text": "Pungli", "title": "P", "kind": "oversight"}]

    answer = people.act(whole, "split", coordinator, parts=parts)

    children = answer.get_json()["split_into"]
    lamp, bribe = (seen(people, {"id": child, "receipt": whole["receipt"]}) for child in children)
    assert (lamp["text"], lamp["title"], lamp["kind"]) == ("Lampu mati", "Lampu", "aspiration")
    assert (bribe["kind"], bribe["privacy"]) == ("oversight", "confidential")
    for part in (lamp, bribe):
        assert part["reporter"] == {"name": "Siti", "phone": "0812"}
        assert part["place"] == seen(people, whole)["place"]
        assert (part["split_from"], part["stage"], part["channel"]) == (whole["id"], "filed", "web")
        assert (part["happened_on"], part["service"], part["category"]) == ("2026-01-05", "ktp", "roads")
    assert (lamp["privacy"], lamp["code"] == bribe["code"]) == ("anonymous", False)
    filed = people.running.application.log.read_stream(UUID(children[0])).rows[0].event()
    assert isinstance(filed, Filed)
    assert filed.place is not None
    assert filed.place.cell == "-6.25,107.15"
    stranger = people.file()
    path = f"/complaints/{children[0]}"
    assert people.call("GET", path, Lapor_Receipt=stranger["receipt"]).status_code == 404


def test_a_part_is_sealed_under_a_key_of_its_own(people: People, coordinator: str) -> None:
    whole = people.file(reporter={"name": "Siti"})

    answer = people.act(whole, "split", coordinator, parts=[{"text": "Lampu mati", "title": "Lampu"}])

    log = people.running.application.log
    (child,) = answer.get_json()["split_into"]
    mine, its = (log.read_stream(stream).vault_entry for stream in (whole["id"], child))
    assert mine is not None
    assert its is not None
    assert mine.wrapped_key != its.wrapped_key
    assert mine.receipt_digest == its.receipt_digest
    stored = b"".join(row.state for row in log.page(0, 1_000))
    assert not any(word in stored for word in (b"Siti", b"Lampu"))


def test_a_split_that_the_stage_forbids_files_nothing(people: People, coordinator: str) -> None:
    whole = people.routed("BM")
    before = people.running.application.log.head()

    answer = people.act(whole, "split", coordinator, parts=[{"text": "Lampu mati", "title": "Lampu"}])

    assert (answer.status_code, answer.get_json()["code"]) == (409, "stage_forbids")
    assert people.running.application.log.head() == before


def test_a_number_of_sp4n_belongs_to_one_complaint(people: People, coordinator: str) -> None:
    one, other = people.file(), people.file()
    assert people.act(one, "link-sp4n", coordinator, tracking_id="7654321").status_code == 200

    answer = people.act(other, "link-sp4n", coordinator, tracking_id="7654321")

    assert (answer.status_code, answer.get_json()["code"]) == (409, "taken")
    assert seen(people, other)["sp4n"] is None
