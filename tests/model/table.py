"""The tables of the documentation, written down once more by hand: never read from the code.

Sources: ``docs/reference.md`` (verbs, rights, deadlines), PermenPANRB 62/2018 as practised.
"""

ENDED = {"closed", "archived", "transferred", "withdrawn", "merged"}
STAGES = {"filed", "awaiting_reporter", "verified", "routed", "disputed", "in_progress", "responded"} | ENDED
PRIVACIES = ["open", "anonymous", "confidential"]  # from loose to tight
KINDS = ["information_request", "aspiration", "complaint", "oversight"]

_VERBS = """
accept           routed
decline          routed
follow-up        routed in_progress
respond          routed in_progress
draft-response   routed in_progress
approve-response in_progress
return-response  in_progress
note             *
identity         *
request-identity *
grant-identity   *
set-privacy      *
redact           verified routed disputed in_progress responded closed archived merged transferred
publish          verified routed disputed in_progress responded closed archived merged transferred
unpublish        *
excuse           *
verify           filed
reclassify       verified routed in_progress
route            filed verified routed disputed in_progress
involve          routed in_progress
archive          filed verified
transfer         filed verified disputed
accept-response  responded
reject-response  responded
rate             closed
close            responded
reopen           closed archived withdrawn
object           responded closed archived
decide-objection responded closed archived
extend           routed in_progress
commit           routed in_progress responded
keep-commitment  routed in_progress responded closed
merge            filed verified
split            filed verified in_progress
escalate         filed awaiting_reporter verified routed disputed in_progress responded
refer-to-ombudsman routed disputed in_progress responded closed archived
link-sp4n        *
withdraw         filed awaiting_reporter verified routed disputed in_progress responded
ask-reporter     filed verified in_progress
complete         awaiting_reporter
request-erasure  *
erase            *
place-legal-hold *
lift-legal-hold  *
"""
_RIGHTS = """
accept           liaison:lead head:lead inspector:oversight
decline          liaison:lead head:lead
follow-up        liaison:agency head:agency inspector:oversight coordinator:all
respond          liaison:lead head:lead inspector:oversight
draft-response   liaison:lead head:lead inspector:oversight
approve-response head:lead inspector:oversight
return-response  head:lead inspector:oversight
set-privacy      reporter:own liaison:agency head:agency inspector:oversight coordinator:all national:all \
dpo:all
redact           coordinator:ordinary national:ordinary
publish          coordinator:ordinary national:ordinary
unpublish        coordinator:ordinary national:ordinary dpo:all
involve          coordinator:all national:all inspector:oversight
object           reporter:own
decide-objection arbiter:all national:all inspector:oversight
extend           coordinator:all arbiter:all inspector:oversight
commit           head:agency inspector:oversight
keep-commitment  head:agency liaison:agency inspector:oversight
merge            coordinator:ordinary national:ordinary
split            coordinator:ordinary national:ordinary
escalate         coordinator:all national:all arbiter:all inspector:oversight
refer-to-ombudsman reporter:own coordinator:all national:all
link-sp4n        coordinator:all national:all
note             liaison:agency head:agency inspector:oversight coordinator:all arbiter:all national:all
identity         liaison:agency head:agency inspector:oversight coordinator:all national:all dpo:all \
auditor:all
request-identity coordinator:all dpo:all
grant-identity   arbiter:all dpo:all
excuse           coordinator:all arbiter:all inspector:oversight
verify           coordinator:all national:all inspector:oversight
reclassify       coordinator:all national:all inspector:oversight
route            coordinator:all national:all inspector:oversight arbiter:all
archive          coordinator:ordinary national:ordinary inspector:oversight
transfer         coordinator:all national:all inspector:oversight
accept-response  reporter:own
reject-response  reporter:own
rate             reporter:own
close            coordinator:all inspector:oversight
reopen           reporter:own coordinator:all national:all
withdraw         reporter:own
ask-reporter     liaison:lead head:lead inspector:oversight coordinator:all national:all
complete         reporter:own
request-erasure  reporter:own
erase            dpo:all
place-legal-hold dpo:all
lift-legal-hold  dpo:all
VIEW             reporter:own liaison:agency head:agency inspector:oversight coordinator:all arbiter:all \
national:all dpo:all auditor:all
IDENTITY         reporter:own liaison:agency head:agency inspector:oversight coordinator:all
CONFIDENTIAL     reporter:own liaison:agency head:agency inspector:oversight coordinator:all
"""


def _rows(text: str) -> dict[str, list[str]]:
    lines = [line.split() for line in text.strip().splitlines()]
    return {first: rest for first, *rest in lines}


VERBS = {verb: STAGES if at == ["*"] else set(at) for verb, at in _rows(_VERBS).items()}
RIGHTS = {act: dict(right.split(":") for right in rights) for act, rights in _rows(_RIGHTS).items()}
FEWER = {("route", "arbiter"): {"routed", "disputed", "in_progress"}}
"""Where a role may do it at fewer stages than others."""
NO_HAND_IN_IT = {"note", "identity", "request-identity", "grant-identity"}
NO_HAND_IN_IT |= {"erase", "place-legal-hold", "lift-legal-hold"}
"""Verbs that do not count as handling a complaint."""
WITHOUT_VERSION = {"note", "identity", "request-identity", "grant-identity", "rate", "request-erasure"}

WORKING_DAYS, DATES = "working days", "dates"


def limit(step: str, kind: str | None) -> tuple[int, str] | None:
    """How long a step may take for this kind; None where nothing is promised."""
    every_kind = {
        "verify": (3, WORKING_DAYS),
        "accept": (1, WORKING_DAYS),
        "follow_up": (5, WORKING_DAYS),
        "reporter_reply": (10, WORKING_DAYS),
        "reporter_completion": (30, DATES),
    }
    if step in every_kind:
        return every_kind[step]
    if step == "legal_limit":
        return (60, DATES) if kind in {"complaint", "oversight"} else None
    days = {"information_request": 5, "aspiration": 14, "complaint": 14, "oversight": 60}
    return (days[kind], WORKING_DAYS) if kind else None
