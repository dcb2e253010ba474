"""Agencies that a file names: new ones are registered under the file's code."""

from lapor.application.application import CommandRequest, LaporApplication
from lapor.application.commands.agencies import REGISTERING, Agencies
from lapor.domain.access import Caller, RoleAssignment
from lapor.domain.deadlines.working_time import Hours
from lapor.domain.errors import TakenError
from lapor.domain.vocabulary import Channel, Role
from lapor.importing.complaint_history import IMPORTER, check_row
from lapor.importing.records import BadRowError, Format

_CALLER = Caller(IMPORTER, (RoleAssignment(Role.ADMINISTRATOR),), channel=Channel.IMPORT)


class ImportedAgencies:
    """Registers agencies before complaints are routed to them."""

    def __init__(self, application: LaporApplication, form: Format) -> None:
        self._application = application
        self._names = form.agencies
        self._hours = Hours(form.zone, application.reference_data.office_hours.week)
        self.registered: list[str] = []

    def ensure(self, code: str | None) -> None:
        """Register an agency with this code, open in the file's zone, unless there is one.

        Raises ``BadRowError``.
        """
        reference_data = self._application.reference_data
        if code is None or reference_data.agency(code):
            return
        body = {"code": code, "name": self._names.get(code, code)}
        try:
            check_row(REGISTERING, body)
        except BadRowError as error:
            raise BadRowError(f"the agency's {error}") from None
        try:
            Agencies(self._application).register(body, CommandRequest(_CALLER), self._hours)
        except TakenError:  # by another process, a moment ago
            self._application.catch_up()
        else:
            self.registered.append(code)
