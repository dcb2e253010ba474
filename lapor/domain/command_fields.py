"""The fields of a command's body, declared once, in the signature of the verb that takes it.

``fields_of`` reads such a signature (or a dataclass nested in it). From the same declaration come
the API's schema, the sealing of what is personal, and the reference documentation.
"""

import dataclasses
import inspect
from collections.abc import Hashable
from dataclasses import dataclass
from functools import cache, cached_property
from types import NoneType, UnionType
from typing import Annotated, Any, Union, cast, get_args, get_origin, get_type_hints
from uuid import UUID

from lapor.domain.vocabulary import Sealed


@dataclass(frozen=True)
class Text:
    """Free text of ``least``..``most`` characters after trimming."""

    most: int
    least: int = 1


@dataclass(frozen=True)
class Pattern:
    """A code: text that matches ``regex`` from end to end; ``says`` describes it to a person."""

    regex: str
    says: str


@dataclass(frozen=True)
class Number:
    """A number from ``least`` to ``most``, both included."""

    least: float
    most: float


@dataclass(frozen=True)
class Reference:
    """The id or the code of something that exists, here of a ``what``."""

    what: str


@dataclass(frozen=True)
class Derived:
    """Set by the application, never taken from a body."""


@dataclass(frozen=True)
class Many:
    """A list of one to ``most`` items."""

    most: int


@dataclass(frozen=True)
class MustBeTrue:
    """Only ``true`` is accepted."""


Title = Annotated[Sealed, Text(200)]
LongText = Annotated[Sealed, Text(10_000)]
Reason = Annotated[Sealed, Text(2_000)]
Line = Annotated[Sealed, Text(300)]
PublicName = Annotated[str, Text(200)]
Slug = Annotated[
    str, Pattern(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,63}", "letters, digits and . _ : - only, at most 64")
]
FileNumber = Annotated[
    str,
    Pattern(r"[A-Za-z0-9][A-Za-z0-9 ./:_-]{0,63}", "letters, digits, spaces and . / : _ - only, at most 64"),
]
Questions = Annotated[tuple[Annotated[Sealed, Text(500)], ...], Many(10)]
AgencyRef = Annotated[UUID, Reference("agency")]
Rating = Annotated[int, Number(1, 5)]
Whole = Annotated[int, Number(1, 1_000)]
Version = Annotated[int, Number(1, 1_000_000)]


@dataclass(frozen=True)
class Field:
    """One field of a body."""

    name: str
    type: Any  # the plain type: Sealed, str, int, bool, date, UUID, an enum, a dataclass
    rule: object | None  # Text, Pattern, Number, Reference, MustBeTrue
    required: bool
    default: Any
    many: Many | None = None

    @property
    def sealed(self) -> bool:
        return self.type is Sealed

    @cached_property
    def nested(self) -> "tuple[Field, ...]":
        is_nested = dataclasses.is_dataclass(self.type)
        return fields_of(cast("Hashable", self.type)) if is_nested else ()


def _field(name: str, hint: Any, default: Any) -> Field | None:
    """One field from its annotation, None when it is derived."""
    rule: object | None = None
    many: Many | None = None
    while not isinstance(rule, Derived):
        origin, args = get_origin(hint), get_args(hint)
        if origin is Annotated:
            hint, rule = args[0], rule or args[1]
        elif origin in {Union, UnionType}:
            (hint,) = (arg for arg in args if arg is not NoneType)
        elif origin is tuple:
            many, rule = rule if isinstance(rule, Many) else Many(1_000), None
            hint = args[0]
        else:
            break
    if isinstance(rule, Derived):
        return None
    required = default is inspect.Parameter.empty or default is dataclasses.MISSING
    return Field(name, hint, rule, required, None if required else default, many)


@cache
def fields_of(declaration: Any) -> tuple[Field, ...]:
    """The fields that a function's keyword-only parameters, or a dataclass, declare."""
    hints = get_type_hints(declaration, include_extras=True)
    if dataclasses.is_dataclass(declaration):
        declared = [(field.name, field.default) for field in dataclasses.fields(declaration)]
    else:
        parameters = inspect.signature(declaration).parameters.values()
        declared = [(p.name, p.default) for p in parameters if p.kind is p.KEYWORD_ONLY]
    found = (_field(name, hints[name], default) for name, default in declared)
    return tuple(field for field in found if field is not None)
