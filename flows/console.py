"""What the command says to the person at the terminal."""

import os
import sys
from typing import NoReturn

from rich.console import Console

_console = Console(stderr=True, highlight=False, markup=False, soft_wrap=True)


def say(text: str) -> None:
    """Tell the person something, apart from the command's output."""
    _console.print(text)


def be_quiet(quiet: bool) -> bool:
    """Tell nothing from now on but output and errors, if `quiet`; progress bars go by MINLEX_QUIET."""
    if quiet:
        os.environ["MINLEX_QUIET"] = "1"
        _console.quiet = True
    return quiet


def output(text: str) -> None:
    """Write a line of the command's output."""
    sys.stdout.write(text + "\n")


def fail(text: str, code: int) -> NoReturn:
    """Say in one line what was wrong and end with `code`."""
    _console.quiet = False
    say("minlex: " + " ".join(text.split()))
    raise SystemExit(code)
