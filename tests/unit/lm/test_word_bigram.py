"""The word bigram from its definition, by enumeration of cuts and of strings."""

import itertools
from collections import Counter, defaultdict
from functools import cache

import numpy as np
import pyarrow as pa
import pytest

from tasks.lm.alphabet import Alphabet
from tasks.lm.tokens import Cut
from tasks.lm.word_bigram import WordBigram
from tests.unit.lm.kneser_ney_oracle import KneserNeyOracle

ROWS = [["a", "ab", "b"], ["ab", "ab", " ", "a"], ["b", "ba", "a", "a"], ["ab", "b", "a"], [" ", "ba", "ab"]]
LONGEST = 3
EDGE = ""


class Oracle:
    """P(w | u) by dictionaries; any string of visible characters up to the longest is a word."""

    def __init__(self, rows, longest):
        self.longest = longest
        padded = [[EDGE, *row, EDGE] for row in rows]
        self.pairs = Counter(pair for row in padded for pair in itertools.pairwise(row))
        self.before = defaultdict(set)
        for u, w in self.pairs:
            self.before[w].add(u)
        self.kinds = {w: len(us) for w, us in self.before.items()}
        self.words = {w for row in rows for w in row}
        types = sorted(w for w in self.words if w != " ")
        self.letters = KneserNeyOracle(types, 2)
        self.visible = sorted({c for w in types for c in w})

    def spelled(self, word):
        """P_0 of a word: its first character is one, the last may be the end."""
        if not word or " " in word or len(word) > self.longest:
            return 0.0
        p = self.letters.probability(word[0], "<") / (1 - self.letters.probability(">", "<"))
        for before, after in itertools.pairwise(word):
            p *= self.letters.probability(after, before)
        return p if len(word) == self.longest else p * self.letters.probability(">", word[-1])

    def smoothed(self, counts, wanted, shorter):
        total = sum(counts.values())
        if not total:
            return shorter
        discount = (0.5, 1.0, 1.5)
        left = sum(discount[min(c, 3) - 1] for c in counts.values())
        own = counts.get(wanted, 0)
        return (own - (discount[min(own, 3) - 1] if own else 0) + left * shorter) / total

    @cache  # noqa: B019 - one oracle a module
    def probability(self, word, before):
        alone = self.smoothed(self.kinds, word, self.spelled(word))
        return self.smoothed({w: c for (u, w), c in self.pairs.items() if u == before}, word, alone)

    def cuts(self, text):
        """P of each cut of a document, its end included."""

        def spell(rest, before, p):
            if not rest:
                yield p * self.probability(EDGE, before)
            for size in range(1, min(self.longest, len(rest)) + 1):
                word = rest[:size]
                if size == 1 or " " not in word:
                    yield from spell(rest[size:], word, p * self.probability(word, before))

        return list(spell(text, EDGE, 1.0))


def joined(rows):
    return pa.array(["".join(row) for row in rows], pa.string())


def model_of(rows, longest):
    words = pa.array([w for row in rows for w in row if w != " "], pa.string())
    texts = joined(rows)
    return WordBigram.of(Alphabet.of(texts), Cut.of(texts, words, longest))


MODEL, ORACLE = model_of(ROWS, LONGEST), Oracle(ROWS, LONGEST)


def scores(text, model=MODEL):
    symbols = model.alphabet.symbols(pa.array([text], pa.string()))
    return np.exp(model.log_probabilities(symbols)), np.exp(model.likeliest(symbols))


def texts(size):
    return ("".join(text) for text in itertools.product("ab ", repeat=size))


def test_the_smoothing_sums_to_one_after_every_word_known_or_not():
    strings = [*("".join(s) for n in range(1, LONGEST + 1) for s in itertools.product("ab", repeat=n)), " "]
    assert sum(map(ORACLE.spelled, strings)) == pytest.approx(1)
    for before in (EDGE, *strings):
        assert sum(ORACLE.probability(w, before) for w in (EDGE, *strings)) == pytest.approx(1, abs=1e-12)
    assert any(before not in ORACLE.words for before in strings)


