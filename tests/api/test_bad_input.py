"""A refusal names each wrong field of a body, and nothing of the body is stored."""

import codecs
import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from werkzeug.test import TestResponse

from lapor.api.app import LARGEST_BODY
from lapor.application.commands.agencies import REGISTERING, RENAMING
from lapor.application.commands.calendars import ADDING_A_YEAR, CONFIRMING_A_YEAR, DECREEING
from lapor.application.commands.complaints import FILING
from lapor.application.commands.officers import APPOINTING
from lapor.application.commands.sla_policies import ADOPTING
from lapor.domain.complaint import WORKFLOW

from ..bodies import AGENCY, right
from ..people import People
from .openapi_helpers import wrong

Post = Callable[..., Any]
FIELDS = {
    "/complaints": FILING,
    "/agencies": REGISTERING,
    "/officers": APPOINTING,
    "/calendars": ADDING_A_YEAR,
    "/calendars/id-2026/holidays": DECREEING,
    "/calendars/id-2026/confirm": CONFIRMING_A_YEAR,
    "/sla-policies": ADOPTING,
    "/agencies/BINAMARGA/rename": RENAMING,
    **{f"/complaints/{{}}/{name}": verb.fields for name, verb in WORKFLOW.items()},
}
SOUND = b'{"text": "Lampu jalan padam.", "consent": true}'
UNREADABLE = {
    "nothing but space": b" \n",
    "truncated": SOUND[:-1],
    "two documents": SOUND + SOUND,
    "a comment": b"{/* */}",
    "single quotes": b"{'text': 'x'}",
    "U+0000 in a text": rb'{"text": "a\u0000b"}',
    "U+0000 in a name": rb'{"te\u0000xt": "a"}',
    "half a surrogate pair": rb'{"text": "a\ud800b"}',
    "halves in the wrong order": rb'{"text": "\udc00\ud800"}',
    "half a pair in a name": rb'{"\udfff": 1}',
    "NaN": b'{"place": {"lat": NaN}}',
    "Infinity": b'{"place": {"lat": Infinity}}',
    "-Infinity": b'{"place": {"lat": -Infinity}}',
    "1e999": b'{"place": {"lat": 1e999}}',
    "-1e999": b'{"place": {"lat": -1e999}}',
    "5,000 digits": b'{"rating": ' + b"9" * 5000 + b"}",
    "20 digits": b'{"rating": 18446744073709551616}',
    "a field twice": b'{"text": "a", "text": "b"}',
    "a nested field twice": b'{"reporter": {"name": "a", "name": "b"}}',
    "an unspeakable field twice": rb'{"\ud800": 1, "\ud800": 2}',
    "100,000 lists": b"[" * 100_000 + b"]" * 100_000,
    "100,000 unclosed lists": b"[" * 100_000,
    "20,000 objects": b'{"a":' * 20_000 + b"1" + b"}" * 20_000,
    "33 lists": b'{"text": ' + b"[" * 33 + b"]" * 33 + b"}",
    "BOM": codecs.BOM_UTF8 + SOUND,
    "UTF-16": SOUND.decode().encode("utf-16"),
    "UTF-16 without BOM": SOUND.decode().encode("utf-16-le"),
    "UTF-32": SOUND.decode().encode("utf-32"),
    "Latin-1": '{"text": "é"}'.encode("latin-1"),
    "overlong": b'{"text": "\xc0\x80"}',
    "a surrogate in UTF-8": b'{"text": "\xed\xa0\x80"}',
    "gzip": b"\x1f\x8b\x08\x00\x00",
    "control characters": b'{"text": "a\x01b"}',
}
NOT_OBJECTS = {"a list": b"[]", "a text": b'"x"', "null": b"null", "a number": b"5", "true": b"true"}


