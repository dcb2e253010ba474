"""The shape of each projection's table and fold, in hashes: `make shapes` writes them, a test holds them.

A projection whose rows or whose meaning changed must get a new ``version``: only then are its tables built
again. Two hashes remember what a version was: ``table`` covers what PostgreSQL stores, ``fold`` the code that
fills it. Renaming a local name, a comment, a docstring or an annotation changes neither.
"""

import ast
import hashlib
import importlib
import inspect
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any, get_args, get_type_hints

import msgspec

from projections.catalogue import PROJECTIONS
from projections.engine.columns import columns
from projections.engine.projection import Projection

FILE = Path(__file__).parents[1] / "tests" / "projections" / "shapes.json"
Shapes = Mapping[str, Mapping[str, str | int]]

_FOLLOWED = ("projections.", "lapor.domain.")
_IGNORED_FIELDS = {"annotation", "returns", "type_comment", "type_params", "kind", "ctx"}


def shapes(projections: Sequence[Projection] = PROJECTIONS) -> Shapes:
    """Return version, ``table`` and ``fold`` of each projection, by name."""
    return {
        each.name: {"version": each.version, "table": _hash(_table(each)), "fold": _hash(_fold(each))}
        for each in projections
    }


def problems(recorded: Shapes, now: Shapes) -> Iterator[str]:
    """Yield a sentence for each projection that is not what was recorded, with what to do about it."""
    for name in sorted(recorded.keys() | now.keys()):
        was, is_ = recorded.get(name), now.get(name)
        if was is None or is_ is None or was["version"] != is_["version"]:
            yield f"{name}: its version is not the one in shapes.json. Run make shapes."
        elif was["table"] != is_["table"]:
            yield f"{name}: its table changed. Raise its version, then run make shapes."
        elif was["fold"] != is_["fold"]:
            yield (
                f"{name}: its fold changed. If any log may now give other rows, raise its version. "
                "Then, or if no row can differ, run make shapes."
            )


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _table(projection: Projection) -> str:
    """Return what determines the tables: columns, fields within JSON, keys, indexes, history, rollup."""
    rollup = projection.rollup
    parts: list[object] = [
        [column.definition for column in columns(projection.row)],
        sorted(_within_json(projection.row, set())),
        projection.key,
        projection.indexes,
        projection.history,
        projection.history_indexes,
        (rollup.dimensions, rollup.measures) if rollup else None,
        sorted(event.TOPIC for event in projection.reads if hasattr(event, "TOPIC")),
    ]
    return json.dumps(parts)


def _within_json(struct: type[msgspec.Struct], seen: set[Any]) -> Iterator[str]:
    for name, hint in get_type_hints(struct).items():
        if name not in struct.__struct_fields__:
            continue
        for nested in _structs(hint):
            if nested not in seen:
                seen.add(nested)
                yield f"{name}: {', '.join(nested.__struct_fields__)}"
                yield from _within_json(nested, seen)


def _structs(hint: Any) -> Iterator[type[msgspec.Struct]]:
    if isinstance(hint, type) and issubclass(hint, msgspec.Struct):
        yield hint
    for argument in get_args(hint):
        yield from _structs(argument)


def _fold(projection: Projection) -> str:
    """Return the code that a fold can reach, without what has no influence on rows."""
    roots: list[Any] = [projection.project, projection.row]
    if projection.rollup:
        roots.append(projection.rollup.counts_of)
    return "\n".join(reached(*roots).values())


def reached(*roots: Any) -> dict[str, str]:
    """Return, by full name, the code of functions, classes and constants that these definitions reach.

    Names are followed into ``projections`` and into functions and constants of ``lapor.domain``. Classes of
    the domain count by name: their stored fields are held by fossils.
    """
    found: dict[str, str] = {}
    waiting = [(root.__module__, root.__qualname__) for root in roots]
    while waiting:
        module, name = waiting.pop()
        full = f"{module}.{name}"
        definition = _definitions(module).get(name)
        if definition is None or full in found:
            continue
        if module.startswith("lapor.") and isinstance(definition, ast.ClassDef):
            continue
        if isinstance(definition, ast.ImportFrom | ast.Import):
            waiting.extend(_imported(definition, name))
            continue
        found[full] = _text(definition, _local_names(definition))
        waiting.extend((module, used) for used in _used_names(definition))
    return dict(sorted(found.items()))


