"""The language models of a corpus as generation needs them."""

from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from tasks.errors import need
from tasks.lm.alphabet import EDGE
from tasks.lm.kneser_ney import KneserNey
from tasks.lm.networks import need_gpt2
from tasks.lm.sampling import NextTokenModel
from tasks.model_kinds import model_kind
from tasks.settings import LanguageModelSettings, TextVaeSettings

Arrays = Mapping[str, np.ndarray]


def ngram_model(arrays: Arrays, config: Mapping[str, Any]) -> NextTokenModel:
    """Return the n-gram model of saved arrays."""
    model = KneserNey.from_arrays(arrays)
    return NextTokenModel(
        read=lambda text: model.alphabet.symbols(pa.array([text])).symbol[:-1],
        distribution=model.distribution,
        spell=model.alphabet.spell,
        end=EDGE,
    )


def gpt2_model(arrays: Arrays, config: Mapping[str, Any]) -> NextTokenModel:
    """Return the GPT-2 of saved arrays; InputError when torch or transformers is missing."""
    need_gpt2()
    # torch and transformers take seconds to import; the n-grams do without.
    from tasks.lm.gpt2 import Gpt2

    model = Gpt2.from_arrays(arrays, LanguageModelSettings.model_validate(config["settings"]["lm"]))
    return NextTokenModel(
        read=lambda text: model.vocabulary.encode(pa.array([text])).symbol[:-1],
        distribution=model.distribution,
        spell=model.vocabulary.spell,
        end=EDGE,
    )


def text_vae_model(arrays: Arrays, config: Mapping[str, Any]) -> NextTokenModel:
    """Return the text VAE of saved arrays; InputError when torch is missing."""
    need("train", "torch", what="a text VAE")
    # torch takes seconds to import; the n-grams do without.
    from tasks.text_vae.generation import next_token_model
    from tasks.text_vae.model import TextVae

    settings = TextVaeSettings.model_validate(config["settings"]["text_vae"])
    return next_token_model(TextVae.from_arrays(arrays, settings))


def folder_model(folder: Path) -> NextTokenModel:
    """Return the model of a folder of this machine; InputError when it cannot be read or torch is missing."""
    need("lm", "torch", "tokenizers", what="a model in a folder")
    # torch takes seconds to import; the n-grams do without.
    from tasks.lm.local_models import load_folder

    return load_folder(folder)


def load_model(kind: str, arrays: Arrays, config: Mapping[str, Any]) -> NextTokenModel:
    """Return the language model of saved arrays; ValueError when models of this kind generate no text."""
    path = model_kind(kind).load
    if path is None:
        raise ValueError(f"kind must be one that generates text; got {kind!r}")
    module, _, name = path.partition(":")
    return getattr(import_module(module), name)(arrays, config)
