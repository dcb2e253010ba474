"""The parts of a request outside its body: caller, receipt, version seen, idempotency key, position."""

import contextlib
import hashlib
import math
import re
from uuid import UUID

from flask import Flask, current_app, g, request
from werkzeug.exceptions import BadRequest

from lapor.api.http.openapi import PUBLIC
from lapor.api.http.services import Services
from lapor.application.application import CommandRequest
from lapor.domain.access import Caller
from lapor.domain.complaint import WORKFLOW
from lapor.domain.errors import BeyondHeadError, NotSignedInError
from lapor.store.database import set_task_limit
from lapor.store.event_log import RequestTarget

LONGEST = 4.5  # seconds of database time per request, so that an answer comes within five
_ETAG = re.compile(r'(?:W/)?"?(\d{1,9})"?')


def services() -> Services:
    """Return the services of this application."""
    mine: Services = current_app.extensions["lapor"]
    return mine


def caller() -> Caller:
    """Return the caller, looked up once per request. Raises ``NotSignedInError`` for an invalid token."""
    if "caller" not in g:
        g.caller, g.stream_read = services().officers.admit(_bearer(), _about())
    known: Caller = g.caller
    return known


def _about() -> RequestTarget | None:
    """Return the complaint that the route names by its id, with the request's key; None if it names none."""
    named = request.view_args or {}
    complaint = named.get("complaint_id")
    if complaint is None and request.blueprint == "complaints":
        with contextlib.suppress(ValueError):
            complaint = UUID(named.get("named", ""))
    if complaint is None:
        return None
    with contextlib.suppress(BadRequest):  # reported later: the caller is checked first
        return RequestTarget(complaint, _key())
    return None


def _bearer() -> str | None:
    header = request.headers.get("Authorization")
    if header is None:
        return None
    scheme, _, token = header.partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise BadRequest("Send the token as 'Authorization: Bearer …'.")
    return token.strip()


def _key() -> UUID | None:
    header = request.headers.get("Idempotency-Key")
    try:
        return UUID(header.strip().strip('"')) if header is not None else None
    except ValueError:
        raise BadRequest("Idempotency-Key must be a UUID.") from None


def _digest() -> bytes:
    """Return a hash of method, path and body: of the body's bytes, since a retry sends the same ones."""
    return hashlib.sha256(f"{request.method} {request.path}\n".encode() + request.get_data()).digest()


def command_request() -> CommandRequest:
    """Return the command that the headers describe. Raises ``BadRequest`` for a malformed header."""
    if_match = request.headers.get("If-Match")
    seen, any_version = None, False
    if if_match is not None:
        match = _ETAG.fullmatch(if_match.strip())
        any_version = if_match.strip() == "*"
        if match is None and not any_version:
            raise BadRequest('If-Match must be the complaint\'s ETag, such as "3", or *.')
        seen = int(match[1]) if match else None
    key = _key()
    return CommandRequest(
        caller=caller(),
        seen=seen,
        any_version=any_version,
        key=key,
        digest=_digest() if key else b"",
        receipt=request.headers.get("Lapor-Receipt"),
        stream_read=g.stream_read,
    )


def wanted_position() -> int | None:
    """Return the log's position that the answer must have reached, if any. Raises ``BadRequest``."""
    header = request.headers.get("Lapor-Position")
    if header is None:
        return None
    if not re.fullmatch(r"\d{1,18}", header.strip()):
        raise BadRequest("Lapor-Position must be a position of the log, a whole number.")
    return int(header)


def check_position() -> None:
    """Check the wanted position for reads of the log itself, which are never behind it.

    Raises ``BadRequest``, and ``BeyondHeadError`` for a position that does not exist yet.
    """
    position = wanted_position()
    if position is not None and position > (head := services().head()):
        raise BeyondHeadError(position, head)


def recognise() -> None:
    """Look up the caller before anything else. Health and pages need neither a caller nor a database.

    Raises ``NotSignedInError`` if the route needs a token or a receipt and has none, before the body is
    validated. The application decides what a caller may do.
    """
    if request.path.startswith("/api/") and not caller().signed_in and request.endpoint:
        access = getattr(current_app.view_functions[request.endpoint], "access", None)
        if access in WORKFLOW and "Lapor-Receipt" not in request.headers:
            raise NotSignedInError("Sign in, or show the complaint's receipt as Lapor-Receipt.")
        if access not in WORKFLOW and access != PUBLIC:
            raise NotSignedInError("Sign in: send an officer's token as Authorization: Bearer …")


def register(app: Flask) -> None:
    """Look up the caller of each request, and limit its database time."""
    app.before_request(lambda: set_task_limit(LONGEST))
    app.teardown_request(lambda _: set_task_limit(math.inf))
    app.before_request(recognise)
