"""The pictures of the life-cycle are what the workflow table says."""

import inspect
from pathlib import Path

from lapor.domain.complaint import WORKFLOW, Complaint
from lapor.domain.complaint.lifecycle.filing import Filing
from tools import lifecycle

ARCHITECTURE = Path(__file__).parents[2] / "docs" / "architecture.md"


def test_the_docstring_of_a_complaint_draws_the_workflow() -> None:
    drawn = (inspect.getdoc(Complaint) or "").partition("::\n\n")[2]

    assert inspect.cleandoc(drawn) == lifecycle.text(), "paste what `python -m tools.lifecycle` prints"


def test_the_workflow_is_in_the_order_of_a_complaints_life() -> None:
    parts = [part.__name__ for part in Complaint.__bases__]
    order = [verb.method.__qualname__.partition(".")[0] for verb in WORKFLOW.values()]

    assert Complaint.__bases__[0] is Filing
    assert order == sorted(order, key=parts.index)
    assert set(order) <= set(parts)
