"""/health and /metrics, for operators."""

from http import HTTPStatus

import msgspec
from flask import Response, request
from prometheus_client import CONTENT_TYPE_LATEST

from lapor.api.http import metrics
from lapor.api.http.blueprint import SecuredBlueprint, public
from lapor.api.http.request_context import caller, services
from lapor.api.schemas.health import LiveSchema, ReadySchema
from lapor.domain.errors import NotSignedInError

blp = SecuredBlueprint("health", __name__, description="For operators")


@blp.get("/health/live")
@public
@blp.response(200, LiveSchema)
def live() -> Response:
    """Report that this process answers."""
    return Response(b'{"live":true}', mimetype="application/json")


@blp.get("/health/ready")
@public
@blp.response(200, ReadySchema)
@blp.alt_response(503, schema=ReadySchema)
def ready() -> Response:
    """Report whether people can be served: the database answers, the projections are fed."""
    state = services().health()
    return Response(msgspec.json.encode(state), 200 if state["ready"] else 503, mimetype="application/json")


@blp.get("/metrics")
@public
@blp.response(200, {"type": "string"}, content_type="text/plain")
@blp.alt_response(401, HTTPStatus.UNAUTHORIZED.name)
@blp.alt_response(503, HTTPStatus.SERVICE_UNAVAILABLE.name)
def read_metrics() -> Response:
    """Get metrics for Prometheus: on loopback, or with a token."""
    near = request.remote_addr in {"127.0.0.1", "::1", None}  # checked first: it needs no database
    if not near and not caller().signed_in:
        raise NotSignedInError("Metrics need a token, except on loopback: Authorization: Bearer …")
    state = services().health()
    sizes = services().table_sizes() if "head" in state else {}  # else the database does not answer
    return Response(metrics.text(state, sizes), mimetype=CONTENT_TYPE_LATEST.partition(";")[0])
