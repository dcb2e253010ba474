"""/officers and their tokens."""

from typing import Any
from uuid import UUID

from flask import Response

from lapor.api.http.blueprint import SecuredBlueprint, authorised, json_response
from lapor.api.http.openapi import ETAG
from lapor.api.http.request_context import caller, check_position, command_request, services
from lapor.api.schemas import bodies
from lapor.api.schemas.officers import OfficerSchema, OfficersSchema, TokenSchema, TokenWishSchema
from lapor.application.commands.officers import APPOINTING, ERASING
from lapor.application.result import Result
from lapor.domain import access

blp = SecuredBlueprint("officers", __name__, url_prefix="/api/v1", description="Officers and their tokens")


@blp.get("/officers")
@authorised(access.SEE_OFFICERS.name)
@blp.response(200, OfficersSchema)
def officers() -> Response:
    """List the officers with their roles."""
    check_position()
    body = {"items": services().officers.all(caller()), "next": None}
    return json_response(Result(body, 0, services().agencies.position), etag=False)


@blp.post("/officers")
@authorised(access.MANAGE_OFFICERS.name)
@blp.arguments(bodies.schema("Appointing", APPOINTING))
@blp.response(201, OfficerSchema, headers=ETAG)
def appoint(body: dict[str, Any]) -> Response:
    """Appoint an officer in a first role."""
    return json_response(services().officers.appoint(body, command_request()), 201)


@blp.post("/officers/<uuid:officer_id>/dismiss")
@authorised(access.MANAGE_OFFICERS.name)
@blp.arguments(bodies.schema("Dismissing", ()))
@blp.response(200, OfficerSchema, headers=ETAG)
def dismiss(_: dict[str, Any], officer_id: UUID) -> Response:
    """Dismiss an officer: all roles end, and their tokens are no longer valid."""
    return json_response(services().officers.dismiss(officer_id, command_request()))


@blp.post("/officers/<uuid:officer_id>/erase")
@authorised(access.ERASE_OFFICERS.name)
@blp.arguments(bodies.schema("ErasingOfficer", ERASING))
@blp.response(200, OfficerSchema, headers=ETAG)
def erase(body: dict[str, Any], officer_id: UUID) -> Response:
    """Erase the name and contact of a dismissed officer; the officer's id stays in the events."""
    return json_response(services().officers.erase(officer_id, body, command_request()))


@blp.post("/officers/<uuid:officer_id>/tokens")
@authorised(access.MANAGE_OFFICERS.name)
@blp.arguments(TokenWishSchema)
@blp.response(201, TokenSchema)
def issue_token(body: dict[str, Any], officer_id: UUID) -> Response:
    """Issue a token to an officer; it is shown only once."""
    token = services().officers.issue_token(officer_id, caller(), body["expires_at"])
    return json_response(Result(token, 0, services().agencies.position), 201, etag=False)


@blp.delete("/tokens/<uuid:token_id>")
@authorised(access.MANAGE_OFFICERS.name)
@blp.response(204)
def revoke_token(token_id: UUID) -> Response:
    """Revoke a token; it is invalid from the next request on."""
    services().officers.revoke_token(token_id, caller())
    return Response(status=204)
