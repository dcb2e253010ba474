"""/ledger: checkpoints, keys and proofs, for anyone."""

from typing import Any

from flask import Response
from werkzeug.exceptions import BadRequest

from lapor.api.http.blueprint import SecuredBlueprint, json_response, public, whole
from lapor.api.http.request_context import check_position, services
from lapor.api.schemas.ledger import (
    ConsistencySchema,
    InclusionSchema,
    LedgerKeysSchema,
    LedgerSizeQuerySchema,
    LedgerSizesQuerySchema,
)
from lapor.application.result import Result

blp = SecuredBlueprint("ledger", __name__, url_prefix="/api/v1/ledger", description="Proofs of the log")


@blp.get("/checkpoint")
@public
@blp.arguments(LedgerSizeQuerySchema, location="query")
@blp.response(200, {"type": "string"}, content_type="text/plain")
def checkpoint(query: dict[str, Any]) -> Response:
    """Get the newest checkpoint, a signed note (C2SP tlog-checkpoint), or the first of at least a size."""
    check_position()
    note = services().proofs.checkpoint(**query)
    return Response(note, mimetype="text/plain", headers={"Lapor-Position": note.split("\n")[1]})


@blp.get("/key")
@public
@blp.response(200, LedgerKeysSchema)
def key() -> Response:
    """Get the public keys that verify checkpoints, as vkeys; the last one signs now."""
    check_position()
    return json_response(Result({"items": services().proofs.keys()}, 0, services().head()), etag=False)


@blp.get("/proof/<string:position>")
@public
@blp.arguments(LedgerSizeQuerySchema, location="query")
@blp.response(200, InclusionSchema)
def proof(query: dict[str, Any], position: str) -> Response:
    """Get the path from an event's leaf to the root of a size (RFC 9162 §2.1.3), by default the newest."""
    check_position()
    number = whole(position, "position")
    if number == 0:
        raise BadRequest("Positions begin at 1.")
    path = services().proofs.inclusion(number, query.get("size"))
    return json_response(Result(path, 0, path["size"]), etag=False)


@blp.get("/consistency")
@public
@blp.arguments(LedgerSizesQuerySchema, location="query")
@blp.response(200, ConsistencySchema)
def consistency(query: dict[str, Any]) -> Response:
    """Get the path that proves that a newer checkpoint continues an older one (RFC 9162 §2.1.4)."""
    check_position()
    path = services().proofs.consistency(query["first"], query.get("last"))
    return json_response(Result(path, 0, path["to"]), etag=False)
