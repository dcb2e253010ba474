"""What the documentation says in tables, written down once more by hand: never read from the code.

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
note             *
verify           filed
reclassify       verified routed in_progress
route            filed verified routed disputed in_progress
archive          filed verified
transfer         filed verified disputed
accept-response  responded
reject-response  responded
rate             closed
close            responded
reopen           closed archived withdrawn
withdraw         filed awaiting_reporter verified routed disputed in_progress responded
ask-reporter     filed verified in_progress
complete         awaiting_reporter
"""
_RIGHTS = """
accept           liaison:agency head:agency inspector:oversight
decline          liaison:agency head:agency
follow-up        liaison:agency head:agency inspector:oversight coordinator:all
respond          liaison:agency head:agency inspector:oversight
note             liaison:agency head:agency inspector:oversight coordinator:all arbiter:all national:all
verify           coordinator:all national:all inspector:oversight
reclassify       coordinator:all national:all inspector:oversight
route            coordinator:all national:all inspector:oversight
archive          coordinator:ordinary national:ordinary inspector:oversight
transfer         coordinator:all national:all inspector:oversight
accept-response  reporter:own
reject-response  reporter:own
rate             reporter:own
close            coordinator:all inspector:oversight
reopen           reporter:own coordinator:all national:all
withdraw         reporter:own
ask-reporter     liaison:agency head:agency inspector:oversight coordinator:all national:all
complete         reporter:own
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
WITHOUT_VERSION = {"note", "rate"}

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
