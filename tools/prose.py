"""A checker of plain English: `python -m tools.prose` prints each sentence that breaks a rule of style.

It reads docstrings, comments and strings of the product, these tools, the tests and the benchmarks.
It also reads the names of test functions, and the pages in Markdown.
`docs/reference.md` is left out, for it is written from the code; so is what stands between
`<!-- prose: off -->` and `<!-- prose: on -->`. The rules are explained in `docs/writing.md`.
"""

import argparse
import ast
import io
import re
import sys
import tokenize
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

ROOT = Path(__file__).parents[1]
PACKAGES = ("lapor", "projections", "tools", "tests", "benchmarks")
GENERATED = {"docs/reference.md"}
QUOTING = {"tools/prose.py", "tests/test_prose.py"}
"""Modules whose rules and examples quote the words that the check refuses."""
RULES: tuple[tuple[re.Pattern[str], str], ...] = (
    (
        re.compile(r"^(?:Of|Who|Whom|Whose|Whoever|What|Whatever)(?=\** +\S+ +\S)(?!.*\?\W*$)"),
        "begins with a bare '{}': name the subject, or ask a question",
    ),
    (
        re.compile(r"\b(?:he|his|him|himself|she|hers?|herself)\b", re.IGNORECASE),
        "says '{}': say 'they', or name the role",
    ),
    (
        re.compile(
            r"(?<!--)\b(?:anew|beside|thereof|therein|whoever|whatever|be it|to be had)\b",
            re.IGNORECASE,
        ),
        "says '{}': use a plain word",
    ),
)
"""Patterns that no sentence may match, and why."""

_OFF = re.compile(r"<!-- prose: off -->.*?(?:<!-- prose: on -->|\Z)", re.DOTALL)
_FENCE = re.compile(r"^(```|~~~).*?^\1", re.MULTILINE | re.DOTALL)
_CODE = re.compile(r"``[^`]+``|`[^`\n]+`")
_TARGET = re.compile(r"(?<=\])\([^)\s]*\)")
_BLOCK = re.compile(r"\n[ \t]*\n|\n(?=\s*(?:[-*#>|] ?|\d+\. ))|(?<!\\)\|")
_SENTENCE = re.compile(r"(?<=[.!?])[\"')*_]*\s+(?=[\"'(*_]*[A-Z_])")
_BARE = re.compile(r"^(?:who|whom|whose|whoever|what|whatever)\b")
_LEAD = " \t\n-*#>\"'(_"


@dataclass(frozen=True)
class Breach:
    """One sentence that breaks a rule."""

    file: str
    line: int
    why: str
    sentence: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.why}: {self.sentence}"


def breaches(text: str) -> Iterator[tuple[int, str, str]]:
    """Yield (lines before it, reason, sentence) for each sentence of a text that breaks a rule."""
    plain = text
    for kind in (_OFF, _FENCE, _CODE, _TARGET):
        plain = kind.sub(_masked, plain)
    for start, block in _parts(_BLOCK, plain):
        for offset, part in _parts(_SENTENCE, block):
            sentence = part.lstrip(_LEAD)
            end = start + offset + len(part)
            begin = end - len(sentence)
            for rule, why in RULES:
                found = rule.search(" ".join(sentence.split()))
                if found:
                    yield plain.count("\n", 0, begin), why.format(found[0]), " ".join(text[begin:end].split())


def _masked(match: re.Match[str]) -> str:
    return re.sub(r"[^\n]", "_", match[0])


def _parts(separator: re.Pattern[str], text: str) -> Iterator[tuple[int, str]]:
    """Yield each part between separators with its offset."""
    start = 0
    for match in separator.finditer(text):
        yield start, text[start : match.start()]
        start = match.end()
    yield start, text[start:]


def texts(source: str) -> Iterator[tuple[int, str]]:
    """Yield (line, text) of each comment, string and test name; adjacent comment lines are one text."""
    tree = ast.parse(source)
    return chain(_comments(source), _strings(tree), _test_names(tree))


def _comments(source: str) -> Iterator[tuple[int, str]]:
    first, lines, last = 0, list[str](), 0
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type != tokenize.COMMENT or token.string.startswith(("#!", "# type:", "# noqa")):
            continue
        line = token.start[0]
        if lines and line != last + 1:
            yield first, "\n".join(lines)
            lines = []
        first, last = (first if lines else line), line
        text = token.string.lstrip("# ")
        lines.append(text if lines else _BARE.sub(lambda word: word[0].title(), text))
    if lines:
        yield first, "\n".join(lines)


def _strings(node: ast.AST) -> Iterator[tuple[int, str]]:
    match node:
        case ast.Constant(value=str(text)) if " " in text:  # one word alone is a name
            yield node.lineno, text
        case ast.JoinedStr(values=values):
            yield node.lineno, "".join(str(v.value) if isinstance(v, ast.Constant) else "`x`" for v in values)
        case _:
            for child in ast.iter_child_nodes(node):
                yield from _strings(child)


def _test_names(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Yield each test function's name as a sentence: ``test_a_row_is_kept`` says "A row is kept"."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_"):
            name = node.name.removeprefix("test_").replace("_", " ")
            yield node.lineno, name[:1].upper() + name[1:]


def check(root: Path = ROOT) -> Iterator[Breach]:
    """Yield every breach below a folder."""
    for package in PACKAGES:
        for path in sorted((root / package).rglob("*.py")):
            name = path.relative_to(root).as_posix()
            if name in QUOTING:
                continue
            for line, text in texts(path.read_text()):
                yield from (Breach(name, line + more, why, said) for more, why, said in breaches(text))
    pages = (page for pattern in ("*.md", ".github/**/*.md", "docs/**/*.md") for page in root.glob(pattern))
    for path in sorted(pages):
        name = path.relative_to(root).as_posix()
        if name not in GENERATED:
            found = breaches(path.read_text())
            yield from (Breach(name, line + 1, why, said) for line, why, said in found)


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the breaches, or their number; return 1 if there is any."""
    parser = argparse.ArgumentParser(prog="python -m tools.prose", description="Check for plain English.")
    parser.add_argument("--count", action="store_true", help="print only how many there are")
    parser.add_argument("root", nargs="?", type=Path, default=ROOT, help="another checkout")
    options = parser.parse_args(arguments)
    found = list(check(options.root))
    lines = [str(len(found))] if options.count else [str(breach) for breach in found]
    print(*lines, sep="\n", end="\n" if lines else "")  # noqa: T201 - a tool of the command line
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
