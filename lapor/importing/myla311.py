"""MyLA311, the service requests of the City of Los Angeles, in the formats of all years.

The file has a request's status, and when it was created, last updated, served and closed. It is read as:
created = filed, verified and routed to its owner at once; closed = accepted, answered and closed at
``closeddate``; pending = accepted at ``updateddate``; cancelled = archived, referred out = transferred, at
``closeddate``. A missing ``closeddate`` is taken from ``updateddate``, else ``servicedate``, else it is the
moment of creation. Columns for which our events have no field are stored, sealed, in the report's text.
"""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from lapor.domain.vocabulary import ArchiveReason, Kind, Outcome, Privacy, Stage
from lapor.importing.records import WAYS, BadRowError, Format, Record, in_order, point
from lapor.importing.timestamps import Parse, iso_or_month_first, moments

ZONE = "America/Los_Angeles"
_REQUIRED = frozenset({"srnumber", "requesttype", "status", "createddate", "owner"})
_STAGES = {
    "closed": Stage.CLOSED,
    "cancelled": Stage.ARCHIVED,
    "referred out": Stage.TRANSFERRED,
    "pending": Stage.IN_PROGRESS,
    "open": Stage.ROUTED,
}
_USED = _REQUIRED | {
    "updateddate",
    "servicedate",
    "closeddate",
    "anonymous",
    "latitude",
    "longitude",
    "address",
}
_SAID: Mapping[str, Mapping[str, Any]] = {
    "respond": {
        "text": "Closed in MyLA311; the file holds no words of the answer.",
        "outcome": Outcome.FIXED,
    },
    "close": {"reason": "It was closed in MyLA311."},
    "archive": {
        "reason_code": ArchiveReason.INCOMPLETE_NO_REPLY,
        "text": "Cancelled in MyLA311; the file does not say why.",
    },
    "transfer": {"receiver": "Referred out by MyLA311, the file does not say to whom"},
}
_NOT_IN_SLUG = re.compile(r"[^A-Za-z0-9]+")
_ZIP_CODE = re.compile(r"\d{5}(-\d{4})?")


def myla311(agencies: Mapping[str, str] | None = None, zone: str = ZONE) -> Format:
    """Return the format; ``agencies`` are names by owner code."""
    moment = moments(zone, iso_or_month_first)
    return Format(
        name="myla311",
        zone=zone,
        record=lambda line, row: _record(line, row, moment),
        column_name=_column_name,
        columns=_REQUIRED,
        number="srnumber",
        agencies=agencies or {},
    )


def _column_name(written: str) -> str:
    """Return one name for ``SRNumber``, ``sr_number`` and ``srnumber``."""
    return _NOT_IN_SLUG.sub("", written).lower()


def _record(line: int, row: Mapping[str, str], moment: Parse) -> Record:
    title, owner, status = row["requesttype"], row["owner"], row["status"]
    stage = _STAGES.get(status.lower())
    if stage is None:
        raise BadRowError(f"status '{status[:40]}' is none of {', '.join(_STAGES)}")
    if not owner:
        raise BadRowError("the owner is missing")
    filed_at = moment(row["createddate"])
    happened, notes = in_order(filed_at, _happened(stage, row, filed_at, moment))
    return Record(
        line=line,
        number=row["srnumber"],
        stage=stage,
        agency=owner,
        filed_at=filed_at,
        filing={
            "title": title,
            "text": _text(row),
            "kind": Kind.COMPLAINT,
            "category": _NOT_IN_SLUG.sub("-", title).strip("-").lower(),
            "place": _place(row),
            "privacy": Privacy.ANONYMOUS if row.get("anonymous", "").upper() == "Y" else Privacy.OPEN,
        },
        happened=happened,
        said=_SAID,
        notes=notes,
    )


def _happened(stage: Stage, row: Mapping[str, str], filed_at: datetime, moment: Parse) -> dict[str, datetime]:
    """Return when each verb was done: routed at creation, the others when it was closed or last updated."""
    verbs = WAYS[stage]
    if verbs == ("route",):
        return {"route": filed_at}
    written = row.get("updateddate") if stage is Stage.IN_PROGRESS else row.get("closeddate")
    if written:
        later = moment(written)
    else:
        named = row.get("updateddate") or row.get("servicedate")
        later = max(moment(named), filed_at) if named else filed_at
    return {verb: filed_at if verb == "route" else later for verb in verbs}


def _text(row: Mapping[str, str]) -> str:
    """Return the request's type, and every column that has no field of its own."""
    more = [f"{name}: {value}" for name, value in row.items() if value and name not in _USED]
    return "\n".join((row["requesttype"], *more))


def _place(row: Mapping[str, str]) -> dict[str, Any] | None:
    zip_code = row.get("zipcode", "")
    place = {
        "address": row.get("address") or None,
        "village": zip_code if _ZIP_CODE.fullmatch(zip_code) else None,
        **point(row.get("latitude", ""), row.get("longitude", "")),
    }
    return place if any(value is not None for value in place.values()) else None
