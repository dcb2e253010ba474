"""Metrics for Prometheus, summed over several worker processes."""

import os
import time
from collections.abc import Mapping
from typing import Any

from flask import Flask, Response, g, request
from prometheus_client import (
    REGISTRY,
    CollectorRegistry,
    Gauge,
    Histogram,
    generate_latest,
    multiprocess,
)

SECONDS = Histogram(
    "lapor_request_seconds",
    "Requests answered, and the time that each took",
    ["endpoint", "method", "status"],
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5),
)


def register(app: Flask) -> None:
    """Count every request, by endpoint and never by path: a path contains tracking codes."""

    @app.before_request
    def begin() -> None:
        g.began = time.perf_counter()

    @app.after_request
    def end(response: Response) -> Response:
        seconds = time.perf_counter() - g.get("began", time.perf_counter())
        method = request.method if request.endpoint else "other"  # a client can invent methods
        SECONDS.labels(request.endpoint or "none", method, str(response.status_code)).observe(seconds)
        return response


def _state(health: dict[str, Any], sizes: Mapping[str, int]) -> bytes:
    """Return the service's state at the time of reading, in Prometheus' text format."""
    registry = CollectorRegistry()
    Gauge("lapor_ready", "1 if people can be served", registry=registry).set(health["ready"])
    if "head" in health:
        degraded = Gauge("lapor_degraded", "1 if no standby has what is committed", registry=registry)
        degraded.set(health["degraded"] is not None)
        Gauge("lapor_log_position", "Last position of the log", registry=registry).set(health["head"])
        lag = Gauge("lapor_projection_lag", "Events not yet folded", ["projection"], registry=registry)
        failed = Gauge("lapor_projection_failed", "1 if it has stopped", ["projection"], registry=registry)
        for projection in health["projections"]:
            lag.labels(projection["name"]).set(projection["lag"])
            failed.labels(projection["name"]).set(projection["failure"] is not None)
    if reactions := health.get("reactions"):
        for name, says, figure in _REACTIONS:
            Gauge(f"lapor_reactions_{name}", says, registry=registry).set(reactions[figure])
    if sealed := health.get("ledger"):
        for name, says, figure in _LEDGER:
            Gauge(f"lapor_ledger_{name}", says, registry=registry).set(sealed[figure])
        failed = Gauge(
            "lapor_ledger_failed", "1 if it does not fit the log, and nothing is signed", registry=registry
        )
        failed.set(sealed["failure"] is not None)
    table_bytes = Gauge("lapor_table_bytes", "Size of a table with its indexes", ["table"], registry=registry)
    for table, size in sizes.items():
        table_bytes.labels(table).set(size)
    return generate_latest(registry)


_LEDGER = (
    ("size", "Events that are sealed", "size"),
    ("unsealed", "Events that are not sealed yet", "unsealed"),
    ("age_seconds", "At most how long the oldest unsealed event has waited", "age_seconds"),
)
_REACTIONS = (
    ("late_seconds", "How long the oldest reminder that could be sent has waited", "late_seconds"),
    ("due", "Reminders that are due, also those that wait for an opening", "due"),
    ("failed", "Complaints whose next action could not be determined", "failed"),
    ("lag", "Events that reactions have not followed yet", "lag"),
    ("seconds_since_beat", "Age of the last sign of life", "seconds_since_beat"),
)


def text(health: dict[str, Any], sizes: Mapping[str, int]) -> bytes:
    """Return all metrics in Prometheus' text format; ``sizes`` are the bytes of each table."""
    registry = REGISTRY
    if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        registry = CollectorRegistry()
        multiprocess.MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return generate_latest(registry) + _state(health, sizes)
