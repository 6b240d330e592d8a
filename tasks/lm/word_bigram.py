"""Words drawn one after the other, each given the one before it, as a distribution over documents.

    P(w | u) = max(N_uw - D_r, 0) / N_u + g(u) P(w)      r = N_uw, 3 for 3 and more
    P(w)     = max(t_w - D'_r, 0) / sum t + g' P_0(w)    P_0 spells w, and alone gives unknown words any mass

N counts pairs in the documents to learn from as they are cut, t_w the different words before w; the discounts D and
the weights g and g' are those of tasks.lm.kneser_ney. A document begins and ends with a word of its own, each
character of white space is a word. P_0 is a Kneser-Ney bigram of the characters of word types, its begin and its end
among them; white space is none of them, and a word of `longest` characters ends there. After an unknown word, as after
an unknown character, P(w | u) is P(w). The segmenter's teacher is this model (tasks.self_training.bigram); here its
probabilities sum to one.
"""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from tasks.lm.alphabet import EDGE, Alphabet, Symbols
from tasks.lm.grams import count_grams
from tasks.lm.kneser_ney import KneserNey, discount, discounts_of
from tasks.lm.tokens import Cut
from tasks.lm.word_lattice import Followers, Spelling, Words, add_up, walk
from tasks.text.token_rules import SPACE, class_table


@dataclass(frozen=True)
class WordBigram:
    """Words string[K] in the order of their code points, numbered from 1, and what scoring them needs."""

    alphabet: Alphabet
    words: pa.StringArray
    table: Words
    followers: Followers
    letters: KneserNey
    longest: int

    @classmethod
    def of(cls, alphabet: Alphabet, cut: Cut) -> "WordBigram":
        """Return the model of documents cut into words; ValueError when they hold none but white space."""
        found = pc.dictionary_encode(cut.tokens)
        order = pc.sort_indices(found.dictionary).to_numpy()
        words = found.dictionary.take(pa.array(order))
        number = np.empty(len(order), np.int64)
        number[order] = np.arange(1, len(order) + 1)
        followers = _followers(number[found.indices.to_numpy()], cut.offsets, len(words))
        spelled = alphabet.symbols(words)
        blank = class_table()[alphabet.codes] == SPACE
        is_blank = np.concatenate([[False], blank, [False]])
        types = words.filter(pa.array(~is_blank[spelled.symbol[spelled.offsets[:-1]]]))
        grams = count_grams(alphabet.symbols(types), 2)
        letters = KneserNey.of(alphabet, grams, 2, base=alphabet.unknown - int(blank.sum()))
        return cls(
            alphabet, words, Words(spelled.symbol, spelled.offsets, is_blank), followers, letters, cut.longest
        )

    def log_probabilities(self, text: Symbols) -> np.ndarray:
        """Return ln p of every symbol of documents after the first edge, given those before it, float64[n - 1].

        All cuts are summed; no escape is counted, and what an unknown character has is 0.
        """
        return self._walk(text, likeliest=False)

    def likeliest(self, text: Symbols) -> np.ndarray:
        """Return ln p of the likeliest cut of each document, at its end, and 0 elsewhere, float64[n - 1]."""
        return self._walk(text, likeliest=True)

    def _walk(self, text: Symbols, likeliest: bool) -> np.ndarray:
        out = np.zeros(len(text.symbol) - 1)
        walk(text.symbol, self.table, self.followers, self._spelling(text.symbol), likeliest, out)
        return out

    def _spelling(self, symbol: np.ndarray) -> Spelling:
        """Return what each symbol of a text int32[n] costs as the next one of an unknown word."""
        alone = np.zeros(2 * self.alphabet.unknown + 1, np.int32)
        alone[1::2] = np.arange(self.alphabet.unknown)
        p = np.exp(self.letters.log_probabilities(Symbols(alone, np.arange(1, len(alone) + 1, 2))))
        opening, stop = np.append(p[0::2], 0.0), np.append(p[1::2], 1.0)
        opening[self.table.blank] = 0.0
        opening /= 1 - opening[EDGE]
        plain = Symbols(symbol, np.zeros(1, np.int64))
        following = np.append(0.0, np.exp(self.letters.log_probabilities(plain)))
        return Spelling(opening[symbol], following, stop[symbol], self.longest)


def _followers(number: np.ndarray, offsets: np.ndarray, words: int) -> Followers:
    """Return the smoothed counts of a text's words int64[n], numbered from 1; 0 is before and after a document."""
    at = np.arange(len(number)) + np.repeat(np.arange(1, len(offsets)), np.diff(offsets))
    stream = np.zeros(len(number) + len(offsets), np.int64)
    stream[at] = number
    size = words + 1
    pairs, counts = np.unique(stream[:-1] * size + stream[1:], return_counts=True)
    before, after = np.divmod(pairs, size)
    first = np.searchsorted(before, np.arange(size + 1))
    share, weight = np.zeros(len(pairs)), np.ones(size)
    discount(first, counts, np.array(discounts_of(counts)), share, weight)
    kinds = np.bincount(after, minlength=size)
    alone, left = np.zeros(size), np.ones(1)
    discount(np.array([0, size]), kinds, np.array(discounts_of(kinds)), alone, left)
    summed = np.empty(len(share))
    add_up(first, share, summed)
    return Followers(first, after, share, summed, weight, alone, np.cumsum(alone), float(left[0]))
