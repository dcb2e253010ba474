"""The complaints that a split makes: each with a key and a number of its own, opened by the same receipt."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any
from uuid import uuid4

from lapor.application import codes
from lapor.application.desk import Desk
from lapor.application.picture import Picture
from lapor.application.sealing import seal_body
from lapor.domain.aggregate import Occasion
from lapor.domain.complaint import Complaint
from lapor.domain.forms import fields_of
from lapor.store.log import Claim, Subject

FILING = fields_of(Complaint.file)
_TAKEN_ALONG = ("category", "service", "kind")


def parts_of(
    desk: Desk,
    occasion: Occasion,
    picture: Picture,
    subject: Subject,
    parts: Sequence[Mapping[str, Any]],
) -> tuple[list[Complaint], list[Subject], list[Claim]]:
    """File each part: what the reporter said of himself, of the place and the day is taken along."""
    filed, opened = picture.filed, desk.opener(subject)
    said: dict[str, Any] = {name: getattr(filed, name) for name in _TAKEN_ALONG}
    said |= {"happened_on": filed.happened_on, "privacy": picture.complaint.privacy}
    said |= {"agency": str(filed.agency) if filed.agency else None, "consent": True, "on_behalf": True}
    if filed.reporter:
        said["reporter"] = opened.nested("reporter", filed.reporter)
    if filed.place:
        said["place"] = opened.nested("place", filed.place)
    by = replace(occasion.by, channel=filed.channel)
    filing = replace(occasion, by=by, reason=None)
    children, subjects, claims = [], [], []
    for part in parts:
        stream, code = uuid4(), codes.new_tracking_code()
        key, wrapped = desk.master_key.new_key(stream)
        body = said | {name: value for name, value in part.items() if value is not None}
        sealed = seal_body(FILING, body, key, desk.directory.resolve)
        if filed.place and filed.place.cell:
            sealed["place"] = replace(sealed["place"], cell=filed.place.cell)
        child = Complaint.file(filing, stream=stream, code=code, split_from=picture.complaint.id, **sealed)
        children.append(child)
        subjects.append(
            Subject(stream, wrapped, subject.receipt_digest, desk.terms.of(body.get("title"), body["text"]))
        )
        claims.append(Claim(codes.TRACKING_CODE, code, stream))
    return children, subjects, claims
