"""A record becomes a complaint with its whole history, through the verbs that officers use.

Each event has the file's date, is by ``system:import`` in the role that the verb needs, and is sealed under
the complaint's own key like any other. No receipt is issued.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from uuid import uuid4

from lapor.application import identifiers
from lapor.application.application import LaporApplication
from lapor.application.sealing import seal_body
from lapor.domain.body_check import InvalidBodyError, Violation, check
from lapor.domain.command_fields import Field, Number, Pattern, Text, fields_of
from lapor.domain.complaint import WORKFLOW, Complaint, perform
from lapor.domain.context import Actor, CommandContext
from lapor.domain.deadlines.timing import Timing
from lapor.domain.vocabulary import Channel, Kind, Role
from lapor.importing.records import WAYS, BadRowError, Record
from lapor.store.event_log import UniqueName, VaultEntry
from lapor.store.vault.seal import StreamKey

IMPORTER = "system:import"
_FILING = fields_of(Complaint.file)
_FIELDS = {name: WORKFLOW[name].fields for way in WAYS.values() for name in way}
_NOT_SAID = frozenset({"consent", "agency"})  # a file contains no consent; the record has the agency
_ACTORS = {role: Actor(IMPORTER, role, Channel.IMPORT) for role in Role}
_ROLES = {
    "route": Role.COORDINATOR,
    "accept": Role.LIAISON,
    "respond": Role.LIAISON,
    "close": Role.COORDINATOR,
    "archive": Role.COORDINATOR,
    "transfer": Role.COORDINATOR,
    "withdraw": Role.REPORTER,
}


class ComplaintHistory:
    """A complaint with its events, and the vault entry and unique names of the same append."""

    __slots__ = ("complaint", "record", "unique_names", "vault_entry")

    def __init__(
        self, record: Record, claimed_as: str, application: LaporApplication, timing: Timing
    ) -> None:
        """Carry out the verbs again. Raises ``Refusal`` if a verb refuses."""
        stream, code = uuid4(), identifiers.new_tracking_code()
        key, wrapped = application.master_key.new_key(stream)
        filing = record.filing
        terms = application.terms.of(filing["title"], filing["text"])
        self.record = record
        self.vault_entry = VaultEntry(stream, wrapped, None, terms)
        self.unique_names = (
            UniqueName(identifiers.TRACKING_CODE, code, stream),
            UniqueName(claimed_as, record.number, stream),
        )
        sealed = _with_cell(_sealed(_FILING, filing, record.agency, key, application), filing)
        context = CommandContext(_ACTORS[Role.REPORTER], record.filed_at, timing)
        self.complaint = Complaint.file(context, stream=stream, code=code, consent=False, **sealed)
        for verb in WAYS[record.stage]:
            sealed = _sealed(_FIELDS[verb], record.said.get(verb, {}), record.agency, key, application)
            role = _ROLES[verb]
            if role is Role.COORDINATOR and filing["kind"] is Kind.OVERSIGHT:
                role = Role.INSPECTOR
            reason = sealed.pop("reason", None)
            perform(
                self.complaint,
                verb,
                CommandContext(_ACTORS[role], record.happened[verb], timing, reason=reason),
                sealed,
            )


def _sealed(
    fields: tuple[Field, ...],
    body: Mapping[str, Any],
    agency: str | None,
    key: StreamKey,
    application: LaporApplication,
) -> dict[str, Any]:
    return seal_body(fields, {**body, "agency": agency}, key, application.reference_data.resolve)


def _with_cell(sealed: dict[str, Any], filing: Mapping[str, Any]) -> dict[str, Any]:
    """Return the filing with its point rounded to 0.01° in clear, if it has a point."""
    place = filing.get("place")
    if place and "lat" in place:
        sealed["place"] = replace(sealed["place"], cell=f"{place['lat']:.2f},{place['lon']:.2f}")
    return sealed


def check_all(record: Record) -> None:
    """Check all bodies of a record against the verbs' declarations. Raises ``BadRowError``."""
    check_row(_FILING, record.filing)
    for verb in WAYS[record.stage]:
        check_row(_FIELDS[verb], record.said.get(verb, {}))


def check_row(fields: tuple[Field, ...], body: Mapping[str, Any]) -> None:
    """Compare a body with its declaration. Raises ``BadRowError``, in the words of a report on rows."""
    try:
        check([field for field in fields if field.name not in _NOT_SAID], body)
    except InvalidBodyError as error:
        raise BadRowError(_reason(error.violation)) from None


def _reason(violation: Violation) -> str:
    field, value = violation.field, violation.value
    if value is None:
        return f"{field} is missing"
    match violation.rule:
        case Text(least=least, most=most):
            return f"{field} has {len(value)} characters, not {least} to {most}"
        case Pattern(says=says):
            return f"{field} '{value[:40]}' should be {says}"
        case Number(least=least, most=most):
            return f"{field} {value} is not from {least:g} to {most:g}"
    return f"{field}: {violation.sentence}"
