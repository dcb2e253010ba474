"""/conformance: where complaints departed from the prescribed process, from the log alone."""

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
    "conformance",
    __name__,
    url_prefix="/api/v1/conformance",
    description="Whether complaints followed the prescribed process",
)

_slots = StreamSlots(1)


@blp.get("")
@authorised(access.CHECK_CONFORMANCE.name)
@blp.arguments(ConformanceQuerySchema, location="query")
@blp.response(200, ConformanceSchema)
def conformance(query: dict[str, Any]) -> Response:
    """Check every event up to now against the workflow table and the roles at its time.

    No rule allows a ``breach``; the other findings are allowed, but notable. An answer without its counts is
    incomplete.
    """
    check_position()
    days = Days(query.get("first"), query.get("last"))
    officer, checks = caller(), services().conformance

    def begin() -> tuple[Iterator[bytes], str, int]:
        report = checks.check(officer, days, query["minutes"])
        return write_json(report), "application/json", report.position

    return _slots.streamed(begin)
