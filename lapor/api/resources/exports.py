"""/exports: the log's events in the file formats of auditors' tools."""

from collections.abc import Iterator
from typing import Any

from flask import Response

from lapor.api.http.blueprint import SecuredBlueprint, authorised, json_response, whole
from lapor.api.http.request_context import caller, check_position, command_request, services
from lapor.api.http.streaming import StreamSlots
from lapor.api.schemas.base import PageQuerySchema
from lapor.api.schemas.exports import ExportQuerySchema, ExportsSchema, OcelSchema
from lapor.application.pages import read_page
from lapor.application.result import Result
from lapor.audit.exports import FORMS
from lapor.audit.exports.period import Days
from lapor.audit.exports.service import ExportSelection
from lapor.domain import access
from lapor.domain.errors import NotFoundError
from lapor.domain.export import ExportFormat

blp = SecuredBlueprint(
    "exports", __name__, url_prefix="/api/v1/exports", description="The log's events as files"
)

_TEXT = {"type": "string"}
_slots = StreamSlots()


@blp.get("")
@authorised(access.SEE_EXPORTS.name)
@blp.arguments(PageQuerySchema, location="query")
@blp.response(200, ExportsSchema)
def exports(query: dict[str, Any]) -> Response:
    """List the exports that were made, the latest first: by whom, of which events, and why."""
    check_position()
    before, limit = whole(query["cursor"], "cursor") if "cursor" in query else 2**62, query["limit"]
    shown, following = read_page(
        lambda most: services().exports.made(caller(), before=before, limit=most),
        limit,
        cursor=lambda export: str(export["recorded_at"]),
    )
    return json_response(Result({"items": shown, "next": following}, 0, services().head()), etag=False)


@blp.get("/<form>")
@authorised(access.EXPORT.name)
@blp.arguments(ExportQuerySchema, location="query")
@blp.response(200, OcelSchema)
@blp.alt_response(200, schema=_TEXT, content_type=FORMS[ExportFormat.XES].media_type)
@blp.alt_response(200, schema=_TEXT, content_type=FORMS[ExportFormat.CSV].media_type)
@blp.alt_response(200, schema=_TEXT, content_type=FORMS[ExportFormat.XLSX].media_type)
def export(query: dict[str, Any], form: str) -> Response:
    """Export events as ``ocel``, ``xes``, ``csv`` or ``xlsx``, without personal data. The export is recorded.

    ``Lapor-Position`` is the last position that it covers. An incomplete file has no end: the last line of
    CSV is the export's own event.
    """
    check_position()
    if form not in set(ExportFormat):
        raise NotFoundError(f"form of exports (possible: {', '.join(ExportFormat)})")
    name = ExportFormat(form)
    days = Days(query.get("first"), query.get("last"))
    selection = ExportSelection(days, query.get("agency"))
    exports, command = services().exports, command_request()

    def begin() -> tuple[Iterator[bytes], str, int]:
        order = exports.begin(name, selection, command)
        written = FORMS[name]
        return written.write(order, exports.read_streams(order)), written.media_type, order.made.position

    response = _slots.streamed(begin)
    position = response.headers["Lapor-Position"]
    suffix = "json" if name is ExportFormat.OCEL else name.value
    response.headers["Content-Disposition"] = f'attachment; filename="lapor-{position}.{suffix}"'
    return response
