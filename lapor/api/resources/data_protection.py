"""Data protection: the access report, the breach report, copies for the data subject."""

from typing import Any
from uuid import UUID

from flask import Response

from lapor.api.http.blueprint import SecuredBlueprint, authorised, json_response, public, whole
from lapor.api.http.request_context import caller, check_position, command_request, services, wanted_position
from lapor.api.resources.complaints import blp as complaints
from lapor.api.resources.officers import blp as officers
from lapor.api.schemas.data_protection import (
    AccessesSchema,
    AccessReportQuerySchema,
    AccessReportSchema,
    AccountCopySchema,
    BreachReportQuerySchema,
    BreachReportSchema,
    FormatQuerySchema,
    PersonalCopySchema,
)
from lapor.application.result import Result
from lapor.audit.data_protection import html
from lapor.audit.data_protection.access_report import AccessQuery
from lapor.audit.data_protection.breach_report import Suspicion
from lapor.domain import access

blp = SecuredBlueprint("protection", __name__, url_prefix="/api/v1", description="Accesses to personal data")

_ALSO_HTML = {200: {"content": {"text/html": {"schema": {"type": "string"}}}}}


@blp.get("/access-report")
@authorised(access.SEE_ACCESSES.name)
@blp.arguments(AccessReportQuerySchema, location="query")
@blp.response(200, AccessReportSchema)
def access_report(query: dict[str, Any]) -> Response:
    """List accesses to personal data: who saw or received whose data, when and why, in order of time."""
    cursor = query.pop("cursor", None)
    wanted = AccessQuery(**query, cursor=whole(cursor, "cursor") if cursor is not None else None)
    return json_response(
        services().access_reports.report(caller(), wanted, position=wanted_position()), etag=False
    )


@blp.get("/breach-report")
@authorised(access.REPORT_BREACH.name)
@blp.arguments(BreachReportQuerySchema, location="query")
@blp.response(200, BreachReportSchema)
@blp.doc(responses=_ALSO_HTML)
def breach_report(query: dict[str, Any]) -> Response:
    """Report whose data were disclosed, when and how, for the notice within 3 × 24 hours."""
    form = query.pop("format")
    for name in ("officers", "tokens"):
        query[name] = [UUID(each) for each in query[name].split(",")] if name in query else []
    result = services().breach_reports.report(caller(), Suspicion(**query), position=wanted_position())
    return _in_form(form, result, html.breach, "breach-report")


@complaints.get("/<string:named>/access")
@public
@complaints.response(200, AccessesSchema)
def accesses(named: str) -> Response:
    """See the accesses to one complaint's data: for its reporter, the DPO and auditors."""
    check_position()
    return json_response(services().access_reports.of_complaint(named, command_request()), etag=False)


@complaints.get("/<string:named>/export")
@public
@complaints.arguments(FormatQuerySchema, location="query")
@complaints.response(200, PersonalCopySchema)
@complaints.doc(responses=_ALSO_HTML)
def export(query: dict[str, Any], named: str) -> Response:
    """Get a copy of all data about its reporter: for the reporter, or the DPO on their request."""
    check_position()
    return _in_form(
        query["format"], services().subject_access.of_reporter(named, command_request()), html.copy, "copy"
    )


@officers.get("/officers/<uuid:officer_id>/export")
@authorised(access.EXPORT_ACCOUNT.name)
@officers.arguments(FormatQuerySchema, location="query")
@officers.response(200, AccountCopySchema)
@officers.doc(responses=_ALSO_HTML)
def export_account(query: dict[str, Any], officer_id: UUID) -> Response:
    """Get a copy of all data about your own account."""
    check_position()
    result = services().subject_access.of_account(officer_id, caller())
    return _in_form(query["format"], result, html.account, "account")


def _in_form(form: str, result: Result, page: Any, name: str) -> Response:
    """Return the result as JSON, or as a page to print.

    The page is an attachment: opened from a file, its own style applies.
    """
    if form == "json":
        return json_response(result, etag=False)
    response = Response(page(result.body, services().zone), mimetype="text/html")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.html"'
    response.headers["Lapor-Position"] = str(result.position)
    return response
