"""Officers and their tokens."""

import marshmallow as ma
from marshmallow import fields

from lapor.api.schemas.base import AnswerSchema, PageSchema
from lapor.api.schemas.bodies import one_of
from lapor.api.schemas.fields import InstantField
from lapor.domain import vocabulary


class HeldRoleSchema(AnswerSchema):
    """A role, and the agency in which it is held."""

    role = one_of(vocabulary.Role, required=True)
    agency = fields.UUID(allow_none=True)


class OfficerSchema(AnswerSchema):
    """An officer with their roles."""

    id = fields.UUID(required=True)
    name = fields.String(required=True)
    roles = fields.List(fields.Nested(HeldRoleSchema), required=True)
    dismissed = fields.Boolean(required=True)
    erased = fields.Boolean(required=True)


class OfficersSchema(PageSchema):
    """All officers."""

    items = fields.List(fields.Nested(OfficerSchema), required=True)


class TokenSchema(AnswerSchema):
    """A token that was issued; it is shown this once."""

    id = fields.UUID(required=True)
    token = fields.String(required=True)
    expires_at = fields.AwareDateTime(allow_none=True)


class TokenWishSchema(ma.Schema):
    """The body that asks for a token."""

    expires_at = InstantField(allow_none=True, load_default=None)
