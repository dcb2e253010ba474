"""The shape of the source tree: class names are unique, folders stay small, packages say what they are."""

import ast
import tomllib
from collections import Counter, defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PRODUCT = ("lapor", "projections")
EVERYTHING = (*PRODUCT, "tools", "tests", "benchmarks")
MOST_MODULES = 17
"""The most modules in one folder, without its ``__init__.py``."""


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(), path.name)


def modules(*folders: str) -> Iterator[Path]:
    for folder in folders:
        yield from sorted((ROOT / folder).rglob("*.py"))


def short(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def test_no_class_name_is_defined_twice() -> None:
    defined = defaultdict(list)
    for path in modules(*EVERYTHING):
        for node in ast.walk(tree_of(path)):
            if isinstance(node, ast.ClassDef):
                defined[node.name].append(f"{short(path)}:{node.lineno}")

    assert {name: places for name, places in defined.items() if len(places) > 1} == {}


def test_no_folder_of_the_product_holds_more_modules_than_one_reads_at_a_glance() -> None:
    sizes = Counter(short(path.parent) for path in modules(*PRODUCT) if path.stem != "__init__")

    assert sizes
    assert {folder: size for folder, size in sizes.items() if size > MOST_MODULES} == {}


@pytest.mark.parametrize("folder", sorted({short(path.parent) for path in modules(*PRODUCT, "tools")}))
def test_every_package_says_what_it_is(folder: str) -> None:
    package = ROOT / folder / "__init__.py"

    assert package.exists()
    assert ast.get_docstring(tree_of(package))


def test_the_borders_of_the_questions_know_each_of_them() -> None:
    folder = ROOT / "projections"
    machinery = {"engine", "running", "catalogue", "__init__"}
    questions = {
        f"projections.{path.stem}"
        for path in folder.iterdir()
        if (path.suffix == ".py" or (path / "__init__.py").exists()) and path.stem not in machinery
    }
    config = tomllib.loads((ROOT / "pyproject.toml").read_text())
    contracts = {each["name"]: each for each in config["tool"]["importlinter"]["contracts"]}

    assert questions <= {*contracts["The engine of the projections knows no question"]["forbidden_modules"]}
    assert questions == {*contracts["Questions do not know what runs them"]["source_modules"]}