def test_a_document_has_the_mass_of_all_its_cuts_and_of_the_best():
    for text in (*texts(0), *texts(1), *texts(2), *texts(3), *texts(4), "abababab", "ab ba bbbb  aab"):
        cuts = ORACLE.cuts(text)
        symbol_by_symbol, best = scores(text)
        assert symbol_by_symbol.prod() == pytest.approx(sum(cuts), rel=1e-12), text
        assert best.prod() == pytest.approx(max(cuts), rel=1e-12), text


def test_after_every_beginning_the_next_symbols_sum_to_one():
    for beginning in itertools.chain.from_iterable(texts(n) for n in range(5)):
        place = len(beginning)
        following = [scores(beginning + c)[0][place] for c in ("a", "b", " ")]
        assert sum(following) + scores(beginning)[0][place] == pytest.approx(1, abs=1e-12)


def test_documents_sum_to_one_as_they_grow():
    ended = np.cumsum([sum(scores(text)[0].prod() for text in texts(n)) for n in range(6)])
    begun = [sum(scores(text)[0][:-1].prod() for text in texts(n)) for n in range(1, 7)]
    np.testing.assert_allclose(ended + begun, 1, atol=1e-12)
    assert ended[-1] > 0.5


def test_an_unknown_character_has_no_share_and_the_next_follows_an_unknown_word():
    found, best = scores("abxab")
    np.testing.assert_allclose(found[:2], scores("ab")[0][:2])
    tails = ["".join(s) for n in range(LONGEST) for s in itertools.product("ab", repeat=n)]
    assert "bbb" not in ORACLE.words
    assert found[3] == pytest.approx(sum(ORACLE.probability("a" + tail, "bbb") for tail in tails), rel=1e-12)
    assert best.prod() <= found.prod()


def test_documents_are_scored_apart_and_long_ones_do_not_underflow():
    long = "ab ba" * 400
    both = MODEL.alphabet.symbols(pa.array([long, "ab"], pa.string()))
    found = MODEL.log_probabilities(both)
    assert found[:-3].sum() < -800
    np.testing.assert_allclose(found[-3:], np.log(scores("ab")[0]))
    best = MODEL.likeliest(both)
    assert best[-1] == pytest.approx(np.log(scores("ab")[1][-1]))
    assert found[:-3].sum() - 800 < best[-4] <= found[:-3].sum()


def test_a_beginning_of_a_long_document_is_scored_as_by_itself():
    """The masses are lifted in the long one."""
    found = scores("ab ba" * 400)[0]
    np.testing.assert_allclose(found[-1], scores("ab ba" * 80)[0][-1], rtol=1e-9)
    np.testing.assert_allclose(found[:400], scores("ab ba" * 80)[0][:400], rtol=1e-9)


def test_white_space_that_is_never_seen_among_the_words_has_no_share_and_ends_nothing():
    alphabet = Alphabet.of(pa.array(["ab\tab", "ab"]))
    model = WordBigram.of(alphabet, Cut.of(pa.array(["abab", "ab"]), pa.array(["ab"] * 3), LONGEST))
    with np.errstate(divide="ignore"):
        found = scores("ab\tab", model)[0]
    assert found[2] == 0
    assert (found[[0, 1, 3, 4, 5]] > 0).all()


def test_discounts_fitted_to_many_words_keep_the_sum_at_one():
    draw = np.random.default_rng(5)
    words = ["".join(draw.choice(list("abcd"), draw.integers(1, 5))) for _ in range(60)]
    rows = [list(draw.choice(words, draw.integers(1, 30), p=draw.dirichlet(np.ones(60)))) for _ in range(200)]
    model = model_of(rows, 4)
    assert tuple(model.followers.weight) != (0.5, 1.0, 1.5)
    for beginning in ("", "a", "abcd", "abcdabcddd", "dddddddddd"):
        place = len(beginning)
        following = sum(scores(beginning + c, model)[0][place] for c in "abcd")
        assert following + scores(beginning, model)[0][place] == pytest.approx(1, abs=1e-12)
