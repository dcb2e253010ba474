"""Calendars and policies of deadlines, and which deadlines a change of them would move."""

from marshmallow import fields

from lapor.api.schemas.base import AnswerSchema, PageSchema
from lapor.api.schemas.bodies import one_of
from lapor.domain import vocabulary
from lapor.domain.deadlines.working_time import Unit


class KnownHolidaySchema(AnswerSchema):
    """A holiday of a calendar."""

    day = fields.Date(required=True)
    name = fields.String(required=True)


class CalendarSummarySchema(AnswerSchema):
    """A calendar without its holidays."""

    id = fields.String(required=True)
    name = fields.String(required=True)
    number = fields.Integer(required=True)
    basis = fields.String(required=True)
    first = fields.Date(required=True)
    confirmed_to = fields.Date(required=True)
    last = fields.Date(required=True)
    provisional_years = fields.List(fields.Integer(), required=True)


class ListedCalendarSchema(CalendarSummarySchema):
    """A calendar in the list of all."""

    current = fields.Boolean(required=True)


class CalendarsSchema(PageSchema):
    """Every calendar that a deadline may name."""

    items = fields.List(fields.Nested(ListedCalendarSchema), required=True)


class CalendarSchema(CalendarSummarySchema):
    """A calendar with its holidays; ``moves`` counts the deadlines that its change moves."""

    holidays = fields.List(fields.Nested(KnownHolidaySchema), required=True)
    moves = fields.Integer()


class KnownLimitSchema(AnswerSchema):
    """How long a step may take, and by which rule."""

    step = one_of(vocabulary.Step, required=True)
    limit = fields.Integer(required=True)
    unit = one_of(Unit, required=True)
    kinds = fields.List(one_of(vocabulary.Kind), required=True)
    source = fields.String(required=True)


class PolicySummarySchema(AnswerSchema):
    """A policy with its limits."""

    id = fields.String(required=True)
    name = fields.String(required=True)
    effective_from = fields.Date(required=True, allow_none=True)
    regulation = fields.String(required=True)
    limits = fields.List(fields.Nested(KnownLimitSchema), required=True)


class ListedPolicySchema(PolicySummarySchema):
    """A policy in the list of all."""

    in_force = fields.Boolean(required=True)


class PoliciesSchema(PageSchema):
    """Every policy of deadlines."""

    items = fields.List(fields.Nested(ListedPolicySchema), required=True)


class PolicySchema(PolicySummarySchema):
    """A policy that was adopted or applied; ``moves`` counts the deadlines that this moves."""

    moves = fields.Integer()


class ForeseenDeadlineSchema(AnswerSchema):
    """A deadline that would move."""

    id = fields.UUID(required=True)
    code = fields.String(required=True)
    agency = fields.String(allow_none=True)
    step = one_of(vocabulary.Step, required=True)
    n = fields.Integer(required=True)
    earlier = fields.AwareDateTime(data_key="from", required=True)
    later = fields.AwareDateTime(data_key="to", required=True)


class ForeseenSchema(AnswerSchema):
    """The deadlines that a change would move; sending ``confirm`` makes the change."""

    confirm = fields.String(required=True)
    becomes = fields.String(required=True)
    instead_of = fields.String(required=True)
    moves = fields.Integer(required=True)
    complete = fields.Boolean(required=True)
    concerned = fields.Integer(required=True)
    items = fields.List(fields.Nested(ForeseenDeadlineSchema), required=True)
