"""Complaints: as filed, as shown, and with those related to them."""

import marshmallow as ma
from marshmallow import fields, validate

from lapor.api.schemas import bodies
from lapor.api.schemas.base import AnswerSchema, AnyOf, PageSchema
from lapor.api.schemas.bodies import one_of
from lapor.api.schemas.fields import WholeNumber
from lapor.api.schemas.problem import RefusalSchema
from lapor.application.commands.complaints import FILING
from lapor.application.queries.related import Relation
from lapor.domain import vocabulary
from lapor.domain.complaint import WORKFLOW
from lapor.domain.complaint.lifecycle.identity_access import ONE_BY_ONE


class DeadlineSchema(AnswerSchema):
    """A promise that is still to be kept; without an agency it is the coordinating office's."""

    step = one_of(vocabulary.Step, required=True)
    agency = fields.UUID(allow_none=True)
    n = fields.Integer(required=True)
    due_at = fields.AwareDateTime(required=True)
    policy = fields.String(required=True)
    calendar = fields.String(required=True)
    provisional = fields.Boolean(required=True)
    regulation = fields.String(required=True)


class ComplaintPlaceSchema(AnswerSchema):
    """The place, as far as the reporter gave it. A number that was erased is shown as text."""

    address = fields.String()
    village = fields.String()
    lat = AnyOf(fields.Float(), fields.String())
    lon = AnyOf(fields.Float(), fields.String())


class ComplaintReporterSchema(AnswerSchema):
    """Personal data that the reporter gave; ``masked`` is true if it is not shown in full."""

    name = fields.String()
    phone = fields.String()
    email = fields.String()
    national_id = fields.String()
    address = fields.String()
    masked = fields.Boolean()


class ComplaintResponseSchema(AnswerSchema):
    """The agency's answer."""

    text = fields.String(required=True)
    outcome = one_of(vocabulary.Outcome, required=True)
    at = fields.AwareDateTime(required=True)


class FollowedResponseSchema(AnswerSchema):
    """The agency's answer to the complaint that this one was merged into."""

    text = fields.String(required=True)
    outcome = one_of(vocabulary.Outcome, required=True)
    on = fields.Date(required=True)


class FollowedComplaintSchema(AnswerSchema):
    """How far the complaint is that this one was merged into; only its stage if it is confidential."""

    stage = one_of(vocabulary.Stage, required=True)
    agency = fields.UUID(allow_none=True)
    deadlines = fields.List(fields.Nested(DeadlineSchema))
    response = fields.Nested(FollowedResponseSchema, allow_none=True)
    closed_on = fields.Date(allow_none=True)


class ErasureStateSchema(AnswerSchema):
    """The request for erasure, and the erasure."""

    requested_at = fields.AwareDateTime(required=True, allow_none=True)
    erased_at = fields.AwareDateTime(required=True, allow_none=True)
    basis = one_of(vocabulary.ErasureBasis, required=True, allow_none=True)
    reference = fields.String(required=True, allow_none=True)
    says = fields.String(required=True)


class CommitmentSchema(AnswerSchema):
    """A date that an agency committed itself to."""

    n = fields.Integer(required=True)
    agency = fields.UUID(required=True)
    promised_on = fields.Date(required=True)
    text = fields.String(required=True)
    kept_at = fields.AwareDateTime(required=True, allow_none=True)


class ObjectionSchema(AnswerSchema):
    """The reporter's objection; ``upheld`` is null until it is decided."""

    reason = fields.String(required=True, allow_none=True)
    upheld = fields.Boolean(required=True, allow_none=True)
    text = fields.String(required=True, allow_none=True)


class DraftSchema(AnswerSchema):
    """An answer that waits for approval."""

    by = fields.String(required=True)
    text = fields.String(required=True)
    outcome = one_of(vocabulary.Outcome, required=True)


class RedactedVersionSchema(AnswerSchema):
    """The version that anyone may read once it is published."""

    title = fields.String(required=True)
    text = fields.String(required=True)
    response = fields.String(required=True, allow_none=True)


class ComplaintCoreSchema(AnswerSchema):
    """The fields of every answer about a complaint."""

    id = fields.UUID(required=True)
    code = fields.String(required=True)
    stage = one_of(vocabulary.Stage, required=True)
    deadlines = fields.List(fields.Nested(DeadlineSchema), required=True)
    version = fields.Integer(required=True)


class FiledSchema(ComplaintCoreSchema):
    """A complaint that was filed; its receipt is shown this once."""

    receipt = fields.String(required=True)
    position = fields.Integer(required=True)


