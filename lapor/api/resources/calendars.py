"""/calendars: the holidays that working days are counted by."""

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
from lapor.api.schemas.sla_policies import CalendarSchema, CalendarsSchema, ForeseenSchema
from lapor.application.commands.calendars import ADDING_A_YEAR, CONFIRMING_A_YEAR, DECREEING
from lapor.application.result import Result
from lapor.domain import access

blp = SecuredBlueprint(
    "calendars", __name__, url_prefix="/api/v1/calendars", description="Calendars and decrees"
)


@blp.get("")
@authorised(access.SEE_RULES.name)
@blp.response(200, CalendarsSchema)
def calendars() -> Response:
    """List every calendar that a deadline may name; the last one is current."""
    check_position()
    body = {"items": services().calendars.all(caller()), "next": None}
    return json_response(Result(body, 0, services().agencies.position), etag=False)


@blp.post("")
@authorised(access.MANAGE_CALENDARS.name)
@blp.arguments(bodies.schema("AddingAYear", ADDING_A_YEAR))
@blp.response(201, CalendarSchema, headers=ETAG)
def add_year(body: dict[str, Any]) -> Response:
    """Add the calendar of the next year. Its deadlines are provisional until it is confirmed."""
    return json_response(services().calendars.add_year(body, command_request()), 201)


@blp.get("/<string:named>")
@authorised(access.SEE_RULES.name)
@blp.response(200, CalendarSchema, headers=ETAG)
def calendar(named: str) -> Response:
    """See the calendar as it is now, with its holidays. Its name is the beginning of its ids."""
    check_position()
    return json_response(services().calendars.view(named, caller()))


@blp.get("/<string:named>/history")
@authorised(access.SEE_RULES.name)
@blp.arguments(PageQuerySchema, location="query")
@blp.response(200, ReferenceHistorySchema)
def history(query: dict[str, Any], named: str) -> Response:
    """See the decrees that changed a calendar."""
    return history_page(partial(services().calendars.history, named, caller()), query)


@blp.post("/<string:named>/holidays")
@authorised(access.MANAGE_CALENDARS.name)
@blp.arguments(bodies.schema("Decreeing", DECREEING, **CONFIRM))
@blp.response(201, CalendarSchema, headers=ETAG)
@blp.alt_response(200, schema=ForeseenSchema, description="nothing is stored: what would move")
def decree(body: dict[str, Any], named: str) -> Response:
    """Add holidays, or remove some. Without `confirm`: see which open deadlines that would move.

    Send the same body with the answer's `confirm` to decree them. Open deadlines follow within minutes, each
    by an event of its own. A missed deadline stays, and none is brought forward.
    """
    result = services().calendars.decree(named, body, command_request())
    confirmed = body.get("confirm") is not None
    return json_response(result, 201 if confirmed else 200, etag=confirmed)


@blp.post("/<string:named>/confirm")
@authorised(access.MANAGE_CALENDARS.name)
@blp.arguments(bodies.schema("ConfirmingAYear", CONFIRMING_A_YEAR))
@blp.response(200, CalendarSchema, headers=ETAG)
def confirm_year(body: dict[str, Any], named: str) -> Response:
    """Confirm a year's holidays by its decree: deadlines in that year are no longer provisional."""
    return json_response(services().calendars.confirm_year(named, body, command_request()))
