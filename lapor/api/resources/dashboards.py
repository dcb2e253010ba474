"""/dashboards: how promises are kept, how many complaints come and go. The public gets totals only."""

from http import HTTPStatus
from typing import Any

from flask import Response

from lapor.api.http.blueprint import SecuredBlueprint, json_response, public
from lapor.api.http.request_context import caller, services, wanted_position
from lapor.api.schemas.dashboards import (
    DashboardQuerySchema,
    FlowDashboardSchema,
    QualityDashboardSchema,
    SlaDashboardSchema,
    SlaQuerySchema,
)
from lapor.application.queries.dashboards import DashboardPeriod

blp = SecuredBlueprint(
    "dashboards", __name__, url_prefix="/api/v1/dashboards", description="Performance figures"
)


@blp.get("/sla")
@public
@blp.arguments(SlaQuerySchema, location="query")
@blp.response(200, SlaDashboardSchema)
@blp.alt_response(403, HTTPStatus.FORBIDDEN.name)
def sla(query: dict[str, Any]) -> Response:
    """See how the promises made in a period are kept, by agency and step.

    Each day of the period has its own counts: promises made on it; promises kept, met late, released (no
    longer owed before they were due, or carried on by another one) or lapsed (missed, then no longer owed) on
    it; missed are those that fell due on it without having been met. Open and overdue are counted at the
    period's end. Compliance is the share of kept among kept and missed. Without an officer's token only
    totals of each step are shown, and no count below 10.
    """
    step = query.pop("step", None)
    result = services().dashboards.sla(
        caller(), DashboardPeriod(**query), step=step, position=wanted_position()
    )
    return json_response(result, etag=False)


@blp.get("/flow")
@public
@blp.arguments(DashboardQuerySchema, location="query")
@blp.response(200, FlowDashboardSchema)
@blp.alt_response(403, HTTPStatus.FORBIDDEN.name)
def flow(query: dict[str, Any]) -> Response:
    """See how many were filed, answered, closed and reopened on each day, and how many were open at its end.

    For an agency, filed counts the complaints that were routed to it. Without an officer's token only totals
    are shown.
    """
    result = services().dashboards.flow(caller(), DashboardPeriod(**query), position=wanted_position())
    return json_response(result, etag=False)


@blp.get("/quality")
@public
@blp.arguments(DashboardQuerySchema, location="query")
@blp.response(200, QualityDashboardSchema)
def quality(query: dict[str, Any]) -> Response:
    """See how well complaints were handled in a period, by agency.

    Refusals, reroutings, reopenings, objections, ratings, commitments and escalations, each on its own day.
    A rerouting counts for the agency from which a complaint was taken, a commitment for the one that made it.
    A later rating replaces an earlier one. No rating is counted if the reporter gave none. Without an
    officer's token only totals are shown, and no count below 10.
    """
    result = services().dashboards.quality(caller(), DashboardPeriod(**query), position=wanted_position())
    return json_response(result, etag=False)
