"""Data past their retention are erased, once, and no erasure is left half done."""

import json
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from click.testing import CliRunner, Result
from werkzeug.test import TestResponse

from lapor.application.application import CommandRequest
from lapor.bootstrap import RunningServices, make_scheduler
from lapor.cli import main
from lapor.cli.shared.common import PROTECTOR
from lapor.domain.errors import ConflictError, Refusal
from lapor.store.database import Database
from lapor.store.vault.seal import destroy
from projections.catalogue import PROJECTIONS
from projections.engine.engine import Engine
from projections.running.rebuild import rebuild
from projections.running.replay import check

from ..command_line import AskingLapor
from ..faults.slack import slack
from ..people import People
from ..projections.stores import everything, feed

TEXT, GONE = "Rahasia-besar-4471", "[dihapus]"
NOON = datetime.fromisoformat("2026-11-24T12:00:00+07:00")
POLICY = {
    "effective_from": "2026-11-24",
    "regulation": "Perbup Bekasi 11/2026",
    "rules": [
        {"days": 90, "source": "Pasal 3", "stages": ["archived"], "automatic": True},
        {"days": 30, "source": "Pasal 4", "stages": ["withdrawn"], "kinds": ["complaint"]},
    ],
}


@pytest.fixture
def town(people: People) -> People:
    """Return people at noon of a Tuesday, in an office that keeps archived complaints for 90 days."""
    people.running.application.clock = lambda: NOON
    made = people.call("POST", "/retention", people.token("dpo"), POLICY)
    assert made.status_code == 201, made.text
    return people


def later(people: People, **span: float) -> None:
    now = people.running.application.clock() + timedelta(**span)
    people.running.application.clock = lambda: now


def archived(people: People) -> dict[str, Any]:
    complaint = people.file(text=TEXT)
    body = {"reason_code": "spam", "text": TEXT}
    assert people.act(complaint, "archive", people.token("coordinator"), **body).status_code == 200
    return complaint


def withdrawn(people: People, **body: Any) -> dict[str, Any]:
    complaint = people.file(text=TEXT, **body)
    assert people.act(complaint, "withdraw", None).status_code == 200
    return complaint


def listed(people: People, of: str, by: str = "dpo", **more: Any) -> Any:
    head = str(people.running.services.head())
    query = "&".join(f"{name}={value}" for name, value in more.items())
    answer = people.call("GET", f"/retention/{of}?{query}", people.token(by), Lapor_Position=head)
    assert answer.status_code == 200, answer.text
    return answer.get_json()


def there(people: People, complaint: dict[str, Any]) -> bool:
    return bool(people.running.application.log.vault_entries([UUID(complaint["id"])]))


def caught_up(people: People) -> int:
    """Erase the automatic cases, once the projections have all events."""
    listed(people, "due")
    return people.running.services.retention.erase_due()


@pytest.mark.usefixtures("fed")
def test_due_complaints_are_listed_with_their_day_and_only_automatic_ones_are_erased(town: People) -> None:
    spam = archived(town)
    later(town, minutes=1)
    taken_back, open_one = withdrawn(town, kind="complaint"), town.file(text=TEXT)
    withdrawn(town)  # never classified: the policy does not cover it

    later(town, days=29, hours=11, minutes=58)
    assert listed(town, "due")["items"] == []
    later(town, minutes=1)  # the local day has begun on which 30 days are over

    (item,) = listed(town, "due", "auditor")["items"]
    assert (item["id"], item["ended_on"], item["due_on"], item["automatic"]) == (
        taken_back["id"], "2026-11-24", "2026-12-24", False,
    )  # fmt: skip
    assert listed(town, "due")["policy"] == "retention/1"
    later(town, days=60)
    assert [each["id"] for each in listed(town, "due")["items"]] == [spam["id"], taken_back["id"]]
    first = listed(town, "due", limit=1)
    assert [each["id"] for each in first["items"]] == [spam["id"]]
    rest = listed(town, "due", limit=1, cursor=first["next"])
    assert ([each["id"] for each in rest["items"]], rest["next"]) == ([taken_back["id"]], None)

    assert caught_up(town) == 1
    assert caught_up(town) == 0
    assert [there(town, each) for each in (spam, taken_back, open_one)] == [False, True, True]
    view = town.call("GET", f"/complaints/{spam['id']}", town.token("coordinator")).get_json()
    assert (view["text"], view["stage"]) == (GONE, "archived")
    assert (view["erasure"]["basis"], view["erasure"]["reference"]) == ("retention", "retention/1")
    last = town.running.application.log.read_stream(UUID(spam["id"])).rows[-1].event()
    assert (last.by, last.role) == ("system:retention", "system")


