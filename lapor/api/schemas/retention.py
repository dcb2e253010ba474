"""For how long personal data are kept, and whose are to go."""

import copy
from typing import Any

from marshmallow import fields

from lapor.api.schemas.base import REQUIRED, answer, listed, nullable
from lapor.api.schemas.bodies import one_of
from lapor.domain import vocabulary

_RETENTION: dict[str, fields.Field[Any]] = {
    "id": fields.String(**REQUIRED),
    "effective_from": fields.Date(**REQUIRED),
    "regulation": fields.String(**REQUIRED),
    "rules": fields.List(
        fields.Nested(
            answer(
                "KeptFor",
                days=fields.Integer(**REQUIRED),
                kinds=fields.List(one_of(vocabulary.Kind), **REQUIRED),
                stages=fields.List(one_of(vocabulary.Stage), **REQUIRED),
                automatic=fields.Boolean(**REQUIRED),
                source=fields.String(**REQUIRED),
            )
        ),
        **REQUIRED,
    ),
}
RETENTIONS = listed(
    "Retentions", answer("ListedRetention", in_force=fields.Boolean(**REQUIRED), **copy.deepcopy(_RETENTION))
)
RETENTION = answer("Retention", **_RETENTION)
_KEPT: dict[str, fields.Field[Any]] = {
    "id": fields.UUID(**REQUIRED),
    "code": fields.String(**REQUIRED),
    "kind": one_of(vocabulary.Kind, allow_none=True),
    "stage": one_of(vocabulary.Stage, **REQUIRED),
}
DUE_TO_GO = listed(
    "DueToGo",
    answer(
        "DueComplaint",
        ended_on=fields.Date(**REQUIRED),
        due_on=fields.Date(**REQUIRED),
        automatic=fields.Boolean(**REQUIRED),
        **copy.deepcopy(_KEPT),
    ),
    policy=nullable(fields.String, **REQUIRED),
)
ERASURE_REQUESTS = listed(
    "ErasureRequests",
    answer(
        "ErasureRequest",
        requested_at=fields.AwareDateTime(**REQUIRED),
        held=fields.Boolean(**REQUIRED),
        **copy.deepcopy(_KEPT),
    ),
)
