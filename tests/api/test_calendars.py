"""A late holiday, a new policy and other hours, over HTTP: seen first, confirmed, then followed."""

from collections.abc import Callable, Iterator
from typing import Any
from uuid import uuid4

import pytest

from lapor.bootstrap import RunningServices
from projections.catalogue import PROJECTIONS
from projections.engine.engine import Engine

from ..people import People

LEAVE = {"day": "2026-12-28", "name": "Cuti Bersama"}
DECREE = {"added": [LEAVE], "basis": "SKB 3 Menteri 1/2026"}
ROUTE = {"agency": "BINAMARGA", "kind": "complaint", "category": "roads", "title": "Jalan"}
LIMITS = [
    {"step": step, "limit": 2, "unit": "working_day", "source": "Perbup 9 Pasal 3"}
    for step in ("verify", "accept", "follow_up", "resolve", "reporter_reply", "reporter_completion")
]
POLICY = {"name": "bekasi", "effective_from": "2026-12-22", "regulation": "Perbup 9/2026", "limits": LIMITS}


@pytest.fixture
def at(running: RunningServices) -> Iterator[Callable[[str], None]]:
    """Sets the service's clock to an instant, and its projections to the head of its log."""
    from datetime import datetime

    engine = Engine(running.database, PROJECTIONS)
    now = running.application.clock

    def do(text: str) -> None:
        instant = datetime.fromisoformat(f"{text}+07:00")
        running.application.clock = lambda: instant
        while engine.step():
            pass

    yield do
    running.application.clock = now


def dues(people: People, complaint: dict[str, Any]) -> dict[str, str]:
    view = people.call("GET", f"/complaints/{complaint['id']}", people.token("coordinator")).get_json()
    return {each["step"]: each["due_at"] for each in view["deadlines"]}


def history(people: People, path: str) -> list[str]:
    items = people.call("GET", f"{path}/history", people.token("auditor")).get_json()["items"]
    return [item["type"].removeprefix("lapor.") for item in items]


def test_a_late_holiday_shows_what_it_would_move_and_moves_that_once_it_is_confirmed(
    people: People, running: RunningServices, at: Callable[[str], None], head: Callable[[], int]
) -> None:
    at("2026-12-21T10:00:00")
    people.token("coordinator")
    complaint, early = people.routed(), people.file()
    at("2026-12-21T11:00:00")
    before, path, coordinator = (
        dues(people, complaint),
        "/calendars/id-2026/holidays",
        people.token("coordinator"),
    )
    stored = head()

    shown = people.call("POST", path, coordinator, DECREE)

    foreseen = shown.get_json()
    assert (shown.status_code, head()) == (200, stored)
    assert (foreseen["instead_of"], foreseen["becomes"]) == ("id-2026/1", "id-2026/2")
    moved = {(each["code"], each["step"]): (each["from"], each["to"]) for each in foreseen["items"]}
    assert moved == {
        (complaint["code"], "follow_up"): ("2026-12-30T09:00:00Z", "2026-12-31T09:00:00Z"),
        (complaint["code"], "resolve"): ("2027-01-14T09:00:00Z", "2027-01-15T09:30:00Z"),
        (early["code"], "verify"): ("2026-12-28T09:00:00Z", "2026-12-29T09:00:00Z"),
    }
    assert (foreseen["moves"], foreseen["complete"], foreseen["concerned"] >= 3) == (3, True, True)

    for wrong in ({"added": [{**LEAVE, "name": "Natal"}], "basis": "x"}, {**DECREE, "basis": "SKB"}):
        answer = people.call("POST", path, coordinator, {**wrong, "confirm": foreseen["confirm"]})
        assert (answer.status_code, answer.get_json()["code"]) == (409, "not_confirmed")
    key, confirmed = str(uuid4()), {**DECREE, "confirm": foreseen["confirm"]}
    made, again = (people.call("POST", path, coordinator, confirmed, Idempotency_Key=key) for _ in range(2))

    assert (made.status_code, made.get_json()) == (201, again.get_json())
    assert (made.get_json()["id"], made.get_json()["moves"]) == ("id-2026/2", 3)
    assert dues(people, complaint) == before
    at("2026-12-21T12:00:00")
    assert running.services.deadline_moves.run() == 3
    assert running.services.deadline_moves.run() == 0
    after = dues(people, complaint)
    assert (after["follow_up"], after["resolve"]) == ("2026-12-31T09:00:00Z", "2027-01-15T09:30:00Z")
    assert (after["accept"], after["legal_limit"]) == (before["accept"], before["legal_limit"])
    assert history(people, f"/complaints/{complaint['id']}")[-2:] == ["complaint.deadline_moved"] * 2
    assert history(people, "/calendars/id-2026") == ["calendar.opened", "calendar.holidays_decreed"]
    assert people.call("POST", path, coordinator, confirmed).status_code == 422  # a holiday already