@pytest.mark.usefixtures("fed")
def test_a_complaint_on_hold_or_just_reopened_is_not_erased(town: People) -> None:
    held, again = archived(town), archived(town)
    later(town, days=20)
    hold = {"reason": TEXT, "reference": "12/Pdt.G/2026"}
    assert town.act(held, "place-legal-hold", town.token("dpo"), **hold).status_code == 200
    assert town.act(again, "reopen", town.token("coordinator"), reason=TEXT).status_code == 200
    later(town, days=90)
    assert caught_up(town) == 0
    assert (there(town, held), there(town, again)) == (True, True)
    assert town.act(held, "lift-legal-hold", town.token("dpo"), reason=TEXT).status_code == 200
    assert caught_up(town) == 1
    assert not there(town, held)


def test_a_projection_that_is_behind_leads_to_no_wrong_erasure(town: People, database: Database) -> None:
    held, again = archived(town), archived(town)
    feed(Engine(database, PROJECTIONS))
    later(town, days=20)
    assert town.act(held, "place-legal-hold", town.token("dpo"), reason=TEXT).status_code == 200
    assert town.act(again, "reopen", town.token("coordinator"), reason=TEXT).status_code == 200
    later(town, days=90)
    assert town.running.services.retention.erase_due() == 0
    assert (there(town, held), there(town, again)) == (True, True)


@pytest.mark.usefixtures("fed")
def test_concurrent_workers_erase_each_complaint_once(town: People) -> None:
    complaints = [archived(town) for _ in range(12)]
    later(town, days=91)
    listed(town, "due")
    with ThreadPoolExecutor(3) as pool:
        done = [pool.submit(town.running.services.retention.erase_due, 5) for _ in range(9)]
        total = sum(each.result() for each in done)
    while more := caught_up(town):
        total += more
    assert total == 12
    for complaint in complaints:
        topics = [row.topic for row in town.running.application.log.read_stream(UUID(complaint["id"])).rows]
        assert topics.count("lapor.complaint.personal_data_erased") == 1


@pytest.mark.usefixtures("fed")
def test_a_request_for_erasure_is_listed_until_it_is_done(town: People) -> None:
    complaint = town.file(text=TEXT)
    assert town.act(complaint, "request-erasure", None, reason=TEXT).status_code == 200
    (item,) = listed(town, "requests")["items"]
    assert (item["code"], item["held"], TEXT in str(item)) == (complaint["code"], False, False)
    assert town.act(complaint, "erase", town.token("dpo"), basis="request").status_code == 200
    assert listed(town, "requests")["items"] == []


def test_another_version_of_the_policy_is_the_next_and_its_history_is_public(town: People) -> None:
    later_one = {**POLICY, "effective_from": "2027-01-01"}
    made = town.call("POST", "/retention", town.token("dpo"), later_one)
    assert (made.status_code, made.get_json()["id"]) == (201, "retention/2")
    items = town.call("GET", "/retention", town.token("liaison", "BM")).get_json()["items"]
    assert [(each["id"], each["in_force"]) for each in items] == [
        ("retention/1", True),
        ("retention/2", False),
    ]
    history = town.call("GET", "/retention/history", town.token("intake")).get_json()["items"]
    assert [each["type"] for each in history] == ["lapor.retention_policy.adopted"] * 2
    twice = {**POLICY, "rules": [*POLICY["rules"], {"days": 1, "source": "x"}]}
    refused = town.call("POST", "/retention", town.token("dpo"), twice)
    assert (refused.status_code, "two rows" in refused.get_json()["detail"]) == (422, True)


