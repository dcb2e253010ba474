"""/ledger: checkpoints, keys and proofs, for anybody."""

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

blp = SecuredBlueprint("ledger", __name__, url_prefix="/api/v1/ledger", description="What proves the log")


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
    """Get the public keys that checkpoints are verified with, as vkeys; the last one signs now."""
    check_position()
    return json_response(Result({"items": services().proofs.keys()}, 0, services().head()), etag=False)


@blp.get("/proof/<string:position>")
@public
@blp.arguments(LedgerSizeQuerySchema, location="query")
@blp.response(200, InclusionSchema)
def proof(query: dict[str, Any], position: str) -> Response:
    """Get the path from an event's leaf to the root of a size (RFC 9162 §2.1.3), by default the newest."""
    check_position()
    asked = whole(position, "position")
    if asked == 0:
        raise BadRequest("Positions begin at 1.")
    found = services().proofs.inclusion(asked, query.get("size"))
    return json_response(Result(found, 0, found["size"]), etag=False)


@blp.get("/consistency")
@public
@blp.arguments(LedgerSizesQuerySchema, location="query")
@blp.response(200, ConsistencySchema)
def consistency(query: dict[str, Any]) -> Response:
    """Get the path that proves that an older checkpoint is how a newer one began (RFC 9162 §2.1.4)."""
    check_position()
    found = services().proofs.consistency(query["first"], query.get("last"))
    return json_response(Result(found, 0, found["to"]), etag=False)
