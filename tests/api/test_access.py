"""Role × complaint × route: what HTTP answers is what these tables say, cell by cell."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest

from lapor.application.identifiers import new_receipt, new_tracking_code
from lapor.domain.complaint import WORKFLOW
from lapor.domain.vocabulary import Role

from ..bodies import right
from ..model.table import RIGHTS
from ..people import People
from .scene import COMPLAINTS, OTHER, OWN, complaints, table, who

SCOPES = {
    "-": set(),
    "all": set(COMPLAINTS),
    "own": {"open", "anonymous", "confidential", "oversight"},  # those that OWN answers
    "integrity": {"oversight"},
    "ordinary": set(COMPLAINTS) - {"oversight"},
    "receipt": {"open"},  # the complaint to which the receipt belongs
}
IN_THIS_SCENE = {
    "all": "all",
    "agency": "own",  # OWN leads wherever it has a part
    "lead": "own",
    "oversight": "integrity",
    "ordinary": "ordinary",
    "own": "receipt",
}
ACTS = {
    act.lower(): {role: IN_THIS_SCENE[scope] for role, scope in rights.items()}
    for act, rights in RIGHTS.items()
    if act not in {"IDENTITY", "CONFIDENTIAL"}  # parts of a view, not acts
}
COPIES = {
    "access": {"dpo": "all", "auditor": "all", "reporter": "receipt"},
    "export": {"dpo": "all", "reporter": "receipt"},
}
"""For each path, the roles that see who saw the complaint, or that take a copy."""
ELSEWHERE = table("""
    role            own-backlog  other-backlog  log  agencies  add-agency  officers  appoint  token  revoke
    stranger        401          401            401  401       401         401       401      401    401
    reporter        401          401            401  401       401         401       401      401    401
    liaison         200          404            403  200       403         403       403      403    403
    head            200          404            403  200       403         403       403      403    403
    coordinator     200          200            403  200       403         403       403      403    403
    national        200          200            403  200       403         403       403      403    403
    arbiter         200          200            403  200       403         403       403      403    403
    auditor         200          200            200  200       403         200       403      403    403
    administrator   404          404            403  200       201         200       201      404    404
    inspector       404          404            403  200       403         403       403      403    403
    dpo             404          404            403  200       403         403       403      403    403
    intake          404          404            403  200       403         403       403      403    403
    executive       404          404            403  200       403         403       403      403    403
    mall_manager    404          404            403  200       403         403       403      403    403
    integrator      404          404            403  200       403         403       403      403    403
""")
RULES = table("""
    role            calendars  policies  add-year  decree  adopt  hours  close
    stranger        401        401       401       401     401    401    401
    reporter        401        401       401       401     401    401    401
    liaison         200        200       403       403     403    403    403
    head            200        200       403       403     403    403    403
    coordinator     200        200       422       200     422    403    403
    national        200        200       422       200     422    403    403
    arbiter         200        200       422       200     422    403    403
    auditor         200        200       403       403     403    403    403
    administrator   200        200       422       200     422    404    404
    inspector       200        200       403       403     403    403    403
    dpo             200        200       403       403     403    403    403
    intake          200        200       403       403     403    403    403
    executive       200        200       403       403     403    403    403
    mall_manager    200        200       403       403     403    403    403
    integrator      200        200       403       403     403    403    403
""")
FILES = table("""
    role            export  conformance  exports
    stranger        401     401         401
    reporter        401     401         401
    liaison         403     403         403
    head            403     403         403
    coordinator     403     403         403
    national        200     403         403
    arbiter         403     403         403
    auditor         200     200         200
    administrator   403     403         403
    inspector       403     403         403
    dpo             200     403         200
    intake          403     403         403
    executive       403     403         403
    mall_manager    403     403         403
    integrator      403     403         403
""")
PROTECTION = table("""
    role            access-report  breach-report  other-account
    stranger        401            401            401
    reporter        401            401            401
    liaison         403            403            404
    head            403            403            404
    coordinator     403            403            404
    national        403            403            404
    arbiter         403            403            404
    auditor         200            403            404
    administrator   403            403            404
    inspector       403            403            404
    dpo             200            200            404
    intake          403            403            404
    executive       403            403            404
    mall_manager    403            403            404
    integrator      403            403            404
