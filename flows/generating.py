"""One `minlex generate` from a terminal: the model found, texts drawn and printed, kept when asked."""

from dataclasses import asdict
from pathlib import Path

from flows.commands.flow_run import flow_run
from flows.console import output, output_json, say, visible
from tasks.errors import InputError
from tasks.generation.models import MODELS, folder_speaker
from tasks.lm.sampling import NextTokenModel, generate_all
from tasks.settings import GenerationSettings
from tasks.store.datasets import Store, check_corpus_name
from tasks.store.models import load_trained, model_of, published_model
from tasks.store.publish import home_folder, mined_settings

BEST_FIRST = ("gpt2-char", "gpt2-word", "ngram-lm")
KINDS = {
    "lm": BEST_FIRST,
    "ngram": ("ngram-lm",),
    "gpt2-char": ("gpt2-char",),
    "gpt2-word": ("gpt2-word",),
    "text-vae": ("text-vae",),
}


def generate_lines(
    model: str,
    prompt: str,
    settings: GenerationSettings,
    *,
    corpus: str | None,
    folder: Path | None,
    home: str | None,
    keep: bool,
    as_json: bool = False,
) -> None:
    """Print texts, one after the other, that go on from `prompt`; InputError when there is no such model."""
    if settings.min_length > settings.max_length:
        raise InputError(
            f"--min-length must not exceed --max-length {settings.max_length}; got {settings.min_length}"
        )
    if (corpus is None) == (folder is None):
        raise InputError("give one of --corpus and --folder, where the model is")
    if folder is not None:
        if keep:
            raise InputError("--keep needs --corpus, whose table generations keeps the texts")
        speaker = folder_speaker(folder)
    else:
        kind, speaker = _published(str(corpus), home, model)
        if keep:
            _keep(str(corpus), home, kind, prompt, settings)
    for number, drawn in enumerate(generate_all(speaker, prompt, settings)):
        if as_json:
            output_json({"number": number, "prompt": prompt, **asdict(drawn)})
        else:
            output(visible(prompt + drawn.text))


def _published(corpus: str, home: str | None, model: str) -> tuple[str, NextTokenModel]:
    check_corpus_name(corpus)
    mined_settings(corpus, home)
    store = Store(home_folder(home))
    models = store.published_datasets(corpus, "models")
    kind = next((k for k in KINDS[model] if model_of(store, models, k) is not None), KINDS[model][-1])
    arrays, config = load_trained(store, published_model(store, corpus, kind))
    return kind, MODELS[kind](arrays, config)


def _keep(corpus: str, home: str | None, kind: str, prompt: str, settings: GenerationSettings) -> None:
    folder = home_folder(home)
    with flow_run(folder):
        from flows.generate_text import generate_text

        generate_text(corpus, kind, prompt, folder, settings)
    say(f'kept: minlex sql "select text from {corpus}.generations"')
