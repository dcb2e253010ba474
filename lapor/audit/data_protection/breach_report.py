"""The breach report (laporan kegagalan pelindungan data): whose data, when and how; UU 27/2022 Ps 46.

The persons concerned and the authority must get it within 3 × 24 hours. It says which data were disclosed,
when and how, and what is done about it; people write the last part. It contains no personal data itself.
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
from projections.access_log import ACCESS_LOG, AccessFilter, AccessRow, page
from projections.engine.read_your_writes import wait_for

NOTICE = timedelta(hours=72)
MAX_ACCESSES = 5_000  # in one report, because people read it
_PAGE = 500
_DISCLOSES = frozenset({"identity_viewed", "personal_data_exported"})
CONTENT = "content"
"""The rest of a copy, besides the reporter's own fields: texts, place, answers."""


@dataclass(frozen=True)
class Suspicion:
    """The period of a suspected breach, and the suspected accounts; without any, all accounts."""

    since: datetime
    until: datetime
    officers: Sequence[UUID] = ()
    tokens: Sequence[UUID] = ()


class BreachReports:
    """Reports on the disclosure of personal data."""

    def __init__(
        self, application: LaporApplication, database: Database, access_tokens: AccessTokens
    ) -> None:
        self._application = application
        self._database = database
        self._access_tokens = access_tokens

    def report(self, caller: Caller, about: Suspicion, *, position: int | None = None) -> Result:
        """Return whose data were shown or given out, by complaint, when and by which account.

        A token stands for its officer, because events name people, not tokens. Raises ``NotSignedInError``,
        ``NotAllowedError``, ``BeyondHeadError``, and ``InvalidFieldError`` for an impossible period, or an
        unknown officer or token.
        """
        actor_for(caller, REPORT_BREACH)
        if about.since >= about.until:
            raise InvalidFieldError("to", "The end must come after the beginning.")
        suspected = self._suspected(about)
        reached = wait_for(self._database, position or 0, (ACCESS_LOG,))
        rows = self._disclosures(about, suspected)
        concerned = suspected or self._officers_in(rows)
        now = self._application.clock()
        body = {
            "from": about.since,
            "to": about.until,
            "made_at": now,
            "notify_by": now + NOTICE,
            "accounts": [self._account(officer) for officer in concerned],
            "complaints": _by_complaint(rows),
            "accesses": len(rows),
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

    def _disclosures(self, about: Suspicion, officers: Sequence[UUID]) -> list[AccessRow]:
        wanted = AccessFilter(
            about.since, about.until, [str(officer) for officer in officers] if officers else None
        )
        disclosures: list[AccessRow] = []
        after: int | None = None
        while rows := page(self._database, wanted, after=after, limit=_PAGE):
            disclosures += [row for row in rows if row.access.what in _DISCLOSES]
            after = rows[-1].access.position
            if len(disclosures) > MAX_ACCESSES:
                raise InvalidFieldError(
                    "to", f"There are more than {MAX_ACCESSES} accesses; request a shorter period."
                )
        return disclosures

    def _officers_in(self, rows: Iterable[AccessRow]) -> list[UUID]:
        """Return the officers among the actors; an operator of the command line has no account."""
        officers = {str(officer): officer for officer in self._application.reference_data.officers}
        actors = dict.fromkeys(row.access.by for row in rows)
        return [officers[actor] for actor in actors if actor in officers]

    def _account(self, officer: UUID) -> dict[str, Any]:
        """Return an account, and the complaints it could read without a record of the access."""
        roles = self._application.reference_data.officers[officer].roles
        readable = reach(Caller(str(officer), roles), VIEW.grants)
        return {
            "officer": officer,
            "roles": [{"role": assigned.role, "agency": assigned.agency} for assigned in roles],
            "tokens": [token._asdict() for token in self._access_tokens.of_officer(officer)],
            "could_read": {
                "everything": readable.everything,
                "agencies": readable.agencies,
                "oversight": readable.oversight,
            },
        }


def _by_complaint(rows: Iterable[AccessRow]) -> list[dict[str, Any]]:
    complaints: dict[UUID, dict[str, Any]] = {}
    for access, code in ((row.access, row.code) for row in rows):
        empty: dict[str, Any] = {"id": access.stream, "code": code, "data": [], "accesses": []}
        item = complaints.setdefault(access.stream, empty)
        item["accesses"].append(access_view(access) | {"channel": access.channel})
        disclosed = [*access.fields, *([CONTENT] if access.recipient else [])]
        item["data"] = sorted({*item["data"], *disclosed})
    return list(complaints.values())
