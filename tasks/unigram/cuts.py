"""Segmentations as rows to show: words, offsets, bits and probability."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from tasks.unigram.alternatives import Alternatives


def cuts_of(found: Alternatives, texts: Sequence[str]) -> Iterator[list[dict[str, Any]]]:
    """Yield the segmentations of each text, as found: `words`, `starts`, `ends`, `bits` and `probability`.

    Offsets are in code points. `bits` is -log2 of the probability of the words under the lexicon; `probability` is
    that of the segmentation among all of the text, at the temperature that it was drawn with.
    """
    bounds = found.sentence.searchsorted(range(len(texts) + 1)).tolist()
    starts, ends, offsets = found.start.tolist(), found.end.tolist(), found.offsets.tolist()
    bits, posterior = (-found.log_probability / np.log(2)).tolist(), found.posterior.tolist()
    for row, text in enumerate(texts):
        cuts = []
        for k in range(bounds[row], bounds[row + 1]):
            span = slice(offsets[k], offsets[k + 1])
            figures = {"bits": round(bits[k], 6), "probability": round(posterior[k], 6)}
            cuts.append(words_at(text, starts[span], ends[span]) | figures)
        yield cuts


def words_at(text: str, starts: list[int], ends: list[int]) -> dict[str, Any]:
    """Return `words`, `starts` and `ends` of tokens at these offsets of a text."""
    words = [text[i:j] for i, j in zip(starts, ends, strict=True)]
    return {"words": words, "starts": starts, "ends": ends}
