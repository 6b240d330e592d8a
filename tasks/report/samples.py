"""Sentences as the corpus is cut, and beside them the likeliest other cuts under its lexicon."""

from collections.abc import Sequence
from typing import Any

import pyarrow as pa

from tasks.unigram.alternatives import likeliest
from tasks.unigram.cuts import cuts_of
from tasks.unigram.segmenter import UnigramSegmenter

Row = dict[str, Any]

OTHERS = 3


def with_others(samples: Sequence[Row], lexicon: UnigramSegmenter) -> list[Row]:
    """Return the samples with `others`: up to three cuts unlike the one shown, the likeliest first.

    Each has its `probability` among all cuts of the sentence and `words`, pairs of a word and whether it is new, that
    is, not a word of the cut shown at the same place.
    """
    texts = [row["text"] for row in samples]
    found = cuts_of(likeliest(lexicon, pa.array(texts, pa.string()), OTHERS + 1), texts)
    return [row | {"others": _others(row, cuts)} for row, cuts in zip(samples, found, strict=True)]


def _others(row: Row, cuts: Sequence[Row]) -> list[Row]:
    shown = set(zip(row["starts"], row["words"], strict=True))
    others = []
    for cut in cuts:
        words = [
            (word, (start, word) not in shown)
            for start, word in zip(cut["starts"], cut["words"], strict=True)
        ]
        if any(new for _, new in words):
            others.append({"probability": cut["probability"], "words": words})
    return others[:OTHERS]
