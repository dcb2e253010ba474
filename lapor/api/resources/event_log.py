"""/log: the events as they are stored, for auditors."""

from base64 import b64encode
from typing import Any

from flask import Response

from lapor.api.http.blueprint import SecuredBlueprint, authorised, json_response
from lapor.api.http.request_context import caller, check_position, services
from lapor.api.schemas.ledger import LogQuerySchema, LogSchema
from lapor.application.result import Result
from lapor.domain import access

blp = SecuredBlueprint("log", __name__, url_prefix="/api/v1/log", description="The log of events")


@blp.get("")
@authorised(access.READ_LOG.name)
@blp.arguments(LogQuerySchema, location="query")
@blp.response(200, LogSchema)
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
