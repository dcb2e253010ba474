"""Lists, search, similar and a backlog over HTTP, at a hundred thousand complaints."""

import random
from pathlib import Path
from uuid import UUID

import psycopg
from psycopg.conninfo import make_conninfo

from benchmarks import load
from benchmarks.figures import Figure
from benchmarks.histories import copy_in
from benchmarks.processes import serving
from lapor.application.desk import Ask
from lapor.bootstrap import build
from lapor.cli.people import OPERATOR
from lapor.domain.terms import Role
from lapor.settings import Settings
from lapor.store.seal import MasterKey, StreamKey
from projections.rebuild import rebuild

COMPLAINTS, CLIENTS, SECONDS = 100_000, 4, 5.0
_WORDS = 5_000
_WORDS_OF_ONE = 18
_GOAL_MS = 25.0
_FILED_AT = (
    "SELECT stream, (convert_from(state, 'UTF8')::json ->> 'at')::timestamptz FROM fact WHERE version = 1"
)


def _word(rank: int) -> str:
    """A made-up word; how often it is used falls with its rank, as in a language."""
    return "kata" + "".join(chr(97 + int(digit)) for digit in str(rank))


def _fill(url: str, house: object, master: MasterKey) -> None:
    """Complaints with keys of their own, sealed titles, and words to find them by."""
    chance = random.Random(1)
    terms = house.desk.terms  # type: ignore[attr-defined]
    hashed = [terms.of(_word(rank))[0] for rank in range(_WORDS)]
    weights = [1 / (rank + 1) for rank in range(_WORDS)]
    wrapped: dict[UUID, bytes] = {}

    def title(stream: UUID) -> str:
        key, wrapped[stream] = master.new_key(stream)
        assert isinstance(key, StreamKey)
        return key.seal("title", "Lampu jalan padam di depan pasar")

    copy_in(url, COMPLAINTS, title)
    with psycopg.connect(make_conninfo(url, options="-c role=lapor_owner")) as connection:
        statement = "COPY vault.subject (stream, at, wrapped_key, terms) FROM STDIN WITH (FORMAT BINARY)"
        at = dict(connection.execute(_FILED_AT).fetchall())
        with connection.cursor().copy(statement) as copy:
            copy.set_types(["uuid", "timestamptz", "bytea", "int8[]"])
            for stream, key in wrapped.items():
                copy.write_row(
                    (stream, at[stream], key, sorted(set(chance.choices(hashed, weights, k=_WORDS_OF_ONE))))
                )
    rebuild(url)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("VACUUM (ANALYZE)")  # as autovacuum will have done


def measure(url: str, data: str) -> list[Figure]:
    """p99 of each question, for a coordinator, at 4 clients."""
    settings = Settings(data=Path(data), limits=False)
    house = build(settings, url)
    _fill(url, house, MasterKey.from_file(settings.master_key_path))
    house.desk.catch_up()
    officers = house.services.officers
    body = {"name": "Ratna", "role": Role.COORDINATOR}
    token = officers.issue_token(officers.appoint(body, Ask(OPERATOR)).body["id"], OPERATOR, None)["token"]
    with house.database.connection() as connection:
        row = connection.execute("SELECT stream FROM register_v1 ORDER BY filed_at DESC LIMIT 1").fetchone()
    assert row is not None
    questions = {
        "list of 50, the latest": "/complaints?limit=50",
        "list of 50, agency and stage": "/complaints?limit=50&stage=in_progress&category=health",
        "list of 50, most urgent": "/complaints?limit=50&sort=due_at",
        "search, a common word": f"/complaints?limit=50&q={_word(3)}",
        "search, two common words": f"/complaints?limit=50&q={_word(5)}+{_word(8)}",
        "search, a rare word": f"/complaints?limit=50&q={_word(4000)}",
        "similar": f"/complaints/{row[0]}/similar",
    }
    house.database.close()
    env = {"LAPOR_DATABASE_URL": url, "LAPOR_DATA": data, "LAPOR_LIMITS": "off"}
    found = []
    with serving("lapor.wsgi:app", env) as (port, _):
        for name, path in questions.items():
            request = load.get(f"/api/v1{path}", token, port)
            load.drive(port, request, connections=CLIENTS, seconds=1, wanted=b"HTTP/1.1 200")
            run = load.drive(port, request, connections=CLIENTS, seconds=SECONDS, wanted=b"HTTP/1.1 200")
            p99 = run.percentile(0.99) * 1000
            note = f"p50 {run.percentile(0.5) * 1000:.1f} ms, {run.rate:.0f}/s, {run.errors} errors"
            found.append(
                Figure(f"{name}: p99", p99, "ms", goal=f"≤ {_GOAL_MS:.0f} ms", met=p99 <= _GOAL_MS, note=note)
            )
    return found
