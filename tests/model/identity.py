"""The model's verbs on what is told of a complaint, and to whom: names, privacy, personal data."""

from datetime import datetime, timedelta

from .common import Body, By, Common, Refused
from .promises import Thing
from .table import ENDED


class IdentityVerbs(Common):
    """Nobody learns more than they have a reason for, and nothing is kept longer than it has to be."""

    # -- who the reporter is

    def identity(self, c: Thing, at: datetime, body: Body, by: By) -> None:
        self.looked_for_a_reason(c, body, by)
        anonymous = c["privacy"] == "anonymous"
        if anonymous and not self.glass_is_open(c, at, by):
            raise Refused("limit_reached")
        if c["privacy"] == "confidential" and by.role == "national":
            raise Refused("not_allowed")
        if not c["named"]:
            raise Refused("limit_reached")
        self.event(c, at, "identity_viewed")

    def request_identity(self, c: Thing, at: datetime, body: Body, by: By) -> None:
        self.looked_for_a_reason(c, body, by)
        if c["privacy"] != "anonymous":
            raise Refused("limit_reached")
        self.event(c, at, "identity_requested")
        c["glass_asked"] = by.id, body["reason_code"], len(c["events"])

    def grant_identity(self, c: Thing, at: datetime, body: Body, by: By) -> None:
        if c["glass_asked"] is None:
            raise Refused("limit_reached")
        asker, why, version = c["glass_asked"]
        self.read(version, body)
        self.another(asker, by)
        c |= {"glass_asked": None, "glass_open": (asker, at)}
        self.keep_secret(c, why)
        self.event(c, at, "identity_granted")

    def read(self, version: int, body: Body) -> None:
        if body["request"] != version:
            raise Refused("invalid_field")

    def another(self, asker: str, by: By) -> None:
        if asker == by.id:
            raise Refused("not_allowed")

    def looked_for_a_reason(self, c: Thing, body: Body, by: By) -> None:
        if body["reason_code"] == "investigation" and by.role not in {"inspector", "dpo"}:
            raise Refused("invalid_field")
        self.keep_secret(c, body["reason_code"])

    def keep_secret(self, c: Thing, why: str) -> None:
        """The reporter is not told of the event that comes next, where it is for an investigation."""
        c["secret"] |= {len(c["events"]) + 1} if why == "investigation" else set()

    def glass_is_open(self, c: Thing, at: datetime, by: By) -> bool:
        officer, since = c["glass_open"] or ("", at)
        return officer == by.id and at <= since + timedelta(hours=72)

    # -- privacy, and what everybody may read

    def set_privacy(self, c: Thing, at: datetime, body: Body, by: By) -> None:
        if body["privacy"] == c["privacy"] or c["kind"] == "oversight":
            raise Refused("invalid_field")
        self.tighten(c, at, body["privacy"], by.role)

    def redact(self, c: Thing, at: datetime, body: Body, by: By) -> None:
        if c["privacy"] == "confidential":
            raise Refused("limit_reached")
        c["redacted"] = True
        self.event(c, at, "redacted", internal=True)

    def publish(self, c: Thing, at: datetime, body: Body, by: By) -> None:
        if c["privacy"] == "confidential" or not c["redacted"] or c["published"]:
            raise Refused("limit_reached")
        c["published"] = True
        self.event(c, at, "published")

    def unpublish(self, c: Thing, at: datetime, body: Body, by: By) -> None:
        if not c["published"]:
            raise Refused("limit_reached")
        c["published"] = False
        self.event(c, at, "unpublished")

    # -- personal data

    def request_erasure(self, c: Thing, at: datetime, body: Body, by: By) -> None:
        if c["requested"]:
            raise Refused("limit_reached")
        c["requested"] = True
        self.event(c, at, "erasure_requested")

    def erase(self, c: Thing, at: datetime, body: Body, by: By) -> None:
        if c["held"]:
            raise Refused("legal_hold")
        self.hide(c, at)
        self.void(c, at)
        self.event(c, at, "personal_data_erased", None if c["stage"] in ENDED else "closed")
        c["erased"] = True

    def place_legal_hold(self, c: Thing, at: datetime, body: Body, by: By) -> None:
        self.hold(c, at, "legal_hold_placed", held=True)

    def lift_legal_hold(self, c: Thing, at: datetime, body: Body, by: By) -> None:
        self.hold(c, at, "legal_hold_lifted", held=False)

    def hold(self, c: Thing, at: datetime, name: str, *, held: bool) -> None:
        if c["held"] is held:
            raise Refused("limit_reached")
        c["held"] = held
        self.event(c, at, name, internal=True)
