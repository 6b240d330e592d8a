"""The segmenter of a table `ngrams` against the cover that nVBE finds in running text."""

import numpy as np
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.self_training.nvbe import autonomy, best_cover, branching_entropy
from tasks.self_training.nvbe_segmenter import entropy_grams, entropy_segmenter
from tasks.text.characters import decode, strings
from tasks.text.grams import gram_strings, mined_runs, number_grams
from tasks.text.token_rules import RAW, TokenRules


def frame_of(runs, grams, score):
    return pl.DataFrame(
        {
            "gram": pl.Series(strings(*gram_strings(runs, grams, np.arange(len(grams.count))))),
            "length": grams.length.astype(np.int64),
            "count": grams.count,
            "autonomy": score,
        }
    )


def sums(texts, score_of):
    """The sum of |w| autonomy(w) of the segmenter's cut, and the largest of any cover."""
    runs = mined_runs(decode(pa.array(texts)), RAW)
    grams = number_grams(runs.character, 4)
    score = score_of(runs, grams)
    frame = frame_of(runs, grams, score)
    worth = dict(zip(frame["gram"], score * grams.length, strict=True))
    words = entropy_segmenter(frame, RAW).segment(pa.array(texts)).to_arrow()["word"].to_pylist()
    assert "".join(words) == "".join(texts)
    starts = np.flatnonzero(best_cover(grams.gram, score * grams.length))
    inside = np.flatnonzero(runs.character >= 0)
    length = np.bincount(np.searchsorted(starts, inside, "right") - 1, minlength=len(starts))
    best = (score * grams.length)[grams.gram[starts, length - 1]].sum()
    return sum(worth[word] for word in words), best


@settings(max_examples=60, deadline=None)
@given(st.lists(st.text("中外科学名", min_size=1, max_size=9), min_size=1, max_size=6), st.integers(0, 99))
def test_the_cut_has_the_largest_sum_of_autonomies(texts, seed):
    found, best = sums(texts, lambda _, g: np.random.default_rng(seed).normal(size=len(g.count)) * 5)
    assert found == pytest.approx(best, abs=1e-3)


def test_the_cut_of_a_text_by_its_own_autonomies_is_that_of_nvbe():
    rng = np.random.default_rng(3)
    texts = ["".join(rng.choice(["中国", "山", "水", "人民", "火", "日月"], 30)) for _ in range(60)]
    found, best = sums(texts, lambda r, g: autonomy(g, *branching_entropy(r.character, g)))
    assert found == pytest.approx(best, abs=1e-3)


def test_extreme_autonomies_stay_within_the_bounds_of_costs():
    frame = pl.DataFrame(
        {"gram": ["a", "b", "ab"], "length": [1, 1, 2], "count": [9, 9, 9], "autonomy": [-900.0, 0.0, 700.0]}
    )
    assert entropy_segmenter(frame, RAW).split("abba") == ["ab", "b", "a"]
    with pytest.raises(ValueError, match="finite"):
        entropy_segmenter(frame.with_columns(autonomy=pl.lit(float("nan"))), RAW)


def test_grams_are_as_long_as_the_alphabet_asks_and_the_rarest_give_way(tmp_path):
    letters = [chr(0x4E00 + i) for i in range(800)]
    rows = [(c, 1, 10, 0.1) for c in letters]
    rows += [("一丁", 2, 9, 0.2), ("一丁七", 3, 5, 0.3), ("丁七", 2, 5, 0.3), ("一丁七万丈", 5, 5, 0.4)]
    frame = pl.DataFrame(rows, schema=["gram", "length", "count", "autonomy"], orient="row")
    path = str(tmp_path / "part-0.parquet")
    frame.write_parquet(path)
    assert entropy_grams([path], TokenRules()).height == 803
    few = entropy_grams([path], TokenRules(), max_characters=6)
    assert few.filter(pl.col("length") > 1)["gram"].to_list() == ["一丁"]
    assert entropy_grams([path], TokenRules(), max_characters=1)["length"].max() == 1
