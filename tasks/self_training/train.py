"""The model of a finished alternation: the student of all its labels, the bigram of the words it cut."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from tasks.ngrams.spans import pieces_of
from tasks.ngrams.vectors import gram_vectors
from tasks.self_training.alternation import MAX_ROUNDS, Alternation, alternate
from tasks.self_training.bigram import Bigram, count_bigrams
from tasks.self_training.completion import DEFAULT, Completion, Pieces, find_joins
from tasks.self_training.features import GramStatistics
from tasks.self_training.segmenter import BOUNDARY, SelfTrainedSegmenter
from tasks.self_training.student import train_student
from tasks.text.characters import StringColumn, blocks, decode, strings
from tasks.text.grams import Grams, MinedRuns, gram_strings, mined_runs
from tasks.text.token_rules import TokenRules


class VectorSize(NamedTuple):
    """Dimensions of the vectors of characters and pairs, and how often those occur that have one."""

    dimensions: int = 16
    least: int = 5


VECTORS = VectorSize()


def model_of(
    mined: MinedRuns, result: Alternation, token_rules: TokenRules, seed: int = 0
) -> SelfTrainedSegmenter:
    """Return the model of a finished alternation: the student of all its labels, the bigram of its words."""
    grams, scale = result.grams, result.encoder.scale
    everywhere = np.arange(len(result.labels))
    student = train_student(
        result.contexts, result.encoder.table, result.labels, everywhere, len(mined.alphabet), seed
    )
    bigram = count_bigrams(mined.character, grams.gram, result.begins, len(grams.count))
    (mean, spread), statistics, vectors = result.scaling, result.encoder.statistics, result.encoder.vectors
    return SelfTrainedSegmenter(
        word_arrays(mined, grams, bigram, statistics, scale.unit)
        | {
            "scale": np.array([scale.unit, scale.max_length, scale.window]),
            "convention": np.array(token_rules.flags, np.int64),
            "vector_keys": vectors.keys,
            "vectors": vectors.values,
            **student._replace(mean=mean, spread=spread)._asdict(),
        }
    )


def word_arrays(
    runs: MinedRuns, grams: Grams, bigram: Bigram, statistics: GramStatistics, unit: int
) -> dict[str, np.ndarray]:
    """Return the arrays of a model that hold what is counted in runs: words, their bigram, statistics of grams."""
    used, pairs = _renumbered(bigram, len(grams.count))
    word_codes, word_offsets = gram_strings(runs, grams, used)
    gram_codes, gram_offsets = gram_strings(runs, grams, np.arange(int(grams.offsets[2 * unit])))
    return {
        "alphabet": runs.alphabet,
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
    }


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
    token_rules: TokenRules,
    *,
    seed: int = 0,
    max_rounds: int = MAX_ROUNDS,
    completion: Completion = DEFAULT,
    vectors: VectorSize = VECTORS,
    workers: int = 2,
    time_is_up: Callable[[], bool] = lambda: False,
    round_ended: Callable[[], None] = lambda: None,
) -> SelfTrainedSegmenter:
    """Train the segmenter on sentences; `workers` threads never change the result."""
    chunks = [block for _, block in blocks(texts)]
    column = pa.concat_arrays(chunks) if chunks else pa.array([], pa.string())
    text = decode(column)
    mined = mined_runs(text, token_rules)
    learnt = gram_vectors(pieces_of(text), *vectors)
    found = alternate(
        mined,
        vectors=learnt,
        seed=seed,
        max_rounds=max_rounds,
        max_length=completion.max_length,
        workers=workers,
        watch=lambda *_: round_ended(),
        time_is_up=time_is_up,
    )
    return completed(model_of(mined, found, token_rules, seed), texts, completion)


def completed(
    model: SelfTrainedSegmenter, texts: StringColumn, completion: Completion
) -> SelfTrainedSegmenter:
    """Return a model without joins with those that its pieces of sentences ask for."""
    pieces, first = [pa.array([], pa.string())], [np.zeros(0, np.bool_)]
    for _, block in blocks(texts):
        text = decode(block)
        mined = model.mined_runs(text)
        begins = model.piece_probabilities(text, mined) > BOUNDARY
        start = np.flatnonzero(begins)
        inside = np.flatnonzero(mined.character >= 0)
        offsets = np.append(np.searchsorted(inside, start), len(inside))
        pieces.append(strings(text.codes[mined.source[inside]], offsets))
        first.append(mined.character[start - 1] < 0)
    column = pa.concat_arrays(pieces).dictionary_encode()
    number = column.indices.to_numpy().astype(np.int64)
    words, joins = find_joins(Pieces(number, np.concatenate(first)), column.dictionary, completion)
    used, numbers = np.unique(np.stack(joins, axis=1), return_inverse=True)
    held = decode(words.take(pa.array(used)))
    arrays = {
        "join_codes": held.codes,
        "join_offsets": held.offsets,
        "joins": numbers.reshape(-1, 3).astype(np.int64),
    }
    return SelfTrainedSegmenter(model.to_arrays() | arrays, model.dictionary)
