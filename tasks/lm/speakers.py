"""The language models of a corpus as generation needs them."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pyarrow as pa

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


def gpt2_speaker(arrays: Arrays, config: Mapping[str, Any]) -> Speaker:
    """Return the GPT-2 of saved arrays."""
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
    """Return the text VAE of saved arrays."""
    # torch takes seconds to import; the n-grams do without.
    from tasks.text_vae.model import TextVae
    from tasks.text_vae.speaker import speaker_of

    settings = TextVaeSettings.model_validate(config["settings"]["text_vae"])
    return speaker_of(TextVae.from_arrays(arrays, settings))


SPEAKERS = {
    "ngram-lm": ngram_speaker,
    "gpt2-char": gpt2_speaker,
    "gpt2-word": gpt2_speaker,
    "text-vae": text_vae_speaker,
}
