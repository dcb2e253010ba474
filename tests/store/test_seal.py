"""Sealed text opens only for its stream, field and key, and reveals little more than its existence."""

import multiprocessing
import stat
from base64 import b64decode, b64encode
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lapor.domain.vocabulary import Sealed
from lapor.store.vault.seal import MasterKey, StreamKey, secret_file

KEY = StreamKey(UUID(int=1), bytes(range(32)))


@given(st.text())
def test_any_text_comes_back(text: str) -> None:
    assert KEY.open("text", KEY.seal("text", text)) == text


@pytest.mark.parametrize("text", ["", "\0", "\0" * 64, "a\x80", "\x80\0", "a" * 63, "a" * 64, "é" * 32])
def test_texts_that_look_like_padding_come_back(text: str) -> None:
    assert KEY.open("text", KEY.seal("text", text)) == text


@given(st.text(max_size=300), st.text(max_size=300))
def test_sealed_text_reveals_lengths_in_steps_of_64_bytes(one: str, other: str) -> None:
    """A step ends at 63 bytes of text: the mark of the padding takes one."""
    steps = [len(text.encode()) // 64 for text in (one, other)]
    sealed = [len(KEY.seal("text", text)) for text in (one, other)]

    assert (sealed[0] == sealed[1]) == (steps[0] == steps[1])


def test_equal_texts_are_sealed_differently() -> None:
    assert len({KEY.seal("text", "Lampu padam") for _ in range(100)}) == 100


@pytest.mark.parametrize(
    ("key", "field"),
    [
        (KEY, "title"),
        (StreamKey(UUID(int=2), bytes(range(32))), "text"),
        (StreamKey(UUID(int=1), bytes(32)), "text"),
    ],
    ids=["another field", "another stream", "another key"],
)
def test_a_sealed_text_opens_for_no_other_stream_field_or_key(key: StreamKey, field: str) -> None:
    with pytest.raises(ValueError, match="does not open"):
        key.open(field, KEY.seal("text", "Lampu padam"))


def test_a_changed_bit_is_noticed() -> None:
    raw = b64decode(KEY.seal("text", "Lampu padam").removeprefix("s1."))
    for place in range(len(raw)):
        changed = bytearray(raw)
        changed[place] ^= 1
        with pytest.raises(ValueError, match="does not open"):
            KEY.open("text", Sealed("s1." + b64encode(changed).decode()))


@pytest.mark.parametrize("not_sealed", ["", "s1.", "s1.AAAA", "s2.AAAA", "Lampu padam", "s1.é", "s1.a"])
def test_a_text_that_is_not_sealed_is_refused(not_sealed: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - each has a reason of its own
        KEY.open("text", Sealed(not_sealed))


def test_a_wrapped_key_comes_back_for_its_stream_and_master_key_alone() -> None:
    master, stream = MasterKey(bytes(32)), uuid4()
    key, wrapped = master.new_key(stream)
    sealed = key.seal("text", "Lampu padam")

    assert master.unwrap(stream, wrapped).open("text", sealed) == "Lampu padam"
    with pytest.raises(ValueError, match="another master key"):
        master.unwrap(uuid4(), wrapped)
    with pytest.raises(ValueError, match="another master key"):
        MasterKey(bytes([1] * 32)).unwrap(stream, wrapped)
    assert b"Lampu" not in wrapped + sealed.encode()


def test_a_key_file_is_its_owners_alone_and_stays(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "master"

    first = secret_file(path)

    assert len(first) == 32
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert secret_file(path) == first
    assert list(path.parent.iterdir()) == [path]


def test_a_key_file_of_another_length_is_refused(tmp_path: Path) -> None:
    (tmp_path / "master").write_bytes(b"short")

    with pytest.raises(ValueError, match="should hold 32 bytes, but holds 5"):
        secret_file(tmp_path / "master")


def test_processes_that_make_a_key_file_at_once_agree(tmp_path: Path) -> None:
    paths = [tmp_path / str(number) / "master" for number in range(20)]
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        first = pool.map_async(secret_file, paths)
        second = pool.map_async(secret_file, paths)
        assert first.get(30) == second.get(30)
        pool.close()
        pool.join()
    assert all(list(path.parent.iterdir()) == [path] for path in paths)
