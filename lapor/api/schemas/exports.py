"""The log's events as files, and the list of those that were made."""

import marshmallow as ma
from marshmallow import fields, validate

from lapor.api.schemas.base import AnswerSchema, AnyOf, PageSchema
from lapor.api.schemas.bodies import one_of
from lapor.api.schemas.fields import DayField, PlainText
from lapor.domain.export import ExportFormat
from lapor.domain.vocabulary import Channel, Role


class ExportSchema(AnswerSchema):
    """An export that was made: by whom, of which events, and why."""

    id = fields.UUID(required=True)
    recorded_at = fields.Integer(
        required=True, metadata={"description": "the position of the export's own event"}
    )
    at = fields.AwareDateTime(required=True)
    by = fields.String(required=True)
    role = one_of(Role, required=True)
    channel = one_of(Channel, required=True)
    format = one_of(ExportFormat, required=True)
    position = fields.Integer(
        required=True, metadata={"description": "the last position of the log that it covers"}
    )
    since = fields.AwareDateTime()
    until = fields.AwareDateTime()
    agency = fields.UUID()
    identities = fields.Boolean(required=True)
    reason = fields.String()


class ExportsSchema(PageSchema):
    """The exports that were made, the latest first."""

    items = fields.List(fields.Nested(ExportSchema), required=True)


class OcelAboutSchema(AnswerSchema):
    """The description of the file, which OCEL does not define."""

    position = fields.Integer(required=True)
    checkpoint = fields.String()
    made_at = fields.AwareDateTime(required=True)
    export = fields.UUID(required=True)
    format = one_of(ExportFormat, required=True)
    since = fields.AwareDateTime()
    until = fields.AwareDateTime()
    agency = fields.UUID()
    identities = fields.Boolean(required=True)


class OcelAttributeSchema(AnswerSchema):
    """A value of an event."""

    name = fields.String(required=True)
    value = AnyOf(fields.String(), fields.Float(), fields.Boolean(), required=True)


class OcelChangeSchema(OcelAttributeSchema):
    """A value of an object, from a time on."""

    time = fields.AwareDateTime(required=True)


class OcelRelationshipSchema(AnswerSchema):
    """An object that an event or another object is related to."""

    objectId = fields.String(required=True)  # noqa: N815 - as the standard writes it
    qualifier = fields.String(required=True)


class OcelEventSchema(AnswerSchema):
    """An event."""

    id = fields.String(required=True)
    type = fields.String(required=True)
    time = fields.AwareDateTime(required=True)
    attributes = fields.List(fields.Nested(OcelAttributeSchema), required=True)
    relationships = fields.List(fields.Nested(OcelRelationshipSchema), required=True)


class OcelObjectSchema(AnswerSchema):
    """An object: a stream of the log."""

    id = fields.String(required=True)
    type = fields.String(required=True)
    attributes = fields.List(fields.Nested(OcelChangeSchema), required=True)
    relationships = fields.List(fields.Nested(OcelRelationshipSchema), required=True)


class OcelAttributeTypeSchema(AnswerSchema):
    """An attribute and the type of its values."""

    name = fields.String(required=True)
    type = fields.String(required=True)


class OcelTypeSchema(AnswerSchema):
    """A type of events or objects, and its attributes."""

    name = fields.String(required=True)
    attributes = fields.List(fields.Nested(OcelAttributeTypeSchema), required=True)


class OcelSchema(AnswerSchema):
    """The log's events in OCEL 2.0."""

    lapor = fields.Nested(
        OcelAboutSchema,
        required=True,
        metadata={"description": "what this file is, and as of which position"},
    )
    events = fields.List(fields.Nested(OcelEventSchema), required=True)
    objects = fields.List(fields.Nested(OcelObjectSchema), required=True)
    eventTypes = fields.List(fields.Nested(OcelTypeSchema), required=True)  # noqa: N815
    objectTypes = fields.List(fields.Nested(OcelTypeSchema), required=True)  # noqa: N815


class DaysQuerySchema(ma.Schema):
    """The query that selects events by their local days."""

    first = DayField(data_key="from", metadata={"description": "local day of the first events"})
    last = DayField(data_key="to", metadata={"description": "local day of the last events, included"})


class ExportQuerySchema(DaysQuerySchema):
    """The query of an export."""

    agency = PlainText(
        validate=validate.Length(1, 64),
        metadata={"description": "id or code: complaints in which it had a part, and itself"},
    )