def test_a_promise_made_by_a_process_that_has_not_heard_of_the_decree_follows_too(
    people: People, running: RunningServices, at: Callable[[str], None]
) -> None:
    at("2026-12-21T12:00:00")
    rules, decree = (
        running.application.reference_data.rules,
        {"added": [{"day": "2026-12-29", "name": "Cuti"}], "basis": "SKB"},
    )
    path, coordinator, unheard = "/calendars/id-2026/holidays", people.token("coordinator"), rules.calendar
    confirm = people.call("POST", path, coordinator, decree).get_json()["confirm"]
    people.call("POST", path, coordinator, {**decree, "confirm": confirm})

    rules.calendar, heard = unheard, rules.calendar
    complaint = people.routed()
    rules.calendar = heard
    at("2026-12-21T12:00:01")
    before = dues(people, complaint)["resolve"]
    running.services.deadline_moves.run()

    assert dues(people, complaint)["resolve"] > before


def test_an_administrator_learns_how_many_complaints_move_but_not_which(
    people: People, at: Callable[[str], None]
) -> None:
    at("2026-12-21T10:00:00")
    people.routed()
    at("2026-12-21T10:00:00")
    body = {"added": [{"day": "2026-12-30", "name": "Cuti"}], "basis": "SKB"}

    shown = people.call("POST", "/calendars/id-2026/holidays", people.token("administrator"), body).get_json()

    assert shown["moves"] > 0
    assert shown["items"] == []


def test_the_next_year_is_provisional_until_it_is_confirmed(people: People) -> None:
    coordinator = people.token("coordinator")
    year = {"year": 2028, "holidays": [{"day": "2028-01-01", "name": "Tahun Baru"}], "basis": "perkiraan"}

    added = people.call("POST", "/calendars", coordinator, year).get_json()
    confirmed = people.call(
        "POST", "/calendars/id-2026/confirm", coordinator, {"year": 2027, "basis": "SKB 2027"}
    ).get_json()

    assert (added["last"], added["provisional_years"]) == ("2028-12-31", [2027, 2028])
    assert (confirmed["provisional_years"], confirmed["basis"]) == ([2028], "SKB 2027")
    assert confirmed["number"] == added["number"] + 1
    current = people.call("GET", "/calendars/id-2026", coordinator).get_json()
    assert current == confirmed
    listed = people.call("GET", "/calendars", coordinator).get_json()["items"]
    assert [each["id"] for each in listed if each["current"]] == [listed[-1]["id"]] == [current["id"]]
    assert listed[0]["id"] == "id-2026/1"
    for named in ("id-2027", "id-2026%2F1"):
        assert people.call("GET", f"/calendars/{named}", coordinator).status_code == 404


