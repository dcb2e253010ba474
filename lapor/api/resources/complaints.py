"""/complaints: filing, looking, and one route for each verb of the workflow."""

from typing import Any

from flask import Response
from marshmallow import Schema, fields, validate
from werkzeug.exceptions import BadRequest

from lapor.api.http.blueprint import SecuredBlueprint, authorised, json_response, page_schema, public, whole
from lapor.api.http.openapi import ETAG
from lapor.api.http.request_context import caller, check_position, command_request, services, wanted_position
from lapor.api.schemas import bodies
from lapor.api.schemas.complaint_lists import COMPLAINTS, SIMILAR
from lapor.api.schemas.complaints import BULK, COMPLAINT, FAMILY, FILED, OMBUDSMAN
from lapor.api.schemas.fields import DayField, InstantField, WholeNumber
from lapor.api.schemas.history import HISTORY
from lapor.api.schemas.ledger import COMPLAINT_PROOF
from lapor.application.commands.complaints import FILING
from lapor.application.cursors import CursorError
from lapor.application.queries.complaint_lists import ListQuery
from lapor.application.result import Result
from lapor.domain import access, vocabulary
from lapor.domain.complaint import WORKFLOW, Verb
from lapor.domain.complaint.lifecycle.identity_access import ONE_BY_ONE
from projections.complaints.lists import SORTS
from projections.engine.as_of import AsOf

blp = SecuredBlueprint(
    "complaints", __name__, url_prefix="/api/v1/complaints", description="Complaints and their way"
)

_BODIES = {
    verb.name: bodies.schema(verb.name.title().replace("-", ""), verb.fields) for verb in WORKFLOW.values()
}
_CHANNELS = [channel.value for channel in vocabulary.Channel if channel is not vocabulary.Channel.SYSTEM]
_FILING = bodies.schema(
    "Filing", FILING, channel=fields.String(validate=validate.OneOf(_CHANNELS), load_default="web")
)
_LIST_PAGE = page_schema(
    "ListPage",
    **bodies.moment(),
    agency=fields.String(validate=validate.Length(1, 64)),
    stage=bodies.one_of(vocabulary.Stage),
    kind=bodies.one_of(vocabulary.Kind),
    category=fields.String(validate=validate.Length(1, 64)),
    service=fields.String(validate=validate.Length(1, 64)),
    overdue=fields.Boolean(truthy={"true"}, falsy={"false"}),
    due_before=InstantField(),
    filed_from=DayField(),
    filed_to=DayField(),
    q=fields.String(validate=validate.Length(1, 200)),
    sort=fields.String(validate=validate.OneOf(list(SORTS))),
)
_SIMILAR_PAGE = Schema.from_dict(
    {"limit": fields.Integer(load_default=5, validate=validate.Range(1, 20))}, name="SimilarPage"
)()
_VIEW = Schema.from_dict(bodies.moment(), name="Moment")()
_HISTORY_PAGE = page_schema("HistoryPage", **bodies.moment())


@blp.post("")
@public
@blp.arguments(_FILING)
@blp.response(201, FILED, headers=ETAG)
def file(body: dict[str, Any]) -> Response:
    """File a complaint. The receipt in the answer is shown this once."""
    channel = vocabulary.Channel(body.pop("channel"))
    return json_response(services().complaints.file(body, command_request(), channel), 201)


@blp.get("")
@authorised(access.VIEW.name)
@blp.arguments(_LIST_PAGE, location="query")
@blp.response(200, COMPLAINTS)
def page(query: dict[str, Any]) -> Response:
    """List complaints that you may see, filtered and searched; the latest first unless sorted otherwise.

    With `at` or `position` as they stood then; which you no longer may see, holds a place as `withheld`.
    Who is not shown the instants of anonymous reports is answered for whole local days.
    """
    try:
        found = services().complaint_lists.page(caller(), ListQuery(**query), position=wanted_position())
    except CursorError as error:
        raise BadRequest(str(error)) from None
    return json_response(found, etag=False)


