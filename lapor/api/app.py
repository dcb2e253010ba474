"""The Flask application."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

import flask_smorest as smorest
from flask import Flask, Response
from werkzeug.exceptions import HTTPException
from werkzeug.middleware.proxy_fix import ProxyFix

from lapor.api.http import metrics, openapi, problems, rate_limits, request_context
from lapor.api.http.services import Services
from lapor.api.resources import (
    agencies,
    calendars,
    complaints,
    conformance,
    dashboards,
    data_protection,
    event_log,
    exports,
    health,
    home,
    ledger,
    officers,
    retention,
    sla_policies,
)
from lapor.api.schemas.problem import ProblemSchema

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

_MODULES = (
    complaints, agencies, calendars, sla_policies, dashboards, officers, event_log, ledger, exports,
    conformance, data_protection, retention, health,
)  # fmt: skip
LARGEST_BODY = 256 * 1024  # bytes; the longest text is 10,000 characters of at most 12 bytes escaped
_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "Strict-Transport-Security": "max-age=31536000; includeSubDomains",
    "X-Content-Type-Options": "nosniff",
}


class LaporFlask(Flask):
    """Flask without support for coroutines: no view and no hook is one."""

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        return func  # Flask checks at each request whether a view or a hook is a coroutine


class LaporApi(smorest.Api):
    """flask-smorest's API with errors as problem+json."""

    ERROR_SCHEMA = ProblemSchema

    def handle_http_exception(self, error: HTTPException) -> Response:
        return problems.http_error(error)

    def _register_responses(self) -> None:
        for name, response in openapi.problems().items():
            self.spec.components.response(name, response, lazy=True)


def create_app(services: Services, *, limited: bool = True, proxies: int = 0) -> Flask:
    """Build the API as a WSGI application.

    ``limited`` turns on the rate limits. ``proxies`` is the number of reverse proxies in front of it whose
    X-Forwarded-For is trusted.
    """
    app = LaporFlask("lapor", static_folder=None)
    app.config.update(
        MAX_CONTENT_LENGTH=LARGEST_BODY,
        API_TITLE="Lapor",
        API_VERSION="v1",
        OPENAPI_VERSION="3.1.0",
        OPENAPI_URL_PREFIX="/",
        OPENAPI_JSON_PATH="openapi.json",
        API_SPEC_OPTIONS=_spec(),
    )
    app.json.sort_keys = False  # type: ignore[attr-defined]
    app.url_map.strict_slashes = False
    app.extensions["lapor"] = services
    problems.register(app)
    metrics.register(app)
    request_context.register(app)
    if limited:
        rate_limits.register(app)
    api = LaporApi(app)
    api.ma_plugin.converter.add_attribute_function(openapi.any_of)
    for module in _MODULES:
        api.register_blueprint(module.blp)
    home.register(app, api)

    if proxies:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=proxies)  # type: ignore[method-assign]
    app.wsgi_app = with_headers(app.wsgi_app)  # type: ignore[method-assign, assignment]
    return app


def with_headers(app: WSGIApplication) -> WSGIApplication:
    """Add the headers that every answer has, also one that Flask did not make."""
    always = list(_HEADERS.items())

    def wrapped(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        def start(status: str, headers: list[tuple[str, str]], *more: Any) -> Any:
            return start_response(status, headers + always, *more)

        return app(environ, start)

    return wrapped


def _spec() -> dict[str, Any]:
    return {
        "info": {"description": "Complaints for public services: filed, routed, answered, and proven."},
        "components": {
            "securitySchemes": {
                "officer": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "an officer's or machine's token",
                },
                "reporter": {"type": "apiKey", "in": "header", "name": "Lapor-Receipt"},
            }
        },
    }
