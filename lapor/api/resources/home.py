"""/ and /docs: an introduction and the API's description, as pages without external resources."""

import json
from pathlib import Path
from typing import Any

from flask import Flask, Response, render_template
from flask_smorest import Api
from jinja2 import PackageLoader

from lapor.api.http.blueprint import public
from lapor.domain.complaint import WORKFLOW


def register(app: Flask, api: Api) -> None:
    """Add the two pages and their stylesheet."""
    app.jinja_loader = PackageLoader("lapor.api", "pages")

    @app.get("/")
    @public
    def home() -> str:
        return render_template("home.html", verbs=WORKFLOW, demo=_accounts(app.extensions["lapor"].demo))

    @app.get("/docs")
    @public
    def docs() -> str:
        return render_template("docs.html", spec=api.spec.to_dict())

    @app.get("/style.css")
    @public
    def style() -> Response:
        return Response(render_template("style.css"), mimetype="text/css")


def _accounts(path: Path | None) -> dict[str, Any] | None:
    """Return the demo's accounts; None outside demo mode."""
    try:
        return dict(json.loads(path.read_text())) if path else None
    except (OSError, ValueError):
        return None
