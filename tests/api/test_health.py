"""Operators see what is wrong: live is about the process, ready about people, metrics for those who may."""

import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from lapor.bootstrap import build
from lapor.settings import Settings
from projections.complaints.register import REGISTER

from ..faults.slack import slack
from ..people import People
from .openapi_helpers import Checked

AFAR = {"REMOTE_ADDR": "203.0.113.7"}


@pytest.fixture
def adrift(tmp_path: Path) -> Iterator[FlaskClient]:
    """A client of a service whose database does not answer."""
    running = build(Settings(data=tmp_path), "postgresql://nobody@127.0.0.1:1/none")
    app = running.app
    app.testing = False
    app.test_client_class = Checked
    yield app.test_client()
    running.database.close()


def wait_until_ready(people: People, *, ready: bool) -> TestResponse:
    until = time.monotonic() + 10 * slack()
    while True:
        answer = people.client.get("/health/ready")
        if answer.get_json()["ready"] is ready or time.monotonic() > until:
            return answer


def test_a_service_without_a_feeder_is_not_ready(people: People) -> None:
    answer = people.client.get("/health/ready")
    said = answer.get_json()
    assert (answer.status_code, said["ready"], said["database"]) == (503, False, "answers")
    assert said["feeder"]["alive"] is False


@pytest.mark.usefixtures("fed")
def test_a_fed_service_is_ready_until_its_feeder_gives_no_sign_for_ten_seconds(
    people: People, url: str
) -> None:
    answer = wait_until_ready(people, ready=True)
    assert (answer.status_code, answer.get_json()["ready"]) == (200, True)
    assert answer.get_json()["feeder"]["alive"] is True
    assert {each["failure"] for each in answer.get_json()["projections"]} == {None}


def test_a_service_whose_feeder_has_gone_is_no_longer_ready(people: People, url: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("DELETE FROM feeder")
        for seconds, status in ((1, 200), (11, 503), (-3600, 503)):  # the last: the clock was put back
            connection.execute("DELETE FROM feeder")
            connection.execute(
                "INSERT INTO feeder (beat_at, position) VALUES (now() - make_interval(secs => %s), 0)",
                [seconds],
            )
            assert people.client.get("/health/ready").status_code == status


@pytest.mark.usefixtures("fed")
def test_without_the_standby_that_is_required_people_are_served_and_it_is_said(
    people: People, url: str, tmp_path: Path
) -> None:
    assert wait_until_ready(people, ready=True).get_json()["degraded"] is None
    running = build(Settings(data=tmp_path, require_sync=True), url)

    answer = running.app.test_client().get("/health/ready")

    assert (answer.status_code, answer.get_json()["ready"]) == (200, True)
    assert answer.get_json()["degraded"].startswith("no standby is synchronous")
    running.database.close()


def test_without_a_database_the_process_lives_is_not_ready_and_still_gives_its_figures(
    adrift: FlaskClient,
) -> None:
    live, ready, metrics = (adrift.get(path) for path in ("/health/live", "/health/ready", "/metrics"))
    assert (live.status_code, live.get_json()) == (200, {"live": True})
    assert (ready.status_code, ready.get_json()) == (503, {"ready": False, "database": "does not answer"})
    assert metrics.status_code == 200
    assert "lapor_ready 0.0" in metrics.text
    assert adrift.get("/metrics", headers={"Authorization": "Bearer lapor_x"}).status_code == 200
    assert {adrift.get(path).status_code for path in ("/", "/docs", "/style.css", "/openapi.json")} == {200}


def test_without_a_database_nothing_is_decided_and_everybody_is_told_to_try_again(
    adrift: FlaskClient,
) -> None:
    began = time.monotonic()
    answer = adrift.post("/api/v1/complaints", json={"text": "x", "consent": True})
    assert (answer.status_code, answer.get_json()["code"]) == (503, "outcome_unknown")
    assert answer.headers["Retry-After"] == "1"
    assert time.monotonic() - began < 5 * slack()
    secret = {"Authorization": "Bearer lapor_x"}
    assert adrift.get("/api/v1/log", headers=secret).status_code == 503
    assert adrift.get("/metrics", headers=secret, environ_overrides=AFAR).status_code == 503


def test_metrics_are_given_on_loopback_and_from_afar_only_with_a_token(people: People) -> None:
    get = people.client.get
    for near in ("127.0.0.1", "::1"):
        assert get("/metrics", environ_overrides={"REMOTE_ADDR": near}).status_code == 200
    assert get("/metrics", environ_overrides=AFAR).status_code == 401
    spoofed = {"X-Forwarded-For": "127.0.0.1", "X-Real-IP": "127.0.0.1", "Forwarded": "for=127.0.0.1"}
    assert get("/metrics", environ_overrides=AFAR, headers=spoofed).status_code == 401
    wrong = {"Authorization": "Bearer lapor_wrong"}
    assert get("/metrics", environ_overrides=AFAR, headers=wrong).status_code == 401
    right = {"Authorization": f"Bearer {people.token('integrator')}"}
    assert get("/metrics", environ_overrides=AFAR, headers=right).status_code == 200


def test_metrics_name_routes_and_never_what_was_asked_for(people: People) -> None:
    complaint = people.file(text="Naskah-8812")
    people.client.get(
        f"/api/v1/complaints/{complaint['code']}", headers={"Lapor-Receipt": complaint["receipt"]}
    )
    said = people.client.get("/metrics").text
    assert 'lapor_request_seconds_count{endpoint="complaints.view",method="GET",status="200"}' in said
    for secret in (complaint["code"], complaint["id"], complaint["receipt"], "Naskah"):
        assert secret not in said


def test_a_method_that_nobody_knows_makes_no_new_figure(people: People) -> None:
    for number in range(3):
        people.client.open("/health/live", method=f"X{number}")
    assert 'method="X' not in people.client.get("/metrics").text


def test_metrics_tell_the_size_of_each_table(people: People) -> None:
    text = people.client.get("/metrics").text

    sizes = {
        line.split('"')[1]: float(line.split()[-1])
        for line in text.splitlines()
        if line.startswith("lapor_table_bytes{")
    }
    assert {"event", "vault.subject", REGISTER.table, f"{REGISTER.table}_past"} <= sizes.keys()
    assert all(size >= 8_192 for size in sizes.values())
