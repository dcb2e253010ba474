"""Every route declares its callers, and lets in no others."""

import re
from collections.abc import Callable
from itertools import product
from typing import Any
from uuid import uuid4

import pytest
from flask.testing import FlaskClient

from lapor.api.app import create_app
from lapor.domain.access import ACTS
from lapor.domain.complaint import WORKFLOW

from ..people import People
from .openapi_helpers import PROBLEM

PUBLIC = {
    "complaints.file",  # anyone may report
    "complaints.view",  # without a receipt there is nothing
    "complaints.history",
    "complaints.proof",
    "complaints.accesses",  # for the reporter, or who protects the data
    "complaints.export",
    "dashboards.quality",
    "dashboards.sla",  # without a token only totals
    "dashboards.flow",
    "ledger.checkpoint",  # made of hashes
    "ledger.key",
    "ledger.proof",
    "ledger.consistency",
    "health.live",
    "health.ready",
    "health.read_metrics",  # guarded by address or token: see test_health
    "home",
    "docs",
    "style",
    "api-docs.openapi_json",
}
APP = create_app(None)  # type: ignore[arg-type]
RULES = {rule.endpoint: rule for rule in APP.url_map.iter_rules()}
ACCESS = {endpoint: getattr(APP.view_functions[endpoint], "access", None) for endpoint in RULES}
GUARDED = sorted(set(RULES) - PUBLIC)
METHODS = {"GET", "POST", "PUT", "PATCH", "DELETE", "TRACE"}
KNOWN = {act.name for act in ACTS} | set(WORKFLOW)


def address(endpoint: str, thing: object = None) -> str:
    return re.sub(r"<[^>]+>", str(thing or uuid4()), RULES[endpoint].rule)


def method(endpoint: str) -> str:
    return next(iter((RULES[endpoint].methods or set()) - {"HEAD", "OPTIONS"}))


def test_every_route_is_public_by_this_list_or_authorised_by_a_name_of_the_permission_table() -> None:
    assert {endpoint for endpoint in RULES if ACCESS[endpoint] in {"public", None}} == PUBLIC
    assert {endpoint for endpoint in RULES if ACCESS[endpoint] is None} == {"api-docs.openapi_json"}
    assert {ACCESS[endpoint] for endpoint in GUARDED} <= KNOWN


def test_every_verb_has_a_route_authorised_by_its_own_name() -> None:
    assert {ACCESS[endpoint] for endpoint in GUARDED} >= set(WORKFLOW)
    for endpoint in set(GUARDED) - {"complaints.ombudsman", "complaints.family"}:  # reads for who may do it
        if ACCESS[endpoint] in WORKFLOW:
            assert RULES[endpoint].rule.endswith(f"/{ACCESS[endpoint]}")


def test_strangers_are_told_to_sign_in_before_anything_they_sent_is_looked_at(
    people: People, head: Callable[[], int]
) -> None:
    complaint = people.routed()
    before = head()
    for endpoint, body in product(GUARDED, ({}, {"wrong": 1}, None)):
        things = [complaint["id"], uuid4()] if "<uuid" in RULES[endpoint].rule else ["BINAMARGA", "NONE"]
        answers = [
            people.client.open(address(endpoint, thing), method=method(endpoint), json=body)
            for thing in things
        ]
        assert {answer.status_code for answer in answers} == {401}, endpoint
        assert answers[0].data == answers[1].data
    assert head() == before


def test_a_token_that_is_not_known_opens_nothing_not_even_what_is_public(people: People) -> None:
    for endpoint, rule in RULES.items():
        for token in ("lapor_wrong", "x" * 5000, "ÿþ", "lapor_' OR 1=1 --"):
            if rule.rule.startswith("/api"):
                headers = {"Authorization": f"Bearer {token}"}
                answer = people.client.open(address(endpoint), method=method(endpoint), headers=headers)
                assert answer.status_code == 401, endpoint


