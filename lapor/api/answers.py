"""What answers look like: for the documentation and for tests, which hold every answer against it."""

import copy
from typing import Any

import marshmallow as ma
from marshmallow import fields

from lapor.api.schemas import one_of
from lapor.domain import terms
from lapor.domain.working_time import Unit


def answer(title: str, /, **shown: fields.Field[Any]) -> ma.Schema:
    """A schema of an answer: for documentation and tests, not for dumping. Answers may grow."""
    return ma.Schema.from_dict(dict(shown), name=title)(unknown=ma.EXCLUDE)


def perhaps_withheld(title: str, /, **shown: fields.Field[Any]) -> ma.Schema:
    """An item of a list that, as of a past moment, may be no more than ``{"withheld": true}``."""
    for field in shown.values():
        field.required = False
    return answer(title, **shown, withheld=fields.Boolean())


def _null(field: type[fields.Field[Any]], **given: Any) -> fields.Field[Any]:
    return field(allow_none=True, **given)


_must: Any = {"required": True}

DEADLINE = answer(
    "Deadline",
    step=one_of(terms.Step, **_must),
    agency=_null(fields.UUID),
    n=fields.Integer(**_must),
    due_at=fields.AwareDateTime(**_must),
    policy=fields.String(**_must),
    calendar=fields.String(**_must),
    provisional=fields.Boolean(**_must),
    regulation=fields.String(**_must),
)
_BARE: dict[str, fields.Field[Any]] = {
    "id": fields.UUID(**_must),
    "code": fields.String(**_must),
    "stage": one_of(terms.Stage, **_must),
    "deadlines": fields.List(fields.Nested(DEADLINE), **_must),
    "version": fields.Integer(**_must),
}
FILED = answer("Filed", receipt=fields.String(**_must), position=fields.Integer(**_must), **_BARE)
COMPLAINT = answer(
    "Complaint",
    **_BARE,
    kind=one_of(terms.Kind, allow_none=True),
    category=_null(fields.String),
    service=_null(fields.String),
    privacy=one_of(terms.Privacy),
    channel=one_of(terms.Channel),
    on_behalf=fields.Boolean(),
    agency=_null(fields.UUID),
    agencies=fields.List(fields.UUID(), **_must),
    addressed_to=_null(fields.UUID),
    filed_at=fields.AwareDateTime(),
    filed_on=fields.Date(),
    changed_at=fields.AwareDateTime(),
    closed_at=_null(fields.AwareDateTime),
    happened_on=_null(fields.Date),
    possible=fields.List(fields.String()),
    rating=_null(fields.Integer),
    transferred_to=_null(fields.String),
    level=fields.Integer(),
    published=fields.Boolean(**_must),
    sp4n=_null(fields.String),
    merged_into=_null(fields.UUID),
    followed=_null(fields.Dict),
    followers=fields.Integer(),
    split_from=_null(fields.UUID),
    split_into=fields.List(fields.UUID()),
    erasure=_null(fields.Dict),
    held=fields.Boolean(),
    closed_on=_null(fields.Date),
    commitments=fields.List(fields.Dict()),
    objection=_null(fields.Dict),
    draft=_null(fields.Dict),
    redacted=_null(fields.Dict),
    title=_null(fields.String),
    text=fields.String(),
    questions=fields.List(fields.String()),
    application_no=_null(fields.String),
    place=_null(fields.Dict),
    reporter=fields.Dict(),
    response=fields.Raw(allow_none=True, metadata={"description": "the answer; published: its text"}),
    position=fields.Integer(),
)


def listed(title: str, item: ma.Schema, /, **more: fields.Field[Any]) -> ma.Schema:
    """A page of items with the cursor of the next."""
    return answer(
        title, items=fields.List(fields.Nested(item), **_must), next=_null(fields.String, **_must), **more
    )


