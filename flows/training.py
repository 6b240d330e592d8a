"""The commands `minlex train KIND`."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from flows.console import say
from flows.options import Corpus, Home
from tasks.store import Store, check_corpus_name

train = typer.Typer(
    no_args_is_help=True,
    help="Train a model on a corpus that is mined. What was cut off resumes with the same command.",
)

Epochs = Annotated[int | None, typer.Option(min=1, help="Epochs at most.")]
Seed = Annotated[int | None, typer.Option(min=0, help="Seed of every draw.")]
Threads = Annotated[int | None, typer.Option(min=1, help="Threads of training.")]


@train.command()
def topics(
    corpus: Corpus,
    home: Home = None,
    model: Annotated[
        Literal["plsa", "vae"] | None,
        typer.Option(
            help="A mixture fitted by EM, or a product of experts with a learned posterior.",
            show_default="plsa",
        ),
    ] = None,
    number: Annotated[
        int | None, typer.Option("--topics", min=2, help="Number of topics.", show_default="50")
    ] = None,
    settings: Annotated[
        Path | None, typer.Option(help="TOML file with tables [topics] and [topics.training].")
    ] = None,
    epochs: Epochs = None,
    seed: Seed = None,
    threads: Threads = None,
) -> None:
    """Learn what the documents are about: topics of words, and which topics each document has.

    Stop words are told by how often and how evenly they occur. A tenth of the documents is held out; topics that
    foretell it worse than plain word frequencies are refused. Fills the tables `topics`, `doc_topics`, `doc_map`.

    Example: `minlex train topics --corpus demo --topics 30`
    """
    from flows.configure import training_settings
    from flows.mining import quiet_server
    from tasks.publish import home_folder, mined_settings
    from tasks.settings import TopicSettings

    check_corpus_name(corpus)
    mined_settings(corpus, home)
    chosen = training_settings(
        TopicSettings, "topics", settings,
        model=model, topics=number, epochs=epochs, seed=seed, threads=threads,
    )  # fmt: skip
    if chosen.model == "vae":
        _need_torch()
    with quiet_server(home_folder(home)):
        from flows.train_topics import train_topics

        page = train_topics(corpus, home_folder(home), chosen)
    found = _figures(corpus, home)
    say(
        f"perplexity {found['topics_perplexity']:.1f}, of plain frequencies "
        f"{found['topics_unigram_perplexity']:.1f}; coherence {found['topics_npmi_held_out']:.3f} on documents "
        f"held out, diversity {found['topics_diversity']:.2f}"
    )
    say(f"report: {page}")


def _figures(corpus: str, home: str | None) -> dict[str, float]:
    from tasks.publish import home_folder

    store = Store(home_folder(home))
    newest = store.published_datasets(corpus, "metrics")[-1]
    return {row["metric"]: row["value"] for row in store.read(newest).to_pylist()}


def _need_torch() -> None:
    import importlib.util

    from tasks.errors import InputError

    if importlib.util.find_spec("torch") is None:
        raise InputError("training needs torch; install it with: pip install 'minlex[train]'")
