"""Vocabularies fitted to a text, in the tools that they are written for."""

import math

import numpy as np
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tasks.errors import InputError
from tasks.export.fitted import fit_vocabulary
from tasks.export.hugging_face import tokenizer_json
from tasks.export.sentencepiece_model import sentencepiece_model
from tasks.export.vocabulary import BYTES, CONTROL
from tasks.text.user_dictionary import UserDictionary
from tasks.unigram.segmenter import UnigramSegmenter

sentencepiece = pytest.importorskip("sentencepiece")
tokenizers = pytest.importorskip("tokenizers")

WORDS = ["中国", "山", "水", "人民", "火", "日月", "共和国", "，", "２００１年"]
FIXED = len(CONTROL) + len(BYTES)


def texts(sentences=400, seed=1):
    draw = np.random.default_rng(seed)
    return pa.array(["".join(draw.choice(WORDS, 10)) for _ in range(sentences)])


CHARACTERS = sorted(set("".join(WORDS)))
LEXICON = pl.Series([*CHARACTERS, "中国", "人民", "龘"])
SIZE = FIXED + 1 + len(CHARACTERS) + 1 + 6


def fitted(text=None, lexicon=LEXICON, size=SIZE, **options):
    return fit_vocabulary(texts() if text is None else text, lexicon, size=size, **options)


VOCABULARY = fitted(special=["<sep>"])
SENTENCEPIECE = sentencepiece.SentencePieceProcessor(model_proto=sentencepiece_model(VOCABULARY))
HUGGING_FACE = tokenizers.Tokenizer.from_str(tokenizer_json(VOCABULARY))


def test_a_vocabulary_has_the_size_asked_for_and_a_piece_for_every_character():
    assert len(VOCABULARY) == SIZE
    assert {*CHARACTERS, "龘", "中国", "人民", "日月", "共和国", "２００１年"} <= set(VOCABULARY.words)
    assert math.fsum(np.exp(VOCABULARY.log_p)) == pytest.approx(1, abs=1e-12)
    assert sorted(VOCABULARY.log_p, reverse=True) == list(VOCABULARY.log_p)


def test_the_file_holds_the_whole_probability():
    pieces = range(SENTENCEPIECE.vocab_size())
    signs = (SENTENCEPIECE.is_unknown, SENTENCEPIECE.is_control, SENTENCEPIECE.is_byte)
    scores = [SENTENCEPIECE.get_score(i) for i in pieces if not any(is_sign(i) for is_sign in signs)]
    # the special token is a symbol of the user's, with score 0
    assert math.fsum(map(math.exp, scores)) - 1 == pytest.approx(1, abs=1e-6)


@settings(max_examples=200, deadline=None)
@given(st.text("中国山水人民火日月共和２０１年，龘", max_size=24))
@example("中国人民２００１年，共和国日月")
def test_both_tools_cut_as_the_segmenter_does(text):
    words = UnigramSegmenter(VOCABULARY.words, VOCABULARY.log_p).split(text)
    assert SENTENCEPIECE.encode(text, out_type=str) == words
    assert HUGGING_FACE.encode(text).tokens == words


@settings(max_examples=200, deadline=None)
@given(st.text("中国山水 \t龗😀\u2581<0x41>", max_size=24))
def test_any_text_comes_back_from_its_pieces(text):
    assert SENTENCEPIECE.decode(SENTENCEPIECE.encode(text)) == text
    ids = HUGGING_FACE.encode(text).ids
    assert HUGGING_FACE.decode(ids, skip_special_tokens=False) == text
    assert 0 not in ids


def test_the_same_text_gives_the_same_vocabulary():
    again = fitted(special=["<sep>"])
    assert again.words == VOCABULARY.words
    assert np.array_equal(again.log_p, VOCABULARY.log_p)


@pytest.mark.parametrize(
    ("options", "least"),
    [
        ({}, FIXED + len(CHARACTERS) + 1),
        ({"byte_fallback": False}, len(CONTROL) + len(CHARACTERS) + 1),
        ({"special": ["<sep>", "<mask>"]}, FIXED + 2 + len(CHARACTERS) + 1),
        ({"dictionary": UserDictionary(force=("水", "水火", "龗"))}, FIXED + len(CHARACTERS) + 3),
    ],
)
def test_a_size_without_room_for_the_characters_states_the_least(options, least):
    with pytest.raises(InputError, match=f"size must be at least {least}, .*; got {least - 1}$"):
        fitted(size=least - 1, **options)
    assert len(fitted(size=least, **options)) == least


def test_no_piece_crosses_what_the_tools_cut_at():
    marked = pa.array(["水火\u2581水火<sep>水火 水火\u3000水火"] * 20 + ["<s><0x41>"] * 20)
    vocabulary = fitted(marked, pl.Series(["\u2581水", "<sep>火"]), size=FIXED + 1 + 60, special=["<sep>"])
    words = set(vocabulary.words)
    assert {"水火", "<", "s", "1"} <= words
    assert not [
        word for word in words if any(sign in word for sign in ("\u2581", "<sep>", " ", "\u3000", "火水"))
    ]
    assert not words & {*CONTROL, *BYTES, "火"}.difference({"火"})
    assert vocabulary.left_out == 1


def test_special_tokens_that_collide_are_refused():
    with pytest.raises(InputError, match="must not be a word"):
        fitted(special=["水"])
    with pytest.raises(InputError, match="must be printable"):
        fitted(special=[""])


def test_a_text_of_nothing_is_refused():
    for text in (pa.array([], pa.string()), pa.array([" \u2581"])):
        with pytest.raises(InputError, match="needs a text"):
            fitted(text, pl.Series([], dtype=pl.String))
