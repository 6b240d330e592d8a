"""A trained segmenter brought up to date with text that has grown or shrunk a little: a warm start.

The student stays as it is, and so do the vectors it sees; they are about contexts, which a few more documents hardly
change. The teacher's word bigram and the statistics of grams are counted anew over the text as the segmenter cuts it,
so that new words and new counts enter; what did not change in the text hardly changes in the words.
"""

import numpy as np
import pyarrow as pa

from tasks.self_training.bigram import count_bigrams, limit_length
from tasks.self_training.completion import DEFAULT, Completion
from tasks.self_training.features import GramStatistics
from tasks.self_training.nvbe import branching_entropy
from tasks.self_training.redundancy import split_redundant
from tasks.self_training.segmenter import BOUNDARY, SelfTrainedSegmenter
from tasks.self_training.train import completed, word_arrays
from tasks.text.characters import StringColumn, blocks, decode
from tasks.text.grams import mined_runs, number_grams, numbered_words


def updated(
    model: SelfTrainedSegmenter, texts: StringColumn, completion: Completion = DEFAULT
) -> SelfTrainedSegmenter:
    """Return the segmenter with words, counts and joins of sentences, and the student that it had."""
    chunks = [block for _, block in blocks(texts)]
    column = pa.concat_arrays(chunks) if chunks else pa.array([], pa.string())
    text = decode(column)
    runs = mined_runs(text, model.token_rules)
    scale = model.scale
    grams = number_grams(runs.character, scale.max_length, 1 if scale.unit == 1 else 2)
    begins = limit_length(
        runs.character, _beginnings(model, column)[runs.source] & (runs.source >= 0), scale.max_length
    )
    begins = split_redundant(runs, grams, numbered_words(grams, begins))
    bigram = count_bigrams(runs.character, grams.gram, begins, len(grams.count))
    left, right = branching_entropy(runs.character, grams)
    statistics = GramStatistics.of(grams, left, right, scale.unit)
    arrays = model.to_arrays()
    changed = word_arrays(runs, grams, bigram, statistics, scale.unit) | {
        "embedding": _embedding(arrays["alphabet"], arrays["embedding"], runs.alphabet)
    }
    return completed(SelfTrainedSegmenter(arrays | changed, model.dictionary), texts, completion)


def _beginnings(model: SelfTrainedSegmenter, column: pa.StringArray) -> np.ndarray:
    """Return bool[characters + 1] of the text, where a piece begins in a mined run."""
    parts = [np.zeros(0, np.bool_)]
    for _, block in blocks(column):
        text = decode(block)
        mined = model.mined_runs(text)
        begins = np.zeros(len(text.codes), np.bool_)
        inside = mined.source >= 0
        begins[mined.source[inside]] = (model.piece_probabilities(text, mined) > BOUNDARY)[inside]
        parts.append(begins)
    return np.concatenate([*parts, np.zeros(1, np.bool_)])


def _embedding(old: np.ndarray, embedding: np.ndarray, new: np.ndarray) -> np.ndarray:
    """Return the embedding float32[new + 1, size] of another alphabet: zeros for a character that was not there."""
    rows = np.zeros((len(new) + 1, embedding.shape[1]), np.float32)
    at = np.minimum(np.searchsorted(old, new), max(len(old) - 1, 0))
    known = old[at] == new if len(old) else np.zeros(len(new), np.bool_)
    rows[:-1][known] = embedding[at[known]]
    rows[-1] = embedding[-1]
    return rows
