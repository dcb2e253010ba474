"""PostgreSQL ranges of instants, written straight into their binary form.

A rebuild copies millions of them, and the driver's own dumper inspects the bounds of each to find its type.
"""

import struct
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import psycopg
from psycopg.adapt import Dumper
from psycopg.pq import Format

_EPOCH, _MICROSECOND = datetime(2000, 1, 1, tzinfo=UTC), timedelta(microseconds=1)
_FROM, _BETWEEN = struct.Struct(">Biq"), struct.Struct(">Biqiq")
_LENGTH = 8
_LOWER_INCLUDED, _UPPER_INFINITE = 0x02, 0x10


class Period(NamedTuple):
    """tstzrange: from ``since``, included, to ``until``, excluded; without an end if that is None."""

    since: datetime
    until: datetime | None


class _PeriodDumper(Dumper):
    format = Format.BINARY

    def dump(self, obj: Period) -> bytes:
        since, until = obj
        begin = (since - _EPOCH) // _MICROSECOND
        if until is None:
            return _FROM.pack(_LOWER_INCLUDED | _UPPER_INFINITE, _LENGTH, begin)
        return _BETWEEN.pack(_LOWER_INCLUDED, _LENGTH, begin, _LENGTH, (until - _EPOCH) // _MICROSECOND)


def register(types: psycopg.adapt.AdaptersMap) -> None:
    """Register ``Period`` with a connection, or with all of them."""
    types.register_dumper(
        Period, type("PeriodDumper", (_PeriodDumper,), {"oid": types.types["tstzrange"].oid})
    )


register(psycopg.adapters)
