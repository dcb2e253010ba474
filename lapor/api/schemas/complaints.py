"""Complaints: as filed, as shown, and with those tied to them."""

from typing import Any

from marshmallow import fields

from lapor.api.schemas.base import REQUIRED, answer, listed, nullable
from lapor.api.schemas.bodies import one_of
from lapor.api.schemas.history import HISTORY_ITEM
from lapor.domain import vocabulary

DEADLINE = answer(
    "Deadline",
    step=one_of(vocabulary.Step, **REQUIRED),
    agency=nullable(fields.UUID),
    n=fields.Integer(**REQUIRED),
    due_at=fields.AwareDateTime(**REQUIRED),
    policy=fields.String(**REQUIRED),
    calendar=fields.String(**REQUIRED),
    provisional=fields.Boolean(**REQUIRED),
    regulation=fields.String(**REQUIRED),
)
_BARE: dict[str, fields.Field[Any]] = {
    "id": fields.UUID(**REQUIRED),
    "code": fields.String(**REQUIRED),
    "stage": one_of(vocabulary.Stage, **REQUIRED),
    "deadlines": fields.List(fields.Nested(DEADLINE), **REQUIRED),
    "version": fields.Integer(**REQUIRED),
}
FILED = answer("Filed", receipt=fields.String(**REQUIRED), position=fields.Integer(**REQUIRED), **_BARE)
COMPLAINT = answer(
    "Complaint",
    **_BARE,
    kind=one_of(vocabulary.Kind, allow_none=True),
    category=nullable(fields.String),
    service=nullable(fields.String),
    privacy=one_of(vocabulary.Privacy),
    channel=one_of(vocabulary.Channel),
    on_behalf=fields.Boolean(),
    agency=nullable(fields.UUID),
    agencies=fields.List(fields.UUID(), **REQUIRED),
    addressed_to=nullable(fields.UUID),
    filed_at=fields.AwareDateTime(),
    filed_on=fields.Date(),
    changed_at=fields.AwareDateTime(),
    closed_at=nullable(fields.AwareDateTime),
    happened_on=nullable(fields.Date),
    possible=fields.List(fields.String()),
    rating=nullable(fields.Integer),
    transferred_to=nullable(fields.String),
    level=fields.Integer(),
    published=fields.Boolean(**REQUIRED),
    sp4n=nullable(fields.String),
    merged_into=nullable(fields.UUID),
    followed=nullable(fields.Dict),
    followers=fields.Integer(),
    split_from=nullable(fields.UUID),
    split_into=fields.List(fields.UUID()),
    erasure=nullable(fields.Dict),
    held=fields.Boolean(),
    closed_on=nullable(fields.Date),
    commitments=fields.List(fields.Dict()),
    objection=nullable(fields.Dict),
    draft=nullable(fields.Dict),
    redacted=nullable(fields.Dict),
    title=nullable(fields.String),
    text=fields.String(),
    questions=fields.List(fields.String()),
    application_no=nullable(fields.String),
    place=nullable(fields.Dict),
    reporter=fields.Dict(),
    response=fields.Raw(allow_none=True, metadata={"description": "the answer; published: its text"}),
    position=fields.Integer(),
)
OMBUDSMAN = answer(
    "OmbudsmanPackage",
    reference=nullable(fields.String),
    referred_at=fields.AwareDateTime(**REQUIRED),
    complaint=fields.Nested(COMPLAINT, **REQUIRED),
    history=fields.List(fields.Nested(HISTORY_ITEM), **REQUIRED),
)
FAMILY = listed(
    "Family",
    answer(
        "FamilyMember",
        id=fields.UUID(**REQUIRED),
        code=fields.String(**REQUIRED),
        stage=one_of(vocabulary.Stage, **REQUIRED),
        tie=fields.String(**REQUIRED),
        held=fields.Boolean(**REQUIRED),
        erased=fields.Boolean(**REQUIRED),
        version=fields.Integer(**REQUIRED),
    ),
)
BULK = answer(
    "Bulk",
    items=fields.List(
        fields.Nested(
            answer(
                "BulkAnswer",
                id=fields.UUID(**REQUIRED),
                done=fields.Boolean(**REQUIRED),
                version=fields.Integer(),
                stage=one_of(vocabulary.Stage),
                refusal=fields.Dict(),
            )
        ),
        **REQUIRED,
    ),
)
