"""Checks answers against /openapi.json, and makes request bodies from what the verbs declare.

The check is stricter than the document, in which objects are open, so that answers may grow. Here an object
is closed, an item of a list is either withheld or whole, and an event's data are those of its type.
"""

import re
from collections.abc import Iterator
from datetime import date, datetime
from functools import cache
from typing import Any
from uuid import uuid4

from flask.testing import FlaskClient
from jsonschema import Draft202012Validator, FormatChecker
from werkzeug.test import TestResponse

from lapor.api.app import create_app
from lapor.domain.command_fields import Field, MustBeTrue, Number, Pattern, Reference, Text
from lapor.store.codec import event_class_of

from ..bodies import example, right

PROBLEM = "application/problem+json"
PAGES = {"/", "/docs", "/style.css", "/openapi.json"}
_FORMATS = FormatChecker()
_NO_TEXT: tuple[Any, ...] = (5, 1.5, True, [], {}, ["x"])
_EVERYBODY = ["kind", "category", "service", "agency"]
_PUBLISHED = ["filed_on", "closed_on", "title", "text", "response"]
_SHOWN = ["privacy", "channel", "on_behalf", "addressed_to", "filed_at", "changed_at", "closed_at"]
_SHOWN += [
    "happened_on",
    "rating",
    "transferred_to",
    "sp4n",
    "merged_into",
    "split_from",
    "split_into",
    "erasure",
]
_CONTENT = ["title", "text", "questions", "application_no", "place", "response", "commitments", "objection"]
_HEALTH = ["degraded", "feeder", "behind", "projections", "reactions", "ledger", "warnings"]
_FORMS: dict[str, dict[str, Any]] = {
    "Complaint": {
        "required": _EVERYBODY,
        "oneOf": [{"required": _PUBLISHED}, {"required": _SHOWN}],
        "dependentRequired": {"questions": _CONTENT, "draft": ["redacted"], "redacted": ["draft"]},
    },
    "Ready": {"dependentRequired": {"head": _HEALTH}},
    "BulkAnswer": {"oneOf": [{"required": ["version", "stage"]}, {"required": ["refusal"]}]},
}
"""Fields that appear together, for answers that have several forms."""


@_FORMATS.checks("date-time", raises=ValueError)
def _is_instant(value: object) -> bool:
    return not isinstance(value, str) or datetime.fromisoformat(value).tzinfo is not None


@cache
def document() -> dict[str, Any]:
    """Return the API's description as it is served."""
    answer = create_app(None).test_client().get("/openapi.json")  # type: ignore[arg-type]
    return dict(answer.get_json())


