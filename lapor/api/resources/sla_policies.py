"""/sla-policies: how long each step may take, by which regulation, from which day on."""

from functools import partial
from typing import Any

from flask import Response

from lapor.api.http.blueprint import SecuredBlueprint, authorised, json_response
from lapor.api.http.history_page import history_page
from lapor.api.http.openapi import ETAG
from lapor.api.http.request_context import caller, check_position, command_request, services
from lapor.api.schemas import bodies
from lapor.api.schemas.base import PageQuerySchema
from lapor.api.schemas.bodies import CONFIRM
from lapor.api.schemas.history import ReferenceHistorySchema
from lapor.api.schemas.sla_policies import ForeseenSchema, PoliciesSchema, PolicySchema
from lapor.application.commands.sla_policies import ADOPTING, APPLYING
from lapor.application.result import Result
from lapor.domain import access

blp = SecuredBlueprint(
    "policies", __name__, url_prefix="/api/v1/sla-policies", description="Policies of deadlines"
)


@blp.get("")
@authorised(access.SEE_RULES.name)
@blp.response(200, PoliciesSchema)
def policies() -> Response:
    """List every policy of deadlines, by its effective date."""
    check_position()
    body = {"items": services().sla_policies.all(caller()), "next": None}
    return json_response(Result(body, 0, services().agencies.position), etag=False)


@blp.post("")
@authorised(access.MANAGE_POLICIES.name)
@blp.arguments(bodies.schema("Adopting", ADOPTING))
@blp.response(201, PolicySchema, headers=ETAG)
def adopt(body: dict[str, Any]) -> Response:
    """Adopt limits for promises made from a day on; under an existing name, as its next version."""
    return json_response(services().sla_policies.adopt(body, command_request()), 201)


@blp.get("/<string:named>/history")
@authorised(access.SEE_RULES.name)
@blp.arguments(PageQuerySchema, location="query")
@blp.response(200, ReferenceHistorySchema)
def history(query: dict[str, Any], named: str) -> Response:
    """See the history of a policy, and whether it was applied to open promises."""
    return history_page(partial(services().sla_policies.history, named, caller()), query)


@blp.post("/<string:named>/apply")
@authorised(access.MANAGE_POLICIES.name)
@blp.arguments(bodies.schema("Applying", APPLYING, **CONFIRM))
@blp.response(201, PolicySchema, headers=ETAG)
@blp.alt_response(200, schema=ForeseenSchema, description="nothing is stored: what would move")
def apply(body: dict[str, Any], named: str) -> Response:
    """Apply the policy in force to open promises too. Without `confirm`: see which deadlines would move."""
    result = services().sla_policies.apply(named, body, command_request())
    confirmed = body.get("confirm") is not None
    return json_response(result, 201 if confirmed else 200, etag=confirmed)