@blp.get("/<string:named>")
@public
@blp.arguments(_VIEW, location="query")
@blp.response(200, COMPLAINT, headers=ETAG)
def view(query: dict[str, Any], named: str) -> Response:
    """See one complaint, by its id or tracking code, as your role may see it; now or as it was."""
    check_position()
    return json_response(services().complaint_queries.view(named, command_request(), AsOf(**query)))


@blp.get("/<string:named>/similar")
@authorised(access.VIEW.name)
@blp.arguments(_SIMILAR_PAGE, location="query")
@blp.response(200, SIMILAR)
def similar(query: dict[str, Any], named: str) -> Response:
    """See complaints that are like this one, the most alike first."""
    check_position()
    complaint = services().lookup.seen(named, command_request()).complaint.id
    return json_response(services().complaint_lists.similar(complaint, caller(), **query), etag=False)


@blp.get("/<string:named>/history")
@public
@blp.arguments(_HISTORY_PAGE, location="query")
@blp.response(200, HISTORY)
def history(query: dict[str, Any], named: str) -> Response:
    """See what happened to it, event by event."""
    check_position()
    after = whole(query.pop("cursor", "0"), "cursor")
    limit = query.pop("limit")
    items, more = services().complaint_queries.history(
        named, command_request(), AsOf(**query), after=after, limit=limit
    )
    body = {"items": items, "next": str(items[-1]["version"]) if more else None}
    return json_response(Result(body, 0, items[-1]["position"] if items else 0), etag=False)


@blp.get("/<string:named>/proof")
@public
@blp.response(200, COMPLAINT_PROOF, headers=ETAG)
def proof(named: str) -> Response:
    """Get what proves that its events stand in the log (bukti), to be verified without this service."""
    check_position()
    return json_response(services().proofs.of_complaint(named, command_request()))


@blp.get("/<string:named>/ombudsman")
@authorised("refer-to-ombudsman")
@blp.response(200, OMBUDSMAN, headers=ETAG)
def ombudsman(named: str) -> Response:
    """Get all that is handed to the Ombudsman, once the reporter has agreed to that."""
    check_position()
    return json_response(services().ombudsman_package.take(named, command_request()))


@blp.get("/<string:named>/family")
@authorised("erase")
@blp.response(200, FAMILY)
def family(named: str) -> Response:
    """See what is tied to a complaint before you erase it: erasing it erases none of the others."""
    check_position()
    return json_response(services().related.of(named, command_request()), etag=False)


def _add(verb: Verb) -> None:
    """The route of one verb, as the workflow declares it."""

    def act(body: dict[str, Any], complaint_id: Any) -> Response:
        return json_response(services().complaints.act(verb, complaint_id, body, command_request()))

    act.__name__ = verb.name.replace("-", "_")
    act.__doc__ = verb.says
    act = blp.arguments(_BODIES[verb.name])(authorised(verb.name)(act))
    act = blp.response(200, COMPLAINT, headers=ETAG)(act)
    blp.post(f"/<uuid:complaint_id>/{verb.name}")(act)


for _verb in WORKFLOW.values():
    _add(_verb)


class _BulkBody(Schema):
    """One verb, the complaints, and a body that is the same for all."""

    verb = fields.String(required=True, validate=validate.OneOf(sorted(set(WORKFLOW) - ONE_BY_ONE)))
    complaints = fields.List(
        fields.Nested(
            Schema.from_dict(
                {"id": fields.UUID(required=True), "version": WholeNumber(validate=validate.Range(1))},
                name="BulkItem",
            )
        ),
        required=True,
        validate=validate.Length(1, 500),
    )
    body = fields.Dict(keys=fields.String(), load_default=dict)


@blp.post("/bulk")
@authorised(access.VIEW.name)
@blp.arguments(_BulkBody)
@blp.response(200, BULK)
def bulk(asked: dict[str, Any]) -> Response:
    """Do one verb on up to 500 complaints, each by itself: an answer for each, done or refused.

    Without a `version` any will do. An anew sent Idempotency-Key does what is still to be done.
    """
    body = bodies.within(_BODIES[asked["verb"]], "body", asked["body"])
    verb = WORKFLOW[asked["verb"]]
    return json_response(
        services().complaints.bulk(verb, asked["complaints"], body, command_request()), etag=False
    )
