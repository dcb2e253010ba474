"""What every error says (RFC 9457)."""

from marshmallow import fields

from lapor.api.schemas.base import REQUIRED, answer
from lapor.api.schemas.bodies import one_of
from lapor.domain import vocabulary

PROBLEM = answer(
    "Problem",
    type=fields.String(**REQUIRED),
    title=fields.String(**REQUIRED),
    status=fields.Integer(**REQUIRED),
    detail=fields.String(**REQUIRED),
    code=fields.String(**REQUIRED),
    errors=fields.Dict(keys=fields.String(), values=fields.List(fields.String())),
    stage=one_of(vocabulary.Stage),
    possible=fields.List(fields.String()),
    version=fields.Integer(),
    head=fields.Integer(),
    calendar=fields.String(),
    kind=fields.String(),
    value=fields.String(),
    id=fields.String(),
)
