"""Write a new event of a complaint: its class, its place in the documentation and its fossil.

`make event NAME=SiteVisited PART=handling FIELDS="visited_on:date note:Sealed?"` writes into

- `lapor/domain/complaint/lifecycle/<part>.py`: the class, after the other events;
- `lapor/domain/complaint/events.py`: its name, in the list of all events;
- `docs/events.md` and `docs/glossary.md`: a section and a row;
- `tests/fossils/`: bytes that must load for ever.

`make fossil TOPIC=lapor.complaint.routed` writes another fossil of an event that got a new field.

A field's type is `str`, `int`, `bool`, `date`, `datetime`, `UUID`, or a name from `lapor.domain.vocabulary`
(`Sealed`, `Kind` …) or `lapor.domain.complaint.values`. A trailing `?` makes it optional.
"""

import argparse
import ast
import base64
import builtins
import dataclasses
import hashlib
import importlib
import re
import subprocess
import sys
from collections.abc import Sequence
from datetime import UTC, date, datetime, time
from enum import Enum
from pathlib import Path
from types import NoneType
from typing import Any, get_args, get_origin, get_type_hints
from uuid import UUID

ROOT = Path(__file__).parents[1]
LIFECYCLE = "lapor/domain/complaint/lifecycle"
LIST = "lapor/domain/complaint/events.py"
UNSAID = "to be described"
"""Placeholder in the pages, until somebody has written the meaning; a test finds it."""

_HOMES = ("datetime", "uuid", "lapor.domain.vocabulary", "lapor.domain.complaint.values")
_SAMPLES: dict[Any, Any] = {
    str: "contoh",
    int: 1,
    bool: True,
    float: 1.0,
    UUID: UUID("5d0b8c1e-2a3f-4b6c-8d9e-0f1a2b3c4d5e"),
    date: date(2026, 11, 27),
    datetime: datetime(2026, 11, 27, 9, 30, tzinfo=UTC),
    time: time(7, 30),
}


class NewEventError(Exception):
    """The event cannot be written; the message says why."""


@dataclasses.dataclass(frozen=True)
class NewEvent:
    """An event to be written; ``fields`` are pairs of name and annotation."""

    name: str
    part: str
    fields: tuple[tuple[str, str], ...]
    says: str
    indonesian: str

    @property
    def topic(self) -> str:
        return "lapor.complaint." + re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", self.name).lower()

    @property
    def source(self) -> str:
        """The class, in Python."""
        says = f"{self.says} ({self.indonesian})." if self.indonesian else f"{self.says}."
        lines = [
            f"class {self.name}(ComplaintEvent):",
            f'    """{says}"""',
            "",
            f'    TOPIC = "{self.topic}"',
            "    INTERNAL = True",
        ]
        lines += ["", *(f"    {name}: {hint}" for name, hint in self.fields)] if self.fields else []
        return "\n".join(lines) + "\n"


def field(text: str) -> tuple[str, str]:
    """Return name and annotation of ``name:Type`` or ``name:Type?``. Raises ``NewEventError``."""
    match = re.fullmatch(r"([a-z][a-z0-9_]*):([A-Za-z0-9]+)(\??)", text)
    if match is None:
        raise NewEventError(f"'{text}' is not written name:Type or name:Type?.")
    name, hint, optional = match.groups()
    return name, f"{hint} | None" if optional else hint


def write(event: NewEvent, root: Path = ROOT) -> list[Path]:
    """Write everything but the fossil; return the files. Raises ``NewEventError`` before it changes any."""
    module, listed = root / LIFECYCLE / f"{event.part}.py", root / LIST
    events, glossary = root / "docs" / "events.md", root / "docs" / "glossary.md"
    if not module.exists():
        parts = ", ".join(sorted(each.stem for each in module.parent.glob("[a-z]*.py")))
        raise NewEventError(f"There is no part '{event.part}'; there are {parts}.")
    if not re.fullmatch(r"([A-Z][a-z0-9]+)+", event.name):
        raise NewEventError(f"'{event.name}' is not a name such as SiteVisited, in the past tense.")
    prefix, _, last = event.topic.rpartition(".")
    reserved = re.search(rf"`{prefix}\.` [\w\s]*\b{last}\b", events.read_text().partition("## Reserved")[2])
    if reserved or f"### {event.topic}\n" in events.read_text():
        raise NewEventError(f"The topic {event.topic} is taken or reserved (docs/events.md).")
    changed = {
        module: _with_class(module.read_text(), event),
        listed: _listed(listed.read_text(), event),
        events: _documented(events.read_text(), event),
        glossary: _in_glossary(glossary.read_text(), event),
    }
    for path, text in changed.items():
        path.write_text(text)
    ruff = [sys.executable, "-m", "ruff"]
    for command in (["check", "-q", "--fix", "--select", "I,RUF022"], ["format", "-q"]):
        subprocess.run([*ruff, *command, module, listed], check=True, cwd=root)  # noqa: S603 - our own files
    return list(changed)


def _with_class(source: str, event: NewEvent) -> str:
    """Return a module with the class after its events and its imports before them."""
    lines, tree = source.splitlines(keepends=True), ast.parse(source)
    known = {alias.asname or alias.name for node in tree.body for alias in getattr(node, "names", ())}
    needed = {hint.removesuffix(" | None") for _, hint in event.fields} | {"ComplaintEvent"}
    imports = "".join(_import_of(name) for name in sorted(needed - known))
    ends = [
        node.end_lineno
        for node in tree.body
        if isinstance(node, ast.ClassDef) and ast.unparse(node.bases[0]).endswith("Event")
    ]
    first = next(n for n, node in enumerate(tree.body) if isinstance(node, ast.ClassDef | ast.Assign))
    end = ends[-1] if ends else tree.body[first - 1].end_lineno
    after_imports = tree.body[0].end_lineno
    assert end is not None  # noqa: S101 - parsed from a text
    assert after_imports is not None  # noqa: S101
    head, middle, rest = lines[:after_imports], lines[after_imports:end], lines[end:]
    return "".join([*head, "\n", imports, *middle, "\n\n", event.source, *rest])


