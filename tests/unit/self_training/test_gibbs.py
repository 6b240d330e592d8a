"""The word bigram and its posterior against every segmentation of short runs, by the formula itself."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from itertools import combinations, pairwise

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.self_training.bigram import bigram_of_pairs, count_bigrams, limit_length, refitted
from tasks.self_training.gibbs import (
    Chart,
    _brought_together,
    _copies,
    _draw,
    _shard_bounds,
    begin_probabilities,
    sample_segmentations,
)
from tasks.text.characters import decode
from tasks.text.grams import mined_runs, number_grams
from tasks.text.token_rules import RAW

LONGEST = 3
EDGE = "#"


def lay_out(sentences):
    runs = mined_runs(decode(pa.array(["".join(s) for s in sentences])), RAW)
    grams = number_grams(runs.character, LONGEST)
    begins = np.zeros(len(runs.character), bool)
    i = 1
    for sentence in sentences:
        for word in sentence:
            begins[i] = True
            i += len(word)
        i += 1
    return runs, grams, begins


class ByHand:
    """Interpolated Kneser-Ney over dictionaries, as the module's docstring has it."""

    def __init__(self, sentences, alphabet):
        self.pairs = Counter(p for s in sentences for p in pairwise([EDGE, *s, EDGE]))
        self.context = Counter()
        self.types, self.followed = Counter(), Counter()
        for (u, w), n in self.pairs.items():
            self.context[u] += n
            self.types[u] += 1
            self.followed[w] += 1
        words = {w for s in sentences for w in s}
        self.words = len(words)
        self.d2 = self.discount(self.pairs.values())
        self.d1 = self.discount([n for w, n in self.followed.items() if w != EDGE])
        letters = Counter(dict.fromkeys([*alphabet, "unknown"], 0.5))
        lengths = Counter(dict.fromkeys(range(1, LONGEST + 1), 1))
        for word in words:
            letters.update(word)
            lengths[len(word)] += 1
        self.letters = {c: n / sum(letters.values()) for c, n in letters.items()}
        self.lengths = {k: n / sum(lengths.values()) for k, n in lengths.items()}

    @staticmethod
    def discount(counts):
        once, twice = list(counts).count(1), list(counts).count(2)
        return once / (once + 2 * twice) if once and twice else 0.5

    def word(self, w):
        tables = self.followed.total()
        known = max(self.followed[w] - self.d1, 0)
        if w == EDGE:
            return known / (tables + 1)
        spelled = self.lengths[len(w)] * np.prod([self.letters[c] for c in w])
        return (known + (1 + self.d1 * self.words) * spelled) / (tables + 1)

    def pair(self, u, w):
        seen = max(self.pairs[u, w] - self.d2, 0)
        return (seen + (1 + self.d2 * self.types[u]) * self.word(w)) / (self.context[u] + 1)

    def all(self, text):
        for cuts in range(len(text)):
            for inner in combinations(range(1, len(text)), cuts):
                bounds = [0, *inner, len(text)]
                words = [text[i:j] for i, j in pairwise(bounds)]
                if max(map(len, words)) <= LONGEST:
                    p = np.prod([self.pair(u, w) for u, w in pairwise([EDGE, *words, EDGE])])
                    yield bounds[:-1], float(p)


corpora = st.lists(
    st.lists(st.text("ab", min_size=1, max_size=LONGEST), min_size=1, max_size=3), min_size=1, max_size=5
)


@settings(max_examples=60, deadline=None)
@given(corpora)
def test_posterior_is_that_of_all_segmentations(sentences):
    runs, grams, begins = lay_out(sentences)
    model = count_bigrams(runs.character, grams.gram, begins, len(grams.count))
    by_hand = ByHand(sentences, map(chr, runs.alphabet))
    found = begin_probabilities(runs.character, grams.gram, model)
    i = 1
    for sentence in sentences:
        text = "".join(sentence)
        expected, total = np.zeros(len(text)), 0.0
        for starts, p in by_hand.all(text):
            expected[starts] += p
            total += p
        assert found[i : i + len(text)] == pytest.approx(expected / total, abs=1e-9)
        i += len(text) + 1


@settings(max_examples=30, deadline=None)
@given(corpora)
def test_counts_survive_being_written_as_pairs(sentences):
    runs, grams, begins = lay_out(sentences)
    words = len(grams.count)
    model = count_bigrams(runs.character, grams.gram, begins, words)
    live = model.pairs[model.pairs[:, 1] > 0]
    pairs = np.stack([*np.divmod(live[:, 0], words + 1), live[:, 1]], axis=1)
    again = bigram_of_pairs(pairs, words, model.spelling, model.lengths, model.discounts)
    assert again.word.tolist() == model.word.tolist()
    assert again.totals.tolist() == model.totals.tolist()
    assert begin_probabilities(runs.character, grams.gram, again) == pytest.approx(
        begin_probabilities(runs.character, grams.gram, model)
    )


