"""Scores of a segmenter against gold, its errors by length, and its worst sentences."""

from typing import Any

import numpy as np
import pyarrow as pa

from tasks.crf.gold import Sentences
from tasks.evaluation.disagreements import badly_cut, error_kinds
from tasks.evaluation.spans import score_spans
from tasks.text.segmentation import Segmenter

SCORES = ("segmentation_scores", "segmentation_errors", "worst_sentences")
COUNTS = ("gold_words", "predicted_words", "right_words")
WORST = 20


def scores_of(segmenter: Segmenter, gold: Sentences, known: set[str]) -> dict[str, list[dict[str, Any]]]:
    """Return the rows of each table of SCORES but for model and texts; words that are `known` were learnt from."""
    texts = pa.array(["".join(words) for words in gold], pa.string())
    found = segmenter.segment(texts)
    flat = found.to_arrow()["word"].to_pylist()
    bounds = np.searchsorted(found.sentence_index, np.arange(len(gold) + 1))
    predicted = [flat[bounds[i] : bounds[i + 1]] for i in range(len(gold))]
    score = score_spans(gold, predicted, known)
    figures = {name: value for name, value in vars(score).items() if value is not None}
    errors = [vars(kind) for kind in error_kinds(gold, predicted)]
    worst = [vars(text) | {"place": n} for n, text in enumerate(badly_cut(gold, predicted, WORST), 1)]
    return {
        "segmentation_scores": [{"metric": m, "value": float(v)} for m, v in figures.items()],
        "segmentation_errors": errors,
        "worst_sentences": worst,
    }
