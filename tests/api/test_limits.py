"""Nobody guesses receipts or floods the office; who holds the right receipt is never kept out."""

import time

import pytest

from lapor.api.app import create_app
from lapor.bootstrap import RunningServices

from ..people import People
from .openapi_helpers import Checked


@pytest.fixture
def limited(running: RunningServices) -> People:
    """People at an application that counts."""
    app = create_app(running.services)
    app.test_client_class = Checked
    return People(running, app.test_client())


def test_the_eleventh_wrong_receipt_within_a_minute_is_told_to_wait_and_the_right_one_still_opens(
    limited: People,
) -> None:
    complaint = limited.file()
    path = f"/complaints/{complaint['id']}"

    answers = [limited.call("GET", path, Lapor_Receipt=f"{n:024d}") for n in range(12)]
    right = limited.call("GET", path, Lapor_Receipt=complaint["receipt"])

    assert [answer.status_code for answer in answers] == [404] * 10 + [429] * 2
    assert 1 <= int(answers[-1].headers["Retry-After"]) <= 61
    assert right.status_code == 200


def test_a_flood_of_filings_from_one_address_is_stopped_and_an_officer_goes_on(limited: People) -> None:
    body = {"text": "Lampu padam.", "consent": True}
    answers = [limited.call("POST", "/complaints", body=body).status_code for _ in range(61)]

    assert answers.count(201) >= 59
    assert answers[-1] == 429
    assert limited.call("POST", "/complaints", limited.token("intake"), body).status_code == 201


def test_a_forwarded_address_from_a_stranger_is_not_believed(limited: People) -> None:
    complaint = limited.file()
    path = f"/complaints/{complaint['id']}"

    answers = [
        limited.call("GET", path, Lapor_Receipt="0" * 24, X_Forwarded_For=f"10.0.0.{n}").status_code
        for n in range(12)
    ]

    assert answers[-1] == 429


@pytest.mark.parametrize("hours", [-720, -1, 1, 720])
def test_a_client_told_to_wait_is_let_in_again_when_the_clock_has_jumped(
    limited: People, monkeypatch: pytest.MonkeyPatch, hours: int
) -> None:
    def wrong_receipt() -> int:
        answer = limited.call("GET", f"/complaints/{complaint['id']}", Lapor_Receipt="0" * 24)
        return int(answer.status_code)

    complaint, real = limited.file(), time.time
    assert [wrong_receipt() for _ in range(11)][-1] == 429

    monkeypatch.setattr(time, "time", lambda: real() + hours * 3600)

    assert [wrong_receipt() for _ in range(11)] == [404] * 10 + [429]


def test_an_officer_who_looks_at_every_reporter_is_stopped_and_another_goes_on(limited: People) -> None:
    complaint = limited.file(reporter={"name": "Siti Rahayu"})
    path = f"/complaints/{complaint['id']}/identity"
    body = {"reason_code": "contact", "reason": "Menghubungi pelapor."}
    coordinator, dpo = limited.token("coordinator"), limited.token("dpo")
    answers = [limited.call("POST", path, coordinator, body) for _ in range(61)]

    assert {answer.status_code for answer in answers[:60]} == {200}
    assert answers[60].status_code == 429
    assert "60 in an hour" in answers[60].get_json()["detail"]
    assert 1 <= int(answers[60].headers["Retry-After"]) <= 3601
    assert limited.call("POST", path, dpo, body).status_code == 200
