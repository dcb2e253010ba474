"""The access report, the breach report and the person's own copy."""

import re
from datetime import datetime, timedelta
from html.parser import HTMLParser
from typing import Any
from uuid import UUID

import psycopg
import pytest
from werkzeug.test import TestResponse

from ..people import People
from .scene import OTHER, OWN
from .test_identity import ASKED, SITI, WHY, get, granted, look

ALWAYS = "from=2020-01-01T00:00:00Z&to=2099-01-01T00:00:00Z"
HOSTILE = '<script>alert(1)</script><img src=x onerror="x"> & "Siti" \'x\''


@pytest.fixture
def seen(people: People, fed: None) -> dict[str, Any]:
    """A complaint that was looked at twice, and the last position."""
    complaint = people.routed(OWN, reporter=SITI)
    look(people, complaint, people.token("liaison", OWN))
    last = look(people, complaint, people.token("coordinator"), WHY | {"reason_code": "safety"})
    return complaint | {"position": last.headers["Lapor-Position"]}


def report(people: People, seen: dict[str, Any], query: str, role: str = "dpo") -> TestResponse:
    return people.call("GET", query, people.token(role), Lapor_Position=seen["position"])


def officer_of(people: People, role: str, agency: str | None = None) -> str:
    return str(people.running.services.officers.caller(people.token(role, agency)).id)


def test_the_access_report_says_who_saw_whose_data_when_and_why(people: People, seen: dict[str, Any]) -> None:
    answer = report(people, seen, f"/access-report?complaint={seen['code']}").get_json()

    first, second = answer["items"]
    assert first["complaint"] == {"id": seen["id"], "code": seen["code"]}
    assert (first["what"], first["role"], first["reason_code"]) == ("identity_viewed", "liaison", "contact")
    assert first["by"] == officer_of(people, "liaison", OWN)
    assert first["agency"] == str(people.agency(OWN))
    assert first["fields"] == list(SITI)
    assert first["reason"] == WHY["reason"], "the officer who protects data reads why"
    assert (second["role"], second["agency"]) == ("coordinator", None)
    auditors = report(people, seen, f"/access-report?complaint={seen['code']}", "auditor").get_json()
    assert [{**item, "reason": WHY["reason"]} for item in auditors["items"]] == answer["items"]
    assert not any("reason" in item for item in auditors["items"])


def test_the_access_report_is_filtered_and_paged(people: People, seen: dict[str, Any]) -> None:
    everything, cursor = [], ""
    while True:
        body = report(people, seen, f"/access-report?limit=1{cursor}").get_json()
        everything += body["items"]
        if body["next"] is None:
            break
        cursor = f"&cursor={body['next']}"
    assert [item["position"] for item in everything] == sorted({item["position"] for item in everything})
    assert len(everything) >= 2
    liaison = officer_of(people, "liaison", OWN)
    by_him = report(people, seen, f"/access-report?officer={liaison}").get_json()["items"]
    assert by_him == [item for item in everything if item["by"] == liaison]
    last = everything[-1]
    until = f"/access-report?to={last['at'].replace('+', '%2B')}"
    assert report(people, seen, until).get_json()["items"] == everything[:-1]
    since = f"/access-report?from={last['at'].replace('+', '%2B')}"
    assert report(people, seen, since).get_json()["items"] == [last]
    assert report(people, seen, "/access-report?complaint=LP-NONE").status_code == 422


def test_a_reporter_sees_which_roles_saw_the_data_but_no_names(people: People, seen: dict[str, Any]) -> None:
    look(people, seen, people.token("dpo"), WHY | {"reason_code": "investigation"})
    mine = get(people, seen, "/access", Lapor_Receipt=seen["receipt"]).get_json()

    assert [item["reason_code"] for item in mine["items"]] == ["contact", "safety"]
    first = mine["items"][0]
    assert (first["role"], first["agency_name"]) == ("liaison", f"Dinas {OWN}")
    assert "by" not in first
    assert WHY["reason"] not in str(mine)
    theirs = get(people, seen, "/access", token=people.token("dpo")).get_json()["items"]
    assert [item["reason_code"] for item in theirs] == ["contact", "safety", "investigation"]
    assert all("by" in item for item in theirs)


