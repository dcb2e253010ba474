"""A page of a stream's history, of a complaint as of an agency, a calendar or a policy."""

from collections.abc import Callable, Mapping
from typing import Any

from flask import Response

from lapor.api.http.blueprint import json_response, whole
from lapor.api.http.request_context import check_position
from lapor.application.result import Result


def history_page(read: Callable[..., tuple[list[Any], bool]], query: Mapping[str, Any]) -> Response:
    """Answer with the page that ``query`` asks for by ``limit`` and ``cursor``, the last version shown.

    ``read`` takes ``after``, a version, and ``limit``; it returns the items and whether there are more.
    Raises ``BadRequest`` for a cursor that is no number, ``BeyondHeadError``, and what ``read`` raises.
    """
    check_position()
    after = whole(query.get("cursor", "0"), "cursor")
    items, more = read(after=after, limit=query["limit"])
    body = {"items": items, "next": str(items[-1]["version"]) if more else None}
    return json_response(Result(body, 0, items[-1]["position"] if items else 0), etag=False)
