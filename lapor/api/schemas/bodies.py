"""Schemas of bodies, generated at import from the declarations of the domain."""

from collections.abc import Iterable
from datetime import date
from enum import Enum
from functools import cache
from typing import Any
from uuid import UUID

import marshmallow as ma
from marshmallow import fields, validate

from lapor.api.schemas.fields import (
    DayField,
    DecimalNumber,
    PlainText,
    StrictBoolean,
    WholeNumber,
)
from lapor.domain.command_fields import Field, MustBeTrue, Number, Pattern, Reference, Text, fields_of
from lapor.domain.errors import InvalidFieldError


def one_of(codes: type[Enum], **given: Any) -> fields.Field[Any]:
    """Return a field for one of the codes of an enum, as JSON has it."""
    return fields.Enum(codes, by_value=fields.String, **given)


def _matches(rule: Pattern) -> validate.Regexp:
    # `$` as in JSON Schema; the final line break that Python lets pass before `$` was stripped already
    return validate.Regexp(rf"^(?:{rule.regex})$", error=f"Write {rule.says}.")


def _field(field: Field) -> fields.Field[Any]:
    given: dict[str, Any] = {"required": field.required, "allow_none": not field.required}
    if field.many:
        length = validate.Length(min=1, max=field.many.most)
        return fields.List(_one(field, {"required": True}), validate=length, **given)
    return _one(field, given)


def _one(field: Field, given: dict[str, Any]) -> fields.Field[Any]:
    if field.nested:
        return fields.Nested(_nested(field.type), **given)
    if field.rule is None:
        return _plain(field.type, given)
    return _ruled(field.rule, field.type, given)


@cache
def _nested(kind: type) -> ma.Schema:
    """Return the schema of a nested object: the same one for all uses."""
    return schema(kind.__name__, fields_of(kind))


def _plain(kind: Any, given: dict[str, Any]) -> fields.Field[Any]:
    """Return a field for a type without a rule."""
    if isinstance(kind, type) and issubclass(kind, Enum):
        return one_of(kind, **given)
    made: dict[Any, type[fields.Field[Any]]] = {bool: StrictBoolean, date: DayField, UUID: fields.UUID}
    return made[kind](**given)


def _ruled(rule: object, kind: Any, given: dict[str, Any]) -> fields.Field[Any]:
    """Return a field for a type that a rule narrows. Raises ``TypeError`` for an unknown rule."""
    match rule:
        case Text(most=most, least=least):
            return PlainText(validate=validate.Length(min=least, max=most), **given)
        case Pattern(says=says):
            return PlainText(validate=_matches(rule), metadata={"description": says}, **given)
        case Number(least=low, most=high):
            number = WholeNumber if kind is int else DecimalNumber
            return number(validate=validate.Range(min=low, max=high), **given)
        case Reference(what=what):
            says = f"id or code of an existing {what}"
            return PlainText(validate=validate.Length(min=1, max=64), metadata={"description": says}, **given)
        case MustBeTrue():
            agreed = validate.OneOf([True], error="You must agree to this.")
            return StrictBoolean(validate=agreed, **given)
    message = f"no schema is known for the rule {rule}"
    raise TypeError(message)


CONFIRM: dict[str, fields.Field[Any]] = {
    "confirm": PlainText(
        allow_none=True,
        validate=validate.Regexp(
            r"^[0-9]{1,9}-[0-9a-f]{24}$", error="Send the `confirm` of the answer without it."
        ),
        metadata={"description": "from the answer without it: you have seen which deadlines move"},
    )
}


def schema(title: str, declared: Iterable[Field], /, **more: fields.Field[Any]) -> ma.Schema:
    """Return a schema of these fields; unknown ones are refused by name."""
    made = {field.name: _field(field) for field in declared}
    return ma.Schema.from_dict({**made, **more}, name=title)()


def within(known: ma.Schema, name: str, body: dict[str, Any]) -> dict[str, Any]:
    """Validate a body in the field ``name`` of another one. Raises ``InvalidFieldError``."""
    try:
        loaded: dict[str, Any] = known.load(body)
    except ma.ValidationError as error:
        field, says = next(iter(error.messages_dict.items()))
        sentence = says[0] if isinstance(says, list) else f"{says}"
        raise InvalidFieldError(f"{name}.{field}", sentence) from None
    return loaded
