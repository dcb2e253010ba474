"""Bodies of requests made from what the verbs declare."""

from dataclasses import replace
from datetime import date
from enum import Enum
from typing import Any

from lapor.domain.command_fields import Field, MustBeTrue, Number, Pattern, Reference, Text

AGENCY = "BINAMARGA"


def example(field: Field) -> Any:
    """Return a value that this field takes."""
    if field.many:
        return [example(replace(field, many=None))]
    if field.nested:
        return {each.name: example(each) for each in field.nested}
    match field.rule:
        case Reference():
            return AGENCY
        case Number(least=least):
            return least
        case MustBeTrue():
            return True
        case Pattern() | Text():
            return "Contoh"
    if isinstance(field.type, type) and issubclass(field.type, Enum):
        return next(iter(field.type)).value
    return {bool: True, date: "2026-01-31"}[field.type]


def right(fields: tuple[Field, ...]) -> dict[str, Any]:
    """Return a body that has every field."""
    return {field.name: example(field) for field in fields}
