"""/retention: how long personal data are kept, and which are due or requested to be erased."""

from functools import partial
from typing import Any

from flask import Response

from lapor.api.http.blueprint import SecuredBlueprint, authorised, json_response
from lapor.api.http.history_page import history_page
from lapor.api.http.openapi import ETAG
from lapor.api.http.request_context import caller, check_position, command_request, services, wanted_position
from lapor.api.schemas import bodies
from lapor.api.schemas.base import PageQuerySchema
from lapor.api.schemas.history import ReferenceHistorySchema
from lapor.api.schemas.retention import (
    DueToGoSchema,
    ErasureRequestsSchema,
    RetentionSchema,
    RetentionsSchema,
)
from lapor.application.commands.retention import ADOPTING
from lapor.application.result import Result
from lapor.domain import access

blp = SecuredBlueprint(
    "retention", __name__, url_prefix="/api/v1/retention", description="How long personal data are kept"
)


@blp.get("")
@authorised(access.SEE_RULES.name)
@blp.response(200, RetentionsSchema)
def policies() -> Response:
    """List every version of the policy. Data without a rule are kept until erasure is requested."""
    check_position()
    body = {"items": services().retention_queries.all(caller()), "next": None}
    return json_response(Result(body, 0, services().agencies.position), etag=False)


@blp.post("")
@authorised(access.MANAGE_RETENTION.name)
@blp.arguments(bodies.schema("AdoptingRetention", ADOPTING))
@blp.response(201, RetentionSchema, headers=ETAG)
def adopt(body: dict[str, Any]) -> Response:
    """Set how long personal data are kept, from a day on, by kind and by how a complaint ended."""
    return json_response(services().retention.adopt(body, command_request()), 201)


@blp.get("/history")
@authorised(access.SEE_RULES.name)
@blp.arguments(PageQuerySchema, location="query")
@blp.response(200, ReferenceHistorySchema)
def history(query: dict[str, Any]) -> Response:
    """See the history of the retention policy."""
    return history_page(partial(services().retention_queries.history, caller()), query)


@blp.get("/due")
@authorised(access.SEE_RETENTION.name)
@blp.arguments(PageQuerySchema, location="query")
@blp.response(200, DueToGoSchema)
def due(query: dict[str, Any]) -> Response:
    """List complaints whose personal data are due to be erased; `erase`, also in bulk, confirms it."""
    return _page(services().retention_queries.due, query)


@blp.get("/requests")
@authorised(access.SEE_RETENTION.name)
@blp.arguments(PageQuerySchema, location="query")
@blp.response(200, ErasureRequestsSchema)
def requests(query: dict[str, Any]) -> Response:
    """List complaints whose reporter has requested erasure and waits for it."""
    return _page(services().retention_queries.requests, query)


def _page(read: Any, query: dict[str, Any]) -> Response:
    result = read(caller(), limit=query["limit"], cursor=query.get("cursor"), position=wanted_position())
    return json_response(result, etag=False)