def test_an_agencys_hours_hold_from_their_day(people: People, at: Callable[[str], None]) -> None:
    at("2026-12-21T10:00:00")
    admin, coordinator = people.token("administrator"), people.token("coordinator")
    people.agency("PASAR")
    week = [["08:00", "15:00"]] * 6 + [None]
    extra = [{"day": "2026-12-24", "opens": "08:00", "closes": "10:30"}]

    answer = people.call(
        "POST", "/agencies/PASAR/hours", admin, {"since": "2026-12-22", "week": week, "extra": extra}
    )

    shown = answer.get_json()
    assert (answer.status_code, shown["week"][5]) == (201, None)
    assert [(each["since"], each["week"][5]) for each in shown["later"]] == [
        ("2026-12-22", ["08:00", "15:00"])
    ]
    today = people.routed("PASAR")
    at("2026-12-23T10:00:00")
    later = people.routed("PASAR")
    assert dues(people, today)["accept"] == "2026-12-22T09:00:00Z"
    assert dues(people, later)["accept"] == "2026-12-24T03:30:00Z"
    assert people.call("GET", "/agencies", coordinator).get_json()["items"][-1]["extra"] == extra
    assert history(people, "/agencies/PASAR") == ["agency.registered", "agency.hours_set"]


def test_a_policy_holds_from_its_day_for_new_promises_and_for_open_ones_when_it_is_applied(
    people: People, running: RunningServices, at: Callable[[str], None]
) -> None:
    at("2026-12-21T09:00:00")
    coordinator = people.token("coordinator")
    adopted = people.call("POST", "/sla-policies", coordinator, POLICY)
    assert (adopted.status_code, adopted.get_json()["id"]) == (201, "bekasi/1")
    early = people.call("POST", "/sla-policies/bekasi/apply", coordinator, {"basis": "x"})
    assert early.status_code == 422
    at("2026-12-21T23:59:59")
    old = people.routed()
    at("2026-12-22T00:00:00")
    new = people.routed()

    for complaint, policy, regulation in (
        (old, "sp4n-2018/1", "SP4N-LAPOR! practice after PermenPANRB 62/2018"),
        (new, "bekasi/1", "Perbup 9 Pasal 3"),
    ):
        view = people.call("GET", f"/complaints/{complaint['id']}", coordinator).get_json()
        (resolve,) = (each for each in view["deadlines"] if each["step"] == "resolve")
        assert (resolve["policy"], resolve["regulation"]) == (policy, regulation)
        assert resolve["calendar"].startswith("id-2026/")
    listed = people.call("GET", "/sla-policies", coordinator).get_json()["items"]
    assert [(each["id"], each["in_force"]) for each in listed] == [("sp4n-2018/1", False), ("bekasi/1", True)]

    at("2026-12-22T08:00:00")
    path, body = "/sla-policies/bekasi/apply", {"basis": "Perbup 9/2026 Pasal 20"}
    foreseen = people.call("POST", path, coordinator, body).get_json()
    steps = {each["step"] for each in foreseen["items"] if each["code"] == old["code"]}
    assert steps == {"accept", "follow_up", "resolve"}
    assert new["code"] not in {each["code"] for each in foreseen["items"]}
    made = people.call("POST", path, coordinator, {**body, "confirm": foreseen["confirm"]})
    assert made.status_code == 201
    at("2026-12-22T08:30:00")
    assert running.services.deadline_moves.run() == foreseen["moves"]
    assert dues(people, old)["resolve"] == dues(people, new)["resolve"]
    assert history(people, "/sla-policies/bekasi") == ["policy.adopted", "policy.applied"]
    assert history(people, "/sla-policies/sp4n-2018") == []
    for path in ("/sla-policies/none/history", "/sla-policies/sp4n-2018/apply"):
        answer = people.call("POST" if path.endswith("apply") else "GET", path, coordinator, None)
        assert answer.status_code in {404, 422}


