"""`lapor checkpoint`, `verify`, `export-log` and `keys` for an auditor, and the offline verifier."""

import json
import random
import subprocess
import sys
from base64 import b64decode, b64encode
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import psycopg
import pytest
from click.testing import CliRunner, Result
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from lapor.cli.main import main
from lapor.ledger.offline import verify_ledger
from lapor.ledger.signed_note import Checkpoint, NoteError, PublicKey, parse, parse_all, sign_checkpoint

from .conftest import SealedLog


class LaporOnFiles(Protocol):
    """Runs `lapor` with these words; some are paths."""

    def __call__(self, *words: object) -> Result: ...


@pytest.fixture
def lapor(town: SealedLog, monkeypatch: pytest.MonkeyPatch) -> LaporOnFiles:
    """Return a function that runs `lapor` on a town's database and folder."""
    monkeypatch.setenv("LAPOR_DATABASE_URL", town.url)
    monkeypatch.setenv("LAPOR_DATA", str(town.folder))

    def run(*words: object) -> Result:
        return CliRunner().invoke(main, [str(word) for word in words])

    return run


@pytest.fixture
def kept(town: SealedLog, lapor: LaporOnFiles, tmp_path: Path) -> Path:
    """Return the file of a checkpoint that an auditor kept; later more events were sealed."""
    town.add(40)
    file = tmp_path / "kept.txt"
    file.write_text(lapor("checkpoint").stdout)
    town.add(20)
    assert parse(lapor("checkpoint").stdout).size == 60
    return file


def harm(town: SealedLog, query: str) -> None:
    with psycopg.connect(town.url, autocommit=True) as connection:
        connection.execute(query.encode())


def test_an_auditor_verifies_with_a_kept_checkpoint(lapor: LaporOnFiles, kept: Path) -> None:
    done = lapor("verify", "--checkpoint", kept, "--forms")
    assert (done.exit_code, done.stdout) == (0, ""), done.output
    assert "60 events, 60 of them sealed" in done.stderr
    said = json.loads(lapor("verify", "--json").stdout)
    assert (said["sound"], said["facts"], said["sealed"], said["first_bad"]) == (True, 60, 60, None)


def test_a_changed_event_is_named_and_the_exit_code_is_one(
    lapor: LaporOnFiles, town: SealedLog, kept: Path
) -> None:
    harm(town, r"UPDATE event SET state = state || '\x20' WHERE position = 17")
    harm(town, "UPDATE event SET version = 9 WHERE position = 31")
    done = lapor("verify", "--checkpoint", kept, "--json")
    said = json.loads(done.stdout)

    assert done.exit_code == 1
    assert said["first_bad"] == {"from": 17, "to": 17}
    assert [each["first"] for each in said["findings"] if each["what"] == "fact"] == [17, 31]
    assert {each["first"] for each in said["findings"] if each["what"] == "version"} >= {31}
    assert "The first that does not fit: position 17." in lapor("verify").stderr


def test_a_removed_event_is_reported_once(lapor: LaporOnFiles, town: SealedLog, kept: Path) -> None:
    harm(town, "DELETE FROM event WHERE position = 17")
    findings = json.loads(lapor("verify", "--json").stdout)["findings"]
    assert [each["says"] for each in findings if each["what"] == "fact"] == [
        "There is no event at position 17."
    ]


def test_a_state_that_does_not_decode_is_found_by_its_form(
    lapor: LaporOnFiles, town: SealedLog, kept: Path
) -> None:
    town.add(1)
    harm(town, r"UPDATE event SET state = '{}' WHERE position = 61")
    assert lapor("verify").exit_code == 0, "it is not sealed yet"
    said = json.loads(lapor("verify", "--forms", "--json").stdout)
    assert [(each["what"], each["first"]) for each in said["findings"]] == [("form", 61)]


