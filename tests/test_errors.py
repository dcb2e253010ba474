"""Every refusal has a code of its own and an HTTP status."""

from collections import Counter

from lapor.api.http import problems
from lapor.domain.errors import Refusal

REFUSALS = Refusal.__subclasses__()


def test_no_two_refusals_have_one_code() -> None:
    assert {code for code, count in Counter(each.code for each in REFUSALS).items() if count > 1} == set()


def test_every_refusal_has_an_http_status() -> None:
    assert set(problems._STATUS) == set(REFUSALS), "say its status in lapor/api/http/problems.py"
