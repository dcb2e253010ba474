"""Queries over HTTP at several sizes: now, as of half a year ago, and as of half of the log.

The data are a year of the demo, copied up to each size. The peer of the dashboards is one GROUP BY over all
rows, as a service without rollups would do: with percentiles over all promises, and over all milestones.
"""

import os
import tempfile
import time
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from statistics import median
from urllib.parse import quote

import psycopg
from psycopg.conninfo import make_conninfo

from benchmarks import lifecycles, load
from benchmarks.day import UNTIL
from benchmarks.figures import Figure
from benchmarks.processes import serving
from lapor.bootstrap import RunningServices, build, make_sealer, prepare
from lapor.demo.run import DemoSettings, add_copies, run_demo
from lapor.domain.vocabulary import Role
from lapor.settings import Settings
from lapor.store.database import Connection
from projections.backlog.projection import BACKLOG
from projections.complaints.register import REGISTER
from projections.flow.milestones import MILESTONES
from projections.running.rebuild import rebuild
from projections.sla.promises import PROMISES

SIZES = os.environ.get("LAPOR_BENCH_SIZES", "10000,100000")
CLIENTS, SECONDS = 4, 4.0
_LIST_MS, _BACKLOG_MS, _DASHBOARD_MS = 25.0, 15.0, 50.0
_THEN = ", half a year ago"
_GROWN, _GROWN_LIVES, _AGO, _URGENT_AGO = 1.5, 1.3, 2.0, 20.0
"""Limits of ratios: of a query's time at the largest size to that at the size before, of lifecycles a second
(the other way round), and of a query as of half a year ago to the same query now."""
_GROWING = ("list", "search", "history")
_PAGES = ("list", "search", "backlog")
_GROUPED = {
    "SLA, a year": f"""
        SELECT agency, step, count(*), count(*) FILTER (WHERE outcome = 'met' AND stopped_at <= due_at),
               count(*) FILTER (WHERE outcome = 'met' AND stopped_at > due_at),
               percentile_cont(0.5) WITHIN GROUP (ORDER BY working_minutes) FILTER (WHERE outcome = 'met'),
               percentile_cont(0.9) WITHIN GROUP (ORDER BY working_minutes) FILTER (WHERE outcome = 'met')
          FROM {PROMISES.table} WHERE made_at >= timestamptz '{UNTIL}' - interval '1 year'
         GROUP BY GROUPING SETS ((agency, step), ())
    """,
    "flow, a year": f"""
        SELECT (at AT TIME ZONE 'Asia/Jakarta')::date, count(*) FILTER (WHERE what = 'filed'),
               count(*) FILTER (WHERE what = 'closed'), sum(open::int - was_open::int)
          FROM {MILESTONES.table} GROUP BY 1 ORDER BY 1
    """,
}


def fill(url: str, data: Path, complaints: int) -> tuple[RunningServices, dict[str, str]]:
    """Fill a service with so many complaints; return it, and a token for each role."""
    running = build(Settings(data=data, limits=False), url)
    staging = DemoSettings(complaints, 1, UNTIL, fast=True)
    staged = run_demo(running, staging, lambda *_: None)
    add_copies(running, staging, lambda *_: None)
    rebuild(url)
    with Connection.connect(url, autocommit=True) as connection:
        connection.execute("VACUUM (ANALYZE)")  # as autovacuum does
    make_sealer(running.settings, running.database).checkpoint()  # as the worker does
    assert staged.accounts is not None
    accounts = staged.accounts.told["accounts"]
    return running, {each["role"]: each["token"] for each in accounts}


def questions(url: str, running: RunningServices) -> dict[str, tuple[str, float]]:
    """Return the paths of the queries by name, each with its limit in milliseconds."""
    with psycopg.connect(url) as connection:
        examples = connection.execute(_EXAMPLES.encode()).fetchone() or (None, None, None)
    agency, complaint, category = examples
    code = running.application.reference_data.agencies[agency].code
    asked = {
        "backlog, top 50": (f"/agencies/{code}/backlog?limit=50", _BACKLOG_MS),
        "list, the latest 50": ("/complaints?limit=50", _LIST_MS),
        "list, agency and stage": (f"/complaints?limit=50&agency={code}&stage=in_progress", _LIST_MS),
        "list, most urgent": ("/complaints?limit=50&sort=due_at", _LIST_MS),
        "list, the rarest category": (f"/complaints?limit=50&category={category}", _LIST_MS),
        "search, a common word": ("/complaints?limit=50&q=jalan", _LIST_MS),
        "search, two words": ("/complaints?limit=50&q=jalan+rusak", _LIST_MS),
        "SLA, a year": ("/dashboards/sla?limit=", _DASHBOARD_MS),
        "flow, a year": ("/dashboards/flow?limit=", _DASHBOARD_MS),
    }
    asked = {name: (path.removesuffix("?limit="), limit) for name, (path, limit) in asked.items()}
    then = quote((UNTIL - timedelta(days=183)).isoformat())
    for name, (path, limit) in list(asked.items()):
        asked[f"{name}{_THEN}"] = (f"{path}{'&' if '?' in path else '?'}at={then}", limit)
    asked["history of one"] = (f"/complaints/{complaint}/history", _LIST_MS)
    asked["similar"] = (f"/complaints/{complaint}/similar", _LIST_MS)
    return asked