def test_verify_says_what_it_cannot_read(lapor: LaporOnFiles, kept: Path, tmp_path: Path) -> None:
    (tmp_path / "none.txt").write_text("")
    (tmp_path / "wrong.txt").write_text("no checkpoint\n")
    assert "holds no checkpoint" in lapor("verify", "--checkpoint", tmp_path / "none.txt").stderr
    assert "The checkpoint at line 1 is not" in lapor("verify", "--checkpoint", tmp_path / "wrong.txt").stderr
    assert "is no vkey" in lapor("verify", "--key", "x").stderr
    assert lapor("verify", "--checkpoint", tmp_path / "missing.txt").exit_code == 2


def test_a_damaged_file_of_checkpoints_is_reported(lapor: LaporOnFiles, town: SealedLog, kept: Path) -> None:
    text = town.file.path.read_text()
    town.file.path.write_text(text.replace("\n40\n", "\n41\n", 1))
    done = lapor("verify")
    assert done.exit_code == 1
    assert "is not signed by a known key" in done.stdout
    town.file.path.write_text("x\n— y z\n\n" + text)
    assert "cannot be read further" in lapor("verify").stdout


def test_a_new_key_is_printed_and_known(lapor: LaporOnFiles, kept: Path) -> None:
    rotated = lapor("keys", "rotate-signing").stdout.strip()
    both = lapor("keys", "signing").stdout.splitlines()
    assert (len(both), both[-1]) == (2, rotated)
    assert lapor("verify", "--checkpoint", kept, "--key", both[0]).exit_code == 0
    assert lapor("verify", "--key", both[1]).exit_code == 1, "the first key is not known then"


def test_a_key_of_another_machine_is_refused_in_a_sentence(
    lapor: LaporOnFiles, town: SealedLog, kept: Path
) -> None:
    (town.folder / "keys" / "signing").write_bytes(bytes(32))
    town.add(1)
    done = lapor("checkpoint")
    assert done.exit_code == 1
    assert "is not the one that signs this log" in done.stderr


@dataclass
class OfflineVerifier:
    """The offline verifier, run in a folder that has an export and keys."""

    folder: Path

    def __call__(
        self, checkpoints: str = "all.txt", key: str = "keys.txt"
    ) -> subprocess.CompletedProcess[str]:
        words = ["verify_ledger.py", "log", "log.jsonl", "--checkpoint", checkpoints, "--key", key]
        return subprocess.run(
            [sys.executable, "-I", "-S", *words],
            cwd=self.folder,
            env={},
            capture_output=True,
            text=True,
            check=False,
        )


@pytest.fixture
def offline(town: SealedLog, lapor: LaporOnFiles, kept: Path, tmp_path: Path) -> OfflineVerifier:
    """Return a function that runs the offline verifier in an empty folder with an export and keys."""
    folder = tmp_path / "auditor"
    folder.mkdir()
    (folder / "verify_ledger.py").write_text(Path(verify_ledger.__file__).read_text())
    (folder / "kept.txt").write_text(kept.read_text())
    (folder / "all.txt").write_text(town.file.path.read_text())
    (folder / "keys.txt").write_text(lapor("keys", "signing").stdout)
    assert "60 events." in lapor("export-log", folder / "log.jsonl").stderr

    return OfflineVerifier(folder)


def test_the_offline_verifier_works_without_lapor(offline: OfflineVerifier) -> None:
    imported = subprocess.run(
        [sys.executable, "-I", "-S", "-c", "import lapor"],
        cwd=offline.folder,
        capture_output=True,
        check=False,
    )
    assert imported.returncode == 1, "the package is out of reach there"
    done = offline()
    assert (done.returncode, done.stdout) == (0, "It is valid.\n"), done.stderr
    done = offline("kept.txt")
    assert done.returncode == 0
    assert "Position 41 and those after it have no checkpoint" in done.stdout


