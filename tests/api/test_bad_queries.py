"""Query strings and headers that are not as they should be are refused, with the parameter's name."""

import re
from base64 import urlsafe_b64encode
from collections.abc import Callable
from urllib.parse import quote
from uuid import uuid4

import pytest
from werkzeug.test import TestResponse

from ..people import People

LIMITS = ("0", "201", "-1", "abc", "1.5", "", "1e2", "9" * 5000, "%20", "NaN")
DAYS = ("2026-02-30", "2026-1-1", "20260101", "2026-01-01T00:00:00Z", "0000-01-01", "today", "", "5")
INJECTED = (
    "' OR 1=1 --",
    "1; DROP TABLE event",
    "%s%s",
    "../../x",
    "${jndi:x}",
    "{{7*7}}",
    "\r\nX: y",
    "\u202e",
)
READS = (
    "/complaints/{}",
    "/complaints/{}/history",
    "/agencies/BINAMARGA/backlog",
    "/dashboards/sla",
    "/dashboards/quality",
    "/dashboards/flow",
    "/log",
    "/agencies",
    "/officers",
    "/exports/csv",
    "/exports",
    "/conformance",
)
BAD = {
    "/complaints/{}": {
        "at": ("2026-01-01", "2026-01-01T09:00:00", "now", "", "0001-01-01T00:00:00+14:00", "1767225600"),
        "position": ("0", "-1", "abc", "1.5", "9" * 5000),
        "surprise": ("1",),
        "limit": ("5",),
    },
    "/complaints/{}/history": {
        "at": (
            "2026-13-01T00:00:00Z",
            "2026-01-01T25:00:00Z",
            "2026-01-01T09:00:00",
            "9999-12-31T23:59:59-12:00",
        ),
        "position": ("0", "x"),
        "limit": LIMITS,
        "cursor": ("x" * 201,),
        "surprise": ("1",),
    },
    "/agencies/BINAMARGA/backlog": {
        "limit": LIMITS,
        "stage": ("nowhere", "", "FILED", *INJECTED),
        "step": ("verification", "", *INJECTED),
        "cursor": ("x" * 201,),
        "surprise": ("1",),
    },
    "/dashboards/sla": {
        "from": DAYS,
        "to": DAYS,
        "agency": ("", "NOWHERE", "x" * 65, str(uuid4()), *INJECTED),
        "kind": ("", "COMPLAINT", *INJECTED),
        "step": ("", "verification", *INJECTED),
        "at": ("2026-01-01", "2026-01-01T09:00:00", "now", "", "0001-01-01T00:00:00+14:00"),
        "surprise": ("1",),
    },
    "/dashboards/flow": {
        "from": DAYS,
        "to": DAYS,
        "agency": ("", "NOWHERE", *INJECTED),
        "kind": ("", *INJECTED),
        "step": ("resolve",),
        "at": ("2026-01-01", "9999-12-31T23:59:59-12:00"),
    },
    "/exports/csv": {
        "from": DAYS,
        "to": DAYS,
        "agency": ("", "NOWHERE", "x" * 65, str(uuid4()), *INJECTED),
        "identities": ("true",),
        "reason": ("because",),
    },
    "/exports": {"limit": LIMITS, "cursor": ("x" * 201,), "surprise": ("1",)},
    "/conformance": {"from": DAYS, "to": DAYS, "minutes": ("-1", "1441", "x", "1.5"), "agency": ("PUPR",)},
    "/log": {"limit": LIMITS, "after": ("-1", "x", str(2**62 + 1), "9" * 5000), "position": ("1",)},
}


def cursor(text: str) -> str:
    return urlsafe_b64encode(text.encode()).decode()


NAMELESS = {
    "/exports": ("abc", "-1", "9" * 19, "", "1.0", *INJECTED),
    "/complaints/{}/history": ("abc", "-1", "9" * 19, "", "1.0", *INJECTED),
    "/agencies/BINAMARGA/backlog": (
        "x",
        "é",
        "AAAA",
        cursor("[]"),
        cursor("[null]"),
        cursor("[1, 2]"),
        cursor(f'["yesterday", "{uuid4()}"]'),
        cursor('[null, "not-a-uuid"]'),
        cursor("[" * 100),
        *INJECTED,
    ),
}


@pytest.fixture(scope="module")
def get(people: People) -> Callable[..., TestResponse]:
    """Reads as somebody who may."""
    complaint = people.routed()
    for_auditors = ("/log", "/officers", "/exports/csv", "/exports", "/conformance")
    tokens = dict.fromkeys(for_auditors, people.token("auditor"))

    def do(path: str, **headers: str) -> TestResponse:
        token = tokens.get(path.partition("?")[0], people.token("coordinator"))
        return people.call("GET", path.format(complaint["id"]), token, **headers)

    return do