""")
A_DAY = "from=2026-01-01T00:00:00Z&to=2026-01-02T00:00:00Z"
KEEPING = table("""
    role            retention  keep  due  requests  family  dismiss  erase-officer
    stranger        401        401   401  401       401     401      401
    reporter        401        401   401  401       403     401      401
    liaison         200        403   403  403       403     403      403
    head            200        403   403  403       403     403      403
    coordinator     200        403   403  403       403     403      403
    national        200        403   403  403       403     403      403
    arbiter         200        403   403  403       403     403      403
    auditor         200        403   200  200       403     403      403
    administrator   200        403   403  403       404     404      403
    inspector       200        403   403  403       404     403      403
    dpo             200        422   200  200       200     403      404
    intake          200        403   403  403       404     403      403
    executive       200        403   403  403       404     403      403
    mall_manager    200        403   403  403       404     403      403
    integrator      200        403   403  403       404     403      403
""")
KEEP = {"effective_from": "2020-01-01", "regulation": "Perbup", "rules": [{"days": 90, "source": "Perbup"}]}
HOLIDAY = {"day": "2026-12-28", "name": "Cuti Bersama"}
ADOPTING: dict[str, Any] = {"name": "bekasi", "effective_from": "2020-01-01", "regulation": "Perbup"}
ADOPTING |= {"limits": [{"step": "verify", "limit": 3, "unit": "working_day", "source": "Perbup"}]}
VERBS = {name: right(verb.fields) for name, verb in WORKFLOW.items()}


@pytest.fixture(scope="module")
def scene(people: People) -> dict[str, dict[str, Any]]:
    return complaints(people)


def test_the_tables_know_every_role_and_every_verb() -> None:
    assert set(ELSEWHERE) == {"stranger", *Role} - {Role.SYSTEM}, "nobody is the system"
    assert set(ACTS) == {"view", *WORKFLOW}, "say in tests/model/table.py who may do a new verb"
    assert {role for row in ACTS.values() for role in row} <= set(Role)


@pytest.mark.parametrize("name", ELSEWHERE)
def test_each_caller_sees_and_does_what_the_table_says(
    people: People, head: Callable[[], int], scene: dict[str, dict[str, Any]], name: str
) -> None:
    caller = who(people, name, scene["open"])
    before = head()
    answered, expected = dict[tuple[str, ...], int](), dict[tuple[str, ...], int]()
    for sort, complaint in scene.items():
        sees = sort in SCOPES[ACTS["view"].get(name, "-")]
        for what, path in (("id", complaint["id"]), ("code", complaint["code"])):
            for rest in ("", "/history"):
                answered[sort, what, rest] = people.call(
                    "GET", f"/complaints/{path}{rest}", **caller
                ).status_code
                expected[sort, what, rest] = 200 if sees else 404
            for rest, seers in COPIES.items():
                path_to = f"/complaints/{path}/{rest}"
                answered[sort, what, rest] = people.call("GET", path_to, **caller).status_code
                expected[sort, what, rest] = 200 if sort in SCOPES[seers.get(name, "-")] else 404
        for verb, body in VERBS.items():
            path = (
                f"/complaints/{complaint['id']}/{verb}"  # of a version that there is not: nothing is stored
            )
            answer = people.call("POST", path, body=body, If_Match="999", **caller)
            may = sort in SCOPES[ACTS[verb].get(name, "-")]
            answered[sort, verb] = answer.status_code
            expected[sort, verb] = 401 if name == "stranger" else 412 if may else 403 if sees else 404

    assert answered == expected
    assert head() == before + (2 * len(scene) if name == "dpo" else 0), "a copy for the person is an event"


@pytest.mark.parametrize("name", ELSEWHERE)
def test_each_caller_uses_the_other_routes_as_the_table_says(
    people: People, scene: dict[str, dict[str, Any]], name: str
) -> None:
    caller = who(people, name, scene["open"])
    routes: dict[str, tuple[str, str, Any]] = {
        "own-backlog": ("GET", f"/agencies/{OWN}/backlog", None),
        "other-backlog": ("GET", f"/agencies/{OTHER}/backlog", None),
        "log": ("GET", "/log", None),
        "agencies": ("GET", "/agencies", None),
        "add-agency": ("POST", "/agencies", {"code": f"A{name[:9].replace('_', '')}", "name": "Dinas"}),
        "officers": ("GET", "/officers", None),
        "appoint": ("POST", "/officers", {"name": "Budi", "role": "auditor"}),
        "token": ("POST", f"/officers/{uuid4()}/tokens", {}),
        "revoke": ("DELETE", f"/tokens/{uuid4()}", None),
        "calendars": ("GET", "/calendars", None),
        "policies": ("GET", "/sla-policies", None),
        "add-year": ("POST", "/calendars", {"year": 2020, "holidays": [HOLIDAY], "basis": "SKB"}),
        "decree": ("POST", "/calendars/id-2026/holidays", {"added": [HOLIDAY], "basis": "SKB"}),
        "adopt": ("POST", "/sla-policies", ADOPTING),
        "hours": ("POST", "/agencies/NOWHERE/hours", {"since": "2026-12-01"}),
        "close": ("POST", "/agencies/NOWHERE/close", {}),
        "export": ("GET", "/exports/csv", None),
        "conformance": ("GET", "/conformance", None),
        "access-report": ("GET", "/access-report", None),
        "breach-report": ("GET", f"/breach-report?{A_DAY}", None),
        "other-account": ("GET", f"/officers/{uuid4()}/export", None),
        "retention": ("GET", "/retention", None),
        "keep": ("POST", "/retention", KEEP),
        "due": ("GET", "/retention/due", None),
        "requests": ("GET", "/retention/requests", None),
        "family": ("GET", f"/complaints/{scene['open']['id']}/family", None),
        "dismiss": ("POST", f"/officers/{uuid4()}/dismiss", {}),
        "erase-officer": ("POST", f"/officers/{uuid4()}/erase", {"basis": "request"}),
        "exports": ("GET", "/exports", None),
    }
    answered = {
        what: str(people.call(method, path, body=body, **caller).status_code)
        for what, (method, path, body) in routes.items()
    }
    assert answered == ELSEWHERE[name] | RULES[name] | FILES[name] | PROTECTION[name] | KEEPING[name]


@pytest.mark.parametrize("name", ["liaison", "inspector", "intake", "wrong receipt", "another's receipt"])
def test_a_hidden_complaint_is_answered_like_a_missing_one(
    people: People, scene: dict[str, dict[str, Any]], name: str
) -> None:
    receipts = {"wrong receipt": new_receipt(), "another's receipt": scene["open"]["receipt"]}
    caller = who(people, f"receipt:{receipts[name]}" if name in receipts else name)
    hidden = scene["other"]
    requests: list[tuple[str, str, Any, str]] = [
        ("GET", rest, None, there) for rest in ("", "/history", "?position=1") for there in ("id", "code")
    ]
    requests += [("POST", f"/{verb}", body, "id") for verb, body in VERBS.items()]
    requests += [("POST", "/route", {"agency": "NOWHERE"}, "id"), ("POST", "/accept", {"x": 1}, "id")]
    for method, rest, body, there in requests:
        nowhere = {"id": str(uuid4()), "code": new_tracking_code()}
        for headers in ({}, {"If_Match": "1", "Idempotency_Key": str(uuid4())}):
            seen, none = (
                people.call(method, f"/complaints/{named[there]}{rest}", body=body, **caller, **headers)
                for named in (hidden, nowhere)
            )
            assert seen.status_code == none.status_code in {404, 422}
            assert seen.data == none.data
            assert list(seen.headers) == list(none.headers)


def test_an_agency_whose_backlog_one_may_not_see_cannot_be_told_from_one_that_there_is_not(
    people: People,
) -> None:
    people.agency(OTHER)
    liaison = people.token("liaison", OWN)
    seen, none = (people.call("GET", f"/agencies/{named}/backlog", liaison) for named in (OTHER, "NOWHERE"))
    assert (seen.status_code, seen.data, list(seen.headers)) == (404, none.data, list(none.headers))


def test_an_agency_is_no_complaint_and_an_officer_is_none(people: People) -> None:
    agency = people.agency(OWN)
    for rest in ("", "/history"):
        assert people.call("GET", f"/complaints/{agency}{rest}", people.token("auditor")).status_code == 404
    answer = people.call(
        "POST", f"/complaints/{agency}/route", people.token("coordinator"), {"agency": OWN}, If_Match="*"
    )
    assert answer.status_code == 404


def test_a_receipt_may_be_typed_as_people_type(people: People, scene: dict[str, dict[str, Any]]) -> None:
    receipt = scene["open"]["receipt"]
    typed = "-".join(receipt[at : at + 4].lower() for at in range(0, 24, 4)).replace("0", "o")
    path = f"/complaints/{scene['open']['code']}"
    assert people.call("GET", path, Lapor_Receipt=f" {typed} ").status_code == 200
    for wrong in ("", "x", receipt[:-1], receipt + "0", f"{receipt}, {receipt}", "é" * 24, "0" * 5000):
        assert people.call("GET", path, Lapor_Receipt=wrong).status_code == 404, wrong


def test_an_officer_who_shows_the_receipt_acts_for_the_reporter_too(
    people: People, scene: dict[str, dict[str, Any]]
) -> None:
    complaint = scene["other"]
    caller = {**who(people, "liaison"), "Lapor_Receipt": complaint["receipt"]}
    view = people.call("GET", f"/complaints/{complaint['id']}", **caller)
    assert view.status_code == 200
    assert "reporter" in view.get_json()
