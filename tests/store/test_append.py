"""An append stores all or nothing, without gaps, in the order of the commits, once."""

import contextlib
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID, uuid4

import psycopg
import pytest
from eventsourcing.persistence import StoredEvent

from lapor.domain.errors import BusyError, ConflictError, TakenError
from lapor.store.database import Database, connection_string
from lapor.store.event_log import (
    AlreadyDone,
    Credential,
    Done,
    EventLog,
    RecordedEvent,
    ReferenceUpdate,
    Request,
    RequestTarget,
    SideWrites,
    StreamRead,
    UniqueName,
    VaultEntry,
)
from lapor.store.memory_event_log import MemoryEventLog
from lapor.store.postgres_event_log import PostgresEventLog

from ..faults.slack import load, slack

WRITERS, COMMANDS = 16, 200
LOCK = "SELECT pg_advisory_lock(hashtextextended(current_schema() || '.lapor_append', 0))"


def event(stream: UUID, version: int, state: bytes = b'{"at":"2026-01-05T01:00:00Z"}') -> StoredEvent:
    return StoredEvent(stream, version, "lapor.complaint.noted", state)


def request(key: UUID | None = None, digest: bytes = b"d") -> Request:
    return Request("citizen", key or uuid4(), digest)


@pytest.fixture
def postgres(database: Database) -> PostgresEventLog:
    return PostgresEventLog(database)


@pytest.fixture(params=["memory", "postgres"])
def log(request: pytest.FixtureRequest) -> EventLog:
    """Both logs, which give the same guarantees."""
    return MemoryEventLog() if request.param == "memory" else request.getfixturevalue("postgres")


@pytest.fixture
def wide(url: str) -> Iterator[PostgresEventLog]:
    database = Database(url, connections=WRITERS)
    yield PostgresEventLog(database)
    database.close()


def check_dense(rows: list[RecordedEvent]) -> None:
    assert [row.position for row in rows] == list(range(1, len(rows) + 1))
    versions: dict[UUID, list[int]] = defaultdict(list)
    for row in rows:
        versions[row.stream].append(row.version)
    assert all(found == list(range(1, len(found) + 1)) for found in versions.values())


def check_real_time(done: list[tuple[float, float, int]]) -> None:
    """Check that an append acknowledged before another began has the lower position."""
    by_end, highest = sorted(done, key=lambda each: each[1]), 0
    ended = iter(by_end)
    upcoming = next(ended, None)
    for began, _, position in sorted(done):
        while upcoming is not None and upcoming[1] < began:
            highest = max(highest, upcoming[2])
            upcoming = next(ended, None)
        assert position > highest


# Both logs


def test_an_append_numbers_its_events_and_answers_the_last_position(log: EventLog) -> None:
    one, other = uuid4(), uuid4()

    assert log.append([event(one, 1), event(one, 2)], SideWrites()) == 2
    assert log.append([event(other, 1), event(one, 3)], SideWrites()) == 4

    assert [row[:3] for row in log.page(1, 2)] == [(2, one, 2), (3, other, 1)]
    assert [row.position for row in log.read_stream(one).rows] == [1, 2, 4]
    assert log.head() == 4


def test_the_library_finds_positions_where_it_expects_them(log: EventLog) -> None:
    stream = uuid4()

    assert list(log.insert_events([event(stream, 1), event(stream, 2)])) == [1, 2]

    assert log.max_notification_id() == 2
    assert [event.originator_version for event in log.select_events(stream, desc=True, limit=1)] == [2]
    assert [event.originator_version for event in log.select_events(stream, gt=1)] == [2]
    assert [each.id for each in log.select_notifications(2, 10)] == [2]


def test_a_version_that_is_taken_is_a_conflict(log: EventLog) -> None:
    stream = uuid4()
    log.append([event(stream, 1)], SideWrites())

    with pytest.raises(ConflictError):
        log.append([event(uuid4(), 1), event(stream, 1)], SideWrites())

    assert log.head() == 1


