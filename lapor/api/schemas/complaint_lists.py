"""Lists of complaints: an agency's backlog, search results, similar complaints."""

import marshmallow as ma
from marshmallow import fields, validate

from lapor.api.schemas.base import AnswerSchema, AtQuerySchema, PageQuerySchema, PageSchema
from lapor.api.schemas.bodies import one_of
from lapor.api.schemas.fields import DayField, InstantField
from lapor.domain import vocabulary
from projections.complaints.lists import SORTS


class PerhapsWithheldSchema(AnswerSchema):
    """An item that, as of a past moment, may be ``{"withheld": true}`` alone. So no field is required."""

    withheld = fields.Boolean()

    def on_bind_field(self, _name: str, field: fields.Field) -> None:  # type: ignore[type-arg]
        field.required = False


class BacklogItemSchema(PerhapsWithheldSchema):
    """A complaint in an agency's backlog; without ``title`` if that is confidential."""

    id = fields.UUID(required=True)
    code = fields.String(required=True)
    title = fields.String(allow_none=True)
    kind = one_of(vocabulary.Kind, allow_none=True)
    stage = one_of(vocabulary.Stage, required=True)
    step = one_of(vocabulary.Step, allow_none=True)
    due_at = fields.AwareDateTime(allow_none=True)
    working_days_left = fields.Integer(allow_none=True)
    overdue = fields.Boolean(required=True)
    filed_at = fields.AwareDateTime(required=True)
    lead = fields.Boolean(required=True)
    version = fields.Integer(required=True)


class BacklogCountsSchema(AnswerSchema):
    """A backlog in figures; an age is the number of local days since a complaint came to the agency."""

    open = fields.Integer(required=True)
    due_soon = fields.Integer(required=True)
    overdue = fields.Integer(required=True)
    by_stage = fields.Dict(keys=fields.String(), values=fields.Integer(), required=True)
    by_age = fields.Dict(keys=fields.String(), values=fields.Integer(), required=True)


class BacklogSchema(PageSchema):
    """An agency's backlog."""

    items = fields.List(fields.Nested(BacklogItemSchema), required=True)
    as_of = fields.AwareDateTime(required=True)
    position = fields.Integer(required=True)
    counts = fields.Nested(BacklogCountsSchema, required=True)


class ComplaintRowSchema(AnswerSchema):
    """A complaint in a list; without ``title`` if that is confidential."""

    id = fields.UUID(required=True)
    code = fields.String(required=True)
    title = fields.String(allow_none=True)
    stage = one_of(vocabulary.Stage, required=True)
    kind = one_of(vocabulary.Kind, allow_none=True)
    category = fields.String(allow_none=True)
    service = fields.String(allow_none=True)
    agency = fields.UUID(allow_none=True)
    agencies = fields.List(fields.UUID(), required=True)
    privacy = one_of(vocabulary.Privacy, required=True)
    channel = one_of(vocabulary.Channel, required=True)
    filed_at = fields.AwareDateTime(required=True)
    changed_at = fields.AwareDateTime(required=True)
    step = one_of(vocabulary.Step, allow_none=True)
    due_at = fields.AwareDateTime(allow_none=True)
    overdue = fields.Boolean(required=True)
    version = fields.Integer(required=True)


class ListedComplaintSchema(ComplaintRowSchema, PerhapsWithheldSchema):
    """A complaint in a list, or a place that is withheld."""


class ComplaintsSchema(PageSchema):
    """Complaints that the caller may see."""

    items = fields.List(fields.Nested(ListedComplaintSchema), required=True)
    as_of = fields.AwareDateTime(required=True)
    position = fields.Integer(required=True)


class SimilarComplaintSchema(ComplaintRowSchema):
    """A complaint that is similar to another one, and how much."""

    score = fields.Float(required=True)


class SimilarSchema(PageSchema):
    """Similar complaints, the most similar first."""

    items = fields.List(fields.Nested(SimilarComplaintSchema), required=True)


class BacklogQuerySchema(AtQuerySchema, PageQuerySchema):
    """The query of a backlog."""

    stage = one_of(vocabulary.Stage)
    step = one_of(vocabulary.Step)


class ListQuerySchema(AtQuerySchema, PageQuerySchema):
    """The query of a list of complaints."""

    agency = fields.String(validate=validate.Length(1, 64))
    stage = one_of(vocabulary.Stage)
    kind = one_of(vocabulary.Kind)
    category = fields.String(validate=validate.Length(1, 64))
    service = fields.String(validate=validate.Length(1, 64))
    overdue = fields.Boolean(truthy={"true"}, falsy={"false"})
    due_before = InstantField()
    filed_from = DayField()
    filed_to = DayField()
    q = fields.String(validate=validate.Length(1, 200))
    sort = fields.String(validate=validate.OneOf(list(SORTS)))


class SimilarQuerySchema(ma.Schema):
    """The query of similar complaints."""

    limit = fields.Integer(load_default=5, validate=validate.Range(1, 20))