@pytest.fixture(scope="module")
def post(people: People, head: Callable[[], int]) -> Post:
    """Posts as somebody who may; what is refused must leave the log as it was."""
    people.agency(AGENCY)
    tokens = {"/agencies": people.token("administrator"), "/officers": people.token("administrator")}
    liaison, coordinator = people.token("liaison", AGENCY), people.token("coordinator")
    complaint = people.routed(AGENCY)
    for name, verb in WORKFLOW.items():
        tokens[f"/complaints/{{}}/{name}"] = liaison if "liaison" in verb.grants else coordinator

    def do(path: str, data: bytes, content_type: str | None = "application/json") -> TestResponse:
        before = head()
        headers = {"Authorization": f"Bearer {tokens.get(path, coordinator)}", "If-Match": "*"}
        where = f"/api/v1{path.format(complaint['id'])}"
        answer = people.client.post(where, data=data, content_type=content_type, headers=headers)
        assert (head() == before) == (answer.status_code >= 400)
        return answer

    return do


@pytest.mark.parametrize("path", FIELDS)
def test_a_wrong_missing_or_unknown_field_is_named(post: Post, path: str) -> None:
    tried = 0
    for name, body in wrong(FIELDS[path]):
        answer = post(path, json.dumps(body).encode())
        assert answer.status_code == 422, (name, body)
        told = [
            re.sub(r"\.\d+(?=\.|$)", "", each) for each in answer.get_json()["errors"]
        ]  # in a list, which one
        assert name in told, (name, body, answer.text)
        tried += 1
    assert tried > 10


def test_the_right_bodies_that_these_were_made_from_are_taken(post: Post) -> None:
    for path in ("/complaints", "/agencies", "/officers"):
        answer = post(path, json.dumps(right(FIELDS[path]) | _role(path)).encode())
        assert answer.status_code == 201, path


def _role(path: str) -> dict[str, str]:
    return {"role": "liaison"} if path == "/officers" else {}


@pytest.mark.parametrize("path", ["/complaints", "/complaints/{}/route", "/agencies", "/officers"])
def test_a_body_that_is_no_json_object_is_refused_and_not_stored(post: Post, path: str) -> None:
    for what, data in UNREADABLE.items():
        answer = post(path, data)
        assert (what, answer.status_code) == (what, 400)
        assert len(answer.get_json()["detail"]) > 10, what
    for what, data in NOT_OBJECTS.items():
        answer = post(path, data)
        assert (what, answer.status_code) == (what, 422)
        assert list(answer.get_json()["errors"]) == ["body"]


def test_a_field_that_stands_twice_is_found_in_a_body_of_the_greatest_length_at_once(post: Post) -> None:
    names = [f'"{number}":0' for number in range(25_000)]
    answer = post("/complaints", f"{{{','.join([*names, names[-1]])}}}".encode())
    assert answer.get_json()["detail"] == "The field '24999' is given twice."


def test_a_body_that_is_too_long_is_refused_unread(post: Post) -> None:
    longest = SOUND + b" " * (LARGEST_BODY - len(SOUND))
    assert post("/complaints", longest).status_code == 201
    for path in FIELDS:
        assert post(path, longest + b" ").status_code == 413


def test_a_body_of_another_or_no_media_type_is_refused(post: Post) -> None:
    other = ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", None)
    for content_type in (*other, "application/xml", "application/json-patch+json", "json", "text/json"):
        for path in ("/complaints", "/complaints/{}/route", "/agencies", "/officers"):
            assert post(path, SOUND, content_type).status_code == 415, content_type
    assert post("/complaints", SOUND, "Application/JSON; charset=utf-8").status_code == 201


KEYS = st.sampled_from([field.name for field in FILING] + ["channel", "reporter", "surprise"])
SCALARS = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(exclude_categories=()))
)
VALUES = st.recursive(SCALARS, lambda inner: st.lists(inner) | st.dictionaries(KEYS | st.text(), inner))
BODIES = st.fixed_dictionaries(
    {}, optional={"text": st.text(), "consent": st.just(value=True), "place": VALUES, "title": SCALARS}
)


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(body=VALUES | BODIES | st.binary())
def test_no_body_makes_a_fault(post: Post, body: Any) -> None:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    assert post("/complaints", data).status_code in {201, 400, 422}
