"""The commands `minlex generate` and `minlex convert`."""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from flows.commands.console import output, output_json, say, visible
from flows.commands.flow_run import flow_run
from flows.commands.options import Home, Quiet, corpora_beginning_with
from flows.commands.setting_options import Given, Offered, with_settings
from tasks.errors import InputError, need
from tasks.settings import GenerationSettings

if TYPE_CHECKING:
    from tasks.lm.sampling import NextTokenModel

commands = typer.Typer()

BEST_FIRST = ("gpt2-char", "gpt2-word", "ngram-lm")
KINDS = {
    "lm": BEST_FIRST,
    "ngram": ("ngram-lm",),
    "gpt2-char": ("gpt2-char",),
    "gpt2-word": ("gpt2-word",),
    "text-vae": ("text-vae",),
}
DEFAULTS = GenerationSettings()


@commands.command()
@with_settings(
    Offered("generation", DEFAULTS, tuple(GenerationSettings.model_fields), short={"number": "-n"})
)
def generate(
    given: Given,
    corpus: Annotated[
        str | None,
        typer.Option(
            "--corpus", "-c", help="Corpus whose model is to write.", autocompletion=corpora_beginning_with
        ),
    ] = None,
    folder: Annotated[
        Path | None,
        typer.Option(help="Folder of a GPT-2 of Hugging Face's, or of a GPT2_ML, to write instead."),
    ] = None,
    home: Home = None,
    model: Annotated[
        Literal["lm", "ngram", "gpt2-char", "gpt2-word", "text-vae"],
        typer.Option(help="Model of the corpus; lm is the best one there is, GPT-2 before n-grams."),
    ] = "lm",
    prompt: Annotated[str, typer.Option(help="Text to continue.")] = "",
    keep: Annotated[bool, typer.Option(help="Keep them in the table generations.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object a text.")] = False,
    quiet: Quiet = False,
) -> None:
    """Write text with a language model, character by character or word by word.

    Example: `minlex generate --corpus demo --prompt 中国经济 --top-p 0.9 --stop 。 --min-length 20 --max-length 200`
    """
    from minlex.settings import validated
    from tasks.lm.sampling import generate_all

    chosen = {name: value for name, value in given["generation"].items() if value is not None}
    settings = validated(GenerationSettings, chosen)
    if settings.min_length > settings.max_length:
        raise InputError(
            f"--min-length must not exceed --max-length {settings.max_length}; got {settings.min_length}"
        )
    if (corpus is None) == (folder is None):
        raise InputError("give one of --corpus and --folder, where the model is")
    if folder is not None:
        from tasks.generation.models import folder_model

        if keep:
            raise InputError("--keep needs --corpus, whose table generations keeps the texts")
        writer = folder_model(folder)
    else:
        kind, writer = _published(str(corpus), home, model)
        if keep:
            _keep(str(corpus), home, kind, prompt, settings)
    for number, drawn in enumerate(generate_all(writer, prompt, settings)):
        if json:
            output_json({"number": number, "prompt": prompt, **asdict(drawn)})
        else:
            output(visible(prompt + drawn.text))


@commands.command()
def convert(
    checkpoint: Annotated[Path, typer.Argument(help="Folder with NAME.index, NAME.data-* and vocab.txt.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder to write.")],
    quiet: Quiet = False,
) -> None:
    """Convert a TensorFlow checkpoint of GPT2_ML to safetensors, without TensorFlow.

    Example: `minlex convert gpt2-ml-1.5b/ --out models/gpt2-ml`, then `minlex generate --folder models/gpt2-ml`
    """
    need("lm", "torch", "tokenizers", what="a checkpoint of GPT2_ML")
    from tasks.lm.local_models import convert as convert_checkpoint

    convert_checkpoint(checkpoint, out)
    say(f"converted; write with it: minlex generate --folder {out}")


def _published(corpus: str, home: str | None, model: str) -> tuple[str, "NextTokenModel"]:
    from minlex import open
    from tasks.generation.models import load_model
    from tasks.store.models import load_trained, model_of, published_model

    mined = open(corpus, home)
    _ = mined.settings
    store = mined.store
    models = mined.data.published_datasets("models")
    kind = next((k for k in KINDS[model] if model_of(store, models, k) is not None), KINDS[model][-1])
    arrays, config = load_trained(store, published_model(mined.data, kind))
    return kind, load_model(kind, arrays, config)


def _keep(corpus: str, home: str | None, kind: str, prompt: str, settings: GenerationSettings) -> None:
    from tasks.store.homes import home_folder

    folder = home_folder(home)
    with flow_run(folder):
        from flows.generate_text import generate_text

        generate_text(corpus, kind, prompt, folder, settings)
    say(f'kept: minlex sql "select text from {corpus}.generations"')
