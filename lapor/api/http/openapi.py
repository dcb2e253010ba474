"""The parts of an operation's documentation that follow from its declaration: access, headers, errors.

So no route can forget them. The tests check every answer of the API against them.
"""

from http import HTTPStatus
from typing import Any

from lapor.api.schemas.base import AnyOf
from lapor.api.schemas.problem import ProblemSchema
from lapor.domain.complaint import WORKFLOW
from lapor.domain.complaint.lifecycle.identity_access import VIEWING
from lapor.domain.vocabulary import Role

PUBLIC = "public"
ETAG = {"ETag": {"description": "the version shown", "required": True, "schema": {"type": "string"}}}

_PROBLEM_JSON = "application/problem+json"
_POSITION = {"type": "integer", "minimum": 0}
_TEXT = {"type": "string"}
_PROBLEM_HEADERS = {
    HTTPStatus.UNAUTHORIZED: {"WWW-Authenticate": {"required": True, "schema": _TEXT}},
    HTTPStatus.TOO_MANY_REQUESTS: {"Retry-After": {"description": "seconds", "schema": _TEXT}},
    HTTPStatus.SERVICE_UNAVAILABLE: {"Retry-After": {"description": "seconds", "schema": _TEXT}},
}


def problems() -> dict[str, dict[str, Any]]:
    """Return a response for every error status, by its name, and the default one."""
    content = {"content": {_PROBLEM_JSON: {"schema": ProblemSchema}}}
    made: dict[str, dict[str, Any]] = {
        status.name: {"description": status.phrase, **content, "headers": _PROBLEM_HEADERS.get(status, {})}
        for status in HTTPStatus
        if status >= HTTPStatus.BAD_REQUEST
    }
    return made | {"DEFAULT_ERROR": {"description": "Any other error", **content}}


def any_of(converter: Any, field: Any, **_: Any) -> dict[str, Any]:
    """Describe an ``AnyOf`` field; apispec calls this for every field."""
    if not isinstance(field, AnyOf):
        return {}
    forms = [converter.field2property(form) for form in field.forms]
    return {"anyOf": [*forms, {"type": "null"}] if field.allow_none else forms}


def complete(doc: dict[str, Any], prefix: str | None, rule: str, access: str, method: str) -> dict[str, Any]:
    """Add to an operation's documentation what follows from its route."""
    if not prefix:
        return doc
    successes = [response for status, response in doc["responses"].items() if _is_success(status)]
    changes = rule.endswith("/bulk") or any("ETag" in success.get("headers", {}) for success in successes)
    stores = method == "post" and changes
    for success in successes:
        if "content" in success:
            success.setdefault("headers", {})["Lapor-Position"] = {"required": True, "schema": _POSITION}
    headers = list(_request_headers(access, method, stores=stores))
    may_fail = _errors(access, method, named="<" in rule, commands=_asks(doc), body="requestBody" in doc)
    doc["parameters"] = [*doc.get("parameters", ()), *headers]
    doc["responses"] |= {status: HTTPStatus(status).name for status in sorted(may_fail)}
    doc["security"] = _security(access, rule)
    return doc


def _is_success(status: Any) -> bool:
    return str(status).startswith("2")


def _asks(doc: dict[str, Any]) -> bool:
    """Return whether the request has a parameter or a body, which can be invalid."""
    return bool(doc.get("parameters")) or "requestBody" in doc


def _request_headers(access: str, method: str, *, stores: bool) -> Any:
    if method == "get":
        says = "the position of the log that the answer must have reached"
        yield {"in": "header", "name": "Lapor-Position", "description": says, "schema": _POSITION}
    if stores:
        says = "names the request: a repetition is done once, and gets the same answer"
        key = {"type": "string", "format": "uuid"}
        yield {"in": "header", "name": "Idempotency-Key", "description": says, "schema": key}
    if access in WORKFLOW and method == "post":
        says = "the ETag of the version that you have seen, or *"
        needed = WORKFLOW[access].needs_version
        yield {"in": "header", "name": "If-Match", "description": says, "required": needed, "schema": _TEXT}


def _errors(access: str, method: str, *, named: bool, commands: bool, body: bool) -> set[int]:
    """Return the statuses of errors. Tests see each of these, and never another one."""
    statuses = {400, 401, 503}
    if access != PUBLIC:
        statuses.add(403)
    if named:
        statuses.add(404)
    if commands:
        statuses.add(422)
    if body:
        statuses |= {409, 413, 415}
    if access in WORKFLOW and method == "post":
        statuses |= {410, 412, 428}
    elif access in WORKFLOW:
        statuses.add(409)
    if access in {VIEWING, PUBLIC} or (access in WORKFLOW and Role.REPORTER in WORKFLOW[access].grants):
        statuses.add(429)  # filing, showing a receipt, viewing the reporter
    return statuses


def _security(access: str, rule: str) -> list[dict[str, list[str]]]:
    officer: dict[str, list[str]] = {"officer": []}
    reporter: dict[str, list[str]] = {"reporter": []}
    if access == PUBLIC:
        return [{}, officer, reporter] if "<" in rule else [{}, officer]
    verb = WORKFLOW.get(access)
    return [officer, reporter] if verb and Role.REPORTER in verb.grants else [officer]
