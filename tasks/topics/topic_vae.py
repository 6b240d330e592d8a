"""A topic model whose posterior is learned, of the ProdLDA family (Srivastava, Sutton 2017).

    t = softmax(z), z ~ N(mu(x), s(x)^2),   ln p(w | t) = b_w + sum_k t_k B_kw - normaliser

A document is a product of its topics rather than a mixture of them. b is the logarithm of the corpus's own word
shares, so training begins at the unigram and a topic says by how much more likely it makes each word. The prior
is the Laplace approximation of an even Dirichlet in the softmax basis. Bags go in as ln(1 + n) and the encoder's
body and means are batch-normalised, without which all topics come out alike.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import nn

from tasks.settings import TopicSettings, TrainingSettings
from tasks.topics.gibbs import drawn_topics
from tasks.topics.plsa import Counts, Prior
from tasks.training.arrays import load_module, module_arrays
from tasks.training.checkpoint import Checkpoints
from tasks.training.device import best_device, device_of
from tasks.training.loop import Point, fit, reproducible
from tasks.vae.collapse import kl_weight
from tasks.vae.gaussian import Gaussian, kl_by_dimension
from tasks.vae.likelihoods import Multinomial
from tasks.vae.model import Encoder, PosteriorHead, Vae

_WIDTH, _ALPHA, _DROPOUT = 200, 0.1, 0.2
_LEAST_VALIDATED, _STARTING_SWEEPS, _LEAST_LIFT = 1, 30, -2.0


class DirichletPrior(nn.Module):
    """Laplace approximation of Dirichlet(alpha, ..., alpha): z ~ N(0, (1 - 1/K) / alpha)."""

    mean: torch.Tensor
    ln_variance: torch.Tensor

    def __init__(self, topics: int, alpha: float) -> None:
        super().__init__()
        ln_variance = float(np.log((1 - 1 / topics) / alpha))
        # Buffers go with the module from device to device; what is known from its settings need not be saved.
        self.register_buffer("mean", torch.zeros(1, topics), persistent=False)
        self.register_buffer("ln_variance", torch.full((1, topics), ln_variance), persistent=False)

    def forward(self, classes: torch.Tensor | None = None) -> Gaussian:
        """Return the prior (1, topics)."""
        return Gaussian(self.mean, self.ln_variance)


class TopicDecoder(nn.Module):
    """Word shares of documents from their topics."""

    def __init__(self, start: np.ndarray, share: np.ndarray) -> None:
        super().__init__()
        self.background = nn.Parameter(torch.from_numpy(np.log(share)).float())
        self.weights = nn.Parameter(torch.from_numpy(start).float())
        self.likelihood = Multinomial()

    def logits(self, points: torch.Tensor) -> torch.Tensor:
        """Return unnormalised ln p of words (..., words) for z (..., topics)."""
        return torch.softmax(points, dim=-1) @ self.weights + self.background

    def forward(self, points: torch.Tensor, bags: torch.Tensor) -> torch.Tensor:
        """Return ln q of bags (samples, batch), order of words given."""
        return self.likelihood(self.logits(points), bags)


class TopicVae(Vae):
    """Topics float32[k, words] that begin at `start`, what a topic adds to the words' logarithms."""

    decoder: TopicDecoder

    def __init__(
        self, start: np.ndarray, share: np.ndarray, *, width: int, alpha: float, dropout: float
    ) -> None:
        topics, words = start.shape
        body = nn.Sequential(
            nn.Linear(words, width), nn.BatchNorm1d(width), nn.Softplus(), nn.Dropout(dropout)
        )
        super().__init__(
            Encoder(body, PosteriorHead(width, topics, normalised=1.0)),
            TopicDecoder(start, share),
            DirichletPrior(topics, alpha),
        )

    def terms(
        self, data: torch.Tensor, classes: torch.Tensor | None = None
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Return ln q(bag | z) of one draw (batch,) and the divergence by dimension (batch, topics)."""
        posterior = self.encoder(torch.log1p(data))
        return self.decoder(posterior.draw(1), data)[0], kl_by_dimension(posterior, self.prior())


@dataclass(frozen=True)
class FittedTopics:
    """A trained topic VAE and the points of its curves; reads bags by the mean of their posterior."""

    vae: TopicVae
    points: Sequence[Point] = ()

    def of_words(self) -> np.ndarray:
        """Return p(w | topic k alone), float64[k, words]."""
        with torch.no_grad():
            logits = self.vae.decoder.weights + self.vae.decoder.background
            return torch.softmax(logits.double(), dim=-1).numpy(force=True)

    def of_documents(self, counts: Counts) -> np.ndarray:
        """Return the topic shares float64[documents, k] at the posterior's mean."""
        with torch.no_grad():
            return torch.softmax(self._mean(counts).double(), dim=-1).numpy(force=True)

    def predict(self, counts: Counts) -> np.ndarray:
        """Return p(w | document) float64[documents, words] at the posterior's mean."""
        with torch.no_grad():
            logits = self.vae.decoder.logits(self._mean(counts))
            return torch.softmax(logits.double(), dim=-1).numpy(force=True)

    def to_arrays(self) -> dict[str, np.ndarray]:
        """Return what `load_topic_vae` makes the model of."""
        return module_arrays(self.vae)

    def curves(self) -> list[tuple[str, int, float]]:
        """Return the curves of the training as (series, step, value)."""
        return [(point.series, point.step, point.value) for point in self.points]

    def _mean(self, counts: Counts) -> torch.Tensor:
        parts = [
            self.vae.encoder(torch.log1p(_bags(self.vae, counts, rows))).mean
            for rows in _parts(np.arange(counts.documents), 500)
        ]
        return (
            torch.cat(parts)
            if parts
            else self.vae.decoder.weights.new_zeros(0, len(self.vae.decoder.weights))
        )


def fit_topic_vae(
    training: Counts,
    validation: Counts,
    start: np.ndarray,
    settings: TrainingSettings,
    *,
    warmup_epochs: float = 5.0,
    advance: Callable[[int], None] = lambda steps: None,
    checkpoints: Checkpoints | None = None,
) -> FittedTopics:
    """Train on bags; `start` float64[k, words] is what each topic adds to the words' logarithms at first."""
    share = np.maximum(training.of_words(), 0.5)
    with reproducible(settings.seed, settings.threads):
        vae = TopicVae(start, share / share.sum(), width=_WIDTH, alpha=_ALPHA, dropout=_DROPOUT)
    vae.to(best_device())
    problem = _Bags(vae, training, validation, settings, warmup_epochs)
    return FittedTopics(vae, fit(vae, problem, settings, checkpoints, advance))


def start_weights(counts: Counts, settings: TopicSettings) -> np.ndarray:
    """Return what topics add to the words' logarithms at first, float64[k, words]: lift by stochastic EM."""
    prior = Prior(topic=settings.topic_prior, word=settings.word_prior)
    words = drawn_topics(
        counts, settings.topics, prior, sweeps=_STARTING_SWEEPS, seed=settings.training.seed
    )[0].of_words
    share = np.maximum(counts.of_words(), 0.5)
    return np.clip(np.log(words / (share / share.sum())), _LEAST_LIFT, None)


def load_topic_vae(arrays: Mapping[str, np.ndarray]) -> FittedTopics:
    """Return the model that `FittedTopics.to_arrays` gave the arrays of."""
    topics, words = arrays["decoder.weights"].shape
    width = len(arrays["encoder.body.0.bias"])
    vae = TopicVae(np.zeros((topics, words)), np.full(words, 1 / words), width=width, alpha=1.0, dropout=0.0)
    load_module(vae, arrays)
    vae.eval()
    return FittedTopics(vae)


class _Bags:
    def __init__(
        self, vae: TopicVae, training: Counts, validation: Counts, settings: TrainingSettings, warmup: float
    ) -> None:
        self._vae, self._training, self._validation = vae, training, validation
        self._batch, self._seed = min(settings.batch, training.documents), settings.seed
        self._warmup = round(warmup * self.steps)

    @property
    def steps(self) -> int:
        return max(1, self._training.documents // self._batch)

    def batches(self, epoch: int) -> Iterator[torch.Tensor]:
        order = np.random.default_rng([self._seed, epoch]).permutation(self._training.documents)
        for step in range(self.steps):
            rows = order[step * self._batch : (step + 1) * self._batch]
            yield _bags(self._vae, self._training, rows)

    def loss(self, batch: torch.Tensor, step: int) -> torch.Tensor:
        likelihood, divergence = self._vae.terms(batch)
        return kl_weight(step, self._warmup) * divergence.sum(dim=1).mean() - likelihood.mean()

    def validate(self) -> Mapping[str, float]:
        likelihood = divergence = 0.0
        for rows in _parts(np.arange(self._validation.documents), 500):
            one, two = self._vae.terms(_bags(self._vae, self._validation, rows))
            likelihood += float(one.sum())
            divergence += float(two.sum())
        documents = max(self._validation.documents, _LEAST_VALIDATED)
        return {
            "validation_loss": (divergence - likelihood) / documents,
            "reconstruction": -likelihood / documents,
            "kl": divergence / documents,
        }


def _parts(rows: np.ndarray, size: int) -> Iterator[np.ndarray]:
    for start in range(0, len(rows), size):
        yield rows[start : start + size]


def _bags(vae: TopicVae, counts: Counts, rows: np.ndarray) -> torch.Tensor:
    """Return documents as bags float32[rows, words] where the VAE is."""
    return torch.from_numpy(counts.rows(rows).dense().astype(np.float32)).to(device_of(vae))
