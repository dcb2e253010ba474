"""Whether the service can serve people."""

from marshmallow import fields

from lapor.api.schemas.base import AnswerSchema


class LiveSchema(AnswerSchema):
    """The answer of a process that is alive."""

    live = fields.Boolean(required=True)


class FeederStateSchema(AnswerSchema):
    """Whether the projections are fed."""

    alive = fields.Boolean(required=True)
    seconds_since_beat = fields.Float(required=True, allow_none=True)


class ProjectionStateSchema(AnswerSchema):
    """A projection; ``lag`` counts events, ``failure`` says why it stopped."""

    name = fields.String(required=True)
    version = fields.Integer(required=True)
    table = fields.String(required=True)
    position = fields.Integer(required=True)
    lag = fields.Integer(required=True)
    failure = fields.String(required=True, allow_none=True)


class ReactionsStateSchema(AnswerSchema):
    """The state of the reactions: reminders, and other commands that time triggers."""

    seconds_since_beat = fields.Float(required=True)
    late_seconds = fields.Float(required=True)
    fired_at = fields.AwareDateTime(required=True, allow_none=True)
    due = fields.Integer(required=True)
    next_at = fields.AwareDateTime(required=True, allow_none=True)
    failed = fields.Integer(required=True)
    lag = fields.Integer(required=True)


class LedgerStateSchema(AnswerSchema):
    """The ledger: how many events are sealed, and how long the oldest other one waits."""

    size = fields.Integer(required=True)
    unsealed = fields.Integer(required=True)
    age_seconds = fields.Float(required=True)
    seconds_since_checkpoint = fields.Float(required=True, allow_none=True)
    failure = fields.String(required=True, allow_none=True)


class ReadySchema(AnswerSchema):
    """Whether people can be served, and what is wrong; only two fields if the database does not answer."""

    ready = fields.Boolean(required=True)
    database = fields.String(required=True)
    degraded = fields.String(allow_none=True)
    head = fields.Integer()
    feeder = fields.Nested(FeederStateSchema)
    behind = fields.List(fields.String())
    projections = fields.List(fields.Nested(ProjectionStateSchema))
    reactions = fields.Nested(ReactionsStateSchema, allow_none=True)
    ledger = fields.Nested(LedgerStateSchema, allow_none=True)
    warnings = fields.List(fields.String())
