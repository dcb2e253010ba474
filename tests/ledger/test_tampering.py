"""Any tampering by a superuser is found with one old checkpoint kept outside, and its position is named."""

import random
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from lapor.ledger import leaf_reader
from lapor.ledger.trust import KeptCheckpoints
from lapor.ledger.verification_report import VerificationReport
from lapor.ledger.verifier import check

from .conftest import SealedLog
from .length import LONG
from .tampering import KINDS, Harm, Tamperer

EACH = 60 if LONG else 5


def verified(
    town: SealedLog, connection: psycopg.Connection[Any], *, last_only: bool = False
) -> VerificationReport:
    kept = town.kept[-1:] if last_only else town.kept
    return check(connection, kept=[KeptCheckpoints("the auditor's file", kept, named=True)])


def check_named(report: VerificationReport, harm: Harm, town: SealedLog) -> None:
    assert not report.sound
    if harm.first is None:
        assert report.first_bad is None, "no event was changed"
        return
    assert report.first_bad is not None
    first, last = report.first_bad
    if harm.exact:
        assert (first, last) == (harm.first, harm.first)
    else:
        assert first <= harm.first <= last


@pytest.fixture
def connection(old_town: SealedLog) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(old_town.url, autocommit=True) as it:
        yield it


def test_a_log_that_nobody_touched_is_sound(old_town: SealedLog, connection: psycopg.Connection[Any]) -> None:
    with connection.transaction():
        report = verified(old_town, connection)

    assert report.findings == []
    assert (report.events, report.sealed, report.checkpoints) == (old_town.size, old_town.size, 60 + 3)


def test_an_error_of_the_database_is_raised_with_its_message(connection: psycopg.Connection[Any]) -> None:
    with connection.transaction(force_rollback=True):
        with pytest.raises(psycopg.errors.DivisionByZero):
            connection.execute("SELECT 1/0")
        with pytest.raises(psycopg.OperationalError, match="transaction is aborted"):
            leaf_reader.read(connection, 0, 10)


@pytest.mark.parametrize(
    ("harm", "first_bad"),
    [
        ("SELECT 1", None),
        ("DELETE FROM event WHERE position BETWEEN 65530 AND 65536", (65_530, 65_530)),
        ("DELETE FROM event WHERE position BETWEEN 65535 AND 65538", (65_535, 65_535)),
        ("UPDATE event SET topic = topic || 'x' WHERE position = 65537", (65_537, 65_537)),
        ("UPDATE event SET position = 1::bigint << 40 WHERE position = 70000", (70_000, 70_000)),
        ("UPDATE ledger_tile SET hashes = sha256('x') WHERE level = 16", None),
        ("DELETE FROM ledger_tile WHERE level = 16", None),
        ("DELETE FROM ledger_tile WHERE level = 8", None),
        ("DELETE FROM ledger_tile", None),
        ("DELETE FROM ledger_checkpoint WHERE size > 70000", None),
    ],
)
def test_a_log_of_more_than_one_chunk_is_verified_like_a_short_one(
    long_town: SealedLog, harm: str, first_bad: tuple[int, int] | None
) -> None:
    with psycopg.connect(long_town.url) as connection:
        connection.execute(harm.encode())
        report = check(connection, kept=[KeptCheckpoints("file", long_town.kept, named=True)])
        connection.rollback()

    assert report.first_bad == first_bad
    assert report.sound == (harm == "SELECT 1"), report.findings


@pytest.mark.parametrize("kind", KINDS)
def test_tampering_is_found_and_the_first_bad_position_named(
    old_town: SealedLog, connection: psycopg.Connection[Any], kind: str
) -> None:
    for number in range(EACH):
        chance = random.Random(f"{kind} {number}")
        with connection.transaction(force_rollback=True):
            tamperer = Tamperer(connection, chance, safe=old_town.kept[-1].size, size=old_town.size)
            harm = KINDS[kind](tamperer)
            check_named(verified(old_town, connection, last_only=number % 2 == 0), harm, old_town)
    connection.execute("VACUUM event, ledger_tile, ledger_checkpoint")


def test_tampering_by_the_owner_of_the_key_is_found_by_a_kept_checkpoint(
    old_town: SealedLog, connection: psycopg.Connection[Any]
) -> None:
    """The operator changes events, hashes and checkpoints alike and signs with the log's own key."""
    raw = (old_town.folder / "keys" / "signing").read_bytes()
    key = Ed25519PrivateKey.from_private_bytes(raw)
    one, two, three = old_town.kept
    for number in range(EACH):
        chance = random.Random(number)
        with connection.transaction(force_rollback=True):
            tamperer = Tamperer(connection, chance, safe=three.size, size=old_town.size)
            harm = tamperer.state()
            tamperer.reseal(key)
            report, without = verified(old_town, connection), check(connection)
        assert harm.first is not None
        bounds = [0, one.size, two.size, three.size]
        place = next(n for n, bound in enumerate(bounds) if bound >= harm.first)
        assert report.first_bad == (bounds[place - 1] + 1, bounds[place])
        assert "signed with the log's key" in report.findings[0].says
        assert without.sound, "nobody kept a checkpoint: this cannot be found, and the documentation says so"
