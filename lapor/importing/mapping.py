"""The mapping of another system's columns, values and dates: a file in TOML."""

import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec

# fmt: off
FIELDS = frozenset({
    "number", "state", "text", "title", "kind", "category", "agency", "service", "privacy", "happened_on",
    "application_no", "address", "village", "lat", "lon", "reporter_name", "reporter_phone",
    "reporter_email", "reporter_address", "filed_at", "routed_at", "accepted_at", "responded_at", "ended_at",
    "response", "outcome", "reason", "reason_code", "receiver", "reference",
})
# fmt: on
REQUIRED = frozenset({"number", "text", "filed_at"})


class MappingError(ValueError):
    """A mapping that cannot be used; the sentence says what to change."""


class FieldMapping(msgspec.Struct, forbid_unknown_fields=True):
    """The contents of the file. Without one, columns have the names of our fields, and dates are ISO 8601."""

    zone: str | None = None
    dates: Sequence[str] = ()
    delimiter: str = ","
    columns: Mapping[str, str] = {}
    values: Mapping[str, Mapping[str, str]] = {}
    defaults: Mapping[str, str] = {}
    agencies: Mapping[str, str] = {}

    def __post_init__(self) -> None:
        for table in (self.columns, self.values, self.defaults):
            unknown = sorted(set(table) - FIELDS)
            if unknown:
                raise ValueError(f"there is no field '{unknown[0]}'; there are {', '.join(sorted(FIELDS))}")
        if len(self.delimiter) != 1:
            raise ValueError("the delimiter is one character")
        try:
            ZoneInfo(self.zone or "UTC")
        except (KeyError, ValueError, OSError):
            raise ValueError(f"'{self.zone}' is not the name of a time zone, such as Asia/Jakarta") from None


def read_mapping(path: Path) -> FieldMapping:
    """Read the mapping from a file. Raises ``MappingError`` and ``OSError``."""
    try:
        return msgspec.convert(tomllib.loads(path.read_text()), FieldMapping)
    except (ValueError, msgspec.ValidationError) as error:
        raise MappingError(f"{path}: {error}.") from error
