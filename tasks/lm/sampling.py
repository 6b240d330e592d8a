"""New text drawn token by token: temperature, the k likeliest, the nucleus (Holtzman et al. 2020), stop and length.

    p'(t) ~ p(t)^(1/temperature)  over the top_k likeliest tokens, then over the fewest likeliest of those whose p'
    comes to top_p; all other tokens have probability 0

Among equally likely tokens the lower number goes first, so the sets are exact and the same everywhere.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from tasks.settings import GenerationSettings


@dataclass(frozen=True)
class NextTokenModel:
    """The next-token interface of a language model: text to context, context to p float64[tokens], tokens to text.

    `end` is the token that ends a text; None when the model knows no end. A model with a
    latent variable has `condition`, which returns the model of one text, its variable drawn given the prompt's tokens.
    """

    read: Callable[[str], np.ndarray]
    distribution: Callable[[np.ndarray], np.ndarray]
    spell: Callable[[np.ndarray], str]
    end: int | None
    condition: "Callable[[np.random.Generator, np.ndarray], NextTokenModel] | None" = None


@dataclass(frozen=True, kw_only=True)
class Generation:
    """What was drawn after a prompt, its cost under the distributions drawn from, and why it ended."""

    text: str
    nats: float
    ended: str


def restrict(p: np.ndarray, settings: GenerationSettings) -> np.ndarray:
    """Return the distribution to draw from, float64[tokens] that sums to one; ValueError when p is all zero.

    >>> restrict(np.array([0.1, 0.4, 0.2, 0.3]), GenerationSettings(top_k=2)).round(3)
    array([0.   , 0.571, 0.   , 0.429])
    """
    if not p.max() > 0:
        raise ValueError("p must have a token of positive probability, got none")
    with np.errstate(divide="ignore"):
        log_p = np.log(p / p.max()) / settings.temperature
    order = np.argsort(-log_p, kind="stable")
    order = order[: settings.top_k] if settings.top_k else order
    kept = np.exp(log_p[order])
    kept /= kept.sum()
    if settings.top_p < 1:
        size = int(np.searchsorted(np.cumsum(kept), settings.top_p * (1 - 1e-12))) + 1
        order, kept = order[:size], kept[:size]
    drawn_from = np.zeros(len(p))
    drawn_from[order] = kept / kept.sum()
    return drawn_from


def generate(
    model: NextTokenModel, prompt: str, settings: GenerationSettings, draw: np.random.Generator
) -> Generation:
    """Draw a text that goes on from `prompt`.

    It ends after the first `stop` at or past `min_length` characters, at the model's end of a text or at
    `max_length` characters, whichever comes first; before `min_length` the end is not drawn.
    """
    context = model.read(prompt)
    if model.condition is not None:
        model = model.condition(draw, context)
    tokens: list[int] = []
    text, nats = "", 0.0
    while len(text) < settings.max_length:
        p = model.distribution(np.concatenate([context, np.array(tokens, context.dtype)]))
        if model.end is not None and len(text) < settings.min_length:
            p[model.end] = 0.0
        drawn_from = restrict(p, settings)
        token = int(np.searchsorted(np.cumsum(drawn_from), draw.random() * drawn_from.sum(), side="right"))
        token = min(token, int(np.flatnonzero(drawn_from)[-1]))
        nats -= float(np.log(drawn_from[token]))
        if token == model.end:
            return Generation(text=text, nats=nats, ended="end")
        tokens.append(token)
        before, text = len(text), model.spell(np.array(tokens))
        end = _stop_after(text, before, settings)
        if end is not None and end <= settings.max_length:
            return Generation(text=text[:end], nats=nats, ended="stop")
    return Generation(text=text[: settings.max_length], nats=nats, ended="length")


def _stop_after(text: str, before: int, settings: GenerationSettings) -> int | None:
    """Return where the first stop that the newest token completes ends, at or past the least length."""
    if not settings.stop:
        return None
    size = len(settings.stop)
    at = text.find(settings.stop, max(0, before - size + 1, settings.min_length - size))
    return None if at < 0 else at + size


def generate_all(model: NextTokenModel, prompt: str, settings: GenerationSettings) -> Iterator[Generation]:
    """Yield as many texts as the settings say; each has a stream of draws of its own, so more leave these alike."""
    for number in range(settings.number):
        yield generate(model, prompt, settings, np.random.default_rng([settings.seed, number]))
