"""`make event` writes all of a new event but the meaning of its fields."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
COPIED = (
    "lapor",
    "projections",
    "tools",
    "docs",
    "tests/fossils",
    "tests/test_events_documented.py",
    "pyproject.toml",
)


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of what the tool reads and writes."""
    root = tmp_path_factory.mktemp("checkout")
    for name in COPIED:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, root / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROOT / name, root / name)
    return root


def run(root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    env = {**os.environ, "PYTHONPATH": str(root)}
    command = [sys.executable, "-m", *arguments]
    return subprocess.run(command, cwd=root, env=env, capture_output=True, text=True, check=False)


def new_event(root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return run(root, "tools.new_event", *arguments)


def test_a_new_event_is_complete_but_for_its_meaning(checkout: Path) -> None:
    fields = "visited_on:date note:Sealed? outcome:Outcome? seen_by:UUID"
    said = ("--says", "Somebody visited the place.", "--indonesian", "kunjungan lapangan")

    done = new_event(checkout, "SiteVisited", "--part", "handling", "--fields", fields, *said)

    assert done.stderr == ""
    fossil = "tests/fossils/lapor.complaint.site_visited.1.json"
    assert done.stdout.splitlines()[-1] == fossil
    assert {"visited_on", "note", "outcome", "seen_by", "reason"} <= json.loads(
        (checkout / fossil).read_text()
    ).keys()
    assert run(checkout, "ruff", "check", "lapor").stdout == "All checks passed!\n"
    tested = run(checkout, "pytest", "-q", "-p", "no:cacheprovider", "tests/test_events_documented.py").stdout
    assert re.findall(r"^FAILED (\S+)", tested, re.MULTILINE) == [  # the reason follows where CI is set
        "tests/test_events_documented.py::test_nothing_is_left_to_be_described[events.md]"
    ]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["Routed", "--part", "routing"], "is taken"),
        (["RoleTaken", "--part", "nowhere"], "There is no part 'nowhere'"),
        (["site_visited", "--part", "handling"], "is not a name"),
        (["PlaceSeen", "--part", "handling", "--fields", "on=date"], "is not written name:Type"),
        (["PlaceSeen", "--part", "handling", "--fields", "on:Day"], "There is no type 'Day'"),
    ],
)
def test_an_event_that_cannot_be_is_refused_before_anything_is_written(
    checkout: Path, arguments: list[str], says: str
) -> None:
    before = (checkout / "docs" / "events.md").read_bytes()

    done = new_event(checkout, *arguments)

    assert done.returncode == 1
    assert says in done.stderr
    assert (checkout / "docs" / "events.md").read_bytes() == before
