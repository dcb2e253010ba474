"""The breach report (laporan kegagalan pelindungan data): whose data, when and how; UU 27/2022 Ps 46.

It is due to the persons and the authority within 3 × 24 hours, and says which data, when and how they came
to be known, and what is done about it. The last is for people to write. It holds nobody's data itself.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from lapor.application.application import LaporApplication
from lapor.application.result import Result
from lapor.audit.data_protection.access_report import access_view
from lapor.domain.access import REPORT_BREACH, VIEW, Caller, actor_for, reach
from lapor.domain.errors import InvalidFieldError
from lapor.store.access_tokens import AccessTokens
from lapor.store.database import Database
from projections.access_log import ACCESSES, AccessFilter, AccessRow, page
from projections.engine.read_your_writes import wait_for

NOTICE = timedelta(hours=72)
MOST = 5_000  # accesses in one report: it is read by people
_PAGE = 500
_DISCLOSES = frozenset({"identity_viewed", "personal_data_exported"})
CONTENT = "content"
"""What a copy holds beside the reporter's own fields: texts, place, answers."""


@dataclass(frozen=True)
class Suspicion:
    """What is asked about: a time, and the accounts that are suspected; none: all of them."""

    since: datetime
    until: datetime
    officers: Sequence[UUID] = ()
    tokens: Sequence[UUID] = ()


class BreachReports:
    """Reports on what came to be known to whom."""

    def __init__(
        self, application: LaporApplication, database: Database, access_tokens: AccessTokens
    ) -> None:
        self._application = application
        self._database = database
        self._access_tokens = access_tokens

    def report(self, caller: Caller, about: Suspicion, *, position: int | None = None) -> Result:
        """Whose data were shown or given out, by complaint, when and by which account.

        A token counts for its officer: events name people, not tokens. Raises ``NotSignedInError``,
        ``NotAllowedError``, ``InvalidFieldError`` for a period, an officer or a token that cannot be, and
        ``BeyondHeadError``.
        """
        actor_for(caller, REPORT_BREACH)
        if about.since >= about.until:
            raise InvalidFieldError("to", "The end must come after the beginning.")
        suspected = self._suspected(about)
        reached = wait_for(self._database, position or 0, (ACCESSES,))
        found = self._found(about, suspected)
        concerned = suspected or self._officers_in(found)
        now = self._application.clock()
        body = {
            "from": about.since,
            "to": about.until,
            "made_at": now,
            "notify_by": now + NOTICE,
            "accounts": [self._account(officer) for officer in concerned],
            "complaints": _by_complaint(found),
            "accesses": len(found),
            "handling": None,
            "recovery": None,
        }
        return Result(body, 0, reached)

    def _suspected(self, about: Suspicion) -> list[UUID]:
        for officer in about.officers:
            if officer not in self._application.reference_data.officers:
                raise InvalidFieldError("officer", f"There is no officer '{officer}'.")
        owners = self._access_tokens.owners(about.tokens) if about.tokens else {}
        for token in about.tokens:
            if token not in owners:
                raise InvalidFieldError("token", f"There is no token '{token}'; name it by its id.")
        return list(dict.fromkeys([*about.officers, *owners.values()]))

    def _found(self, about: Suspicion, officers: Sequence[UUID]) -> list[AccessRow]:
        wanted = AccessFilter(
            about.since, about.until, [str(each) for each in officers] if officers else None
        )
        found: list[AccessRow] = []
        after: int | None = None
        while some := page(self._database, wanted, after=after, limit=_PAGE):
            found += [each for each in some if each.access.what in _DISCLOSES]
            after = some[-1].access.position
            if len(found) > MOST:
                raise InvalidFieldError("to", f"That is more than {MOST} accesses; ask for a shorter time.")
        return found

    def _officers_in(self, found: Iterable[AccessRow]) -> list[UUID]:
        """The officers among those who did it; an operator beside the database has no account."""
        known = {str(officer): officer for officer in self._application.reference_data.officers}
        by = dict.fromkeys(each.access.by for each in found)
        return [known[each] for each in by if each in known]

    def _account(self, officer: UUID) -> dict[str, Any]:
        """An account, and how far it reaches: what it may have read without that being recorded."""
        roles = self._application.reference_data.officers[officer].roles
        far = reach(Caller(str(officer), roles), VIEW.grants)
        return {
            "officer": officer,
            "roles": [{"role": held.role, "agency": held.agency} for held in roles],
            "tokens": [token._asdict() for token in self._access_tokens.of_officer(officer)],
            "could_read": {
                "everything": far.everything,
                "agencies": far.agencies,
                "oversight": far.oversight,
            },
        }


def _by_complaint(found: Iterable[AccessRow]) -> list[dict[str, Any]]:
    complaints: dict[UUID, dict[str, Any]] = {}
    for access, code in ((each.access, each.code) for each in found):
        empty: dict[str, Any] = {"id": access.stream, "code": code, "data": [], "accesses": []}
        of = complaints.setdefault(access.stream, empty)
        of["accesses"].append(access_view(access) | {"channel": access.channel})
        seen = [*access.fields, *([CONTENT] if access.recipient else [])]
        of["data"] = sorted({*of["data"], *seen})
    return list(complaints.values())
