"""/log: the events as they are stored, for auditors."""

from base64 import b64encode
from typing import Any

from flask import Response
from marshmallow import Schema, fields, validate

from lapor.api.http.blueprint import SecuredBlueprint, authorised, json_response
from lapor.api.http.request_context import caller, check_position, services
from lapor.api.schemas.ledger import LOG
from lapor.application.result import Result
from lapor.domain import access

blp = SecuredBlueprint("log", __name__, url_prefix="/api/v1/log", description="The log of events")

_PAGE = Schema.from_dict(
    {
        "after": fields.Integer(load_default=0, validate=validate.Range(0, 2**62)),
        "limit": fields.Integer(load_default=100, validate=validate.Range(1, 200)),
    },
    name="LogPage",
)()


@blp.get("")
@authorised(access.READ_LOG.name)
@blp.arguments(_PAGE, location="query")
@blp.response(200, LOG)
def log(query: dict[str, Any]) -> Response:
    """Read events in the order of their positions; ``state`` is the stored bytes in base64."""
    check_position()
    rows, last = services().event_log.page(caller(), **query)
    items = [
        {
            "position": row.position,
            "stream": row.stream,
            "version": row.version,
            "type": row.topic,
            "state": b64encode(row.state).decode(),
        }
        for row in rows
    ]
    return json_response(Result({"items": items, "last": last}, 0, last), etag=False)
