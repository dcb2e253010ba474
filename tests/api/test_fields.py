"""Which fields each viewer gets: a key that one may not see is absent, and so is its content elsewhere."""

import re
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from ..faults.slack import slack
from ..people import People
from .scene import INTERNAL, NAME, OWN, TEXT, complaints, table, who

JAKARTA = ZoneInfo("Asia/Jakarta")
BASE = {"id", "code", "stage", "kind", "category", "service", "privacy", "channel", "on_behalf", "agency"}
BASE |= {"addressed_to", "filed_at", "changed_at", "closed_at", "happened_on", "deadlines", "possible"}
BASE |= {"rating", "transferred_to", "version", "position", "agencies", "level", "published", "sp4n"}
BASE |= {"merged_into", "followers", "split_from", "split_into", "erasure", "held"}
CONTENT = {"title", "text", "questions", "application_no", "place", "response", "commitments", "objection"}
OFFICERS = {"draft", "redacted"}
REPORTER = {"reporter"}
SETS = {"base": BASE, "content": BASE | CONTENT | OFFICERS, "all": BASE | CONTENT | OFFICERS | REPORTER}
SETS["own"] = SETS["all"] - OFFICERS - {"held"}
GOLDEN = table("""
    viewer       open     anonymous  confidential  oversight
    reporter     own      own        own           own
    liaison      all      content    all           all
    head         all      content    all           all
    coordinator  all      content    all           all
    inspector    -        -          -             all
    national     content  content    base          base
    arbiter      content  content    base          base
    dpo          content  content    base          base
    auditor      content  content    base          base
""")
CELLS = [
    (viewer, sort, fields) for viewer, row in GOLDEN.items() for sort, fields in row.items() if fields != "-"
]


@pytest.fixture(scope="module")
def scene(people: People) -> dict[str, dict[str, Any]]:
    made = complaints(people)
    liaison = people.token("liaison", OWN)
    for sort in GOLDEN["reporter"]:
        people.act(made[sort], "follow-up", liaison, text=INTERNAL, public=False, reason=f"{INTERNAL}!")
        people.act(made[sort], "note", liaison, text=f"{INTERNAL}?")
        people.act(made[sort], "follow-up", liaison, text=f"{TEXT}-terbuka", public=True)
        answer = people.act(made[sort], "respond", liaison, text=TEXT, outcome="fixed")
        assert answer.status_code == 200
    return made


def see(people: People, complaint: dict[str, Any], viewer: str, rest: str = "") -> Any:
    answer = people.call("GET", f"/complaints/{complaint['id']}{rest}", **who(people, viewer, complaint))
    assert answer.status_code == 200
    return answer


def instants(value: Any) -> Iterator[datetime]:
    """Every instant in an answer, but the promised ones: those are closing times."""
    if isinstance(value, dict):
        for name, item in value.items():
            if name != "due_at":
                yield from instants(item)
    elif isinstance(value, list):
        for item in value:
            yield from instants(item)
    elif isinstance(value, str) and re.match(r"\d{4}-\d\d-\d\dT", value):
        yield datetime.fromisoformat(value).astimezone(JAKARTA)


@pytest.mark.parametrize(("viewer", "sort", "fields"), CELLS)
def test_a_viewer_gets_the_golden_fields_and_nothing_of_the_others(
    people: People, scene: dict[str, dict[str, Any]], viewer: str, sort: str, fields: str
) -> None:
    view, history = (see(people, scene[sort], viewer, rest) for rest in ("", "/history"))

    assert set(view.get_json()) == SETS[fields]
    for answer in (view, history):
        assert (TEXT in answer.text) == (fields != "base")
        assert (NAME in answer.text) == (fields in {"all", "own"})
    assert INTERNAL not in view.text
    assert (INTERNAL in history.text) == (fields != "base" and viewer != "reporter")
    assert scene[sort]["receipt"] not in view.text + history.text


@pytest.mark.parametrize("viewer", GOLDEN)
def test_only_dpo_and_auditor_see_more_than_days_of_an_anonymous_complaint(
    people: People, scene: dict[str, dict[str, Any]], viewer: str
) -> None:
    exact = viewer in {"dpo", "auditor"}
    if GOLDEN[viewer]["anonymous"] == "-":
        return
    for rest in ("", "/history"):
        answer = see(people, scene["anonymous"], viewer, rest)
        told = list(instants(answer.get_json()))
        assert len(told) >= 3
        assert any(each.microsecond for each in told) == exact
        assert all((each.hour, each.minute, each.second) == (0, 0, 0) for each in told) != exact
        promised = re.findall(r'"due_at":"([^"]+)"', answer.text)
        assert promised
        assert all(each[17:] in {"00Z", "59Z"} for each in promised)
        assert ("working_minutes" in answer.text) == (exact and rest == "/history")
    for rest in ("", "/history"):
        assert any(each.microsecond for each in instants(see(people, scene["open"], viewer, rest).get_json()))


