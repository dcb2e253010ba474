"""`lapor --help` lists every command without importing it, as the command itself would be listed."""

import subprocess
import sys

import click
import pytest
from click.shell_completion import ShellComplete
from click.testing import CliRunner

from lapor.cli.main import COMMANDS, main

_IMPORTED = "import sys, lapor.cli; print(*sorted(sys.modules))"


@pytest.mark.parametrize("name", COMMANDS)
def test_the_summary_is_the_commands_own(name: str) -> None:
    command = main.get_command(click.Context(main), name)

    assert command is not None
    assert command.name == name
    assert " ".join((command.help or "").partition("\n\n")[0].split()) == COMMANDS[name].summary


def test_help_lists_all_commands() -> None:
    listed = CliRunner().invoke(main, ["--help"]).stdout.partition("Commands:\n")[2]

    assert [line.split()[0] for line in listed.splitlines()] == sorted(COMMANDS)


def test_neither_a_command_nor_the_api_is_imported_before_it_is_asked_for() -> None:
    done = subprocess.run([sys.executable, "-c", _IMPORTED], capture_output=True, text=True, check=True)

    imported = set(done.stdout.split())
    assert "lapor.cli.shared.lazy_group" in imported
    assert not imported & {"flask", "lapor.bootstrap"}
    assert not imported & {lazy.target.partition(":")[0] for lazy in COMMANDS.values()}


def test_help_of_a_command_needs_no_api() -> None:
    code = "from lapor.cli import main; import sys; main(['backlog', '--help'], standalone_mode=False)"
    code += "; print(*sorted(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert not set(done.stdout.split()) & {"flask", "lapor.bootstrap"}


def test_a_misspelt_command_is_suggested() -> None:
    assert "Did you mean 'backlog'?" in CliRunner().invoke(main, ["backlg"]).stderr


def test_a_shell_completes_names_and_options() -> None:
    completion = ShellComplete(main, {}, "lapor", "_LAPOR_COMPLETE")

    assert [(each.value, each.help) for each in completion.get_completions([], "ba")] == [
        ("backlog", "Show the backlog of an AGENCY, most urgent...")
    ]
    assert [each.value for each in completion.get_completions([], "--v")] == ["--version"]
    assert "rotate" in [each.value for each in completion.get_completions(["keys"], "ro")]
