"""The real application on a log in memory, at a clock of ours, with the model's three agencies."""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from lapor.application.application import CommandRequest
from lapor.application.commands.agencies import Agencies
from lapor.application.commands.complaints import ComplaintCommands
from lapor.application.commands.officers import Officers
from lapor.application.queries.complaint import ComplaintQueries
from lapor.application.queries.lookup import ComplaintLookup
from lapor.application.result import Result
from lapor.bootstrap import make_application
from lapor.cli.shared.common import OPERATOR
from lapor.domain.access import Caller, RoleAssignment
from lapor.domain.aggregate import Event
from lapor.domain.complaint import WORKFLOW
from lapor.domain.deadlines.working_time import Hours
from lapor.domain.errors import Refusal
from lapor.domain.vocabulary import ArchiveReason, ErasureBasis, IdentityReason, Kind, Outcome, Privacy, Role
from lapor.domain.vocabulary import Step as Deadline
from lapor.settings import Settings
from lapor.store.access_tokens import AccessTokens
from lapor.store.database import Database
from lapor.store.memory_event_log import MemoryEventLog
from projections.engine.as_of import AsOf

from .script import ScriptStep, Who
from .working_days import AGENCIES, INSPECTORATES, TWO_PERSONS

ELSEWHERE = datetime(2020, 1, 2, tzinfo=UTC)  # when the agencies were registered


def _reason(code: str) -> ArchiveReason | IdentityReason:
    return IdentityReason(code) if code in set(IdentityReason) else ArchiveReason(code)


_CODES = {"kind": Kind, "privacy": Privacy, "outcome": Outcome, "reason_code": _reason}
_CODES |= {"step": Deadline, "basis": ErasureBasis}


def _typed(body: dict[str, Any]) -> dict[str, Any]:
    """A body as the API's schemas hand it on."""
    return {name: _CODES[name](value) if name in _CODES else value for name, value in body.items()}


def _part(part: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in _typed(part).items() if name != "number"}


@dataclass(frozen=True)
class FiledComplaint:
    id: UUID
    receipt: str


class World:
    """Plays steps as the API would: refusals come out as their codes."""

    def __init__(self, folder: Path, *, inspected: bool) -> None:
        """``inspected``: whether there is an inspectorate."""
        self.now = ELSEWHERE
        self.application = make_application(Settings(data=folder), MemoryEventLog())
        self.application.clock = lambda: self.now
        lookup = ComplaintLookup(self.application)
        self.complaints = ComplaintCommands(self.application, lookup)
        self.showing = ComplaintQueries(self.application, lookup)
        self.filed: dict[int, FiledComplaint] = {}
        self.agencies: dict[str | None, UUID | None] = {None: None}
        self.keyed: dict[int, tuple[ScriptStep, CommandRequest, Result]] = {}
        for code, office in AGENCIES.items():
            made = Agencies(self.application).register(
                {"code": code, "name": code, "two_persons": code in TWO_PERSONS},
                CommandRequest(OPERATOR),
                Hours(office.zone, office.week),
            )
            self.agencies[code] = made.body["id"]
        for code in INSPECTORATES if inspected else ():
            body = {"name": "Inspektur", "role": Role.INSPECTOR, "agency": code}
            Officers(self.application, AccessTokens(Database("", connections=0))).appoint(
                body, CommandRequest(OPERATOR)
            )  # no tokens here

    def caller(self, who: Who) -> Caller:
        return Caller(
            who.id, tuple(RoleAssignment(Role(role), self.agencies[agency]) for role, agency in who.roles)
        )

    def command(self, who: Who, complaint: int, **more: Any) -> CommandRequest:
        right = self.filed[complaint].receipt if complaint in self.filed else "LR-none"
        receipts = {None: None, "right": right, "wrong": "LR-wrong"}
        return CommandRequest(self.caller(who), receipt=receipts[who.receipt], **more)

    def do(self, step: ScriptStep) -> Result | str:
        """The answer, or the refusal's code."""
        try:
            return self._again(step) if step.verb == "again" else self._do(step)
        except Refusal as refusal:
            return refusal.code

    def _do(self, step: ScriptStep) -> Result:
        more: dict[str, Any] = {"any_version": step.seen == "*"}
        if step.key is not None:
            more |= {"key": uuid4(), "digest": b"as it was"}
        if step.seen in {"right", "stale"}:
            known = step.seen == "right" and step.complaint in self.filed
            more["seen"] = self.events(step.complaint)[-1].originator_version if known else 10_000
        command = self.command(step.who, step.complaint, **more)
        answer = self.send(step, command)
        if step.verb == "file":
            self.filed[step.complaint] = FiledComplaint(answer.body["id"], answer.body["receipt"])
        if step.verb == "split":
            parts, receipt = step.body["parts"], self.filed[step.complaint].receipt
            made = answer.body["split_into"][-len(parts) :]
            self.filed |= {
                part["number"]: FiledComplaint(child, receipt)
                for part, child in zip(parts, made, strict=True)
            }
        if step.key is not None:
            self.keyed[step.key] = step, command, answer
        return answer

    def send(self, step: ScriptStep, command: CommandRequest) -> Result:
        if step.verb == "file":
            return self.complaints.file(_typed(step.body), command)
        named = self.filed[step.complaint].id if step.complaint in self.filed else uuid4()
        body = _typed(step.body)
        if "into" in body:
            into = self.filed.get(body["into"])
            body["into"] = str(into.id if into else uuid4())
        if "parts" in body:
            body["parts"] = [_part(part) for part in body["parts"]]
        return self.complaints.act(WORKFLOW[step.verb], named, body, command)

    def _again(self, step: ScriptStep) -> Result:
        """Send a request once more that was done; ``changed`` with another body."""
        first, command, answer = self.keyed[step.key or 0]
        digest = b"otherwise" if step.changed else command.digest
        repeated = self.send(
            first,
            CommandRequest(
                command.caller, command.seen, command.any_version, command.key, digest, command.receipt
            ),
        )
        assert repeated == answer, "a repeated request is answered as it was"
        return repeated

    def view(self, who: Who, complaint: int) -> dict[str, Any] | str:
        try:
            named = str(self.filed[complaint].id)
            return dict(self.showing.view(named, self.command(who, complaint), AsOf()).body)
        except Refusal as refusal:
            return refusal.code

    def history(self, who: Who, complaint: int) -> list[dict[str, Any]]:
        named, command = str(self.filed[complaint].id), self.command(who, complaint)
        items, more = self.showing.history(named, command, AsOf(), after=0, limit=1_000)
        assert not more
        return items

    def events(self, complaint: int) -> list[Event]:
        return [row.event() for row in self.application.log.read_stream(self.filed[complaint].id).rows]
