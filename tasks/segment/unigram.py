"""A unigram lexicon of a given size: EM over many candidates, those of least worth dropped step by step.

Candidates are the grams seen twice that hold most characters (count times length), and words listed besides, as far
as the text has them. After two EM iterations the worth of a word is the exact gain over its cheapest other spelling,
in bits of the corpus (J. Su, kexue.fm 5476, eq. 2.16), less the bits that spell it once in the lexicon, for each
character which of all it is and whether another follows: a two-part code, without which long phrases seen twice would
crowd out words. The least worthy go until `size` are left, then EM runs to the end. (Kudo 2018 prunes by a bound of
the gain alone.) Every character stays a word, as do the words that the user forces; those that he forbids are none.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from tasks.em.loop import steps
from tasks.lexicon.gain import gain_of_kept
from tasks.segment.characters import StringColumn, blocks, decode
from tasks.segment.classes import Convention
from tasks.segment.dictionary import NOTHING, UserDictionary
from tasks.segment.em import Lattice, build_lattice, expected_counts, fit_unigram
from tasks.segment.grams import mined_runs, number_grams
from tasks.segment.redundant import gram_strings, strings
from tasks.segment.spelling import cheapest_parts
from tasks.segment.trie import build_trie

SHRINK, CANDIDATES_A_WORD, MAX_LENGTH, ITERATIONS = 0.75, 12, 10, 12
# What a trie of candidates can hold, less room for the words that are listed besides.
MOST_CHARACTERS = 12_000_000
_LEAST, _UNSEEN = 0.5, 1e-9


@dataclass(frozen=True)
class UnigramLexicon:
    """Words string[n] with probabilities float64[n] that sum to 1 and are all positive."""

    words: pa.StringArray
    probabilities: np.ndarray


def fit_lexicon(
    texts: pa.StringArray,
    size: int,
    convention: Convention,
    *,
    listed: Sequence[str] = (),
    refused: Collection[str] = (),
    dictionary: UserDictionary = NOTHING,
) -> UnigramLexicon:
    """Fit a lexicon of at most `size` words, every character of texts and listed words among them.

    `listed` are candidates besides the grams, no word of `refused` becomes one, and the dictionary says what the user
    decided. ValueError when size has no room for the words that must stay.
    """
    words = _candidates(texts, size, convention)
    words = _with_listed(words, [*listed, *dictionary.force])
    words = words.filter(_allowed(words, {*refused, *dictionary.forbid}, dictionary.stop_characters))
    lengths = pc.utf8_length(words).to_numpy().astype(np.int64)
    stays = (lengths == 1) | _is_in(words, dictionary.force)
    if size < np.count_nonzero(stays):
        raise ValueError(f"size must be at least the {np.count_nonzero(stays)} words that stay, got {size}")
    lattice = build_lattice(texts, build_trie(words), convention, dictionary)
    counts = np.bincount(lattice.word, minlength=len(words)).astype(np.float64)
    seen = np.flatnonzero(stays | (counts > 0))
    lattice = _without(lattice, seen)
    words, lengths, stays = words.take(pa.array(seen)), lengths[seen], stays[seen]
    counts = np.maximum(counts[seen], _LEAST)
    spelling = lengths * (np.log2(np.count_nonzero(lengths == 1)) + 1)
    p = counts / counts.sum()
    while True:
        *_, last = islice(steps(p, partial(_lifted_counts, lattice), _share), 2)
        expected, p = last.statistics, _share(last.statistics)
        if len(words) <= size:
            break
        worth = np.where(stays, np.inf, _gains(words, lengths, expected, p) - spelling)
        kept = _best(worth, max(size, int(len(words) * SHRINK)))
        lattice = _without(lattice, kept)
        words, lengths, stays, spelling = (
            words.take(pa.array(kept)),
            lengths[kept],
            stays[kept],
            spelling[kept],
        )
        p = p[kept] / p[kept].sum()
    p = fit_unigram(partial(expected_counts, lattice), p, iterations=ITERATIONS, tolerance=0.0).probabilities
    total = float(expected_counts(lattice, p)[0].sum())
    used = np.maximum(p * total, _LEAST)
    return UnigramLexicon(words, used / used.sum())


def _lifted_counts(lattice: Lattice, probabilities: np.ndarray) -> tuple[np.ndarray, float]:
    expected, log_likelihood = expected_counts(lattice, probabilities)
    return np.maximum(expected, _UNSEEN), log_likelihood


def _share(expected: np.ndarray) -> np.ndarray:
    return expected / expected.sum()


def _candidates(texts: StringColumn, size: int, convention: Convention) -> pa.StringArray:
    text = decode(pa.concat_arrays([block for _, block in blocks(texts)] or [pa.array([], pa.string())]))
    runs = mined_runs(text, convention, rules=True)
    grams = number_grams(runs.character, MAX_LENGTH, 2)
    held = np.where(grams.length == 1, np.iinfo(np.int64).max, grams.count * grams.length)
    held[(grams.length > 1) & (grams.count < 2)] = 0
    best = np.argsort(-held, kind="stable")[: size * CANDIDATES_A_WORD]
    best = best[np.cumsum(grams.length[best], dtype=np.int64) <= MOST_CHARACTERS]
    return strings(*gram_strings(runs, grams, np.sort(best[held[best] > 0])))


def _with_listed(words: pa.StringArray, listed: Sequence[str]) -> pa.StringArray:
    held = set(words.to_pylist())
    more = dict.fromkeys([*listed, *(character for word in listed for character in word)])
    return pa.concat_arrays([words, pa.array([word for word in more if word not in held], pa.string())])


def _allowed(words: pa.StringArray, refused: Collection[str], stop_characters: str) -> pa.BooleanArray:
    barred = _is_in(words, refused)
    for character in stop_characters:
        barred |= pc.match_substring(words, character).to_numpy(zero_copy_only=False)
    single = pc.utf8_length(words).to_numpy() == 1
    return pa.array(single | ~barred)


def _is_in(words: pa.StringArray, those: Collection[str]) -> np.ndarray:
    return pc.is_in(words, pa.array(sorted(those), pa.string())).to_numpy(zero_copy_only=False)


def _gains(words: pa.StringArray, lengths: np.ndarray, expected: np.ndarray, p: np.ndarray) -> np.ndarray:
    part, times, offsets = cheapest_parts(words, np.maximum(np.log(p), -900.0)).distinct()
    used = np.where(lengths > 1, expected, 0.0)
    return gain_of_kept(used, expected[part], offsets, float(expected.sum()), times)


def _best(worth: np.ndarray, size: int) -> np.ndarray:
    return np.sort(np.argsort(-worth, kind="stable")[:size])


def _without(lattice: Lattice, kept: np.ndarray) -> Lattice:
    number = np.full(int(max(lattice.word.max(initial=0), kept.max(initial=0))) + 1, -1, np.int32)
    number[kept] = np.arange(len(kept))
    stays = number[lattice.word] >= 0
    passed = np.concatenate([[0], np.cumsum(stays, dtype=np.int64)])
    return Lattice(passed[lattice.first], lattice.length[stays], number[lattice.word[stays]], lattice.starts)