def test_a_version_that_leaves_a_gap_is_a_conflict(log: EventLog) -> None:
    stream = uuid4()
    log.append([event(stream, 1)], SideWrites())

    with pytest.raises(ConflictError):
        log.append([event(stream, 3)], SideWrites())
    with pytest.raises(ConflictError):
        log.append([event(uuid4(), 2)], SideWrites())

    assert log.head() == 1


def test_a_request_is_done_once_and_its_result_is_kept(log: EventLog) -> None:
    stream, other, asked = uuid4(), uuid4(), request()
    log.append([event(stream, 1)], SideWrites())
    log.append([event(stream, 2), event(stream, 3), event(other, 1)], SideWrites(asked))

    with pytest.raises(AlreadyDone) as again:
        log.append([event(uuid4(), 1)], SideWrites(request(asked.key, b"another body")))

    done = again.value.done
    assert (done.stream, done.version, done.position, done.digest) == (stream, 3, 4, b"d")
    assert log.read_stream(stream, asked).done == done
    assert log.read_stream(stream, request()).done is None
    assert log.head() == 4


def test_another_callers_key_is_another_key(log: EventLog) -> None:
    key = uuid4()
    log.append([event(uuid4(), 1)], SideWrites(Request("one", key, b"d")))

    assert log.append([event(uuid4(), 1)], SideWrites(Request("two", key, b"d"))) == 2


def test_a_repeated_request_is_reported_before_any_conflict(log: EventLog) -> None:
    stream, asked = uuid4(), request()
    unique_name = UniqueName("code", "A", stream)
    log.append([event(stream, 1)], SideWrites(asked, unique_names=[unique_name]))

    with pytest.raises(AlreadyDone):
        log.append([event(stream, 1)], SideWrites(asked, unique_names=[unique_name]))


def test_only_one_stream_can_have_a_name(log: EventLog) -> None:
    first = uuid4()
    log.append([event(first, 1)], SideWrites(unique_names=[UniqueName("code", "A", first)]))

    with pytest.raises(TakenError) as taken:
        log.append([event(other := uuid4(), 1)], SideWrites(unique_names=[UniqueName("code", "A", other)]))

    assert taken.value.details == {"kind": "code", "value": "A"}
    assert log.find("code", "A") == first
    assert log.find("code", "B") is None
    assert (
        log.append([event(other, 1)], SideWrites(unique_names=[UniqueName("agency code", "A", other)])) == 2
    )


def test_the_taken_name_is_reported_even_if_it_is_not_the_first(log: EventLog) -> None:
    first = uuid4()
    log.append([event(first, 1)], SideWrites(unique_names=[UniqueName("code", "B", first)]))

    with pytest.raises(TakenError) as taken:
        log.append(
            [event(other := uuid4(), 1)],
            SideWrites(unique_names=[UniqueName("code", "A", other), UniqueName("code", "B", other)]),
        )

    assert taken.value.details == {"kind": "code", "value": "B"}


def test_a_refused_append_leaves_nothing_behind(log: EventLog) -> None:
    """Neither its events, its request, its vault row nor its names are stored."""
    first, second, asked = uuid4(), uuid4(), request()
    log.append([event(first, 1)], SideWrites(unique_names=[UniqueName("code", "A", first)]))
    unique_names = [UniqueName("code", "B", second), UniqueName("code", "A", second)]

    with pytest.raises(TakenError):
        log.append([event(second, 1)], SideWrites(asked, [VaultEntry(second, b"k")], unique_names))

    stream_read = log.read_stream(second, asked)
    assert (stream_read.rows, stream_read.vault_entry, stream_read.done) == ([], None, None)
    assert log.find("code", "B") is None
    assert log.vault_entries([first, second]) == []
    assert (
        log.append([event(second, 1)], SideWrites(asked, [VaultEntry(second, b"k", b"r")], unique_names[:1]))
        == 2
    )
    assert log.read_stream(second, asked).vault_entry == VaultEntry(second, b"k", b"r")


