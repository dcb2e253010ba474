"""The README's way through the service works as it is printed, from `lapor up` on."""

import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
LAPOR = [sys.executable, "-m", "lapor"]


def free_port() -> int:
    """A port below the kernel's own range for clients."""
    for port in range(20_000 + os.getpid() % 5_000, 30_000):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) != 0:
                return port
    raise AssertionError


@pytest.fixture
def running() -> Iterator[dict[str, str]]:
    """`lapor up` on an empty folder; the environment of a second terminal."""
    with tempfile.TemporaryDirectory(prefix="lapor-up-") as folder:
        Path(folder).chmod(0o711)
        port = free_port()
        env = {**os.environ, "LAPOR_DATA": f"{folder}/data", "PORT": str(port)}
        process = subprocess.Popen([*LAPOR, "up"], env=env, cwd=folder)
        try:
            await_ready(port, process)
            yield {**env, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
        finally:
            process.send_signal(signal.SIGINT)
            assert process.wait(20) == 0


def await_ready(port: int, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/health/ready", timeout=2):
                return
        except OSError:
            time.sleep(0.05)
    raise AssertionError("lapor up did not get ready")


def test_the_readmes_curl_flow_closes_a_complaint(running: dict[str, str], tmp_path: Path) -> None:
    (script,) = re.findall(r"```bash\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)

    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        env=running,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )

    assert done.returncode == 0, done.stdout + done.stderr
    assert '"stage":"closed"' in done.stdout
    assert "lapor.complaint.closed" in done.stdout