@pytest.mark.parametrize("path", BAD)
def test_a_bad_parameter_is_refused_by_name(get: Callable[..., TestResponse], path: str) -> None:
    for name, values in BAD[path].items():
        for value in values:
            answer = get(f"{path}?{name}={quote(value)}")
            assert answer.status_code == 422, (name, value)
            assert list(answer.get_json()["errors"]) == [name]


@pytest.mark.parametrize("path", NAMELESS)
def test_a_cursor_that_was_not_given_out_is_refused(get: Callable[..., TestResponse], path: str) -> None:
    for value in NAMELESS[path]:
        answer = get(f"{path}?cursor={quote(value)}")
        assert answer.status_code == 400, value
        assert "cursor" in answer.get_json()["detail"]


@pytest.mark.parametrize(
    "edge",
    ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00", "2026-01-01T00:00:00", "1000-01-01T00:00:00Z"],
)
def test_a_forged_cursor_makes_no_fault(get: Callable[..., TestResponse], edge: str) -> None:
    forged = cursor(f'["{edge}", "{uuid4()}"]')
    answer = get(f"/agencies/BINAMARGA/backlog?cursor={forged}")
    assert answer.status_code in {200, 400}


def test_a_parameter_that_stands_twice_or_holds_nothing_storable_is_refused(
    get: Callable[..., TestResponse],
) -> None:
    for query in ("limit=1&limit=2", "limit=1&limit=1", "cursor=%00", "stage=a%00b"):
        assert get(f"/agencies/BINAMARGA/backlog?{query}").status_code == 400
    for query in ("%00=1", "%ff=1", "li%6dit=0", "cursor[]=1", "=1"):
        assert get(f"/agencies/BINAMARGA/backlog?{query}").status_code in {400, 422}


def test_an_instant_with_an_offset_is_taken_also_where_the_plus_became_a_space(
    get: Callable[..., TestResponse],
) -> None:
    for at in ("2099-01-01T07:00:00%2B07:00", "2099-01-01T07:00:00+07:00", "2099-01-01T00:00:00Z"):
        assert get(f"/complaints/{{}}?at={at}").status_code == 200


@pytest.mark.parametrize("path", READS)
def test_a_position_that_is_none_or_beyond_the_head_is_refused(
    get: Callable[..., TestResponse], head: Callable[[], int], path: str
) -> None:
    for said in ("x", "-1", "1.5", "", "9" * 19, "+1", "²", "1, 2"):
        assert get(path, Lapor_Position=said).status_code == 400, said
    beyond = get(path, Lapor_Position=str(head() + 1))
    assert (beyond.status_code, beyond.get_json()["code"]) == (400, "beyond_head")
    assert beyond.get_json()["head"] == head()
    assert get(path, Lapor_Position="0").status_code == 200
    if path.startswith("/complaints/"):
        assert get(f"{path}?position={head() + 1}").get_json()["code"] == "beyond_head"
        assert get(f"{path}?position={head()}").status_code == 200
    elif path.startswith(("/complaints", "/dashboards")) or path.endswith("/backlog"):
        assert get(f"{path}?position={head()}").status_code == 422


def test_names_of_complaints_that_are_none_are_not_found(get: Callable[..., TestResponse]) -> None:
    for named in (*INJECTED, "LP-0000-00000", "0" * 5000, "%00", "ÿ", "LP", "-", str(uuid4()), "{}{}"):
        for rest in ("", "/history"):
            path = re.sub(r"[{}]", "x", f"/complaints/{quote(named, safe='%')}{rest}")
            assert get(path).status_code == 404, named


def test_a_malformed_header_is_refused_and_nothing_is_stored(people: People, head: Callable[[], int]) -> None:
    complaint = people.routed()
    token = people.token("coordinator")
    before = head()
    for name, values in {
        "Idempotency_Key": ("", "1", "x" * 36, "5f0f8f6e-1111-4222-8333-44445555666", "' OR 1=1", "a" * 5000),
        "If_Match": ("", "x", "-1", '"1", "2"', "**", '""', "1.0", "9" * 5000, '"x"'),
        "Authorization": ("", "Bearer", "Bearer ", "Basic eDp5", token, "Bearer,x"),
    }.items():
        for value in values:
            headers = {"If_Match": "*", "Authorization": f"Bearer {token}", name: value}
            posts = {
                "/complaints": {"text": "x", "consent": True},
                f"/complaints/{complaint['id']}/verify": {"kind": "complaint", "category": "x", "title": "x"},
                "/agencies": {"code": "NEW", "name": "New"},
                "/officers": {"name": "New", "role": "auditor"},
            }
            for path, body in posts.items():
                answer = people.call("POST", path, None, body, **headers)
                assert answer.status_code == 400, (path, name, value)
    assert head() == before
