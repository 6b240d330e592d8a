import numpy as np
import pyarrow as pa
import pytest

from tasks.lexicon.pruning import MAX_LENGTH, fit_lexicon
from tasks.text.token_rules import RAW, TokenRules
from tasks.text.trie import build_trie
from tasks.text.user_dictionary import UserDictionary
from tasks.unigram.em import expected_counts
from tasks.unigram.lattice import build_lattice

WORDS = ["中国", "山", "水", "人民", "火", "日月", "共和国", "，"]


def corpus(sentences, seed):
    rng = np.random.default_rng(seed)
    return pa.array(["".join(rng.choice(WORDS, 10)) for _ in range(sentences)])


def test_the_words_are_those_of_the_text():
    lexicon = fit_lexicon(corpus(400, 1), 16, TokenRules())
    words = lexicon.words.to_pylist()
    assert len(words) == 16
    assert set("".join(WORDS)) | {"中国", "人民", "日月", "共和国"} == set(words)
    assert abs(lexicon.probabilities.sum() - 1) < 1e-9
    assert np.all(lexicon.probabilities > 0)


def test_bits_on_unseen_text_come_near_the_entropy_of_the_source():
    lexicon = fit_lexicon(corpus(2000, 2), 16, TokenRules())
    test = corpus(300, 3)
    lattice = build_lattice(test, build_trie(lexicon.words), TokenRules())
    bits = -expected_counts(lattice, lexicon.probabilities)[1] / np.log(2) / lattice.characters
    per_word = np.log2(len(WORDS))
    length = np.mean([len(w) for w in WORDS])
    assert bits == pytest.approx(per_word / length, rel=0.03)


def test_a_phrase_seen_twice_is_not_worth_its_own_spelling():
    texts = pa.array([*corpus(400, 1).to_pylist(), "山水火山水火", "水山火日月，山水火山水火"])
    assert "山水火山水火" not in fit_lexicon(texts, 17, RAW).words.to_pylist()


def test_too_small_a_size_is_refused():
    with pytest.raises(ValueError, match="at least the 12 words that stay, got 5"):
        fit_lexicon(corpus(50, 1), 5, TokenRules())


def test_probabilities_are_the_shares_of_expected_counts():
    texts = corpus(2000, 4)
    lexicon = fit_lexicon(texts, 16, RAW)
    lattice = build_lattice(texts, build_trie(lexicon.words), RAW)
    expected, _ = expected_counts(lattice, lexicon.probabilities)
    used = expected > 50
    assert used.sum() >= len(WORDS)
    share = (expected / expected.sum())[used]
    assert share == pytest.approx(lexicon.probabilities[used], rel=0.02)


def test_a_listed_word_longer_than_grams_are_looked_for_is_a_candidate():
    word = "中国人民山水火日月共和国"
    assert len(word) > MAX_LENGTH
    texts = pa.array([f"{first[:3]}{word}{first[-2:]}" for first in corpus(400, 1).to_pylist()])
    assert word in fit_lexicon(texts, 20, RAW, listed=[word]).words.to_pylist()
    assert word not in fit_lexicon(texts, 20, RAW).words.to_pylist()
    unseen = fit_lexicon(texts, 30, RAW, listed=["山山山山山山山山山山山山", "龘靐"]).words.to_pylist()
    assert "山山山山山山山山山山山山" not in unseen
    assert {"龘", "靐"} <= set(unseen)
    assert "龘靐" not in unseen


def test_what_the_user_decided_holds():
    texts = corpus(400, 1)
    dictionary = UserDictionary.of(force=["水火", "龘龘"], forbid=["中国", "人民"], stop_characters="山")
    lexicon = fit_lexicon(texts, 30, RAW, refused=["日月"], dictionary=dictionary)
    words = dict(zip(lexicon.words.to_pylist(), lexicon.probabilities, strict=True))
    assert {"水火", "龘龘", "龘", "山", "共和国"} <= set(words)
    assert not {"中国", "人民", "日月"} & set(words)
    assert not [word for word in words if "山" in word and len(word) > 1]
    # forced occurrences are boundaries: nothing crosses them
    assert not [word for word in words if "水火" in word and word != "水火"]
    free = fit_lexicon(texts, 30, RAW)
    unforced = dict(zip(free.words.to_pylist(), free.probabilities, strict=True)).get("水火", 0.0)
    assert words["水火"] > unforced


def test_there_are_fewer_words_when_the_text_has_no_more():
    lexicon = fit_lexicon(pa.array(["天地", "天地"]), 1000, RAW)
    assert set(lexicon.words.to_pylist()) == {"天", "地", "天地"}
