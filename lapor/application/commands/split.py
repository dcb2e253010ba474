"""The complaints that a split files: each with its own key and tracking code, opened by the same receipt."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any
from uuid import UUID

from lapor.application import identifiers
from lapor.application.application import LaporApplication
from lapor.application.queries.complaint_details import ComplaintDetails
from lapor.application.sealing import seal_body
from lapor.domain.command_fields import fields_of
from lapor.domain.complaint import Complaint
from lapor.domain.context import CommandContext
from lapor.store.event_log import UniqueName, VaultEntry

FILING = fields_of(Complaint.file)


def file_parts(
    application: LaporApplication,
    context: CommandContext,
    details: ComplaintDetails,
    vault_entry: VaultEntry,
    parts: Iterable[tuple[UUID, Mapping[str, Any]]],
) -> tuple[list[Complaint], list[VaultEntry], list[UniqueName]]:
    """File each part under its id; return the complaints, their vault entries and their unique names.

    Each part takes over the reporter, the place and the day from the filing, and the current kind, category
    and privacy of the whole.
    """
    filed, whole, opened = details.filed, details.complaint, application.opener(vault_entry)
    common: dict[str, Any] = {"kind": whole.kind, "category": whole.category, "privacy": whole.privacy}
    common |= {"service": filed.service, "happened_on": filed.happened_on}
    common |= {"agency": str(filed.agency) if filed.agency else None, "consent": True, "on_behalf": True}
    if filed.reporter:
        common["reporter"] = opened.nested("reporter", filed.reporter)
    if filed.place:
        common["place"] = opened.nested("place", filed.place)
    by = replace(context.by, channel=filed.channel)
    filing = replace(context, by=by, reason=None)
    children, vault_entries, unique_names = [], [], []
    for stream, part in parts:
        code = identifiers.new_tracking_code()
        key, wrapped = application.master_key.new_key(stream)
        body = common | {name: value for name, value in part.items() if value is not None}
        sealed = seal_body(FILING, body, key, application.reference_data.resolve)
        if filed.place and filed.place.cell:
            sealed["place"] = replace(sealed["place"], cell=filed.place.cell)
        child = Complaint.file(filing, stream=stream, code=code, split_from=whole.id, **sealed)
        children.append(child)
        vault_entries.append(
            VaultEntry(
                stream,
                wrapped,
                vault_entry.receipt_digest,
                application.terms.of(body.get("title"), body["text"]),
            )
        )
        unique_names.append(UniqueName(identifiers.TRACKING_CODE, code, stream))
    return children, vault_entries, unique_names