def test_an_anonymous_reporter_sees_days_and_who_broke_the_glass(people: People) -> None:
    complaint = people.routed(OWN, reporter=SITI, privacy="anonymous")
    granted(people, complaint)
    look(people, complaint, people.token("coordinator"))
    mine = get(people, complaint, "/access", Lapor_Receipt=complaint["receipt"]).get_json()["items"]
    assert [item["what"] for item in mine] == ["identity_requested", "identity_granted", "identity_viewed"]
    assert [item["break_glass"] for item in mine] == [False, False, True]
    assert {item["at"][11:19] for item in mine} == {"00:00:00"}
    assert ASKED["reference"] not in str(mine)


def test_a_breach_report_says_whose_data_when_and_how_and_holds_none(
    people: People, seen: dict[str, Any]
) -> None:
    liaison = officer_of(people, "liaison", OWN)
    body = report(people, seen, f"/breach-report?{ALWAYS}&officer={liaison}").get_json()

    mine = [each for each in body["complaints"] if each["code"] == seen["code"]]
    (concerned,) = mine
    assert concerned["data"] == sorted(SITI)
    assert [access["by"] for access in concerned["accesses"]] == [liaison]
    (account,) = body["accounts"]
    assert (account["officer"], account["could_read"]["everything"]) == (liaison, False)
    assert account["could_read"]["agencies"] == [str(people.agency(OWN))]
    assert datetime.fromisoformat(body["notify_by"]) - datetime.fromisoformat(body["made_at"]) == timedelta(
        hours=72
    )
    assert (body["handling"], body["recovery"]) == (None, None)
    for value in (*SITI.values(), WHY["reason"]):
        assert value not in str(body)
    everybody = report(people, seen, f"/breach-report?{ALWAYS}").get_json()
    assert everybody["accesses"] >= 2
    assert liaison in {each["officer"] for each in everybody["accounts"]}


def test_a_breach_report_follows_a_token_to_its_officer(people: People, seen: dict[str, Any]) -> None:
    officer = UUID(officer_of(people, "liaison", OWN))
    (token,) = people.running.services.breach_reports._access_tokens.of_officer(officer)
    body = report(people, seen, f"/breach-report?{ALWAYS}&token={token.id}").get_json()
    assert [each["officer"] for each in body["accounts"]] == [str(officer)]
    assert [each["id"] for each in body["accounts"][0]["tokens"]] == [str(token.id)]


@pytest.mark.parametrize(
    "query",
    [
        "from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z",
        f"{ALWAYS}&officer={UUID(int=9)}",
        f"{ALWAYS}&token={UUID(int=9)}",
        f"{ALWAYS}&officer=x",
        "from=2026-01-01T00:00:00Z",
        f"{ALWAYS}&format=pdf",
    ],
)
def test_a_breach_report_that_cannot_be_is_refused(people: People, query: str) -> None:
    assert people.call("GET", f"/breach-report?{query}", people.token("dpo")).status_code == 422


