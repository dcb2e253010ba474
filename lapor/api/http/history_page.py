"""The history of what stands beside complaints: agencies, calendars, policies."""

from collections.abc import Callable
from typing import Any

from flask import Response

from lapor.api.http.blueprint import json_response, page_schema, whole
from lapor.api.http.request_context import caller, check_position
from lapor.application.result import Result
from lapor.domain.access import Caller

HISTORY_PAGE = page_schema("FactsPage")


def history_page(read: Callable[..., tuple[list[Any], bool]], named: str, query: dict[str, Any]) -> Response:
    """A page of events of what is named."""
    check_position()
    who: Caller = caller()
    after = whole(query.get("cursor", "0"), "cursor")
    items, more = read(named, who, after=after, limit=query["limit"])
    body = {"items": items, "next": str(items[-1]["version"]) if more else None}
    return json_response(Result(body, 0, items[-1]["position"] if items else 0), etag=False)
