"""The `minlex` command."""

import errno
import os
from typing import Annotated, Any, NoReturn, cast

import typer

from flows.commands import corpora, questions, services, use
from flows.commands.train import train
from flows.console import Shown, fail, output
from flows.options import Quiet
from flows.purposes import ByPurpose, command_tree
from tasks.errors import CheckFailedError, InputError

INTERRUPTED = 130
USAGE_ERROR = cast(type[Exception], typer.BadParameter.__mro__[1])  # Typer does not export its name

app = typer.Typer(
    name="minlex",
    cls=ByPurpose,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
    help="Find the words of raw, unlabelled text by making the text cheaper to remember.\n\n"
    "Begin with `minlex demo`, then `minlex mine FOLDER --corpus NAME`. Every result is a table: "
    '`minlex sql "select * from demo.lexicon order by gain desc limit 20"`.',
    epilog="`minlex help` shows the commands as a tree. Results live in MINLEX_HOME, or in `data` below the current "
    "folder. Exit codes: 0 done, 1 failed, 2 bad input, 130 interrupted.",
)

for _group in (corpora, questions, services, use):
    app.add_typer(_group.commands)
app.add_typer(train, name="train")


@app.command("help")
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
        from flows.querying import shown_width

        Shown(markup=False, highlight=False, width=shown_width()).print(command_tree(context))
        return
    inner: Any = root.command
    for word in command:
        inner = getattr(inner, "commands", {}).get(word)
        if inner is None:
            raise InputError(f"{' '.join(command)!r} is no command; minlex help lists them")
    output(inner.get_help(typer.Context(inner, info_name=" ".join(command), parent=root)))


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


def _fail_usage(error: Any) -> NoReturn:
    told = error.format_message().strip().rstrip(".").replace("Value error, ", "")
    if not told:  # a group of commands that was given none has shown its help
        raise SystemExit(2)
    command = error.ctx.command_path if error.ctx else "minlex"
    fail(f"{told[0].lower()}{told[1:]}; see {command} --help", 2)


if __name__ == "__main__":
    main()
