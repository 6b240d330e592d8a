"""The model of a finished alternation: the student of all its labels, the bigram of the words it cut."""

from collections.abc import Callable

import numpy as np
import pyarrow as pa

from tasks.self_training.alternation import MAX_ROUNDS, Alternation, alternate
from tasks.self_training.bigram import Bigram, count_bigrams
from tasks.self_training.features import characters_around, gap_features
from tasks.self_training.segmenter import SelfTrainedSegmenter
from tasks.self_training.student import train_student
from tasks.text.characters import StringColumn, blocks, decode
from tasks.text.grams import MinedRuns, gram_strings, mined_runs
from tasks.text.token_rules import TokenRules


def model_of(
    mined: MinedRuns, result: Alternation, convention: TokenRules, seed: int = 0
) -> SelfTrainedSegmenter:
    """Return the model of a finished alternation: the student of all its labels, the bigram of its words."""
    character, grams, scale = mined.character, result.grams, result.scale
    gaps, size = mined.gaps, len(mined.alphabet)
    around = characters_around(character, gaps, scale.window, size)
    features = gap_features(character, grams.gram, gaps, result.statistics, scale.unit)
    student = train_student(around, features, result.labels, np.arange(len(gaps)), size, seed)
    bigram = count_bigrams(character, grams.gram, result.begins, len(grams.count))
    used, pairs = _renumbered(bigram, len(grams.count))
    small = np.arange(int(grams.offsets[2 * scale.unit]))
    word_codes, word_offsets = gram_strings(mined, grams, used)
    gram_codes, gram_offsets = gram_strings(mined, grams, small)
    statistics = result.statistics
    return SelfTrainedSegmenter(
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


def train_model(
    texts: StringColumn,
    convention: TokenRules,
    *,
    seed: int = 0,
    max_rounds: int = MAX_ROUNDS,
    workers: int = 2,
    time_is_up: Callable[[], bool] = lambda: False,
    round_ended: Callable[[], None] = lambda: None,
) -> SelfTrainedSegmenter:
    """Train the segmenter on sentences; `workers` threads never change the result."""
    chunks = [block for _, block in blocks(texts)]
    column = pa.concat_arrays(chunks) if chunks else pa.array([], pa.string())
    mined = mined_runs(decode(column), convention)
    found = alternate(
        mined, seed=seed, max_rounds=max_rounds, workers=workers, watch=lambda *_: round_ended(),
        time_is_up=time_is_up,
    )  # fmt: skip
    return model_of(mined, found, convention, seed)
