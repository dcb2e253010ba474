"""/dashboards: how promises are kept, and what comes and goes. Strangers get a coarse part."""

from http import HTTPStatus
from typing import Any

import marshmallow as ma
from flask import Response
from marshmallow import fields, validate

from lapor.api.http.blueprint import SecuredBlueprint, json_response, public
from lapor.api.http.request_context import caller, services, wanted_position
from lapor.api.schemas import bodies
from lapor.api.schemas.base import REQUIRED, answer
from lapor.api.schemas.fields import DayField, InstantField, PlainText
from lapor.application.queries.dashboards import QUALITIES, SHARES, DashboardPeriod
from lapor.domain import vocabulary

blp = SecuredBlueprint(
    "dashboards", __name__, url_prefix="/api/v1/dashboards", description="How the work goes, in figures"
)


def _count() -> fields.Field[Any]:
    """A count; null where it is too small to be shown to the public."""
    return fields.Integer(allow_none=True, **REQUIRED)


def _number() -> fields.Field[Any]:
    return fields.Float(allow_none=True, **REQUIRED)


def _asked(name: str, **more: fields.Field[Any]) -> ma.Schema:
    """The query of a dashboard."""
    days = {
        "first": DayField(
            data_key="from", metadata={"description": "local day; without it a year before `to`"}
        ),
        "last": DayField(data_key="to", metadata={"description": "local day, included; without it today"}),
    }
    agency = PlainText(validate=validate.Length(1, 64), metadata={"description": "id or code"})
    moment: dict[str, fields.Field[Any]] = {
        "at": InstantField(
            metadata={"description": "as of then, without it now; whole local days, but for DPO and auditors"}
        ),
        "position": fields.Integer(
            validate=validate.Range(1),
            metadata={"description": "as the log's first events tell it, so many; for DPO and auditors"},
        ),
    }
    return ma.Schema.from_dict(
        {**days, "agency": agency, "kind": bodies.one_of(vocabulary.Kind), **moment, **more}, name=name
    )()


def _dashboard(name: str, row: ma.Schema, totals: ma.Schema) -> ma.Schema:
    """The answer: as of when, over which days, the rows and their totals."""
    return answer(
        name,
        as_of=fields.AwareDateTime(**REQUIRED),
        position=fields.Integer(**REQUIRED),
        **{"from": fields.Date(**REQUIRED), "to": fields.Date(**REQUIRED)},
        rows=fields.List(fields.Nested(row), **REQUIRED),
        totals=fields.Nested(totals, **REQUIRED),
    )


_COUNTS = ("made", "kept", "late", "missed", "lapsed", "released", "open", "overdue", "excused")
_SHARES = ("compliance", "median_working_hours", "p90_working_hours")
_FIGURES = {**{name: _count() for name in _COUNTS}, **{name: _number() for name in _SHARES}}
_SLA = _dashboard(
    "SlaDashboard",
    answer(
        "SlaRow",
        agency=fields.UUID(allow_none=True, **REQUIRED),
        code=fields.String(allow_none=True, **REQUIRED),
        step=bodies.one_of(vocabulary.Step, **REQUIRED),
        **_FIGURES,
    ),
    answer(
        "SlaTotals",
        by_step=fields.Dict(
            keys=fields.String(), values=fields.Nested(answer("StepFigures", **_FIGURES)), **REQUIRED
        ),
        **_FIGURES,
    ),
)
_FLOWING = {name: _count() for name in ("filed", "responded", "closed", "reopened", "open")}
_FLOW = _dashboard(
    "FlowDashboard",
    answer("FlowDay", day=fields.Date(**REQUIRED), **_FLOWING),
    answer("FlowTotals", **_FLOWING),
)


_QUALITIES = {
    **{name: _count() for name in QUALITIES},
    **{name: _number() for name in ("mean_rating", *SHARES)},
}
_QUALITY = _dashboard(
    "QualityDashboard",
    answer(
        "QualityRow",
        agency=fields.UUID(allow_none=True, **REQUIRED),
        code=fields.String(allow_none=True, **REQUIRED),
        **_QUALITIES,
    ),
    answer("QualityTotals", **_QUALITIES),
)


@blp.get("/sla")
@public
@blp.arguments(_asked("SlaQuery", step=bodies.one_of(vocabulary.Step)), location="query")
@blp.response(200, _SLA)
@blp.alt_response(403, HTTPStatus.FORBIDDEN.name)
def sla(query: dict[str, Any]) -> Response:
    """See how the promises made in a period are kept, by agency and step.

    Each day of the period has its own counts: promises made on it; kept, met late, released (in time no
    longer owed, or carried on by another) or lapsed (missed, then no longer owed) on it; missed are those
    that fell due on it without having been met. Open and overdue are those at the period's end. Compliance
    is the kept ones' share of kept and missed. Without an officer's token only totals of each step are
    shown, and no count below 10. With `position` deadlines are judged at the latest instant of which the
    log's events up to there tell; it is the answer's `as_of`.
    """
    step = query.pop("step", None)
    found = services().dashboards.sla(
        caller(), DashboardPeriod(**query), step=step, position=wanted_position()
    )
    return json_response(found, etag=False)


@blp.get("/flow")
@public
@blp.arguments(_asked("FlowQuery"), location="query")
@blp.response(200, _FLOW)
@blp.alt_response(403, HTTPStatus.FORBIDDEN.name)
def flow(query: dict[str, Any]) -> Response:
    """See what was filed, answered, closed and reopened on each day, and what was open at its end.

    Of an agency, filed is what was routed to it. Without an officer's token only totals are shown.
    """
    found = services().dashboards.flow(caller(), DashboardPeriod(**query), position=wanted_position())
    return json_response(found, etag=False)


@blp.get("/quality")
@public
@blp.arguments(_asked("QualityQuery"), location="query")
@blp.response(200, _QUALITY)
def quality(query: dict[str, Any]) -> Response:
    """See how well complaints were handled in a period, by agency.

    Refusals, reroutings, reopenings, objections, ratings, commitments and escalations, each on its own day.
    A rerouting counts for the agency from which a complaint was taken, a commitment for the one that made it.
    A later rating takes the place of an earlier. Silence is no rating. Without an officer's token only totals
    are shown, and no count below 10.
    """
    found = services().dashboards.quality(caller(), DashboardPeriod(**query), position=wanted_position())
    return json_response(found, etag=False)