def test_the_offline_verifier_names_the_changed_position(offline: OfflineVerifier) -> None:
    log = offline.folder / "log.jsonl"
    lines = log.read_text().splitlines()
    event = json.loads(lines[19])
    state = bytearray(b64decode(event["state"]))
    state[5] ^= 4
    changed = json.dumps({**event, "state": b64encode(state).decode()})
    for kind, become, says in (
        ("changed", [*lines[:19], changed, *lines[20:]], "between positions 1 and 40"),
        ("removed", [*lines[:19], *lines[20:]], "Position 20 should come now"),
        ("cut off", lines[:50], "The log ends at position 50"),
        ("swapped", [*lines[:19], lines[20], lines[19], *lines[21:]], "Position 20 should come now"),
    ):
        log.write_text("\n".join(become) + "\n")
        done = offline()
        assert done.returncode == 1, kind
        assert says in done.stdout, kind
    log.write_text("{}\n")
    assert offline().returncode == 2


def test_the_offline_verifier_trusts_only_named_keys(offline: OfflineVerifier) -> None:
    other = PublicKey("lapor-x", Ed25519PrivateKey.generate().public_key().public_bytes_raw())
    done = offline("kept.txt", other.vkey)
    assert done.returncode == 1
    assert "not signed by a key that was named" in done.stdout
    assert offline("kept.txt", other.vkey[:-4] + "AAAA").returncode == 2


def test_the_two_verifications_of_signatures_agree() -> None:
    """RFC 8032's own vectors, and two hundred forged ones that OpenSSL refuses too."""
    secret = bytes.fromhex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")
    signature = bytes.fromhex(
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46b"
        "d25bf5f0595bbe24655141438e7a100b"
    )
    key = Ed25519PrivateKey.from_private_bytes(secret)
    public = key.public_key().public_bytes_raw()
    assert key.sign(b"") == signature
    assert verify_ledger.is_valid_signature(public, b"", signature)
    chance = random.Random(1)
    for number in range(200):
        note = sign_checkpoint("x", number, chance.randbytes(32), [key])
        ((_, good),) = note.signatures
        assert verify_ledger.is_valid_signature(public, note.text, good)
        bent = bytearray(good)
        bent[chance.randrange(64)] ^= 1 << chance.randrange(8)
        assert not verify_ledger.is_valid_signature(public, note.text, bytes(bent))
        assert not Checkpoint(
            "x", number, note.root, ((PublicKey("x", public).id, bytes(bent)),)
        ).is_signed_by(PublicKey("x", public))
    assert not verify_ledger.is_valid_signature(bytes([255] * 32), b"", signature)
    assert not verify_ledger.is_valid_signature(public, b"", signature[:32] + bytes([255] * 32))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "log\n1\n",
        "log\n01\n" + "A" * 43 + "=\n\n— log AAAAAAAA\n",
        "log\n1\n" + "A" * 43 + "=\n\n",
        "log\n1\nshort\n\n— log AAAAAAAA\n",
        "log\n1\n" + "A" * 43 + "=\n\n— other AAAAAAAA\n",
        "a log\n1\n" + "A" * 43 + "=\n\n— log AAAAAAAA\n",
        "log\n-1\n" + "A" * 43 + "=\n\n— log AAAAAAAA\n",
    ],
)
def test_a_text_that_is_no_checkpoint_is_refused(text: str) -> None:
    with pytest.raises(NoteError):
        parse(text)


def test_notes_and_keys_are_read_as_they_were_written() -> None:
    key = Ed25519PrivateKey.generate()
    notes = [sign_checkpoint("example.go.id/lapor", size, bytes([size] * 32), [key]) for size in range(3)]
    joined = "\n".join(each.note() for each in notes)
    known = PublicKey("example.go.id/lapor", key.public_key().public_bytes_raw())

    assert list(parse_all(joined)) == notes
    assert [tuple(each) for each in verify_ledger.read_checkpoints(joined)] == [
        (each.origin, each.size, each.root, each.signatures) for each in notes
    ]
    assert PublicKey.of_vkey(known.vkey) == known
    assert verify_ledger.read_key(known.vkey) == (known.name, known.id, known.public)
