"""The model of a finished alternation: the student of all its labels, the bigram of the words it cut."""

import numpy as np

from tasks.segment.alternation import Alternation
from tasks.segment.bigram import Bigram, count_bigrams
from tasks.segment.classes import Convention
from tasks.segment.grams import MinedRuns
from tasks.segment.model import Model
from tasks.segment.redundant import gram_strings
from tasks.segment.student import train_student


def model_of(mined: MinedRuns, result: Alternation, convention: Convention, seed: int = 0) -> Model:
    """Return the model of a finished alternation: the student of all its labels, the bigram of its words."""
    grams, scale = result.grams, result.encoder.scale
    everywhere = np.arange(len(result.labels))
    student = train_student(result.contexts, result.labels, everywhere, len(mined.alphabet), seed)
    bigram = count_bigrams(mined.character, grams.gram, result.begins, len(grams.count))
    used, pairs = _renumbered(bigram, len(grams.count))
    small = np.arange(int(grams.offsets[2 * scale.unit]))
    word_codes, word_offsets = gram_strings(mined, grams, used)
    gram_codes, gram_offsets = gram_strings(mined, grams, small)
    statistics, vectors = result.encoder.statistics, result.encoder.vectors
    return Model(
        {
            "scale": np.array([scale.unit, scale.max_length, scale.window]),
            "convention": np.array([convention.classes, convention.mine_latin, convention.dates], np.int64),
            "alphabet": mined.alphabet,
            "word_codes": word_codes,
            "word_offsets": word_offsets,
            "pairs": pairs,
            "spelling": bigram.spelling,
            "lengths": bigram.lengths,
            "discounts": bigram.discounts,
            "gram_codes": gram_codes,
            "gram_offsets": gram_offsets,
            "gram_count": statistics.count.astype(np.int64),
            "gram_left": statistics.left.astype(np.float32),
            "gram_right": statistics.right.astype(np.float32),
            "variation": statistics.variation,
            "total": np.array([statistics.total]),
            "vector_keys": vectors.keys,
            "vectors": vectors.values,
            **student._asdict(),
        }
    )


def _renumbered(bigram: Bigram, words: int) -> tuple[np.ndarray, np.ndarray]:
    live = bigram.pairs[bigram.pairs[:, 1] > 0]
    u, w = np.divmod(live[:, 0], words + 1)
    used = np.unique(np.concatenate([u, w]))
    used = used[used < words]
    number = np.full(words + 1, len(used) + 1, np.int64)
    number[used] = np.arange(len(used))
    pairs = np.stack([number[u], number[w], live[:, 1]], axis=1)
    return used, pairs[np.lexsort((pairs[:, 1], pairs[:, 0]))]
