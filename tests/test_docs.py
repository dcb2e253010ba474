"""The documentation says what is so: its blocks of bash work, its links, paths and diagrams match the code.

Blocks of the tutorial and the how-to run in order, on one `lapor up --demo`.
"""

import json
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from tools import lifecycle

from .running import ROOT, blocks, lapor_up, run

DOCS = sorted(path.relative_to(ROOT).as_posix() for path in (ROOT / "docs").rglob("*.md"))
PAGES = sorted({path.name for path in ROOT.glob("*.md")} | set(DOCS))
ARCHITECTURE = (ROOT / "docs" / "architecture.md").read_text()
SHORT = ("demo", "--complaints", "20")
"""The demo of the tutorial, with fewer complaints."""
_DOCTOR = "env -u LAPOR_CLOCK lapor doctor"  # which rightly finds fault with a clock that is set


@pytest.fixture(scope="module")
def terminal() -> Iterator[dict[str, str]]:
    """Return the environment of a second terminal next to a demo."""
    with lapor_up(SHORT, options=["--demo"]) as env:
        yield env


def _output_by_block(document: str, env: dict[str, str], folder: Path) -> list[str]:
    """Return the output of each block; one shell runs all of them."""
    parts = [block.replace("lapor doctor", _DOCTOR) for block in blocks(document)]
    assert parts
    mark = "-- the next block begins --"
    return run(f"echo '{mark}'\n".join(parts), env, folder, seconds=180).split(mark)


@pytest.mark.xdist_group("docs")
def test_the_tutorial_leads_a_newcomer_to_the_proof(terminal: dict[str, str], tmp_path: Path) -> None:
    output = _output_by_block("docs/tutorial.md", terminal, tmp_path)
    (_, around, filed, unseen, found, routed, stale, owed, handled, accepted, now, then, proved, sla) = output

    assert '"ready": true' in around
    assert "DSDABMBK" in around
    assert '"receipt"' in filed
    assert '"not_found"' in unseen
    (code,) = re.findall(r'"code": "(LP-[^"]+)"', filed)
    assert re.findall(r'"code": "([^"]+)"', found)[0] == code
    assert re.findall(r'"step": "(\w+)"', routed) == ["accept", "follow_up", "resolve", "legal_limit"]
    assert '"stale_version"' in stale
    assert f"{code}\trouted\taccept" in owed
    assert '"stage": "responded"' in handled
    assert accepted.rpartition('"stage"')[2].startswith(': "closed"')
    assert f"{code}: closed" in now
    assert '"response": null' in then
    assert f"{code}: routed" in then
    assert "no differences" in proved
    assert '"compliance"' in sla
    assert '"rows": []' in sla


@pytest.mark.xdist_group("docs")
def test_the_how_to_does_what_it_says(terminal: dict[str, str], tmp_path: Path) -> None:
    output = _output_by_block("docs/how-to.md", terminal, tmp_path)
    _, tokens, imported, rebuilt, then, handed, _, decreed, adopted, *more = output
    accessed, breached, due, checked, kept, exported, proof = more

    assert '"counts"' in tokens
    assert '"not_signed_in"' in tokens
    assert re.findall(r"^imported\t(\d+)", imported, re.MULTILINE) == ["2"]
    assert "Rebuilt up to position" in rebuilt
    assert "\tresolve\t" in then
    assert "lapor.export.made" in handed
    assert "no breaches" in handed
    assert '"becomes":"id-2026/2"' in decreed
    assert "2027-12-23\tCuti Bersama Natal" in decreed
    assert "bekasi/1\tfrom 2099-01-01\tfollow_up\tevery kind\t4" in adopted
    assert "items" in json.loads(accessed)
    assert breached.strip() == ""
    assert "Pasal 46" in (tmp_path / "breach.html").read_text()
    assert "Thursday 2026-03-26T16:00+07:00" in due
    assert "opens with this master key" in checked
    assert "no differences" in checked
    assert "no findings" in kept
    assert "It is valid." in exported
    assert "(lapor.complaint.filed): is in the log, with these bytes." in proof


@pytest.mark.parametrize("document", PAGES)
def test_links_within_the_documentation_lead_somewhere(document: str) -> None:
    path = ROOT / document
    targets = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", path.read_text())

    assert [target for target in targets if not (path.parent / target).exists()] == []


@pytest.mark.parametrize("document", PAGES)
def test_links_to_a_heading_find_it(document: str) -> None:
    path = ROOT / document
    targets = re.findall(r"\]\(([^)#:]*\.md)?#([^)]+)\)", path.read_text())

    assert [f"{name}#{anchor}" for name, anchor in targets if anchor not in _anchors(path, name)] == []


def _anchors(path: Path, name: str) -> set[str]:
    """Return the anchors of the headings of the linked page, in the form that GitHub gives them."""
    text = (path.parent / name if name else path).read_text()
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("document", PAGES)
def test_the_paths_that_the_documentation_names_exist(document: str) -> None:
    named = re.findall(
        r"`((?:lapor|projections|tests|tools|benchmarks|docs)/[\w./-]*)`", (ROOT / document).read_text()
    )

    assert [path for path in named if not (ROOT / path).exists()] == []


def test_every_decision_has_a_status_and_a_line_in_the_index() -> None:
    index = (ROOT / "docs" / "adr" / "README.md").read_text()

    for path in sorted((ROOT / "docs" / "adr").glob("0*.md")):
        heading, _, status = path.read_text().splitlines()[:3]
        ((number, title),) = re.findall(r"^# (\d+)\. (.+)$", heading)
        said = re.match(r"\*\*Status:\*\* (accepted|superseded)", status)
        assert said, path.name
        assert f"| [{number}]({path.name}) | {title} | {said[1]}" in index


def test_the_floors_are_those_that_are_checked() -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    (layers,) = (contract["layers"] for contract in contracts if contract["type"] == "layers")
    drawn = re.findall(r'^    \w+\["(.+?)<br>', ARCHITECTURE, re.MULTILINE)

    assert [set(re.split(r" [|·] ", row)) for row in drawn] == [set(row.split(" | ")) for row in layers]


def test_the_life_cycle_is_that_of_the_workflow_table() -> None:
    drawn = ARCHITECTURE.partition("<!-- lifecycle -->")[2].partition("<!-- /lifecycle -->")[0]

    assert drawn == f"\n```mermaid\n{lifecycle.mermaid()}\n```\n", (
        "paste what `python -m tools.lifecycle` prints"
    )
