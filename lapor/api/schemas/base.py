"""How the schema of an answer is written."""

from typing import Any

import marshmallow as ma
from marshmallow import fields

REQUIRED: Any = {"required": True}


def answer(title: str, /, **shown: fields.Field[Any]) -> ma.Schema:
    """A schema of an answer: for documentation and tests, not for dumping. Answers may grow."""
    return ma.Schema.from_dict(dict(shown), name=title)(unknown=ma.EXCLUDE)


def listed(title: str, item: ma.Schema, /, **more: fields.Field[Any]) -> ma.Schema:
    """A page of items with the cursor of the next."""
    return answer(
        title,
        items=fields.List(fields.Nested(item), **REQUIRED),
        next=nullable(fields.String, **REQUIRED),
        **more,
    )


def perhaps_withheld(title: str, /, **shown: fields.Field[Any]) -> ma.Schema:
    """An item of a list that, as of a past moment, may be no more than ``{"withheld": true}``."""
    for field in shown.values():
        field.required = False
    return answer(title, **shown, withheld=fields.Boolean())


def nullable(field: type[fields.Field[Any]], **given: Any) -> fields.Field[Any]:
    """A field that may be null."""
    return field(allow_none=True, **given)
