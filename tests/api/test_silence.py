"""Typed text and credentials go into no log, no header and no address."""

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import structlog

from lapor import logs
from lapor.bootstrap import RunningServices

from ..people import People

CANARIES: dict[str, Any] = {
    "text": "canary-text-7f3a",
    "title": "canary-title-7f3a",
    "reporter": {"name": "canary-name-7f3a", "phone": "canary-phone-7f3a", "national_id": "canary-nik-7f3a"},
    "place": {"address": "canary-address-7f3a"},
}


@pytest.fixture
def logged(monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    """Everything that is logged while the test runs, as it would be written."""
    stream = io.StringIO()
    before = logging.getLogger().handlers[:]
    monkeypatch.setattr("sys.stderr", stream)
    logs.configure()
    yield stream
    structlog.reset_defaults()
    logging.basicConfig(handlers=before or [logging.NullHandler()], force=True)


def test_no_canary_is_logged_when_requests_fail(
    people: People, running: RunningServices, logged: io.StringIO
) -> None:
    complaint = people.file(**CANARIES)
    people.call("GET", f"/complaints/{complaint['id']}", Lapor_Receipt="canary-receipt-7f3a")
    people.call("POST", "/complaints", "canary-token-7f3a", CANARIES)
    people.call("POST", "/complaints", body={**CANARIES, "canary-field-7f3a": "\0"})
    with pytest.MonkeyPatch.context() as broken:
        broken.setattr(running.application.master_key, "new_key", lambda _: 1 / 0)
        failed = running.app.test_client().post("/api/v1/complaints", json={"consent": True, **CANARIES})

    assert failed.status_code == 500
    written = logged.getvalue()
    assert "canary" not in written
    assert complaint["receipt"] not in written
    (line,) = (json.loads(line) for line in written.splitlines() if "request.failed" in line)
    assert line["kind"] == "ZeroDivisionError"
    assert line["id"] == failed.get_json()["id"]


def test_line_breaks_and_escapes_make_no_second_line(logged: io.StringIO) -> None:
    structlog.get_logger("test").warning("said", what="one\r\ntwo\x1b[31m{{7*7}}${jndi:x}")
    logging.getLogger("a.library").warning("said\nmore")

    lines = logged.getvalue().splitlines()
    assert [json.loads(line)["level"] for line in lines] == ["warning", "warning"]


def test_neither_token_nor_receipt_stands_in_an_address_or_an_answer_to_others(people: People) -> None:
    complaint = people.routed(**CANARIES)
    answers = [
        people.call("GET", f"/complaints/{complaint['id']}", people.token("auditor")),
        people.call("GET", f"/complaints/{complaint['id']}/history", people.token("liaison", "BINAMARGA")),
        people.call("GET", "/log?limit=200", people.token("auditor")),
    ]

    for answer in answers:
        assert complaint["receipt"] not in answer.text
        assert complaint["receipt"] not in str(answer.headers)
