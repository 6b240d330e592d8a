"""Texts drawn from one model with one seed, one after the other."""

from collections.abc import Iterator

import numpy as np

from tasks.lm.sampling import Generation, Speaker, generate
from tasks.settings import GenerationSettings


def generate_all(speaker: Speaker, prompt: str, settings: GenerationSettings) -> Iterator[Generation]:
    """Yield as many texts as the settings say; each has a stream of draws of its own, so more leave these alike."""
    for number in range(settings.number):
        yield generate(speaker, prompt, settings, np.random.default_rng([settings.seed, number]))
