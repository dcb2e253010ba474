"""What a figure is held against: the same service without what makes it ours.

``same_door``: the same framework, schema and answer, and one INSERT of the same bytes, committed.
``bare``: Flask without validation, one INSERT of the same bytes.
"""

import os
import secrets
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import flask_smorest as smorest
import msgspec
from flask import Flask, Response, request

from lapor.api import answers, schemas
from lapor.api.app import Api
from lapor.api.doors import Doors, public
from lapor.application.codes import new_receipt, new_tracking_code
from lapor.application.complaints import FILING
from lapor.domain import terms
from lapor.store.database import Database

_INSERT = "INSERT INTO peer (id, state) VALUES (%s, %s)"
_SAME_BYTES = secrets.token_bytes(1_400)  # as long as the fact and the vault row of the measured request


def _database() -> Database:
    return Database(os.environ["LAPOR_DATABASE_URL"])


def same_door() -> Flask:
    """The same door with a bare INSERT."""
    app, database = Flask("same_door"), _database()
    app.config.update(API_TITLE="peer", API_VERSION="v1", OPENAPI_VERSION="3.1.0")
    doors = Doors("complaints", __name__, url_prefix="/api/v1/complaints")
    filing = schemas.schema(
        "Filing", FILING, channel=schemas.one_of(terms.Channel, load_default=terms.Channel.WEB)
    )

    @doors.post("")
    @public
    @doors.arguments(filing)
    @doors.response(201, answers.FILED)
    def file(_: dict[str, Any]) -> Response:
        stream = uuid4()
        with database.connection() as connection:
            connection.execute(_INSERT, [stream, _SAME_BYTES])
        answer = {
            "id": stream,
            "code": new_tracking_code(),
            "receipt": new_receipt(),
            "stage": terms.Stage.FILED,
            "deadlines": [
                {
                    "step": terms.Step.VERIFY,
                    "agency": None,
                    "n": 1,
                    "due_at": datetime.now(UTC) + timedelta(days=3),
                    "policy": "sp4n-2018/1",
                    "calendar": "id-2026/1",
                    "provisional": False,
                }
            ],
            "version": 1,
            "position": 1,
        }
        return Response(msgspec.json.encode(answer), 201, mimetype="application/json")

    smorest_api: smorest.Api = Api(app)
    smorest_api.register_blueprint(doors)
    return app


def bare() -> Flask:
    """Flask and an INSERT."""
    app, database = Flask("bare"), _database()

    @app.post("/api/v1/complaints")
    def file() -> Response:
        request.get_json()
        stream = uuid4()
        with database.connection() as connection:
            connection.execute(_INSERT, [stream, _SAME_BYTES])
        return Response(msgspec.json.encode({"id": stream}), 201, mimetype="application/json")

    return app


if os.environ.get("LAPOR_PEER"):
    app = {"same_door": same_door, "bare": bare}[os.environ["LAPOR_PEER"]]()
