import numpy as np
import pyarrow as pa
import pytest

from tasks.lm.alphabet import Alphabet
from tasks.lm.vocabulary import Vocabulary

TEXTS = pa.array(["中国人民 中国", "科学", "　", "中国x科学人"], pa.string())
ALPHABET = Alphabet.of(pa.array(["中国人民科学 　"], pa.string()))
WORDS = Vocabulary.of_words(ALPHABET, ["中国", "人民", "科学", "民", "国人"], np.array([9, 5, 7, 2, 0]), 3)


def pieces(vocabulary, texts):
    tokens = vocabulary.encode(texts)
    return [
        [vocabulary.spell([t]) for t in tokens.symbol[a : b - 1]]
        for a, b in zip(tokens.offsets[:-1], tokens.offsets[1:], strict=True)
    ]


def test_texts_become_words_and_everything_else_characters():
    assert WORDS.words.to_pylist() == ["中国", "科学", "人民"]
    assert pieces(WORDS, TEXTS) == [
        ["中国", "人民", " ", "中国"],
        ["科学"],
        ["　"],
        ["中国", "�", "科学", "人"],
    ]


@pytest.mark.parametrize(
    "vocabulary", [WORDS, Vocabulary.of_characters(ALPHABET)], ids=["words", "characters"]
)
def test_documents_end_in_an_edge_and_spell_themselves(vocabulary):
    tokens = vocabulary.encode(TEXTS)
    assert tokens.symbol[0] == 0
    assert (tokens.symbol[tokens.offsets[1:] - 1] == 0).all()
    assert tokens.offsets[-1] == len(tokens.symbol)
    assert tokens.documents == len(TEXTS)
    assert tokens.symbol.max() < vocabulary.size
    assert "".join(map("".join, pieces(vocabulary, TEXTS))) == "".join(TEXTS.to_pylist()).replace("x", "�")


def test_a_vocabulary_taken_apart_is_put_together_the_same():
    again = Vocabulary.from_arrays(WORDS.to_arrays())
    np.testing.assert_array_equal(again.encode(TEXTS).symbol, WORDS.encode(TEXTS).symbol)
    assert Vocabulary.from_arrays(Vocabulary.of_characters(ALPHABET).to_arrays()).size == ALPHABET.unknown + 1
