"""The description is whole: what is served is described, and what is described is served."""

import re
from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

import pytest
from flask import Response
from jsonschema import Draft202012Validator, ValidationError

from lapor.api.app import create_app
from lapor.domain.complaint import WORKFLOW

from ..people import People
from .openapi_helpers import PAGES, PROBLEM, check_events, conforms, document, documented

OPERATIONS = {
    f"{method} {path}": operation
    for path, methods in document()["paths"].items()
    for method, operation in methods.items()
    if method != "parameters"
}
SOME_ID = "5f0f8f6e-1111-4222-8333-444455556666"


def names(operation: dict[str, Any], where: str) -> set[str]:
    return {each["name"] for each in operation.get("parameters", []) if each["in"] == where}


def test_it_is_openapi_3_1_whose_references_all_resolve_and_whose_shapes_are_json_schema() -> None:
    assert document()["openapi"].startswith("3.1.")
    for reference in re.findall(r'"\$ref": ?"#/([^"]+)"', str(document()).replace("'", '"')):
        found: Any = document()
        for part in reference.split("/"):
            found = found[part]
    for schema in document()["components"]["schemas"].values():
        Draft202012Validator.check_schema(schema)


def test_every_route_is_described() -> None:
    app = create_app(None)  # type: ignore[arg-type]
    served = {
        (method, re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule))
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
        if rule.rule not in PAGES
    }
    assert {f"{method.lower()} {path}" for method, path in served} == set(OPERATIONS)


@pytest.mark.parametrize("name", OPERATIONS)
def test_an_operation_says_what_may_go_wrong_and_who_may_come(name: str) -> None:
    operation = OPERATIONS[name]
    said = set(operation["responses"])

    assert operation["summary"]
    assert "default" in said
    if not name.split()[1].startswith("/api"):
        return
    assert {"400", "401", "503"} <= said
    assert ("404" in said) == ("{" in name)
    assert ({"413", "415", "422"} <= said) == ("requestBody" in operation)
    assert "422" in said or not names(operation, "query")
    assert operation["security"]
    for status in said - {"default"}:
        assert HTTPStatus(int(status))
    for status in said:
        content = operation["responses"][status]
        if not status.startswith("2"):
            error = document()["components"]["responses"][content["$ref"].rpartition("/")[2]]
            assert list(error["content"]) == [PROBLEM]


@pytest.mark.parametrize("name", WORKFLOW)
def test_a_verb_says_which_headers_it_takes_and_who_may_come(name: str) -> None:
    operation = documented("POST", f"/api/v1/complaints/{SOME_ID}/{name}")
    assert operation is not None
    verb = WORKFLOW[name]
    receipt: list[dict[str, list[str]]] = [{"reporter": []}] if "reporter" in verb.grants else []

    assert names(operation, "header") == {"Idempotency-Key", "If-Match"}
    assert [each["required"] for each in operation["parameters"] if each["name"] == "If-Match"] == [
        verb.needs_version
    ]
    assert {"403", "404", "409", "410", "412", "428"} <= set(operation["responses"])
    assert set(operation["responses"]["200"]["headers"]) == {"ETag", "Lapor-Position"}
    assert operation["security"] == [{"officer": []}, *receipt]


def test_every_read_takes_a_position_and_every_storing_post_a_key() -> None:
    for name, operation in OPERATIONS.items():
        if name.startswith("get /api"):
            assert names(operation, "header") == {"Lapor-Position"}, name
    keyed = {
        name for name, operation in OPERATIONS.items() if "Idempotency-Key" in names(operation, "header")
    }
    verbs = {f"post /api/v1/complaints/{{complaint_id}}/{name}" for name in WORKFLOW}
    posts = "complaints complaints/bulk agencies officers calendars sla-policies calendars/{named}/holidays"
    posts += " calendars/{named}/confirm sla-policies/{named}/apply agencies/{named}/hours"
    posts += " officers/{officer_id}/dismiss officers/{officer_id}/erase retention"
    posts += " agencies/{named}/rename agencies/{named}/close agencies/{named}/approval"
    assert keyed - verbs == {f"post /api/v1/{path}" for path in posts.split()}