_HISTORY_ITEM = answer(
    "HistoryItem",
    position=fields.Integer(**_must),
    version=fields.Integer(**_must),
    type=fields.String(**_must),
    at=fields.AwareDateTime(**_must),
    by=fields.String(**_must),
    role=one_of(terms.Role, **_must),
    channel=one_of(terms.Channel, **_must),
    data=fields.Dict(**_must),
)
HISTORY = listed("History", _HISTORY_ITEM)
OMBUDSMAN = answer(
    "OmbudsmanPackage",
    reference=_null(fields.String),
    referred_at=fields.AwareDateTime(**_must),
    complaint=fields.Nested(COMPLAINT, **_must),
    history=fields.List(fields.Nested(_HISTORY_ITEM), **_must),
)
BACKLOG = listed(
    "Backlog",
    perhaps_withheld(
        "BacklogItem",
        id=fields.UUID(**_must),
        code=fields.String(**_must),
        title=_null(fields.String),
        kind=one_of(terms.Kind, allow_none=True),
        stage=one_of(terms.Stage, **_must),
        step=one_of(terms.Step, allow_none=True),
        due_at=_null(fields.AwareDateTime),
        working_days_left=_null(fields.Integer),
        overdue=fields.Boolean(**_must),
        filed_at=fields.AwareDateTime(**_must),
        lead=fields.Boolean(**_must),
        version=fields.Integer(**_must),
    ),
    as_of=fields.AwareDateTime(**_must),
    position=fields.Integer(**_must),
    counts=fields.Dict(**_must),
)
_LISTED: dict[str, fields.Field[Any]] = {
    "id": fields.UUID(**_must),
    "code": fields.String(**_must),
    "title": _null(fields.String),
    "stage": one_of(terms.Stage, **_must),
    "kind": one_of(terms.Kind, allow_none=True),
    "category": _null(fields.String),
    "service": _null(fields.String),
    "agency": _null(fields.UUID),
    "agencies": fields.List(fields.UUID(), **_must),
    "privacy": one_of(terms.Privacy, **_must),
    "channel": one_of(terms.Channel, **_must),
    "filed_at": fields.AwareDateTime(**_must),
    "changed_at": fields.AwareDateTime(**_must),
    "step": one_of(terms.Step, allow_none=True),
    "due_at": _null(fields.AwareDateTime),
    "overdue": fields.Boolean(**_must),
    "version": fields.Integer(**_must),
}
COMPLAINTS = listed(
    "Complaints",
    perhaps_withheld("ListedComplaint", **copy.deepcopy(_LISTED)),
    as_of=fields.AwareDateTime(**_must),
    position=fields.Integer(**_must),
)
SIMILAR = listed("Similar", answer("SimilarComplaint", **_LISTED, score=fields.Float(**_must)))
BULK = answer(
    "Bulk",
    items=fields.List(
        fields.Nested(
            answer(
                "BulkAnswer",
                id=fields.UUID(**_must),
                done=fields.Boolean(**_must),
                version=fields.Integer(),
                stage=one_of(terms.Stage),
                refusal=fields.Dict(),
            )
        ),
        **_must,
    ),
)
_HOURS: dict[str, fields.Field[Any]] = {
    "zone": fields.String(**_must),
    "week": fields.List(fields.List(fields.String(), allow_none=True), **_must),
    "extra": fields.List(
        fields.Nested(
            answer(
                "ExtraDay",
                day=fields.Date(**_must),
                opens=fields.String(**_must),
                closes=fields.String(**_must),
            )
        ),
        **_must,
    ),
}
AGENCY = answer(
    "Agency",
    id=fields.UUID(**_must),
    code=fields.String(**_must),
    name=fields.String(**_must),
    owner_type=one_of(terms.OwnerType, **_must),
    two_persons=fields.Boolean(**_must),
    closed=fields.Boolean(**_must),
    later=fields.List(
        fields.Nested(answer("LaterHours", since=fields.Date(**_must), **copy.deepcopy(_HOURS))), **_must
    ),
    **_HOURS,
)
_CALENDAR: dict[str, fields.Field[Any]] = {
    "id": fields.String(**_must),
    "name": fields.String(**_must),
    "number": fields.Integer(**_must),
    "basis": fields.String(**_must),
    "first": fields.Date(**_must),
    "confirmed_to": fields.Date(**_must),
    "last": fields.Date(**_must),
    "provisional_years": fields.List(fields.Integer(), **_must),
}
_HOLIDAY = answer("KnownHoliday", day=fields.Date(**_must), name=fields.String(**_must))
CALENDARS = listed(
    "Calendars", answer("ListedCalendar", current=fields.Boolean(**_must), **copy.deepcopy(_CALENDAR))
)
CALENDAR = answer(
    "Calendar", holidays=fields.List(fields.Nested(_HOLIDAY), **_must), moves=fields.Integer(), **_CALENDAR
)
_POLICY: dict[str, fields.Field[Any]] = {
    "id": fields.String(**_must),
    "name": fields.String(**_must),
    "effective_from": _null(fields.Date, **_must),
    "regulation": fields.String(**_must),
    "limits": fields.List(
        fields.Nested(
            answer(
                "KnownLimit",
                step=one_of(terms.Step, **_must),
                limit=fields.Integer(**_must),
                unit=one_of(Unit, **_must),
                kinds=fields.List(one_of(terms.Kind), **_must),
                source=fields.String(**_must),
            )
        ),
        **_must,
    ),
}
POLICIES = listed(
    "Policies", answer("ListedPolicy", in_force=fields.Boolean(**_must), **copy.deepcopy(_POLICY))
)
POLICY = answer("Policy", moves=fields.Integer(), **_POLICY)
_RETENTION: dict[str, fields.Field[Any]] = {
    "id": fields.String(**_must),
    "effective_from": fields.Date(**_must),
    "regulation": fields.String(**_must),
    "rules": fields.List(
        fields.Nested(
            answer(
                "KeptFor",
                days=fields.Integer(**_must),
                kinds=fields.List(one_of(terms.Kind), **_must),
                stages=fields.List(one_of(terms.Stage), **_must),
                automatic=fields.Boolean(**_must),
                source=fields.String(**_must),
            )
        ),
        **_must,
    ),
}
RETENTIONS = listed(
    "Retentions", answer("ListedRetention", in_force=fields.Boolean(**_must), **copy.deepcopy(_RETENTION))
)
RETENTION = answer("Retention", **_RETENTION)
_KEPT: dict[str, fields.Field[Any]] = {
    "id": fields.UUID(**_must),
    "code": fields.String(**_must),
    "kind": one_of(terms.Kind, allow_none=True),
    "stage": one_of(terms.Stage, **_must),
}
DUE_TO_GO = listed(
    "DueToGo",
    answer(
        "DueComplaint",
        ended_on=fields.Date(**_must),
        due_on=fields.Date(**_must),
        automatic=fields.Boolean(**_must),
        **copy.deepcopy(_KEPT),
    ),
    policy=_null(fields.String, **_must),
)
ERASURE_REQUESTS = listed(
    "ErasureRequests",
    answer(
        "ErasureRequest",
        requested_at=fields.AwareDateTime(**_must),
        held=fields.Boolean(**_must),
        **copy.deepcopy(_KEPT),
    ),
)
FAMILY = listed(
    "Family",
    answer(
        "FamilyMember",
        id=fields.UUID(**_must),
        code=fields.String(**_must),
        stage=one_of(terms.Stage, **_must),
        tie=fields.String(**_must),
        held=fields.Boolean(**_must),
        erased=fields.Boolean(**_must),
        version=fields.Integer(**_must),
    ),
)
FORESEEN = answer(
    "Foreseen",
    confirm=fields.String(**_must),
    becomes=fields.String(**_must),
    instead_of=fields.String(**_must),
    moves=fields.Integer(**_must),
    complete=fields.Boolean(**_must),
    concerned=fields.Integer(**_must),
    items=fields.List(
        fields.Nested(
            answer(
                "ForeseenDeadline",
                id=fields.UUID(**_must),
                code=fields.String(**_must),
                agency=_null(fields.String),
                step=one_of(terms.Step, **_must),
                n=fields.Integer(**_must),
                **{"from": fields.AwareDateTime(**_must), "to": fields.AwareDateTime(**_must)},
            )
        ),
        **_must,
    ),
)
OFFICER = answer(
    "Officer",
    id=fields.UUID(**_must),
    name=fields.String(**_must),
    roles=fields.List(
        fields.Nested(answer("HeldRole", role=one_of(terms.Role, **_must), agency=_null(fields.UUID))),
        **_must,
    ),
    dismissed=fields.Boolean(**_must),
    erased=fields.Boolean(**_must),
)
TOKEN = answer(
    "Token",
    id=fields.UUID(**_must),
    token=fields.String(**_must),
    expires_at=_null(fields.AwareDateTime),
)
LOG = answer(
    "Log",
    items=fields.List(
        fields.Nested(
            answer(
                "LogItem",
                position=fields.Integer(**_must),
                stream=fields.UUID(**_must),
                version=fields.Integer(**_must),
                type=fields.String(**_must),
                state=fields.String(**_must, metadata={"contentEncoding": "base64"}),
            )
        ),
        **_must,
    ),
    last=fields.Integer(**_must),
)
_HASHES: Any = {"cls_or_instance": fields.String(metadata={"contentEncoding": "base64"})}
LEDGER_KEYS = answer(
    "LedgerKeys",
    items=fields.List(
        fields.Nested(
            answer(
                "LedgerKey",
                key=fields.String(**_must),
                **{"from": fields.Integer(**_must), "to": _null(fields.Integer, **_must)},
            )
        ),
        **_must,
    ),
)
INCLUSION = answer(
    "Inclusion",
    position=fields.Integer(**_must),
    size=fields.Integer(**_must),
    path=fields.List(**_HASHES, **_must),
)
CONSISTENCY = answer(
    "Consistency",
    **{"from": fields.Integer(**_must), "to": fields.Integer(**_must)},
    path=fields.List(**_HASHES, **_must),
)
COMPLAINT_PROOF = answer(
    "ComplaintProof",
    complaint=fields.UUID(**_must),
    checkpoint=_null(fields.String, **_must),
    keys=fields.List(fields.String(), **_must),
    facts=fields.List(
        fields.Nested(
            answer(
                "ProvenFact",
                position=fields.Integer(**_must),
                stream=fields.UUID(**_must),
                version=fields.Integer(**_must),
                topic=fields.String(**_must),
                state=fields.String(metadata={"contentEncoding": "base64"}),
                leaf=fields.String(**_must, metadata={"contentEncoding": "base64"}),
                path=fields.List(**_HASHES, **_must, allow_none=True),
            )
        ),
        **_must,
    ),
)
_ACCESS: dict[str, fields.Field[Any]] = {
    "position": fields.Integer(**_must),
    "at": fields.AwareDateTime(**_must),
    "what": fields.String(**_must),
    "by": fields.String(),
    "role": one_of(terms.Role, **_must),
    "agency": _null(fields.UUID),
    "reason_code": one_of(terms.IdentityReason, allow_none=True),
    "recipient": one_of(terms.Recipient, allow_none=True),
    "reference": _null(fields.String),
    "break_glass": fields.Boolean(**_must),
    "fields": fields.List(fields.String(), **_must),
}
ACCESS_REPORT = listed(
    "AccessReport",
    answer(
        "ReportedAccess",
        **copy.deepcopy(_ACCESS),
        reason=fields.String(),
        complaint=fields.Nested(
            answer("AccessedComplaint", id=fields.UUID(**_must), code=fields.String(**_must)), **_must
        ),
    ),
)
_TOLD_ACCESS = answer("ToldAccess", **copy.deepcopy(_ACCESS), agency_name=_null(fields.String))
ACCESSES = answer(
    "Accesses",
    id=fields.UUID(**_must),
    code=fields.String(**_must),
    items=fields.List(fields.Nested(_TOLD_ACCESS), **_must),
)
_KNOWN_TOKEN = answer(
    "KnownToken",
    id=fields.UUID(**_must),
    made_at=fields.AwareDateTime(**_must),
    expires_at=_null(fields.AwareDateTime),
    revoked_at=_null(fields.AwareDateTime),
)
_ROLES = fields.List(
    fields.Nested(answer("KnownRole", role=one_of(terms.Role, **_must), agency=_null(fields.UUID))), **_must
)
BREACH_REPORT = answer(
    "BreachReport",
    **{"from": fields.AwareDateTime(**_must), "to": fields.AwareDateTime(**_must)},
    made_at=fields.AwareDateTime(**_must),
    notify_by=fields.AwareDateTime(**_must),
    accounts=fields.List(
        fields.Nested(
            answer(
                "SuspectedAccount",
                officer=fields.UUID(**_must),
                roles=_ROLES,
                tokens=fields.List(fields.Nested(_KNOWN_TOKEN), **_must),
                could_read=fields.Dict(**_must),
            )
        ),
        **_must,
    ),
    complaints=fields.List(
        fields.Nested(
            answer(
                "BreachedComplaint",
                id=fields.UUID(**_must),
                code=fields.String(**_must),
                data=fields.List(fields.String(), **_must),
                accesses=fields.List(
                    fields.Nested(
                        answer("BreachAccess", **copy.deepcopy(_ACCESS), channel=one_of(terms.Channel))
                    ),
                    **_must,
                ),
            )
        ),
        **_must,
    ),
    accesses=fields.Integer(**_must),
    handling=_null(fields.String),
    recovery=_null(fields.String),
)
COPY = answer(
    "PersonalCopy",
    made_at=fields.AwareDateTime(**_must),
    complaint=fields.Nested(COMPLAINT, **_must),
    history=fields.List(fields.Nested(_HISTORY_ITEM), **_must),
    accesses=fields.List(fields.Nested(_TOLD_ACCESS), **_must),
    retention=fields.Dict(**_must),
    held_beside=fields.List(fields.String(), **_must),
    not_kept=fields.List(fields.String(), **_must),
)
ACCOUNT_COPY = answer(
    "AccountCopy",
    made_at=fields.AwareDateTime(**_must),
    officer=fields.Nested(OFFICER, **_must),
    history=fields.List(fields.Dict(), **_must),
    tokens=fields.List(fields.Nested(_KNOWN_TOKEN), **_must),
    not_kept=fields.List(fields.String(), **_must),
)
PROBLEM = answer(
    "Problem",
    type=fields.String(**_must),
    title=fields.String(**_must),
    status=fields.Integer(**_must),
    detail=fields.String(**_must),
    code=fields.String(**_must),
    errors=fields.Dict(keys=fields.String(), values=fields.List(fields.String())),
    stage=one_of(terms.Stage),
    possible=fields.List(fields.String()),
    version=fields.Integer(),
    head=fields.Integer(),
    calendar=fields.String(),
    kind=fields.String(),
    value=fields.String(),
    id=fields.String(),
)
