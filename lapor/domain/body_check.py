"""The check of a body against its declared fields, for the command line and the import.

The API validates the same declaration by marshmallow (``lapor.api.schemas.bodies``): its rules and sentences
are the same, and a test compares the two.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import Enum
from typing import Any
from uuid import UUID

from lapor.domain.command_fields import Field, MustBeTrue, Number, Pattern, Reference, Text
from lapor.domain.errors import InvalidFieldError

_TYPES = {str: "string", int: "integer", float: "number", bool: "boolean", date: "date", UUID: "UUID"}
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_LONGEST_REFERENCE = 64


@dataclass(frozen=True)
class Violation:
    """A value that breaks the declaration of its field; the value is None where a required one is missing."""

    field: str
    value: Any
    sentence: str
    rule: object | None = None
    """The broken rule; None if the value is not even of the field's type."""


Violations = Violation | Mapping[Any, "Violations"]
"""A violation, or those in an object or a list, by name or index."""


class InvalidBodyError(InvalidFieldError):
    """A body breaks its declaration. The sentence is about the first field that does."""

    def __init__(self, field: str, violations: Violations) -> None:
        says = _sentences(violations)
        super().__init__(field, f"{field}: {says[0] if isinstance(says, list) else says}")
        while not isinstance(violations, Violation):
            violations = next(iter(violations.values()))
        self.violation = violations
        """The first violation itself, which may be in a nested object."""


def check(fields: Iterable[Field], body: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values of a body, each in its field's type. Raises ``InvalidBodyError``.

    A value is as JSON has it, or in the field's type already. Texts lose the white space around them.
    """
    try:
        return _object(tuple(fields), body)
    except _ViolatedError as error:
        field, violations = next(iter(error.violations.items()))
        raise InvalidBodyError(field, violations) from None


class _ViolatedError(Exception):
    def __init__(self, violations: Any) -> None:
        self.violations = violations


def _sentences(violations: Violations) -> list[str] | dict[Any, Any]:
    if isinstance(violations, Violation):
        return [violations.sentence]
    return {name: _sentences(inner) for name, inner in violations.items()}


def _object(fields: tuple[Field, ...], body: Mapping[str, Any]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    violations: dict[str, Violations] = {}
    for field in fields:
        try:
            if field.name in body:
                values[field.name] = _value(field, body[field.name])
            elif field.required:
                violations[field.name] = Violation(field.name, None, "Missing data for required field.")
        except _ViolatedError as error:
            violations[field.name] = error.violations
    for name in body.keys() - {field.name for field in fields}:
        violations[name] = Violation(name, body[name], "Unknown field.")
    if violations:
        raise _ViolatedError(violations)
    return values


def _value(field: Field, value: Any) -> Any:
    """Return a field's value: one, a list of them, or None if the field is not required."""
    if value is None and not field.required:
        return None
    return _list(field, value) if field.many and value is not None else _one(field, value)


def _list(field: Field, value: Any) -> list[Any]:
    if not isinstance(value, list | tuple):
        raise _violated(field, value, "Not a valid list.")
    items: list[Any] = []
    violations: dict[int, Violations] = {}
    for index, item in enumerate(value):
        try:
            items.append(_one(field, item))
        except _ViolatedError as error:
            violations[index] = error.violations
    if violations:
        raise _ViolatedError(violations)
    most = field.many.most if field.many else 1
    if not 1 <= len(items) <= most:
        raise _violated(field, value, f"Length must be between 1 and {most}.", field.many)
    return items


def _one(field: Field, value: Any) -> Any:
    """Return a value in its field's type and within its rule."""
    if value is None:
        raise _violated(field, value, "Field may not be null.")
    if field.nested:
        if not isinstance(value, Mapping):
            raise _ViolatedError({"_schema": Violation(field.name, value, "Invalid input type.")})
        return _object(field.nested, value)
    kind = _plain_type(field)
    if issubclass(kind, Enum):
        return _code(field, kind, value)
    try:
        typed = _typed(kind, value)
    except (ValueError, OverflowError):
        raise _violated(field, value, f"Not a valid {_TYPES[kind]}.") from None
    sentence = _broken(field.rule, typed)
    if sentence is not None:
        raise _violated(field, typed, sentence, field.rule)
    return typed


def _plain_type(field: Field) -> type[Any]:
    """Return the type that a field has before it is sealed or resolved."""
    plain: type[Any]
    match field.rule:
        case Number():
            plain = int if field.type is int else float
        case Text() | Pattern() | Reference():
            plain = str
        case _:
            plain = field.type
    return plain


def _code(field: Field, codes: type[Enum], value: Any) -> Enum:
    if not isinstance(value, str):
        raise _violated(field, value, "Not a valid string.")
    try:
        return codes(value)
    except ValueError:
        choices = ", ".join(str(code.value) for code in codes)
        raise _violated(field, value, f"Must be one of: {choices}.") from None


def _typed(kind: Any, value: Any) -> Any:
    """Return a value in a plain type. Raises ``ValueError`` or ``OverflowError``."""
    match value:
        case bool() if kind is not bool:
            raise ValueError
        case int() if kind is float:
            return float(value)
        case str() if kind is str:
            return value.strip()
        case str() if kind is date and _DAY.fullmatch(value):
            return date.fromisoformat(value)
        case str() if kind is UUID:
            return UUID(value)
        case _ if isinstance(value, kind):
            return value
    raise ValueError


def _broken(rule: object | None, value: Any) -> str | None:
    """Return the sentence for a value that breaks its rule, or None."""
    match rule:
        case Text(least=least, most=most) if not least <= len(value) <= most:
            return f"Length must be between {least} and {most}."
        case Reference() if not 1 <= len(value) <= _LONGEST_REFERENCE:
            return f"Length must be between 1 and {_LONGEST_REFERENCE}."
        case Pattern(regex=regex, says=says) if not re.fullmatch(regex, value):
            return f"Write {says}."
        case Number(least=least, most=most) if not least <= value <= most:
            return f"Must be greater than or equal to {least} and less than or equal to {most}."
        case MustBeTrue() if not value:
            return "You must agree to this."
    return None


def _violated(field: Field, value: Any, sentence: str, rule: object | None = None) -> _ViolatedError:
    return _ViolatedError(Violation(field.name, value, sentence, rule))
