"""Officers and their tokens."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from lapor.application import identifiers
from lapor.application.application import CommandRequest, LaporApplication
from lapor.application.commands.reference_streams import change, saved
from lapor.application.result import Result
from lapor.application.sealing import Opener, plain_body, seal_body
from lapor.domain.access import ERASE_OFFICERS, MANAGE_OFFICERS, SEE_OFFICERS, Caller, actor_for
from lapor.domain.command_fields import fields_of
from lapor.domain.errors import LimitReachedError, NotFoundError, NotSignedInError
from lapor.domain.officer import Officer
from lapor.store.access_tokens import AccessTokens
from lapor.store.event_log import RequestTarget, SideWrites, StreamRead, VaultEntry

APPOINTING = fields_of(Officer.appoint)
ERASING = fields_of(Officer.erase)


class Officers:
    """Who acts for the government, and by which tokens they are known."""

    def __init__(self, application: LaporApplication, access_tokens: AccessTokens) -> None:
        self._application = application
        self._access_tokens = access_tokens

    def caller(self, token: str | None) -> Caller:
        """Who asks: anyone, or the officer of a token, with the roles that he has now.

        Raises ``NotSignedInError`` for a token that is unknown, expired or revoked, or whose officer was
        dismissed.
        """
        return self.admit(token)[0]

    def admit(
        self, token: str | None, about: RequestTarget | None = None
    ) -> tuple[Caller, StreamRead | None]:
        """Who asks, and the situation of what an officer asks about, whether or not he may see it.

        Reads what is new about officers and agencies with the token, so one works from the request after
        its issue. Raises as ``caller``.
        """
        if token is None:
            return Caller(), None
        application = self._application
        reference_update = application.log.reference_update(
            application.reference_data.last, identifiers.token_digest(token), about
        )
        application.reference_data.catch_up(reference_update)
        credential = reference_update.credential
        if credential is None or credential.revoked_at is not None:
            raise NotSignedInError("This token is not known, or was revoked; ask an administrator for one.")
        if credential.expires_at is not None and credential.expires_at <= application.clock():
            raise NotSignedInError("This token has expired; ask an administrator for a new one.")
        officer = application.reference_data.officers[credential.officer]
        if officer.dismissed:
            raise NotSignedInError("Whose token this was acts as an officer no longer.")
        return Caller(str(officer.id), officer.roles), reference_update.stream_read

    def appoint(self, body: Mapping[str, Any], command: CommandRequest) -> Result:
        """Make somebody an officer."""
        application, stream = self._application, uuid4()
        actor = actor_for(command.caller, MANAGE_OFFICERS)
        key, wrapped = application.master_key.new_key(stream)
        sealed = seal_body(APPOINTING, body, key, application.reference_data.resolve)
        officer = Officer.appoint(application.context(actor, command), stream=stream, **sealed)
        side_writes = SideWrites(command.request(command.caller.id), [VaultEntry(stream, wrapped)])
        return saved(application, officer, self._view, side_writes)

    def dismiss(self, officer: UUID, command: CommandRequest) -> Result:
        """Let an officer act no longer. Raises ``NotFoundError`` and ``LimitReachedError``."""
        context = self._application.context(actor_for(command.caller, MANAGE_OFFICERS), command)
        self._check_known(officer)
        return change(self._application, officer, self._view, command, lambda it: it.dismiss(context))

    def erase(self, officer: UUID, body: Mapping[str, Any], command: CommandRequest) -> Result:
        """Erase the name and contact of one who was dismissed; his id stays in the events.

        Raises ``NotFoundError`` and ``LimitReachedError``.
        """
        context = self._application.context(actor_for(command.caller, ERASE_OFFICERS), command)
        self._check_known(officer)
        said = plain_body(ERASING, body)
        return change(
            self._application, officer, self._view, command, lambda it: it.erase(context, **said), erases=True
        )

    def _check_known(self, officer: UUID) -> None:
        if officer not in self._application.reference_data.officers:
            raise NotFoundError("officer")

    def all(self, caller: Caller) -> list[dict[str, Any]]:
        actor_for(caller, SEE_OFFICERS)
        return self._views(list(self._application.reference_data.officers.values()))

    def issue_token(self, officer: UUID, caller: Caller, expires_at: datetime | None) -> dict[str, Any]:
        """A new token for an officer, shown this once. Raises ``NotFoundError``."""
        actor_for(caller, MANAGE_OFFICERS)
        self._check_known(officer)
        if self._application.reference_data.officers[officer].dismissed:
            raise LimitReachedError("This officer was dismissed; nobody acts in his name.")
        token, token_id = identifiers.new_token(), uuid4()
        self._access_tokens.add(
            identifiers.token_digest(token), token_id, officer, self._application.clock(), expires_at
        )
        return {"id": token_id, "token": token, "expires_at": expires_at}

    def revoke_token(self, token_id: UUID, caller: Caller) -> None:
        """Make a token worthless from now on. Raises ``NotFoundError``."""
        actor_for(caller, MANAGE_OFFICERS)
        if not self._access_tokens.revoke(token_id, self._application.clock()):
            raise NotFoundError("token")

    def _view(self, officer: Officer) -> dict[str, Any]:
        return self._views([officer])[0]

    def _views(self, officers: Sequence[Officer]) -> list[dict[str, Any]]:
        openers = self._application.openers([officer.id for officer in officers])
        return [officer_view(officer, openers(officer.id)) for officer in officers]


def officer_view(officer: Officer, opened: Opener) -> dict[str, Any]:
    """An officer as the API tells it."""
    return {
        "id": officer.id,
        "name": opened("name", officer.name),
        "roles": [asdict(held) for held in officer.roles],
        "dismissed": officer.dismissed,
        "erased": officer.erased,
    }
