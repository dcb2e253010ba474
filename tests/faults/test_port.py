"""Two services never take turns on one port."""

import socket
from pathlib import Path

import pytest
from click.testing import CliRunner

from lapor.cli import main, serve


@pytest.mark.parametrize("command", ["up", "serve"])
def test_a_port_that_another_service_answers_on_is_refused(
    command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(serve, "_PATIENCE", 0.1)
    monkeypatch.setenv("LAPOR_DATABASE_URL", "postgresql:///nobody?host=/nowhere")
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)  # as the web server does
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = str(other.getsockname()[1])

        said = CliRunner().invoke(main, [command, "--port", port, "--data", str(tmp_path)])

    assert said.exit_code == 1
    assert f"Port {port} of 127.0.0.1: Address already in use" in said.output


def test_a_port_that_was_just_left_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as before:
        port = before.getsockname()[1]
        with socket.create_connection(("127.0.0.1", port)):
            before.accept()[0].close()  # leaves the port in TIME_WAIT

    serve.await_port("127.0.0.1", port)
