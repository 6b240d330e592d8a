import numpy as np
import pyarrow as pa
import pytest

from tasks.segment.classes import RAW, Convention
from tasks.segment.em import build_lattice, marginal_bits
from tasks.segment.trie import build_trie
from tasks.segment.unigram import fit_lexicon

WORDS = ["中国", "山", "水", "人民", "火", "日月", "共和国", "，"]


def corpus(sentences, seed):
    rng = np.random.default_rng(seed)
    return pa.array(["".join(rng.choice(WORDS, 10)) for _ in range(sentences)])


def test_the_words_are_those_of_the_text():
    lexicon = fit_lexicon(corpus(400, 1), 16, Convention())
    words = lexicon.words.to_pylist()
    assert len(words) == 16
    assert set("".join(WORDS)) | {"中国", "人民", "日月", "共和国"} == set(words)
    assert abs(lexicon.probabilities.sum() - 1) < 1e-9
    assert np.all(lexicon.probabilities > 0)


def test_bits_on_unseen_text_come_near_the_entropy_of_the_source():
    lexicon = fit_lexicon(corpus(2000, 2), 16, Convention())
    test = corpus(300, 3)
    bits = marginal_bits(build_lattice(test, build_trie(lexicon.words), Convention()), lexicon.probabilities)
    per_word = np.log2(len(WORDS))
    length = np.mean([len(w) for w in WORDS])
    assert bits == pytest.approx(per_word / length, rel=0.03)


def test_a_phrase_seen_twice_is_not_worth_its_own_spelling():
    texts = pa.array([*corpus(400, 1).to_pylist(), "山水火山水火", "水山火日月，山水火山水火"])
    assert "山水火山水火" not in fit_lexicon(texts, 17, RAW).words.to_pylist()


def test_too_small_a_size_is_refused():
    with pytest.raises(ValueError, match="at least the 12 characters, got 5"):
        fit_lexicon(corpus(50, 1), 5, Convention())
