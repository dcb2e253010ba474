"""The demo is believable: everything occurs, in the order of time, at hours at which people are up."""

from collections import Counter
from collections.abc import Callable
from datetime import date, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from lapor.application.queries.complaint_details import ComplaintDetails
from lapor.application.sealing import Opener
from lapor.audit.conformance import Conformance, FindingKind
from lapor.audit.exports.period import ALL_DAYS
from lapor.cli.demo import COMPLAINTS
from lapor.cli.shared.common import OPERATOR
from lapor.demo.timing import fasting, season_factor
from lapor.domain.complaint import events
from lapor.domain.vocabulary import OFFICES, Channel, Kind, OwnerType, Privacy, Role, Stage, Step

from .conftest import UNTIL, PlayedDemo

pytestmark = pytest.mark.xdist_group("demo")
JAKARTA = ZoneInfo("Asia/Jakarta")
CITIZENS = {Role.REPORTER, Role.INTEGRATOR}  # a machine relays what citizens write at any hour


def lives(town: PlayedDemo) -> list[list[Any]]:
    return list(town.lives.values())


def test_positions_and_moments_rise_together(town: PlayedDemo) -> None:
    moments = [event.at for event in town.events]

    assert moments == sorted(moments)
    assert moments[-1] <= UNTIL


def test_every_stage_kind_and_channel_occurs(town: PlayedDemo) -> None:
    complaints = [ComplaintDetails.of(life).complaint for life in lives(town)]
    filed = [life[0] for life in lives(town)]

    stages, privacies = {each.stage for each in complaints}, Counter(each.privacy for each in complaints)
    assert sum(event.split_from is None for event in filed) == COMPLAINTS
    assert stages >= set(Stage) - {Stage.DISPUTED, Stage.VERIFIED}  # these pass quickly
    assert {each.kind for each in complaints} >= set(Kind)
    assert {event.channel for event in filed} >= set(Channel) - {
        Channel.OPEN311,
        Channel.IMPORT,
        Channel.SYSTEM,
    }
    assert set(privacies) == set(Privacy)
    assert all(each.privacy is Privacy.CONFIDENTIAL for each in complaints if each.kind is Kind.OVERSIGHT)


def test_some_reporters_are_silent_and_the_coordinator_closes_after_ten_working_days(
    town: PlayedDemo,
) -> None:
    working = town.running.application.timing(town.running.application.clock()).working_time(None)
    closings: list[tuple[datetime, datetime]] = []
    for life in lives(town):
        for event in life:
            if isinstance(event, events.Responded):
                answered = event.at
            elif isinstance(event, events.Closed) and event.role is Role.COORDINATOR:
                closings.append((answered, event.at))

    assert len(closings) > COMPLAINTS / 10
    assert all(closed > working.due(answered, 10).at for answered, closed in closings)


def test_officers_act_in_their_hours_and_only_citizens_write_at_night(town: PlayedDemo) -> None:
    working = town.running.application.timing(town.running.application.clock()).working_time(None)
    night = 0
    for row in town.rows:
        event = row.event()
        if event.role not in CITIZENS:
            opens, closes = working.hours.week[local(event.at).weekday()] or (None, None)
            assert opens is not None, f"{row.topic} on {local(event.at):%A}"
            assert closes is not None
            assert opens <= local(event.at).time() <= closes, f"{row.topic} at {local(event.at)}"
            assert local(event.at).date() not in working.calendar.holidays
        elif not 6 <= local(event.at).hour < 22:
            assert isinstance(event, events.Filed), f"{row.topic} at {local(event.at)}"
            night += 1
    assert night > 0


def local(at: datetime) -> datetime:
    return at.astimezone(JAKARTA)


def test_working_days_are_busier_than_weekends_and_mornings_than_nights(town: PlayedDemo) -> None:
    filed = [local(life[0].at) for life in lives(town)]
    weekend = sum(at.weekday() >= 5 for at in filed) / 2
    weekday = sum(at.weekday() < 5 for at in filed) / 5

    assert weekday > 1.5 * weekend
    assert sum(8 <= at.hour < 12 for at in filed) > 5 * sum(0 <= at.hour < 4 for at in filed)


