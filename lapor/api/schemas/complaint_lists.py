"""Lists of complaints: what an agency owes, what was searched for, what is alike."""

import copy
from typing import Any

from marshmallow import fields

from lapor.api.schemas.base import REQUIRED, answer, listed, nullable, perhaps_withheld
from lapor.api.schemas.bodies import one_of
from lapor.domain import vocabulary

BACKLOG = listed(
    "Backlog",
    perhaps_withheld(
        "BacklogItem",
        id=fields.UUID(**REQUIRED),
        code=fields.String(**REQUIRED),
        title=nullable(fields.String),
        kind=one_of(vocabulary.Kind, allow_none=True),
        stage=one_of(vocabulary.Stage, **REQUIRED),
        step=one_of(vocabulary.Step, allow_none=True),
        due_at=nullable(fields.AwareDateTime),
        working_days_left=nullable(fields.Integer),
        overdue=fields.Boolean(**REQUIRED),
        filed_at=fields.AwareDateTime(**REQUIRED),
        lead=fields.Boolean(**REQUIRED),
        version=fields.Integer(**REQUIRED),
    ),
    as_of=fields.AwareDateTime(**REQUIRED),
    position=fields.Integer(**REQUIRED),
    counts=fields.Dict(**REQUIRED),
)
_LISTED: dict[str, fields.Field[Any]] = {
    "id": fields.UUID(**REQUIRED),
    "code": fields.String(**REQUIRED),
    "title": nullable(fields.String),
    "stage": one_of(vocabulary.Stage, **REQUIRED),
    "kind": one_of(vocabulary.Kind, allow_none=True),
    "category": nullable(fields.String),
    "service": nullable(fields.String),
    "agency": nullable(fields.UUID),
    "agencies": fields.List(fields.UUID(), **REQUIRED),
    "privacy": one_of(vocabulary.Privacy, **REQUIRED),
    "channel": one_of(vocabulary.Channel, **REQUIRED),
    "filed_at": fields.AwareDateTime(**REQUIRED),
    "changed_at": fields.AwareDateTime(**REQUIRED),
    "step": one_of(vocabulary.Step, allow_none=True),
    "due_at": nullable(fields.AwareDateTime),
    "overdue": fields.Boolean(**REQUIRED),
    "version": fields.Integer(**REQUIRED),
}
COMPLAINTS = listed(
    "Complaints",
    perhaps_withheld("ListedComplaint", **copy.deepcopy(_LISTED)),
    as_of=fields.AwareDateTime(**REQUIRED),
    position=fields.Integer(**REQUIRED),
)
SIMILAR = listed("Similar", answer("SimilarComplaint", **_LISTED, score=fields.Float(**REQUIRED)))