def _untyped(schema: dict[str, Any], where: str) -> Iterator[str]:
    """Yield where a schema, with all that it holds but no other component, does not say what may be there."""
    forms = schema.get("anyOf", [])
    fixed = schema.get("additionalProperties") is False
    more = schema.get("additionalProperties") or {}
    for form in forms:
        yield from _untyped(form, where)
    if not forms and not {"type", "$ref", "enum"} & schema.keys():
        yield where
    if "object" in schema.get("type", "") and not (schema.get("properties") or more or fixed):
        yield where
    for name, each in schema.get("properties", {}).items():
        yield from _untyped(each, f"{where}.{name}")
    if more:
        yield from _untyped(more, f"{where}.*")
    if "array" in schema.get("type", ""):
        yield from _untyped(schema.get("items", {}), f"{where}[]")


def test_every_field_of_every_answer_has_a_type() -> None:
    bodies = {
        operation["requestBody"]["content"]["application/json"]["schema"]["$ref"].rpartition("/")[2]
        for operation in OPERATIONS.values()
        if "requestBody" in operation
    }
    shapes = {
        name: schema for name, schema in document()["components"]["schemas"].items() if name not in bodies
    }
    for name, operation in OPERATIONS.items():
        for status, response in operation["responses"].items():
            for content in response.get("content", {}).values():
                shapes[f"{name} {status}"] = content["schema"]

    assert [each for name, schema in shapes.items() for each in _untyped(schema, name)] == []


def test_patterns_are_those_of_json_schema_too() -> None:
    conforms({"text": "Lampu", "consent": True, "category": "roads"}, {"$ref": "#/components/schemas/Filing"})
    with pytest.raises(ValidationError):
        conforms({"text": "x", "consent": True, "category": "a b"}, {"$ref": "#/components/schemas/Filing"})
    assert "\\\\Z" not in str(document())  # Python's own


def test_the_checking_client_finds_what_is_not_documented(
    people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    views = people.client.application.view_functions
    view = views["agencies.agencies"]
    token = people.token("coordinator")

    def grown() -> Response:
        answer = view()
        assert isinstance(answer, Response)
        answer.set_data(answer.get_data().replace(b'"next"', b'"surprise":1,"next"'))
        return answer

    def shrunk() -> Response:
        answer = view()
        assert isinstance(answer, Response)
        answer.set_data(answer.get_data().replace(b'"next"', b'"text"'))
        return answer

    monkeypatch.setitem(views, "agencies.agencies", grown)
    with pytest.raises(ValidationError, match="surprise"):
        people.call("GET", "/agencies", token)
    monkeypatch.setitem(views, "agencies.agencies", shrunk)
    with pytest.raises(ValidationError):
        people.call("GET", "/agencies", token)
    monkeypatch.setitem(views, "agencies.agencies", lambda: ("", 418))
    with pytest.raises(AssertionError, match="may not answer 418"):
        people.call("GET", "/agencies", token)


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("BacklogItem", {"withheld": True, "code": "ABC"}),
        ("ListedComplaint", {"code": "ABC", "stage": "filed"}),
        ("FollowedComplaint", {"stage": "filed", "text": "x"}),
        ("BulkAnswer", {"id": SOME_ID, "done": True}),
        ("Ready", {"ready": True, "database": "answers", "head": 3}),
    ],
)
def test_the_check_refuses_an_object_that_says_too_much_or_too_little(
    name: str, body: dict[str, Any]
) -> None:
    with pytest.raises(ValidationError):
        conforms(body, {"$ref": f"#/components/schemas/{name}"})


def test_the_check_refuses_the_data_of_another_event() -> None:
    item = {"type": "lapor.complaint.routed", "by": "system", "data": {"level": 3}}
    with pytest.raises(ValidationError):
        check_events({"items": [item]})


def test_the_docs_show_every_operation_without_anything_from_outside(people: People) -> None:
    page = people.client.get("/docs")
    links = re.findall(r'(?:href|src|action)="([^"]*)"', page.text)

    assert page.status_code == 200
    assert all(link.startswith(("#", "/")) and not link.startswith("//") for link in links)
    assert "<script" not in page.text
    assert "url(" not in people.client.get("/style.css").text
    for path in document()["paths"]:
        assert f"<code>{path}</code>" in page.text
    for word in ("If-Match", "Idempotency-Key", "Lapor-Position", "412: Precondition Failed"):
        assert word in page.text
