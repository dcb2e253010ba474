"""The parts that every route uses: the blueprint, the strict parser, access marks, the JSON answer.

Each route declares its access: ``@public`` or ``@authorised(name)``; a test checks all of them. The
application makes the check itself, so no route can forget it.
"""

import re
from collections.abc import Callable
from typing import Any, TypeVar

import flask_smorest as smorest
import marshmallow as ma
import msgspec
from flask import Request, Response
from webargs.flaskparser import FlaskParser
from werkzeug.exceptions import BadRequest, UnsupportedMediaType

from lapor.api.http import openapi, strict_json
from lapor.application.result import Result

View = TypeVar("View", bound=Callable[..., Any])


class StrictParser(FlaskParser):
    """A parser that reads bodies by ``strict_json`` and refuses unknown fields, also in query strings."""

    DEFAULT_UNKNOWN_BY_LOCATION: dict[str, str | None] = {  # noqa: RUF012 - the library's own form
        **FlaskParser.DEFAULT_UNKNOWN_BY_LOCATION,
        "json": ma.RAISE,
        "query": ma.RAISE,
    }

    def load_json(self, req: Request, schema: ma.Schema) -> Any:  # noqa: ARG002 - the library's signature
        raw = req.get_data()
        if not raw:
            return {}
        if req.mimetype != "application/json":
            raise UnsupportedMediaType
        try:
            return strict_json.loads(raw)
        except strict_json.BadJsonError as error:
            raise BadRequest(str(error)) from None

    def load_querystring(self, req: Request, schema: ma.Schema) -> Any:
        for name, values in req.args.lists():
            if len(values) > 1:
                raise BadRequest(f"The parameter '{name[:64]}' is given twice.")
        if any("\0" in value for value in req.args.values()):
            raise BadRequest("A parameter contains the character U+0000.")
        return super().load_querystring(req, schema)


class SecuredBlueprint(smorest.Blueprint):
    """A group of routes. A route that does not declare its access cannot be added."""

    ARGUMENTS_PARSER = StrictParser()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._prepare_doc_cbks.append(self._prepare_frame_doc)

    def add_url_rule(
        self, rule: str, endpoint: str | None = None, view_func: Any = None, *args: Any, **options: Any
    ) -> None:
        known = getattr(view_func, "_apidoc", {})  # set by flask-smorest's decorators
        vars(view_func)["_apidoc"] = known | {"route": (rule, view_func.access)}
        super().add_url_rule(rule, endpoint, view_func, *args, **options)

    def _prepare_frame_doc(self, doc: Any, doc_info: Any, *, method: str, **_: Any) -> Any:
        rule, access = doc_info["route"]
        return openapi.complete(doc, self.url_prefix, rule, access, method)


def public(view: View) -> View:
    """Mark a route as open to anyone. Its answer may still depend on the caller."""
    view.access = openapi.PUBLIC  # type: ignore[attr-defined]
    return view


def authorised(name: str) -> Callable[[View], View]:
    """Mark a route as open to those whom the permission table grants ``name``."""

    def mark(view: View) -> View:
        view.access = name  # type: ignore[attr-defined]
        return view

    return mark


_encode = msgspec.json.Encoder().encode


def json_response(answer: Result, status: int = 200, *, etag: bool = True) -> Response:
    """Return a result of the application as JSON, with its ETag and the log's position."""
    response = Response(_encode(answer.body), status, mimetype="application/json")
    if etag:
        response.headers["ETag"] = f'"{answer.version}"'
    response.headers["Lapor-Position"] = str(answer.position)
    return response


def whole(text: str, what: str) -> int:
    """Return the number that a cursor or a position in the path is. Raises ``BadRequest``."""
    if not re.fullmatch(r"\d{1,18}", text):
        raise BadRequest(f"This {what} was not given out here; begin without one.")
    return int(text)
