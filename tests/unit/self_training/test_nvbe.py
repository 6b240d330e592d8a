from collections import Counter, defaultdict
from itertools import combinations, pairwise

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.self_training.nvbe import autonomy, best_cover, branching_entropy, segment_by_entropy
from tasks.text.characters import decode
from tasks.text.grams import mined_runs, number_grams
from tasks.text.token_rules import RAW

LONGEST = 3
texts = st.lists(st.text("abc", min_size=1, max_size=9), min_size=1, max_size=5)


def entropies_by_hand(strings):
    after, before = defaultdict(Counter), defaultdict(Counter)
    for s, string in enumerate(strings):
        for k in range(1, LONGEST + 1):
            for i in range(len(string) - k + 1):
                gram = string[i : i + k]
                # the edge of a run is a neighbour of its own every time
                after[gram][string[i + k] if i + k < len(string) else (s, i)] += 1
                before[gram][string[i - 1] if i > 0 else (s, i)] += 1

    def entropy(counter):
        p = np.array(list(counter.values())) / sum(counter.values())
        return -np.sum(p * np.log(p))

    return {g: entropy(c) for g, c in before.items()}, {g: entropy(c) for g, c in after.items()}


@settings(max_examples=60, deadline=None)
@given(texts)
def test_entropies_and_autonomy_are_those_of_the_definition(strings):
    runs = mined_runs(decode(pa.array(strings)), RAW)
    grams = number_grams(runs.character, LONGEST)
    left, right = branching_entropy(runs.character, grams)
    names = [
        "".join(chr(runs.alphabet[c]) for c in runs.character[f : f + k])
        for f, k in zip(grams.first.tolist(), grams.length.tolist(), strict=True)
    ]
    before, after = entropies_by_hand(strings)
    assert left == pytest.approx([before[g] for g in names], abs=1e-12)
    assert right == pytest.approx([after[g] for g in names], abs=1e-12)

    joined = "".join(strings)
    p = np.array([joined.count(c) / len(joined) for c in set(joined)])
    base = -np.sum(p * np.log(p))
    score = autonomy(grams, left, right)
    for length in range(1, LONGEST + 1):
        mine = [i for i, g in enumerate(names) if len(g) == length]
        if not mine:
            continue
        total = np.zeros(len(mine))
        for entropy, shorter in ((after, lambda g: g[:-1]), (before, lambda g: g[1:])):
            change = np.array(
                [entropy[names[i]] - (base if length == 1 else entropy[shorter(names[i])]) for i in mine]
            )
            if change.std() > 1e-9:
                total += (change - change.mean()) / change.std()
        assert score[mine] == pytest.approx(total, abs=1e-6)


@settings(max_examples=60, deadline=None)
@given(st.text("abc", min_size=1, max_size=7), st.integers(0, 1000))
def test_the_cover_is_the_best_of_all(text, seed):
    runs = mined_runs(decode(pa.array([text])), RAW)
    grams = number_grams(runs.character, LONGEST)
    score = np.random.default_rng(seed).normal(size=len(grams.count))

    def value(bounds):
        return sum(score[grams.gram[1 + i, j - i - 1]] for i, j in pairwise(bounds))

    covers = [
        [0, *inner, len(text)]
        for size in range(len(text))
        for inner in combinations(range(1, len(text)), size)
    ]
    best = max(value(c) for c in covers if all(j - i <= LONGEST for i, j in pairwise(c)))
    found = [*(np.flatnonzero(best_cover(grams.gram, score)) - 1).tolist(), len(text)]
    assert value(found) == pytest.approx(best)


def test_a_repeated_word_in_changing_company_is_found():
    rng = np.random.default_rng(3)
    strings = ["".join(rng.choice(["中国", "山", "水", "人民", "火", "日月"], 30)) for _ in range(60)]
    runs = mined_runs(decode(pa.array(strings)), RAW)
    grams = number_grams(runs.character, 3)
    begins = segment_by_entropy(grams, *branching_entropy(runs.character, grams))
    inner = np.flatnonzero(
        np.isin(runs.character, [int(np.flatnonzero(runs.alphabet == ord(c))[0]) for c in "国民月"])
    )
    assert begins[inner].mean() < 0.05
