"""The table of commands, from which `minlex --help` is written; a command is imported when it is run."""

import sys
from collections.abc import Iterator, MutableMapping
from importlib import import_module
from typing import Any, Literal, NamedTuple

import typer
from rich.tree import Tree
from typer.core import TyperCommand, TyperGroup
from typer.main import get_group

from flows.commands.console import reader_has_gone

MARKUP: Literal["markdown"] = "markdown"


class Entry(NamedTuple):
    """Where a command is, its purpose, and the first line of its docstring."""

    module: str
    purpose: str
    summary: str


BEGIN, LOOK, USE, TRAIN, KEEP, HELP = PURPOSES = (
    "Begin",
    "Look at what was found",
    "Use it",
    "Train and write",
    "Keep it running",
    "Find your way",
)
COMMANDS = {
    "demo": Entry(
        "demo",
        BEGIN,
        "Mine a month of newspapers, its word boundaries removed, and train a segmenter, topics and n-gram models "
        "on it.",
    ),
    "mine": Entry("mine", BEGIN, "Mine files into a corpus: read, count, find words, segment, report."),
    "report": Entry("report", LOOK, "Print the path of the newest report of a corpus."),
    "sql": Entry("sql", LOOK, "Query every table of every corpus with DuckDB's SQL."),
    "why": Entry(
        "why", LOOK, "Explain why a word was kept or dropped, with lines of the corpus it occurs in."
    ),
    "diff": Entry(
        "diff",
        LOOK,
        "Show what changed between two runs: files, settings, version, figures, words in, words out, shifts of use.",
    ),
    "compare": Entry(
        "compare",
        LOOK,
        "Show the words that distinguish two corpora: new in A, used more in A, used more in B.",
    ),
    "list": Entry(
        "corpora", LOOK, "List the corpora of a home: documents, characters, words, when each was mined last."
    ),
    "tables": Entry(
        "corpora", LOOK, "List the tables of a corpus and what they mean, or the columns of one."
    ),
    "segment": Entry(
        "segment", USE, "Segment text into words: a line in, its words separated by spaces out."
    ),
    "export": Entry(
        "export", USE, "Write the lexicon for another tool; the file appears whole or not at all."
    ),
    "train": Entry("train", TRAIN, "Train a model on a mined corpus."),
    "generate": Entry(
        "generate", TRAIN, "Write text with a language model, character by character or word by word."
    ),
    "convert": Entry(
        "generate", TRAIN, "Convert a TensorFlow checkpoint of GPT2_ML to safetensors, without TensorFlow."
    ),
    "up": Entry(
        "services",
        KEEP,
        "Start Prefect's server, a worker and every deployment on this machine; print the UI's address.",
    ),
    "down": Entry(
        "services", KEEP, "End the server, the worker and every flow run that `minlex up` started."
    ),
    "status": Entry(
        "services", KEEP, "Print which of the services of `minlex up` run; exit code 1 when one does not."
    ),
    "forget": Entry(
        "forget",
        KEEP,
        "Withdraw a batch from a corpus, exactly: what is left is as if its files had never come.",
    ),
    "gc": Entry(
        "gc",
        KEEP,
        "Remove what a corpus no longer needs: data of old runs, and leftovers of interrupted ones.",
    ),
    "drop": Entry(
        "corpora",
        KEEP,
        "Remove a corpus for good: its tables, models and reports; the files that it was mined from stay.",
    ),
    "help": Entry("help", HELP, "Show every command by what it is for, or explain one."),
}


class LazyCommands(MutableMapping[str, Any]):
    """The commands of COMMANDS by name, each imported when it is asked for."""

    def __init__(self) -> None:
        self._loaded: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
        """Return the command; KeyError when there is none of that name."""
        if name not in self._loaded:
            entry = COMMANDS[name]
            module = import_module(f"flows.commands.{entry.module}")
            module.commands.rich_markup_mode = MARKUP
            found = get_group(module.commands)
            self._loaded[name] = found if entry.module == name == "train" else found.commands[name]
            self._loaded[name].rich_help_panel = entry.purpose
        return self._loaded[name]

    def __setitem__(self, name: str, command: Any) -> None:
        self._loaded[name] = command

    def __delitem__(self, name: str) -> None:
        del self._loaded[name]

    def __iter__(self) -> Iterator[str]:
        return iter(COMMANDS)

    def __len__(self) -> int:
        return len(COMMANDS)


class LazyGroup(TyperGroup):
    """The commands in the order of COMMANDS, each in the panel of its purpose; done when their reader has gone."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.commands = LazyCommands()
        self._listing = False

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
        return list(COMMANDS)

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Write the help of the group from the table alone."""
        self._listing = True
        try:
            super().format_help(ctx, formatter)
        finally:
            self._listing = False

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """Return a command, imported now; while the group's help is written, its entry in the table."""
        if self._listing:
            entry = COMMANDS[cmd_name]
            return TyperCommand(cmd_name, help=entry.summary, rich_help_panel=entry.purpose)
        return super().get_command(ctx, cmd_name)


def command_tree(context: typer.Context) -> Tree:
    """Return every command under its purpose, with what it does."""
    group = context.find_root().command
    tree = Tree("minlex", guide_style="dim")
    for purpose in PURPOSES:
        branch = tree.add(purpose, style="bold")
        for name, entry in COMMANDS.items():
            if entry.purpose == purpose:
                _add(branch, name, group.commands[name])  # type: ignore[attr-defined]
    return tree


def _add(branch: Tree, name: str, command: Any) -> None:
    inner = getattr(command, "commands", {})
    leaf = branch.add(f"{name:<10}{command.get_short_help_str(limit=200)}", style="not bold")
    for word, below in inner.items():
        _add(leaf, word, below)