def test_a_second_vault_row_for_a_stream_is_refused_whole(log: EventLog) -> None:
    stream = uuid4()
    log.append([event(stream, 1)], SideWrites(vault_entries=[VaultEntry(stream, b"k")]))

    with pytest.raises(ConflictError):
        log.append([event(stream, 2)], SideWrites(vault_entries=[VaultEntry(stream, b"other")]))

    assert log.head() == 1
    assert log.read_stream(stream).vault_entry == VaultEntry(stream, b"k")


def test_one_of_several_equal_concurrent_commands_wins(log: EventLog) -> None:
    stream = uuid4()

    def attempt(_: int) -> int | None:
        try:
            return log.append([event(stream, 1)], SideWrites())
        except ConflictError:
            return None

    with ThreadPoolExecutor(4) as pool:
        won = [position for position in pool.map(attempt, range(20)) if position]

    assert won == [1]
    assert log.head() == 1


def test_a_reference_update_has_the_events_that_are_not_about_complaints(log: EventLog) -> None:
    agency = StoredEvent(uuid4(), 1, "lapor.agency.registered", b"{}")
    log.append([event(uuid4(), 1), agency, event(uuid4(), 1)], SideWrites())

    known = log.reference_update(None).rows
    assert [row.position for row in known] == [2]
    assert log.reference_update(known[-1]) == ReferenceUpdate()
    assert log.reference_update(None, b"unknown token").credential is None


def test_a_reference_update_includes_the_stream_that_a_request_is_about(log: EventLog) -> None:
    stream, vault_entry = uuid4(), uuid4()
    log.append(
        [event(stream, 1), event(stream, 2)],
        SideWrites(vault_entries=[VaultEntry(stream, b"key", b"digest")]),
    )
    log.append(
        [event(vault_entry, 1), StoredEvent(uuid4(), 1, "lapor.agency.registered", b"{}")], SideWrites()
    )

    reference_update = log.reference_update(None, b"unknown token", RequestTarget(stream))

    assert [row.position for row in reference_update.rows] == [4]
    assert reference_update.stream_read == log.read_stream(stream)
    assert reference_update.stream_read is not None
    assert [row.version for row in reference_update.stream_read.rows] == [1, 2]
    assert log.reference_update(None, None, RequestTarget(uuid4())).stream_read == StreamRead([])
    assert log.reference_update(None).stream_read is None


def test_a_reference_update_reports_a_request_done_by_the_owner_of_the_token(
    database: Database, url: str
) -> None:
    log, stream, owner, key = PostgresEventLog(database), uuid4(), uuid4(), uuid4()
    with database.connection() as connection:
        for digest, officer in ((b"\x01", owner), (b"\x02", uuid4())):
            connection.execute(
                "INSERT INTO credential (digest, id, officer, made_at) VALUES (%s, %s, %s, now())",
                [digest, uuid4(), officer],
            )
    log.append([event(stream, 1)], SideWrites(Request(str(owner), key, b"digest")))

    own = log.reference_update(None, b"\x01", RequestTarget(stream, key))
    assert own.credential == Credential(owner, None, None)
    assert own.stream_read is not None
    assert own.stream_read.done == Done(stream, 1, 1, b"digest")
    for token, named in ((b"\x02", key), (b"\x01", uuid4()), (b"\x03", key), (b"\x01", None)):
        other = log.reference_update(None, token, RequestTarget(stream, named)).stream_read
        assert other is not None
        assert other.done is None


