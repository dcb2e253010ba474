"""Agencies and officers with tokens, and calls in their names."""

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from lapor.application.application import CommandRequest
from lapor.bootstrap import RunningServices
from lapor.cli.shared.common import OPERATOR
from lapor.domain.vocabulary import Role


@dataclass
class People:
    """Agencies and officers of a test, and calls in their names."""

    running: RunningServices
    client: FlaskClient
    tokens: dict[str, str] = field(default_factory=dict)
    agencies: dict[str, UUID] = field(default_factory=dict)

    def agency(self, code: str) -> UUID:
        if code not in self.agencies:
            made = self.running.services.agencies.register(
                {"code": code, "name": f"Dinas {code}"}, CommandRequest(OPERATOR)
            )
            self.agencies[code] = made.body["id"]
        return self.agencies[code]

    def token(self, role: Role | str, agency: str | None = None) -> str:
        """A token of an officer in this role; the same officer each time."""
        name = f"{role}@{agency}"
        if name not in self.tokens:
            if agency is not None:
                self.agency(agency)
            body = {"name": name, "role": Role(role), "agency": agency}
            officers = self.running.services.officers
            officer = officers.appoint(body, CommandRequest(OPERATOR)).body["id"]
            self.tokens[name] = officers.issue_token(officer, OPERATOR, None)["token"]
        return self.tokens[name]

    def call(
        self, method: str, path: str, token: str | None = None, body: Any = None, **headers: str
    ) -> TestResponse:
        """One request under /api/v1; header names are written with ``_`` for ``-``."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if token is not None:
            sent["Authorization"] = f"Bearer {token}"
        return self.client.open(f"/api/v1{path}", method=method, json=body, headers=sent)

    def file(self, **body: Any) -> dict[str, Any]:
        """File a complaint and keep the answer."""
        answer = self.call(
            "POST", "/complaints", body={"text": "Lampu jalan padam.", "consent": True, **body}
        )
        assert answer.status_code == 201, answer.text
        return dict(answer.get_json())

    def act(self, complaint: dict[str, Any], verb: str, token: str | None, **body: Any) -> TestResponse:
        """Do one verb on a complaint in any version; with its receipt if there is no token."""
        receipt = {} if token else {"Lapor_Receipt": complaint["receipt"]}
        path = f"/complaints/{complaint['id']}/{verb}"
        return self.call("POST", path, token, body, If_Match="*", **receipt)

    def routed(self, agency: str = "BINAMARGA", **body: Any) -> dict[str, Any]:
        """A complaint that has been routed to an agency."""
        self.agency(agency)
        complaint = self.file(**body)
        route = {"agency": agency, "kind": "complaint", "category": "infrastructure", "title": "Lampu jalan"}
        answer = self.act(complaint, "route", self.token(Role.COORDINATOR), **route)
        assert answer.status_code == 200, answer.text
        return complaint
