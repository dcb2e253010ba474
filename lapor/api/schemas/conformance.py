"""Findings where complaints left the prescribed way."""

from marshmallow import fields, validate

from lapor.api.schemas.base import AnswerSchema
from lapor.api.schemas.bodies import one_of
from lapor.api.schemas.exports import DaysQuerySchema
from lapor.audit.conformance import FindingKind
from lapor.audit.conformance.report import SOON


class ConformanceFindingSchema(AnswerSchema):
    """An event that does not fit, and why."""

    found = one_of(FindingKind, required=True)
    breach = fields.Boolean(required=True)
    imported = fields.Boolean(required=True)
    position = fields.Integer(required=True)
    stream = fields.UUID(required=True)
    code = fields.String(required=True, allow_none=True)
    type = fields.String(required=True)
    at = fields.AwareDateTime(required=True)
    by = fields.String(required=True)
    role = fields.String(required=True)
    says = fields.String(required=True)


class FindingLabelSchema(AnswerSchema):
    """A kind of finding in words."""

    id = fields.String(required=True)
    en = fields.String(required=True)


class ConformanceSchema(AnswerSchema):
    """A check of the log; counts and labels are by the kind of finding."""

    position = fields.Integer(required=True)
    checkpoint = fields.String(required=True, allow_none=True)
    since = fields.AwareDateTime(required=True, allow_none=True)
    until = fields.AwareDateTime(required=True, allow_none=True)
    soon_minutes = fields.Integer(required=True)
    findings = fields.List(fields.Nested(ConformanceFindingSchema), required=True)
    facts = fields.Integer(required=True)
    complaints = fields.Integer(required=True)
    breaches = fields.Integer(required=True)
    imported = fields.Integer(required=True)
    counts = fields.Dict(keys=fields.String(), values=fields.Integer(), required=True)
    labels = fields.Dict(keys=fields.String(), values=fields.Nested(FindingLabelSchema), required=True)


class ConformanceQuerySchema(DaysQuerySchema):
    """The query of a check."""

    minutes = fields.Integer(
        load_default=SOON,
        validate=validate.Range(0, 1440),
        metadata={"description": "a closing is soon within so many minutes of an answer or a routing"},
    )