def test_a_receipt_opens_only_verbs_and_only_those_of_reporters(people: People) -> None:
    complaint = people.routed()
    headers = {"Lapor-Receipt": complaint["receipt"], "If-Match": "*"}
    for endpoint in GUARDED:
        answer = people.client.open(
            address(endpoint, complaint["id"]), method=method(endpoint), headers=headers, json={}
        )
        if ACCESS[endpoint] not in WORKFLOW:
            assert answer.status_code == 401, endpoint
        elif "reporter" not in WORKFLOW[str(ACCESS[endpoint])].grants:
            assert answer.status_code in {403, 422}, endpoint


def test_public_routes_tell_nothing_of_a_complaint_for_its_number_alone(people: People) -> None:
    complaint = people.routed(reporter={"name": "Siti Rahayu"}, text="Lubang di Jalan Merdeka.")
    for endpoint in PUBLIC - {"complaints.file"}:
        for named in (complaint["id"], complaint["code"]):
            answer = people.client.get(address(endpoint, named))
            assert (answer.status_code == 404) == endpoint.startswith("complaints.")
            for secret in ("Siti", "Merdeka", complaint["receipt"], complaint["code"], complaint["id"]):
                assert secret not in answer.text, endpoint


def test_a_method_that_an_address_does_not_take_is_answered_with_those_that_it_takes(people: People) -> None:
    addresses = APP.url_map.bind("localhost")
    for rule_text in {rule.rule for rule in APP.url_map.iter_rules()}:
        path = re.sub(r"<[^>]+>", str(uuid4()), rule_text)
        methods = set(addresses.allowed_methods(path))
        for other in METHODS - methods:
            override = {"X-HTTP-Method-Override": next(iter(methods))}
            answer = people.client.open(path, method=other, headers=override)
            assert answer.status_code == 405, (other, path)
            assert answer.mimetype == PROBLEM
            assert set(answer.headers["Allow"].split(", ")) == methods


def test_head_and_options_open_no_more_than_get(people: People) -> None:
    for path in ("/api/v1/agencies", "/api/v1/log", "/api/v1/officers", "/api/v1/agencies/X/backlog"):
        assert people.client.head(path).status_code == 401
        assert people.client.options(path).status_code == 401


def test_an_address_that_there_is_not_is_a_problem_like_any_other(people: People) -> None:
    for path in ("/api/v1/nothing", "/api/v1/complaints/x/y/z", "/admin", "/api/v1/complaints/../log/x"):
        answer = people.client.get(path)
        assert (answer.status_code, answer.mimetype) == (404, PROBLEM)


def test_every_answer_carries_the_headers_of_a_careful_site(people: People) -> None:
    for path in ("/", "/docs", "/api/v1/nothing", "/health/live", "/api/v1/log", "/style.css"):
        headers = people.client.get(path).headers
        assert "max-age=31536000" in headers["Strict-Transport-Security"]
        assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
        assert "unsafe-inline" not in headers["Content-Security-Policy"]
        assert headers["Referrer-Policy"] == "no-referrer"
        assert "Set-Cookie" not in headers
        assert "Server" not in headers


def test_a_fault_of_ours_is_told_by_a_number_without_its_inside(
    people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any) -> Any:
        raise RuntimeError("secret inside")

    monkeypatch.setattr(people.running.services.agencies.__class__, "all", fail)
    app = people.client.application
    unchecked = FlaskClient(app, app.response_class)  # the checking one takes no fault for an answer
    monkeypatch.setattr(people, "client", unchecked)
    answer = people.call("GET", "/agencies", people.token("coordinator"))

    assert (answer.status_code, answer.mimetype) == (500, PROBLEM)
    assert "secret inside" not in answer.text
    assert len(answer.get_json()["id"]) == 12


def test_a_setting_that_is_so_already_is_answered_as_it_is(people: People, head: Callable[[], int]) -> None:
    people.agency("BINAMARGA")
    token = people.token("administrator")
    before = head()

    answer = people.call("POST", "/agencies/BINAMARGA/approval", token, {"required": False})

    assert (answer.status_code, answer.get_json()["two_persons"]) == (200, False)
    assert head() == before
