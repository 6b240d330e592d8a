"""Document completion: half of a held-out document is shown, the other half is to be predicted (Wallach et al. 2009).

    perplexity = exp(-1/N sum_d sum_{w in hidden half} n_dw ln p(w | shown half of d))

Every model gives p(w | shown half) in its own way; the unigram is the vocabulary's shares, the same for all.
"""

from collections.abc import Callable

import numpy as np

from tasks.topics.plsa import Counts

Predict = Callable[[Counts], np.ndarray]


def halves(counts: Counts, seed: int) -> tuple[Counts, Counts]:
    """Return two halves of the documents of two tokens and more, token by token, at random."""
    sizes = np.add.reduceat(np.append(counts.counts, 0), counts.first[:-1]) * (np.diff(counts.first) > 0)
    kept = counts.rows(np.flatnonzero(sizes >= 2))
    row = np.repeat(np.arange(kept.documents), np.diff(kept.first))
    entry = np.repeat(np.arange(len(kept.words)), kept.counts.astype(np.int64))
    order = np.lexsort((np.random.default_rng(seed).random(len(entry)), row[entry]))
    bounds = np.searchsorted(row[entry], np.arange(kept.documents + 1))
    place = np.arange(len(entry)) - np.repeat(bounds[:-1], np.diff(bounds))
    shown = np.bincount(entry[order][place % 2 == 0], minlength=len(kept.words))
    return _of(kept, row, shown), _of(kept, row, kept.counts - shown)


def perplexity(predict: Predict, shown: Counts, hidden: Counts, *, at_once: int = 500) -> float:
    """Return the perplexity of the hidden halves, p(w | shown) float64[documents, words] predicted in parts."""
    total = 0.0
    for start in range(0, shown.documents, at_once):
        part = np.arange(start, min(start + at_once, shown.documents))
        p = predict(shown.rows(part))
        asked = hidden.rows(part)
        row = np.repeat(np.arange(asked.documents), np.diff(asked.first))
        with np.errstate(divide="ignore"):
            total += float(asked.counts @ np.log(p[row, asked.words]))
    return float(np.exp(-total / hidden.total))


def unigram(counts: Counts) -> np.ndarray:
    """Return the shares of words float64[words] in a training text, every word at least half a time."""
    uses = np.maximum(counts.of_words(), 0.5)
    return uses / uses.sum()


def _of(counts: Counts, row: np.ndarray, uses: np.ndarray) -> Counts:
    kept = uses > 0
    first = np.searchsorted(row[kept], np.arange(counts.documents + 1)).astype(np.int64)
    return Counts(first, counts.words[kept], uses[kept].astype(np.float64), counts.vocabulary)