def test_the_next_policy_of_a_name_is_its_next_version_and_a_repeat_is_answered_alike(people: People) -> None:
    coordinator, key = people.token("coordinator"), str(uuid4())
    body = {**POLICY, "name": "kota", "effective_from": "2099-01-01"}

    first = [people.call("POST", "/sla-policies", coordinator, body, Idempotency_Key=key) for _ in range(2)]
    second = people.call("POST", "/sla-policies", coordinator, {**body, "effective_from": "2099-01-02"})

    assert first[0].get_json() == first[1].get_json()
    assert [first[0].get_json()["id"], second.get_json()["id"]] == ["kota/1", "kota/2"]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"zone": "Mars/Olympus"}, "zone"),
        ({"week": [None] * 7}, "week"),
        ({"week": [["16:00", "08:00"]] * 7}, "week"),
        ({"week": [["08:00", "16:00"]] * 6}, "week"),
        ({"week": [["8:00", "16:00"]] * 7}, "week.0.0"),
        ({"extra": [{"day": "2026-12-24", "opens": "10:00", "closes": "10:00"}]}, "extra"),
        ({"extra": [{"day": "2026-12-24", "opens": "24:00", "closes": "10:00"}]}, "extra.0.opens"),
        ({"since": "1 December"}, "since"),
    ],
)
def test_hours_that_cannot_be_are_refused_by_the_field(
    people: People, head: Callable[[], int], body: dict[str, Any], field: str
) -> None:
    people.agency("PASAR")
    admin, before = people.token("administrator"), head()

    answer = people.call("POST", "/agencies/PASAR/hours", admin, {"since": "2027-01-04", **body})

    assert (answer.status_code, field in answer.get_json()["errors"]) == (422, True)
    assert head() == before


def test_a_closed_agency_keeps_what_it_has_and_gets_no_more(people: People) -> None:
    admin, coordinator = people.token("administrator"), people.token("coordinator")
    has, liaison = people.routed("TUTUP"), people.token("liaison", "TUTUP")

    renamed = people.call("POST", "/agencies/TUTUP/rename", admin, {"name": "Dinas Lama"})
    closed = people.call("POST", "/agencies/TUTUP/close", admin, {})

    assert renamed.get_json()["name"] == closed.get_json()["name"] == "Dinas Lama"
    assert closed.get_json()["closed"] is True
    assert people.call("POST", "/agencies/TUTUP/close", admin, {}).status_code == 409
    refused = people.act(people.file(), "route", coordinator, **{**ROUTE, "agency": "TUTUP"})
    assert refused.get_json()["errors"]["agency"] == ["The agency 'TUTUP' was closed; choose another."]
    assert people.act(has, "accept", liaison).status_code == 200
    assert people.call("GET", "/complaints?agency=TUTUP", coordinator).status_code == 200


def test_a_coordinator_excuses_what_an_agency_missed_and_the_arbiter_what_the_office_did(
    people: People, at: Callable[[str], None]
) -> None:
    at("2026-11-02T10:00:00")
    complaint, unrouted = people.routed(), people.file()
    at("2026-11-10T10:00:00")
    coordinator, arbiter = people.token("coordinator"), people.token("arbiter")
    why = {"reason": "Banjir"}

    assert people.act(complaint, "excuse", coordinator, step="follow_up", **why).status_code == 200
    assert people.act(complaint, "excuse", coordinator, step="follow_up", **why).status_code == 422
    assert people.act(complaint, "excuse", coordinator, step="resolve", **why).status_code == 422
    assert people.act(complaint, "excuse", coordinator, step="follow_up").status_code == 422
    assert people.act(unrouted, "excuse", coordinator, step="verify", **why).status_code == 403
    assert people.act(unrouted, "excuse", arbiter, step="verify", **why).status_code == 200
    at("2026-11-10T11:00:00")
    totals = people.call(
        "GET", "/dashboards/sla?from=2026-11-10&to=2026-11-10", people.token("auditor")
    ).get_json()["totals"]
    assert (totals["excused"], totals["by_step"]["follow_up"]["excused"]) == (2, 1)
    assert totals["by_step"]["follow_up"]["overdue"] == 1  # it stays missed
