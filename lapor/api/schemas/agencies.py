"""Agencies and their hours."""

from typing import Any

import marshmallow as ma
from marshmallow import fields, validate

from lapor.api.schemas import bodies
from lapor.api.schemas.base import AnswerSchema, PageSchema
from lapor.api.schemas.fields import DayField, HourMinuteField, PlainText, StrictBoolean
from lapor.application.commands.agencies import SETTING_HOURS
from lapor.domain import vocabulary


class ExtraDaySchema(AnswerSchema):
    """A day with hours of its own."""

    day = fields.Date(required=True)
    opens = fields.String(required=True)
    closes = fields.String(required=True)


class HoursSchema(AnswerSchema):
    """Opening hours; ``week`` begins on Monday, null is a closed day."""

    zone = fields.String(required=True)
    week = fields.List(fields.List(fields.String(), allow_none=True), required=True)
    extra = fields.List(fields.Nested(ExtraDaySchema), required=True)


class LaterHoursSchema(HoursSchema):
    """Hours that apply from a later day on."""

    since = fields.Date(required=True)


class AgencySchema(HoursSchema):
    """An agency, with the hours that apply now."""

    id = fields.UUID(required=True)
    code = fields.String(required=True)
    name = fields.String(required=True)
    owner_type = bodies.one_of(vocabulary.OwnerType, required=True)
    two_persons = fields.Boolean(required=True)
    closed = fields.Boolean(required=True)
    later = fields.List(fields.Nested(LaterHoursSchema), required=True)


class AgenciesSchema(PageSchema):
    """All agencies."""

    items = fields.List(fields.Nested(AgencySchema), required=True)


class OpeningSchema(ma.Schema):
    """A day with hours of its own, in a body."""

    day = DayField(required=True)
    opens = HourMinuteField(required=True)
    closes = HourMinuteField(required=True)


class ApprovalSchema(ma.Schema):
    """The body that says whether an agency's answers need a second person's approval."""

    required = StrictBoolean(required=True)


_HOURS: dict[str, fields.Field[Any]] = {
    "zone": PlainText(
        allow_none=True, validate=validate.Length(1, 64), metadata={"description": "IANA zone"}
    ),
    "week": fields.List(
        fields.List(HourMinuteField(), allow_none=True, validate=validate.Length(equal=2)),
        allow_none=True,
        validate=validate.Length(equal=7),
        metadata={"description": "Monday first: when each day opens and closes, or null"},
    ),
    "extra": fields.List(
        fields.Nested(OpeningSchema),
        allow_none=True,
        validate=validate.Length(max=400),
        metadata={"description": "days with hours of their own, also holidays; replaces the whole list"},
    ),
}
HOURS_BODY = bodies.schema("SettingHours", SETTING_HOURS, **_HOURS)
