"""Names are exported only with a permission of their own and a reason, and the log records it."""

import csv
import io
import json
from collections.abc import Callable
from typing import Any
from uuid import UUID
from xml.etree import ElementTree as ET

import pytest

from lapor.application.application import CommandRequest
from lapor.application.commands.complaints import ComplaintCommands
from lapor.application.commands.officers import Officers
from lapor.application.queries.lookup import ComplaintLookup
from lapor.audit.exports.service import ExportSelection
from lapor.cli.shared.common import OPERATOR
from lapor.domain.access import Caller
from lapor.domain.errors import InvalidFieldError, NotAllowedError, NotSignedInError
from lapor.domain.export import ExportMade
from lapor.domain.vocabulary import Role
from lapor.store.access_tokens import AccessTokens
from lapor.store.database import Database
from lapor.store.vault.seal import ERASED

from .conftest import AUDITOR, DPO, NATIONAL, Archive

WITH_NAMES = ExportSelection(identities=True, reason="Permintaan Ombudsman 17/2026")
REPORTER = {
    "name": '=HYPERLINK("http://x")',
    "phone": "+62811",
    "email": "@siti",
    "national_id": "-3216",
    "address": "'Jl. Melati",
}
HIDDEN = "Bayangan Anonim"
FORMS = ("ocel", "xes", "csv", "xlsx")


@pytest.fixture
def filed(archive: Archive) -> Archive:
    """Yield an archive with two complaints, one of an anonymous reporter, and an officer."""
    complaints = ComplaintCommands(archive.application, ComplaintLookup(archive.application))
    body = {"text": "Lampu jalan padam.", "consent": True}
    complaints.file({**body, "reporter": REPORTER}, CommandRequest(Caller()))
    complaints.file({**body, "reporter": {"name": HIDDEN}, "privacy": "anonymous"}, CommandRequest(Caller()))
    no_tokens = AccessTokens(Database("", connections=0))
    Officers(archive.application, no_tokens).appoint(
        {"name": "Budi Santoso", "role": Role.AUDITOR}, CommandRequest(OPERATOR)
    )
    return archive


def made(archive: Archive) -> ExportMade:
    event = archive.application.log.page(archive.application.log.head() - 1, 1)[0].event()
    assert isinstance(event, ExportMade)
    return event


@pytest.mark.parametrize("form", FORMS)
def test_a_file_has_no_name_unless_names_were_requested(filed: Archive, form: str) -> None:
    file = filed.file(form, caller=DPO)

    for name in (*REPORTER.values(), HIDDEN, "Budi Santoso", "Lampu"):
        assert name.encode() not in file
    assert (made(filed).identities, made(filed).reason) == (False, None)


def test_with_names_an_anonymous_reporter_stays_anonymous_and_the_reason_is_sealed(filed: Archive) -> None:
    file = filed.file("csv", WITH_NAMES, DPO)

    rows = list(csv.DictReader(io.StringIO(file.decode(), newline="")))
    names = {name for row in rows for name in (row["reporter_name"], row["name"]) if name}
    assert names == {f"'{REPORTER['name']}", "Budi Santoso"}
    assert HIDDEN.encode() not in file
    (row,) = filed.application.log.page(filed.application.log.head() - 1, 1)
    event = made(filed)
    assert event.identities
    assert (event.by, event.role) == (DPO.id, Role.DPO)
    assert b"Ombudsman" not in row.state
    assert event.reason is not None
    assert filed.application.openers([row.stream])(row.stream)("reason", event.reason) == WITH_NAMES.reason


def restored(cell: str) -> str:
    return cell.removeprefix("'")


def test_a_name_that_looks_like_a_formula_comes_back_as_it_was(filed: Archive) -> None:
    rows = list(csv.DictReader(io.StringIO(filed.file("csv", WITH_NAMES, DPO).decode(), newline="")))

    (row,) = [each for each in rows if each["reporter_name"]]
    assert all(row[f"reporter_{name}"] == f"'{value}" for name, value in REPORTER.items())
    assert {name: restored(row[f"reporter_{name}"]) for name in REPORTER} == REPORTER


def test_the_other_forms_hold_the_names_as_they_are(filed: Archive) -> None:
    ocel = filed.ocel(WITH_NAMES, DPO)
    xes = ET.fromstring(filed.file("xes", WITH_NAMES, DPO))

    attributes = {each["name"]: each["value"] for thing in ocel["objects"] for each in thing["attributes"]}
    assert {name: attributes[f"reporter_{name}"] for name in REPORTER} == REPORTER
    assert HIDDEN not in json.dumps(ocel)
    told = {each.attrib.get("key"): each.attrib.get("value") for each in xes.findall("{*}trace/{*}string")}
    assert {name: told[f"reporter_{name}"] for name in REPORTER} == REPORTER


def test_an_erased_person_stays_erased(filed: Archive) -> None:
    filed.application.log._vault_entries.clear()  # type: ignore[attr-defined]

    rows = csv.DictReader(io.StringIO(filed.file("csv", WITH_NAMES, DPO).decode(), newline=""))

    assert {row["reporter_name"] or row["name"] for row in rows} == {ERASED, ""}


@pytest.mark.parametrize(
    ("caller", "wanted", "refusal"),
    [
        (AUDITOR, WITH_NAMES, NotAllowedError),
        (NATIONAL, WITH_NAMES, NotAllowedError),
        (Caller(), WITH_NAMES, NotSignedInError),
        (Caller(), ExportSelection(), NotSignedInError),
        (DPO, ExportSelection(identities=True), InvalidFieldError),
        (DPO, ExportSelection(identities=True, reason=" \n"), InvalidFieldError),
        (DPO, ExportSelection(identities=True, reason="x" * 2_001), InvalidFieldError),
    ],
)
def test_a_request_without_permission_or_reason_is_refused_and_not_recorded(
    filed: Archive, caller: Caller, wanted: ExportSelection, refusal: type[Exception]
) -> None:
    before = filed.application.log.head()

    with pytest.raises(refusal):
        filed.file("csv", wanted, caller)

    assert filed.application.log.head() == before


def test_an_export_is_recorded_before_its_first_byte(filed: Archive, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any) -> Any:
        raise OSError

    monkeypatch.setattr(filed.application.log, "by_stream", broken)

    with pytest.raises(OSError):  # noqa: PT011 - the test's own
        filed.file("csv")

    assert isinstance(filed.application.log.page(filed.application.log.head() - 1, 1)[0].event(), ExportMade)


def test_two_exports_are_two_events(filed: Archive, new_archive: Callable[[], Archive]) -> None:
    streams: set[UUID] = set()
    for _ in range(2):
        filed.file("csv")
        streams.add(made(filed).originator_id)
    assert len(streams) == 2
