"""Officers and their tokens."""

from marshmallow import fields

from lapor.api.schemas.base import REQUIRED, answer, listed, nullable
from lapor.api.schemas.bodies import one_of
from lapor.domain import vocabulary

OFFICER = answer(
    "Officer",
    id=fields.UUID(**REQUIRED),
    name=fields.String(**REQUIRED),
    roles=fields.List(
        fields.Nested(
            answer("HeldRole", role=one_of(vocabulary.Role, **REQUIRED), agency=nullable(fields.UUID))
        ),
        **REQUIRED,
    ),
    dismissed=fields.Boolean(**REQUIRED),
    erased=fields.Boolean(**REQUIRED),
)
OFFICERS = listed("Officers", OFFICER)
TOKEN = answer(
    "Token",
    id=fields.UUID(**REQUIRED),
    token=fields.String(**REQUIRED),
    expires_at=nullable(fields.AwareDateTime),
)
