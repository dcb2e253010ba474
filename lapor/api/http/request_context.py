"""What a request says beside its body: who, with which receipt, having seen what, named how."""

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

LONGEST = 4.5  # seconds that the database may take in all, so that an answer comes within five
_ETAG = re.compile(r'(?:W/)?"?(\d{1,9})"?')


def services() -> Services:
    found: Services = current_app.extensions["lapor"]
    return found


def caller() -> Caller:
    """Who asks, found out once a request. Raises ``NotSignedInError`` for a token that does not hold."""
    if "caller" not in g:
        g.caller, g.stream_read = services().officers.admit(_bearer(), _about())
    found: Caller = g.caller
    return found


def _about() -> RequestTarget | None:
    """The complaint that the route names, unless by its tracking code, and the request's key if it is one."""
    named = request.view_args or {}
    complaint = named.get("complaint_id")
    if complaint is None and request.blueprint == "complaints":
        with contextlib.suppress(ValueError):
            complaint = UUID(named.get("named", ""))
    if complaint is None:
        return None
    with contextlib.suppress(BadRequest):  # told in its turn: first comes who asks
        return RequestTarget(complaint, _key())
    return None


def _bearer() -> str | None:
    said = request.headers.get("Authorization")
    if said is None:
        return None
    scheme, _, token = said.partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise BadRequest("Send the token as 'Authorization: Bearer …'.")
    return token.strip()


def _key() -> UUID | None:
    said = request.headers.get("Idempotency-Key")
    try:
        return UUID(said.strip().strip('"')) if said is not None else None
    except ValueError:
        raise BadRequest("Idempotency-Key must be a UUID.") from None


def _digest() -> bytes:
    """What was asked: method, path and body. The body's bytes, not its meaning: a retry sends the same."""
    return hashlib.sha256(f"{request.method} {request.path}\n".encode() + request.get_data()).digest()


def command_request() -> CommandRequest:
    """The command as its caller put it. Raises ``BadRequest`` for a malformed header."""
    said = request.headers.get("If-Match")
    seen, any_version = None, False
    if said is not None:
        match = _ETAG.fullmatch(said.strip())
        any_version = said.strip() == "*"
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
    """The log's position that the caller wants to see at least. Raises ``BadRequest``."""
    said = request.headers.get("Lapor-Position")
    if said is None:
        return None
    if not re.fullmatch(r"\d{1,18}", said.strip()):
        raise BadRequest("Lapor-Position must be a position of the log, a whole number.")
    return int(said)


def check_position() -> None:
    """For reads that look at the log itself, and so are never behind it."""
    position = wanted_position()
    if position is not None and position > (head := services().head()):
        raise BeyondHeadError(position, head)


def recognise() -> None:
    """Find out who asks before anything else is looked at. Health and pages need nobody, and no database.

    Raises ``NotSignedInError`` where no stranger can come in, before his body is judged. What a caller
    may do is decided by the application.
    """
    if request.path.startswith("/api/") and not caller().signed_in and request.endpoint:
        access = getattr(current_app.view_functions[request.endpoint], "access", None)
        if access in WORKFLOW and "Lapor-Receipt" not in request.headers:
            raise NotSignedInError("Sign in, or show the complaint's receipt as Lapor-Receipt.")
        if access not in WORKFLOW and access != PUBLIC:
            raise NotSignedInError("Sign in: send an officer's token as Authorization: Bearer …")


def register(app: Flask) -> None:
    app.before_request(lambda: set_task_limit(LONGEST))
    app.teardown_request(lambda _: set_task_limit(math.inf))
    app.before_request(recognise)