@pytest.mark.parametrize("kill", ["before the vault", "before the commit"])
def test_an_erasure_that_is_killed_half_way_has_not_happened_and_succeeds_when_repeated(
    town: People, url: str, kill: str
) -> None:
    complaint, dpo = town.file(text=TEXT), town.token("dpo")
    waited_for = {
        "before the vault": "SELECT FROM vault.subject FOR UPDATE",  # after the append
        "before the commit": "SELECT FROM vault.master_key FOR UPDATE",  # after the deletion
    }
    path, key = f"/complaints/{complaint['id']}/erase", str(uuid4())

    def erase() -> TestResponse:
        body = {"basis": "request"}
        return town.call("POST", path, dpo, body, If_Match="*", Idempotency_Key=key)

    with psycopg.connect(url) as holder, ThreadPoolExecutor(1) as pool:
        holder.execute(waited_for[kill].encode())
        asked = pool.submit(erase)
        stuck = (
            "SELECT pid FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
        )
        until = time.monotonic() + 5 * slack()
        while (found := holder.execute(stuck).fetchone()) is None and time.monotonic() < until:
            holder.execute("SELECT pg_stat_clear_snapshot()")
            time.sleep(0.01)
        assert found is not None
        holder.execute("SELECT pg_terminate_backend(%s)", found)
        assert asked.result().status_code == 503
    log = town.running.application.log
    assert there(town, complaint)
    assert len(log.read_stream(UUID(complaint["id"])).rows) == 1
    assert erase().status_code == 200
    assert not there(town, complaint)
    assert erase().status_code == 200
    assert len(log.read_stream(UUID(complaint["id"])).rows) == 2


def test_an_erasure_removes_request_digests_and_messages_and_nothing_is_done_twice(
    town: People, url: str, database: Database
) -> None:
    agency, key = town.agency("BM"), str(uuid4())
    body = {"text": TEXT, "consent": True}
    filed = town.call("POST", "/complaints", body=body, Idempotency_Key=key).get_json()
    route = {"agency": "BM", "kind": "complaint", "category": "roads", "title": TEXT}
    assert town.act(filed, "route", town.token("coordinator"), **route).status_code == 200
    answer = {"text": TEXT, "outcome": "fixed"}
    assert town.act(filed, "respond", town.token("liaison", "BM"), **answer).status_code == 200
    assert agency
    scheduler = make_scheduler(town.running.settings, database)
    scheduler._reminders._application.clock = lambda: NOON
    while scheduler.step():
        pass
    again = str(uuid4())
    path, said = f"/complaints/{filed['id']}/erase", {"basis": "request"}
    first = town.call("POST", path, town.token("dpo"), said, If_Match="*", Idempotency_Key=again)
    while scheduler.step():
        pass

    with psycopg.connect(url) as connection:
        kept = "SELECT count(*) FROM request WHERE stream = %s AND digest <> ''"
        assert connection.execute(kept, [filed["id"]]).fetchone() == (1,)  # of the erasure itself
        notifications = "SELECT count(*) FROM outbox WHERE stream = %s AND addressee = 'reporter'"
        assert connection.execute(notifications, [filed["id"]]).fetchone() == (0,)
        assert connection.execute("SELECT count(*) FROM timer").fetchone() == (0,)
    head = town.running.services.head()
    repeated = town.call("POST", "/complaints", body=body, Idempotency_Key=key)
    assert (repeated.status_code, repeated.get_json()["code"]) == (422, "idempotency_key_reused")
    once_more = town.call("POST", path, town.token("dpo"), said, If_Match="*", Idempotency_Key=again)
    assert (once_more.status_code, once_more.data) == (200, first.data)
    assert town.running.services.head() == head


def test_with_every_key_destroyed_all_is_rebuilt_and_shown_without_the_sealed_texts(
    town: People, url: str, database: Database, running: RunningServices
) -> None:
    complaints = [
        archived(town),
        withdrawn(town),
        town.routed("BM", text=TEXT, title=TEXT),
        town.file(text=TEXT),
    ]
    assert town.act(complaints[3], "erase", town.token("dpo"), basis="request").status_code == 200
    coordinator = town.token("coordinator")
    feed(Engine(database, PROJECTIONS))
    live = everything(database)
    with psycopg.connect(url) as connection:
        connection.execute("DELETE FROM vault.subject")
    for path in running.application.master_key.files().values():
        destroy(path)

    rebuild(url, [projection.name for projection in PROJECTIONS])

    assert everything(database) == live
    assert check(url)[1] == []
    for complaint in complaints:
        for rest in ("", "/history"):
            seen = town.call("GET", f"/complaints/{complaint['id']}{rest}", coordinator)
            assert (seen.status_code, TEXT in seen.text, GONE in seen.text) == (200, False, True)
        act = town.act(complaint, "note", coordinator, text=TEXT)
        assert act.status_code == 410
    seen = town.call("GET", "/complaints", coordinator)
    assert (seen.status_code, TEXT in seen.text, GONE in seen.text) == (200, False, True)