def test_a_reference_update_starts_again_if_the_log_lost_the_last_known_event(log: EventLog) -> None:
    """After a fail-over that lost events, their positions have other events, or none yet."""
    agencies = [StoredEvent(uuid4(), 1, "lapor.agency.registered", b"{}") for _ in range(2)]
    log.append(agencies, SideWrites())
    first, second = log.reference_update(None).rows

    for lost in (second._replace(stream=uuid4()), second._replace(position=3), first._replace(state=b"{ }")):
        assert log.reference_update(lost) == ReferenceUpdate([first, second], from_start=True)
    assert log.reference_update(first) == ReferenceUpdate([second])


# Many writers


def write(log: EventLog, commands: int, done: list[tuple[float, float, int]]) -> None:
    """Write to one stream, an event or two per command, each command once."""
    stream, version = uuid4(), 0
    for number in range(commands):
        events = [event(stream, version + n + 1, b'{"n":%d}' % number) for n in range(1 + number % 2)]
        began = time.monotonic()
        position = log.append(events, SideWrites(request()))
        done.append((began, time.monotonic(), position))
        version += len(events)


def test_a_reader_misses_nothing_while_sixteen_write(url: str, wide: PostgresEventLog) -> None:
    reader, finished = PostgresEventLog(Database(url, connections=1)), threading.Event()
    seen: list[RecordedEvent] = []

    def tail() -> None:
        while not finished.is_set() or reader.head() > len(seen):
            seen.extend(reader.page(seen[-1].position if seen else 0, 100))

    done: list[tuple[float, float, int]] = []
    tailing = threading.Thread(target=tail)
    tailing.start()
    began = time.monotonic()
    with ThreadPoolExecutor(WRITERS) as pool:
        for writer in [pool.submit(write, wide, COMMANDS, done) for _ in range(WRITERS)]:
            writer.result()
    seconds = time.monotonic() - began
    finished.set()
    tailing.join()
    reader._database.close()

    print(f"\n{WRITERS * COMMANDS / seconds:.0f} writes/s with {WRITERS} writers")  # noqa: T201
    final = wide.page(0, 10**6)
    assert len(done) == WRITERS * COMMANDS
    assert len(final) == WRITERS * COMMANDS * 3 // 2
    assert seen == final
    check_dense(final)
    check_real_time(done)


def test_without_the_lock_the_same_reader_would_miss_events(url: str) -> None:
    """This tests the check itself: a reader misses an event whose position is lower but commits later."""
    stream = uuid4()
    slow = psycopg.connect(url)
    insert = "INSERT INTO event VALUES (%s, %s, %s, 't', '')"
    slow.execute(insert, [1, stream, 1])
    with psycopg.connect(url, autocommit=True) as quick:
        quick.execute(insert, [2, stream, 2])
        seen = PostgresEventLog(Database(url, connections=1))
        rows = seen.page(0, 10)
        slow.commit()
        rows += seen.page(rows[-1].position, 10)
    slow.close()
    seen._database.close()

    with pytest.raises(AssertionError):
        check_dense(rows)


# PostgreSQL alone


@pytest.mark.parametrize("level", [r"repeatable\ read", "serializable"])
def test_an_append_refuses_a_snapshot_that_is_older_than_the_lock(
    url: str, postgres: PostgresEventLog, level: str
) -> None:
    options = f"-c default_transaction_isolation={level}"
    strict = Database(psycopg.conninfo.make_conninfo(url, options=options), connections=1)

    with pytest.raises(psycopg.errors.InvalidTransactionState):
        PostgresEventLog(strict).append([event(uuid4(), 1)], SideWrites())

    strict.close()
    assert postgres.head() == 0


def test_a_lock_held_by_another_writer_is_reported_as_busy_in_time_and_nothing_is_stored(
    url: str, postgres: PostgresEventLog
) -> None:
    stream, asked = uuid4(), request()
    with psycopg.connect(connection_string(url, seconds=None), autocommit=True) as holder:
        holder.execute(LOCK)
        began = time.monotonic()
        with pytest.raises(BusyError):
            postgres.append([event(stream, 1)], SideWrites(asked, [VaultEntry(stream, b"k")]))
        assert time.monotonic() - began < 3.0 * slack()

    stream_read = postgres.read_stream(stream, asked)
    assert (stream_read.rows, stream_read.vault_entry, stream_read.done) == ([], None, None)
    assert postgres.append([event(stream, 1)], SideWrites(asked)) == 1


