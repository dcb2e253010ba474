"""Lists hold what fits and what the caller may see; words are found without being stored."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import pytest
from werkzeug.test import TestResponse

from lapor.bootstrap import RunningServices

from ..clock import now
from ..conftest import fed, running, url  # noqa: F401 - a database for each test
from ..people import People
from .openapi_helpers import Checked

pytestmark = pytest.mark.usefixtures("fed")


@dataclass
class Readers(People):
    """People, and the answer to their last change: lists are read when they show it."""

    last: TestResponse = field(init=False)


TEXTS = [
    "Lampu jalan di depan pasar padam sudah dua minggu",
    "Perbaikan jembatan gantung belum selesai",
    "Antrean pembuatan KTP terlalu lama di kecamatan",
    "Jembatan rusak dan berlubang dekat sekolah",
]


def ids(answer: Any) -> list[str]:
    assert answer.status_code == 200, answer.text
    return [item["id"] for item in answer.get_json()["items"]]


@pytest.fixture
def people(running: RunningServices) -> Readers:  # noqa: F811
    """People whose client takes no undocumented answer."""
    app = running.app
    app.testing = False
    app.test_client_class = Checked
    return Readers(running, app.test_client())


@pytest.fixture
def filed(people: Readers) -> list[dict[str, Any]]:
    """Four complaints, the last of them routed to BINAMARGA."""
    complaints = [people.file(text=text, kind="complaint") for text in TEXTS]
    people.agency("BINAMARGA")
    route = {"agency": "BINAMARGA", "category": "infrastructure", "title": "Jembatan rusak"}
    people.last = people.act(complaints[-1], "route", people.token("coordinator"), **route)
    return complaints


def listed(
    people: Readers, query: str = "", *, role: str = "coordinator", agency: str | None = None
) -> TestResponse:
    position = people.last.headers["Lapor-Position"]
    return people.call("GET", f"/complaints?{query}", people.token(role, agency), Lapor_Position=position)


def test_the_latest_come_first_and_pages_follow_each_other(
    people: Readers, filed: list[dict[str, Any]]
) -> None:
    expected = [complaint["id"] for complaint in reversed(filed)]
    first = listed(people, "limit=3")
    cursor = first.get_json()["next"]

    assert ids(listed(people)) == expected
    assert ids(first) + ids(listed(people, f"limit=3&cursor={cursor}")) == expected


@pytest.mark.parametrize("sort", ["-filed_at", "filed_at", "-changed_at", "changed_at", "due_at"])
def test_every_sort_pages_through_all(people: Readers, filed: list[dict[str, Any]], sort: str) -> None:
    seen: list[str] = []
    query = f"limit=1&sort={sort}"
    while len(seen) <= len(filed):
        page = listed(people, query)
        seen += ids(page)
        if not (cursor := page.get_json()["next"]):
            break
        query = f"limit=1&sort={sort}&cursor={cursor}"

    assert sorted(seen) == sorted(complaint["id"] for complaint in filed)


@pytest.mark.parametrize(
    ("query", "fits"),
    [
        ("stage=filed", [0, 1, 2]),
        ("stage=routed", [3]),
        ("agency=BINAMARGA", [3]),
        ("kind=oversight", []),
        ("category=infrastructure", [3]),
        ("overdue=true", []),
        ("overdue=false", [0, 1, 2, 3]),
        ("due_before=2020-01-01T00:00:00Z", []),
        ("filed_from=2020-01-01&filed_to=2020-12-31", []),
        ("filed_from=2020-01-01", [0, 1, 2, 3]),
        ("q=jembatan", [1, 3]),
        ("q=Jembatan+RUSAK", [3]),
        ("q=diperbaiki", [1]),  # another form of "perbaikan"
        ("q=ktp", [2]),
        ("q=jemb", []),  # whole words only
        ("q=jembatan&stage=filed", [1]),
    ],
)
def test_each_condition_must_hold(
    people: Readers, filed: list[dict[str, Any]], query: str, fits: list[int]
) -> None:
    assert sorted(ids(listed(people, query))) == sorted(filed[at]["id"] for at in fits)


def test_a_title_given_later_is_found_too(people: Readers, filed: list[dict[str, Any]]) -> None:
    route = {"agency": "BINAMARGA", "category": "lamps", "title": "Penerangan umum"}
    people.last = people.act(filed[0], "route", people.token("coordinator"), **route)

    assert ids(listed(people, "q=penerangan")) == [filed[0]["id"]]
    assert ids(listed(people, "q=lampu")) == [filed[0]["id"]]


def test_an_agency_sees_its_own_and_the_inspectorate_the_oversight_ones(
    people: Readers, filed: list[dict[str, Any]]
) -> None:
    oversight = people.file(text="Pungutan liar", kind="oversight")
    people.last = people.act(oversight, "note", people.token("coordinator"), text="Periksa.")

    assert ids(listed(people, role="liaison", agency="BINAMARGA")) == [filed[3]["id"]]
    assert ids(listed(people, role="liaison", agency="DINKES")) == []
    assert ids(listed(people, role="inspector")) == [oversight["id"]]
    assert len(ids(listed(people, role="auditor"))) == 5


def test_a_confidential_complaint_is_listed_without_its_title_and_not_found_by_its_words(
    people: Readers, filed: list[dict[str, Any]]
) -> None:
    secret = people.file(text="Rahasia soal proyek", title="Proyek", privacy="confidential")
    people.last = people.act(secret, "note", people.token("coordinator"), text="Lihat.")

    for_coordinator = listed(people, "q=proyek").get_json()["items"]
    for_auditor = listed(people, role="auditor").get_json()["items"]

    assert [item["title"] for item in for_coordinator] == ["Proyek"]
    assert ids(listed(people, "q=proyek", role="auditor")) == []
    (item,) = (item for item in for_auditor if item["id"] == secret["id"])
    assert "title" not in item


def test_a_list_tells_only_the_day_of_an_anonymous_filing_its_cursor_included(
    people: Readers, filed: list[dict[str, Any]]
) -> None:
    for _ in range(2):
        people.last = people.act(
            people.file(privacy="anonymous"), "note", people.token("coordinator"), text="Baca."
        )

    page = listed(people, "limit=1").get_json()

    assert page["items"][0]["filed_at"].endswith("T00:00:00+07:00")
    assert listed(people, f"limit=1&sort=filed_at&cursor={page['next']}").status_code == 400
    assert listed(people, f"limit=1&cursor={page['next'][:-4]}AAAA").status_code == 400


def test_a_caller_who_may_see_no_complaint_gets_no_list(people: Readers) -> None:
    assert people.call("GET", "/complaints").status_code == 401
    assert people.call("GET", "/complaints", people.token("executive")).status_code == 403


REFUSED = """
sort=title
limit=0
limit=201
stage=gone
overdue=maybe
filed_from=yesterday
q=
q=a
due_before=2026-01-01T00:00:00
filed_from=2026-02-01&filed_to=2026-01-01
agency=NOWHERE
colour=red
"""


@pytest.mark.parametrize("query", REFUSED.split())
def test_a_bad_query_parameter_is_refused_by_name(people: Readers, query: str) -> None:
    answer = people.call("GET", f"/complaints?{query}", people.token("coordinator"))

    assert answer.status_code == 422
    assert set(answer.get_json()["errors"]) <= {part.partition("=")[0] for part in query.split("&")}


def test_similar_complaints_share_rare_words_or_the_place(
    people: Readers, filed: list[dict[str, Any]]
) -> None:
    place = {"lat": -6.2612, "lon": 107.1499}
    one = people.file(text="Tanggul sungai Citarum jebol", place=place)
    near = people.file(text="Bau sampah menyengat", place={"lat": -6.2634, "lon": 107.1511})
    people.last = people.act(near, "note", people.token("coordinator"), text="Dekat.")
    listed(people)  # the register has them by now

    answer = people.call("GET", f"/complaints/{one['id']}/similar", people.token("coordinator"))
    bridge = people.call("GET", f"/complaints/{filed[1]['id']}/similar", people.token("coordinator"))

    assert ids(answer)[0] == near["id"]
    assert ids(bridge)[0] == filed[3]["id"]
    other = people.token("liaison", "DINKES")
    assert people.call("GET", f"/complaints/{one['id']}/similar", other).status_code == 404


def days_later(people: Readers, days: int) -> None:
    """Let the clock of all that comes after go ahead."""
    application = people.running.application
    application.clock = lambda: now() + timedelta(days=days)


def test_lists_and_backlogs_are_shown_as_they_were(people: Readers, filed: list[dict[str, Any]]) -> None:
    then = quote(now().isoformat())
    days_later(people, 3)
    last = people.act(
        filed[-1], "follow-up", people.token("liaison", "BINAMARGA"), text="Dicek.", public=True
    )
    people.last = people.act(
        filed[0], "archive", people.token("coordinator"), reason_code="spam", text="Iklan."
    )

    for role, moment in (
        ("auditor", f"at={then}"),
        ("coordinator", f"at={then}"),
    ):
        stages = {item["id"]: item["stage"] for item in listed(people, moment, role=role).get_json()["items"]}
        assert stages == {**dict.fromkeys((each["id"] for each in filed), "filed"), filed[-1]["id"]: "routed"}
        assert ids(listed(people, f"{moment}&stage=routed", role=role)) == [filed[-1]["id"]]
        assert ids(listed(people, f"{moment}&q=jembatan", role=role)) == [filed[3]["id"], filed[1]["id"]]
        backlog = people.call("GET", f"/agencies/BINAMARGA/backlog?{moment}", people.token(role)).get_json()
        assert [item["stage"] for item in backlog["items"]] == ["routed"]
        assert backlog["counts"]["by_stage"] == {"routed": 1}
    assert last.status_code == 200
    assert ids(listed(people, "stage=in_progress")) == [filed[-1]["id"]]
    unsorted = people.call("GET", f"/complaints?sort=changed_at&at={then}", people.token("auditor"))
    assert (unsorted.status_code, list(unsorted.get_json()["errors"])) == (422, ["sort"])


def test_a_complaint_since_hidden_keeps_its_place_in_the_past(
    people: Readers, filed: list[dict[str, Any]]
) -> None:
    then = quote(now().isoformat())
    people.agency("DINKES")
    days_later(people, 3)
    people.last = people.act(filed[-1], "route", people.token("coordinator"), agency="DINKES")

    found = listed(people, f"at={then}", role="liaison", agency="BINAMARGA").get_json()["items"]
    liaison = people.token("liaison", "BINAMARGA")
    backlog = people.call("GET", f"/agencies/BINAMARGA/backlog?at={then}", liaison).get_json()

    assert found == backlog["items"] == [{"withheld": True}]
    assert backlog["counts"]["open"] == 1
    assert ids(listed(people, role="liaison", agency="BINAMARGA")) == []


def test_by_words_nobody_finds_in_the_past_what_has_become_confidential(
    people: Readers, filed: list[dict[str, Any]]
) -> None:
    then = quote(now().isoformat())
    days_later(people, 3)
    oversight = {"kind": "oversight", "category": "integrity", "title": "Gratifikasi"}
    people.last = people.act(filed[1], "verify", people.token("coordinator"), **oversight)

    assert ids(listed(people, f"at={then}&q=gantung", role="coordinator")) == [filed[1]["id"]]
    assert ids(listed(people, f"at={then}&q=gantung", role="arbiter")) == []
    assert len(ids(listed(people, f"at={then}", role="arbiter"))) == 4
