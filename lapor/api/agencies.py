"""/agencies and what each owes."""

from typing import Any

from flask import Response
from marshmallow import Schema
from werkzeug.exceptions import BadRequest

from lapor.api import answers, schemas
from lapor.api.documentation import ETAG
from lapor.api.doors import Doors, answered, authorised, page_schema
from lapor.api.fields import TrueOrFalse
from lapor.api.requests import ask, caller, check_position, services, wanted_position
from lapor.application.backlogs import Filter
from lapor.application.complaints import Answer
from lapor.application.cursors import CursorError
from lapor.application.people import REGISTERING
from lapor.domain import access, terms

doors = Doors("agencies", __name__, url_prefix="/api/v1/agencies", description="Agencies and their backlogs")

_BACKLOG = page_schema(
    "BacklogPage",
    **schemas.moment(),
    stage=schemas.one_of(terms.Stage),
    step=schemas.one_of(terms.Step),
)


@doors.get("")
@authorised(access.SEE_AGENCIES.name)
@doors.response(200, answers.listed("Agencies", answers.AGENCY))
def agencies() -> Response:
    """List the agencies."""
    check_position()
    body = {"items": services().agencies.all(caller()), "next": None}
    return answered(Answer(body, 0, services().agencies.position), etag=False)


@doors.post("")
@authorised(access.MANAGE_AGENCIES.name)
@doors.arguments(schemas.schema("Registering", REGISTERING))
@doors.response(201, answers.AGENCY, headers=ETAG)
def register(body: dict[str, Any]) -> Response:
    """Let an agency take part."""
    return answered(services().agencies.register(body, ask()), 201)


@doors.post("/<string:named>/approval")
@authorised(access.MANAGE_AGENCIES.name)
@doors.arguments(Schema.from_dict({"required": TrueOrFalse(required=True)}, name="Approval"))
@doors.response(200, answers.AGENCY, headers=ETAG)
def approval(body: dict[str, Any], named: str) -> Response:
    """Let each answer of an agency need a second person's approval, or no longer."""
    return answered(services().agencies.set_approval(named, body["required"], ask()))


@doors.get("/<string:named>/backlog")
@authorised(access.VIEW_BACKLOG.name)
@doors.arguments(_BACKLOG, location="query")
@doors.response(200, answers.BACKLOG)
def backlog(query: dict[str, Any], named: str) -> Response:
    """See what an agency owes, by its id or code, most urgent first; with `at` or `position` what it owed.

    Of then, which you no longer may see, holds a place as `withheld`.
    """
    try:
        found = services().backlogs.of(named, caller(), Filter(**query), position=wanted_position())
    except CursorError as error:
        raise BadRequest(str(error)) from None
    return answered(found, etag=False)