_EXAMPLES = f"""
    SELECT agency,
           (SELECT stream FROM {REGISTER.table} WHERE stage = 'closed' ORDER BY filed_at DESC LIMIT 1),
           (SELECT category FROM {REGISTER.table} WHERE category IS NOT NULL
             GROUP BY category ORDER BY count(*) LIMIT 1)
      FROM {BACKLOG.table} GROUP BY agency ORDER BY count(*) DESC LIMIT 1
"""


def command(
    url: str, data: Path, running: RunningServices, tokens: dict[str, str], size: str
) -> list[Figure]:
    """Measure each query with 4 clients, and its peer: of a list, 50 rows from the same framework."""
    env = {"LAPOR_DATABASE_URL": url, "LAPOR_DATA": str(data), "LAPOR_LIMITS": "off"}
    found = []
    with serving("benchmarks.peers:app", {**env, "LAPOR_PEER": "reading"}) as (port, _):
        request = load.get("/api/v1/complaints", tokens[Role.COORDINATOR], port)
        load.drive(port, request, connections=CLIENTS, seconds=1)
        page = load.drive(port, request, connections=CLIENTS, seconds=SECONDS)
    with serving("lapor.wsgi:app", env) as (port, _):
        for name, (path, limit) in questions(url, running).items():
            request = load.get(f"/api/v1{path}", tokens[Role.COORDINATOR], port)
            load.drive(port, request, connections=CLIENTS, seconds=1)
            run = load.drive(port, request, connections=CLIENTS, seconds=SECONDS)
            p99 = run.percentile(0.99) * 1000
            note = f"p50 {run.percentile(0.5) * 1000:.1f} ms, {run.rate:.0f}/s, {run.errors} errors"
            figure = Figure(
                f"{name} at {size}: p99", p99, "ms", goal=f"≤ {limit:.0f} ms", met=p99 <= limit, note=note
            )
            if name.startswith(_PAGES):
                figure.ratio_to = "the same framework, 50 rows by one index (p50)"
                figure.ratio = page.percentile(0.5) / run.percentile(0.5)
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
    """Measure all queries at each size, on databases of their own, and how they grow with the size."""
    found: dict[int, list[Figure]] = {}
    for complaints in sorted(map(int, SIZES.split(","))):
        with (
            psycopg.connect(server_url, autocommit=True) as connection,
            tempfile.TemporaryDirectory() as folder,
        ):
            connection.execute(f"CREATE DATABASE scale_{complaints}".encode())
            url = make_conninfo(server_url, dbname=f"scale_{complaints}")
            prepare(url)
            running, tokens = fill(url, Path(folder), complaints)
            running.database.close()
            size = f"{complaints:,}"
            found[complaints] = command(url, Path(folder), running, tokens, size)
            found[complaints] += lifecycles.measure(url, Path(folder), size)
            connection.execute(f"DROP DATABASE scale_{complaints} WITH (FORCE)".encode())
    figures = [each for of_size in found.values() for each in [*of_size, *as_of_then(of_size)]]
    if len(found) > 1:
        smaller, larger = list(found)[-2:]
        figures += grown(found[smaller], found[larger], f"{smaller:,}", f"{larger:,}")
    return figures


def grown(before: list[Figure], after: list[Figure], smaller: str, larger: str) -> list[Figure]:
    """Return the ratios of the larger size to the smaller: of reads' times, and of lifecycles a second."""
    known = {figure.name.replace(smaller, larger): figure for figure in before}
    ratios = []
    for figure in after:
        other = known[figure.name]
        if figure.name.startswith(_GROWING):
            ratios.append(_ratio(figure, other, _GROWN))
        elif figure.unit == "lifecycles/s":
            ratios.append(_ratio(figure, other, _GROWN_LIVES, fewer=True))
    return ratios


def as_of_then(figures: list[Figure]) -> list[Figure]:
    """Return the ratios of a page as of half a year ago to the same page now."""
    known = {figure.name: figure for figure in figures}
    return [
        _ratio(
            figure, known[figure.name.replace(_THEN, "")], _URGENT_AGO if "urgent" in figure.name else _AGO
        )
        for figure in figures
        if figure.name.startswith(_PAGES) and _THEN in figure.name
    ]


def _ratio(figure: Figure, other: Figure, most: float, *, fewer: bool = False) -> Figure:
    ratio = other.value / figure.value if fewer else figure.value / other.value
    return replace(
        figure,
        name=f"{figure.name}, compared",
        ratio_to=other.name,
        ratio=ratio,
        goal=f"≤ {most} times as {'few' if fewer else 'long'}",
        met=ratio <= most,
        note=f"against {other.value:,.1f}: {other.name}",
    )
