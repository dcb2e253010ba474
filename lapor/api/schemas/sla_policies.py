"""Calendars and policies of deadlines, and which deadlines a change of them would move."""

import copy
from typing import Any

from marshmallow import fields

from lapor.api.schemas.base import REQUIRED, answer, listed, nullable
from lapor.api.schemas.bodies import one_of
from lapor.domain import vocabulary
from lapor.domain.deadlines.working_time import Unit

_CALENDAR: dict[str, fields.Field[Any]] = {
    "id": fields.String(**REQUIRED),
    "name": fields.String(**REQUIRED),
    "number": fields.Integer(**REQUIRED),
    "basis": fields.String(**REQUIRED),
    "first": fields.Date(**REQUIRED),
    "confirmed_to": fields.Date(**REQUIRED),
    "last": fields.Date(**REQUIRED),
    "provisional_years": fields.List(fields.Integer(), **REQUIRED),
}
_HOLIDAY = answer("KnownHoliday", day=fields.Date(**REQUIRED), name=fields.String(**REQUIRED))
CALENDARS = listed(
    "Calendars", answer("ListedCalendar", current=fields.Boolean(**REQUIRED), **copy.deepcopy(_CALENDAR))
)
CALENDAR = answer(
    "Calendar", holidays=fields.List(fields.Nested(_HOLIDAY), **REQUIRED), moves=fields.Integer(), **_CALENDAR
)
_POLICY: dict[str, fields.Field[Any]] = {
    "id": fields.String(**REQUIRED),
    "name": fields.String(**REQUIRED),
    "effective_from": nullable(fields.Date, **REQUIRED),
    "regulation": fields.String(**REQUIRED),
    "limits": fields.List(
        fields.Nested(
            answer(
                "KnownLimit",
                step=one_of(vocabulary.Step, **REQUIRED),
                limit=fields.Integer(**REQUIRED),
                unit=one_of(Unit, **REQUIRED),
                kinds=fields.List(one_of(vocabulary.Kind), **REQUIRED),
                source=fields.String(**REQUIRED),
            )
        ),
        **REQUIRED,
    ),
}
POLICIES = listed(
    "Policies", answer("ListedPolicy", in_force=fields.Boolean(**REQUIRED), **copy.deepcopy(_POLICY))
)
POLICY = answer("Policy", moves=fields.Integer(), **_POLICY)
FORESEEN = answer(
    "Foreseen",
    confirm=fields.String(**REQUIRED),
    becomes=fields.String(**REQUIRED),
    instead_of=fields.String(**REQUIRED),
    moves=fields.Integer(**REQUIRED),
    complete=fields.Boolean(**REQUIRED),
    concerned=fields.Integer(**REQUIRED),
    items=fields.List(
        fields.Nested(
            answer(
                "ForeseenDeadline",
                id=fields.UUID(**REQUIRED),
                code=fields.String(**REQUIRED),
                agency=nullable(fields.String),
                step=one_of(vocabulary.Step, **REQUIRED),
                n=fields.Integer(**REQUIRED),
                **{"from": fields.AwareDateTime(**REQUIRED), "to": fields.AwareDateTime(**REQUIRED)},
            )
        ),
        **REQUIRED,
    ),
)
