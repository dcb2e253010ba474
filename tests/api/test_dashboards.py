"""Dashboards over HTTP: what officers see, what of it is an agency's, and what is left for the public."""

import time
from datetime import date, datetime, timedelta
from typing import Any, Protocol
from zoneinfo import ZoneInfo

import pytest

from lapor.application.queries.as_of import end_of_day
from lapor.application.queries.disclosure_control import coarse
from lapor.domain.access import VIEW_SLA
from lapor.domain.vocabulary import OFFICES
from projections.catalogue import PROJECTIONS
from projections.engine.engine import Engine

from ..clock import now
from ..faults.slack import slack
from ..people import People
from .scene import OTHER, OWN, who

COUNTS = ("made", "kept", "late", "missed", "lapsed", "released", "open", "overdue", "excused")
PUBLIC_TOO = [role for role in OFFICES if role not in VIEW_SLA.grants]


@pytest.fixture(scope="module")
def position(people: People) -> str:
    """Complaints with two agencies; two of OWN's are answered. The log's position after that."""
    for _ in range(2):
        complaint = people.routed(OWN)
        people.act(complaint, "respond", people.token("liaison", OWN), text="Sudah.", outcome="fixed")
    people.act(complaint, "accept-response", None)
    people.routed(OTHER)
    last = people.file()
    engine = Engine(people.running.database, PROJECTIONS)
    while engine.step():
        pass
    return str(last["position"])


class Get(Protocol):
    """Returns the body of a dashboard, as somebody sees it."""

    def __call__(self, path: str, name: str = "coordinator") -> Any: ...


@pytest.fixture
def get(people: People, position: str) -> Get:
    def do(path: str, name: str = "coordinator") -> Any:
        answer = people.call("GET", f"/dashboards/{path}", **who(people, name), Lapor_Position=position)
        assert answer.status_code == 200, answer.text
        return answer.get_json()

    return do


def today() -> date:
    return now().astimezone(ZoneInfo("Asia/Jakarta")).date()


def rows_of(answer: dict[str, Any]) -> dict[tuple[str | None, str], dict[str, Any]]:
    return {(row["code"], row["step"]): row for row in answer["rows"]}


def test_promises_are_shown_by_agency_and_step_with_their_totals(
    people: People, get: Get, position: str
) -> None:
    answer = get("sla")
    rows = rows_of(answer)

    assert answer["position"] >= int(position)
    assert (answer["from"], answer["to"]) == (str(today() - timedelta(days=364)), str(today()))
    resolve = rows[OWN, "resolve"]
    assert resolve["agency"] == str(people.agencies[OWN])
    assert {name: resolve[name] for name in COUNTS} == {**dict.fromkeys(COUNTS, 0), "made": 2, "kept": 2}
    assert (resolve["compliance"], resolve["median_working_hours"]) == (1.0, 0.0)
    assert rows[OTHER, "resolve"]["open"] == 1
    assert rows[OTHER, "resolve"]["compliance"] is None
    assert (rows[None, "verify"]["made"], rows[None, "verify"]["agency"]) == (4, None)
    assert [row["code"] for row in answer["rows"]] == sorted(
        (row["code"] for row in answer["rows"]), key=lambda code: (code is None, code)
    )
    totals = answer["totals"]
    for name in COUNTS:
        assert totals[name] == sum(row[name] for row in answer["rows"])
        assert totals[name] == sum(step[name] for step in totals["by_step"].values())
    assert totals["by_step"]["resolve"]["made"] == 3


def test_a_dashboard_can_be_asked_for_a_period_an_agency_a_kind_and_a_step(people: People, get: Get) -> None:
    everything = rows_of(get("sla"))
    only = rows_of(get(f"sla?agency={OWN.lower()}&step=resolve&from={today()}&to={today()}"))
    assert only == {(OWN, "resolve"): everything[OWN, "resolve"]}
    assert rows_of(get(f"sla?agency={people.agencies[OWN]}&step=resolve")) == only
    assert rows_of(get("sla?kind=complaint&step=resolve")).keys() == {(OWN, "resolve"), (OTHER, "resolve")}
    assert get("sla?kind=oversight")["rows"] == []
    assert get(f"sla?to={today() - timedelta(days=1)}")["totals"]["made"] == 0


