"""Every refusal has a code of its own, an HTTP status, and details that the API documents."""

import ast
import inspect
from collections import Counter

from lapor.api.http import problems
from lapor.api.schemas.problem import RefusalSchema
from lapor.domain import errors
from lapor.domain.errors import Refusal

REFUSALS = Refusal.__subclasses__()


def test_no_two_refusals_have_one_code() -> None:
    assert {code for code, count in Counter(each.code for each in REFUSALS).items() if count > 1} == set()


def test_every_refusal_has_an_http_status() -> None:
    assert set(problems._STATUS) == set(REFUSALS), "say its status in lapor/api/http/problems.py"


def test_the_api_documents_each_detail_of_a_refusal() -> None:
    calls = [node for node in ast.walk(ast.parse(inspect.getsource(errors))) if isinstance(node, ast.Call)]
    details = {
        keyword.arg
        for call in calls
        if isinstance(call.func, ast.Attribute) and call.func.attr == "__init__"
        for keyword in call.keywords
    }

    assert details
    assert details - {None} <= set(RefusalSchema().fields), "name it in lapor/api/schemas/problem.py"
