"""The README's walk through the service works as it is printed, from `lapor up` on."""

from pathlib import Path

from .running import blocks, lapor_up, run


def test_the_readmes_curl_flow_closes_a_complaint(tmp_path: Path) -> None:
    (script,) = blocks("README.md")

    with lapor_up() as env:
        said = run(script, env, tmp_path)

    assert '"stage":"closed"' in said
    assert "lapor.complaint.closed" in said
