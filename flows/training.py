"""The commands `minlex train KIND`."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from flows.options import Corpus, Home

train = typer.Typer(
    no_args_is_help=True,
    help="Train a model on a corpus that is mined. What was cut off resumes with the same command.",
)


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
    epochs: Annotated[int | None, typer.Option(min=1, help="Epochs at most.", show_default="4")] = None,
    seed: Annotated[
        int | None, typer.Option(min=0, help="Seed of weights and order.", show_default="0")
    ] = None,
) -> None:
    """Train language models: character n-grams, and GPT-2 from nothing on characters or words.

    They learn from the documents that the entropy ladder does not hold out, and take their place on it.

    Example: `minlex train lm --corpus demo --gpt2 both`
    """
    from flows.configure import lm_settings
    from flows.training_language_model import run_language_model
    from tasks.store import check_corpus_name

    check_corpus_name(corpus)
    chosen = lm_settings(
        settings,
        {"gpt2": gpt2, "order": order, "layers": layers, "width": width},
        {"epochs": epochs, "seed": seed},
    )
    run_language_model(corpus, home, chosen)
