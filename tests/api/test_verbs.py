"""The verbs beyond the happy way, as people use them through HTTP."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from projections.catalogue import PROJECTIONS
from projections.engine.engine import Engine

from ..people import People

OWN, OTHER, CHECKED = "BINAMARGA", "DUKCAPIL", "DINKES"
ANSWER = {"text": "Lampu sudah diganti.", "outcome": "fixed"}

By = str | tuple[str, ...] | None
"""The caller: a role with its agency or without, a token, or the reporter."""


def see(
    people: People, complaint: dict[str, Any], role: str, agency: str | None = None, rest: str = ""
) -> Any:
    answer = people.call("GET", f"/complaints/{complaint['id']}{rest}", people.token(role, agency))
    assert answer.status_code == 200, answer.text
    return answer.get_json()


def mine(people: People, complaint: dict[str, Any], rest: str = "") -> Any:
    """Return what the reporter sees."""
    path = f"/complaints/{complaint['code']}{rest}"
    return people.call("GET", path, Lapor_Receipt=complaint["receipt"]).get_json()


def do(people: People, complaint: dict[str, Any], verb: str, by: By, **body: Any) -> TestResponse:
    """One verb by (role, agency), or by the reporter; what was answered."""
    if by == "reporter":
        path = f"/complaints/{complaint['id']}/{verb}"
        return people.call("POST", path, body=body, If_Match="*", Lapor_Receipt=complaint["receipt"])
    return people.act(complaint, verb, people.token(*by) if isinstance(by, tuple) else by, **body)


def done(people: People, complaint: dict[str, Any], verb: str, by: By, **body: Any) -> dict[str, Any]:
    answer = do(people, complaint, verb, by, **body)
    assert answer.status_code == 200, answer.text
    return dict(answer.get_json())


def refused(people: People, complaint: dict[str, Any], verb: str, by: By, **body: Any) -> tuple[int, str]:
    answer = do(people, complaint, verb, by, **body)
    return answer.status_code, answer.get_json()["code"]


def test_where_an_agency_asks_for_two_persons_nobody_answers_alone(people: People) -> None:
    people.agency(CHECKED)
    administrator = people.token("administrator")
    answer = people.call("POST", f"/agencies/{CHECKED}/approval", administrator, {"required": True})
    again = people.call("POST", f"/agencies/{CHECKED}/approval", administrator, {"required": True})
    assert (again.status_code, again.headers["Lapor-Position"]) == (200, answer.headers["Lapor-Position"])
    assert answer.get_json()["two_persons"] is True
    complaint = people.routed(CHECKED)
    liaison, head = people.token("liaison", CHECKED), people.token("head", CHECKED)

    assert refused(people, complaint, "respond", liaison, **ANSWER) == (409, "approval_required")
    done(people, complaint, "draft-response", head, **ANSWER)
    assert refused(people, complaint, "approve-response", head) == (403, "not_allowed")
    done(people, complaint, "return-response", head, reason="Sebut tanggalnya.")
    assert refused(people, complaint, "approve-response", head) == (409, "limit_reached")
    draft = done(people, complaint, "draft-response", liaison, text="Diganti 3 Maret.", outcome="fixed")
    assert draft["draft"]["text"] == "Diganti 3 Maret."
    assert "draft" not in mine(people, complaint)
    assert "3 Maret" not in str(mine(people, complaint, "/history"))

    answered = done(people, complaint, "approve-response", head)

    assert (answered["stage"], answered["response"]["text"]) == ("responded", "Diganti 3 Maret.")
    assert answered["draft"] is None
    assert mine(people, complaint)["response"]["text"] == "Diganti 3 Maret."


def test_an_agency_that_is_involved_has_its_own_deadline_and_the_lead_answers(people: People) -> None:
    complaint = people.routed(OWN)
    people.agency(OTHER)
    assert do(people, complaint, "follow-up", ("liaison", OTHER), text="Belum dilibatkan.").status_code == 404
    view = done(people, complaint, "involve", ("coordinator",), agency=OTHER)
    owed = {each["agency"] for each in view["deadlines"] if each["step"] == "follow_up"}
    assert (len(view["agencies"]), owed) == (2, set(view["agencies"]))
    assert view["agency"] == view["agencies"][0]

    assert refused(people, complaint, "respond", ("liaison", OTHER), **ANSWER) == (403, "not_allowed")
    view = done(people, complaint, "follow-up", ("liaison", OTHER), text="Data sudah dikirim.")
    assert view["stage"] == "routed"
    owed = {each["agency"] for each in view["deadlines"] if each["step"] == "follow_up"}
    assert owed == {view["agency"]}
    assert done(people, complaint, "respond", ("liaison", OWN), **ANSWER)["stage"] == "responded"


def test_an_agency_that_is_involved_finds_it_in_its_lists_and_its_backlog(people: People) -> None:
    complaint = people.routed(OWN)
    liaison = people.token("liaison", OTHER)
    done(people, complaint, "involve", ("coordinator",), agency=OTHER)
    while Engine(people.running.database, PROJECTIONS).step():
        pass
    listed = people.call("GET", "/complaints?limit=200", liaison).get_json()["items"]
    (line,) = [each for each in listed if each["id"] == complaint["id"]]
    assert len(line["agencies"]) == 2
    owed = people.call("GET", f"/agencies/{OTHER}/backlog?limit=200", liaison).get_json()["items"]
    (line,) = [each for each in owed if each["id"] == complaint["id"]]
    assert (line["lead"], line["step"]) == (False, "follow_up")


def test_after_two_refusals_the_arbiter_decides_and_the_decision_binds(people: People) -> None:
    complaint = people.routed(OWN)
    people.agency(OTHER)
    done(people, complaint, "decline", ("liaison", OWN), reason="Bukan kami.", suggested_agency=OTHER)
    done(people, complaint, "route", ("coordinator",), agency=OTHER)
    done(people, complaint, "decline", ("liaison", OTHER), reason="Bukan kami.", suggested_agency=OWN)

    answer = do(people, complaint, "route", ("coordinator",), agency=OWN)
    assert answer.status_code == 409
    assert "arbiter" in answer.get_json()["detail"]
    done(people, complaint, "route", ("arbiter",), agency=OWN)

    answer = do(people, complaint, "decline", ("liaison", OWN), reason="Tidak.", suggested_agency=OTHER)
    assert (answer.status_code, "binds" in answer.get_json()["detail"]) == (409, True)
    assert refused(people, complaint, "route", ("coordinator",), agency=OTHER)[0] == 409


def test_a_deadline_is_extended_once_and_shown_with_what_was_promised(people: People) -> None:
    complaint = people.routed(OWN)
    before = {each["step"]: each["due_at"] for each in see(people, complaint, "coordinator")["deadlines"]}
    body = {"step": "resolve", "working_days": 5, "reason": "Menunggu suku cadang."}

    after = done(people, complaint, "extend", ("coordinator",), **body)

    due = {each["step"]: each["due_at"] for each in after["deadlines"]}
    assert due["resolve"] > before["resolve"]
    assert due["legal_limit"] == before["legal_limit"]
    assert refused(people, complaint, "extend", ("coordinator",), **body) == (409, "limit_reached")
    told = mine(people, complaint, "/history")["items"][-1]
    assert (told["type"], told["data"]["reason"]) == ("lapor.complaint.deadline_extended", body["reason"])


def test_a_commitment_stays_visible_until_it_is_kept_also_when_it_is_closed(people: People) -> None:
    complaint = people.routed(OWN)
    head = people.token("head", OWN)
    assert refused(people, complaint, "commit", head, promised_on="2020-01-01", text="x")[0] == 422
    done(people, complaint, "commit", head, promised_on="2099-12-31", text="Dianggarkan.")
    done(people, complaint, "respond", ("liaison", OWN), text="Dijadwalkan.", outcome="scheduled")
    done(people, complaint, "accept-response", "reporter")
    (commitment,) = mine(people, complaint)["commitments"]
    assert (commitment["promised_on"], commitment["text"]) == ("2099-12-31", "Dianggarkan.")
    assert commitment["kept_at"] is None

    done(people, complaint, "keep-commitment", ("liaison", OWN), text="Selesai dibangun.")

    assert mine(people, complaint)["commitments"][0]["kept_at"] is not None
    assert refused(people, complaint, "keep-commitment", head, text="x") == (409, "limit_reached")


def test_an_objection_is_decided_by_somebody_who_had_no_part_and_takes_it_up_again(people: People) -> None:
    complaint = people.routed(OWN)
    done(people, complaint, "respond", ("liaison", OWN), **ANSWER)
    done(people, complaint, "accept-response", "reporter")
    done(people, complaint, "object", "reporter", reason="Padam lagi malam itu juga.")
    assert refused(people, complaint, "object", "reporter", reason="Lagi.") == (409, "limit_reached")
    arbiter = people.token("arbiter")
    done(people, complaint, "note", arbiter, text="Dibaca.")  # a note is no part

    view = done(people, complaint, "decide-objection", arbiter, upheld=True, text="Dikabulkan.")

    assert (view["stage"], view["objection"]["upheld"]) == ("in_progress", True)
    assert {each["step"] for each in view["deadlines"]} == {"resolve"}
    assert mine(people, complaint)["objection"]["text"] == "Dikabulkan."


def test_an_officer_who_handled_it_does_not_decide_the_objection(people: People) -> None:
    complaint = people.file()
    national = people.token("national")
    done(people, complaint, "archive", national, reason_code="too_general", text="Terlalu umum.")
    done(people, complaint, "object", "reporter", reason="Sudah jelas sekali.")

    assert refused(people, complaint, "decide-objection", national, upheld=False, text="x")[0] == 403
    view = done(people, complaint, "decide-objection", ("arbiter",), upheld=True, text="Dikabulkan.")
    assert view["stage"] == "filed"


def test_a_merged_complaints_reporter_keeps_the_number_and_follows_the_other(people: People) -> None:
    parent, child = people.routed(OWN, text="Lubang di depan pasar."), people.file(text="Lubang besar.")

    view = done(people, child, "merge", ("coordinator",), into=parent["code"])

    assert (view["stage"], view["merged_into"], view["deadlines"]) == ("merged", parent["id"], [])
    assert see(people, parent, "coordinator")["followers"] == 1
    done(people, parent, "respond", ("liaison", OWN), text="Sudah ditambal.", outcome="fixed")
    followed = mine(people, child)["followed"]
    assert (followed["stage"], followed["response"]["text"]) == ("responded", "Sudah ditambal.")
    assert "pasar" not in str(mine(people, child))
    assert (
        people.call("GET", f"/complaints/{parent['id']}", Lapor_Receipt=child["receipt"]).status_code == 404
    )


def test_nothing_is_merged_into_a_confidential_ended_or_missing_complaint_or_itself(people: People) -> None:
    child, parent = people.file(), people.file(privacy="confidential")
    coordinator = people.token("coordinator")
    over = people.file()
    done(people, over, "archive", coordinator, reason_code="spam", text="x")
    for into in (parent["id"], child["id"], over["code"], str(uuid4()), "LP-0000-00000"):
        assert refused(people, child, "merge", coordinator, into=into) == (422, "invalid_field"), into


def test_two_who_merge_into_each_other_at_once_do_not_both_succeed(people: People) -> None:
    for _ in range(5):
        one, two = people.file(), people.file()
        token = people.token("coordinator")
        pairs = [(one, two), (two, one)]
        app = people.client.application

        def merge(pair: tuple[dict[str, Any], dict[str, Any]], app: Flask = app, token: str = token) -> int:
            path = f"/api/v1/complaints/{pair[0]['id']}/merge"
            headers = {"Authorization": f"Bearer {token}", "If-Match": "1"}
            return app.test_client().post(path, json={"into": pair[1]["id"]}, headers=headers).status_code

        with ThreadPoolExecutor(2) as threads:
            statuses = sorted(threads.map(merge, pairs))
        assert statuses[0] == 200
        assert statuses[1] in {409, 412, 422}


def test_a_split_makes_complaints_that_the_same_receipt_opens(people: People) -> None:
    complaint = people.file(
        text="Lampu padam dan pungli.",
        reporter={"name": "Siti", "phone": "0812"},
        place={"address": "Jl. Merdeka 5", "lat": -6.26, "lon": 107.15},
        privacy="anonymous",
    )
    parts = [
        {"text": "Pungli di loket 3.", "title": "Pungli", "kind": "oversight", "category": "integrity"},
        {"text": "Lampu padam.", "title": "Lampu"},
    ]

    view = done(people, complaint, "split", ("coordinator",), parts=parts)

    assert mine(people, complaint)["split_into"] == view["split_into"]
    kinds = []
    for child in view["split_into"]:
        told = people.call("GET", f"/complaints/{child}", Lapor_Receipt=complaint["receipt"]).get_json()
        assert told["reporter"] == {"name": "Siti", "phone": "0812"}
        assert told["place"]["address"] == "Jl. Merdeka 5"
        assert told["split_from"] == complaint["id"]
        kinds.append((told["kind"], told["privacy"], told["text"]))
    assert kinds == [
        ("oversight", "confidential", "Pungli di loket 3."),
        (None, "anonymous", "Lampu padam."),
    ]


def test_only_the_reporter_loosens_privacy_and_anyone_concerned_tightens_it(people: People) -> None:
    complaint = people.routed(OWN)
    done(people, complaint, "set-privacy", ("liaison", OWN), privacy="anonymous")
    assert refused(people, complaint, "set-privacy", ("coordinator",), privacy="open")[0] == 422
    assert done(people, complaint, "set-privacy", "reporter", privacy="open")["privacy"] == "open"


def test_nothing_is_public_before_it_is_redacted_and_published_and_then_only_that(people: People) -> None:
    complaint = people.routed(OWN, text="Pak Budi di loket 3 kasar.", reporter={"name": "Siti"})
    path, coordinator = f"/complaints/{complaint['code']}", people.token("coordinator")
    assert refused(people, complaint, "publish", coordinator) == (409, "limit_reached")
    done(people, complaint, "redact", coordinator, title="Layanan loket", text="Petugas loket kasar.")
    assert people.call("GET", path).status_code == 404

    done(people, complaint, "publish", coordinator)

    public = people.call("GET", path).get_json()
    assert (public["title"], public["text"], public["stage"]) == (
        "Layanan loket",
        "Petugas loket kasar.",
        "routed",
    )
    assert not {"reporter", "filed_at", "privacy", "channel", "possible", "place"} & set(public)
    assert "Budi" not in str(public)
    assert people.call("GET", f"{path}/history").status_code == 404
    done(people, complaint, "set-privacy", "reporter", privacy="confidential")
    assert people.call("GET", path).status_code == 404
    assert refused(people, complaint, "publish", coordinator) == (409, "limit_reached")


def test_a_number_of_sp4n_belongs_to_one_complaint(people: People) -> None:
    one, two = people.file(), people.file()
    number = str(uuid4().int)[:12]
    assert done(people, one, "link-sp4n", ("coordinator",), tracking_id=number)["sp4n"] == number
    assert refused(people, two, "link-sp4n", ("coordinator",), tracking_id=number) == (409, "taken")


def test_an_agency_loses_a_complaint_about_itself_for_good(
    people: People,
) -> None:
    complaint = people.routed(OWN)
    people.agency(OTHER)
    body = {"kind": "oversight", "reason": "Dugaan pungli oleh petugasnya."}

    view = done(people, complaint, "reclassify", ("coordinator",), **body)

    assert (view["stage"], view["agencies"], view["privacy"]) == ("verified", [], "confidential")
    path = f"/complaints/{complaint['id']}"
    assert people.call("GET", path, people.token("liaison", OWN)).status_code == 404
    answer = do(people, complaint, "route", ("coordinator",), agency=OWN)
    assert (answer.status_code, "about this agency" in answer.text) == (422, True)
    assert done(people, complaint, "route", ("coordinator",), agency=OTHER)["stage"] == "routed"


def test_bulk_does_one_verb_on_many_and_says_of_each_what_became_of_it(people: People) -> None:
    fresh, over = [people.file() for _ in range(3)], people.file()
    coordinator = people.token("coordinator")
    done(people, over, "archive", coordinator, reason_code="spam", text="x")
    strange = str(uuid4())
    asked = {
        "verb": "archive",
        "complaints": [
            *({"id": each["id"]} for each in fresh),
            {"id": over["id"]},
            {"id": strange},
            {"id": fresh[0]["id"], "version": 9},
        ],
        "body": {"reason_code": "spam", "text": "Iklan."},
    }
    key = str(uuid4())

    answers = [
        people.call("POST", "/complaints/bulk", coordinator, asked, Idempotency_Key=key).get_json()["items"]
        for _ in range(2)
    ]

    for items in answers:  # repeated, it is done once
        assert [each["done"] for each in items[:3]] == [True] * 3
        codes = [each["refusal"]["code"] for each in items[3:5]]
        assert codes == ["stage_forbids", "not_found"]
    assert see(people, fresh[0], "coordinator")["version"] == 2
    wrong = people.call("POST", "/complaints/bulk", coordinator, asked | {"body": {"text": "x"}})
    assert (wrong.status_code, list(wrong.get_json()["errors"])) == (422, ["body.reason_code"])


@pytest.mark.parametrize("count", [0, 501])
def test_a_bulk_takes_one_to_five_hundred(people: People, count: int) -> None:
    asked = {"verb": "archive", "complaints": [{"id": str(uuid4())}] * count, "body": {}}
    answer = people.call("POST", "/complaints/bulk", people.token("coordinator"), asked)
    assert answer.status_code == 422


def test_the_way_to_the_ombudsman_needs_the_reporters_consent_and_is_remembered(people: People) -> None:
    complaint = people.routed(OWN)
    assert refused(people, complaint, "refer-to-ombudsman", "reporter", consent=False)[0] == 422
    assert mine(people, complaint, "/ombudsman")["code"] == "limit_reached"
    done(people, complaint, "refer-to-ombudsman", "reporter", consent=True, reference="0123/LM/XI/2026")
    package = mine(people, complaint, "/ombudsman")
    assert (package["reference"], package["complaint"]["text"]) == ("0123/LM/XI/2026", "Lampu jalan padam.")
    assert len(package["history"]) == 4
    path = f"/complaints/{complaint['id']}/ombudsman"
    assert people.call("GET", path, people.token("liaison", OWN)).status_code == 403
    assert people.call("GET", path).status_code == 401
    told = mine(people, complaint, "/history")["items"][-1]
    assert (told["type"], told["data"]["reference"]) == (
        "lapor.complaint.referred_to_ombudsman",
        "0123/LM/XI/2026",
    )


def test_escalation_rises_to_the_third_level_and_no_further(people: People) -> None:
    complaint = people.routed(OWN)
    levels = [
        done(people, complaint, "escalate", ("coordinator",), reason="Lama sekali.")["level"]
        for _ in range(3)
    ]
    assert levels == [1, 2, 3]
    assert refused(people, complaint, "escalate", ("coordinator",), reason="x") == (409, "limit_reached")
    assert "Lama" not in str(mine(people, complaint, "/history"))
    assert datetime.fromisoformat(mine(people, complaint)["changed_at"]) > datetime.fromisoformat(
        mine(people, complaint)["filed_at"]
    ) - timedelta(seconds=1)
