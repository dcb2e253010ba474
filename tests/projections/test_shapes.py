"""A projection whose rows or fold changed has another version: hashes of both are kept in shapes.json."""

import dataclasses
import importlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from projections.backlog.projection import BACKLOG
from tools.shapes import problems, reached, read, shapes

FOLD = '''
"""A fold."""

LIMIT = 3


def project(event, rows):
    """Keep a row."""
    for row in rows.of(event.stream):
        row.count = least(count=row.count + 1)


def least(count):
    return min(count, LIMIT)
'''


def test_no_projection_changed_without_its_version() -> None:
    assert list(problems(read(), shapes())) == []


@pytest.fixture
def code(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[str]]:
    """A function from edits of ``FOLD`` to the code that its fold reaches."""
    monkeypatch.syspath_prepend(tmp_path)

    def code_of(*edits: tuple[str, str]) -> list[str]:
        source = FOLD
        for old, new in edits:
            assert old in source
            source = source.replace(old, new)
        name = f"fold_{abs(hash(source))}"
        (tmp_path / f"{name}.py").write_text(source)
        module: Any = importlib.import_module(name)
        return list(reached(module.project).values())

    return code_of


@pytest.mark.parametrize(
    "edit",
    [
        ("Keep a row.", "Write a row."),
        ("row", "line"),
        ("(count)", "(count) -> int"),
        ("LIMIT = 3", "LIMIT = 3  # at most"),
        ("(event, rows)", "(event: object, rows: dict[str, object]) -> None"),
        ("LIMIT = 3", "LIMIT = 3\nUNUSED = 4"),
    ],
)
def test_an_edit_that_cannot_change_a_row_changes_no_shape(
    code: Callable[..., list[str]], edit: tuple[str, str]
) -> None:
    assert code(edit) == code()


@pytest.mark.parametrize(
    "edit",
    [
        ("LIMIT = 3", "LIMIT = 4"),
        ("+ 1", "+ 2"),
        (".count =", ".counted ="),
        ("min(", "max("),
        ("+ 1", "- 1"),
    ],
)
def test_an_edit_that_may_change_a_row_changes_the_shape(
    code: Callable[..., list[str]], edit: tuple[str, str]
) -> None:
    assert code(edit) != code()


@pytest.mark.parametrize(
    ("changed", "advice"),
    [
        ({"indexes": ("(agency)",)}, "Raise its version"),
        ({"history": ("lead",)}, "Raise its version"),
        ({"key": ("stream",)}, "Raise its version"),
        ({"rollup": None}, "Raise its version"),
        ({"project": problems}, "If any log may now give other rows, raise its version"),
        ({"version": 99}, "Run make shapes"),
    ],
)
def test_each_change_is_named_with_what_to_do(changed: dict[str, Any], advice: str) -> None:
    now = shapes([dataclasses.replace(BACKLOG, **changed)])

    (problem,) = problems(shapes([BACKLOG]), now)
    assert problem.startswith("backlog: ")
    assert advice in problem
