"""The command `minlex help`."""

from typing import Annotated, Any

import typer

from flows.commands.app import command_tree
from flows.commands.console import Shown, output
from flows.commands.options import Quiet
from tasks.errors import InputError

commands = typer.Typer()


@commands.command("help")
def help_(
    context: typer.Context,
    command: Annotated[
        list[str] | None, typer.Argument(help="Command to explain; all when left out.")
    ] = None,
    quiet: Quiet = False,
) -> None:
    """Show every command by what it is for, or explain one.

    Example: `minlex help train crf`
    """
    root = context.find_root()
    if not command:
        Shown().print(command_tree(context))
        return
    inner: Any = root.command
    for word in command:
        inner = getattr(inner, "commands", {}).get(word)
        if inner is None:
            raise InputError(f"{' '.join(command)!r} is no command; minlex help lists them")
    output(inner.get_help(typer.Context(inner, info_name=" ".join(command), parent=root)))
