"""Expired idempotency keys are deleted, and nothing else."""

from datetime import timedelta
from uuid import uuid4

import psycopg
import pytest
from eventsourcing.persistence import StoredEvent

from lapor.store.database import Database
from lapor.store.event_log import AlreadyDone, Request, SideWrites
from lapor.store.idempotency_keys import delete_old_requests
from lapor.store.postgres_event_log import PostgresEventLog

WEEK = timedelta(days=7)


def test_requests_are_deleted_after_a_week_and_their_events_are_not(url: str, database: Database) -> None:
    log, old, young = PostgresEventLog(database), Request("a", uuid4(), b"d"), Request("b", uuid4(), b"d")
    for request in (old, young):
        log.append([StoredEvent(uuid4(), 1, "lapor.complaint.noted", b"{}")], SideWrites(request))
    with psycopg.connect(url, autocommit=True) as administrator:
        administrator.execute(
            "UPDATE request SET at = now() - '7 days 1 second'::interval WHERE caller = 'a'"
        )

    assert delete_old_requests(database, WEEK) == 1

    assert delete_old_requests(database, WEEK) == 0
    assert log.head() == 2
    with pytest.raises(AlreadyDone):
        log.append([], SideWrites(young))


def test_one_call_deletes_more_than_one_batch(url: str, database: Database) -> None:
    with psycopg.connect(url, autocommit=True) as administrator:
        administrator.execute(
            "INSERT INTO request SELECT 'a', gen_random_uuid(), '', gen_random_uuid(), 1, 1,"
            " now() - '8 days'::interval FROM generate_series(1, 2500)"
        )

    assert delete_old_requests(database, WEEK) == 2500


def test_a_database_that_does_not_answer_is_left_for_the_next_time(database: Database) -> None:
    nobody = Database("postgresql:///lapor?host=/nowhere", connections=1)

    assert delete_old_requests(nobody, WEEK) == 0