def _strict(schema: Any) -> Any:
    """Close every object, and require all of an item that is not withheld."""
    if isinstance(schema, list):
        return [_strict(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    strict = {name: _strict(each) for name, each in schema.items()}
    if "properties" in schema and schema.get("type") == "object":
        strict.setdefault("additionalProperties", False)
        if "withheld" in schema["properties"]:
            whole = sorted(schema["properties"].keys() - {"withheld", "title"})  # a title may be confidential
            strict["oneOf"] = [{"required": ["withheld"], "maxProperties": 1}, {"required": whole}]
    return strict


@cache
def _components() -> dict[str, Any]:
    schemas = document()["components"]["schemas"]
    return {
        "schemas": {name: {"allOf": [_strict(each), _FORMS.get(name, {})]} for name, each in schemas.items()}
    }


@cache
def _paths() -> list[tuple[re.Pattern[str], str]]:
    paths = sorted(document()["paths"], key=lambda path: path.count("{"))
    return [(re.compile(re.sub(r"\{\w+\}", "[^/]+", path)), path) for path in paths]


@cache
def _validator(name: str) -> Draft202012Validator:
    whole = {"$ref": f"#/components/schemas/{name}", "components": _components()}
    return Draft202012Validator(whole, format_checker=_FORMATS)


def conforms(body: object, schema: dict[str, Any]) -> None:
    """Raise ``ValidationError`` for a body that is not as its documentation says."""
    name = schema.get("$ref", "").rpartition("/")[2]
    whole = {**_strict(schema), "components": _components()}
    validator = _validator(name) if name else Draft202012Validator(whole, format_checker=_FORMATS)
    validator.validate(body)


def check_events(body: Any) -> None:
    """Check the data of every event in an answer against the schema of its type."""
    if isinstance(body, list):
        for each in body:
            check_events(each)
    elif isinstance(body, dict):
        if {"type", "by", "data"} <= body.keys():
            name = f"{event_class_of(body['type']).__name__}Data"
            conforms(body["data"], {"$ref": f"#/components/schemas/{name}"})
        for each in body.values():
            check_events(each)


def documented(method: str, path: str) -> dict[str, Any] | None:
    """Return the operation of a request; None if the description has none."""
    for pattern, name in _paths():
        if pattern.fullmatch(path.rstrip("/")) and method.lower() in document()["paths"][name]:
            return dict(document()["paths"][name][method.lower()])
    return None


def _response(method: str, path: str, status: int) -> dict[str, Any]:
    operation = documented(method, path)
    if operation is None:
        assert status in {401, 404, 405}, f"{method} {path} is not documented, yet answers {status}"
        return {"content": {PROBLEM: {"schema": {"$ref": "#/components/schemas/Problem"}}}}
    response = operation["responses"].get(str(status))
    assert response is not None, f"{method} {path} may not answer {status}, says its documentation"
    name = response.get("$ref", "").rpartition("/")[2]
    return dict(document()["components"]["responses"][name] if name else response)


def check(answer: TestResponse) -> None:
    """Raise ``AssertionError`` or ``ValidationError`` for an answer that is not as documented.

    Checks the status, the media type, the headers and the body.
    """
    method, path, status = answer.request.method, answer.request.path, answer.status_code
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"] == "no-store"
    if path in PAGES or method in {"HEAD", "OPTIONS"}:
        return
    response = _response(method, path, status)
    headers = response.get("headers", {})
    for name in ("ETag", "Lapor-Position", "WWW-Authenticate"):
        assert (name in answer.headers) == (name in headers), f"{name} in {method} {path}: {status}"
    if "content" not in response:
        assert not answer.data
        return
    assert answer.mimetype in response["content"]
    schema = response["content"][answer.mimetype]["schema"]
    body: Any = answer.get_json() if answer.is_json else answer.get_data().decode(errors="replace")
    conforms(body, schema)
    check_events(body)
    if answer.mimetype == PROBLEM:
        assert body["status"] == status


class Checked(FlaskClient):
    """A client that takes no answer which is not documented."""

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        answer = super().open(*args, **kwargs)
        check(answer)
        return answer


def _wrong_values(field: Field) -> tuple[Any, ...]:
    if field.many:
        one = example(field)
        return ("x", 5, True, {}, [], [5], [None], [""], [one], one * (field.many.most + 1))
    match field.rule:
        case Text(most=most):
            return (*_NO_TEXT, "", " \t\n", "x" * (most + 1), "€" * (most + 1))
        case Pattern(regex=regex):
            codes = ("", "a b", "ä", "x" * 65, "a\nb", "-a", "a' OR 1=1 --")
            return (*_NO_TEXT, *(code for code in codes if not re.fullmatch(regex, code)))
        case Reference():
            return (*_NO_TEXT, "", "NOWHERE", str(uuid4()), "x" * 65, "' OR 1=1 --")
        case Number(least=least, most=most):
            return ("3", True, [], {}, least - 0.1, most + 0.1, -(10**17), 10**17)
        case MustBeTrue():
            return (False, "true", 1, [], {})
    if field.nested:
        return ("x", 5, True, [], [{}])
    if field.type is bool:
        return ("true", "yes", 1, 0, [], {})
    if field.type is date:
        return (*_NO_TEXT, "2026-02-30", "2026-1-1", "20260101", "2026-01-01T00:00:00Z", "yesterday", "")
    return (*_NO_TEXT, "", "unknown", f"{example(field)} ", str(example(field)).upper())


def wrong(fields: tuple[Field, ...], inside: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield bodies with one wrong field each, with that field's name, dotted if it is nested."""
    sound = right(fields)
    for field in fields:
        for value in (*_wrong_values(field), *([None] if field.required else [])):
            yield inside + field.name, {**sound, field.name: value}
        if field.required:
            yield inside + field.name, {name: value for name, value in sound.items() if name != field.name}
        if field.nested:
            for name, body in wrong(field.nested, f"{inside}{field.name}."):
                yield name, {**sound, field.name: [body] if field.many else body}
    yield f"{inside}surprise", {**sound, "surprise": None}
