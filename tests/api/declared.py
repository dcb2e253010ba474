"""Bodies made from what the verbs declare: right ones, and each way to get one field wrong."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from enum import Enum
from typing import Any
from uuid import uuid4

from lapor.domain.command_fields import Field, MustBeTrue, Number, Pattern, Reference, Text

AGENCY = "BINAMARGA"
_NO_TEXT = (5, 1.5, True, [], {}, ["x"])


def example(field: Field) -> Any:
    """A value that this field takes."""
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
    """A body that holds every field."""
    return {field.name: example(field) for field in fields}


def _wrong_values(field: Field) -> tuple[Any, ...]:
    if field.many:
        one = example(field)
        return ("x", 5, True, {}, [], [5], [None], [""], [one], one * (field.many.most + 1))
    match field.rule:
        case Text(most=most):
            return (*_NO_TEXT, "", " \t\n", "x" * (most + 1), "€" * (most + 1))
        case Pattern(regex=regex):
            codes = ("", "a b", "ä", "x" * 65, "a\nb", "-a", "a' OR 1=1 --")
            return (*_NO_TEXT, *(code for code in codes if not re.fullmatch(regex, code)))
        case Reference():
            return (*_NO_TEXT, "", "NOWHERE", str(uuid4()), "x" * 65, "' OR 1=1 --")
        case Number(least=least, most=most):
            return ("3", True, [], {}, least - 0.1, most + 0.1, -(10**17), 10**17)
        case MustBeTrue():
            return (False, "true", 1, [], {})
    if field.nested:
        return ("x", 5, True, [], [{}])
    if field.type is bool:
        return ("true", "yes", 1, 0, [], {})
    if field.type is date:
        return (*_NO_TEXT, "2026-02-30", "2026-1-1", "20260101", "2026-01-01T00:00:00Z", "yesterday", "")
    return (*_NO_TEXT, "", "unknown", f"{example(field)} ", str(example(field)).upper())


def wrong(fields: tuple[Field, ...], inside: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Bodies of which one field is wrong, with that field's name, dotted where it is nested."""
    sound = right(fields)
    for field in fields:
        for value in (*_wrong_values(field), *([None] if field.required else [])):
            yield inside + field.name, {**sound, field.name: value}
        if field.required:
            yield inside + field.name, {name: value for name, value in sound.items() if name != field.name}
        if field.nested:
            for name, body in wrong(field.nested, f"{inside}{field.name}."):
                yield name, {**sound, field.name: [body] if field.many else body}
    yield f"{inside}surprise", {**sound, "surprise": None}
