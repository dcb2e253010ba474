"""Draws what somebody says with a verb: mostly something that is right, sometimes not."""

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from .promises import EXCUSABLE, Thing
from .table import KINDS, PRIVACIES
from .working_days import AGENCIES

OUTCOMES, REASONS = ["fixed", "scheduled", "no_authority"], ["too_general", "spam", "slander"]
WHY = ["contact", "safety", "ombudsman", "investigation"]
CATEGORIES = ["roads", "lamps"]
BASES = ["request", "consent_withdrawn", "retention", "unlawful", "court_order"]
Body = dict[str, Any]


@dataclass(frozen=True)
class Draw:
    """By which chance, for which complaint (none for a filing), and when."""

    chance: random.Random
    c: Thing
    now: datetime

    def one(self, among: Any) -> Any:
        return self.chance.choice(among)

    def some(self, **optional: Any) -> Body:
        """Some of these fields."""
        return {name: value for name, value in optional.items() if self.chance.random() < 0.5}

    def agency(self) -> str:
        return str(self.one([*AGENCIES] * 8 + ["NOWHERE"]))

    def classes(self) -> Body:
        return {"kind": self.one(KINDS), "category": self.one(CATEGORIES), "title": "Judul"}


def _filing(draw: Draw) -> Body:
    more = draw.some(title="Jalan", kind=draw.one(KINDS), category="roads", privacy=draw.one(PRIVACIES))
    said = {"text": "Jalan rusak", "consent": True}
    more |= {"reporter": {"name": "Siti Rahayu"}} if draw.chance.random() < 0.9 else {}
    return {**said, **more, **draw.some(agency=draw.agency())}


def _route(draw: Draw) -> Body:
    known = {name: value for name, value in draw.classes().items() if not draw.c[name]}
    given = known if draw.chance.random() < 0.9 else {}
    return {"agency": draw.agency(), **given, **(draw.classes() if draw.chance.random() < 0.2 else {})}


def _extend(draw: Draw) -> Body:
    running = [owed for owed in draw.c["clocks"] if owed[0] in {"follow_up", "resolve"} and owed[1]]
    again = [owed for owed in running if owed in draw.c["extended"]]
    others = [("resolve", draw.agency()), ("verify", draw.agency())]
    step, agency = draw.one(running * 3 + again * 6 + others)
    leads = agency == draw.c["agency"] and draw.chance.random() < 0.5
    days = draw.one([1, 2, 3, 5, 6, 14, 15])
    return {"step": step, "working_days": days, **({} if leads else {"agency": agency})}


def _commit(draw: Draw) -> Body:
    days = timedelta(days=draw.one([-1, 0, 1, 90]))
    return {"promised_on": (draw.now + days).date(), "text": "Nanti"}


def _excuse(draw: Draw) -> Body:
    late = [step for step in EXCUSABLE if any(of == step for of, _ in draw.c["missed"])]
    step = draw.one(late * 2 + [*EXCUSABLE, "legal_limit"])
    return {"step": step, **draw.some(n=draw.one([1, 1, 2]))}


def _grant(draw: Draw) -> Body:
    asked = draw.c["glass_asked"]
    return {"request": draw.one([asked[2]] * 2 + [1]) if asked else 2}


def _answer(draw: Draw) -> Body:
    return {"text": "Sudah diperbaiki", "outcome": draw.one(OUTCOMES)}


BODIES: dict[str, Callable[[Draw], Body]] = {
    "file": _filing,
    "verify": lambda draw: {**draw.classes(), **draw.some(privacy=draw.one(PRIVACIES))},
    "reclassify": lambda draw: {
        "kind": draw.one(KINDS),
        **draw.some(category=draw.one(CATEGORIES), title="Judul"),
    },
    "route": _route,
    "involve": lambda draw: {"agency": draw.agency()},
    "archive": lambda draw: {"reason_code": draw.one(REASONS), "text": "Maaf"},
    "transfer": lambda _: {"receiver": "Pengadilan"},
    "extend": _extend,
    "link-sp4n": lambda draw: {"tracking_id": str(draw.one(range(8)))},
    "refer-to-ombudsman": lambda draw: {"consent": True, **draw.some(reference="OMB-1")},
    "ask-reporter": lambda _: {"questions": ["Di mana?"]},
    "complete": lambda _: {"text": "Di sana"},
    "decline": lambda draw: {"suggested_agency": draw.agency()},
    "follow-up": lambda draw: {"text": "Sudah dilihat", **draw.some(public=True)},
    "respond": _answer,
    "draft-response": _answer,
    "commit": _commit,
    "keep-commitment": lambda draw: {"text": "Selesai", **draw.some(n=draw.one([1, 1, 2, 3]))},
    "excuse": _excuse,
    "note": lambda _: {"text": "Catatan"},
    "identity": lambda draw: {"reason_code": draw.one(WHY)},
    "grant-identity": _grant,
    "request-identity": lambda draw: {"reason_code": draw.one(WHY), "reference": "B/12/2026"},
    "set-privacy": lambda draw: {"privacy": draw.one(PRIVACIES)},
    "redact": lambda draw: {"title": "Disunting", "text": "Disunting", **draw.some(response="Disunting")},
    "accept-response": lambda draw: draw.some(rating=4, comment="Baik"),
    "rate": lambda _: {"rating": 5},
    "erase": lambda draw: {"basis": draw.one(BASES), **draw.some(reference="PDP/1")},
    "decide-objection": lambda draw: {"upheld": draw.one([True, False]), "text": "Karena"},
}
"""Those of the verbs that say more than a reason, and do not name another complaint."""
