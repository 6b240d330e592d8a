"""A unigram lexicon of a given size: EM over many candidates, those of least worth dropped step by step.

Candidates are the grams seen twice that hold most characters (count times length). After two EM iterations
the worth of a word is the exact gain over its cheapest other spelling, in bits of the corpus (J. Su, kexue.fm
5476, eq. 2.16), less the bits that spell it once in the lexicon, character by character: a two-part code,
without which long phrases seen twice would crowd out words. The least worthy go until `size` are left, then
EM runs to the end. (Kudo 2018 prunes by a bound of the gain alone.) Every character stays a word.
"""

from dataclasses import dataclass
from functools import partial
from itertools import islice

import numpy as np
import pyarrow as pa

from tasks.em.loop import steps
from tasks.lexicon.gain import gain_of_kept
from tasks.segment.characters import CODE_POINTS, StringColumn, blocks, decode
from tasks.segment.classes import Convention
from tasks.segment.em import Lattice, build_lattice, expected_counts, fit_unigram
from tasks.segment.grams import mined_runs, number_grams
from tasks.segment.redundant import gram_strings, strings
from tasks.segment.spelling import cheapest_parts
from tasks.segment.trie import build_trie

SHRINK, CANDIDATES_A_WORD = 0.75, 12
_LEAST, _UNSEEN = 0.5, 1e-9


@dataclass(frozen=True)
class UnigramLexicon:
    """Words string[n] with probabilities float64[n] that sum to 1 and are all positive."""

    words: pa.StringArray
    probabilities: np.ndarray


def fit_lexicon(
    texts: pa.StringArray, size: int, convention: Convention, *, max_length: int = 8, iterations: int = 12
) -> UnigramLexicon:
    """Fit a lexicon of `size` words, every character among them; ValueError when they do not fit in."""
    words, lengths, counts = _candidates(texts, size, convention, max_length)
    if size < np.count_nonzero(lengths == 1):
        raise ValueError(f"size must be at least the {np.count_nonzero(lengths == 1)} characters, got {size}")
    lattice = build_lattice(texts, build_trie(words), convention)
    spelling = _spelling_bits(words, lengths, counts)
    p = counts / counts.sum()
    while True:
        *_, last = islice(steps(p, partial(_lifted_counts, lattice), _share), 2)
        expected, p = last.statistics, _share(last.statistics)
        if len(words) <= size:
            break
        kept = _worthiest(words, lengths, expected, p, spelling, max(size, int(len(words) * SHRINK)))
        lattice = _without(lattice, kept)
        words, lengths, spelling = words.take(pa.array(kept)), lengths[kept], spelling[kept]
        p = p[kept] / p[kept].sum()
    p = fit_unigram(partial(expected_counts, lattice), p, iterations=iterations, tolerance=0.0).probabilities
    total = float(expected_counts(lattice, p)[0].sum())
    used = np.maximum(p * total, _LEAST)
    return UnigramLexicon(words, used / used.sum())


def _lifted_counts(lattice: Lattice, probabilities: np.ndarray) -> tuple[np.ndarray, float]:
    expected, log_likelihood = expected_counts(lattice, probabilities)
    return np.maximum(expected, _UNSEEN), log_likelihood


def _share(expected: np.ndarray) -> np.ndarray:
    return expected / expected.sum()


def _candidates(
    texts: StringColumn, size: int, convention: Convention, max_length: int
) -> tuple[pa.StringArray, np.ndarray, np.ndarray]:
    text = decode(pa.concat_arrays([block for _, block in blocks(texts)]))
    runs = mined_runs(text, convention, rules=True)
    grams = number_grams(runs.character, max_length, 2)
    held = np.where(grams.length == 1, np.iinfo(np.int64).max, grams.count * grams.length)
    held[(grams.length > 1) & (grams.count < 2)] = 0
    best = np.argsort(-held, kind="stable")[: size * CANDIDATES_A_WORD]
    best = np.sort(best[held[best] > 0])
    words = strings(*gram_strings(runs, grams, best))
    return words, grams.length[best].astype(np.int64), grams.count[best].astype(np.float64)


def _spelling_bits(words: pa.StringArray, lengths: np.ndarray, counts: np.ndarray) -> np.ndarray:
    text = decode(words)
    single = lengths == 1
    bits = np.zeros(CODE_POINTS)
    bits[text.codes[text.offsets[:-1][single]]] = -np.log2(counts[single] / counts[single].sum())
    return np.add.reduceat(bits[text.codes], text.offsets[:-1]) if len(words) else np.zeros(0)


def _worthiest(
    words: pa.StringArray,
    lengths: np.ndarray,
    expected: np.ndarray,
    p: np.ndarray,
    spelling: np.ndarray,
    size: int,
) -> np.ndarray:
    part, times, offsets = cheapest_parts(words, np.maximum(np.log(p), -900.0)).distinct()
    used = np.where(lengths > 1, expected, 0.0)
    gain = gain_of_kept(used, expected[part], offsets, float(expected.sum()), times)
    worth = np.where(lengths == 1, np.inf, gain - spelling)
    return np.sort(np.argsort(-worth, kind="stable")[:size])


def _without(lattice: Lattice, kept: np.ndarray) -> Lattice:
    number = np.full(int(max(lattice.word.max(initial=0), kept.max(initial=0))) + 1, -1, np.int32)
    number[kept] = np.arange(len(kept))
    stays = number[lattice.word] >= 0
    passed = np.concatenate([[0], np.cumsum(stays, dtype=np.int64)])
    return Lattice(passed[lattice.first], lattice.length[stays], number[lattice.word[stays]], lattice.starts)
