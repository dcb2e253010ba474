"""Errors as problem+json (RFC 9457). Only this module maps refusals to HTTP statuses."""

import secrets
from typing import Any

import msgspec
import structlog
from flask import Flask, Response
from marshmallow.exceptions import SCHEMA
from werkzeug.exceptions import BadRequest, HTTPException

from lapor.application.cursors import CursorError
from lapor.domain import errors
from lapor.logs import fault

_STATUS: dict[type[errors.Refusal], int] = {
    errors.NotSignedInError: 401,
    errors.NotAllowedError: 403,
    errors.NotFoundError: 404,
    errors.StageForbidsError: 409,
    errors.LimitReachedError: 409,
    errors.ApprovalRequiredError: 409,
    errors.HeldError: 409,
    errors.ConflictError: 409,
    errors.TakenError: 409,
    errors.NotConfirmedError: 409,
    errors.GoneError: 410,
    errors.StaleVersionError: 412,
    errors.InvalidFieldError: 422,
    errors.KeyReusedError: 422,
    errors.BeyondCalendarError: 422,
    errors.VersionRequiredError: 428,
    errors.BeyondHeadError: 400,
    errors.NotSealedError: 400,
    errors.BusyError: 503,
    errors.UnreachableError: 503,
}
_SAYS = {
    400: "The request could not be read.",
    404: "There is nothing at this address.",
    405: "This address does not support this method.",
    413: "The body is larger than this service accepts.",
    415: "Send the body as application/json.",
    422: "Some fields are not valid.",
}
_TYPE = "urn:lapor:problem:"


def problem(status: int, code: str, title: str, detail: str, **more: Any) -> Response:
    """Return an error as problem+json. ``title`` is the same for every error of this code."""
    body = {"type": _TYPE + code, "title": title, "status": status, "detail": detail, "code": code, **more}
    response = Response(msgspec.json.encode(body), status, mimetype="application/problem+json")
    if status == 401:  # noqa: PLR2004
        response.headers["WWW-Authenticate"] = 'Bearer realm="lapor"'
    if status == 503:  # noqa: PLR2004
        response.headers["Retry-After"] = "1"
    return response


def refused(refusal: errors.Refusal) -> Response:
    """Return the error that a refusal is."""
    title = refusal.code.replace("_", " ").capitalize()
    return problem(_STATUS[type(refusal)], refusal.code, title, refusal.sentence, **refusal.details)


def _flat(messages: Any, inside: str = "") -> dict[str, list[str]]:
    """Return field errors by dotted names (``reporter.name``); ``body`` if the body is no object."""
    flat: dict[str, list[str]] = {}
    for name, says in messages.items():
        if isinstance(says, dict):
            flat |= _flat(says, f"{inside}{name}.")
        else:
            named = inside.removesuffix(".") or "body" if name == SCHEMA else f"{inside}{name}"
            flat[named] = [str(each) for each in says]
    return flat


def http_error(error: HTTPException) -> Response:
    """Return an error of Flask or webargs as problem+json."""
    status = error.code or 500
    title = error.name
    detail = _SAYS.get(status) or error.description or title
    messages = getattr(error, "data", {}).get("messages", {})
    if messages:
        fields = _flat(next(iter(messages.values())))
        named = ", ".join(fields)
        return problem(status, "invalid", title, f"{detail} See: {named}.", errors=fields)
    if status == 400 and error.description:  # noqa: PLR2004
        detail = error.description
    response = problem(status, title.lower().replace(" ", "_"), title, detail)
    valid = getattr(error, "valid_methods", None)
    if valid:
        response.headers["Allow"] = ", ".join(sorted(valid))
    return response


def unexpected(error: Exception) -> Response:
    """Log a fault of ours and return its number, without any detail of it."""
    number = secrets.token_hex(6)
    structlog.get_logger("lapor.api").error("request.failed", id=number, **fault(error))
    return problem(
        500,
        "unexpected",
        "Something went wrong here",
        f"This is our fault; it is logged as {number}.",
        id=number,
    )


def bad_cursor(error: CursorError) -> Response:
    """Return the error for a cursor that was not given out for this list."""
    return http_error(BadRequest(str(error)))


def register(app: Flask) -> None:
    """Let the application answer every error as problem+json."""
    app.register_error_handler(errors.Refusal, refused)
    app.register_error_handler(CursorError, bad_cursor)
    app.register_error_handler(HTTPException, http_error)
    app.register_error_handler(Exception, unexpected)
