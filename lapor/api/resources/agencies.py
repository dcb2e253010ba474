"""/agencies and what each owes."""

from typing import Any

from flask import Response
from marshmallow import Schema, fields, validate
from werkzeug.exceptions import BadRequest

from lapor.api.http.blueprint import SecuredBlueprint, authorised, json_response, page_schema
from lapor.api.http.history_page import HISTORY_PAGE, history_page
from lapor.api.http.openapi import ETAG
from lapor.api.http.request_context import caller, check_position, command_request, services, wanted_position
from lapor.api.schemas import bodies
from lapor.api.schemas.agencies import AGENCIES, AGENCY
from lapor.api.schemas.complaint_lists import BACKLOG
from lapor.api.schemas.fields import DayField, HourMinuteField, PlainText, StrictBoolean
from lapor.api.schemas.history import HISTORY
from lapor.application.commands.agencies import REGISTERING, RENAMING, SETTING_HOURS
from lapor.application.cursors import CursorError
from lapor.application.queries.backlog import BacklogFilter
from lapor.application.result import Result
from lapor.domain import access, vocabulary

blp = SecuredBlueprint(
    "agencies", __name__, url_prefix="/api/v1/agencies", description="Agencies and their backlogs"
)

_EXTRA = Schema.from_dict(
    {
        "day": DayField(required=True),
        "opens": HourMinuteField(required=True),
        "closes": HourMinuteField(required=True),
    },
    name="Opening",
)()
_HOURS: dict[str, fields.Field[Any]] = {
    "zone": PlainText(
        allow_none=True, validate=validate.Length(1, 64), metadata={"description": "IANA zone"}
    ),
    "week": fields.List(
        fields.List(HourMinuteField(), allow_none=True, validate=validate.Length(equal=2)),
        allow_none=True,
        validate=validate.Length(equal=7),
        metadata={"description": "Monday first: when each day opens and closes, or null"},
    ),
    "extra": fields.List(
        fields.Nested(_EXTRA),
        allow_none=True,
        validate=validate.Length(max=400),
        metadata={"description": "days with hours of their own, also on holidays; all that are to hold"},
    ),
}
HOURS_BODY = bodies.schema("SettingHours", SETTING_HOURS, **_HOURS)
_BACKLOG_PAGE = page_schema(
    "BacklogPage",
    **bodies.moment(),
    stage=bodies.one_of(vocabulary.Stage),
    step=bodies.one_of(vocabulary.Step),
)


@blp.get("")
@authorised(access.SEE_AGENCIES.name)
@blp.response(200, AGENCIES)
def agencies() -> Response:
    """List the agencies."""
    check_position()
    body = {"items": services().agencies.all(caller()), "next": None}
    return json_response(Result(body, 0, services().agencies.position), etag=False)


@blp.post("")
@authorised(access.MANAGE_AGENCIES.name)
@blp.arguments(bodies.schema("Registering", REGISTERING))
@blp.response(201, AGENCY, headers=ETAG)
def register(body: dict[str, Any]) -> Response:
    """Let an agency take part."""
    return json_response(services().agencies.register(body, command_request()), 201)


@blp.post("/<string:named>/approval")
@authorised(access.MANAGE_AGENCIES.name)
@blp.arguments(Schema.from_dict({"required": StrictBoolean(required=True)}, name="Approval"))
@blp.response(200, AGENCY, headers=ETAG)
def approval(body: dict[str, Any], named: str) -> Response:
    """Let each answer of an agency need a second person's approval, or no longer."""
    return json_response(services().agencies.set_approval(named, body, command_request()))


@blp.get("/<string:named>/history")
@authorised(access.SEE_AGENCIES.name)
@blp.arguments(HISTORY_PAGE, location="query")
@blp.response(200, HISTORY)
def history(query: dict[str, Any], named: str) -> Response:
    """See what made an agency what it is, event by event."""
    return history_page(services().agencies.history, named, query)


@blp.post("/<string:named>/hours")
@authorised(access.MANAGE_AGENCIES.name)
@blp.arguments(HOURS_BODY)
@blp.response(201, AGENCY, headers=ETAG)
def set_hours(body: dict[str, Any], named: str) -> Response:
    """Let an agency be open at other hours from a day on: its zone, its week, extra days. The rest stays.

    Promises made before stay as they were made.
    """
    return json_response(services().agencies.set_hours(named, body, command_request()), 201)


@blp.post("/<string:named>/rename")
@authorised(access.MANAGE_AGENCIES.name)
@blp.arguments(bodies.schema("Renaming", RENAMING))
@blp.response(200, AGENCY, headers=ETAG)
def rename(body: dict[str, Any], named: str) -> Response:
    """Give an agency another name; its code stays."""
    return json_response(services().agencies.rename(named, body, command_request()))


@blp.post("/<string:named>/close")
@authorised(access.MANAGE_AGENCIES.name)
@blp.arguments(bodies.schema("Closing", ()))
@blp.response(200, AGENCY, headers=ETAG)
def close(body: dict[str, Any], named: str) -> Response:  # noqa: ARG001 - nothing is said in it
    """Let an agency take no more complaints; what it has it keeps until that is routed elsewhere."""
    return json_response(services().agencies.close(named, command_request()))


@blp.get("/<string:named>/backlog")
@authorised(access.VIEW_BACKLOG.name)
@blp.arguments(_BACKLOG_PAGE, location="query")
@blp.response(200, BACKLOG)
def backlog(query: dict[str, Any], named: str) -> Response:
    """See what an agency owes, by its id or code, most urgent first; with `at` or `position` what it owed.

    Of then, which you no longer may see, holds a place as `withheld`.
    """
    try:
        found = services().backlog.of(named, caller(), BacklogFilter(**query), position=wanted_position())
    except CursorError as error:
        raise BadRequest(str(error)) from None
    return json_response(found, etag=False)
