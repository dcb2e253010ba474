"""Peers to compare figures with: the same service without event sourcing.

``same_door``: the same framework, schema and answer, with one committed INSERT or UPDATE of the same bytes.
``crud``: the same, with a row of history in the same transaction. ``asking``: the same as ``crud``, but the
service checks the token, and reads the row that it changes and returns. ``bare``: Flask without validation,
with one INSERT of the same bytes. ``reading``: the same framework, with one SELECT of 50 rows in the order of
an index.
"""

import os
import secrets
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import flask_smorest as smorest
import msgspec
from flask import Flask, Response, abort, request

from lapor.api.app import LaporApi, with_headers
from lapor.api.http.blueprint import SecuredBlueprint, json_response, public
from lapor.api.schemas import bodies
from lapor.api.schemas.complaints import FiledSchema
from lapor.application.commands.complaints import FILING
from lapor.application.identifiers import new_receipt, new_tracking_code, token_digest
from lapor.application.result import Result
from lapor.domain import vocabulary
from lapor.domain.complaint import WORKFLOW
from lapor.store.database import Database
from projections.complaints.register import REGISTER

PEER_TABLES = """
    CREATE TABLE peer (id uuid PRIMARY KEY, state bytea NOT NULL);
    CREATE TABLE peer_history (id uuid NOT NULL, at timestamptz NOT NULL, state bytea NOT NULL);
    CREATE INDEX ON peer_history (id, at);
    CREATE TABLE peer_complaint (id uuid PRIMARY KEY, state bytea NOT NULL);
    GRANT SELECT, INSERT, UPDATE ON peer, peer_history, peer_complaint TO lapor_app;
"""
_INSERT = "INSERT INTO peer (id, state) VALUES (%(id)s, %(state)s)"
_UPDATE = "UPDATE peer SET state = %(state)s WHERE id = %(id)s"
_REMEMBER = "INSERT INTO peer_history (id, at, state) VALUES (%(id)s, now(), %(state)s)"
_SAME_BYTES = secrets.token_bytes(1_400)  # as long as the event and the vault row of the measured request
_WHOSE = """
    SELECT officer FROM credential
     WHERE digest = %(digest)s AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > now())
"""
_KNOWN = "SELECT state FROM peer_complaint WHERE id = %(id)s FOR UPDATE"
_CHANGE = "UPDATE peer_complaint SET state = %(state)s WHERE id = %(id)s"
Do = Callable[[UUID], dict[str, Any]]
"""A function that does something with a complaint and returns the answer."""


def _database() -> Database:
    return Database(os.environ["LAPOR_DATABASE_URL"])


def same_door() -> Flask:
    """Return the service with one INSERT or one UPDATE."""
    return _door("same_door", [_INSERT], _writing(_UPDATE))


def crud() -> Flask:
    """Return the same service with a row of history in the same transaction."""
    return _door("crud", [_INSERT, _REMEMBER], _writing(_UPDATE, _REMEMBER))


def asking() -> Flask:
    """Return the same service for callers with a token; it reads, changes and returns the row."""
    return _door("asking", [_INSERT, _REMEMBER], _changing())


def reading() -> Flask:
    """Return a service that answers each list with 50 rows of the register, the latest first."""
    database = _database()
    query = f"""
        SELECT stream AS id, code, kind, category, agency, privacy, stage, step, due_at, filed_at, version
          FROM {REGISTER.table} ORDER BY filed_at DESC, stream DESC LIMIT 50
    """
    names = (
        "id",
        "code",
        "kind",
        "category",
        "agency",
        "privacy",
        "stage",
        "step",
        "due_at",
        "filed_at",
        "version",
    )
    app = Flask("reading")

    @app.get("/api/v1/complaints")
    def page() -> Response:
        with database.connection() as connection:
            items = [dict(zip(names, row, strict=True)) for row in connection.rows(query)]
        return json_response(Result({"items": items, "next": None}, 0, 0), etag=False)

    app.wsgi_app = with_headers(app.wsgi_app)  # type: ignore[method-assign, assignment]
    return app


def _writing(*statements: str) -> Do:
    """Return a function that writes the same bytes and returns the same answer."""
    database, complaint = _database(), _complaint()

    def do(stream: UUID) -> dict[str, Any]:
        with database.connection() as connection, connection.transaction():
            for statement in statements:
                connection.execute(statement, {"id": stream, "state": _SAME_BYTES})
        return {**complaint, "id": stream}

    return do


def _changing() -> Do:
    """Return a function that reads and changes the existing row."""
    database, decode = _database(), msgspec.json.Decoder(dict[str, Any]).decode

    def do(stream: UUID) -> dict[str, Any]:
        token = request.headers["Authorization"].removeprefix("Bearer ")
        with database.connection() as connection, connection.transaction():
            if connection.execute(_WHOSE, {"digest": token_digest(token)}).fetchone() is None:
                abort(401)
            (state,) = connection.execute(_KNOWN, {"id": stream}).fetchone() or abort(404)
            complaint = decode(state)
            complaint["version"] += 1
            changed = {"id": stream, "state": msgspec.json.encode(complaint)}
            connection.execute(_CHANGE, changed)
            connection.execute(_REMEMBER, changed)
        return complaint

    return do


def _door(name: str, filed: list[str], note_on: Do) -> Flask:
    app, file_as = Flask(name), _writing(*filed)
    app.config.update(API_TITLE="peer", API_VERSION="v1", OPENAPI_VERSION="3.1.0")
    blp = SecuredBlueprint("complaints", __name__, url_prefix="/api/v1/complaints")
    filing = bodies.schema(
        "Filing", FILING, channel=bodies.one_of(vocabulary.Channel, load_default=vocabulary.Channel.WEB)
    )

    @blp.post("")
    @public
    @blp.arguments(filing)
    @blp.response(201, FiledSchema)
    def file(_: dict[str, Any]) -> Response:
        file_as(stream := uuid4())
        return json_response(Result(_receipt(stream), 1, 1), 201)

    @blp.post("/<uuid:stream>/note")
    @public
    @blp.arguments(bodies.schema("Note", WORKFLOW["note"].fields))
    @blp.response(200, FiledSchema)
    def note(_: dict[str, Any], stream: UUID) -> Response:
        return json_response(Result(note_on(stream), 1, 1))

    smorest_api: smorest.Api = LaporApi(app)
    smorest_api.register_blueprint(blp)
    app.wsgi_app = with_headers(app.wsgi_app)  # type: ignore[method-assign, assignment]
    return app


def _complaint() -> dict[str, Any]:
    """Return Lapor's answer about a complaint, if commands are measured."""
    return msgspec.json.decode(os.environ.get("LAPOR_PEER_ANSWER", "{}"), type=dict[str, Any])


def _receipt(stream: UUID) -> dict[str, Any]:
    return {
        "id": stream,
        "code": new_tracking_code(),
        "receipt": new_receipt(),
        "stage": vocabulary.Stage.FILED,
        "deadlines": [
            {
                "step": vocabulary.Step.VERIFY,
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
    """Return a Flask application with one INSERT."""
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
    peers = {"same_door": same_door, "crud": crud, "asking": asking, "bare": bare, "reading": reading}
    app = peers[os.environ["LAPOR_PEER"]]()
