"""For how long personal data are kept (kebijakan retensi), version by version, each from its date on.

The version in force applies to every complaint that has ended, at any time. Personal data for which it
has no rule are kept until a reporter asks for erasure.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Annotated, Self
from uuid import UUID

from lapor.domain.aggregate import Aggregate, Event
from lapor.domain.command_fields import Derived, Many, Number, PublicName
from lapor.domain.complaint.state import ENDED
from lapor.domain.context import CommandContext
from lapor.domain.errors import InvalidFieldError
from lapor.domain.versions import check_effective_from, in_force, next_id
from lapor.domain.vocabulary import Kind, Stage

NAME = "retention"


@dataclass(frozen=True, slots=True)
class RetentionRule:
    """How long personal data are kept, for complaints of these kinds and final stages (none named: all).

    ``days`` are local dates, counted from that of the end. ``automatic``: the data are then erased without
    anyone's confirmation; otherwise a data protection officer confirms it. ``source`` is the regulation.
    """

    days: Annotated[int, Number(1, 36_525)]
    source: PublicName
    kinds: Annotated[tuple[Kind, ...], Many(4)] = ()
    stages: Annotated[tuple[Stage, ...], Many(5)] = ()
    automatic: bool = False

    def fits(self, kind: Kind | None, stage: Stage) -> bool:
        """Return whether the rule applies to a complaint of this kind that ended at this stage."""
        return (not self.kinds or kind in self.kinds) and (not self.stages or stage in self.stages)


@dataclass(frozen=True)
class RetentionVersion:
    """A version of the policy; ``id`` names the same rules for ever."""

    id: str
    effective_from: date
    regulation: str
    rules: tuple[RetentionRule, ...]

    def rule(self, kind: Kind | None, stage: Stage) -> RetentionRule | None:
        """Return the rule for a complaint that ended so; None: its data are kept until a reporter asks."""
        return next((rule for rule in self.rules if rule.fits(kind, stage)), None)


class RetentionPolicyAdopted(Event):
    """Rules were adopted on how long personal data are kept, from a local date on (retensi ditetapkan)."""

    TOPIC = "lapor.retention_policy.adopted"

    policy: str
    effective_from: date
    regulation: str
    rules: tuple[RetentionRule, ...]

    def apply(self, aggregate: RetentionPolicy) -> None:
        version = RetentionVersion(self.policy, self.effective_from, self.regulation, self.rules)
        aggregate.versions = (*aggregate.versions, version)


class RetentionPolicy(Aggregate):
    """All versions, in the order in which they were adopted. All of it is public."""

    def begin(self) -> None:
        self.versions: tuple[RetentionVersion, ...] = ()

    @classmethod
    def adopt(
        cls,
        context: CommandContext,
        *,
        stream: Annotated[UUID, Derived()],
        today: Annotated[date, Derived()],
        effective_from: date,
        regulation: PublicName,
        rules: Annotated[tuple[RetentionRule, ...], Many(40)],
    ) -> Self:
        """Adopt rules that apply from a date on, today (in the office's zone) or later.

        Raises ``InvalidFieldError`` for a date that has passed, for a stage that is not final, and for two
        rules that fit the same complaints.
        """
        _check(rules, effective_from, today)
        first = {"policy": f"{NAME}/1", "effective_from": effective_from}
        return cls.found(
            RetentionPolicyAdopted, context, stream=stream, **first, regulation=regulation, rules=rules
        )

    def adopt_again(
        self,
        context: CommandContext,
        *,
        today: date,
        effective_from: date,
        regulation: str,
        rules: tuple[RetentionRule, ...],
    ) -> None:
        """Adopt other rules. Raises as ``adopt``."""
        _check(rules, effective_from, today)
        self.record(
            RetentionPolicyAdopted,
            context,
            policy=next_id(self.versions[-1].id),
            effective_from=effective_from,
            regulation=regulation,
            rules=rules,
        )

    def in_force(self, day: date) -> RetentionVersion | None:
        """Return the version in force on a local date; None before the first."""
        return in_force(self.versions, day)


def _check(rules: tuple[RetentionRule, ...], effective_from: date, today: date) -> None:
    check_effective_from(effective_from, today)
    if any(stage not in ENDED for rule in rules for stage in rule.stages):
        ends = ", ".join(sorted(ENDED))
        raise InvalidFieldError(
            "rules", f"Only complaints that have ended are erased: name {ends}, or no stage."
        )
    for stage in sorted(ENDED):
        for kind in (None, *Kind):
            if sum(rule.fits(kind, stage) for rule in rules) > 1:
                of = kind or "complaints never classified"
                raise InvalidFieldError("rules", f"There are two rows for {of} at stage {stage}; keep one.")


RetentionPolicyAdopted.FOUNDS = RetentionPolicy
