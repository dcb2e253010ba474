"""Requests drawn from /openapi.json: whoever sends them, each answer is one that it documents.

The other tests of this folder send what we thought of; these send what the description allows, and
what it forbids.
"""

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

from .scene import complaints, who

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
CALLERS = ("stranger", "coordinator", "liaison", "auditor", "administrator")
described = schemathesis.pytest.from_fixture("description")


@pytest.fixture(scope="module")
def description(people: Any) -> Any:
    return schemathesis.openapi.from_wsgi("/openapi.json", people.client.application)


@pytest.fixture(scope="module")
def tokens(people: Any) -> Any:
    complaints(people)
    return [who(people, name) for name in CALLERS]


@described.parametrize()
@settings(max_examples=3, derandomize=True, deadline=None)
def test_every_answer_is_as_described(case: Any, tokens: Any) -> None:
    for each in tokens:
        headers = {"Authorization": f"Bearer {each['token']}"} if each else {}
        case.call_and_validate(headers=headers, checks=CHECKS)
