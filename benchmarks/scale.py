"""What pages ask, over HTTP, at several sizes: now, and as of half a year ago.

The data are a year of the demo, played and copied up to each size. The peer of dashboards is what a service
that keeps rows would do: one GROUP BY with percentiles over all promises, one over all milestones.
"""

import os
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from urllib.parse import quote

import psycopg
from psycopg.conninfo import make_conninfo

from benchmarks import lifecycles, load
from benchmarks.figures import Figure
from benchmarks.processes import serving
from lapor.bootstrap import House, build, prepare
from lapor.demo.staging import Staging, multiplied, stage
from lapor.domain.terms import Role
from lapor.settings import Settings
from projections.rebuild import rebuild

SIZES = os.environ.get("LAPOR_BENCH_SIZES", "10000,100000")
CLIENTS, SECONDS = 4, 4.0
_LIST_MS, _BACKLOG_MS, _DASHBOARD_MS = 25.0, 15.0, 50.0
_GROUPED = {
    "SLA, a year": """
        SELECT agency, step, count(*), count(*) FILTER (WHERE outcome = 'met' AND stopped_at <= due_at),
               count(*) FILTER (WHERE outcome = 'met' AND stopped_at > due_at),
               percentile_cont(0.5) WITHIN GROUP (ORDER BY working_minutes) FILTER (WHERE outcome = 'met'),
               percentile_cont(0.9) WITHIN GROUP (ORDER BY working_minutes) FILTER (WHERE outcome = 'met')
          FROM promises_v2 WHERE made_at >= now() - interval '1 year'
         GROUP BY GROUPING SETS ((agency, step), ())
    """,
    "flow, a year": """
        SELECT (at AT TIME ZONE 'Asia/Jakarta')::date, count(*) FILTER (WHERE what = 'filed'),
               count(*) FILTER (WHERE what = 'closed'), sum(open::int - was_open::int)
          FROM milestones_v2 GROUP BY 1 ORDER BY 1
    """,
}


def fill(url: str, data: Path, complaints: int) -> tuple[House, str]:
    """A house with so many complaints, and a coordinator's token."""
    house = build(Settings(data=data, limits=False), url)
    staging = Staging(complaints, 1, fast=True)
    staged = stage(house, staging, lambda *_: None)
    multiplied(house, staging, lambda *_: None)
    rebuild(url)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("VACUUM (ANALYZE)")  # as autovacuum will have done
    assert staged.accounts is not None
    accounts = staged.accounts.told["accounts"]
    return house, next(each["token"] for each in accounts if each["role"] == Role.COORDINATOR)


def questions(url: str, house: House) -> dict[str, tuple[str, float]]:
    """Paths, each with the milliseconds that it may take."""
    with psycopg.connect(url) as connection:
        agency, complaint = connection.execute(_EXAMPLES).fetchone() or (None, None)
    code = house.desk.directory.agencies[agency].code
    asked = {
        "backlog, top 50": (f"/agencies/{code}/backlog?limit=50", _BACKLOG_MS),
        "list, the latest 50": ("/complaints?limit=50", _LIST_MS),
        "list, agency and stage": (f"/complaints?limit=50&agency={code}&stage=in_progress", _LIST_MS),
        "list, most urgent": ("/complaints?limit=50&sort=due_at", _LIST_MS),
        "search, a common word": ("/complaints?limit=50&q=jalan", _LIST_MS),
        "search, two words": ("/complaints?limit=50&q=jalan+rusak", _LIST_MS),
        "SLA, a year": ("/dashboards/sla?limit=", _DASHBOARD_MS),
        "flow, a year": ("/dashboards/flow?limit=", _DASHBOARD_MS),
    }
    asked = {name: (path.removesuffix("?limit="), limit) for name, (path, limit) in asked.items()}
    then = quote((datetime.now(UTC) - timedelta(days=183)).isoformat())
    for name, (path, limit) in list(asked.items()):
        asked[f"{name}, half a year ago"] = (f"{path}{'&' if '?' in path else '?'}at={then}", limit)
    asked["history of one"] = (f"/complaints/{complaint}/history", _LIST_MS)
    asked["similar"] = (f"/complaints/{complaint}/similar", _LIST_MS)
    return asked


_EXAMPLES = """
    SELECT agency, (SELECT stream FROM register_v1 WHERE stage = 'closed' ORDER BY filed_at DESC LIMIT 1)
      FROM backlog_v2 GROUP BY agency ORDER BY count(*) DESC LIMIT 1
"""


def ask(url: str, data: Path, house: House, token: str, size: str) -> list[Figure]:
    """Each question by 4 clients over and over, and its peer."""
    env = {"LAPOR_DATABASE_URL": url, "LAPOR_DATA": str(data), "LAPOR_LIMITS": "off"}
    found = []
    with serving("lapor.wsgi:app", env) as (port, _):
        for name, (path, limit) in questions(url, house).items():
            request = load.get(f"/api/v1{path}", token, port)
            load.drive(port, request, connections=CLIENTS, seconds=1)
            run = load.drive(port, request, connections=CLIENTS, seconds=SECONDS)
            p99 = run.percentile(0.99) * 1000
            note = f"p50 {run.percentile(0.5) * 1000:.1f} ms, {run.rate:.0f}/s, {run.errors} errors"
            figure = Figure(
                f"{name} at {size}: p99", p99, "ms", goal=f"≤ {limit:.0f} ms", met=p99 <= limit, note=note
            )
            if name in _GROUPED:
                figure.ratio_to = "GROUP BY over all rows (median of 3)"
                figure.ratio = _seconds(url, _GROUPED[name]) * 1000 / (run.percentile(0.5) * 1000)
            found.append(figure)
    return found


def _seconds(url: str, query: str) -> float:
    times = []
    with psycopg.connect(url) as connection:
        for _ in range(3):
            began = time.monotonic()
            connection.execute(query.encode()).fetchall()
            times.append(time.monotonic() - began)
    return median(times)


def measure(server_url: str) -> list[Figure]:
    """All questions at each size, each on a database of its own."""
    found: list[Figure] = []
    for complaints in map(int, SIZES.split(",")):
        with (
            psycopg.connect(server_url, autocommit=True) as connection,
            tempfile.TemporaryDirectory() as folder,
        ):
            connection.execute(f"CREATE DATABASE scale_{complaints}".encode())
            url = make_conninfo(server_url, dbname=f"scale_{complaints}")
            prepare(url)
            house, token = fill(url, Path(folder), complaints)
            house.database.close()
            found += ask(url, Path(folder), house, token, f"{complaints:,}")
            found += lifecycles.measure(url, Path(folder), f"{complaints:,}")
            connection.execute(f"DROP DATABASE scale_{complaints} WITH (FORCE)".encode())
    return found
