"""The language models of a corpus as generation needs them."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from tasks.errors import need
from tasks.lm.alphabet import EDGE
from tasks.lm.kneser_ney import KneserNey
from tasks.lm.sampling import Speaker
from tasks.settings import LanguageModelSettings, TextVaeSettings

Arrays = Mapping[str, np.ndarray]


def ngram_speaker(arrays: Arrays, config: Mapping[str, Any]) -> Speaker:
    """Return the n-gram model of saved arrays."""
    model = KneserNey.from_arrays(arrays)
    return Speaker(
        read=lambda text: model.alphabet.symbols(pa.array([text])).symbol[:-1],
        distribution=model.distribution,
        spell=model.alphabet.spell,
        end=EDGE,
    )


def need_gpt2() -> None:
    """Raise InputError when what a GPT-2 needs is not installed."""
    need("lm", "transformers", "torch", what="GPT-2")


def gpt2_speaker(arrays: Arrays, config: Mapping[str, Any]) -> Speaker:
    """Return the GPT-2 of saved arrays; InputError when torch or transformers is missing."""
    need_gpt2()
    # torch and transformers take seconds to import; the n-grams do without.
    from tasks.lm.gpt2 import Gpt2

    model = Gpt2.from_arrays(arrays, LanguageModelSettings.model_validate(config["settings"]["lm"]))
    return Speaker(
        read=lambda text: model.vocabulary.encode(pa.array([text])).symbol[:-1],
        distribution=model.distribution,
        spell=model.vocabulary.spell,
        end=EDGE,
    )


def text_vae_speaker(arrays: Arrays, config: Mapping[str, Any]) -> Speaker:
    """Return the text VAE of saved arrays; InputError when torch is missing."""
    need("train", "torch", what="a text VAE")
    # torch takes seconds to import; the n-grams do without.
    from tasks.text_vae.model import TextVae
    from tasks.text_vae.speaker import speaker_of

    settings = TextVaeSettings.model_validate(config["settings"]["text_vae"])
    return speaker_of(TextVae.from_arrays(arrays, settings))


def folder_speaker(folder: Path) -> Speaker:
    """Return the model of a folder of this machine; InputError when it cannot be read or torch is missing."""
    need("lm", "torch", "tokenizers", what="a model in a folder")
    # torch takes seconds to import; the n-grams do without.
    from tasks.lm.local_models import load_folder

    return load_folder(folder)


SPEAKERS = {
    "ngram-lm": ngram_speaker,
    "gpt2-char": gpt2_speaker,
    "gpt2-word": gpt2_speaker,
    "text-vae": text_vae_speaker,
}
