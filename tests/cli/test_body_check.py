"""The command line and the import check a body by the rules and in the words of the API."""

import re
from datetime import date
from enum import Enum
from typing import Any
from uuid import UUID, uuid4

import marshmallow as ma
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lapor.api.schemas.bodies import schema
from lapor.application.commands import agencies, calendars, officers, retention, sla_policies
from lapor.cli.shared.opening_hours import DayAndHours, hours_body
from lapor.domain.body_check import InvalidBodyError, check
from lapor.domain.command_fields import Field, MustBeTrue, Number, Pattern, Reference, Text, fields_of
from lapor.domain.complaint import WORKFLOW, Complaint
from lapor.domain.errors import InvalidFieldError
from lapor.domain.vocabulary import Kind

DECLARED: dict[str, tuple[Field, ...]] = {
    **{name: verb.fields for name, verb in WORKFLOW.items()},
    "file": fields_of(Complaint.file),
    "register agency": agencies.REGISTERING,
    "rename agency": agencies.RENAMING,
    "decree holidays": calendars.DECREEING,
    "add year": calendars.ADDING_A_YEAR,
    "confirm year": calendars.CONFIRMING_A_YEAR,
    "appoint": officers.APPOINTING,
    "erase officer": officers.ERASING,
    "adopt retention": retention.ADOPTING,
    "adopt policy": sla_policies.ADOPTING,
}
SCHEMAS = {name: schema("Body", fields) for name, fields in DECLARED.items()}

CODES = [
    "bekasi",
    "A-1",
    "BINAMARGA",
    "12345678",
    "LP-2026-ABCDE",
    "2026",
    "36.04.01.2001",
    "3604012001",
    "a.b/c 1",
]
PLAIN = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-400, 400_000),
    st.floats(-400, 400),
    st.sampled_from(["", " ", " x ", "a b", "A-1", "x" * 65, "x" * 201, "x" * 10_001]),
    st.sampled_from(
        ["2026-02-28", "2026-02-30", "20260228", str(uuid4()), "complaint", "follow_up", "07:30"]
    ),
)
ANY = st.one_of(
    PLAIN, st.lists(PLAIN, max_size=3), st.dictionaries(st.sampled_from(["x"]), PLAIN, min_size=1)
)


def valid(field: Field) -> st.SearchStrategy[Any]:
    """One value that fits the declaration."""
    if field.nested:
        return st.deferred(lambda: body_of(field.nested))
    match field.rule:
        case Number(least=least, most=most):
            whole = st.sampled_from([int(least), int(most)]) | st.integers(int(least), int(most))
            return whole if field.type is int else whole | st.floats(least, most)
        case Pattern(regex=regex):
            return st.sampled_from([text for text in CODES if re.fullmatch(regex, text)])
        case MustBeTrue():
            return st.just(True)
        case Text(least=least, most=most):
            return st.sampled_from(["words", " A-1\n", "x" * least, "x" * most])
        case Reference():
            return st.sampled_from([" A-1\n", "x" * 64])
    if isinstance(field.type, type) and issubclass(field.type, Enum):
        return st.sampled_from([code.value for code in field.type])
    plain = {bool: st.booleans(), date: st.dates().map(str), UUID: st.uuids().map(str)}
    return plain[field.type]


def mostly(one: st.SearchStrategy[Any], other: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.integers(0, 9).flatmap(lambda n: other if n == 5 else one)


def value(field: Field) -> st.SearchStrategy[Any]:
    fits = valid(field)
    if field.many:
        fits = st.lists(mostly(fits, PLAIN), min_size=1, max_size=min(field.many.most + 1, 5))
    return mostly(fits, ANY)


def body_of(fields: tuple[Field, ...]) -> st.SearchStrategy[dict[str, Any]]:
    required = {field.name: value(field) for field in fields if field.required}
    more = {field.name: value(field) for field in fields if not field.required}
    whole = st.fixed_dictionaries(required, optional=more)
    partial = st.fixed_dictionaries({}, optional=required | more | {"unknown": PLAIN})
    return mostly(whole, partial)


def by_marshmallow(name: str, body: dict[str, Any]) -> tuple[dict[str, Any] | None, str]:
    """Return the body as the API loads it, and the sentence about the first wrong field."""
    try:
        return SCHEMAS[name].load(body), ""
    except ma.ValidationError as error:
        field, says = next(iter(error.messages_dict.items()))
        return None, f"{field}: {says[0] if isinstance(says, list) else says}"


@pytest.mark.parametrize("name", DECLARED)
@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_both_read_the_same_from_a_body_or_refuse_it_in_the_same_words(
    name: str, data: st.DataObject
) -> None:
    body = data.draw(body_of(DECLARED[name]))

    values, sentence = by_marshmallow(name, body)

    if values is not None:
        assert check(DECLARED[name], body) == values
    else:
        with pytest.raises(InvalidFieldError) as refused:
            check(DECLARED[name], body)
        assert refused.value.sentence == sentence
        assert refused.value.details == {"errors": {sentence.partition(":")[0]: [sentence]}}


def test_values_may_have_their_types_already() -> None:
    fields = fields_of(Complaint.file)
    body = {
        "title": "t",
        "text": "x",
        "kind": Kind.COMPLAINT,
        "consent": True,
        "happened_on": date(2026, 1, 2),
    }

    assert check(fields, body) == body


def test_the_violation_of_a_nested_object_is_named_and_its_value_kept() -> None:
    limits = [{"step": "resolve", "limit": 999, "unit": "working_day", "source": "x"}]
    body = {"name": "nn", "regulation": "r", "effective_from": "2026-01-01", "limits": limits}

    with pytest.raises(InvalidBodyError) as refused:
        check(sla_policies.ADOPTING, body)

    assert (refused.value.violation.field, refused.value.violation.value) == ("limit", 999)
    assert refused.value.sentence.startswith("limits: {0: {'limit': ['Must be greater than")


@pytest.mark.parametrize(
    ("week", "extra", "says"),
    [
        ([("mon", "7", "15:00")], [], "Write a time of day such as 07:30."),
        ([], [("2026-12-25", "24:00", "25:00")], "Write a time of day such as 07:30."),
        ([], [("tomorrow", "07:00", "15:00")], "Not a valid date."),
    ],
)
def test_hours_that_are_none_are_refused(
    week: list[DayAndHours], extra: list[DayAndHours], says: str
) -> None:
    with pytest.raises(InvalidFieldError, match=says):
        hours_body(date(2026, 1, 1), None, week, extra)