def test_draws_follow_the_posterior_given_the_others():
    sentences = [["ab", "a"], ["ab"], ["a", "b", "a"], ["ba"]]
    runs, grams, begins = lay_out(sentences)
    words = len(grams.count)
    first = slice(1, 4)
    rest = ByHand(sentences[1:], map(chr, runs.alphabet))
    whole = count_bigrams(runs.character, grams.gram, begins, words)
    # discounts, lengths and letters are those of the whole text; only the counts leave the run out
    rest.d1, rest.d2 = whole.discounts
    rest.lengths = dict(enumerate(whole.lengths))
    rest.letters = {chr(c): p for c, p in zip(runs.alphabet, whole.spelling, strict=False)}
    expected, total = np.zeros(3), 0.0
    for starts, p in rest.all("aba"):
        expected[starts] += p
        total += p
    drawn, posterior = np.zeros(3), None
    for seed in range(4000):
        sample, posterior, _ = sample_segmentations(
            runs.character, grams.gram, begins, words, sweeps=1, averaged=1, seed=seed, workers=1
        )
        drawn += sample[first]
    assert posterior[first] == pytest.approx(expected / total, abs=1e-9)
    assert drawn / 4000 == pytest.approx(expected / total, abs=0.04)


def artificial(sentences=300, seed=5):
    rng = np.random.default_rng(seed)
    return [rng.choice(["中国", "山", "水", "人民", "火", "日月"], 8).tolist() for _ in range(sentences)]


def test_workers_do_not_change_the_sample():
    runs, grams, begins = lay_out(artificial())
    start = np.ones_like(begins) & (runs.character >= 0)
    one, two = (
        sample_segmentations(
            runs.character, grams.gram, start, len(grams.count), sweeps=4, averaged=2, seed=9, workers=w
        )
        for w in (1, 2)
    )
    assert one[0].tolist() == two[0].tolist()
    assert one[1].tolist() == two[1].tolist()
    assert one[2] == two[2]


def test_bits_fall_and_words_return_from_a_damaged_start():
    sentences = artificial()
    runs, grams, truth = lay_out(sentences)
    damaged = truth.copy()
    damaged[np.random.default_rng(1).permutation(np.flatnonzero(runs.character >= 0))[::4]] ^= True
    damaged = limit_length(runs.character, damaged, LONGEST)

    def sweep(n):
        return sample_segmentations(
            runs.character, grams.gram, damaged, len(grams.count), sweeps=n, averaged=1, seed=1
        )

    assert sweep(10)[2] < sweep(1)[2] - 0.05
    gaps = runs.gaps
    wrong = [np.mean(begins[gaps] != truth[gaps]) for begins in (damaged, sweep(10)[0])]
    assert wrong[1] < wrong[0] / 2, wrong


def test_words_too_long_are_refused_or_cut():
    runs, grams, begins = lay_out([["ab", "ab"]])
    begins[3] = False
    with pytest.raises(ValueError, match="at most 3 characters"):
        count_bigrams(runs.character, grams.gram, begins, len(grams.count))
    assert np.flatnonzero(limit_length(runs.character, begins, 3)).tolist() == [1, 4]


def counts_of(model):
    live = model.pairs[model.pairs[:, 1] > 0]
    rest = (model.word.tolist(), model.totals.tolist(), model.spelling.tolist(), model.lengths.tolist())
    return dict(live.tolist()), rest, model.discounts.tolist()


@settings(max_examples=20, deadline=None)
@given(st.lists(corpora.filter(lambda s: len(s) > 2), min_size=4, max_size=8))
def test_after_a_sweep_every_half_counts_the_whole_text(many):
    runs, grams, begins = lay_out([sentence for sentences in many for sentence in sentences])
    text, words = (runs.character, grams.gram), len(grams.count)
    models = _copies(count_bigrams(*text, begins, words))
    before, bounds = begins.copy(), _shard_bounds(runs.character)
    for k, bound in enumerate(bounds):
        chart = Chart.of(runs.character, *bound, LONGEST)
        averaging = np.zeros(len(begins)), 1.0
        _draw(text, begins, averaging, bound, models[k], chart, np.uint64(k + 1))
    with ThreadPoolExecutor(2) as pool:
        models = _brought_together(pool, models, text, (before, begins), bounds)
    anew = counts_of(count_bigrams(*text, begins, words))
    assert [counts_of(model) for model in models] == [anew] * len(models)


def test_a_table_full_of_pairs_that_are_gone_is_made_anew():
    runs, grams, begins = lay_out([["ab", "a"], ["b", "ab"]])
    model = count_bigrams(runs.character, grams.gram, begins, len(grams.count))
    expected = counts_of(model)
    empty = np.flatnonzero(model.pairs[:, 0] < 0)
    model.pairs[empty[:-1], 0] = 10**12 + empty[:-1]
    anew = refitted(model, runs.character, grams.gram, begins)
    assert counts_of(anew) == expected
    assert anew.pairs is not model.pairs
    assert refitted(anew, runs.character, grams.gram, begins).pairs is anew.pairs
