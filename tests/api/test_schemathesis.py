"""Requests drawn from /openapi.json: for every caller, each answer is one that it documents.

The other tests of this folder send what we thought of; these send what the description allows, and
what it forbids.
"""

import threading
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from lapor.api.app import create_app
from lapor.store.database import Database
from projections.running.feeder import Feeder

from ..people import People
from .scene import complaints, who

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
CALLERS = ("stranger", "coordinator", "liaison", "auditor", "administrator")
described = schemathesis.openapi.from_wsgi("/openapi.json", create_app(None))  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def kept(url: str) -> Iterator[None]:
    """A feeder for all of this file: without one the service is, rightly, not ready."""
    stop, database = threading.Event(), Database(url, connections=2)
    feeder = threading.Thread(target=Feeder(database).run, args=(stop,))
    feeder.start()
    yield
    stop.set()
    feeder.join()
    database.close()


@pytest.fixture(scope="module")
def headers(people: People, kept: None) -> list[dict[str, str]]:
    """Those of each caller, on a service that holds complaints already."""
    complaints(people)
    tokens = (who(people, name).get("token") for name in CALLERS)
    return [{"Authorization": f"Bearer {token}"} if token else {} for token in tokens]


@described.parametrize()
@settings(max_examples=3, derandomize=True, deadline=None)
def test_every_answer_is_as_described(case: Any, people: People, headers: list[dict[str, str]]) -> None:
    for each in headers:
        case.call_and_validate(headers=each, checks=CHECKS, app=people.client.application)


def test_null_says_nothing(people: People) -> None:
    """Once it was stored as said, and nobody could read the list of agencies any more."""
    body = {"code": "NULL", "name": "Dinas", "owner_type": None}

    answer = people.call("POST", "/agencies", people.token("administrator"), body)

    assert (answer.status_code, answer.get_json()["owner_type"]) == (201, "government")
