"""Agencies and their hours."""

import copy
from typing import Any

from marshmallow import fields

from lapor.api.schemas.base import REQUIRED, answer, listed
from lapor.api.schemas.bodies import one_of
from lapor.domain import vocabulary

_HOURS: dict[str, fields.Field[Any]] = {
    "zone": fields.String(**REQUIRED),
    "week": fields.List(fields.List(fields.String(), allow_none=True), **REQUIRED),
    "extra": fields.List(
        fields.Nested(
            answer(
                "ExtraDay",
                day=fields.Date(**REQUIRED),
                opens=fields.String(**REQUIRED),
                closes=fields.String(**REQUIRED),
            )
        ),
        **REQUIRED,
    ),
}
AGENCY = answer(
    "Agency",
    id=fields.UUID(**REQUIRED),
    code=fields.String(**REQUIRED),
    name=fields.String(**REQUIRED),
    owner_type=one_of(vocabulary.OwnerType, **REQUIRED),
    two_persons=fields.Boolean(**REQUIRED),
    closed=fields.Boolean(**REQUIRED),
    later=fields.List(
        fields.Nested(answer("LaterHours", since=fields.Date(**REQUIRED), **copy.deepcopy(_HOURS))),
        **REQUIRED,
    ),
    **_HOURS,
)
AGENCIES = listed("Agencies", AGENCY)
