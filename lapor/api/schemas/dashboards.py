"""Dashboards. A figure is null where it does not exist, or is too small to be shown to the public."""

import marshmallow as ma
from marshmallow import fields, validate

from lapor.api.schemas.base import AnswerSchema
from lapor.api.schemas.bodies import one_of
from lapor.api.schemas.fields import DayField, InstantField, PlainText
from lapor.domain import vocabulary


class DashboardSchema(AnswerSchema):
    """As of when, and over which days; a subclass adds its ``rows`` and ``totals``."""

    as_of = fields.AwareDateTime(required=True)
    position = fields.Integer(required=True)
    first = fields.Date(data_key="from", required=True)
    last = fields.Date(data_key="to", required=True)


class StepFiguresSchema(AnswerSchema):
    """How promises were kept."""

    made = fields.Integer(required=True, allow_none=True)
    kept = fields.Integer(required=True, allow_none=True)
    late = fields.Integer(required=True, allow_none=True)
    missed = fields.Integer(required=True, allow_none=True)
    lapsed = fields.Integer(required=True, allow_none=True)
    released = fields.Integer(required=True, allow_none=True)
    open = fields.Integer(required=True, allow_none=True)
    overdue = fields.Integer(required=True, allow_none=True)
    excused = fields.Integer(required=True, allow_none=True)
    compliance = fields.Float(required=True, allow_none=True)
    median_working_hours = fields.Float(required=True, allow_none=True)
    p90_working_hours = fields.Float(required=True, allow_none=True)
    hours_exact = fields.Boolean(
        required=True,
        allow_none=True,
        metadata={
            "description": "whether median and p90 follow from each duration; where an agency met more than"
            " 300 promises of a step they are estimated from buckets a tenth wide. Durations of anonymous"
            " complaints count in whole working days"
        },
    )


class SlaRowSchema(StepFiguresSchema):
    """How an agency kept its promises of a step."""

    agency = fields.UUID(required=True, allow_none=True)
    code = fields.String(required=True, allow_none=True)
    step = one_of(vocabulary.Step, required=True)


class SlaTotalsSchema(StepFiguresSchema):
    """How promises were kept, in all and by step."""

    by_step = fields.Dict(keys=fields.String(), values=fields.Nested(StepFiguresSchema), required=True)


class SlaDashboardSchema(DashboardSchema):
    """How the promises of a period are kept."""

    rows = fields.List(fields.Nested(SlaRowSchema), required=True)
    totals = fields.Nested(SlaTotalsSchema, required=True)


class FlowTotalsSchema(AnswerSchema):
    """How many complaints came and went, and how many were open at the end."""

    filed = fields.Integer(required=True, allow_none=True)
    responded = fields.Integer(required=True, allow_none=True)
    closed = fields.Integer(required=True, allow_none=True)
    reopened = fields.Integer(required=True, allow_none=True)
    open = fields.Integer(required=True, allow_none=True)


class FlowDaySchema(FlowTotalsSchema):
    """How many complaints came and went on one local day."""

    day = fields.Date(required=True)


class FlowDashboardSchema(DashboardSchema):
    """How many complaints came and went in a period."""

    rows = fields.List(fields.Nested(FlowDaySchema), required=True)
    totals = fields.Nested(FlowTotalsSchema, required=True)


class QualityTotalsSchema(AnswerSchema):
    """How complaints were handled."""

    routed = fields.Integer(required=True, allow_none=True)
    rerouted = fields.Integer(required=True, allow_none=True)
    declined = fields.Integer(required=True, allow_none=True)
    extended = fields.Integer(required=True, allow_none=True)
    closed = fields.Integer(required=True, allow_none=True)
    reopened = fields.Integer(required=True, allow_none=True)
    rejected = fields.Integer(required=True, allow_none=True)
    objected = fields.Integer(required=True, allow_none=True)
    upheld = fields.Integer(required=True, allow_none=True)
    dismissed = fields.Integer(required=True, allow_none=True)
    escalated = fields.Integer(required=True, allow_none=True)
    committed = fields.Integer(required=True, allow_none=True)
    commitments_kept = fields.Integer(required=True, allow_none=True)
    commitments_broken = fields.Integer(required=True, allow_none=True)
    ratings = fields.Integer(required=True, allow_none=True)
    mean_rating = fields.Float(required=True, allow_none=True)
    refusal_rate = fields.Float(required=True, allow_none=True)
    reroute_rate = fields.Float(required=True, allow_none=True)
    reopen_rate = fields.Float(required=True, allow_none=True)
    objection_rate = fields.Float(required=True, allow_none=True)


class QualityRowSchema(QualityTotalsSchema):
    """How an agency handled complaints."""

    agency = fields.UUID(required=True, allow_none=True)
    code = fields.String(required=True, allow_none=True)


class QualityDashboardSchema(DashboardSchema):
    """How complaints were handled in a period."""

    rows = fields.List(fields.Nested(QualityRowSchema), required=True)
    totals = fields.Nested(QualityTotalsSchema, required=True)


class DashboardQuerySchema(ma.Schema):
    """The query of a dashboard."""

    first = DayField(data_key="from", metadata={"description": "local day; default: a year before `to`"})
    last = DayField(data_key="to", metadata={"description": "local day, included; default: today"})
    agency = PlainText(validate=validate.Length(1, 64), metadata={"description": "id or code"})
    kind = one_of(vocabulary.Kind)
    at = InstantField(
        metadata={
            "description": "as of this instant, by default now; whole local days, except for DPO and auditors"
        }
    )


class SlaQuerySchema(DashboardQuerySchema):
    """The query of the dashboard of promises."""

    step = one_of(vocabulary.Step)
