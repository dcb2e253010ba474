"""/conformance: where complaints left the prescribed way, from the log alone."""

from collections.abc import Iterator
from typing import Any

import marshmallow as ma
from flask import Response
from marshmallow import fields, validate

from lapor.api.http.blueprint import SecuredBlueprint, authorised
from lapor.api.http.request_context import caller, check_position, services
from lapor.api.http.streaming import StreamSlots
from lapor.api.resources.exports import DAYS
from lapor.api.schemas import bodies
from lapor.api.schemas.base import REQUIRED, answer
from lapor.audit.conformance import FindingKind
from lapor.audit.conformance.json_report import write_json
from lapor.audit.conformance.report import SOON
from lapor.audit.exports.period import Days
from lapor.domain import access

blp = SecuredBlueprint(
    "conformance", __name__, url_prefix="/api/v1/conformance", description="Whether it went as prescribed"
)

_MINUTES = fields.Integer(
    load_default=SOON,
    validate=validate.Range(0, 1440),
    metadata={"description": "a closing is soon within so many minutes of an answer or a routing"},
)
_QUERY = ma.Schema.from_dict({**DAYS, "minutes": _MINUTES}, name="ConformanceQuery")()
_FINDING = answer(
    "ConformanceFinding",
    found=bodies.one_of(FindingKind, **REQUIRED),
    breach=fields.Boolean(**REQUIRED),
    imported=fields.Boolean(**REQUIRED),
    position=fields.Integer(**REQUIRED),
    stream=fields.UUID(**REQUIRED),
    code=fields.String(allow_none=True, **REQUIRED),
    type=fields.String(**REQUIRED),
    at=fields.AwareDateTime(**REQUIRED),
    by=fields.String(**REQUIRED),
    role=fields.String(**REQUIRED),
    says=fields.String(**REQUIRED),
)
_REPORT = answer(
    "Conformance",
    position=fields.Integer(**REQUIRED),
    checkpoint=fields.String(allow_none=True, **REQUIRED),
    since=fields.AwareDateTime(allow_none=True, **REQUIRED),
    until=fields.AwareDateTime(allow_none=True, **REQUIRED),
    soon_minutes=fields.Integer(**REQUIRED),
    findings=fields.List(fields.Nested(_FINDING), **REQUIRED),
    facts=fields.Integer(**REQUIRED),
    complaints=fields.Integer(**REQUIRED),
    breaches=fields.Integer(**REQUIRED),
    imported=fields.Integer(**REQUIRED),
    counts=fields.Dict(**REQUIRED),
    labels=fields.Dict(**REQUIRED),
)
_places = StreamSlots(1)


@blp.get("")
@authorised(access.CHECK_CONFORMANCE.name)
@blp.arguments(_QUERY, location="query")
@blp.response(200, _REPORT)
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