def test_the_moment_of_an_anonymous_filing_cannot_be_found_by_asking_for_moments(
    people: People, scene: dict[str, dict[str, Any]]
) -> None:
    complaint = scene["anonymous"]
    filed_at = datetime.fromisoformat(see(people, complaint, "auditor").get_json()["filed_at"])
    day = filed_at.astimezone(JAKARTA).replace(hour=0, minute=0, second=0, microsecond=0)
    moments = {at: at.isoformat().replace("+", "%2B") for at in (day, filed_at - timedelta(microseconds=1))}
    for rest in ("", "/history"):
        for viewer, found in (("coordinator", True), ("reporter", True), ("auditor", False)):
            for at in moments.values():
                answer = people.call(
                    "GET", f"/complaints/{complaint['id']}{rest}?at={at}", **who(people, viewer, complaint)
                )
                assert bool(answer.get_json().get("items", answer.status_code == 200)) == found
        before = (day - timedelta(seconds=1)).isoformat().replace("+", "%2B")
        answer = people.call(
            "GET", f"/complaints/{complaint['id']}{rest}?at={before}", people.token("coordinator")
        )
        assert not answer.get_json().get("items", answer.status_code == 200)


def test_the_reporter_knows_that_something_was_done_within_but_not_what(
    people: People, scene: dict[str, dict[str, Any]]
) -> None:
    items = see(people, scene["open"], "reporter", "/history").get_json()["items"]
    within, public = [item["data"] for item in items if item["type"] == "lapor.complaint.followed_up"]
    (note,) = [item["data"] for item in items if item["type"] == "lapor.complaint.noted"]
    assert not (set(within) | set(note)) & {"text", "reason"}
    assert public["text"] == f"{TEXT}-terbuka"


def test_a_confidential_complaint_hides_its_past_too(people: People) -> None:
    complaint = people.file(text=TEXT, title=TEXT, reporter={"name": NAME})
    body = {"kind": "complaint", "category": "x", "title": TEXT, "privacy": "confidential"}
    assert people.act(complaint, "verify", people.token("coordinator"), **body).status_code == 200
    for moment in ("", f"?position={complaint['position']}"):
        for rest in ("", "/history"):
            answer = see(people, complaint, "auditor", f"{rest}{moment}")
            assert TEXT not in answer.text
            assert NAME not in answer.text


def test_the_answer_to_a_command_shows_its_doer_no_more_than_a_look(people: People) -> None:
    complaint = people.file(text=TEXT, title=TEXT, reporter={"name": NAME}, privacy="confidential")
    body = {"kind": "complaint", "category": "x", "title": TEXT}
    answer = people.act(complaint, "verify", people.token("national"), **body)
    assert set(answer.get_json()) == BASE - {"position"}
    assert TEXT not in answer.text


def backlog(people: People, viewer: str, position: int) -> Any:
    """OWN's backlog, as soon as it holds the position: a feeder takes its time to begin."""
    until = time.monotonic() + 20 * slack()
    while True:
        sent = who(people, viewer) | {"Lapor_Position": str(position)}
        told = people.call("GET", f"/agencies/{OWN}/backlog", **sent).get_json()
        if told["position"] >= position or time.monotonic() > until:
            return told


@pytest.mark.usefixtures("fed")
def test_the_backlog_has_titles_only_for_who_may_know_them_and_days_of_the_anonymous(
    people: People, scene: dict[str, dict[str, Any]], head: Callable[[], int]
) -> None:
    made = {sort: people.routed(OWN, privacy=sort) for sort in ("open", "anonymous", "confidential")}
    for viewer in ("liaison", "head", "coordinator", "national", "arbiter", "auditor"):
        told = backlog(people, viewer, head())
        items = {item["id"]: item for item in told["items"]}
        for sort, complaint in made.items():
            item = items[complaint["id"]]
            assert ("title" in item) == (GOLDEN[viewer][sort] != "base")
            filed_at = datetime.fromisoformat(item["filed_at"]).astimezone(JAKARTA)
            assert bool(filed_at.microsecond) == (sort != "anonymous" or viewer == "auditor")