def execute(database: Database, statement: str) -> None:
    with database.connection() as connection:
        connection.execute(statement.encode())


@pytest.mark.parametrize(
    "forbidden",
    [
        "UPDATE event SET state = ''",
        "DELETE FROM event",
        "TRUNCATE event",
        "DROP TABLE event",
        "ALTER TABLE event DISABLE TRIGGER ALL",
        "UPDATE claim SET stream = gen_random_uuid()",
        "DELETE FROM claim",
        "UPDATE request SET position = 1",
        "DELETE FROM credential",
        "DELETE FROM projection",
        "CREATE TABLE mine (a int)",
        "SET ROLE lapor_owner; DELETE FROM event",
    ],
)
def test_the_service_cannot_change_what_happened(url: str, forbidden: str) -> None:
    with psycopg.connect(url, autocommit=True) as administrator:
        administrator.execute("CREATE ROLE service LOGIN IN ROLE lapor_app")
        service = Database(psycopg.conninfo.make_conninfo(url, user="service"), connections=1)
        try:
            PostgresEventLog(service).append([event(uuid4(), 1)], SideWrites())
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                execute(service, forbidden)
            service.close()
        finally:
            administrator.execute("DROP ROLE service")


def test_writers_do_not_wait_for_vacuum_or_analyze(url: str, wide: PostgresEventLog) -> None:
    """A table lock would wait for them; the advisory lock does not."""
    busiest = load()
    write(wide, 200, [])
    finished = threading.Event()
    runs = 0

    def maintain() -> None:
        nonlocal runs
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("SET vacuum_cost_delay = 1; SET vacuum_cost_limit = 20")
            while not finished.is_set():
                connection.execute("VACUUM (FREEZE, ANALYZE) event")
                runs += 1

    maintaining = threading.Thread(target=maintain)
    maintaining.start()
    done: list[tuple[float, float, int]] = []
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: write(wide, 100, done), range(4)))
    finished.set()
    maintaining.join()

    assert runs > 0
    assert max(ended - began for began, ended, _ in done) < 0.5 * slack(busiest)


def test_an_event_is_appended_while_vacuum_holds_its_lock(url: str, postgres: PostgresEventLog) -> None:
    with psycopg.connect(url) as maintaining:
        maintaining.execute("LOCK TABLE event IN SHARE UPDATE EXCLUSIVE MODE")  # as VACUUM and ANALYZE do

        assert postgres.append([event(uuid4(), 1)], SideWrites()) == 1


def test_an_append_that_is_killed_half_way_leaves_nothing(url: str, postgres: PostgresEventLog) -> None:
    stream, asked = uuid4(), request()
    with psycopg.connect(url, autocommit=True) as holder, ThreadPoolExecutor(1) as pool:
        holder.execute("BEGIN; LOCK TABLE claim IN EXCLUSIVE MODE")  # the append stops at its last table
        names = [UniqueName("code", "A", stream)]
        appending = pool.submit(postgres.append, [event(stream, 1)], SideWrites(asked, [], names))
        blocked = "SELECT pid FROM pg_locks WHERE NOT granted AND relation = 'claim'::regclass"
        while (waiting := holder.execute(blocked).fetchone()) is None:
            time.sleep(0.01)
        holder.execute("SELECT pg_terminate_backend(%s)", [waiting[0]])
        with contextlib.suppress(Exception):
            appending.result()
        holder.execute("ROLLBACK")

    assert postgres.append([event(stream, 1)], SideWrites(asked, unique_names=names)) == 1
    check_dense(postgres.page(0, 10))
