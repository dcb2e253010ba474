"""The model's verbs on promises alone: more time for one, and excuses for what was missed."""

from datetime import datetime

from .common import Body, By, Common, Refused
from .promises import Owed, Thing
from .table import limit


class DeadlineVerbs(Common):
    """A promise is put off once, while it can be kept, and each miss is excused by its number."""

    def extend(self, c: Thing, at: datetime, body: Body, by: By) -> None:
        step, owed = body["step"], (body["step"], body.get("agency", c["agency"]))
        if step not in {"follow_up", "resolve"}:
            raise Refused("invalid_field")
        self.once_only(c, owed)
        if not self.still_to_be_kept(c, owed, at):
            raise Refused("limit_reached")
        if body["working_days"] > (limit(step, c["kind"]) or (0, ""))[0]:
            raise Refused("invalid_field")
        self.put_off(c, owed, body["working_days"], at)
        due = c["clocks"][owed]["due"]
        if any(c["clocks"][legal]["due"] < due for legal in self.owed(c, "legal_limit")):
            raise Refused("limit_reached")
        self.event(c, at, "deadline_extended")

    def once_only(self, c: Thing, owed: Owed) -> None:
        if owed in c["extended"]:
            raise Refused("limit_reached")

    def excuse(self, c: Thing, at: datetime, body: Body, by: By) -> None:
        missed = self.missed(c, body["step"], at)
        n = body.get("n", max(missed, default=0))
        if n not in missed:
            raise Refused("invalid_field")
        if missed[n] is None and by.role == "coordinator":
            raise Refused("not_allowed")
        c["excused"].add((body["step"], n))
        self.event(c, at, "deadline_excused")
