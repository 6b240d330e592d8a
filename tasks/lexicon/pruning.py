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
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from tasks.em import steps
from tasks.lexicon.gain import gain_of_kept
from tasks.text.characters import StringColumn, blocks, decode, strings
from tasks.text.grams import gram_strings, mined_runs, number_grams
from tasks.text.token_rules import TokenRules
from tasks.text.trie import build_trie
from tasks.text.user_dictionary import NOTHING, UserDictionary
from tasks.unigram.em import expected_counts, fit_unigram
from tasks.unigram.lattice import Lattice, build_lattice
from tasks.unigram.spelling import cheapest_parts, distinct, spelling_lattice

SHRINK, CANDIDATES_A_WORD, MAX_LENGTH, ITERATIONS = 0.75, 12, 10, 12
# A trie holds 16 million characters of words: half of these are for grams, the rest for words that are listed.
MOST_CHARACTERS = 8_000_000
_LEAST, _UNSEEN, _MOST_NATS = 0.5, 1e-9, 900.0


@dataclass(frozen=True)
class UnigramLexicon:
    """Words string[n] with probabilities float64[n] that sum to 1 and are all positive."""

    words: pa.StringArray
    probabilities: np.ndarray


class _Listing(NamedTuple):
    """Words string[n], their length int64[n] in characters, and whether they stay whatever they are worth, bool[n]."""

    words: pa.StringArray
    length: np.ndarray
    stays: np.ndarray

    def only(self, kept: np.ndarray) -> "_Listing":
        """Return the kept words, int64[m]."""
        return _Listing(self.words.take(pa.array(kept)), self.length[kept], self.stays[kept])


def fit_lexicon(
    texts: pa.StringArray,
    size: int,
    token_rules: TokenRules,
    *,
    listed: Sequence[str] = (),
    refused: Collection[str] = (),
    dictionary: UserDictionary = NOTHING,
) -> UnigramLexicon:
    """Fit a lexicon of at most `size` words, every character of texts and listed words among them.

    `listed` are candidates besides the grams, no word of `refused` becomes one, and the dictionary says what the user
    decided. ValueError when size has no room for the words that must stay.
    """
    words = _candidates(texts, size, token_rules)
    words = _with_listed(words, [*dictionary.force, *listed])
    words = words.filter(_allowed(words, {*refused, *dictionary.forbid}, dictionary.stop_characters))
    lengths = pc.utf8_length(words).to_numpy().astype(np.int64)
    listing = _Listing(words, lengths, (lengths == 1) | _is_in(words, dictionary.force))
    if size < listing.stays.sum():
        raise ValueError(f"size must be at least the {listing.stays.sum()} words that stay, got {size}")
    lattice = build_lattice(texts, build_trie(words), token_rules, dictionary)
    counts = np.bincount(lattice.word, minlength=len(words)).astype(np.float64)
    seen = np.flatnonzero(listing.stays | (counts > 0))
    if len(seen) < len(words):
        listing, lattice, counts = listing.only(seen), lattice.only(seen), counts[seen]
    p = _share(np.maximum(counts, _LEAST))
    while True:
        *_, last = islice(steps(p, partial(_lifted_counts, lattice), _share), 2)
        p = _share(last.statistics)
        if len(listing.words) <= size:
            break
        kept = _worthiest(listing, last.statistics, p, max(size, int(len(listing.words) * SHRINK)))
        listing, lattice, p = listing.only(kept), lattice.only(kept), _share(p[kept])
    p = fit_unigram(partial(expected_counts, lattice), p, iterations=ITERATIONS, tolerance=0.0).probabilities
    total = float(expected_counts(lattice, p)[0].sum())
    return UnigramLexicon(listing.words, _share(np.maximum(p * total, _LEAST)))


def _lifted_counts(lattice: Lattice, probabilities: np.ndarray) -> tuple[np.ndarray, float]:
    expected, log_likelihood = expected_counts(lattice, probabilities)
    return np.maximum(expected, _UNSEEN), log_likelihood


def _share(expected: np.ndarray) -> np.ndarray:
    return expected / expected.sum()


def _candidates(texts: StringColumn, size: int, token_rules: TokenRules) -> pa.StringArray:
    text = decode(pa.concat_arrays([block for _, block in blocks(texts)] or [pa.array([], pa.string())]))
    runs = mined_runs(text, token_rules, rules=True)
    grams = number_grams(runs.character, MAX_LENGTH, 2)
    held = np.where(grams.length == 1, np.iinfo(np.int64).max, grams.count * grams.length)
    held[(grams.length > 1) & (grams.count < 2)] = 0
    best = np.argsort(-held, kind="stable")[: size * CANDIDATES_A_WORD]
    best = best[np.cumsum(grams.length[best], dtype=np.int64) <= MOST_CHARACTERS]
    return strings(*gram_strings(runs, grams, np.sort(best[held[best] > 0])))


def _with_listed(words: pa.StringArray, listed: Sequence[str]) -> pa.StringArray:
    held = set(words.to_pylist())
    more = dict.fromkeys([*(character for word in listed for character in word), *listed])
    added = pa.array([word for word in more if word not in held], pa.string())
    fits = np.cumsum(pc.utf8_length(added).to_numpy(), dtype=np.int64) <= MOST_CHARACTERS
    return pa.concat_arrays([words, added.filter(pa.array(fits))])


def _allowed(words: pa.StringArray, refused: Collection[str], stop_characters: str) -> pa.BooleanArray:
    barred = _is_in(words, refused)
    for character in stop_characters:
        barred |= pc.match_substring(words, character).to_numpy(zero_copy_only=False)
    single = pc.utf8_length(words).to_numpy() == 1
    return pa.array(single | ~barred)


def _is_in(words: pa.StringArray, those: Collection[str]) -> np.ndarray:
    return pc.is_in(words, pa.array(sorted(those), pa.string())).to_numpy(zero_copy_only=False)


def _worthiest(listing: _Listing, expected: np.ndarray, p: np.ndarray, size: int) -> np.ndarray:
    costs = np.minimum(np.abs(np.log(p)), _MOST_NATS)
    parts, times = distinct(cheapest_parts(spelling_lattice(listing.words), costs))
    single = listing.length == 1
    used = np.where(single, 0.0, expected)
    gain = gain_of_kept(used, expected[parts.values], parts.offsets, float(expected.sum()), times)
    entry = listing.length * (np.log2(np.count_nonzero(single)) + 1)
    worth = np.where(listing.stays, np.inf, gain - entry)
    return np.sort(np.argsort(-worth, kind="stable")[:size])
