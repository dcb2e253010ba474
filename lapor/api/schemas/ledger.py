"""The events as they are stored, and what proves them."""

from typing import Any

from marshmallow import fields

from lapor.api.schemas.base import REQUIRED, answer, nullable

LOG = answer(
    "Log",
    items=fields.List(
        fields.Nested(
            answer(
                "LogItem",
                position=fields.Integer(**REQUIRED),
                stream=fields.UUID(**REQUIRED),
                version=fields.Integer(**REQUIRED),
                type=fields.String(**REQUIRED),
                state=fields.String(**REQUIRED, metadata={"contentEncoding": "base64"}),
            )
        ),
        **REQUIRED,
    ),
    last=fields.Integer(**REQUIRED),
)
_HASHES: Any = {"cls_or_instance": fields.String(metadata={"contentEncoding": "base64"})}
LEDGER_KEYS = answer(
    "LedgerKeys",
    items=fields.List(
        fields.Nested(
            answer(
                "LedgerKey",
                key=fields.String(**REQUIRED),
                **{"from": fields.Integer(**REQUIRED), "to": nullable(fields.Integer, **REQUIRED)},
            )
        ),
        **REQUIRED,
    ),
)
INCLUSION = answer(
    "Inclusion",
    position=fields.Integer(**REQUIRED),
    size=fields.Integer(**REQUIRED),
    path=fields.List(**_HASHES, **REQUIRED),
)
CONSISTENCY = answer(
    "Consistency",
    **{"from": fields.Integer(**REQUIRED), "to": fields.Integer(**REQUIRED)},
    path=fields.List(**_HASHES, **REQUIRED),
)
COMPLAINT_PROOF = answer(
    "ComplaintProof",
    complaint=fields.UUID(**REQUIRED),
    checkpoint=nullable(fields.String, **REQUIRED),
    keys=fields.List(fields.String(), **REQUIRED),
    facts=fields.List(
        fields.Nested(
            answer(
                "ProvenFact",
                position=fields.Integer(**REQUIRED),
                stream=fields.UUID(**REQUIRED),
                version=fields.Integer(**REQUIRED),
                topic=fields.String(**REQUIRED),
                state=fields.String(metadata={"contentEncoding": "base64"}),
                leaf=fields.String(**REQUIRED, metadata={"contentEncoding": "base64"}),
                path=fields.List(**_HASHES, **REQUIRED, allow_none=True),
            )
        ),
        **REQUIRED,
    ),
)