def _import_of(name: str) -> str:
    if hasattr(builtins, name):
        return ""
    if name == "ComplaintEvent":
        return "from lapor.domain.complaint.complaint_event import ComplaintEvent\n"
    for home in _HOMES:
        if hasattr(importlib.import_module(home), name):
            return f"from {home} import {name}\n"
    raise NewEventError(f"There is no type '{name}' in {', '.join(_HOMES)}.")


def _listed(source: str, event: NewEvent) -> str:
    statement = f"from {LIFECYCLE.replace('/', '.')}.{event.part} import {event.name}\n"
    listing = "__all__ = [\n"
    end = ast.parse(source).body[0].end_lineno or 0  # the docstring; ruff sorts the imports
    lines = source.replace(listing, f'{listing}    "{event.name}",\n').splitlines(keepends=True)
    return "".join([*lines[:end], "\n", statement, *lines[end:]])


def _documented(text: str, event: NewEvent) -> str:
    """Return docs/events.md with a section before the one of agencies."""
    rows = [
        f"| `{name}` | {'sealed' if hint.startswith('Sealed') else 'clear'} | {UNSAID} |"
        for name, hint in event.fields
    ]
    table = ["", "| field | | meaning |", "|---|---|---|", *rows] if rows else []
    says = f"{event.says} (*{event.indonesian}*)." if event.indonesian else f"{event.says}."
    section = "\n".join([f"### {event.topic}", says, *table])
    head, title, rest = text.partition("## Agencies\n")
    return f"{head}{section}\n\n{title}{rest}"


def _in_glossary(text: str, event: NewEvent) -> str:
    says = event.says[:1].lower() + event.says[1:]
    return f"{text.rstrip()}\n| `{event.topic}` | {event.indonesian or UNSAID} | {says} |\n"


def sample(hint: Any, name: str) -> Any:
    """Return a value of a field's type, with nothing absent or empty in it."""
    inner = [each for each in get_args(hint) if each is not NoneType]
    if get_origin(hint) is tuple:
        return (sample(inner[0], name),)
    if inner:
        return sample(inner[0], name)
    if hint in _SAMPLES:
        return _SAMPLES[hint]
    if hasattr(hint, "__supertype__"):  # Sealed: 12 bytes of nonce, a padded text of 64, a tag of 16
        noise = hashlib.shake_256(name.encode()).digest(92)
        return f"s1.{base64.b64encode(noise).decode()}"
    if issubclass(hint, Enum):
        return next(iter(hint))
    return _filled(hint)


def _filled(made: Any, **given: Any) -> Any:
    hints = get_type_hints(made)
    names = [each.name for each in dataclasses.fields(made) if each.name not in given]
    return made(**given, **{name: sample(hints[name], name) for name in names})


def fossilise(topic: str, root: Path = ROOT) -> Path:
    """Write the next fossil of an event: the bytes that this release stores, with every field filled."""
    from lapor.domain.vocabulary import Role  # noqa: PLC0415 - after the class was written
    from lapor.store import codec  # noqa: PLC0415

    if topic not in codec.events_by_topic():
        raise NewEventError(f"There is no event {topic}.")
    folder = root / "tests" / "fossils"
    path = folder / f"{topic}.{len(list(folder.glob(f'{topic}.*.json'))) + 1}.json"
    event_class = codec.events_by_topic()[topic]
    clocks = {"starts": (), "stops": ()} if "starts" in get_type_hints(event_class) else {}
    event = _filled(
        event_class,
        originator_id=UUID("0b2c7d5e-4f1a-4c3b-9a8d-7e6f5a4b3c2d"),
        originator_version=2,
        timestamp=datetime(2026, 11, 24, 3, 15, 9, 123456, UTC),
        by="5b6ad1a2-0c3d-4e5f-8a9b-1c2d3e4f5a6b",
        role=Role.COORDINATOR,
        cause="7c9e6679-7425-40de-944b-e07fc1f90ae7",
        **clocks,
    )
    with path.open("xb") as file:
        file.write(codec.encode(event) + b"\n")
    return path


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the event and say which files were touched."""
    parser = argparse.ArgumentParser(prog="python -m tools.new_event", description=__doc__.splitlines()[0])
    parser.add_argument("name", help="the class, in the past tense: SiteVisited; with --fossil a topic")
    parser.add_argument("--fossil", action="store_true", help="write only another fossil of an event")
    parser.add_argument("--part", default="", help="a module of lapor/domain/complaint/lifecycle: handling")
    parser.add_argument("--fields", default="", help="'name:Type name:Type?' …")
    parser.add_argument("--says", default=UNSAID.capitalize(), help="what happened, without a full stop")
    parser.add_argument("--indonesian", default="", help="the Indonesian term")
    options = parser.parse_args(arguments)
    try:
        if options.fossil:
            files = [fossilise(options.name)]
        else:
            fields = tuple(field(text) for text in options.fields.split())
            event = NewEvent(options.name, options.part, fields, options.says.rstrip("."), options.indonesian)
            files = [*write(event), fossilise(event.topic)]
    except NewEventError as error:
        sys.exit(str(error))
    print(*(path.relative_to(ROOT) for path in files), sep="\n")  # noqa: T201 - a tool of the command line
    return 0


if __name__ == "__main__":
    sys.exit(main())
