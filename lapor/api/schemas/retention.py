"""For how long personal data are kept, and which are due to be erased."""

from marshmallow import fields

from lapor.api.schemas.base import AnswerSchema, PageSchema
from lapor.api.schemas.bodies import one_of
from lapor.domain import vocabulary


class KeptForSchema(AnswerSchema):
    """For how many days the personal data of some kinds, that ended at some stages, are kept."""

    days = fields.Integer(required=True)
    kinds = fields.List(one_of(vocabulary.Kind), required=True)
    stages = fields.List(one_of(vocabulary.Stage), required=True)
    automatic = fields.Boolean(required=True)
    source = fields.String(required=True)


class RetentionSchema(AnswerSchema):
    """A version of the retention policy."""

    id = fields.String(required=True)
    effective_from = fields.Date(required=True)
    regulation = fields.String(required=True)
    rules = fields.List(fields.Nested(KeptForSchema), required=True)


class ListedRetentionSchema(RetentionSchema):
    """A version of the retention policy in the list of all."""

    in_force = fields.Boolean(required=True)


class RetentionsSchema(PageSchema):
    """All versions of the retention policy."""

    items = fields.List(fields.Nested(ListedRetentionSchema), required=True)


class RetainedComplaintSchema(AnswerSchema):
    """A complaint whose personal data are still kept."""

    id = fields.UUID(required=True)
    code = fields.String(required=True)
    kind = one_of(vocabulary.Kind, allow_none=True)
    stage = one_of(vocabulary.Stage, required=True)


class DueComplaintSchema(RetainedComplaintSchema):
    """A complaint whose personal data are due to be erased."""

    ended_on = fields.Date(required=True)
    due_on = fields.Date(required=True)
    automatic = fields.Boolean(required=True)


class DueToGoSchema(PageSchema):
    """Complaints whose personal data are due to be erased, by the policy in force."""

    items = fields.List(fields.Nested(DueComplaintSchema), required=True)
    policy = fields.String(required=True, allow_none=True)


class ErasureRequestSchema(RetainedComplaintSchema):
    """A complaint whose reporter asked for erasure."""

    requested_at = fields.AwareDateTime(required=True)
    held = fields.Boolean(required=True)


class ErasureRequestsSchema(PageSchema):
    """Complaints whose reporters asked for erasure and wait."""

    items = fields.List(fields.Nested(ErasureRequestSchema), required=True)
