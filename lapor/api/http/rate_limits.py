"""Rate limits for filing, guessing a receipt, and viewing a reporter. 429 says when to try again.

Counts are kept in memory, per process, and no address is stored: with several processes or machines the
effective limits are that much higher. A valid receipt works however many invalid ones were tried.
"""

import time

import structlog
from flask import Flask, Response, request
from limits import RateLimitItem, RateLimitItemPerHour, RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter
from prometheus_client import Counter

from lapor.api.http.problems import problem
from lapor.api.http.request_context import caller
from lapor.domain.complaint.lifecycle.identity_access import VIEWING

WRONG_RECEIPTS = RateLimitItemPerMinute(10)
FILINGS_OF_AN_ADDRESS = RateLimitItemPerMinute(60)
FILINGS_OF_AN_OFFICER = RateLimitItemPerMinute(600)
IDENTITIES_OF_AN_OFFICER = RateLimitItemPerHour(60)
_SPAN = {"minute": "a minute", "hour": "an hour"}
_TOO_MANY = 429
_LIMITED = Counter("lapor_limited_total", "Requests refused for their number", ["what"])


class Limits:
    """Counters that refuse the requests beyond their limits."""

    def __init__(self) -> None:
        self._limiter = FixedWindowRateLimiter(MemoryStorage())

    def filing(self) -> Response | None:
        """Refuse a filing beyond the limit of its address, or of its officer."""
        if request.endpoint != "complaints.file" or request.method != "POST":
            return None
        known = caller()
        item, name = (
            (FILINGS_OF_AN_OFFICER, known.id)
            if known.signed_in
            else (FILINGS_OF_AN_ADDRESS, request.remote_addr or "")
        )
        return self._count(item, "filing", name)

    def identity(self) -> Response | None:
        """Refuse to show a reporter beyond the officer's limit."""
        if request.endpoint != f"complaints.{VIEWING}" or not caller().signed_in:
            return None
        return self._count(IDENTITIES_OF_AN_OFFICER, VIEWING, caller().id)

    def receipt(self, response: Response) -> Response:
        """Count an invalid receipt; answer 429 instead when there were too many."""
        if response.status_code != 404 or "Lapor-Receipt" not in request.headers:  # noqa: PLR2004
            return response
        return self._count(WRONG_RECEIPTS, "receipt", request.remote_addr or "") or response

    def _count(self, item: RateLimitItem, what: str, of: str) -> Response | None:
        if self._limiter.hit(item, what, of):
            return None
        left = self._limiter.get_window_stats(item, what, of).reset_time - time.time()
        if left > item.get_expiry():  # the clock was put back: begin to count again
            self._limiter.clear(item, what, of)
            return self._count(item, what, of)
        _LIMITED.labels(what).inc()
        structlog.get_logger("lapor.api").warning("limit.reached", what=what)
        seconds = max(1, int(left) + 1)
        refused = problem(
            _TOO_MANY,
            "too_many_requests",
            "Too many requests",
            f"That was more than {item.amount} in {_SPAN[item.GRANULARITY.name]};"
            f" try again in {seconds} seconds.",
        )
        refused.headers["Retry-After"] = str(seconds)
        return refused


def register(app: Flask) -> None:
    """Limit the routes of an application."""
    limits = Limits()
    app.before_request(limits.filing)
    app.before_request(limits.identity)
    app.after_request(limits.receipt)
