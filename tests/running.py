"""`lapor up` as a newcomer runs it, and scripts from the documentation next to it."""

import os
import re
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from .faults.slack import slack
from .ports import free_port

ROOT = Path(__file__).parents[1]
LAPOR = [sys.executable, "-m", "lapor"]
_BASH = re.compile(r"^```bash\n(.*?)^```$", re.DOTALL | re.MULTILINE)


def blocks(document: str) -> list[str]:
    """The document's blocks of bash."""
    return _BASH.findall((ROOT / document).read_text())


def run(script: str, env: dict[str, str], folder: Path, *, seconds: float = 60) -> str:
    """Run a script in a second terminal; all that it says. Fails when any of its commands does."""
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        env=env,
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=seconds * slack(),
    )
    assert done.returncode == 0, done.stdout
    return done.stdout


@contextmanager
def lapor_up(*before: Sequence[str], options: Sequence[str] = ()) -> Iterator[dict[str, str]]:
    """`lapor up` on an empty folder, on which the commands ``before`` are run first.

    Gives the environment of a second terminal.
    """
    with tempfile.TemporaryDirectory(prefix="lapor-up-") as folder:
        Path(folder).chmod(0o711)
        port = free_port()
        env = {**os.environ, "LAPOR_DATA": f"{folder}/data", "PORT": str(port)}
        for words in before:
            subprocess.run(
                [*LAPOR, *words], env=env, cwd=folder, check=True, capture_output=True, timeout=60 * slack()
            )
        process = subprocess.Popen([*LAPOR, "up", *options], env=env, cwd=folder)
        try:
            _await_ready(port, process)
            yield {**env, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
        finally:
            process.send_signal(signal.SIGINT)
            assert process.wait(20 * slack()) == 0


def _await_ready(port: int, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 30 * slack()
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/health/ready", timeout=2):
                return
        except OSError:
            time.sleep(0.05)
    raise AssertionError("lapor up did not get ready")
