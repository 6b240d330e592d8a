"""What the command says to the person at the terminal."""

import os
import select
import sys
import unicodedata
from typing import Any, NoReturn

import orjson
from rich.console import Console


class Shown(Console):
    """Tables and trees on standard output."""

    def on_broken_pipe(self) -> None:
        """Let the command end as one whose reader has gone; Rich would end it as failed."""
        raise BrokenPipeError


_console = Console(stderr=True, highlight=False, markup=False, soft_wrap=True)


def visible(text: str) -> str:
    """Return `text` with a sign in place of every character that would act on the terminal."""
    return "".join(
        c if c.isprintable() or unicodedata.category(c) == "Zs" else "\N{REPLACEMENT CHARACTER}" for c in text
    )


def say(text: str) -> None:
    """Tell the person something, apart from the command's output; names in it may come from anywhere."""
    _console.print("\n".join(visible(line) for line in text.split("\n")))


def be_quiet(quiet: bool) -> bool:
    """Tell nothing from now on but output and errors, if `quiet`; progress bars go by MINLEX_QUIET."""
    if quiet:
        os.environ["MINLEX_QUIET"] = "1"
        _console.quiet = True
    return quiet


def shown_width() -> int | None:
    """Return the width of tables: the terminal's own, and all there is to show in a pipe."""
    return None if sys.stdout.isatty() else 10_000


def output(text: str) -> None:
    """Write a line of the command's output."""
    sys.stdout.write(text + "\n")


def output_json(facts: dict[str, Any]) -> None:
    """Write one JSON object as a line of the command's output."""
    output(orjson.dumps(facts, default=str).decode())


def reader_has_gone() -> bool:
    """Tell whether nobody reads the command's output any more; what is left of it then goes nowhere."""
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
