"""The checker of plain English finds what it is for, and nothing else."""

from pathlib import Path

import pytest

from tools.prose import breaches, check, main, texts

MODULE = '''"""Deadlines of a complaint."""

LIMIT = 5  # what a policy
# allows at most


def decide(name: str) -> str:
    """Return a sentence.

    Whoever reads it knows more. The reader is done.
    """
    return f"The officer {name} did {his} work." or "He is " "told."
'''


def found(text: str) -> list[str]:
    return [why.partition("'")[2].partition("'")[0] for _, why, _ in breaches(text)]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("What a policy allows at most.", ["What"]),
        ("It is stored. Of the events, none is lost.", ["Of"]),
        ("- Who asks is recorded.\n- They ask.", ["Who"]),
        ("| `route` | Whose turn it is |", ["Whose"]),
        ("**What** it ends.", ["What"]),
        ("The officer erases his own name.", ["his"]),
        ("A row is written anew, beside the table.", ["anew"]),
        ("Whoever he is.", ["Whoever", "he", "Whoever"]),
    ],
)
def test_a_habit_is_found_in_a_sentence(text: str, words: list[str]) -> None:
    assert sorted(found(text)) == sorted(words)


@pytest.mark.parametrize(
    "text",
    [
        "What does a policy allow?",
        "## Who may do what?",
        "| What | Why |",
        "The caller, who is not an officer, gets a 404.",
        "They asked for `his_name` in [a page](beside.md).",
        "```\nWhat a shell prints.\n```",
        "There, the other help.",
        "Continue, or begin with --anew.",
        "<!-- prose: off -->\nWhat he wrote.\n<!-- prose: on -->",
    ],
)
def test_plain_text_a_question_and_code_are_left_alone(text: str) -> None:
    assert found(text) == []


def test_comments_docstrings_and_strings_of_a_module_are_read() -> None:
    lines = dict(texts(MODULE))

    assert lines[3] == "What a policy\nallows at most"
    assert lines[1] == "Deadlines of a complaint."
    assert [found(text) for text in lines.values() if found(text)] == [
        ["What"],
        ["Whoever", "Whoever"],
        ["He"],
    ]


def test_the_name_of_a_test_is_read_as_a_sentence() -> None:
    source = """
def test_what_is_wrong_is_told(): ...
class TestRows:
    async def test_a_row_is_written_anew_by_his_clerk(self): ...
def test_a_row_is_kept(): ...
def what_is_kept(): ...
"""

    assert list(texts(source)) == [
        (2, "What is wrong is told"),
        (5, "A row is kept"),
        (4, "A row is written anew by his clerk"),
    ]
    assert [found(text) for _, text in texts(source)] == [["What"], [], ["his", "anew"]]


def test_a_breach_names_file_and_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "lapor").mkdir()
    (tmp_path / "lapor" / "limits.py").write_text(MODULE)
    (tmp_path / "README.md").write_text("# Lapor\n\nThe service\nis here. Of all things, this.\n")

    assert [(each.file, each.line) for each in check(tmp_path)] == [
        ("lapor/limits.py", 3),
        ("lapor/limits.py", 10),
        ("lapor/limits.py", 10),
        ("lapor/limits.py", 12),
        ("README.md", 4),
    ]
    assert main(["--count", str(tmp_path)]) == 1
    assert capsys.readouterr().out == "5\n"
