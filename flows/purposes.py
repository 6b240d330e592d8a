"""The commands by what they are for."""

import sys
from typing import Any

import typer
from rich.tree import Tree
from typer.core import TyperGroup

from flows.console import reader_has_gone

PURPOSES = {
    "Begin": ("demo", "mine"),
    "Look at what was found": ("report", "sql", "why", "diff", "compare"),
    "Use it": ("segment", "export"),
    "Train and write": ("train", "generate", "convert"),
    "Keep it running": ("up", "down", "status", "forget", "gc"),
    "Find your way": ("help",),
}
_PURPOSE_OF = {command: purpose for purpose, commands in PURPOSES.items() for command in commands}


class ByPurpose(TyperGroup):
    """The commands in the order of PURPOSES, each in the panel of its purpose; done when their reader has gone."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        for name, command in self.commands.items():
            command.rich_help_panel = _PURPOSE_OF.get(name)  # type: ignore[attr-defined]

    def invoke(self, ctx: Any) -> Any:
        """Run a command. Typer would call it failed when `head` has read enough of what it writes."""
        try:
            result = super().invoke(ctx)
            sys.stdout.flush()
            return result
        except BrokenPipeError:
            if reader_has_gone():
                raise SystemExit(0) from None
            raise RuntimeError("a process that the command began has ended before it") from None

    def list_commands(self, ctx: Any) -> list[str]:
        """Return the names of the commands, in order."""
        order = list(_PURPOSE_OF)
        return sorted(self.commands, key=lambda name: order.index(name) if name in order else len(order))


def command_tree(context: typer.Context) -> Tree:
    """Return every command under its purpose, with what it does."""
    group = context.find_root().command
    tree = Tree("minlex", guide_style="dim")
    for purpose, names in PURPOSES.items():
        branch = tree.add(purpose, style="bold")
        for name in names:
            _add(branch, name, group.commands[name])  # type: ignore[attr-defined]
    return tree


def _add(branch: Tree, name: str, command: Any) -> None:
    inner = getattr(command, "commands", {})
    leaf = branch.add(f"{name:<10}{command.get_short_help_str(limit=200)}", style="not bold")
    for word, below in inner.items():
        _add(leaf, word, below)
