"""Holds answers against /openapi.json: status, media type, body and headers must be as documented."""

import re
from datetime import datetime
from functools import cache
from typing import Any

from flask.testing import FlaskClient
from jsonschema import Draft202012Validator, FormatChecker
from werkzeug.test import TestResponse

from lapor.api.app import create_app

PROBLEM = "application/problem+json"
PAGES = {"/", "/docs", "/style.css", "/openapi.json"}
_FORMATS = FormatChecker()


@_FORMATS.checks("date-time", raises=ValueError)
def _is_instant(value: object) -> bool:
    return not isinstance(value, str) or datetime.fromisoformat(value).tzinfo is not None


@cache
def document() -> dict[str, Any]:
    """The API's description, as it is served."""
    answer = create_app(None).test_client().get("/openapi.json")  # type: ignore[arg-type]
    return dict(answer.get_json())


@cache
def _components() -> dict[str, Any]:
    """The shapes, closed: clients must bear new fields, tests must not."""
    closed = {
        name: {"additionalProperties": False, **schema} if schema.get("type") == "object" else schema
        for name, schema in document()["components"]["schemas"].items()
    }
    return {**document()["components"], "schemas": closed}


@cache
def _paths() -> list[tuple[re.Pattern[str], str]]:
    paths = sorted(document()["paths"], key=lambda path: path.count("{"))
    return [(re.compile(re.sub(r"\{\w+\}", "[^/]+", path)), path) for path in paths]


@cache
def _validator(name: str) -> Draft202012Validator:
    whole = {"$ref": f"#/components/schemas/{name}", "components": _components()}
    return Draft202012Validator(whole, format_checker=_FORMATS)


def conforms(body: object, schema: dict[str, Any]) -> None:
    """Raises ``ValidationError`` for a body that is not as its documentation says."""
    whole = {**schema, "components": _components()}
    name = schema.get("$ref", "").rpartition("/")[2]
    validator = _validator(name) if name else Draft202012Validator(whole, format_checker=_FORMATS)
    validator.validate(body)


def documented(method: str, path: str) -> dict[str, Any] | None:
    """The operation of a request; None where the description has none."""
    for pattern, name in _paths():
        if pattern.fullmatch(path.rstrip("/")) and method.lower() in document()["paths"][name]:
            return dict(document()["paths"][name][method.lower()])
    return None


def _response(method: str, path: str, status: int) -> dict[str, Any]:
    operation = documented(method, path)
    if operation is None:
        assert status in {401, 404, 405}, f"{method} {path} is not documented, yet answers {status}"
        return {"content": {PROBLEM: {"schema": {"$ref": "#/components/schemas/Problem"}}}}
    said = operation["responses"].get(str(status))
    assert said is not None, f"{method} {path} may not answer {status}, says its documentation"
    name = said.get("$ref", "").rpartition("/")[2]
    return dict(document()["components"]["responses"][name] if name else said)


def check(answer: TestResponse) -> None:
    """Raises ``AssertionError`` or ``ValidationError`` where an answer is not as documented."""
    method, path, status = answer.request.method, answer.request.path, answer.status_code
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"] == "no-store"
    if path in PAGES or method in {"HEAD", "OPTIONS"}:
        return
    response = _response(method, path, status)
    said = response.get("headers", {})
    for name in ("ETag", "Lapor-Position", "WWW-Authenticate"):
        assert (name in answer.headers) == (name in said), f"{name} in {method} {path}: {status}"
    if "content" not in response:
        assert not answer.data
        return
    assert answer.mimetype in response["content"]
    schema = response["content"][answer.mimetype]["schema"]
    conforms(answer.get_json() if answer.is_json else answer.get_data().decode(errors="replace"), schema)
    if answer.mimetype == PROBLEM:
        assert answer.get_json()["status"] == status


class Checked(FlaskClient):
    """A client that takes no answer which is not documented."""

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        answer = super().open(*args, **kwargs)
        check(answer)
        return answer