def test_the_days_of_a_period_say_what_came_and_what_went(get: Get) -> None:
    answer = get(f"flow?from={today() - timedelta(days=2)}")
    counts = {"filed": 4, "responded": 2, "closed": 1, "reopened": 0, "open": 3}
    none = dict.fromkeys(counts, 0)
    assert answer["rows"] == [
        {"day": str(today() - timedelta(days=2)), **none},
        {"day": str(today() - timedelta(days=1)), **none},
        {"day": str(today()), **counts},
    ]
    assert answer["totals"] == counts
    assert get(f"flow?agency={OWN}")["totals"] == {**counts, "filed": 2, "open": 1}
    assert get(f"flow?agency={OTHER}&kind=complaint")["totals"] == {**none, "filed": 1, "open": 1}
    assert len(get("flow")["rows"]) == 365


def test_days_to_come_have_no_rows(get: Get) -> None:
    soon = get(f"flow?from={today()}&to={today() + timedelta(days=9)}")
    assert [row["day"] for row in soon["rows"]] == [str(today())]
    later = today() + timedelta(days=5)
    answer = get(f"flow?from={later}&to={later}")
    assert (answer["rows"], answer["totals"]["open"]) == ([], 0)


def test_a_dashboard_can_be_asked_for_as_of_a_moment(people: People, get: Get) -> None:
    before = now() - timedelta(days=1)
    for name, as_of in (("auditor", before), ("coordinator", end_of_day(before, "Asia/Jakarta"))):
        moment = before.isoformat().replace("+", "%2B")
        sla, flow = (get(f"{path}?at={moment}", name) for path in ("sla", "flow"))
        assert {datetime.fromisoformat(each["as_of"]) for each in (sla, flow)} == {as_of}
        assert (sla["rows"], flow["totals"]["open"], sla["to"]) == ([], 0, str(today() - timedelta(days=1)))
    later = get("sla?at=9000-01-01T00:00:00Z")
    assert later["totals"] == get("sla")["totals"]


@pytest.mark.parametrize("name", ["liaison", "head"])
def test_officers_of_an_agency_see_its_figures_only(people: People, get: Get, name: str) -> None:
    everything = rows_of(get("sla"))
    own = get("sla", name)
    assert rows_of(own) == {key: row for key, row in everything.items() if key[0] == OWN}
    assert own["totals"]["by_step"]["resolve"]["made"] == 2
    assert get("flow", name)["totals"] == get(f"flow?agency={OWN}")["totals"]
    caller = who(people, name)
    for path in ("sla", "flow"):
        other, none = (
            people.call("GET", f"/dashboards/{path}?agency={named}", **caller) for named in (OTHER, "NOWHERE")
        )
        assert (other.status_code, none.status_code) == (422, 422)
        assert other.text == none.text.replace("NOWHERE", OTHER)
        assert list(other.get_json()["errors"]) == ["agency"]


@pytest.mark.parametrize("name", [role for role, scope in VIEW_SLA.grants.items() if scope == "all"])
def test_officers_of_the_whole_see_every_agency(get: Get, name: str) -> None:
    assert rows_of(get("sla", name)) == rows_of(get("sla"))
    assert get("flow", name)["rows"] == get("flow")["rows"]


@pytest.mark.parametrize("name", ["stranger", *PUBLIC_TOO])
def test_everybody_else_sees_coarse_totals_and_no_agency(people: People, get: Get, name: str) -> None:
    sla, flow = get("sla", name), get("flow", name)
    assert (sla["rows"], flow["rows"]) == ([], [])
    assert set(sla["totals"]["by_step"]) == set(get("sla")["totals"]["by_step"])
    assert {figure for step in sla["totals"]["by_step"].values() for figure in step.values()} == {None}
    assert set(flow["totals"].values()) == {None}
    for query, field in (
        (f"agency={OWN}", "agency"),
        ("agency=NOWHERE", "agency"),
        ("kind=oversight", "kind"),
    ):
        for path in ("sla", "flow"):
            answer = people.call("GET", f"/dashboards/{path}?{query}", **who(people, name))
            assert (answer.status_code, list(answer.get_json()["errors"])) == (422, [field])


