"""The model's verbs of the reporter, and of the end: questions, judgement, closing, and taking up again."""

from datetime import datetime, timedelta

from .common import Body, By, Common, Refused
from .promises import Thing

REOPENED_WITHIN = timedelta(days=30)


class ReporterVerbs(Common):
    """The reporter is asked, judges the answer, and may come back after the end, in time."""

    # -- questions to the reporter

    def ask_reporter(self, c: Thing, at: datetime, body: Body, by: By) -> None:
        self.once_more(c, "asked")
        self.pause(c, at)
        self.promise(c, "reporter_completion", None, at)
        c["returns_to"] = c["stage"]
        self.event(c, at, "completion_asked", "awaiting_reporter")

    def complete(self, c: Thing, at: datetime, body: Body, by: By) -> None:
        self.keep(c, at, "reporter_completion")
        self.resume(c, at)
        self.event(c, at, "completed", c["returns_to"])

    # -- the reporter, and the end

    def accept_response(self, c: Thing, at: datetime, body: Body, by: By) -> None:
        self.keep(c, at, "reporter_reply")
        self.event(c, at, "response_accepted")
        if "rating" in body:
            self.event(c, at, "rated")
        self.void(c, at)
        self.event(c, at, "closed", "closed")

    def reject_response(self, c: Thing, at: datetime, body: Body, by: By) -> None:
        self.once_more(c, "rejected")
        self.keep(c, at, "reporter_reply")
        self.promise(c, "resolve", c["agency"], at)
        self.event(c, at, "response_rejected", "in_progress")

    def rate(self, c: Thing, at: datetime, body: Body, by: By) -> None:
        self.event(c, at, "rated")

    def close(self, c: Thing, at: datetime, body: Body, by: By) -> None:
        if c["objection"]:
            raise Refused("limit_reached")
        self.void(c, at)
        self.event(c, at, "closed", "closed")

    def in_time(self, c: Thing, at: datetime) -> None:
        """Refuse to take up a complaint that ended over thirty days ago."""
        if c["ended"] and at > c["ended"] + REOPENED_WITHIN:
            raise Refused("limit_reached")

    def take_up(self, c: Thing, at: datetime, name: str) -> None:
        stage, step = ("in_progress", "resolve") if c["agency"] else ("filed", "verify")
        self.promise(c, step, c["agency"], at)
        c["agencies"] = c["agencies"] if c["agency"] else []
        self.event(c, at, name, stage)

    def reopen(self, c: Thing, at: datetime, body: Body, by: By) -> None:
        self.in_time(c, at)
        self.once_more(c, "reopened")
        self.take_up(c, at, "reopened")

    def object(self, c: Thing, at: datetime, body: Body, by: By) -> None:
        if c["objection"]:
            raise Refused("limit_reached")
        self.in_time(c, at)
        self.once_more(c, "objected")
        c["objection"] = True
        self.event(c, at, "objected")

    def decide_objection(self, c: Thing, at: datetime, body: Body, by: By) -> None:
        if not c["objection"]:
            raise Refused("limit_reached")
        self.no_part_in_it(c, by)
        c["objection"] = False
        if body["upheld"]:
            self.keep(c, at, "reporter_reply")
            self.take_up(c, at, "objection_decided")
        else:
            self.event(c, at, "objection_decided")

    def no_part_in_it(self, c: Thing, by: By) -> None:
        if by.id in c["handlers"]:
            raise Refused("not_allowed")

    def refer_to_ombudsman(self, c: Thing, at: datetime, body: Body, by: By) -> None:
        self.event(c, at, "referred_to_ombudsman")

    def withdraw(self, c: Thing, at: datetime, body: Body, by: By) -> None:
        if c["kind"] == "oversight":  # pursued without its reporter
            waited = c["stage"] == "awaiting_reporter"
            self.void(c, at, "reporter_completion")
            self.resume(c, at)
            self.event(c, at, "withdrawn", c["returns_to"] if waited else None)
        else:
            self.void(c, at)
            self.event(c, at, "withdrawn", "withdrawn")
            self.hide(c, at)
