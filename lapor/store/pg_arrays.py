"""PostgreSQL arrays, written straight into their binary form.

An append sends ten short arrays. The driver's own dumper inspects every element to find the array's type,
which is a tenth of a command's cost; here the type is known beforehand.
"""

import struct
from collections.abc import Callable, Sequence
from typing import Any, ClassVar

import psycopg
from psycopg.adapt import Dumper
from psycopg.pq import Format

_HEAD = struct.Struct(">iiIii")  # dimensions, has nulls, type of elements, length, lower bound
_LENGTH = struct.Struct(">i")
_NULL = _LENGTH.pack(-1)


class Array:
    """A one-dimensional array of elements of one type; elements may be None."""

    __slots__ = ("items",)

    def __init__(self, items: Sequence[Any]) -> None:
        self.items = items


class UuidArray(Array):
    """uuid[]."""


class IntArray(Array):
    """int4[]."""


class TextArray(Array):
    """text[]."""


class ByteaArray(Array):
    """bytea[]."""


class _ArrayDumper(Dumper):
    format = Format.BINARY
    element: ClassVar[int]
    raw: ClassVar[Callable[[Any], bytes]]

    def dump(self, obj: Array) -> bytes:
        parts = [_HEAD.pack(1, 1, self.element, len(obj.items), 1)]
        for item in obj.items:
            if item is None:
                parts.append(_NULL)
            else:
                data = type(self).raw(item)
                parts += (_LENGTH.pack(len(data)), data)
        return b"".join(parts)


def register(types: psycopg.adapt.AdaptersMap) -> None:
    """Register these arrays with a connection, or with all of them."""
    arrays: list[tuple[type[Array], str, Callable[[Any], bytes]]] = [
        (UuidArray, "uuid", lambda item: item.bytes),
        (IntArray, "int4", _LENGTH.pack),
        (TextArray, "text", str.encode),
        (ByteaArray, "bytea", lambda item: item),
    ]
    for array, name, raw in arrays:
        info = types.types[name]
        members = {"oid": info.array_oid, "element": info.oid, "raw": staticmethod(raw)}
        types.register_dumper(array, type(f"{array.__name__}Dumper", (_ArrayDumper,), members))


register(psycopg.adapters)
