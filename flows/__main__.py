"""The `minlex` command."""

import errno
import gc
import os
from typing import Annotated, Any, NoReturn, cast

import typer

from flows.commands.app import MARKUP, LazyGroup
from flows.commands.console import fail
from tasks.errors import CheckFailedError, InputError

INTERRUPTED = 130
USAGE_ERROR = cast(type[Exception], typer.BadParameter.__mro__[1])  # Typer does not export its name

app = typer.Typer(
    name="minlex",
    cls=LazyGroup,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=MARKUP,
    help="Find the words of raw, unlabelled text by making the text cheaper to remember.\n\n"
    "Begin with `minlex demo`, then `minlex mine FOLDER --corpus NAME`. Every result is a table: "
    '`minlex sql "select * from demo.lexicon order by gain desc limit 20"`.',
    epilog="`minlex help` shows the commands as a tree. Results live in MINLEX_HOME, or in `data` below the current "
    "folder. Exit codes: 0 done, 1 failed, 2 bad input, 130 interrupted.",
)


def _version(asked: bool) -> None:
    if asked:
        from importlib.metadata import version

        typer.echo(f"minlex {version('minlex')}")
        raise typer.Exit


@app.callback()
def minlex(
    version: Annotated[
        bool, typer.Option("--version", help="Print the version.", callback=_version, is_eager=True)
    ] = False,
) -> None:
    """Find the words of raw, unlabelled text."""


def main() -> None:
    """Run the command; bad input ends with one line on standard error and exit code 2."""
    try:
        code = app(prog_name="minlex", standalone_mode=False) or 0
        if code == INTERRUPTED:
            fail("interrupted; what was begun by mine or train goes on when it is given again", code)
        raise SystemExit(code)
    except InputError as error:
        fail(str(error), 2)
    except USAGE_ERROR as error:
        _fail_usage(error)
    except CheckFailedError as error:
        fail(str(error), 1)
    except OSError as error:
        if error.errno == errno.ENOSPC:
            fail(
                "no space left where the results go; free some, or give another --home; "
                "what was published before is untouched",
                1,
            )
        where = f" ({error.filename})" if error.filename else ""
        fail(f"{error.strerror or error}{where}; what was published before is untouched", 1)
    except Exception as error:
        if os.environ.get("MINLEX_DEBUG"):
            raise
        fail(f"unexpected {type(error).__name__}: {error}; set MINLEX_DEBUG=1 to see where", 1)
    finally:
        # The process ends: looking through all that was loaded for garbage would take a third of a second.
        gc.freeze()


def _fail_usage(error: Any) -> NoReturn:
    message = error.format_message().strip().rstrip(".").replace("Value error, ", "")
    if not message:  # a group of commands that was given none has shown its help
        raise SystemExit(2)
    command = error.ctx.command_path if error.ctx else "minlex"
    fail(f"{message[0].lower()}{message[1:]}; see {command} --help", 2)


if __name__ == "__main__":
    main()
