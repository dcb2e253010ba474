"""Complaints of any system as rows of text, by our column names or by a mapping (docs/importing.md)."""

from collections.abc import Mapping
from datetime import date, datetime
from enum import StrEnum
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from lapor.domain.vocabulary import ArchiveReason, Kind, Outcome, Privacy, Stage
from lapor.importing.mapping import REQUIRED, FieldMapping
from lapor.importing.records import WAYS, BadRowError, Format, Record, in_order, point
from lapor.importing.timestamps import by_forms, iso, moments

Code = TypeVar("Code", bound=StrEnum)
_NO_WORDS = "Diimpor dari sistem lain; berkasnya tidak memuat isinya."
_NAMELESS = "Tidak disebut dalam berkas yang diimpor"
_TITLE_LENGTH = 100
_MOMENTS = {"route": "routed_at", "accept": "accepted_at", "respond": "responded_at"}
_ENDED = "ended_at"


def mapped_csv(mapping: FieldMapping, zone: str) -> Format:
    """Return the format; ``zone`` is the zone of local moments if the mapping names none."""
    reader = _Reader(mapping, mapping.zone or zone)
    needed = REQUIRED - set(mapping.defaults)
    return Format(
        name="csv",
        zone=mapping.zone or zone,
        record=reader.record,
        column_name=str.casefold,
        columns=frozenset(reader.columns.get(field, field) for field in needed),
        number=reader.columns.get("number", "number"),
        agencies=mapping.agencies,
        delimiter=mapping.delimiter,
    )


class _Reader:
    """Reads rows by a mapping."""

    def __init__(self, mapping: FieldMapping, zone: str) -> None:
        self.columns = {field: column.strip().casefold() for field, column in mapping.columns.items()}
        self._values = {
            field: {theirs.casefold(): ours for theirs, ours in table.items()}
            for field, table in mapping.values.items()
        }
        self._defaults = mapping.defaults
        self._zone = ZoneInfo(zone)
        self._moment = moments(zone, by_forms(mapping.dates) if mapping.dates else iso)

    def record(self, line: int, row: Mapping[str, str]) -> Record:
        cells = _Cells(self, row)
        stage = cells.code("state", Stage) or Stage.FILED
        if stage not in WAYS:
            raise BadRowError(f"state '{stage}' cannot be imported; one of {', '.join(WAYS)} can")
        agency = cells("agency")
        if "route" in WAYS[stage] and not agency:
            raise BadRowError(f"it is {stage}, but names no agency")
        filed_at = cells.moment("filed_at")
        if filed_at is None:
            raise BadRowError("filed_at is missing")
        happened, notes = in_order(filed_at, cells.happened(stage, filed_at))
        return Record(
            line,
            cells("number") or "",
            stage,
            agency,
            filed_at,
            cells.filing(),
            happened,
            cells.bodies(),
            notes,
        )

    def value(self, field: str, row: Mapping[str, str]) -> str | None:
        """Return a row's value of one of our fields, in our codes; None: it has none."""
        written = row.get(self.columns.get(field, field)) or ""
        mapped = self._values[field].get(written.casefold(), written) if field in self._values else written
        return mapped or self._defaults.get(field)

    def moment(self, text: str) -> datetime:
        return self._moment(text)

    def day(self, text: str) -> date:
        return self._moment(text).astimezone(self._zone).date()


class _Cells:
    """The values of one row, by our field names."""

    def __init__(self, reader: _Reader, row: Mapping[str, str]) -> None:
        self._reader = reader
        self._row = row

    def __call__(self, field: str) -> str | None:
        return self._reader.value(field, self._row)

    def code(self, field: str, codes: type[Code]) -> Code | None:
        value = self(field)
        try:
            return codes(value) if value else None
        except ValueError:
            raise BadRowError(f"{field} '{str(value)[:40]}' is none of {', '.join(codes)}") from None

    def moment(self, field: str) -> datetime | None:
        text = self(field)
        return self._reader.moment(text) if text else None

    def happened(self, stage: Stage, filed_at: datetime) -> dict[str, datetime]:
        """Return when each verb was done.

        The end must be dated. If the verbs before it are not, the complaint was routed when filed, and
        answered at the time of the next verb.
        """
        verbs = WAYS[stage]
        dated = {verb: self.moment(_MOMENTS.get(verb, _ENDED)) for verb in verbs}
        if verbs and verbs[-1] not in _MOMENTS and dated[verbs[-1]] is None:
            raise BadRowError(f"it is {stage}, but {_ENDED} is missing")
        happened: dict[str, datetime] = {}
        before = filed_at
        for number, verb in enumerate(verbs):
            later = filter(None, (dated[each] for each in verbs[number:]))
            before = happened[verb] = dated[verb] or (before if verb == "route" else next(later, before))
        return happened

    def filing(self) -> dict[str, Any]:
        text = self("text") or ""
        day = self("happened_on")
        return {
            "text": text or None,
            "title": self("title") or text.partition("\n")[0][:_TITLE_LENGTH].strip() or None,
            "kind": self.code("kind", Kind) or Kind.COMPLAINT,
            "category": self("category"),
            "service": self("service"),
            "privacy": self.code("privacy", Privacy) or Privacy.OPEN,
            "happened_on": self._reader.day(day) if day else None,
            "application_no": self("application_no"),
            "place": _some({
                "address": self("address"),
                "village": self("village"),
                **point(self("lat") or "", self("lon") or ""),
            }),
            "reporter": _some({
                name: self(f"reporter_{name}") for name in ("name", "phone", "email", "address")
            }),
        }  # fmt: skip

    def bodies(self) -> dict[str, dict[str, Any]]:
        reason = self("reason")
        return {
            "respond": {
                "text": self("response") or _NO_WORDS,
                "outcome": self.code("outcome", Outcome) or Outcome.ANSWERED,
            },
            "close": {"reason": reason or _NO_WORDS},
            "archive": {
                "reason_code": self.code("reason_code", ArchiveReason) or ArchiveReason.INCOMPLETE_NO_REPLY,
                "text": reason or _NO_WORDS,
            },
            "transfer": {"receiver": self("receiver") or _NAMELESS, "reference": self("reference")},
            "withdraw": {"reason": reason},
        }


def _some(thing: dict[str, Any]) -> dict[str, Any] | None:
    return thing if any(value is not None for value in thing.values()) else None
