"""Policies of deadlines: adopt one, apply one to open promises, list them."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any
from uuid import UUID, uuid4

from lapor.application.application import CommandRequest, LaporApplication
from lapor.application.commands.deadline_moves import DeadlineMoves, preview
from lapor.application.commands.reference_streams import change, folded, saved_first
from lapor.application.queries.reference_history import history
from lapor.application.result import Result
from lapor.application.sealing import plain_body
from lapor.domain.access import MANAGE_POLICIES, SEE_RULES, Caller, actor_for
from lapor.domain.command_fields import fields_of
from lapor.domain.deadlines.policy import Policy
from lapor.domain.errors import NotFoundError
from lapor.domain.sla_policy import SlaPolicy
from lapor.domain.versions import name_of

ADOPTING = fields_of(SlaPolicy.adopt)
APPLYING = fields_of(SlaPolicy.apply_to_open)


class SlaPolicies:
    """Commands and questions about policies of deadlines. The versions of a name are one stream."""

    def __init__(self, application: LaporApplication, moving: DeadlineMoves) -> None:
        self._application = application
        self._moving = moving

    def all(self, caller: Caller) -> list[dict[str, Any]]:
        """Return every policy, by the day from which it is in force."""
        actor_for(caller, SEE_RULES)
        rules = self._application.reference_data.rules
        now = rules.policy_at(self._application.clock())
        return [{**policy_view(each), "in_force": each is now} for each in rules.in_order()]

    def history(self, named: str, caller: Caller, *, after: int, limit: int) -> tuple[list[Any], bool]:
        """Return the events of a name's policies; a shipped one has none. Raises ``NotFoundError``."""
        actor_for(caller, SEE_RULES)
        stream = self._stream(named)
        shipped = (name_of(each.id) for each in self._application.reference_data.rules.in_order())
        if stream is None and named not in shipped:
            raise NotFoundError("policy")
        return history(self._application, stream, after=after, limit=limit)

    def adopt(self, body: Mapping[str, Any], command: CommandRequest) -> Result:
        """Adopt limits that apply from a day on, to promises made from then.

        Raises ``InvalidFieldError`` and what an append raises.
        """
        context = self._application.context(actor_for(command.caller, MANAGE_POLICIES), command)
        fields = plain_body(ADOPTING, body)
        fields["today"] = self._application.reference_data.rules.local_day(context.at)
        stream = self._stream(fields["name"])
        if stream is not None:
            del fields["name"]
            return change(
                self._application,
                stream,
                _view,
                command,
                lambda adopted: adopted.adopt_again(context, **fields),
            )
        policy = SlaPolicy.adopt(context, stream=uuid4(), **fields)
        return saved_first(self._application, policy, _view, command, ("policy", policy.name))

    def apply(self, named: str, body: Mapping[str, Any], command: CommandRequest) -> Result:
        """Show which open deadlines the policy in force would move; with the answer's ``confirm``, move them.

        The decision is stored; the deadlines follow it within minutes. Raises
        ``NotFoundError``, ``InvalidFieldError``, ``NotConfirmedError`` and what an append raises.
        """
        context = self._application.context(actor_for(command.caller, MANAGE_POLICIES), command)
        stream, fields = self._stream(named), plain_body(APPLYING, body)
        if stream is None:
            raise NotFoundError("policy")
        rules = self._application.reference_data.rules
        policy = rules.sla_policies[stream].policy
        in_force = rules.policy_at(context.at).id
        concerned = rules.policy_change(policy.id, fields["basis"], 0)
        confirmed = body.get("confirm")

        def decide(adopted: SlaPolicy) -> None:
            adopted.apply_to_open(context, in_force=in_force, **fields)
            if confirmed is not None:
                self._moving.check_confirmed(concerned, fields, confirmed)

        if confirmed is not None:
            made = change(self._application, stream, _view, command, decide)
            return replace(made, body={**made.body, "moves": int(confirmed.partition("-")[0])})
        decide(folded(self._application.log.read_stream(stream).rows))
        foreseen = self._moving.foresee(command.caller, concerned, context.timing)
        confirm = self._moving.confirmation(concerned, fields, foreseen.moves)
        before = concerned.ids[-1] if concerned.ids else policy.id
        return Result(
            preview(foreseen, confirm, concerned, before), 0, self._application.reference_data.position
        )

    def _stream(self, named: str) -> UUID | None:
        policies = self._application.reference_data.rules.sla_policies
        return next((stream for stream, policy in policies.items() if policy.name == named), None)


def _view(adopted: SlaPolicy) -> dict[str, Any]:
    return policy_view(adopted.policy)


def policy_view(policy: Policy) -> dict[str, Any]:
    """Return a policy as any officer may see it."""
    return {
        "id": policy.id,
        "name": name_of(policy.id),
        "effective_from": None if policy.effective_from == date.min else policy.effective_from,
        "regulation": policy.regulation,
        "limits": [
            {
                "step": rule.step,
                "limit": rule.limit,
                "unit": rule.unit,
                "kinds": sorted(rule.kinds or ()),
                "source": rule.source,
            }
            for rule in policy.rules
        ],
    }
