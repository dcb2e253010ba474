"""Events as they are stored, and their proofs."""

from typing import Any

import marshmallow as ma
from marshmallow import fields, validate

from lapor.api.schemas.base import AnswerSchema

_BASE64: Any = {"metadata": {"contentEncoding": "base64"}}
_SIZE: Any = {"validate": validate.Range(0, 2**62)}


def _hashes(**given: Any) -> fields.List[str]:
    return fields.List(fields.String(**_BASE64), required=True, **given)


class LogItemSchema(AnswerSchema):
    """An event as it is stored."""

    position = fields.Integer(required=True)
    stream = fields.UUID(required=True)
    version = fields.Integer(required=True)
    type = fields.String(required=True)
    state = fields.String(required=True, **_BASE64)


class LogSchema(AnswerSchema):
    """Events in the order of the log; ``last`` is the log's last position."""

    items = fields.List(fields.Nested(LogItemSchema), required=True)
    last = fields.Integer(required=True)


class LedgerKeySchema(AnswerSchema):
    """A public key, and the sizes of the log that it signs."""

    key = fields.String(required=True)
    first = fields.Integer(data_key="from", required=True)
    last = fields.Integer(data_key="to", required=True, allow_none=True)


class LedgerKeysSchema(AnswerSchema):
    """The keys that checkpoints are verified with."""

    items = fields.List(fields.Nested(LedgerKeySchema), required=True)


class InclusionSchema(AnswerSchema):
    """The path from an event's leaf to the root of a size."""

    position = fields.Integer(required=True)
    size = fields.Integer(required=True)
    path = _hashes()


class ConsistencySchema(AnswerSchema):
    """The path that proves that an older checkpoint is the beginning of a newer one."""

    first = fields.Integer(data_key="from", required=True)
    last = fields.Integer(data_key="to", required=True)
    path = _hashes()


class ProvenFactSchema(AnswerSchema):
    """An event with its leaf and its path, which is null until it is sealed."""

    position = fields.Integer(required=True)
    stream = fields.UUID(required=True)
    version = fields.Integer(required=True)
    topic = fields.String(required=True)
    state = fields.String(**_BASE64)
    leaf = fields.String(required=True, **_BASE64)
    path = _hashes(allow_none=True)


class ComplaintProofSchema(AnswerSchema):
    """The proof that a complaint's events are in the log."""

    complaint = fields.UUID(required=True)
    checkpoint = fields.String(required=True, allow_none=True)
    keys = fields.List(fields.String(), required=True)
    facts = fields.List(fields.Nested(ProvenFactSchema), required=True)


class LogQuerySchema(ma.Schema):
    """The query of the log."""

    after = fields.Integer(load_default=0, **_SIZE)
    limit = fields.Integer(load_default=100, validate=validate.Range(1, 200))


class LedgerSizeQuerySchema(ma.Schema):
    """The query of a proof for one size of the log."""

    size = fields.Integer(**_SIZE)


class LedgerSizesQuerySchema(ma.Schema):
    """The query of a proof between two sizes of the log."""

    first = fields.Integer(data_key="from", required=True, **_SIZE)
    last = fields.Integer(data_key="to", **_SIZE)
