"""Which policy is in force on which day, and what has to follow a decision."""

from dataclasses import replace
from datetime import UTC, date, datetime
from uuid import uuid4

import pytest

from lapor.application.rules_in_force import RulesInForce
from lapor.domain.context import Actor, CommandContext
from lapor.domain.deadlines.indonesia import INDONESIA
from lapor.domain.deadlines.policy import SP4N_2018
from lapor.domain.deadlines.timing import Timing
from lapor.domain.deadlines.working_time import INDONESIAN_HOURS, Unit
from lapor.domain.sla_policy import Limit, SlaPolicy
from lapor.domain.vocabulary import MoveGround, Role, Step

AT = datetime(2026, 11, 24, 3, tzinfo=UTC)
OCCASION = CommandContext(
    Actor("a", Role.COORDINATOR), AT, Timing(SP4N_2018, INDONESIA, lambda _: INDONESIAN_HOURS)
)
LIMITS = tuple(Limit(step, 3, Unit.WORKING_DAY, "x") for step in Step)


@pytest.fixture
def rules() -> RulesInForce:
    """In Jakarta, with policies adopted in this order: from March, from January, again from March."""
    made = RulesInForce("Asia/Jakarta")
    for position, (name, month) in enumerate([("a", 3), ("b", 1), ("c", 3)], 1):
        it = SlaPolicy.adopt(
            OCCASION,
            stream=uuid4(),
            today=date(2026, 11, 24),
            name=f"policy-{name}",
            effective_from=date(2027, month, 1),
            regulation="x",
            limits=LIMITS,
        )
        made.note(it.pending_events[0], it, position)  # type: ignore[arg-type]
    return made


@pytest.mark.parametrize(
    ("at", "policy"),
    [
        ("2020-01-01T00:00:00+07:00", "sp4n-2018/1"),
        ("2026-12-31T23:59:59+07:00", "sp4n-2018/1"),
        ("2027-01-01T00:00:00+07:00", "policy-b/1"),
        ("2027-02-28T17:00:00+00:00", "policy-c/1"),  # midnight in Jakarta; what was adopted last holds
    ],
)
def test_the_policy_of_the_latest_day_that_has_come_is_in_force(
    rules: RulesInForce, at: str, policy: str
) -> None:
    assert rules.policy_at(datetime.fromisoformat(at)).id == policy


def test_a_policy_that_is_applied_concerns_those_that_were_in_force_before_it(rules: RulesInForce) -> None:
    change = rules.policy_change("policy-b/1", "Pasal 20", 9)

    assert (change.ground, change.ids, change.to) == (MoveGround.POLICY, ("sp4n-2018/1",), "policy-b/1")
    assert rules.policy_change("policy-c/1", "x", 9).ids == ("sp4n-2018/1", "policy-b/1", "policy-a/1")


def test_no_holiday_moves_what_is_counted_in_dates(rules: RulesInForce) -> None:
    decreed = replace(INDONESIA, id="id-2026/2", holidays={**INDONESIA.holidays, date(2026, 12, 28): "Cuti"})

    change = rules.calendar_change(decreed, "SKB", 9)

    assert (change.ids, change.since, change.to) == (("id-2026/1",), date(2026, 12, 28), "id-2026/2")
    assert change.unmoved == {("sp4n-2018/1", Step.LEGAL_LIMIT), ("sp4n-2018/1", Step.REPORTER_COMPLETION)}


def test_where_nothing_was_decided_nothing_has_to_follow(rules: RulesInForce) -> None:
    assert rules.changes() == []
    assert RulesInForce("Asia/Jakarta").changes() == []
