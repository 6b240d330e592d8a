"""What the command says to the person at the terminal."""

import sys
from typing import NoReturn

from rich.console import Console

_console = Console(stderr=True, highlight=False, markup=False, soft_wrap=True)


def say(text: str) -> None:
    """Tell the person something, apart from the command's output."""
    _console.print(text)


def output(text: str) -> None:
    """Write a line of the command's output."""
    sys.stdout.write(text + "\n")


def fail(text: str, code: int) -> NoReturn:
    """Say in one line what was wrong and end with `code`."""
    say("minlex: " + " ".join(text.split()))
    raise SystemExit(code)