@pytest.fixture
def lapor(town: People, url: str, monkeypatch: pytest.MonkeyPatch) -> AskingLapor:
    monkeypatch.setenv("LAPOR_DATABASE_URL", url)
    monkeypatch.setenv("LAPOR_DATA", str(town.running.settings.data))

    def run(*words: str, at: str = "2026-11-24T13:00:00+07:00", **more: Any) -> Result:
        monkeypatch.setenv("LAPOR_CLOCK", at)
        return CliRunner().invoke(main, list(words), **more)

    return run


@pytest.mark.usefixtures("fed")
def test_the_commands_show_related_complaints_and_ask_before_they_erase(
    town: People, lapor: AskingLapor
) -> None:
    complaint = town.file(text=TEXT)
    parts = [{"text": TEXT, "title": TEXT}]
    split = town.act(complaint, "split", town.token("coordinator"), parts=parts).get_json()["split_into"]
    asked = lapor("erase", complaint["code"], "--basis", "request", input="n\n")
    assert (asked.exit_code, there(town, complaint)) == (1, True)
    assert f"{complaint['code']}\titself\tfiled" in asked.stdout
    assert "\tsplit\tfiled" in asked.stdout
    done = lapor("erase", complaint["code"], "--basis", "request", "--yes", "--json")
    assert (done.exit_code, [each["done"] for each in json.loads(done.stdout)]) == (0, [True])
    assert (there(town, complaint), there(town, {"id": split[0]})) == (False, True)
    assert "were erased" in lapor("erase", complaint["code"], "--basis", "request", "--yes").stderr
    family = lapor("erase", complaint["code"], "--basis", "request", "--yes", "--family")
    assert (family.exit_code, there(town, {"id": split[0]})) == (0, False)


@pytest.mark.usefixtures("fed")
def test_the_commands_hold_and_keep(town: People, lapor: AskingLapor, tmp_path: Path) -> None:
    complaint, spam = town.file(text=TEXT), withdrawn(town, kind="complaint")
    assert lapor("hold", "place", complaint["code"], "--reason", "Perkara").exit_code == 0
    refused = lapor("erase", complaint["code"], "--basis", "request", "--yes")
    assert (refused.exit_code, "lift-legal-hold" in refused.stderr) == (1, True)
    assert lapor("hold", "lift", complaint["code"], "--reason", "Selesai").exit_code == 0
    assert (
        "retention/1\tin force\tevery kind\tarchived\t90\tby itself\tPasal 3"
        in lapor("retention", "list").stdout
    )
    draft = tmp_path / "policy.json"
    draft.write_text(json.dumps({**POLICY, "effective_from": "2027-06-01"}))
    assert lapor("retention", "adopt", str(draft)).stdout.strip() == "retention/2"
    soon = "2027-01-02T09:00:00+07:00"
    assert spam["code"] in lapor("retention", "due", at=soon).stdout
    assert lapor("retention", "erase", at=soon, input="n\n").exit_code == 1
    assert there(town, spam)
    erased = lapor("retention", "erase", "--yes", at=soon)
    assert (erased.exit_code, f"{spam['code']}\terased" in erased.stdout) == (0, True)
    assert not there(town, spam)
    assert json.loads(lapor("retention", "requests", "--json").stdout)["items"] == []


def test_the_commands_dismiss_and_erase_an_officer(town: People, lapor: AskingLapor) -> None:
    made = json.loads(lapor("officer", "add", TEXT, "--role", "auditor", "--json").stdout)
    assert lapor("officer", "erase", made["id"], "--basis", "retention").exit_code == 1
    assert lapor("officer", "dismiss", made["id"]).exit_code == 0
    assert (
        lapor("officer", "erase", made["id"], "--basis", "retention", "--reference", "PDP/1").exit_code == 0
    )
    assert not there(town, made)


def test_only_one_of_two_concurrent_first_policies_is_accepted(people: People) -> None:
    people.running.application.clock = lambda: NOON
    command, service = CommandRequest(PROTECTOR), people.running.services.retention
    body = people.call("POST", "/retention", people.token("dpo"), POLICY)
    assert body.status_code == 201
    people.running.application.reference_data.rules.retention.clear()  # as in a process that has not read it
    asked: dict[str, Any] = {
        "effective_from": NOON.date(),
        "regulation": "x",
        "rules": [{"days": 9, "source": "x"}],
    }
    with pytest.raises(Refusal) as refused:
        service.adopt(asked, command)
    assert isinstance(refused.value, ConflictError)
