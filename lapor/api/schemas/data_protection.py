"""The access report, the breach report, copies for data subjects, the package for the Ombudsman."""

from typing import Any

import marshmallow as ma
from marshmallow import fields, validate

from lapor.api.schemas.base import AnswerSchema, PageQuerySchema, PageSchema
from lapor.api.schemas.bodies import one_of
from lapor.api.schemas.complaints import ComplaintSchema
from lapor.api.schemas.fields import InstantField
from lapor.api.schemas.history import AccountEventSchema, HistoryItemSchema
from lapor.api.schemas.officers import OfficerSchema
from lapor.domain import vocabulary


class AccessSchema(AnswerSchema):
    """An access: by whom, in which role, when and why."""

    position = fields.Integer(required=True)
    at = fields.AwareDateTime(required=True)
    what = fields.String(required=True)
    by = fields.String()
    role = one_of(vocabulary.Role, required=True)
    agency = fields.UUID(allow_none=True)
    reason_code = one_of(vocabulary.IdentityReason, allow_none=True)
    recipient = one_of(vocabulary.Recipient, allow_none=True)
    reference = fields.String(allow_none=True)
    break_glass = fields.Boolean(required=True)
    seen = fields.List(fields.String(), data_key="fields", required=True)


class AccessedComplaintSchema(AnswerSchema):
    """The complaint whose data were accessed."""

    id = fields.UUID(required=True)
    code = fields.String(required=True)


class ReportedAccessSchema(AccessSchema):
    """An access in the report over all complaints; its reason is for the data protection officer."""

    reason = fields.String()
    complaint = fields.Nested(AccessedComplaintSchema, required=True)


class AccessReportSchema(PageSchema):
    """Accesses in the order of time."""

    items = fields.List(fields.Nested(ReportedAccessSchema), required=True)


class ToldAccessSchema(AccessSchema):
    """An access as it is shown to the reporter: by agency and role, not by officer."""

    agency_name = fields.String(allow_none=True)


class AccessesSchema(AnswerSchema):
    """The accesses to one complaint."""

    id = fields.UUID(required=True)
    code = fields.String(required=True)
    items = fields.List(fields.Nested(ToldAccessSchema), required=True)


class KnownTokenSchema(AnswerSchema):
    """A token of an officer, without its secret."""

    id = fields.UUID(required=True)
    made_at = fields.AwareDateTime(required=True)
    expires_at = fields.AwareDateTime(allow_none=True)
    revoked_at = fields.AwareDateTime(allow_none=True)


class KnownRoleSchema(AnswerSchema):
    """A role of a suspected account."""

    role = one_of(vocabulary.Role, required=True)
    agency = fields.UUID(allow_none=True)


class ReachSchema(AnswerSchema):
    """The complaints that an account could read: all, those of agencies, oversight complaints."""

    everything = fields.Boolean(required=True)
    agencies = fields.List(fields.UUID(), required=True)
    oversight = fields.Boolean(required=True)


class SuspectedAccountSchema(AnswerSchema):
    """An account that may have been misused."""

    officer = fields.UUID(required=True)
    roles = fields.List(fields.Nested(KnownRoleSchema), required=True)
    tokens = fields.List(fields.Nested(KnownTokenSchema), required=True)
    could_read = fields.Nested(ReachSchema, required=True)


class BreachAccessSchema(AccessSchema):
    """An access that may be part of a breach."""

    channel = one_of(vocabulary.Channel)


class BreachedComplaintSchema(AnswerSchema):
    """A complaint whose data were shown or given out, and which data."""

    id = fields.UUID(required=True)
    code = fields.String(required=True)
    data = fields.List(fields.String(), required=True)
    accesses = fields.List(fields.Nested(BreachAccessSchema), required=True)


class BreachReportSchema(AnswerSchema):
    """The report on a breach; ``handling`` and ``recovery`` are for people to write."""

    since = fields.AwareDateTime(data_key="from", required=True)
    until = fields.AwareDateTime(data_key="to", required=True)
    made_at = fields.AwareDateTime(required=True)
    notify_by = fields.AwareDateTime(required=True)
    accounts = fields.List(fields.Nested(SuspectedAccountSchema), required=True)
    complaints = fields.List(fields.Nested(BreachedComplaintSchema), required=True)
    accesses = fields.Integer(required=True)
    handling = fields.String(allow_none=True)
    recovery = fields.String(allow_none=True)


class RetentionNoticeSchema(AnswerSchema):
    """Until when the data are kept, in Indonesian and English."""

    until = fields.String(required=True)
    id = fields.String(required=True)
    en = fields.String(required=True)


class PersonalCopySchema(AnswerSchema):
    """All data about a complaint's reporter."""

    made_at = fields.AwareDateTime(required=True)
    complaint = fields.Nested(ComplaintSchema, required=True)
    history = fields.List(fields.Nested(HistoryItemSchema), required=True)
    accesses = fields.List(fields.Nested(ToldAccessSchema), required=True)
    retention = fields.Nested(RetentionNoticeSchema, required=True)
    held_beside = fields.List(fields.String(), required=True)
    not_kept = fields.List(fields.String(), required=True)


class AccountCopySchema(AnswerSchema):
    """All data about an officer's account."""

    made_at = fields.AwareDateTime(required=True)
    officer = fields.Nested(OfficerSchema, required=True)
    history = fields.List(fields.Nested(AccountEventSchema), required=True)
    tokens = fields.List(fields.Nested(KnownTokenSchema), required=True)
    not_kept = fields.List(fields.String(), required=True)


class OmbudsmanPackageSchema(AnswerSchema):
    """The package for the Ombudsman."""

    reference = fields.String(allow_none=True)
    referred_at = fields.AwareDateTime(required=True)
    complaint = fields.Nested(ComplaintSchema, required=True)
    history = fields.List(fields.Nested(HistoryItemSchema), required=True)


_ID = "[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
_IDS: Any = {
    "validate": validate.Regexp(
        rf"^{_ID}(,{_ID}){{0,19}}$", error="Write ids, at most 20, with commas between them."
    )
}


class FormatQuerySchema(ma.Schema):
    """The query of an answer that is JSON, or a page to print."""

    format = fields.String(validate=validate.OneOf(["json", "html"]), load_default="json")


class AccessReportQuerySchema(PageQuerySchema):
    """The query of the access report."""

    since = InstantField(data_key="from")
    until = InstantField(data_key="to")
    officer = fields.UUID()
    complaint = fields.String(validate=validate.Length(1, 64))


class SuspicionQuerySchema(ma.Schema):
    """The period, accounts and tokens of a suspected breach."""

    since = InstantField(data_key="from", required=True)
    until = InstantField(data_key="to", required=True)
    officers = fields.String(data_key="officer", **_IDS)
    tokens = fields.String(data_key="token", **_IDS)


class BreachReportQuerySchema(FormatQuerySchema, SuspicionQuerySchema):
    """The query of a breach report."""