class Outside(HTMLParser):
    """Finds the parts of a page that run code or fetch from elsewhere."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in {"script", "img", "link", "iframe", "object", "form", "a"}:
            self.found.append(tag)
        self.found += [
            name for name, _ in attrs if name in {"src", "href", "action"} or name.startswith("on")
        ]


def test_pages_to_print_bring_nothing_from_outside_and_run_nothing(people: People, fed: None) -> None:
    hostile = {name: f"{value} {HOSTILE}"[:300] for name, value in SITI.items()}
    complaint = people.routed(OWN, text=HOSTILE, reporter=hostile, place={"address": HOSTILE})
    people.act(complaint, "follow-up", people.token("liaison", OWN), text=HOSTILE, public=True)
    people.act(complaint, "respond", people.token("liaison", OWN), text=HOSTILE, outcome="fixed")
    answer = look(people, complaint, people.token("liaison", OWN))
    shown = {"Lapor_Receipt": complaint["receipt"]}
    pages = [get(people, complaint, "/export?format=html", **shown)]
    asked = f"/breach-report?{ALWAYS}&format=html"
    pages.append(
        people.call("GET", asked, people.token("dpo"), Lapor_Position=answer.headers["Lapor-Position"])
    )
    liaison = people.token("liaison", OWN)
    me = officer_of(people, "liaison", OWN)
    pages.append(people.call("GET", f"/officers/{me}/export?format=html", liaison))
    for page in pages:
        assert (page.status_code, page.mimetype) == (200, "text/html")
        assert page.headers["Content-Disposition"].startswith("attachment")
        parser = Outside()
        parser.feed(page.text)
        assert parser.found == []
        assert "url(" not in page.text
        assert re.search(r'lang="en"', page.text)
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in pages[0].text
    assert SITI["phone"] in pages[0].text
    assert complaint["code"] in pages[1].text
    assert SITI["phone"] not in pages[1].text
    assert "Pasal 46" in pages[1].text
    for heading in ("Upaya penanganan", "Upaya pemulihan", "Handling", "Recovery"):
        assert heading in pages[1].text


def test_a_copy_holds_all_that_is_held_and_what_was_done_with_it(
    people: People, seen: dict[str, Any]
) -> None:
    people.act(seen, "note", people.token("liaison", OWN), text="Catatan-dalam")
    people.act(seen, "respond", people.token("liaison", OWN), text="Sudah diganti.", outcome="fixed")
    copy = get(people, seen, "/export", Lapor_Receipt=seen["receipt"]).get_json()

    assert copy["complaint"]["reporter"] == SITI
    assert copy["complaint"]["text"] == "Lampu jalan padam."
    assert copy["complaint"]["response"]["text"] == "Sudah diganti."
    assert [item["reason_code"] for item in copy["accesses"]] == ["contact", "safety"]
    assert copy["history"][0]["data"]["reporter"] == SITI
    assert "Catatan-dalam" not in str(copy)
    assert not {"possible", "level"} & set(copy["complaint"])


def test_a_copy_that_the_dpo_takes_is_an_event_that_the_reporter_sees(people: People, fed: None) -> None:
    complaint = people.routed(OWN, reporter=SITI)
    dpo = people.token("dpo")
    copy = get(people, complaint, "/export", token=dpo)
    assert copy.get_json()["complaint"]["reporter"] == SITI
    (item,) = get(people, complaint, "/access", Lapor_Receipt=complaint["receipt"]).get_json()["items"]
    assert (item["what"], item["recipient"], item["role"]) == ("personal_data_exported", "person", "dpo")
    assert item["fields"] == list(SITI)
    for role in ("coordinator", "auditor", "administrator"):
        assert get(people, complaint, "/export", token=people.token(role)).status_code == 404
    both = {"token": people.token("intake"), "Lapor_Receipt": complaint["receipt"]}
    assert get(people, complaint, "/export", **both).status_code == 404


def test_an_anonymous_reporter_is_named_in_their_own_copy_alone(people: People) -> None:
    complaint = people.routed(OWN, reporter=SITI, privacy="anonymous")
    theirs = get(people, complaint, "/export", token=people.token("dpo"))
    for value in SITI.values():
        assert value not in theirs.text
    mine = get(people, complaint, "/export", Lapor_Receipt=complaint["receipt"]).get_json()
    assert mine["complaint"]["reporter"] == SITI
    assert mine["accesses"][0]["fields"] == []
    assert mine["accesses"][0]["at"][11:19] == "00:00:00"


def test_an_officer_gets_a_copy_of_their_own_account_and_no_other(people: People) -> None:
    token, me = people.token("coordinator"), officer_of(people, "coordinator")
    mine = people.call("GET", f"/officers/{me}/export", token).get_json()
    assert (mine["officer"]["id"], mine["officer"]["name"]) == (me, "coordinator@None")
    assert [item["type"] for item in mine["history"]] == [
        "lapor.officer.appointed",
        "lapor.officer.role_given",
    ]
    assert len(mine["tokens"]) == 1
    other = officer_of(people, "liaison", OWN)
    assert people.call("GET", f"/officers/{other}/export", token).status_code == 404
    assert people.call("GET", f"/officers/{me}/export", people.token("administrator")).status_code == 404


ROLES = "intake coordinator liaison head arbiter inspector national executive dpo mall_manager integrator"
ROLES += " auditor administrator"


def test_no_get_of_any_route_names_a_reporter_to_who_has_not_said_why(people: People, fed: None) -> None:
    """Canaries in every personal field, every kind of complaint, every role, every GET."""
    kinds: dict[str, dict[str, Any]] = {
        "open": {"agency": OWN},
        "other": {"agency": OTHER},
        "anonymous": {"agency": OWN, "privacy": "anonymous"},
        "confidential": {"agency": OWN, "privacy": "confidential"},
    }
    made = {}
    for number, (kind, body) in enumerate(kinds.items()):
        canary = {
            name: value.replace("5518", f"77{number}1").replace("3456", f"99{number}9")
            for name, value in SITI.items()
        }
        said = {name: value for name, value in body.items() if name != "agency"}
        complaint = people.routed(body["agency"], reporter=canary, **said)
        people.act(complaint, "refer-to-ombudsman", None, consent=True)
        made[kind] = (complaint, canary)
    values = [value for _, canary in made.values() for name, value in canary.items()]
    paths = [
        rule.rule
        for rule in people.client.application.url_map.iter_rules()
        if "GET" in (rule.methods or set()) and rule.rule.startswith("/api")
    ]
    assert len(paths) > 20
    asked = 0
    for role in ROLES.split():
        token = people.token(role, OWN if role in {"liaison", "head"} else None)
        for complaint, _ in made.values():
            for path in paths:
                named = re.sub(r"<string:named>|<uuid:\w+>", complaint["id"], path)
                named = re.sub(r"<[^>]+>", OWN, named)
                query = f"?{ALWAYS}" if path.endswith("/breach-report") else ""
                if role == "dpo" and path.endswith("/export"):
                    continue  # the officer's copy for the person is an event of its own
                for receipt in ({}, {"Lapor_Receipt": complaint["receipt"]}):
                    answer = people.call("GET", named.removeprefix("/api/v1") + query, token, **receipt)
                    asked += answer.status_code == 200
                    assert not [value for value in values if value in answer.text], (role, named)
    assert asked > 300


def test_an_erased_person_is_hidden_and_all_still_answers(people: People, fed: None, url: str) -> None:
    complaint = people.routed(OWN, reporter=SITI)
    look(people, complaint, people.token("liaison", OWN))
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("DELETE FROM vault.subject WHERE stream = %s", [complaint["id"]])

    seen = look(people, complaint, people.token("liaison", OWN))
    assert (seen.status_code, seen.get_json()["code"]) == (410, "erased")
    masked = get(people, complaint, "", token=people.token("coordinator")).get_json()["reporter"]
    assert masked == {**dict.fromkeys(SITI, "[dihapus]"), "masked": True}
    page = get(people, complaint, "/export?format=html", token=people.token("dpo"))
    assert "[dihapus]" in page.text
    assert SITI["phone"] not in page.text
    listed = people.call(
        "GET",
        f"/access-report?complaint={complaint['id']}",
        people.token("dpo"),
        Lapor_Position=page.headers["Lapor-Position"],
    ).get_json()["items"]
    assert [item.get("reason") for item in listed] == ["[dihapus]", None]
