"""What a figure is held against: the same service without what makes it ours.

``same_door``: the same framework, schema and answer, and one INSERT or UPDATE of the same bytes, committed.
It is not made anew each time: what that costs a service that keeps rows is not known.
``crud``: the same, and a row of history in the same transaction.
``bare``: Flask without validation, one INSERT of the same bytes.
"""

import os
import secrets
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import flask_smorest as smorest
import msgspec
from flask import Flask, Response, request

from lapor.api import answers, schemas
from lapor.api.app import Api, with_headers
from lapor.api.doors import Doors, answered, public
from lapor.application.answer import Answer
from lapor.application.codes import new_receipt, new_tracking_code
from lapor.application.complaints import FILING
from lapor.domain import terms
from lapor.domain.complaint import WORKFLOW
from lapor.store.database import Database

PEER_TABLES = """
    CREATE TABLE peer (id uuid PRIMARY KEY, state bytea NOT NULL);
    CREATE TABLE peer_history (id uuid NOT NULL, at timestamptz NOT NULL, state bytea NOT NULL);
    CREATE INDEX ON peer_history (id, at);
    GRANT SELECT, INSERT, UPDATE ON peer, peer_history TO lapor_app;
"""
_INSERT = "INSERT INTO peer (id, state) VALUES (%(id)s, %(state)s)"
_UPDATE = "UPDATE peer SET state = %(state)s WHERE id = %(id)s"
_REMEMBER = "INSERT INTO peer_history (id, at, state) VALUES (%(id)s, now(), %(state)s)"
_SAME_BYTES = secrets.token_bytes(1_400)  # as long as the fact and the vault row of the measured request


def _database() -> Database:
    return Database(os.environ["LAPOR_DATABASE_URL"])


def same_door() -> Flask:
    """The same door with one INSERT, or with one UPDATE."""
    return _door("same_door", [_INSERT], [_UPDATE])


def crud() -> Flask:
    """The same door, with a row of history in the same transaction."""
    return _door("crud", [_INSERT, _REMEMBER], [_UPDATE, _REMEMBER])


def _door(name: str, filed: list[str], changed: list[str]) -> Flask:
    app, database, complaint = Flask(name), _database(), _complaint()
    app.config.update(API_TITLE="peer", API_VERSION="v1", OPENAPI_VERSION="3.1.0")
    doors = Doors("complaints", __name__, url_prefix="/api/v1/complaints")
    filing = schemas.schema(
        "Filing", FILING, channel=schemas.one_of(terms.Channel, load_default=terms.Channel.WEB)
    )

    def do(statements: list[str], stream: UUID) -> None:
        with database.connection() as connection, connection.transaction():
            for statement in statements:
                connection.execute(statement, {"id": stream, "state": _SAME_BYTES})

    @doors.post("")
    @public
    @doors.arguments(filing)
    @doors.response(201, answers.FILED)
    def file(_: dict[str, Any]) -> Response:
        do(filed, stream := uuid4())
        return answered(Answer(_receipt(stream), 1, 1), 201)

    @doors.post("/<uuid:stream>/note")
    @public
    @doors.arguments(schemas.schema("Note", WORKFLOW["note"].fields))
    @doors.response(200, answers.FILED)
    def note(_: dict[str, Any], stream: UUID) -> Response:
        do(changed, stream)
        return answered(Answer({**complaint, "id": stream}, 1, 1))

    smorest_api: smorest.Api = Api(app)
    smorest_api.register_blueprint(doors)
    app.wsgi_app = with_headers(app.wsgi_app)  # type: ignore[method-assign, assignment]
    return app


def _complaint() -> dict[str, Any]:
    """What ours answers about a complaint, where commands are measured; made once."""
    return msgspec.json.decode(os.environ.get("LAPOR_PEER_ANSWER", "{}"), type=dict[str, Any])


def _receipt(stream: UUID) -> dict[str, Any]:
    return {
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


def bare() -> Flask:
    """Flask and an INSERT."""
    app, database = Flask("bare"), _database()

    @app.post("/api/v1/complaints")
    def file() -> Response:
        request.get_json()
        stream = uuid4()
        with database.connection() as connection:
            connection.execute(_INSERT, {"id": stream, "state": _SAME_BYTES})
        return Response(msgspec.json.encode({"id": stream}), 201, mimetype="application/json")

    return app


if os.environ.get("LAPOR_PEER"):
    app = {"same_door": same_door, "crud": crud, "bare": bare}[os.environ["LAPOR_PEER"]]()
