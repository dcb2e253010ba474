"""The calendar, policies and hours change by events, each from its date on; what was shipped stays."""

from dataclasses import replace
from datetime import date, datetime, time
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest

from lapor.domain.agency import Agency
from lapor.domain.deadlines.indonesia import CALENDARS, INDONESIA
from lapor.domain.deadlines.policy import SP4N_2018
from lapor.domain.deadlines.working_time import INDONESIAN_HOURS, Hours, Opening, Unit
from lapor.domain.errors import InvalidFieldError, LimitReachedError
from lapor.domain.sla_policy import Limit, SlaPolicy
from lapor.domain.vocabulary import Kind, Role, Step
from lapor.domain.work_calendar import Holiday, WorkCalendar

from .story import Story

WIB = ZoneInfo("Asia/Jakarta")
TODAY = date(2026, 11, 24)
LEAVE = Holiday(date(2026, 12, 28), "Cuti Bersama")
EVERY = tuple(
    Limit(step, 3, Unit.WORKING_DAY, "Perbup 1")
    for step in Step
    if step not in {Step.LEGAL_LIMIT, Step.RESOLVE}
)
LIMITS = (*EVERY, Limit(Step.RESOLVE, 10, Unit.WORKING_DAY, "Perbup 1"))


def opened(story: Story) -> WorkCalendar:
    return WorkCalendar.open(story.context(Role.COORDINATOR), stream=uuid4(), calendar=INDONESIA.id)


def test_each_change_of_a_calendar_has_an_id_of_its_own_and_the_shipped_one_stays(story: Story) -> None:
    it, asked = opened(story), story.context(Role.COORDINATOR)
    it.decree_holidays(asked, basis="SKB 1", added=(LEAVE,), removed=(date(2026, 12, 24),))
    decreed = it.calendar
    it.confirm_year(asked, year=2027, basis="SKB 2")
    it.add_year(asked, year=2028, holidays=(Holiday(date(2028, 1, 1), "Tahun Baru"),), basis="perkiraan")

    assert (decreed.id, decreed.basis) == ("id-2026/2", "SKB 1")
    assert decreed.new_since(INDONESIA) == (LEAVE.day,)
    assert INDONESIA.new_since(decreed) == (date(2026, 12, 24),)
    assert (it.calendar.id, it.calendar.last, it.decree) == ("id-2026/4", date(2028, 12, 31), "SKB 1")
    assert (INDONESIA.provisional_years, it.calendar.provisional_years) == ((2027,), (2028,))
    assert CALENDARS["id-2026/1"] is INDONESIA
    assert LEAVE.day not in INDONESIA.holidays


@pytest.mark.parametrize(
    ("verb", "body", "field"),
    [
        ("decree_holidays", {}, "added"),
        ("decree_holidays", {"added": (LEAVE, LEAVE)}, "added"),
        ("decree_holidays", {"added": (Holiday(date(2026, 12, 25), "Natal"),)}, "added"),
        ("decree_holidays", {"added": (Holiday(date(2028, 1, 3), "Cuti"),)}, "added"),
        ("decree_holidays", {"removed": (LEAVE.day,)}, "removed"),
        ("decree_holidays", {"removed": (date(2026, 12, 25),) * 2}, "removed"),
        ("add_year", {"year": 2029, "holidays": ()}, "year"),
        ("add_year", {"year": 2028, "holidays": (LEAVE,)}, "holidays"),
        ("confirm_year", {"year": 2028}, "year"),
        ("confirm_year", {"year": 2026}, "year"),
    ],
)
def test_a_change_that_contradicts_the_calendar_is_refused(
    story: Story, verb: str, body: dict[str, Any], field: str
) -> None:
    it = opened(story)

    with pytest.raises(InvalidFieldError) as refused:
        getattr(it, verb)(story.context(Role.COORDINATOR), basis="SKB", **body)

    assert refused.value.details == {"errors": {field: [refused.value.sentence]}}
    assert it.version == 1


def adopted(story: Story, name: str = "bekasi", **changed: Any) -> SlaPolicy:
    body: Any = {"effective_from": TODAY, "regulation": "Perbup 1", "limits": LIMITS, **changed}
    return SlaPolicy.adopt(story.context(Role.COORDINATOR), stream=uuid4(), today=TODAY, name=name, **body)


