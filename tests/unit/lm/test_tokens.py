import numpy as np
import pyarrow as pa
import pytest

from tasks.lm.tokens import Cut, uses_of

TEXTS = pa.array(["ab cde\n", "", "f", " gh  ijklm"], pa.string())
WORDS = pa.array(["a", "b", "cde", "f", "gh", "ijklm"], pa.string())


def documents(cut):
    tokens = cut.tokens.to_pylist()
    return [tokens[a:b] for a, b in zip(cut.offsets[:-1], cut.offsets[1:], strict=True)]


def test_each_character_of_white_space_is_a_token_between_the_words():
    assert documents(Cut.of(TEXTS, WORDS)) == [
        ["a", "b", " ", "cde", "\n"],
        [],
        ["f"],
        [" ", "gh", " ", " ", "ijklm"],
    ]


def test_words_may_come_in_pieces():
    cut = Cut.of(pa.chunked_array([TEXTS[:2], TEXTS[2:]]), pa.chunked_array([WORDS[:1], WORDS[1:]]))
    assert documents(cut) == documents(Cut.of(TEXTS, WORDS))


def test_words_beyond_the_longest_are_cut_again():
    assert documents(Cut.of(TEXTS, WORDS, 2)) == [
        ["a", "b", " ", "cd", "e", "\n"],
        [],
        ["f"],
        [" ", "gh", " ", " ", "ij", "kl", "m"],
    ]


def test_some_documents_of_a_cut_keep_their_tokens():
    cut = Cut.of(TEXTS, WORDS).of_documents(np.array([False, True, False, True]))
    assert documents(cut) == [[], [" ", "gh", " ", " ", "ijklm"]]
    assert cut.has_words
    assert not cut.of_documents(np.array([True, False])).has_words
    assert not Cut.of(pa.array([" ", ""], pa.string()), pa.array([], pa.string())).has_words


def test_words_of_other_documents_are_refused():
    with pytest.raises(ValueError, match="words must have the 13 characters of their documents, got 12"):
        Cut.of(TEXTS, pa.array(["a", "b", "cde", "gh", "ijklm"], pa.string()))


def test_uses_are_counted_in_the_order_of_the_words():
    uses = uses_of(pa.array(["的", "b", "的", "a", "𠀀"], pa.string()))
    assert uses.rows() == [("a", 1), ("b", 1), ("的", 2), ("𠀀", 1)]
    assert uses_of(pa.array([], pa.string())).rows() == []
    assert uses_of(pa.chunked_array([["b"], ["a", "b"]])).rows() == [("a", 1), ("b", 2)]
