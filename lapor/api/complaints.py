"""/complaints: filing, looking, and one route for each verb of the workflow."""

from typing import Any

from flask import Response
from marshmallow import Schema, fields, validate

from lapor.api import answers, schemas
from lapor.api.documentation import ETAG
from lapor.api.doors import Doors, answered, authorised, page_schema, public, whole
from lapor.api.fields import Instant
from lapor.api.requests import ask, check_position, services
from lapor.application.complaints import FILING, Answer, Moment
from lapor.domain import terms
from lapor.domain.complaint import WORKFLOW, Verb

doors = Doors("complaints", __name__, url_prefix="/api/v1/complaints", description="Complaints and their way")

_FILING = schemas.schema(
    "Filing", FILING, channel=schemas.one_of(terms.Channel, load_default=terms.Channel.WEB)
)
_MOMENT: dict[str, fields.Field[Any]] = {
    "at": Instant(),
    "position": fields.Integer(validate=validate.Range(1)),
}
_VIEW = Schema.from_dict(_MOMENT, name="Moment")()
_HISTORY = page_schema("HistoryPage", **_MOMENT)


@doors.post("")
@public
@doors.arguments(_FILING)
@doors.response(201, answers.FILED, headers=ETAG)
def file(body: dict[str, Any]) -> Response:
    """File a complaint. The receipt in the answer is shown this once."""
    channel = body.pop("channel")
    return answered(services().complaints.file(body, ask(), channel), 201)


@doors.get("/<string:named>")
@public
@doors.arguments(_VIEW, location="query")
@doors.response(200, answers.COMPLAINT, headers=ETAG)
def view(query: dict[str, Any], named: str) -> Response:
    """See one complaint, by its id or tracking code, as your role may see it; now or as it was."""
    check_position()
    return answered(services().complaints.view(named, ask(), Moment(**query)))


@doors.get("/<string:named>/history")
@public
@doors.arguments(_HISTORY, location="query")
@doors.response(200, answers.HISTORY)
def history(query: dict[str, Any], named: str) -> Response:
    """See what happened to it, fact by fact."""
    check_position()
    after = whole(query.pop("cursor", "0"), "cursor")
    limit = query.pop("limit")
    items, more = services().complaints.history(named, ask(), Moment(**query), after=after, limit=limit)
    body = {"items": items, "next": str(items[-1]["version"]) if more else None}
    return answered(Answer(body, 0, items[-1]["position"] if items else 0), etag=False)


def _add(verb: Verb) -> None:
    """The route of one verb, as the workflow declares it."""

    def act(body: dict[str, Any], complaint_id: Any) -> Response:
        return answered(services().complaints.act(verb, complaint_id, body, ask()))

    act.__name__ = verb.name.replace("-", "_")
    act.__doc__ = verb.says
    name = verb.name.title().replace("-", "")
    act = doors.arguments(schemas.schema(name, verb.fields))(authorised(verb.name)(act))
    act = doors.response(200, answers.COMPLAINT, headers=ETAG)(act)
    doors.post(f"/<uuid:complaint_id>/{verb.name}")(act)


for _verb in WORKFLOW.values():
    _add(_verb)