class ComplaintSchema(ComplaintCoreSchema):
    """A complaint as one viewer may see it. Fields that they may not see are absent.

    Anyone sees a published one by its redacted version, with days (``filed_on``) instead of instants.
    """

    kind = one_of(vocabulary.Kind, allow_none=True)
    category = fields.String(allow_none=True)
    service = fields.String(allow_none=True)
    privacy = one_of(vocabulary.Privacy)
    channel = one_of(vocabulary.Channel)
    on_behalf = fields.Boolean()
    agency = fields.UUID(allow_none=True)
    agencies = fields.List(fields.UUID(), required=True)
    addressed_to = fields.UUID(allow_none=True)
    filed_at = fields.AwareDateTime()
    filed_on = fields.Date()
    changed_at = fields.AwareDateTime()
    closed_at = fields.AwareDateTime(allow_none=True)
    happened_on = fields.Date(allow_none=True)
    possible = fields.List(fields.String())
    rating = fields.Integer(allow_none=True)
    transferred_to = fields.String(allow_none=True)
    level = fields.Integer()
    published = fields.Boolean(required=True)
    sp4n = fields.String(allow_none=True)
    merged_into = fields.UUID(allow_none=True)
    followed = fields.Nested(FollowedComplaintSchema, allow_none=True)
    followers = fields.Integer()
    split_from = fields.UUID(allow_none=True)
    split_into = fields.List(fields.UUID())
    erasure = fields.Nested(ErasureStateSchema, allow_none=True)
    held = fields.Boolean()
    closed_on = fields.Date(allow_none=True)
    commitments = fields.List(fields.Nested(CommitmentSchema))
    objection = fields.Nested(ObjectionSchema, allow_none=True)
    draft = fields.Nested(DraftSchema, allow_none=True)
    redacted = fields.Nested(RedactedVersionSchema, allow_none=True)
    title = fields.String(allow_none=True)
    text = fields.String()
    questions = fields.List(fields.String())
    application_no = fields.String(allow_none=True)
    place = fields.Nested(ComplaintPlaceSchema, allow_none=True)
    reporter = fields.Nested(ComplaintReporterSchema)
    response = AnyOf(
        fields.Nested(ComplaintResponseSchema),
        fields.String(),
        allow_none=True,
        metadata={"description": "the agency's answer; of a published complaint its redacted text"},
    )
    position = fields.Integer()


class FamilyMemberSchema(AnswerSchema):
    """A complaint that is related to another one."""

    id = fields.UUID(required=True)
    code = fields.String(required=True)
    stage = one_of(vocabulary.Stage, required=True)
    tie = one_of(Relation, required=True)
    held = fields.Boolean(required=True)
    erased = fields.Boolean(required=True)
    version = fields.Integer(required=True)


class FamilySchema(PageSchema):
    """A complaint and those related to it."""

    items = fields.List(fields.Nested(FamilyMemberSchema), required=True)


class BulkAnswerSchema(AnswerSchema):
    """The result for one complaint of a bulk request: its new version and stage, or the refusal."""

    id = fields.UUID(required=True)
    done = fields.Boolean(required=True)
    version = fields.Integer()
    stage = one_of(vocabulary.Stage)
    refusal = fields.Nested(RefusalSchema)


class BulkSchema(AnswerSchema):
    """The results of a bulk request."""

    items = fields.List(fields.Nested(BulkAnswerSchema), required=True)


class BulkItemSchema(ma.Schema):
    """A complaint in the body of a bulk request, and the version that was seen."""

    id = fields.UUID(required=True)
    version = WholeNumber(validate=validate.Range(1))


class BulkBodySchema(ma.Schema):
    """One verb, the complaints, and a body that is the same for all."""

    verb = fields.String(required=True, validate=validate.OneOf(sorted(set(WORKFLOW) - ONE_BY_ONE)))
    complaints = fields.List(fields.Nested(BulkItemSchema), required=True, validate=validate.Length(1, 500))
    body = fields.Dict(keys=fields.String(), load_default=dict)


_CHANNELS = [channel.value for channel in vocabulary.Channel if channel is not vocabulary.Channel.SYSTEM]
FILING_BODY = bodies.schema(
    "Filing", FILING, channel=fields.String(validate=validate.OneOf(_CHANNELS), load_default="web")
)
VERB_BODIES = {
    verb.name: bodies.schema(verb.name.title().replace("-", ""), verb.fields) for verb in WORKFLOW.values()
}
