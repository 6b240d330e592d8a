"""The commands `minlex train KIND`."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from flows.options import Corpus, Home, Json, Quiet

commands = typer.Typer(
    no_args_is_help=True,
    help="Train a model on a corpus that is mined. What was cut off resumes with the same command.",
)

Epochs = Annotated[int | None, typer.Option(min=1, help="Epochs at most.")]
Seed = Annotated[int | None, typer.Option(min=0, help="Seed of every draw.")]
Threads = Annotated[int | None, typer.Option(min=1, help="Threads of training.")]


@commands.command()
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
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Train a segmenter: a conditional random field on gold words, on the mined ones, or on both.

    A share of the documents is held out; it says when to stop, and how good the model is. Cut with it by
    `minlex segment --model crf`.

    Example: `minlex train crf --corpus demo --gold words.txt`
    """
    from flows.configure import training_settings
    from flows.training_segmenter import run_segmenter
    from tasks.settings import CrfSettings
    from tasks.store.datasets import check_corpus_name

    check_corpus_name(corpus)
    chosen = training_settings(
        CrfSettings, "crf", settings,
        gold=_absolute(gold), test=_absolute(test), gold_format=gold_format, silver=silver,
        encoder=encoder, output=output, epochs=epochs, seed=seed, threads=threads,
    )  # fmt: skip
    run_segmenter(corpus, home, chosen, recut=recut, as_json=json)


def _absolute(path: Path | None) -> str | None:
    return str(path.expanduser().resolve()) if path else None


@commands.command("lm")
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
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Train language models: character n-grams, and GPT-2 from nothing on characters or words.

    They learn from the documents that the entropy ladder does not hold out, and take their place on it.

    Example: `minlex train lm --corpus demo --gpt2 both`
    """
    from flows.configure import training_settings
    from flows.training_language_model import run_language_model
    from tasks.settings import LanguageModelSettings
    from tasks.store.datasets import check_corpus_name

    check_corpus_name(corpus)
    chosen = training_settings(
        LanguageModelSettings, "lm", settings,
        gpt2=gpt2, order=order, layers=layers, width=width, epochs=epochs, seed=seed, threads=threads,
    )  # fmt: skip
    run_language_model(corpus, home, chosen, as_json=json)


@commands.command()
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
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Learn what the documents are about: topics of words, and which topics each document has.

    Stop words are told by how often and how evenly they occur. A tenth of the documents is held out; topics that
    foretell it worse than plain word frequencies are refused. Fills the tables `topics`, `doc_topics`, `doc_map`.

    Example: `minlex train topics --corpus demo --topics 30`
    """
    from flows.configure import training_settings
    from flows.training_topics import run_topics
    from tasks.settings import TopicSettings
    from tasks.store.datasets import check_corpus_name

    check_corpus_name(corpus)
    chosen = training_settings(
        TopicSettings, "topics", settings,
        model=model, topics=number, epochs=epochs, seed=seed, threads=threads,
    )  # fmt: skip
    run_topics(corpus, home, chosen, as_json=json)


@commands.command("text-vae")
def text_vae(
    corpus: Corpus,
    home: Home = None,
    unit: Annotated[
        Literal["characters", "words"] | None,
        typer.Option(help="What it reads.", show_default="characters"),
    ] = None,
    dimensions: Annotated[int | None, typer.Option(min=1, help="Dimensions of z.", show_default="16")] = None,
    sentences: Annotated[
        int | None, typer.Option(min=10, help="Sentences it is trained on.", show_default="20000")
    ] = None,
    settings: Annotated[
        Path | None, typer.Option(help="TOML file with tables [text_vae] and [text_vae.training].")
    ] = None,
    epochs: Epochs = None,
    seed: Seed = None,
    threads: Threads = None,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Train a VAE of the corpus's sentences: each is written from a point z, near those of sentences alike.

    The same decoder without z is trained beside it, which tells what z is worth. It learns from documents that the
    entropy ladder does not hold out, and its bound takes its place there. Fills the table `vae_texts`.

    Example: `minlex train text-vae --corpus demo`, then `minlex generate --corpus demo --model text-vae`
    """
    from flows.configure import training_settings
    from flows.training_text_vae import run_text_vae
    from tasks.settings import TextVaeSettings
    from tasks.store.datasets import check_corpus_name

    check_corpus_name(corpus)
    chosen = training_settings(
        TextVaeSettings, "text_vae", settings,
        unit=unit, dimensions=dimensions, sentences=sentences, epochs=epochs, seed=seed, threads=threads,
    )  # fmt: skip
    run_text_vae(corpus, home, chosen, as_json=json)
