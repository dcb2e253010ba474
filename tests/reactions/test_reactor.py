"""What is done by itself, on PostgreSQL, as the clock goes on."""

from datetime import timedelta

from lapor.domain.terms import Step

from .conftest import TUESDAY, Town, settle


def test_as_time_passes_reminder_warning_and_escalation_come_each_once(town: Town) -> None:
    complaint, reactor = town.routed(), town.reactor()
    for day in range(60):
        town.goes_on(TUESDAY + timedelta(days=day))
        settle(reactor)

    done = town.done(complaint)

    for step in (Step.ACCEPT, Step.FOLLOW_UP, Step.RESOLVE):
        assert [share for what, of, share in done if (what, of) == ("reminded", step)] == [50, 80, 100, 200]
    assert [share for what, of, share in done if of == Step.LEGAL_LIMIT] == [50, 80]
    assert [fact.level for fact in town.facts(complaint) if hasattr(fact, "level")] == [1, 2, 3]
