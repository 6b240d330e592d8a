"""A segmenter brought up to date: the words of new text enter, the old text stays as it was cut."""

import numpy as np
import pyarrow as pa
import pytest

from tasks.self_training.train import train_model
from tasks.self_training.update import _embedding, updated
from tasks.text.token_rules import TokenRules

WORDS = [*"的在是了和有", "中国", "人民", "工作", "发展", "经济", "社会", "研究", "问题", "共和国", "大学生"]


def sentences(count, seed, words=WORDS):
    rng = np.random.default_rng(seed)
    return ["".join(rng.choice(words, 12)) for _ in range(count)]


@pytest.fixture(scope="module")
def old():
    texts = pa.array(sentences(800, 1))
    return texts, train_model(texts, TokenRules(), seed=3)


def test_what_did_not_change_in_the_text_hardly_changes_in_the_words(old):
    texts, model = old
    more = pa.array([*texts.to_pylist(), *sentences(8, 2)])
    before = model.segment(texts).to_arrow()["word"].to_pylist()
    after = updated(model, more).segment(texts).to_arrow()["word"].to_pylist()
    assert len(set(before)) > 10
    assert np.mean([a == b for a, b in zip(before, after, strict=False)]) > 0.99


def test_words_of_new_text_are_counted(old):
    texts, model = old
    more = pa.array([*texts.to_pylist(), *sentences(60, 2, [*WORDS, "葡萄"])])
    after = updated(model, more)
    assert "葡" not in model.arrays.alphabet.tobytes().decode("utf-32-le")
    assert "葡" in after.arrays.alphabet.tobytes().decode("utf-32-le")
    assert len(after.arrays.pairs) > len(model.arrays.pairs)
    assert after.split("中国葡萄问题")[0] == "中国"


def test_an_update_depends_on_nothing_but_its_text(old):
    texts, model = old
    one, two = (updated(model, texts).to_arrays() for _ in range(2))
    assert all(one[name].tobytes() == two[name].tobytes() for name in one)


def test_new_characters_have_the_embedding_of_unknown_ones():
    embedding = np.arange(6, dtype=np.float32).reshape(3, 2)
    old, new = np.array([5, 9], np.uint32), np.array([4, 5, 7, 9, 11], np.uint32)
    assert _embedding(old, embedding, new).tolist() == [[0, 0], [0, 1], [0, 0], [2, 3], [0, 0], [4, 5]]
