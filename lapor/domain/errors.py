"""Refusals: sentences with a code. The HTTP status of each code is decided elsewhere."""

from collections.abc import Iterable
from datetime import date
from typing import ClassVar


class Refusal(Exception):  # noqa: N818 - a refusal is an answer, not a fault
    """The request cannot be carried out; unless the sentence says otherwise, nothing was stored."""

    code: ClassVar[str]

    def __init__(self, sentence: str, **details: object) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.details = details


class NotSignedInError(Refusal):
    """There is no token, or it is unknown, expired or revoked."""

    code = "not_signed_in"


class NotAllowedError(Refusal):
    """The caller is known and may see the thing, but none of their roles allows this act."""

    code = "not_allowed"


class NotFoundError(Refusal):
    """There is no such thing, or the caller may not know of it: the answer is the same for both."""

    code = "not_found"

    def __init__(self, what: str = "complaint") -> None:
        super().__init__(f"There is no such {what}, or you may not see it.")


class GoneError(Refusal):
    """The complaint's personal data were erased: nothing more can be added to it."""

    code = "erased"

    def __init__(self) -> None:
        super().__init__(
            "The personal data of this complaint were erased: it has ended for good, and nothing more can be "
            "added to it. Its other data and its history can still be read. File a new complaint instead.",
            possible=[],
        )


class HeldError(Refusal):
    """A court or an inquiry needs the personal data: nobody may erase them."""

    code = "legal_hold"

    def __init__(self) -> None:
        super().__init__(
            "A legal hold protects the personal data of this complaint from erasure. A data protection "
            "officer lifts it with lift-legal-hold once the matter is over; then the data can be erased."
        )


class InvalidFieldError(Refusal):
    """A value has the right form, but names nothing that exists, or breaks a rule."""

    code = "invalid_field"

    def __init__(self, field: str, sentence: str) -> None:
        super().__init__(sentence, errors={field: [sentence]})


class StageForbidsError(Refusal):
    """The workflow does not allow this verb at the stage the complaint has reached."""

    code = "stage_forbids"

    def __init__(self, verb: str, stage: str, possible: Iterable[str]) -> None:
        possible = sorted(possible)
        can = ", ".join(possible) if possible else "nothing"
        super().__init__(
            f"A complaint at stage '{stage}' cannot {verb}; possible now: {can}.",
            stage=stage,
            possible=possible,
        )


class LimitReachedError(Refusal):
    """A rule allows this only so many times, or for so long; the sentence says what is still possible."""

    code = "limit_reached"


class ApprovalRequiredError(Refusal):
    """The agency gives no answer before a second person has approved it."""

    code = "approval_required"

    def __init__(self) -> None:
        super().__init__(
            "This agency's answers need two persons: write one with draft-response; "
            "another person then gives it with approve-response."
        )


class VersionRequiredError(Refusal):
    """A command must say which version of the complaint the caller has seen."""

    code = "version_required"

    def __init__(self) -> None:
        super().__init__("Say which version you have seen: send its ETag as If-Match (or If-Match: *).")


class StaleVersionError(Refusal):
    """The complaint has changed since the caller read it."""

    code = "stale_version"

    def __init__(self, seen: int, version: int) -> None:
        super().__init__(
            f"The complaint is at version {version}, you have seen {seen}: read it again, then decide.",
            version=version,
        )


class NotConfirmedError(Refusal):
    """The confirmation does not belong to this change, or the rules have changed since it was issued."""

    code = "not_confirmed"

    def __init__(self) -> None:
        super().__init__(
            "This `confirm` belongs to another change, or the rules have changed since. "
            "Send the request without it, check which deadlines would move, and confirm with the new value."
        )


class ConflictError(Refusal):
    """Another caller's command on the same thing was stored first; this one was not."""

    code = "conflict"

    def __init__(self) -> None:
        super().__init__(
            "Somebody else changed this a moment ago, and yours was not stored. Read it again, then decide."
        )


class TakenError(Refusal):
    """A name that must be unique is in use."""

    code = "taken"

    def __init__(self, kind: str, value: str) -> None:
        super().__init__(f"The {kind} '{value}' is already in use; choose another.", kind=kind, value=value)


class KeyReusedError(Refusal):
    """An Idempotency-Key came back with another request than its first."""

    code = "idempotency_key_reused"

    def __init__(self) -> None:
        super().__init__(
            "This Idempotency-Key was used for another request; send a new request with a new key."
        )


class BusyError(Refusal):
    """The log could not be locked in time: nothing was stored, and it is safe to try again."""

    code = "busy"

    def __init__(self) -> None:
        super().__init__("The service is busy; nothing was stored. Try again in a moment.")


class UnreachableError(Refusal):
    """The database did not answer: it is not known whether anything was stored."""

    code = "outcome_unknown"

    def __init__(self) -> None:
        super().__init__(
            "The database does not answer, so it is not known whether this was stored. "
            "Try again with the same Idempotency-Key: then it is done once, and only once."
        )


class BeyondHeadError(Refusal):
    """The request names a position that the log has not reached."""

    code = "beyond_head"

    def __init__(self, position: int, head: int) -> None:
        super().__init__(f"The log ends at position {head}; {position} does not exist yet.", head=head)


class NotSealedError(Refusal):
    """The request asks for a proof that the ledger cannot give yet."""

    code = "not_sealed"

    def __init__(self, asked: int, sealed: int) -> None:
        super().__init__(
            f"The ledger is sealed up to position {sealed}, not {asked}; newer events follow within seconds.",
            head=sealed,
        )


class BeyondCalendarError(Refusal):
    """A count leaves the dates that a calendar covers. It is refused, never guessed."""

    code = "beyond_calendar"

    def __init__(self, calendar: str, first: date, last: date, *, before: bool = False) -> None:
        self.calendar_id, self.first, self.last = calendar, first, last
        remedy = "use one that begins earlier" if before else "confirm the next year's calendar first"
        super().__init__(
            f"Calendar {calendar} covers {first} to {last} and this count leaves it: {remedy}.",
            calendar=calendar,
        )
