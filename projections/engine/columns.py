"""The columns of a row class: SQL types and conversions, derived from its annotations."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from types import NoneType
from typing import Any, TypeVar, get_args, get_origin, get_type_hints
from uuid import UUID

import msgspec
import psycopg
from psycopg.types.json import Jsonb

R = TypeVar("R", bound=msgspec.Struct)
_SQL = {
    UUID: "uuid",
    str: "text",
    int: "bigint",
    bool: "boolean",
    float: "double precision",
    datetime: "timestamptz",
    date: "date",
}
encode = msgspec.json.Encoder(order="deterministic").encode


@dataclass(frozen=True)
class Column:
    """A field as a column. ``load`` and ``dump`` are None if the driver's value is the field's value."""

    name: str
    sql: str
    nullable: bool
    load: Callable[[Any], Any] | None = None
    dump: Callable[[Any], Any] | None = None

    @property
    def definition(self) -> str:
        return f"{self.name} {self.sql}" + ("" if self.nullable else " NOT NULL")

    @property
    def selected(self) -> str:
        """The expression that reads it. JSON is read as text and decoded by ``load``, not by the driver."""
        return f"{self.name}::text" if self.sql == "jsonb" else self.name


def column_of(name: str, hint: Any) -> Column:
    """Return the column of a field. Raises ``TypeError`` for a type that no row can hold."""
    options = get_args(hint) if NoneType in get_args(hint) else ()
    if options:
        (hint,) = (option for option in options if option is not NoneType)
    nullable = bool(options)
    hint = getattr(hint, "__supertype__", hint)  # a NewType
    if hint == tuple[int, ...]:
        return Column(name, "bigint[]", nullable, tuple, list)
    if get_origin(hint) is tuple:
        return Column(name, "jsonb", nullable, msgspec.json.Decoder(hint).decode, _json)
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        return Column(name, "text", nullable, {str(member): member for member in hint}.__getitem__)
    if hint not in _SQL:
        message = f"a row cannot hold '{name}: {hint}'"
        raise TypeError(message)
    return Column(name, _SQL[hint], nullable)


def _json(value: Any) -> Jsonb:
    return Jsonb(value, dumps=encode)


def columns(row: type[msgspec.Struct]) -> tuple[Column, ...]:
    """Return the columns of a row class, in the order of its fields."""
    hints = get_type_hints(row)
    return tuple(column_of(name, hints[name]) for name in row.__struct_fields__)


def copy_in(
    connection: psycopg.Connection[Any], table: str, into: Sequence[Column], rows: Iterable[Sequence[Any]]
) -> None:
    """Write rows into a table with COPY in binary format."""
    names = ", ".join(column.name for column in into)
    with (
        connection.cursor() as cursor,
        cursor.copy(f"COPY {table} ({names}) FROM STDIN (FORMAT BINARY)".encode()) as copy,
    ):
        copy.set_types([column.sql for column in into])
        for row in rows:
            copy.write_row(row)


def converter(
    conversions: Sequence[Callable[[Any], Any] | None],
) -> Callable[[Sequence[Any]], Sequence[Any]]:
    """Return a function that converts the values of a row and leaves None as it is."""
    needed = [(n, convert) for n, convert in enumerate(conversions) if convert is not None]

    def convert_values(values: Sequence[Any]) -> Sequence[Any]:
        converted = list(values)
        for n, convert in needed:
            if converted[n] is not None:
                converted[n] = convert(converted[n])
        return converted

    return convert_values


def row_maker(row: type[R]) -> Callable[[Sequence[Any]], R]:
    """Return a function that makes a row from the database's values, given in the order of its fields."""
    load = converter([column.load for column in columns(row)])
    return lambda values: row(*load(values))
