"""EM beside its references: `python -m bench.em_oracles [--points 4000] [--documents 2000]`.

The Gaussian mixture and scikit-learn's from the same start, 50 steps: `gmm_difference`, the largest absolute one of
any weight, mean or covariance. pLSA and scikit-learn's factorisation by the Kullback-Leibler divergence from the
same start, 20 steps: `plsa_difference`, of any share. scikit-learn updates one factor after the other, EM both
at once, so each of its updates is taken with the other factor held. `largest_fall` is the most a log-likelihood,
nats a point or token, fell between two steps, of mixture, pLSA and the unigram lexicon: 0 when it never did.
Seconds are CPU, medians of interleaved rounds.
"""

import argparse
import json
import os
import statistics
import time
import warnings
from collections.abc import Callable
from functools import partial
from importlib.metadata import version
from typing import Any

import numpy as np
import pyarrow as pa
from sklearn.decomposition import NMF, non_negative_factorization
from sklearn.exceptions import ConvergenceWarning
from sklearn.mixture import GaussianMixture

from tasks.text.trie import build_trie
from tasks.topics.mixture import Mixture, fit_mixture, start_mixture
from tasks.topics.plsa import Counts, Topics, fit_plsa
from tasks.unigram.em import expected_counts, fit_unigram
from tasks.unigram.lattice import build_lattice

ROUNDS, CLUSTERS, DIMENSIONS, TOPICS, VOCABULARY = 5, 8, 10, 20, 2000
GMM_STEPS, PLSA_STEPS = 50, 20


def timed(work: Callable[[], Any], seconds: list[float]) -> Any:
    """Return what `work` returns and append the CPU seconds it took."""
    began = time.process_time()
    result = work()
    seconds.append(time.process_time() - began)
    return result


def largest_fall(trace: np.ndarray, size: float) -> float:
    """Return the most that a trace fell between two steps, by the size of the data."""
    return float(max(0.0, -np.diff(trace).min()) / size)


def theirs(points: np.ndarray, start: Mixture) -> GaussianMixture:
    """Fit scikit-learn's mixture from `start`."""
    precisions = np.linalg.inv(start.covariances)
    model = GaussianMixture(
        CLUSTERS, max_iter=GMM_STEPS, tol=0.0, reg_covar=1e-6,
        weights_init=start.weights, means_init=start.means, precisions_init=precisions,
    )  # fmt: skip
    return model.fit(points)


def factorised(dense: np.ndarray, topics: Topics) -> Topics:
    """Return the topics that one update of each factor by scikit-learn gives, the other factor held."""

    def updated(table: np.ndarray, left: np.ndarray, right: np.ndarray) -> np.ndarray:
        return non_negative_factorization(
            table, W=left.copy(), H=right.copy(), n_components=TOPICS, init="custom",
            solver="mu", beta_loss="kullback-leibler", max_iter=1, tol=1e-20,
        )[0]  # fmt: skip

    scaled = dense.sum(axis=1, keepdims=True) * topics.of_documents
    documents = updated(dense, scaled, topics.of_words)
    words = updated(dense.T, np.ascontiguousarray(topics.of_words.T), np.ascontiguousarray(scaled.T)).T
    return Topics(documents / documents.sum(axis=1, keepdims=True), words / words.sum(axis=1, keepdims=True))


def drawn_counts(documents: int, draw: np.random.Generator) -> Counts:
    """Draw documents of 80 words from topics drawn of a Dirichlet distribution."""
    of_words = draw.dirichlet(np.full(VOCABULARY, 0.05), size=TOPICS)
    shares = draw.dirichlet(np.full(TOPICS, 0.1), size=documents) @ of_words
    dense = np.stack([draw.multinomial(80, share / share.sum()) for share in shares])
    rows, words = np.nonzero(dense)
    first = np.searchsorted(rows, np.arange(documents + 1)).astype(np.int64)
    return Counts(first, words.astype(np.int32), dense[rows, words].astype(float), VOCABULARY)


def main() -> None:
    """Print a table and, as the last line, the figures as one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--points", type=int, default=4000)
    parser.add_argument("--documents", type=int, default=2000)
    options = parser.parse_args()
    warnings.simplefilter("ignore", ConvergenceWarning)
    draw = np.random.default_rng(0)
    centres = draw.normal(0, 3, (CLUSTERS, DIMENSIONS))
    points = centres[draw.integers(CLUSTERS, size=options.points)] + draw.normal(
        size=(options.points, DIMENSIONS)
    )
    start = start_mixture(points, CLUSTERS, 0)
    counts = drawn_counts(options.documents, draw)
    dense = counts.dense()
    topics = Topics(
        draw.dirichlet(np.ones(TOPICS), size=options.documents),
        draw.dirichlet(np.ones(VOCABULARY), size=TOPICS),
    )
    seconds: dict[str, list[float]] = {name: [] for name in ("gmm", "sklearn_gmm", "plsa", "sklearn_kl_nmf")}
    nmf = NMF(
        TOPICS, init="custom", solver="mu", beta_loss="kullback-leibler", max_iter=PLSA_STEPS, tol=1e-20
    )
    scaled = dense.sum(axis=1, keepdims=True) * topics.of_documents
    for _ in range(ROUNDS):
        mixture = timed(
            lambda: fit_mixture(points, start, iterations=GMM_STEPS, tolerance=-1.0), seconds["gmm"]
        )
        reference = timed(lambda: theirs(points, start), seconds["sklearn_gmm"])
        plsa = timed(lambda: fit_plsa(counts, topics, iterations=PLSA_STEPS, tolerance=-1.0), seconds["plsa"])
        timed(
            lambda: nmf.fit_transform(dense, W=scaled.copy(), H=topics.of_words.copy()),
            seconds["sklearn_kl_nmf"],
        )
    step = topics
    for _ in range(PLSA_STEPS):
        step = factorised(dense, step)
    words = ["a", "b", "ab", "ba", "aba"]
    text = pa.array(["".join(draw.choice(words, 30)) for _ in range(300)])
    lattice = build_lattice(text, build_trie(words))
    unigram = fit_unigram(
        partial(expected_counts, lattice), np.ones(len(words)), iterations=60, tolerance=-1.0
    )
    ours, falls = mixture.parameters, {}
    falls["gmm"] = largest_fall(mixture.log_likelihood, options.points)
    falls["plsa"] = largest_fall(plsa.log_likelihood, counts.total)
    falls["unigram"] = largest_fall(unigram.log_likelihood, lattice.characters)
    figures = {
        "gmm_difference": max(
            float(np.abs(a - b).max())
            for a, b in (
                (ours.weights, reference.weights_),
                (ours.means, reference.means_),
                (ours.covariances, reference.covariances_),
            )
        ),
        "plsa_difference": max(
            float(np.abs(a - b).max()) for a, b in zip(plsa.parameters, step, strict=True)
        ),
        "largest_fall": max(falls.values()),
        "monotone": max(falls.values()) <= 1e-9,
    }
    figures |= {f"{name}_fall": value for name, value in falls.items()}
    figures |= {f"{name}_s": round(statistics.median(taken), 3) for name, taken in seconds.items()}
    for name, value in figures.items():
        print(f"{name:20} {value:.3g}")
    versions = {name: version(name) for name in ("scikit-learn", "numpy", "numba", "scipy")}
    print(json.dumps(figures | {"load": os.getloadavg()[0], "versions": versions}))


if __name__ == "__main__":
    main()
