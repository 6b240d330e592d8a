"""Topic models alike to those who use them: pLSA by EM, and the topic VAE, which alone needs torch."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from tasks.settings import TopicSettings
from tasks.topics.coherence import TOP, coherence, coherent_words, diversity, top_words
from tasks.topics.gibbs import drawn_topics
from tasks.topics.perplexity import halves, perplexity, unigram
from tasks.topics.plsa import Counts, Prior, fit_plsa, fold_in

_VALIDATED_SHARE = 20


class TopicModel(Protocol):
    """The interface of a fitted topic model."""

    def of_words(self) -> np.ndarray:
        """Return p(w | topic) float64[k, words]."""

    def of_documents(self, counts: Counts) -> np.ndarray:
        """Return p(topic | document) float64[documents, k]."""

    def predict(self, counts: Counts) -> np.ndarray:
        """Return p(w | document) float64[documents, words] of words that are still to come."""


@dataclass(frozen=True)
class PlsaModel:
    """Word shares float64[k, words] and the pseudo-counts float64[k] of the topics in a new document."""

    words: np.ndarray
    topic_prior: np.ndarray

    def of_words(self) -> np.ndarray:
        """Return p(w | topic)."""
        return self.words

    def of_documents(self, counts: Counts) -> np.ndarray:
        """Return the topic shares that make the documents likeliest, the prior counted in."""
        return fold_in(counts, self.words, self.topic_prior)

    def predict(self, counts: Counts) -> np.ndarray:
        """Return the mixture of the topics by their shares."""
        return self.of_documents(counts) @ self.words


@dataclass(frozen=True, kw_only=True)
class Fitted:
    """A model, the arrays it can be loaded from, and its curves (series, step, value)."""

    model: TopicModel
    arrays: Mapping[str, np.ndarray]
    curves: list[tuple[str, int, float]]


@dataclass(frozen=True, kw_only=True)
class Judged:
    """How good topics are: coherence of each float64[k] on held-out documents, and figures of all."""

    npmi: np.ndarray
    figures: Mapping[str, float]


def fit_topics(
    counts: Counts,
    settings: TopicSettings,
    checkpoint: Path | None = None,
    advance: Callable[[int], None] = lambda steps: None,
) -> Fitted:
    """Fit the model that the settings name to documents, by their seed."""
    if settings.model == "plsa":
        return _fit_plsa(counts, settings)
    from tasks.topics.topic_vae import fit_topic_vae, start_weights
    from tasks.training.checkpoint import Checkpoints

    start = start_weights(counts, settings)
    rest, validation = _validating(counts)
    fitted = fit_topic_vae(
        rest, validation, start, settings.training, checkpoints=Checkpoints(checkpoint), advance=advance
    )
    return Fitted(model=fitted, arrays=fitted.to_arrays(), curves=fitted.curves())


def load_topics(arrays: Mapping[str, np.ndarray], settings: TopicSettings) -> TopicModel:
    """Return the model that `fit_topics` with these settings made the arrays of."""
    if settings.model == "plsa":
        return PlsaModel(arrays["of_words"], arrays["topic_prior"])
    from tasks.topics.topic_vae import load_topic_vae

    return load_topic_vae(arrays)


def shown_words(model: TopicModel, training: Counts, count: int) -> np.ndarray:
    """Return words int64[k, count] that show a topic: ten that go together, then the likeliest of the others."""
    of_words = model.of_words()
    together = coherent_words(of_words, training)
    others = of_words.copy()
    np.put_along_axis(others, together, -1.0, axis=1)
    rest = top_words(others, max(0, count - together.shape[1]))
    return np.hstack([together, rest])[:, :count]


def judge_topics(model: TopicModel, training: Counts, held_out: Counts, seed: int) -> Judged:
    """Measure the words that are shown of a model's topics and its document completion."""
    share = unigram(training)
    top = shown_words(model, training, TOP)
    shown, hidden = halves(held_out, seed)
    of_topics = coherence(top, held_out)
    figures = {
        "npmi": float(coherence(top, training).mean()),
        "npmi_held_out": float(of_topics.mean()),
        "diversity": diversity(top),
        "perplexity": perplexity(model.predict, shown, hidden),
        "unigram_perplexity": perplexity(
            lambda part: np.broadcast_to(share, (part.documents, len(share))), shown, hidden
        ),
    }
    return Judged(npmi=of_topics, figures=figures)


def _fit_plsa(counts: Counts, settings: TopicSettings) -> Fitted:
    prior = Prior(topic=settings.topic_prior, word=settings.word_prior)
    start, alpha = drawn_topics(
        counts, settings.topics, prior, sweeps=settings.sweeps, seed=settings.training.seed
    )
    fitted = Prior(topic=alpha, word=settings.word_prior)
    found = fit_plsa(counts, start, fitted, iterations=settings.iterations)
    words = found.parameters.of_words
    curves = [("objective", step, float(v)) for step, v in enumerate(found.log_likelihood / counts.total)]
    arrays = {"of_words": words, "topic_prior": alpha}
    return Fitted(model=PlsaModel(words, alpha), arrays=arrays, curves=curves)


def _validating(counts: Counts) -> tuple[Counts, Counts]:
    every = np.arange(counts.documents)
    chosen = every % _VALIDATED_SHARE == 0
    return counts.rows(every[~chosen]), counts.rows(every[chosen])


def config_of(settings: TopicSettings) -> dict[str, Any]:
    """Return what of the settings decides a model: all but how its documents are laid out."""
    return {name: value for name, value in settings.model_dump(mode="json").items() if name != "clusters"}
