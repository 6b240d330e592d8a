"""What the command says to the person at the terminal."""

import os
import select
import sys
import unicodedata
from collections.abc import Iterable
from typing import Any, NoReturn

import orjson
from rich.console import Console
from rich.table import Table

from tasks.errors import InputError


class Shown(Console):
    """Tables and trees on standard output, as they are: no markup, no emoji names, no colours for numbers."""

    def __init__(self) -> None:
        width = None if sys.stdout.isatty() else _WIDTH_IN_A_PIPE
        super().__init__(markup=False, highlight=False, emoji=False, width=width)

    def on_broken_pipe(self) -> None:
        """Let the command end as one whose reader has gone; Rich would end it as failed."""
        raise BrokenPipeError


_WIDTH_IN_A_PIPE = 10_000
_console = Console(stderr=True, highlight=False, markup=False, emoji=False, soft_wrap=True)


def visible(text: str) -> str:
    """Return `text` with a sign in place of every character that would act on the terminal."""
    return "".join(
        c if c.isprintable() or unicodedata.category(c) == "Zs" else "\N{REPLACEMENT CHARACTER}" for c in text
    )


def say(text: str) -> None:
    """Write a message to standard error; control characters in it are made harmless."""
    _console.print("\n".join(visible(line) for line in text.split("\n")))


def be_quiet(quiet: bool) -> bool:
    """If `quiet`, write only output and errors from now on; progress bars obey MINLEX_QUIET."""
    if quiet:
        os.environ["MINLEX_QUIET"] = "1"
        _console.quiet = True
    return quiet


def table_style(**asked: bool) -> str:
    """Return the style that was asked for, `table` if none; InputError for several."""
    chosen = [name for name, wanted in asked.items() if wanted]
    if len(chosen) > 1:
        names = ", ".join(f"--{name}" for name in asked)
        raise InputError(f"output must be one of {names}; got {' and '.join(f'--{name}' for name in chosen)}")
    return chosen[0] if chosen else "table"


def plain_table(columns: Iterable[tuple[str, str]]) -> Table:
    """Return an empty table without lines of these columns, (name, left or right) each; no header without names."""
    named = list(columns)
    table = Table(box=None, pad_edge=False, header_style="bold", show_header=any(name for name, _ in named))
    for name, justify in named:
        table.add_column(name, justify="right" if justify == "right" else "left", overflow="fold")
    return table


def print_table(table: Table, title: str | None = None) -> None:
    """Print a table, below its title and with an empty line after it if it has one."""
    shown = Shown()
    if title is not None:
        shown.print(title, style="bold")
    shown.print(table)
    if title is not None:
        shown.print()


def cell(value: Any) -> str:
    """Return a value as a cell of a table: six digits of a float, nothing for None."""
    text = "" if value is None else f"{value:.6g}" if isinstance(value, float) else str(value)
    return visible(text)


def output(text: str) -> None:
    """Write a line of the command's output."""
    sys.stdout.write(text + "\n")


def output_json(facts: dict[str, Any]) -> None:
    """Write one JSON object as a line of the command's output."""
    output(orjson.dumps(facts, default=str).decode())


def reader_has_gone() -> bool:
    """Return whether the reader of the output has gone; the rest of the output is then discarded."""
    try:
        written = sys.stdout.fileno()
    except OSError:
        return False
    ends = select.poll()
    ends.register(written, 0)
    if not any(event & select.POLLERR for _, event in ends.poll(0)):
        return False
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, written)
    os.close(nowhere)
    return True


def fail(text: str, code: int) -> NoReturn:
    """Say in one line what was wrong and end with `code`."""
    _console.quiet = False
    say("minlex: " + " ".join(text.split()))
    raise SystemExit(code)
