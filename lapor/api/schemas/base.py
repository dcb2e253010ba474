"""Base classes for schemas of answers and queries; how answers are made and checked.

An answer is made by the application, as a dict or a dataclass, and written by msgspec in one pass
(``lapor.api.http.blueprint.json_response``). Its schema is not used for that: it makes the answer's
description in ``/openapi.json``, and in the tests every answer is checked against that description. There
every object is closed: a field that the schema does not name fails the test, and so does a required one that
is missing. Where the two differ, the schema is mended.

``schema.dump`` would make the answer and its description one, but it is slow: a complaint takes 95 µs, and
msgspec alone 2; a list of 50 takes 1,280 µs, and msgspec alone 24
(``docs/adr/0019-check-answers-and-do-not-dump-them.md``).
"""

from typing import Any

import marshmallow as ma
from marshmallow import fields, validate

from lapor.api.schemas.fields import InstantField


class AnswerSchema(ma.Schema):
    """An answer or a part of one. Answers may grow: clients must accept fields that they do not know."""

    class Meta:  # noqa: D106 - marshmallow's options
        unknown = ma.EXCLUDE


class PageSchema(AnswerSchema):
    """A page of a list; a subclass adds its ``items``. ``next`` is the cursor of the next page, or null."""

    next = fields.String(required=True, allow_none=True)


class AnyOf(fields.Raw):
    """A field that has one of several forms, each of them a field."""

    def __init__(self, *forms: fields.Field[Any], **given: Any) -> None:
        super().__init__(**given)
        self.forms = forms


class PageQuerySchema(ma.Schema):
    """The query of a list: ``limit`` (1–200, refused beyond, never clamped) and ``cursor``."""

    limit = fields.Integer(load_default=50, validate=validate.Range(1, 200))
    cursor = fields.String(validate=validate.Length(max=200))


class AtQuerySchema(ma.Schema):
    """The query of a past state: as of an instant."""

    at = InstantField()


class AsOfQuerySchema(AtQuerySchema):
    """The query of one complaint's past: as of an instant, or of a position in the log."""

    position = fields.Integer(validate=validate.Range(1))
