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
def crf(
    corpus: Corpus,
    home: Home = None,
    gold: Annotated[
        Path | None,
        typer.Option(
            help="Gold words to learn from: word/tag, words parted by blanks, CoNLL or BMES columns."
        ),
    ] = None,
    gold_format: Annotated[
        Literal["tagged", "spaced", "conll", "bmes"] | None,
        typer.Option(help="Format of the gold files.", show_default="told by their first lines"),
    ] = None,
    test: Annotated[Path | None, typer.Option(help="Gold words to score on as well.")] = None,
    silver: Annotated[
        bool | None,
        typer.Option(help="Learn from how the corpus was cut without labels.", show_default="without --gold"),
    ] = None,
    encoder: Annotated[
        Literal["cnn", "bilstm", "cnn-reference"] | None,
        typer.Option(help="Network below the chain.", show_default="cnn"),
    ] = None,
    output: Annotated[
        Literal["crf", "softmax"] | None,
        typer.Option(help="Tags chosen together or each by itself.", show_default="crf"),
    ] = None,
    recut: Annotated[
        bool, typer.Option("--recut", help="Cut the corpus with it: fills `tokens`, `words`.")
    ] = False,
    settings: Annotated[
        Path | None, typer.Option(help="TOML file with tables [crf] and [crf.training].")
    ] = None,
    epochs: Epochs = None,
    seed: Seed = None,
    threads: Threads = None,
) -> None:
    """Train a segmenter: a conditional random field on gold words, on the mined ones, or on both.

    A share of the documents is held out; it says when to stop, and how good the model is. Cut with it by
    `minlex segment --model crf`.

    Example: `minlex train crf --corpus demo --gold words.txt`
    """
    from flows.configure import training_settings
    from flows.mining import quiet_server
    from tasks.crf.gold import check_classes
    from tasks.evaluation.gold import load_gold
    from tasks.publish import home_folder, mined_settings
    from tasks.settings import CrfSettings

    check_corpus_name(corpus)
    mined_settings(corpus, home)
    chosen = training_settings(
        CrfSettings, "crf", settings,
        gold=_absolute(gold), test=_absolute(test), gold_format=gold_format, silver=silver,
        encoder=encoder, output=output, epochs=epochs, seed=seed, threads=threads,
    )  # fmt: skip
    _need_torch()
    if chosen.gold is not None:
        check_classes(load_gold(chosen.gold, chosen.gold_format), chosen.gold)
    if chosen.test is not None:
        load_gold(chosen.test, chosen.gold_format)
    with quiet_server(home_folder(home)):
        from flows.train_crf import train_crf

        page = train_crf(corpus, home_folder(home), chosen, recut)
    _tell_scores(Store(home_folder(home)), corpus)
    say(f"report: {page}")


def _tell_scores(store: Store, corpus: str) -> None:
    names = {"precision": "precision", "recall": "recall", "f1": "F1", "recall_oov": "recall of unseen words"}
    for dataset in store.published_datasets(corpus, "segmentation_scores"):
        rows = store.read(dataset).to_pylist()
        for texts in dict.fromkeys(row["texts"] for row in rows):
            found = {row["metric"]: row["value"] for row in rows if row["texts"] == texts}
            told = [f"{name} {found[metric]:.4f}" for metric, name in names.items() if metric in found]
            say(f"{texts}: {', '.join(told)}")


def _absolute(path: Path | None) -> str | None:
    return str(path.expanduser().resolve()) if path else None


def _need_torch() -> None:
    import importlib.util

    from tasks.errors import InputError

    if importlib.util.find_spec("torch") is None:
        raise InputError("training needs torch; install it with: pip install 'minlex[train]'")


@train.command("lm")
def train_lm(
    corpus: Corpus,
    home: Home = None,
    settings: Annotated[Path | None, typer.Option(help="TOML file with a table [lm].")] = None,
    gpt2: Annotated[
        Literal["none", "characters", "words", "both"] | None,
        typer.Option(help="What GPT-2 reads.", show_default="characters"),
    ] = None,
    order: Annotated[
        int | None, typer.Option(min=1, max=6, help="Order of the n-grams.", show_default="5")
    ] = None,
    layers: Annotated[int | None, typer.Option(min=1, help="Blocks of GPT-2.", show_default="2")] = None,
    width: Annotated[int | None, typer.Option(min=8, help="Size of its vectors.", show_default="128")] = None,
    epochs: Epochs = None,
    seed: Seed = None,
    threads: Threads = None,
) -> None:
    """Train language models: character n-grams, and GPT-2 from nothing on characters or words.

    They learn from the documents that the entropy ladder does not hold out, and take their place on it.

    Example: `minlex train lm --corpus demo --gpt2 both`
    """
    from flows.configure import training_settings
    from flows.training_language_model import run_language_model
    from tasks.settings import LanguageModelSettings

    check_corpus_name(corpus)
    chosen = training_settings(
        LanguageModelSettings, "lm", settings,
        gpt2=gpt2, order=order, layers=layers, width=width, epochs=epochs, seed=seed, threads=threads,
    )  # fmt: skip
    run_language_model(corpus, home, chosen)


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
