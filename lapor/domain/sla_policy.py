"""A policy of deadlines (kebijakan batas waktu) as it is adopted, version by version, each from its date on.

Promises made from that local date on follow it. Promises that are open then stay as they were made, unless
an officer applies the policy to them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from itertools import count
from typing import Annotated, Self
from uuid import UUID

from lapor.domain.aggregate import Aggregate, Event
from lapor.domain.command_fields import Derived, Many, Number, Pattern, PublicName
from lapor.domain.context import CommandContext
from lapor.domain.deadlines.policy import POLICIES, Policy, Rule
from lapor.domain.deadlines.working_time import Unit
from lapor.domain.errors import InvalidFieldError
from lapor.domain.versions import check_effective_from, name_of, next_id
from lapor.domain.vocabulary import Kind, Step

PolicyName = Annotated[str, Pattern(r"[a-z][a-z0-9-]{1,31}", "2 to 32 small letters, digits and hyphens")]
_BEFORE_CLASSIFIED = (Step.VERIFY, Step.REPORTER_COMPLETION)
_MUST_BE_LIMITED = {
    **dict.fromkeys(Step, tuple(Kind)),
    **dict.fromkeys(_BEFORE_CLASSIFIED, (None, *Kind)),
    Step.LEGAL_LIMIT: (),
}
"""The kinds for which each step needs a limit; without one nobody would owe the complaint anything."""


@dataclass(frozen=True, slots=True)
class Limit:
    """How long a step may take, for some kinds or (none named) all; ``source`` is its regulation."""

    step: Step
    limit: Annotated[int, Number(1, 366)]
    unit: Unit
    source: PublicName
    kinds: Annotated[tuple[Kind, ...], Many(4)] = ()

    def rule(self) -> Rule:
        """Return the limit as a row of a policy."""
        return Rule(self.step, self.limit, self.unit, frozenset(self.kinds) or None, self.source)


class SlaPolicyAdopted(Event):
    """Limits were adopted that apply from a local date on (kebijakan ditetapkan)."""

    TOPIC = "lapor.policy.adopted"

    policy: str
    effective_from: date
    regulation: str
    limits: tuple[Limit, ...]

    def apply(self, aggregate: SlaPolicy) -> None:
        rules = tuple(limit.rule() for limit in self.limits)
        aggregate.policy = Policy(self.policy, rules, self.regulation, self.effective_from)


class SlaPolicyApplied(Event):
    """The limits were applied to open promises, too (diberlakukan pada janji terbuka)."""

    TOPIC = "lapor.policy.applied"

    policy: str
    basis: str

    def apply(self, aggregate: SlaPolicy) -> None:
        """Change nothing: no guard asks for it."""


class SlaPolicy(Aggregate):
    """The versions of one name; ``policy`` is the last. All of it is public."""

    policy: Policy

    @property
    def name(self) -> str:
        """The name with which all its ids begin."""
        return name_of(self.policy.id)

    @classmethod
    def adopt(
        cls,
        context: CommandContext,
        *,
        stream: Annotated[UUID, Derived()],
        today: Annotated[date, Derived()],
        name: PolicyName,
        effective_from: date,
        regulation: PublicName,
        limits: Annotated[tuple[Limit, ...], Many(60)],
    ) -> Self:
        """Adopt limits that apply from a date on, today (in the office's zone) or later.

        Raises ``InvalidFieldError`` for a date that has passed, for a limit that is missing or there twice,
        and for one that is counted in hours.
        """
        _check(limits, effective_from, today)
        first = next(number for number in count(1) if f"{name}/{number}" not in POLICIES)
        return cls.found(
            SlaPolicyAdopted,
            context,
            stream=stream,
            policy=f"{name}/{first}",
            effective_from=effective_from,
            regulation=regulation,
            limits=limits,
        )

    def adopt_again(
        self,
        context: CommandContext,
        *,
        today: date,
        effective_from: date,
        regulation: str,
        limits: tuple[Limit, ...],
    ) -> None:
        """Adopt other limits under the same name. Raises as ``adopt``."""
        _check(limits, effective_from, today)
        self.record(
            SlaPolicyAdopted,
            context,
            policy=next_id(self.policy.id),
            effective_from=effective_from,
            regulation=regulation,
            limits=limits,
        )

    def apply_to_open(
        self, context: CommandContext, *, in_force: Annotated[str, Derived()], basis: PublicName
    ) -> None:
        """Apply the limits to open promises, too. Raises ``InvalidFieldError`` if they are not in force."""
        if self.policy.id != in_force:
            raise InvalidFieldError(
                "basis", f"{self.policy.id} is not in force; {in_force} is. Apply that one, or wait."
            )
        self.record(SlaPolicyApplied, context, policy=self.policy.id, basis=basis)


def _check(limits: tuple[Limit, ...], effective_from: date, today: date) -> None:
    check_effective_from(effective_from, today)
    if any(limit.unit is Unit.WORKING_HOUR for limit in limits):
        raise InvalidFieldError(
            "limits",
            "Count in days: hours would reveal the minute at which an anonymous complaint was filed.",
        )
    policy = Policy("", tuple(limit.rule() for limit in limits))
    for step in Step:
        for kind in (None, *Kind):
            fits = policy.fitting(step, kind)
            of = f"{step} of {kind}" if kind else f"{step} of complaints not classified yet"
            if len(fits) > 1:
                raise InvalidFieldError("limits", f"There are two limits for {of}; keep one.")
            if not fits and kind in _MUST_BE_LIMITED[step]:
                raise InvalidFieldError("limits", f"There is no limit for {of}; add one.")


SlaPolicyAdopted.FOUNDS = SlaPolicy
