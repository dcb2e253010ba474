"""Complaints of every sort that access tells apart, and everybody who might look at them."""

from typing import Any

from ..people import People

OWN, OTHER = "BINAMARGA", "DUKCAPIL"
TEXT, NAME, INTERNAL = "Naskah-rahasia-7391", "Siti-Rahayu-5518", "Catatan-dalam-2207"
COMPLAINTS = ("open", "anonymous", "confidential", "oversight", "other", "unrouted")


def complaints(people: People) -> dict[str, dict[str, Any]]:
    """One of each sort. All but ``unrouted`` are with an agency: ``other`` with OTHER, the rest with OWN."""
    said = {"text": TEXT, "title": TEXT, "reporter": {"name": NAME}, "place": {"address": TEXT}}
    made = {
        "open": people.routed(OWN, **said),
        "anonymous": people.routed(OWN, privacy="anonymous", **said),
        "confidential": people.routed(OWN, privacy="confidential", **said),
        "other": people.routed(OTHER, **said),
        "unrouted": people.file(**said),
        "oversight": people.file(**said, kind="oversight"),
    }
    route = {"agency": OWN, "kind": "oversight", "category": "integrity"}
    assert people.act(made["oversight"], "route", people.token("coordinator"), **route).status_code == 200
    return made


def table(text: str) -> dict[str, dict[str, str]]:
    """Rows by their first word, cells by the words of the first row."""
    head, *rows = [line.split() for line in text.strip().splitlines()]
    return {row[0]: dict(zip(head[1:], row[1:], strict=True)) for row in rows}


def who(people: People, name: str, complaint: dict[str, Any] | None = None) -> dict[str, Any]:
    """How somebody calls: with which token or receipt. Liaisons and heads are those of OWN."""
    if name == "stranger":
        return {}
    if name == "reporter":
        return {"Lapor_Receipt": (complaint or {})["receipt"]}
    if name.startswith("receipt:"):
        return {"Lapor_Receipt": name.partition(":")[2]}
    return {"token": people.token(name, OWN if name in {"liaison", "head"} else None)}