@cache
def _definitions(module: str) -> Mapping[str, ast.stmt]:
    """Return the statement of a module that defines each of its names."""
    loaded: ModuleType = importlib.import_module(module)
    found: dict[str, ast.stmt] = {}
    for statement in ast.parse(inspect.getsource(loaded)).body:
        match statement:
            case ast.FunctionDef() | ast.ClassDef():
                found[statement.name] = statement
            case ast.Import(names=names) | ast.ImportFrom(names=names):
                found |= {alias.asname or alias.name: statement for alias in names}
            case ast.Assign(targets=targets):
                found |= {name: statement for target in targets for name in _used_names(target)}
            case ast.AnnAssign(target=target):
                found |= dict.fromkeys(_used_names(target), statement)
    return found


def _imported(statement: ast.Import | ast.ImportFrom, name: str) -> Iterator[tuple[str, str]]:
    if isinstance(statement, ast.ImportFrom) and f"{statement.module}.".startswith(_FOLLOWED):
        for alias in statement.names:
            if (alias.asname or alias.name) == name:
                yield str(statement.module), alias.name


def _used_names(node: ast.AST) -> Iterator[str]:
    """Yield the names that code loads, without those in annotations of functions."""
    if isinstance(node, ast.Name):
        yield node.id
    for field, value in ast.iter_fields(node):
        if field not in _IGNORED_FIELDS:
            for child in value if isinstance(value, list) else [value]:
                if isinstance(child, ast.AST):
                    yield from _used_names(child)


def _local_names(definition: ast.stmt) -> dict[str, str]:
    """Return a neutral name for each name that a function binds, in order of appearance."""
    if not isinstance(definition, ast.FunctionDef):
        return {}
    bound: dict[str, str] = {}
    for node in ast.walk(definition):
        names: list[str | None] = []
        match node:
            case ast.Name(id=name, ctx=ast.Store()):
                names = [name]
            case ast.MatchAs(name=name) | ast.MatchStar(name=name) | ast.MatchMapping(rest=name):
                names = [name]
            case ast.arguments():
                positional = [*node.posonlyargs, *node.args]
                names = [each.arg for each in positional]  # keyword-only names belong to the callers
        for name in names:
            if name is not None:
                bound.setdefault(name, f"local{len(bound)}")
    return bound


def _text(node: Any, names: Mapping[str, str]) -> str:
    """Return a node as text that is the same on every release of Python."""
    if isinstance(node, list):
        return "[" + ",".join(_text(each, names) for each in node if not _is_docstring(each)) + "]"
    if not isinstance(node, ast.AST):
        return repr(names.get(node, node) if isinstance(node, str) else node)
    if isinstance(node, ast.Constant):
        return repr(node.value)
    if isinstance(node, ast.Attribute):
        return f"{_text(node.value, names)}.{node.attr}"
    if isinstance(node, ast.keyword):
        return f"{node.arg}={_text(node.value, names)}"
    ignored = _IGNORED_FIELDS - ({"annotation"} if isinstance(node, ast.AnnAssign) and not names else set())
    fields = (
        f"{name}={_text(value, names)}"
        for name, value in ast.iter_fields(node)
        if value not in (None, []) and name not in ignored
    )
    return f"{type(node).__name__}({','.join(fields)})"


def _is_docstring(node: Any) -> bool:
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    )


def read() -> Shapes:
    """Return what was recorded."""
    found: Shapes = json.loads(FILE.read_text())
    return found


def main() -> int:
    """Record the shapes as they are; refuse if a table changed and its version did not."""
    recorded, now = read() if FILE.exists() else {}, shapes()
    refused = [problem for problem in problems(recorded, now) if "Raise its version" in problem]
    if refused:
        print(*refused, sep="\n", file=sys.stderr)  # noqa: T201 - a tool of the command line
        return 1
    FILE.write_text(json.dumps(now, indent=2) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