def test_compliance_differs_between_agencies(town: PlayedDemo) -> None:
    kept: Counter[str] = Counter()
    made: Counter[str] = Counter()
    codes = {agency.id: agency.code for agency in town.running.application.reference_data.agencies.values()}
    for life in lives(town):
        running: dict[tuple[Step, int], Any] = {}
        for event in life:
            assert isinstance(event, events.ComplaintEvent)
            running |= {(clock.step, clock.n): clock for clock in event.starts}
            for stop in event.stops:
                if stop.outcome == "met" and stop.step is Step.FOLLOW_UP and stop.agency is not None:
                    code = codes[stop.agency]
                    made[code] += 1
                    kept[code] += event.at <= running[stop.step, stop.n].due_at

    share = {code: kept[code] / made[code] for code in made if made[code] >= 8}
    assert share["DISDUKCAPIL"] > 0.9
    assert share["DSDABMBK"] < 0.7


def test_some_promises_are_broken_and_still_open_at_the_end(town: PlayedDemo) -> None:
    complaints = [ComplaintDetails.of(life).complaint for life in lives(town)]
    overdue = [
        each for each in complaints if any(r.clock.due_at < UNTIL for r in each.promises.running.values())
    ]

    assert len(complaints) / 100 < len(overdue) < len(complaints) / 5


def test_the_mall_has_fourteen_tenants_of_every_owner_and_every_role_an_officer(town: PlayedDemo) -> None:
    agencies = town.running.application.reference_data.agencies.values()
    owners = Counter(agency.owner_type for agency in agencies)
    roles = Counter(
        held.role
        for officer in town.running.application.reference_data.officers.values()
        for held in officer.roles
    )

    assert set(owners) == set(OwnerType)
    assert len(agencies) - owners[OwnerType.GOVERNMENT] == 14
    assert set(roles) == set(OFFICES)
    assert roles[Role.COORDINATOR] == 3
    assert roles[Role.LIAISON] == roles[Role.HEAD] == len(agencies)


def test_floods_come_with_the_rain() -> None:
    assert season_factor({"wet": 3.0, "dry": 0.5}, date(2026, 1, 10)) == 3.0
    assert season_factor({"wet": 3.0, "dry": 0.5}, date(2026, 8, 10)) == 0.5
    assert season_factor({"wet": 3.0}, date(2026, 5, 10)) == 1.0
    assert fasting(date(2026, 3, 1))


def told(town: PlayedDemo) -> list[Any]:
    """All events, opened, without what is random by design: ids become numbers, codes go."""
    vault_entries = {
        s.stream: s for s in town.running.application.log.vault_entries([row.stream for row in town.rows])
    }
    numbers: dict[UUID, int] = {}

    def plain(value: Any) -> Any:
        if isinstance(value, UUID):
            return numbers.setdefault(value, len(numbers))
        if isinstance(value, dict):
            named = {**value, "requester": UUID(value["requester"])} if "requester" in value else value
            return {name: plain(each) for name, each in named.items() if name != "code"}
        if isinstance(value, list | tuple):
            return [plain(each) for each in value]
        return str(value)

    stories = []
    for row, event in zip(town.rows, town.events, strict=True):
        vault_entry = vault_entries.get(row.stream)
        key = (
            town.running.application.master_key.unwrap(row.stream, vault_entry.wrapped_key)
            if vault_entry
            else None
        )
        by = event.by if event.by.startswith(("citizen", "system:")) else plain(UUID(event.by))
        said = plain(Opener(key).event(event))
        stories.append(
            (row.topic, plain(row.stream), row.version, event.at, by, event.role, event.channel, said)
        )
    return stories


def test_the_same_seed_tells_the_same_and_another_one_another(play: Callable[..., PlayedDemo]) -> None:
    once, again, other = play(100), play(100), play(100, seed=2)

    assert told(once) == told(again)
    assert told(once) != told(other)


def test_nobody_left_the_prescribed_way(town: PlayedDemo) -> None:
    """All findings are allowed: deadlines extended or excused, and complaints closed soon after an answer."""
    findings = Conformance(town.running.application, lambda _: None).check(OPERATOR, ALL_DAYS).findings

    assert {each.found for each in findings} <= {
        FindingKind.DEADLINE_EXTENDED,
        FindingKind.DEADLINE_EXCUSED,
        FindingKind.CLOSED_SOON,
    }
