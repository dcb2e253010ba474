"""/agencies and their backlogs."""

from functools import partial
from typing import Any

from flask import Response

from lapor.api.http.blueprint import SecuredBlueprint, authorised, json_response
from lapor.api.http.history_page import history_page
from lapor.api.http.openapi import ETAG
from lapor.api.http.request_context import caller, check_position, command_request, services, wanted_position
from lapor.api.schemas import bodies
from lapor.api.schemas.agencies import HOURS_BODY, AgenciesSchema, AgencySchema, ApprovalSchema
from lapor.api.schemas.base import PageQuerySchema
from lapor.api.schemas.complaint_lists import BacklogQuerySchema, BacklogSchema
from lapor.api.schemas.history import ReferenceHistorySchema
from lapor.application.commands.agencies import REGISTERING, RENAMING
from lapor.application.queries.backlog import BacklogFilter
from lapor.application.result import Result
from lapor.domain import access

blp = SecuredBlueprint(
    "agencies", __name__, url_prefix="/api/v1/agencies", description="Agencies and their backlogs"
)


@blp.get("")
@authorised(access.SEE_AGENCIES.name)
@blp.response(200, AgenciesSchema)
def agencies() -> Response:
    """List the agencies."""
    check_position()
    body = {"items": services().agencies.all(caller()), "next": None}
    return json_response(Result(body, 0, services().agencies.position), etag=False)


@blp.post("")
@authorised(access.MANAGE_AGENCIES.name)
@blp.arguments(bodies.schema("Registering", REGISTERING))
@blp.response(201, AgencySchema, headers=ETAG)
def register(body: dict[str, Any]) -> Response:
    """Register an agency."""
    return json_response(services().agencies.register(body, command_request()), 201)


@blp.post("/<string:named>/approval")
@authorised(access.MANAGE_AGENCIES.name)
@blp.arguments(ApprovalSchema)
@blp.response(200, AgencySchema, headers=ETAG)
def approval(body: dict[str, Any], named: str) -> Response:
    """Require a second person's approval for an agency's answers, or no longer."""
    return json_response(services().agencies.set_approval(named, body, command_request()))


@blp.get("/<string:named>/history")
@authorised(access.SEE_AGENCIES.name)
@blp.arguments(PageQuerySchema, location="query")
@blp.response(200, ReferenceHistorySchema)
def history(query: dict[str, Any], named: str) -> Response:
    """See an agency's history, event by event."""
    return history_page(partial(services().agencies.history, named, caller()), query)


@blp.post("/<string:named>/hours")
@authorised(access.MANAGE_AGENCIES.name)
@blp.arguments(HOURS_BODY)
@blp.response(201, AgencySchema, headers=ETAG)
def set_hours(body: dict[str, Any], named: str) -> Response:
    """Set an agency's opening hours from a day on: its zone, its week, extra days. The rest stays.

    Promises that were already made do not change.
    """
    return json_response(services().agencies.set_hours(named, body, command_request()), 201)


@blp.post("/<string:named>/rename")
@authorised(access.MANAGE_AGENCIES.name)
@blp.arguments(bodies.schema("Renaming", RENAMING))
@blp.response(200, AgencySchema, headers=ETAG)
def rename(body: dict[str, Any], named: str) -> Response:
    """Rename an agency; its code stays."""
    return json_response(services().agencies.rename(named, body, command_request()))


@blp.post("/<string:named>/close")
@authorised(access.MANAGE_AGENCIES.name)
@blp.arguments(bodies.schema("Closing", ()))
@blp.response(200, AgencySchema, headers=ETAG)
def close(body: dict[str, Any], named: str) -> Response:  # noqa: ARG001 - it is empty
    """Close an agency to new complaints; it keeps those that it has until they are routed elsewhere."""
    return json_response(services().agencies.close(named, command_request()))


@blp.get("/<string:named>/backlog")
@authorised(access.VIEW_BACKLOG.name)
@blp.arguments(BacklogQuerySchema, location="query")
@blp.response(200, BacklogSchema)
def backlog(query: dict[str, Any], named: str) -> Response:
    """See an agency's backlog, by its id or code, most urgent first; with `at` as it was.

    In a past backlog, complaints that you may no longer see appear as `{"withheld": true}`.
    """
    body = services().backlog.of(named, caller(), BacklogFilter(**query), position=wanted_position())
    return json_response(body, etag=False)
