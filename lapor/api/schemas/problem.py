"""Errors (RFC 9457)."""

from marshmallow import fields

from lapor.api.schemas.base import AnswerSchema
from lapor.api.schemas.bodies import one_of
from lapor.domain import vocabulary


class RefusalSchema(AnswerSchema):
    """A refusal, with the details of its ``code``."""

    detail = fields.String(required=True)
    code = fields.String(required=True)
    errors = fields.Dict(keys=fields.String(), values=fields.List(fields.String()))
    stage = one_of(vocabulary.Stage)
    possible = fields.List(fields.String())
    version = fields.Integer()
    head = fields.Integer()
    calendar = fields.String()
    kind = fields.String()
    value = fields.String()


class ProblemSchema(RefusalSchema):
    """An error; ``id`` is the number under which an unexpected one is logged."""

    type = fields.String(required=True)
    title = fields.String(required=True)
    status = fields.Integer(required=True)
    id = fields.String()
