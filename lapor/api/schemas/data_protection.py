"""Who saw whose personal data, what a breach has touched, and what a person is given of his own."""

import copy
from typing import Any

from marshmallow import fields

from lapor.api.schemas.base import REQUIRED, answer, listed, nullable
from lapor.api.schemas.bodies import one_of
from lapor.api.schemas.complaints import COMPLAINT
from lapor.api.schemas.history import HISTORY_ITEM
from lapor.api.schemas.officers import OFFICER
from lapor.domain import vocabulary

_ACCESS: dict[str, fields.Field[Any]] = {
    "position": fields.Integer(**REQUIRED),
    "at": fields.AwareDateTime(**REQUIRED),
    "what": fields.String(**REQUIRED),
    "by": fields.String(),
    "role": one_of(vocabulary.Role, **REQUIRED),
    "agency": nullable(fields.UUID),
    "reason_code": one_of(vocabulary.IdentityReason, allow_none=True),
    "recipient": one_of(vocabulary.Recipient, allow_none=True),
    "reference": nullable(fields.String),
    "break_glass": fields.Boolean(**REQUIRED),
    "fields": fields.List(fields.String(), **REQUIRED),
}
ACCESS_REPORT = listed(
    "AccessReport",
    answer(
        "ReportedAccess",
        **copy.deepcopy(_ACCESS),
        reason=fields.String(),
        complaint=fields.Nested(
            answer("AccessedComplaint", id=fields.UUID(**REQUIRED), code=fields.String(**REQUIRED)),
            **REQUIRED,
        ),
    ),
)
_TOLD_ACCESS = answer("ToldAccess", **copy.deepcopy(_ACCESS), agency_name=nullable(fields.String))
ACCESSES = answer(
    "Accesses",
    id=fields.UUID(**REQUIRED),
    code=fields.String(**REQUIRED),
    items=fields.List(fields.Nested(_TOLD_ACCESS), **REQUIRED),
)
_KNOWN_TOKEN = answer(
    "KnownToken",
    id=fields.UUID(**REQUIRED),
    made_at=fields.AwareDateTime(**REQUIRED),
    expires_at=nullable(fields.AwareDateTime),
    revoked_at=nullable(fields.AwareDateTime),
)
_ROLES = fields.List(
    fields.Nested(
        answer("KnownRole", role=one_of(vocabulary.Role, **REQUIRED), agency=nullable(fields.UUID))
    ),
    **REQUIRED,
)
BREACH_REPORT = answer(
    "BreachReport",
    **{"from": fields.AwareDateTime(**REQUIRED), "to": fields.AwareDateTime(**REQUIRED)},
    made_at=fields.AwareDateTime(**REQUIRED),
    notify_by=fields.AwareDateTime(**REQUIRED),
    accounts=fields.List(
        fields.Nested(
            answer(
                "SuspectedAccount",
                officer=fields.UUID(**REQUIRED),
                roles=_ROLES,
                tokens=fields.List(fields.Nested(_KNOWN_TOKEN), **REQUIRED),
                could_read=fields.Dict(**REQUIRED),
            )
        ),
        **REQUIRED,
    ),
    complaints=fields.List(
        fields.Nested(
            answer(
                "BreachedComplaint",
                id=fields.UUID(**REQUIRED),
                code=fields.String(**REQUIRED),
                data=fields.List(fields.String(), **REQUIRED),
                accesses=fields.List(
                    fields.Nested(
                        answer("BreachAccess", **copy.deepcopy(_ACCESS), channel=one_of(vocabulary.Channel))
                    ),
                    **REQUIRED,
                ),
            )
        ),
        **REQUIRED,
    ),
    accesses=fields.Integer(**REQUIRED),
    handling=nullable(fields.String),
    recovery=nullable(fields.String),
)
COPY = answer(
    "PersonalCopy",
    made_at=fields.AwareDateTime(**REQUIRED),
    complaint=fields.Nested(COMPLAINT, **REQUIRED),
    history=fields.List(fields.Nested(HISTORY_ITEM), **REQUIRED),
    accesses=fields.List(fields.Nested(_TOLD_ACCESS), **REQUIRED),
    retention=fields.Dict(**REQUIRED),
    held_beside=fields.List(fields.String(), **REQUIRED),
    not_kept=fields.List(fields.String(), **REQUIRED),
)
ACCOUNT_COPY = answer(
    "AccountCopy",
    made_at=fields.AwareDateTime(**REQUIRED),
    officer=fields.Nested(OFFICER, **REQUIRED),
    history=fields.List(fields.Dict(), **REQUIRED),
    tokens=fields.List(fields.Nested(_KNOWN_TOKEN), **REQUIRED),
    not_kept=fields.List(fields.String(), **REQUIRED),
)
