"""/retention: for how long personal data are kept, whose are due to be erased, who asked for it."""

from typing import Any

from flask import Response
from werkzeug.exceptions import BadRequest

from lapor.api.http.blueprint import SecuredBlueprint, authorised, json_response, page_schema, whole
from lapor.api.http.history_page import HISTORY_PAGE
from lapor.api.http.openapi import ETAG
from lapor.api.http.request_context import caller, check_position, command_request, services, wanted_position
from lapor.api.schemas import bodies
from lapor.api.schemas.history import HISTORY
from lapor.api.schemas.retention import DUE_TO_GO, ERASURE_REQUESTS, RETENTION, RETENTIONS
from lapor.application.commands.retention import ADOPTING
from lapor.application.cursors import CursorError
from lapor.application.result import Result
from lapor.domain import access

blp = SecuredBlueprint(
    "retention", __name__, url_prefix="/api/v1/retention", description="For how long personal data are kept"
)
_PAGE = page_schema("RetentionPage")


@blp.get("")
@authorised(access.SEE_RULES.name)
@blp.response(200, RETENTIONS)
def policies() -> Response:
    """List every version of the policy. What it does not speak of is kept until somebody asks."""
    check_position()
    body = {"items": services().retention_queries.all(caller()), "next": None}
    return json_response(Result(body, 0, services().agencies.position), etag=False)


@blp.post("")
@authorised(access.MANAGE_RETENTION.name)
@blp.arguments(bodies.schema("AdoptingRetention", ADOPTING))
@blp.response(201, RETENTION, headers=ETAG)
def adopt(body: dict[str, Any]) -> Response:
    """Lay down for how long personal data are kept, from a day on, by kind and by how a complaint ended."""
    return json_response(services().retention.adopt(body, command_request()), 201)


@blp.get("/history")
@authorised(access.SEE_RULES.name)
@blp.arguments(HISTORY_PAGE, location="query")
@blp.response(200, HISTORY)
def history(query: dict[str, Any]) -> Response:
    """See how the policy came to be what it is."""
    check_position()
    after = whole(query.get("cursor", "0"), "cursor")
    items, more = services().retention_queries.history(caller(), after=after, limit=query["limit"])
    body = {"items": items, "next": str(items[-1]["version"]) if more else None}
    return json_response(Result(body, 0, items[-1]["position"] if items else 0), etag=False)


@blp.get("/due")
@authorised(access.SEE_RETENTION.name)
@blp.arguments(_PAGE, location="query")
@blp.response(200, DUE_TO_GO)
def due(query: dict[str, Any]) -> Response:
    """List complaints whose personal data are due to be erased; `erase`, also in bulk, confirms it."""
    return _page(services().retention_queries.due, query)


@blp.get("/requests")
@authorised(access.SEE_RETENTION.name)
@blp.arguments(_PAGE, location="query")
@blp.response(200, ERASURE_REQUESTS)
def requests(query: dict[str, Any]) -> Response:
    """List complaints whose reporter has asked for erasure and waits."""
    return _page(services().retention_queries.requests, query)


def _page(read: Any, query: dict[str, Any]) -> Response:
    try:
        found = read(caller(), limit=query["limit"], cursor=query.get("cursor"), position=wanted_position())
    except CursorError as error:
        raise BadRequest(str(error)) from None
    return json_response(found, etag=False)
