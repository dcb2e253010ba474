"""Histories: the events of a complaint, an agency, a calendar, a policy or an officer.

``data`` depends on the event. Its schemas are generated from the event classes, one for each topic, as
``lapor.application.sealing.Opener.event`` shows them: texts opened, without metadata. None of their fields is
required: a field that says nothing, or that the viewer may not see, is absent.
"""

import dataclasses
from datetime import date, datetime, time
from functools import cache
from types import NoneType, UnionType
from typing import Annotated, Any, Union, cast, get_args, get_origin, get_type_hints
from uuid import UUID

import marshmallow as ma
from marshmallow import fields

from lapor.api.schemas.base import AnswerSchema, AnyOf, AsOfQuerySchema, PageQuerySchema, PageSchema
from lapor.api.schemas.bodies import one_of
from lapor.api.schemas.complaints import ComplaintPlaceSchema, ComplaintReporterSchema
from lapor.domain import vocabulary
from lapor.domain.aggregate import Event
from lapor.domain.command_fields import Number
from lapor.domain.complaint.events import Location, Reporter
from lapor.domain.vocabulary import Sealed
from lapor.store.codec import events_by_topic

_METADATA = frozenset(field.name for field in dataclasses.fields(Event))
_PLAIN: dict[Any, type[fields.Field[Any]]] = {
    str: fields.String,
    Sealed: fields.String,
    int: fields.Integer,
    float: fields.Float,
    bool: fields.Boolean,
    UUID: fields.UUID,
    date: fields.Date,
    datetime: fields.AwareDateTime,
    time: fields.Time,
}
_SHOWN: dict[type, type[ma.Schema]] = {Location: ComplaintPlaceSchema, Reporter: ComplaintReporterSchema}
"""Objects that answers show in a form of their own."""


def _field(hint: Any, **given: Any) -> fields.Field[Any]:
    """Return the field of a type."""
    origin, args = get_origin(hint), get_args(hint)
    if origin is Annotated:
        if args[0] is Sealed and isinstance(args[1], Number):
            return AnyOf(fields.Float(), fields.String(), **given)  # an erased number is shown as text
        return _field(args[0], **given)
    if origin in {Union, UnionType}:
        return _field(_without_none(hint), allow_none=True)
    if origin is tuple:
        return fields.List(_field(args[0]), **given)
    if dataclasses.is_dataclass(hint):
        return fields.Nested(_object(cast("type", hint)), **given)
    return _PLAIN[hint](**given) if hint in _PLAIN else one_of(hint, **given)


def _without_none(hint: Any) -> Any:
    kinds = [kind for kind in get_args(hint) if kind is not NoneType]
    return kinds[0] if NoneType in get_args(hint) else hint


@cache
def _object(kind: Any) -> type[ma.Schema]:
    """Return the schema of an object in an event's data."""
    if kind in _SHOWN:
        return _SHOWN[kind]
    hints = get_type_hints(kind, include_extras=True)
    shown = {field.name: _field(hints[field.name]) for field in dataclasses.fields(kind)}
    return AnswerSchema.from_dict(shown, name=f"{kind.__name__}Data")


@cache
def event_data(event_class: type[Event]) -> type[ma.Schema]:
    """Return the schema of an event's data."""
    hints = get_type_hints(event_class, include_extras=True)
    names = [field.name for field in dataclasses.fields(event_class) if field.name not in _METADATA]
    shown = {name: _field(_without_none(hints[name])) for name in names}
    base = AnswerSchema if shown else ma.Schema  # an empty one is closed, so that it says something
    return base.from_dict(shown, name=f"{event_class.__name__}Data")


def _data(*nouns: str) -> AnyOf:
    """Return the field ``data`` of the events about some nouns, as their topics name them."""
    classes = [
        event_class
        for topic, event_class in sorted(events_by_topic().items())
        if topic.split(".")[1] in nouns
    ]
    return AnyOf(*(fields.Nested(event_data(event_class)) for event_class in classes), required=True)


class EventSchema(AnswerSchema):
    """An event without its data."""

    position = fields.Integer(required=True)
    version = fields.Integer(required=True)
    type = fields.String(required=True)
    at = fields.AwareDateTime(required=True)
    by = fields.String(required=True)
    role = one_of(vocabulary.Role, required=True)
    channel = one_of(vocabulary.Channel, required=True)


class HistoryItemSchema(EventSchema):
    """An event about a complaint."""

    data = _data("complaint")


class HistorySchema(PageSchema):
    """The events of a complaint."""

    items = fields.List(fields.Nested(HistoryItemSchema), required=True)


class ReferenceHistoryItemSchema(EventSchema):
    """An event about an agency, a calendar or a policy."""

    data = _data("agency", "calendar", "policy", "retention_policy")


class ReferenceHistorySchema(PageSchema):
    """The events of an agency, a calendar or a policy."""

    items = fields.List(fields.Nested(ReferenceHistoryItemSchema), required=True)


class AccountEventSchema(AnswerSchema):
    """An event about an officer, in the copy for that officer."""

    position = fields.Integer(required=True)
    type = fields.String(required=True)
    at = fields.AwareDateTime(required=True)
    by = fields.String(required=True)
    data = _data("officer")


class HistoryQuerySchema(AsOfQuerySchema, PageQuerySchema):
    """The query of a complaint's history, now or in a past state."""
