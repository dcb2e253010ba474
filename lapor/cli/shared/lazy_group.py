"""A group whose commands are imported when one of them is asked for, so that ``lapor --help`` is quick."""

from collections.abc import Mapping
from importlib import import_module
from typing import Any, NamedTuple

import click
from click.shell_completion import CompletionItem


class LazyCommand(NamedTuple):
    """Where a command is (``module:attribute``), and the first paragraph of its help text.

    ``tests/cli/test_lazy_group.py`` compares that paragraph with the command's own.
    """

    target: str
    summary: str


class LazyGroup(click.Group):
    """A group that lists its ``lazy`` commands without importing them.

    ``commands`` holds a placeholder for each, with its name and summary: click suggests names from it.
    ``get_command`` returns the command itself.
    """

    def __init__(self, *args: Any, lazy: Mapping[str, LazyCommand], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.lazy = lazy
        for name, command in lazy.items():
            self.add_command(click.Command(name, help=command.summary))

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import a command and return it, or None if there is none of this name."""
        if cmd_name not in self.lazy:
            return super().get_command(ctx, cmd_name)
        module, _, attribute = self.lazy[cmd_name].target.partition(":")
        command: click.Command = getattr(import_module(module), attribute)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of commands from the placeholders."""
        click.Group(self.name, commands=self.commands).format_commands(ctx, formatter)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Complete the name of a command from the placeholders, or an option."""
        names = (name for name in self.list_commands(ctx) if name.startswith(incomplete))
        items = [CompletionItem(name, help=self.commands[name].get_short_help_str()) for name in names]
        return items + click.Command.shell_complete(self, ctx, incomplete)
