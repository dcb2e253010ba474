"""/complaints: filing, reading, and one route for each verb of the workflow."""

from typing import Any

from flask import Response

from lapor.api.http.blueprint import SecuredBlueprint, authorised, json_response, public
from lapor.api.http.history_page import history_page
from lapor.api.http.openapi import ETAG
from lapor.api.http.request_context import caller, check_position, command_request, services, wanted_position
from lapor.api.schemas import bodies
from lapor.api.schemas.base import AsOfQuerySchema
from lapor.api.schemas.complaint_lists import (
    ComplaintsSchema,
    ListQuerySchema,
    SimilarQuerySchema,
    SimilarSchema,
)
from lapor.api.schemas.complaints import (
    FILING_BODY,
    VERB_BODIES,
    BulkBodySchema,
    BulkSchema,
    ComplaintSchema,
    FamilySchema,
    FiledSchema,
)
from lapor.api.schemas.data_protection import OmbudsmanPackageSchema
from lapor.api.schemas.history import HistoryQuerySchema, HistorySchema
from lapor.api.schemas.ledger import ComplaintProofSchema
from lapor.application.queries.complaint_lists import ListQuery
from lapor.domain import access, vocabulary
from lapor.domain.complaint import WORKFLOW, Verb
from projections.engine.as_of import AsOf

blp = SecuredBlueprint(
    "complaints", __name__, url_prefix="/api/v1/complaints", description="Complaints, from filing to closing"
)


@blp.post("")
@public
@blp.arguments(FILING_BODY)
@blp.response(201, FiledSchema, headers=ETAG)
def file(body: dict[str, Any]) -> Response:
    """File a complaint. The receipt in the answer is shown only once."""
    channel = vocabulary.Channel(body.pop("channel"))
    return json_response(services().complaints.file(body, command_request(), channel), 201)


@blp.get("")
@authorised(access.VIEW.name)
@blp.arguments(ListQuerySchema, location="query")
@blp.response(200, ComplaintsSchema)
def page(query: dict[str, Any]) -> Response:
    """List complaints that you may see, filtered and searched; the latest first unless sorted otherwise.

    With `at` the list shows a past state; complaints you may no longer see appear as
    `{"withheld": true}`. Callers who may not see the instants of anonymous reports get whole local days.
    """
    result = services().complaint_lists.page(caller(), ListQuery(**query), position=wanted_position())
    return json_response(result, etag=False)


@blp.get("/<string:named>")
@public
@blp.arguments(AsOfQuerySchema, location="query")
@blp.response(200, ComplaintSchema, headers=ETAG)
def view(query: dict[str, Any], named: str) -> Response:
    """See one complaint, by its id or tracking code, as your role may see it; now or as it was."""
    check_position()
    return json_response(services().complaint_queries.view(named, command_request(), AsOf(**query)))


@blp.get("/<string:named>/similar")
@authorised(access.VIEW.name)
@blp.arguments(SimilarQuerySchema, location="query")
@blp.response(200, SimilarSchema)
def similar(query: dict[str, Any], named: str) -> Response:
    """See complaints similar to this one, the most similar first."""
    check_position()
    complaint = services().lookup.seen(named, command_request()).complaint.id
    return json_response(services().complaint_lists.similar(complaint, caller(), **query), etag=False)


@blp.get("/<string:named>/history")
@public
@blp.arguments(HistoryQuerySchema, location="query")
@blp.response(200, HistorySchema)
def history(query: dict[str, Any], named: str) -> Response:
    """See the history of a complaint, event by event."""
    limits = {"limit": query.pop("limit"), "cursor": query.pop("cursor", "0")}
    return history_page(
        lambda **page: services().complaint_queries.history(named, command_request(), AsOf(**query), **page),
        limits,
    )


@blp.get("/<string:named>/proof")
@public
@blp.response(200, ComplaintProofSchema, headers=ETAG)
def proof(named: str) -> Response:
    """Get the proof that its events are in the log (bukti), to be verified without this service."""
    check_position()
    return json_response(services().proofs.of_complaint(named, command_request()))


@blp.get("/<string:named>/ombudsman")
@authorised("refer-to-ombudsman")
@blp.response(200, OmbudsmanPackageSchema, headers=ETAG)
def ombudsman(named: str) -> Response:
    """Get the package for the Ombudsman, once the reporter has agreed to the referral."""
    check_position()
    return json_response(services().ombudsman_package.take(named, command_request()))


@blp.get("/<string:named>/family")
@authorised("erase")
@blp.response(200, FamilySchema)
def family(named: str) -> Response:
    """See the complaints related to one that you want to erase: erasing it erases none of the others."""
    check_position()
    return json_response(services().related.of(named, command_request()), etag=False)


def _add(verb: Verb) -> None:
    """Add the route of one verb, as the workflow declares it."""

    def act(body: dict[str, Any], complaint_id: Any) -> Response:
        return json_response(services().complaints.act(verb, complaint_id, body, command_request()))

    act.__name__ = verb.name.replace("-", "_")
    act.__doc__ = verb.says
    act = blp.arguments(VERB_BODIES[verb.name])(authorised(verb.name)(act))
    act = blp.response(200, ComplaintSchema, headers=ETAG)(act)
    blp.post(f"/<uuid:complaint_id>/{verb.name}")(act)


for _verb in WORKFLOW.values():
    _add(_verb)


@blp.post("/bulk")
@authorised(access.VIEW.name)
@blp.arguments(BulkBodySchema)
@blp.response(200, BulkSchema)
def bulk(request: dict[str, Any]) -> Response:
    """Do one verb on up to 500 complaints, each by itself: an answer for each, done or refused.

    Without a `version` any version is accepted. Resending the same Idempotency-Key completes the items that
    are still pending.
    """
    body = bodies.within(VERB_BODIES[request["verb"]], "body", request["body"])
    verb = WORKFLOW[request["verb"]]
    return json_response(
        services().complaints.bulk(verb, request["complaints"], body, command_request()), etag=False
    )
