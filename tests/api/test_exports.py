"""Exports over HTTP: who may have them, in which form, and that each is recorded."""

import csv
import io
import json
from collections.abc import Callable
from xml.etree import ElementTree as ET
from zipfile import ZipFile

import pytest

from lapor.api.http.streaming import StreamSlots
from lapor.api.resources import exports as blp
from lapor.application.application import CommandRequest
from lapor.audit.exports.service import ExportSelection
from lapor.bootstrap import RunningServices
from lapor.domain.export import ExportFormat, ExportMade

from ..people import People

FORMS = {
    "ocel": "application/json",
    "xes": "application/xml",
    "csv": "text/csv",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


def made(running: RunningServices, position: int) -> ExportMade:
    (row,) = running.application.log.page(position - 1, 1)
    event = row.event()
    assert isinstance(event, ExportMade)
    return event


@pytest.mark.parametrize("form", FORMS)
def test_an_auditor_gets_each_form_and_it_is_recorded_who_took_it(
    people: People, running: RunningServices, head: Callable[[], int], form: str
) -> None:
    people.routed()
    token = people.token("auditor")
    before = head()

    answer = people.call("GET", f"/exports/{form}?from=2020-01-01&agency=BINAMARGA", token)

    assert (answer.status_code, answer.mimetype) == (200, FORMS[form])
    position = int(answer.headers["Lapor-Position"])
    assert f'filename="lapor-{position}.' in answer.headers["Content-Disposition"]
    assert (position, head()) == (before, before + 1)
    event = made(running, head())
    assert (event.format, event.position, event.identities, event.reason) == (form, position, False, None)
    assert event.agency == people.agency("BINAMARGA")
    assert (str(event.since), event.until) == ("2019-12-31 17:00:00+00:00", None)
    assert event.role == "auditor"
    assert position == named_in(form, answer.data)


def named_in(form: str, file: bytes) -> object:
    """The position that a file names."""
    match form:
        case "ocel":
            return json.loads(file)["lapor"]["position"]
        case "xes":
            found = ET.fromstring(file).find("{*}int[@key='lapor:position']")
            return None if found is None else int(found.attrib["value"])
        case "csv":
            return json.loads(list(csv.DictReader(io.StringIO(file.decode())))[-1]["data"])["position"]
    with ZipFile(io.BytesIO(file)) as book:
        sheet = ET.fromstring(book.read("xl/worksheets/sheet1.xml"))
        return int([each.text or "" for each in sheet.findall(".//{*}t")][1])


def test_a_form_that_there_is_not_and_wrong_days_are_refused(people: People, head: Callable[[], int]) -> None:
    token, before = people.token("auditor"), head()

    nowhere = people.call("GET", "/exports/pdf", token)
    wrong = people.call("GET", "/exports/csv?from=2026-02-01&to=2026-01-01", token)
    unknown = people.call("GET", "/exports/csv?agency=NOWHERE", token)

    assert nowhere.status_code == 404
    assert "ocel, xes, csv, xlsx" in nowhere.get_json()["detail"]
    assert (wrong.status_code, unknown.status_code) == (422, 422)
    for days in ("0001-01-01", "9999-12-31"):
        for name in ("from", "to"):
            assert people.call("GET", f"/exports/csv?{name}={days}", token).status_code in {200, 422}
    assert head() <= before + 4


def test_only_so_many_at_once_and_a_place_is_free_when_nobody_reads_on(
    people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(blp, "_slots", StreamSlots(1))
    client, token = people.client, people.token("auditor")
    headers = {"Authorization": f"Bearer {token}"}
    open_ = super(type(client), client).open  # the checking client would read it all

    read = open_("/api/v1/exports/csv", headers=headers)
    busy = open_("/api/v1/exports/csv", headers=headers)
    read.close()
    free = open_("/api/v1/exports/csv", headers=headers)

    assert (read.status_code, busy.status_code, free.status_code) == (200, 503, 200)
    assert busy.headers["Retry-After"]
    assert free.data.endswith(b"\r\n")
    assert open_("/api/v1/exports/csv", headers=headers).status_code == 200


def test_every_form_has_a_route_and_a_description(people: People) -> None:
    assert set(FORMS) == set(ExportFormat)
    described = people.client.get("/openapi.json").get_json()["paths"]["/api/v1/exports/{form}"]["get"]
    assert set(described["responses"]["200"]["content"]) == set(FORMS.values())


def test_auditors_see_who_took_what_and_why_page_by_page(people: People, running: RunningServices) -> None:
    auditor, dpo = people.token("auditor"), running.services.officers.caller(people.token("dpo"))
    people.call("GET", "/exports/csv?from=2026-01-01", auditor)
    wanted = ExportSelection(identities=True, reason="Permintaan Ombudsman 17/2026")
    running.services.exports.begin(ExportFormat.XES, wanted, CommandRequest(dpo))

    first = people.call("GET", "/exports?limit=1", auditor).get_json()
    second = people.call("GET", f"/exports?limit=1&cursor={first['next']}", auditor).get_json()

    (named,), (plain,) = first["items"], second["items"]
    assert (named["format"], named["identities"], named["reason"]) == ("xes", True, wanted.reason)
    assert (named["by"], named["role"]) == (dpo.id, "dpo")
    assert (plain["format"], plain["identities"]) == ("csv", False)
    assert plain["since"] == "2025-12-31T17:00:00Z"
    assert "reason" not in plain
    assert named["recorded_at"] > plain["recorded_at"] > plain["position"]
