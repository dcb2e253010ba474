"""A complaint's life through HTTP in which every sealed field of every verb contains a word of its own."""

import json
from collections.abc import Callable, Iterable
from typing import Any

from lapor.application.commands.split import FILING
from lapor.domain.command_fields import Field, Number, Reference
from lapor.domain.complaint import WORKFLOW

from ..faults.service import API, ApiClient

CANARY = "KENARI7391"
Call = Callable[..., tuple[int, Any]]
_KNOWN = {"kind": "complaint", "category": "roads"}
_ANSWER = {"outcome": "fixed"}
LIVES: list[list[tuple[str, str, dict[str, Any]]]] = [
    [
        ("verify", "coordinator", _KNOWN),
        ("set-privacy", "reporter", {"privacy": "anonymous"}),
        ("request-identity", "coordinator", {"reason_code": "legal_order", "reference": "B/12/2026"}),
        ("grant-identity", "arbiter", {"request": 4}),
        ("identity", "coordinator", {"reason_code": "legal_order"}),
        ("set-privacy", "reporter", {"privacy": "open"}),
        ("route", "coordinator", {"agency": "BINAMARGA"}),
        ("decline", "liaison", {"suggested_agency": "DUKCAPIL"}),
        ("route", "coordinator", {"agency": "BINAMARGA"}),
        ("ask-reporter", "coordinator", {}),  # refused: it is not in hand yet
        ("accept", "liaison", {}),
        ("ask-reporter", "liaison", {}),
        ("complete", "reporter", {}),
        ("reclassify", "coordinator", {"kind": "aspiration", "category": "lamps"}),
        ("involve", "coordinator", {"agency": "DUKCAPIL"}),
        ("extend", "coordinator", {"step": "resolve", "working_days": 1}),
        ("excuse", "coordinator", {"step": "resolve"}),  # refused: nothing was missed
        ("escalate", "coordinator", {}),
        ("commit", "head", {"promised_on": "2099-01-01"}),
        ("keep-commitment", "head", {}),
        ("note", "liaison", {}),
        ("follow-up", "liaison", {"public": True}),
        ("draft-response", "liaison", _ANSWER),
        ("return-response", "head", {}),
        ("draft-response", "liaison", _ANSWER),
        ("approve-response", "head", {}),
        ("reject-response", "reporter", {}),
        ("split", "coordinator", {"parts": [{}]}),
        ("respond", "liaison", _ANSWER),
        ("object", "reporter", {}),
        ("decide-objection", "arbiter", {"upheld": False}),
        ("accept-response", "reporter", {}),
        ("rate", "reporter", {"rating": 2}),
        ("redact", "coordinator", {}),
        ("publish", "coordinator", {}),
        ("unpublish", "dpo", {}),
        ("refer-to-ombudsman", "reporter", {"consent": True}),
        ("link-sp4n", "coordinator", {"tracking_id": "7654321"}),
        ("place-legal-hold", "dpo", {}),
        ("lift-legal-hold", "dpo", {}),
        ("request-erasure", "reporter", {}),
    ],
    [("archive", "coordinator", {"reason_code": "spam"}), ("reopen", "coordinator", {})],
    [("transfer", "coordinator", {"receiver": "Pengadilan"})],
    [("withdraw", "reporter", {})],
    [
        ("route", "coordinator", {"agency": "BINAMARGA", **_KNOWN}),
        ("respond", "liaison", _ANSWER),
        ("close", "coordinator", {}),
    ],
]
"""Lives of complaints; each step is a verb, a role, and the fields that are not sealed."""
REFUSED = {("ask-reporter", "coordinator"), ("excuse", "coordinator")}


def canaries(fields: Iterable[Field], said: dict[str, Any], where: str) -> dict[str, Any]:
    """Return a body with a word of its own in each sealed field."""
    body = dict(said)
    for field in fields:
        name = f"{where}-{field.name}"
        if field.sealed and isinstance(field.rule, Number):
            body[field.name] = 6.123456
        elif field.sealed:
            word = f"{CANARY} {name}"
            body[field.name] = [word] if field.many else word
        elif field.nested and not isinstance(field.rule, Reference):
            inner = said.get(field.name) or {}
            given = inner[0] if field.many and inner else {} if field.many else inner
            filled = canaries(field.nested, given, name)
            body[field.name] = [filled] if field.many else filled
    return body


class ServiceUsers:
    """People who send requests to a service."""

    def __init__(self, api: ApiClient, tokens: dict[str, str]) -> None:
        self._api, self._tokens = api, tokens
        self.said: set[str] = set()

    def leave(self) -> None:
        self._api.close_all()

    def call(
        self, method: str, path: str, by: str = "", body: Any = None, receipt: str = ""
    ) -> tuple[int, Any]:
        headers = {"If-Match": "*", "Content-Type": "application/json"}
        if by in self._tokens:
            headers["Authorization"] = f"Bearer {self._tokens[by]}"
        elif receipt:
            headers["Lapor-Receipt"] = receipt
        sent = None if body is None else json.dumps(body)
        if sent and CANARY in sent:
            self.said |= {word.partition('"')[0] for word in sent.split(f"{CANARY} ")[1:]}
        self._api.close()  # the server has ended it, where the last call was longer ago than 30 s
        status, answer, _ = self._api.call(method, path, sent, headers)
        return status, answer

    def file(self) -> dict[str, Any]:
        status, filed = self.call("POST", API, body=canaries(FILING, {"consent": True}, "file"))
        assert status == 201, filed
        return dict(filed)

    def act(self, filed: dict[str, Any], verb: str, by: str, said: dict[str, Any]) -> tuple[int, Any]:
        body = canaries(WORKFLOW[verb].fields, said, verb)
        return self.call("POST", f"{API}/{filed['id']}/{verb}", by, body, filed["receipt"])

    def live(self) -> list[dict[str, Any]]:
        """Live all lives, and merge one more; return the filed complaints, parts of a split included."""
        filed = []
        for life in LIVES:
            filed.append(self.file())
            for verb, by, said in life:
                status, answer = self.act(filed[-1], verb, by, said)
                assert (status == 200) is ((verb, by) not in REFUSED), (verb, status, answer)
                if verb == "split":
                    filed += [{"id": each, "receipt": filed[-1]["receipt"]} for each in answer["split_into"]]
                    filed[-1], filed[-2] = filed[-2], filed[-1]
        one, other = self.file(), self.file()
        status, answer = self.act(one, "merge", "coordinator", {"into": other["id"]})
        assert status == 200, answer
        return [*filed, one, other]


def every_field() -> set[str]:
    """Return every sealed field of a filing and of every verb that has one."""
    declared = {"file": FILING, **{name: verb.fields for name, verb in WORKFLOW.items()}}
    return {name for verb, fields in declared.items() for name in _named(fields, verb)}


def _named(fields: Iterable[Field], inside: str) -> Iterable[str]:
    for field in fields:
        name = f"{inside}-{field.name}"
        if field.sealed and not isinstance(field.rule, Number):
            yield name
        elif field.nested and not isinstance(field.rule, Reference):
            yield from _named(field.nested, name)