def test_a_policys_versions_are_counted_and_do_not_take_the_shipped_ones_name(story: Story) -> None:
    it, shipped = adopted(story), adopted(story, name="sp4n-2018")
    it.adopt_again(
        story.context(Role.COORDINATOR),
        today=TODAY,
        effective_from=date(2027, 1, 1),
        regulation="Perbup 2",
        limits=LIMITS,
    )

    assert (it.policy.id, it.policy.regulation) == ("bekasi/2", "Perbup 2")
    assert shipped.policy.id == "sp4n-2018/2"
    rule = it.policy.rule(Step.RESOLVE, Kind.OVERSIGHT)
    assert rule is not None
    assert (rule.limit, rule.unit, rule.source) == (10, Unit.WORKING_DAY, "Perbup 1")
    assert it.policy.rule(Step.LEGAL_LIMIT, Kind.COMPLAINT) is None


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"limits": (*EVERY, Limit(Step.RESOLVE, 5, Unit.WORKING_HOUR, "x"))}, "limits"),
        ({"effective_from": date(2026, 11, 23)}, "effective_from"),
        ({"limits": EVERY}, "limits"),  # nothing about resolving
        ({"limits": (*LIMITS, Limit(Step.RESOLVE, 5, Unit.WORKING_DAY, "x", (Kind.OVERSIGHT,)))}, "limits"),
        ({"limits": (*EVERY, Limit(Step.RESOLVE, 5, Unit.WORKING_DAY, "x", tuple(Kind)[:3]))}, "limits"),
        ({"limits": (*LIMITS[1:], Limit(Step.VERIFY, 5, Unit.WORKING_DAY, "x", tuple(Kind)))}, "limits"),
    ],
    ids=["hours", "yesterday", "missing", "twice", "not every kind", "not before it is classified"],
)
def test_a_policy_that_would_leave_a_complaint_without_a_deadline_or_with_two_is_refused(
    story: Story, changed: dict[str, Any], field: str
) -> None:
    with pytest.raises(InvalidFieldError) as refused:
        adopted(story, **changed)

    assert refused.value.details == {"errors": {field: [refused.value.sentence]}}


def test_only_the_policy_in_force_is_applied_to_open_promises(story: Story) -> None:
    it = adopted(story)

    with pytest.raises(InvalidFieldError):
        it.apply_to_open(story.context(Role.COORDINATOR), in_force=SP4N_2018.id, basis="x")
    it.apply_to_open(story.context(Role.COORDINATOR), in_force="bekasi/1", basis="x")

    assert it.version == 2


def test_an_agencys_hours_hold_from_the_midnight_of_their_day_in_their_own_zone(story: Story) -> None:
    asked = story.context(Role.ADMINISTRATOR)
    it = Agency.register(asked, stream=uuid4(), code="BM", name="Bina Marga", hours=INDONESIAN_HOURS)
    wit, wita = (replace(INDONESIAN_HOURS, zone=zone) for zone in ("Asia/Jayapura", "Asia/Makassar"))

    it.set_hours(asked, hours=wit, since=date(2026, 12, 1))
    it.set_hours(asked, hours=wita, since=date(2026, 11, 28))

    def at(text: str) -> str:
        return it.hours_at(datetime.fromisoformat(text).replace(tzinfo=WIB)).zone

    assert at("2026-11-27 22:59") == "Asia/Jakarta"
    assert at("2026-11-27 23:00") == "Asia/Makassar"
    assert at("2026-11-30 21:59") == "Asia/Makassar"
    assert at("2026-11-30 22:00") == "Asia/Jayapura"
    it.set_hours(asked, hours=wita, since=date(2026, 12, 1))  # on second thoughts
    assert at("2026-11-30 22:00") == "Asia/Makassar"


def test_an_agency_may_be_renamed_and_is_closed_once(story: Story) -> None:
    asked = story.context(Role.ADMINISTRATOR)
    it = Agency.register(asked, stream=uuid4(), code="BM", name="Bina Marga", hours=INDONESIAN_HOURS)

    it.rename(asked, name="Sumber Daya Air")
    it.close(asked)

    assert (it.name, it.closed) == ("Sumber Daya Air", True)
    with pytest.raises(LimitReachedError):
        it.close(asked)


@pytest.mark.parametrize(
    ("extra", "says"),
    [
        ((Opening(TODAY, time(9), time(9)),), "open before it closes"),
        ((Opening(TODAY, time(9), time(10)), Opening(TODAY, time(11), time(12))), "named once"),
    ],
)
def test_extra_days_that_cannot_be_are_refused(extra: tuple[Opening, ...], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        Hours("Asia/Jakarta", INDONESIAN_HOURS.week, extra)
