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
    """Commands and questions about officers, and their tokens."""

    def __init__(self, application: LaporApplication, access_tokens: AccessTokens) -> None:
        self._application = application
        self._access_tokens = access_tokens

    def caller(self, token: str | None) -> Caller:
        """Return the caller: the officer of a token, with their current roles; without a token, a citizen.

        Raises ``NotSignedInError`` for a token that is unknown, expired or revoked, or was issued to an
        officer who has been dismissed.
        """
        return self.admit(token)[0]

    def admit(
        self, token: str | None, about: RequestTarget | None = None
    ) -> tuple[Caller, StreamRead | None]:
        """Return the caller, and the events of the stream ``about``, whether or not they may see it.

        News about officers and agencies is read together with the token, so a token works from the first
        request after its issue. Raises as ``caller``.
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
            raise NotSignedInError(
                "This token is unknown or was revoked; ask an administrator for a new one."
            )
        if credential.expires_at is not None and credential.expires_at <= application.clock():
            raise NotSignedInError("This token has expired; ask an administrator for a new one.")
        officer = application.reference_data.officers[credential.officer]
        if officer.dismissed:
            raise NotSignedInError(
                "The officer this token was issued to has been dismissed; ask an administrator for access."
            )
        return Caller(str(officer.id), officer.roles), reference_update.stream_read

    def appoint(self, body: Mapping[str, Any], command: CommandRequest) -> Result:
        """Make a person an officer."""
        application, stream = self._application, uuid4()
        actor = actor_for(command.caller, MANAGE_OFFICERS)
        key, wrapped = application.master_key.new_key(stream)
        sealed = seal_body(APPOINTING, body, key, application.reference_data.resolve)
        officer = Officer.appoint(application.context(actor, command), stream=stream, **sealed)
        side_writes = SideWrites(command.request(command.caller.id), [VaultEntry(stream, wrapped)])
        return saved(application, officer, self._view, side_writes)

    def dismiss(self, officer: UUID, command: CommandRequest) -> Result:
        """Dismiss an officer. Raises ``NotFoundError`` and ``LimitReachedError``."""
        context = self._application.context(actor_for(command.caller, MANAGE_OFFICERS), command)
        self._check_known(officer)
        return change(
            self._application, officer, self._view, command, lambda account: account.dismiss(context)
        )

    def erase(self, officer: UUID, body: Mapping[str, Any], command: CommandRequest) -> Result:
        """Erase the name and contact of a dismissed officer; their id stays in the events.

        Raises ``NotFoundError`` and ``LimitReachedError``.
        """
        context = self._application.context(actor_for(command.caller, ERASE_OFFICERS), command)
        self._check_known(officer)
        fields = plain_body(ERASING, body)
        return change(
            self._application,
            officer,
            self._view,
            command,
            lambda account: account.erase(context, **fields),
            erases=True,
        )

    def _check_known(self, officer: UUID) -> None:
        if officer not in self._application.reference_data.officers:
            raise NotFoundError("officer")

    def all(self, caller: Caller) -> list[dict[str, Any]]:
        """Return every officer, for administrators and auditors."""
        actor_for(caller, SEE_OFFICERS)
        return self._views(list(self._application.reference_data.officers.values()))

    def issue_token(self, officer: UUID, caller: Caller, expires_at: datetime | None) -> dict[str, Any]:
        """Issue a token to an officer; it is shown only this once.

        Raises ``NotFoundError``, and ``LimitReachedError`` for a dismissed officer.
        """
        actor_for(caller, MANAGE_OFFICERS)
        self._check_known(officer)
        if self._application.reference_data.officers[officer].dismissed:
            raise LimitReachedError("This officer was dismissed and gets no token; appoint them again first.")
        token, token_id = identifiers.new_token(), uuid4()
        self._access_tokens.add(
            identifiers.token_digest(token), token_id, officer, self._application.clock(), expires_at
        )
        return {"id": token_id, "token": token, "expires_at": expires_at}

    def revoke_token(self, token_id: UUID, caller: Caller) -> None:
        """Revoke a token from now on. Raises ``NotFoundError``."""
        actor_for(caller, MANAGE_OFFICERS)
        if not self._access_tokens.revoke(token_id, self._application.clock()):
            raise NotFoundError("token")

    def _view(self, officer: Officer) -> dict[str, Any]:
        return self._views([officer])[0]

    def _views(self, officers: Sequence[Officer]) -> list[dict[str, Any]]:
        openers = self._application.openers([officer.id for officer in officers])
        return [officer_view(officer, openers(officer.id)) for officer in officers]


def officer_view(officer: Officer, opened: Opener) -> dict[str, Any]:
    """Return an officer as administrators and auditors see them."""
    return {
        "id": officer.id,
        "name": opened("name", officer.name),
        "roles": [asdict(held) for held in officer.roles],
        "dismissed": officer.dismissed,
        "erased": officer.erased,
    }
