"""What happened to a complaint, an agency, a calendar or a policy, event by event."""

from marshmallow import fields

from lapor.api.schemas.base import REQUIRED, answer, listed
from lapor.api.schemas.bodies import one_of
from lapor.domain import vocabulary

HISTORY_ITEM = answer(
    "HistoryItem",
    position=fields.Integer(**REQUIRED),
    version=fields.Integer(**REQUIRED),
    type=fields.String(**REQUIRED),
    at=fields.AwareDateTime(**REQUIRED),
    by=fields.String(**REQUIRED),
    role=one_of(vocabulary.Role, **REQUIRED),
    channel=one_of(vocabulary.Channel, **REQUIRED),
    data=fields.Dict(**REQUIRED),
)
HISTORY = listed("History", HISTORY_ITEM)