def test_a_period_must_begin_before_it_ends_and_a_flow_may_not_be_endless(people: People) -> None:
    token = people.token("coordinator")
    tomorrow = today() + timedelta(days=1)
    for query in (f"sla?from={tomorrow}", "flow?from=2026-02-02&to=2026-02-01", "flow?from=0001-01-01"):
        answer = people.call("GET", f"/dashboards/{query}", token)
        assert (answer.status_code, list(answer.get_json()["errors"])) == (422, ["from"]), query
    for query in ("sla?from=0001-01-01&to=9999-12-31", "sla?to=0001-01-01", "flow?to=0001-01-01"):
        assert people.call("GET", f"/dashboards/{query}", token).status_code == 200, query


STEP = {
    **dict.fromkeys(COUNTS, 0),
    "made": 40,
    "kept": 25,
    "late": 2,
    "missed": 3,
    "overdue": 1,
    "open": 12,
    "compliance": 25 / 28,
    "median_working_hours": 12.3456,
    "p90_working_hours": 30.0,
    "hours_exact": True,
}


def test_the_public_sees_no_count_below_ten_and_nothing_from_which_one_follows() -> None:
    found = coarse({**STEP, "by_step": {"resolve": STEP}})
    assert {name: found[name] for name in STEP} == dict.fromkeys(STEP)
    shown = {name: value for name, value in found["by_step"]["resolve"].items() if value is not None}
    assert shown == {
        "made": 40,
        "kept": 25,
        "open": 12,
        "compliance": 0.89,
        "median_working_hours": 12.3,
        "p90_working_hours": 30.0,
        "hours_exact": True,
    }
    few = coarse({"by_step": {"resolve": {**STEP, "kept": 5, "late": 2, "missed": 4, "compliance": 5 / 9}}})
    assert few["by_step"]["resolve"]["compliance"] is None
    assert few["by_step"]["resolve"]["median_working_hours"] is None
    assert coarse({"filed": 10, "closed": 9}) == {"filed": 10, "closed": None}


@pytest.mark.usefixtures("fed")
def test_a_read_from_a_commands_position_counts_the_command(people: People) -> None:
    token = people.token("coordinator")
    for path in ("sla?step=verify", "flow"):
        counts: list[int] = []
        until = time.monotonic() + 20 * slack()
        while len(counts) < 4 and time.monotonic() < until:
            filed = people.file()
            answer = people.call("GET", f"/dashboards/{path}", token, Lapor_Position=str(filed["position"]))
            totals = answer.get_json()["totals"]
            seen = answer.get_json()["position"] >= filed["position"]  # or a feeder has not begun
            counts = [*counts, totals.get("made", totals.get("filed"))] if seen else []
        assert len(counts) == 4
        assert counts == list(range(counts[-1] - len(counts) + 1, counts[-1] + 1))


def test_how_well_complaints_are_handled_is_shown_by_agency_and_coarse_to_the_public(
    people: People, get: Get
) -> None:
    complaint = people.routed(OWN)
    liaison = people.token("liaison", OWN)
    people.act(complaint, "decline", liaison, reason="Bukan kami.", suggested_agency=OTHER)
    people.act(complaint, "route", people.token("coordinator"), agency=OTHER)
    people.act(complaint, "respond", people.token("liaison", OTHER), text="Sudah.", outcome="fixed")
    people.act(complaint, "accept-response", None, rating=4)
    while Engine(people.running.database, PROJECTIONS).step():
        pass
    answer = get("quality")
    rows = {row["code"]: row for row in answer["rows"]}

    assert rows[OWN]["declined"] == 1
    assert rows[OWN]["rerouted"] == 1
    assert rows[OWN]["refusal_rate"] == pytest.approx(1 / rows[OWN]["routed"], abs=1e-4)
    assert (rows[OTHER]["ratings"], rows[OTHER]["mean_rating"], rows[OTHER]["closed"]) == (1, 4.0, 1)
    assert answer["totals"]["routed"] == sum(row["routed"] for row in answer["rows"])
    assert {row["code"] for row in get("quality", "liaison")["rows"]} == {OWN}
    public = people.call("GET", "/dashboards/quality").get_json()
    assert public["rows"] == []
    assert public["totals"]["declined"] is None
    assert get("quality?at=2026-01-01T00:00:00Z")["totals"]["routed"] == 0
