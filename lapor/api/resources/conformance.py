"""/conformance: where complaints left the prescribed way, from the log alone."""

from collections.abc import Iterator
from typing import Any

from flask import Response

from lapor.api.http.blueprint import SecuredBlueprint, authorised
from lapor.api.http.request_context import caller, check_position, services
from lapor.api.http.streaming import StreamSlots
from lapor.api.schemas.conformance import ConformanceQuerySchema, ConformanceSchema
from lapor.audit.conformance.json_report import write_json
from lapor.audit.exports.period import Days
from lapor.domain import access

blp = SecuredBlueprint(
    "conformance", __name__, url_prefix="/api/v1/conformance", description="Whether it went as prescribed"
)

_places = StreamSlots(1)


@blp.get("")
@authorised(access.CHECK_CONFORMANCE.name)
@blp.arguments(ConformanceQuerySchema, location="query")
@blp.response(200, ConformanceSchema)
def conformance(query: dict[str, Any]) -> Response:
    """Hold every event up to now against the workflow table and the roles of then, and name misfits.

    A ``breach`` no rule allows; all else is allowed, and worth a look. Without its counts it broke off.
    """
    check_position()
    days = Days(query.get("first"), query.get("last"))
    who, checks = caller(), services().conformance

    def begin() -> tuple[Iterator[bytes], str, int]:
        report = checks.check(who, days, query["minutes"])
        return write_json(report), "application/json", report.position

    return _places.streamed(begin)
