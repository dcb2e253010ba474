"""Anybody gets checkpoints, keys and proofs; a complaint's own proof gets who may see it, and it holds."""

import json
import subprocess
import sys
from base64 import b64decode
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from werkzeug.test import TestResponse

from lapor.bootstrap import make_sealer
from lapor.ledger.offline import verify_ledger
from lapor.ledger.signed_note import Checkpoint, PublicKey, parse

from ..ledger.proof_checks import is_consistent, is_included
from ..people import People


@pytest.fixture
def seal(people: People) -> Callable[[], Checkpoint]:
    """Seals the log up to its head; the checkpoint."""
    running = people.running
    return make_sealer(running.settings, running.database).checkpoint


def paths(answer: Any) -> list[bytes]:
    return [b64decode(each) for each in answer.get_json()["path"]]


def test_before_anything_is_sealed_it_is_said_so(people: People) -> None:
    for path in ("/ledger/checkpoint", "/ledger/proof/1", "/ledger/consistency?from=0"):
        answer = people.call("GET", path)
        assert (answer.status_code, answer.get_json()["code"]) == (400, "not_sealed")
    assert people.call("GET", "/ledger/key").get_json() == {"items": []}


def test_checkpoint_key_and_paths_prove_each_event_to_a_stranger(
    people: People, seal: Callable[[], Checkpoint]
) -> None:
    people.routed()
    old = seal()
    people.routed()
    seal()
    answer = people.call("GET", "/ledger/checkpoint")
    assert answer.mimetype == "text/plain"
    new = parse(answer.text)
    (key,) = people.call("GET", "/ledger/key").get_json()["items"]
    assert new.is_signed_by(PublicKey.of_vkey(key["key"]))
    assert people.call("GET", f"/ledger/checkpoint?size={old.size}").text == old.note()
    assert parse(people.call("GET", f"/ledger/checkpoint?size={old.size + 1}").text) == new

    rows = people.running.application.log.page(0, 1000)
    assert len(rows) == new.size
    for row in rows:
        path = paths(people.call("GET", f"/ledger/proof/{row.position}"))
        assert is_included(row.leaf(), row.position - 1, new.size, path, new.root)
        if row.position <= old.size:
            path = paths(people.call("GET", f"/ledger/proof/{row.position}?size={old.size}"))
            assert is_included(row.leaf(), row.position - 1, old.size, path, old.root)
    path = paths(people.call("GET", f"/ledger/consistency?from={old.size}"))
    assert is_consistent(old.size, old.root, new.size, new.root, path)
    path = paths(people.call("GET", f"/ledger/consistency?from=1&to={old.size}"))
    assert is_consistent(1, rows[0].leaf(), old.size, old.root, path)


def test_a_proof_that_cannot_be_given_is_refused(people: People, seal: Callable[[], Checkpoint]) -> None:
    people.file()
    people.file()
    size = seal().size
    people.file()
    for path, status, code in (
        (f"/ledger/checkpoint?size={size + 1}", 400, "not_sealed"),
        (f"/ledger/proof/{size + 1}", 400, "beyond_head"),
        ("/ledger/proof/2?size=1", 400, "beyond_head"),
        (f"/ledger/proof/1?size={size + 1}", 400, "not_sealed"),
        ("/ledger/proof/0", 400, None),
        ("/ledger/proof/x", 400, None),
        (f"/ledger/consistency?from={size}&to=1", 400, "beyond_head"),
        (f"/ledger/consistency?from=1&to={size + 1}", 400, "not_sealed"),
        ("/ledger/consistency", 422, None),
        ("/ledger/consistency?from=-1", 422, None),
    ):
        answer = people.call("GET", path)
        assert answer.status_code == status, path
        assert code is None or answer.get_json()["code"] == code, path


def bukti(people: People, complaint: dict[str, Any], token: str | None = None) -> TestResponse:
    sent = {"token": token} if token else {"Lapor_Receipt": complaint["receipt"]}
    return people.call("GET", f"/complaints/{complaint['code']}/proof", **sent)


def test_a_reporter_gets_a_proof_that_holds_without_the_service(
    people: People, seal: Callable[[], Checkpoint], tmp_path: Path
) -> None:
    complaint = people.routed(text="Lubang di Jalan Merdeka.")
    people.act(complaint, "withdraw", None)
    seal()
    answer = bukti(people, complaint)
    proof = answer.get_json()

    shown = [event["topic"] for event in proof["facts"] if "state" in event]
    assert shown == ["lapor.complaint.filed", "lapor.complaint.withdrawn"]
    assert "Merdeka" not in b64decode(proof["facts"][0]["state"]).decode()
    file, script = tmp_path / "bukti.json", tmp_path / "verify_ledger.py"
    file.write_text(answer.text)
    script.write_text(Path(verify_ledger.__file__).read_text())
    key = people.call("GET", "/ledger/key").get_json()["items"][0]["key"]
    said = run(script, file, key)
    assert (said.returncode, said.stdout.count("is in the log, with these bytes")) == (0, 2), said.stdout

    state = bytearray(b64decode(proof["facts"][0]["state"]))
    state[20] ^= 1
    for event, name, value in (
        (0, "state", verify_ledger._text(bytes(state))),
        (1, "leaf", proof["facts"][0]["leaf"]),
        (1, "position", proof["facts"][1]["position"] + 1),
        (0, "version", 2),
        (2, "path", proof["facts"][1]["path"]),
    ):
        forged = json.loads(answer.text)
        forged["facts"][event][name] = value
        file.write_text(json.dumps(forged))
        assert run(script, file, key).returncode == 1, name


def run(script: Path, file: Path, key: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-I", "-S", str(script), "proof", str(file), "--key", key],
        capture_output=True,
        text=True,
        cwd=script.parent,
        env={},
        check=False,
    )


def test_an_event_that_is_not_sealed_yet_has_no_path(people: People, seal: Callable[[], Checkpoint]) -> None:
    complaint = people.file()
    seal()
    people.act(complaint, "withdraw", None)

    filed, withdrawn = bukti(people, complaint).get_json()["facts"]

    assert filed["path"] is not None
    assert withdrawn["path"] is None


def test_an_anonymous_reporters_proof_holds_no_bytes_for_they_hold_the_second(
    people: People, seal: Callable[[], Checkpoint]
) -> None:
    complaint = people.file(privacy="anonymous")
    seal()

    assert [list(event) for event in bukti(people, complaint).get_json()["facts"]] == [
        ["position", "stream", "version", "topic", "leaf", "path"]
    ]


def test_officers_get_a_proof_of_what_they_may_see_and_only_auditors_its_bytes(
    people: People, seal: Callable[[], Checkpoint]
) -> None:
    complaint = people.routed()
    seal()
    for role, agency, bytes_of in (
        ("auditor", None, 3),
        ("coordinator", None, 0),
        ("liaison", "BINAMARGA", 0),
    ):
        events = bukti(people, complaint, people.token(role, agency)).get_json()["facts"]
        assert (len(events), sum("state" in event for event in events)) == (3, bytes_of), role
    assert bukti(people, complaint, people.token("liaison", "DISHUB")).status_code == 404
    assert people.call("GET", f"/complaints/{complaint['id']}/proof").status_code == 404
