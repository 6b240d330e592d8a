import math

import numpy as np
import polars as pl
import pytest

from tasks.errors import InputError
from tasks.export.vocabulary import BYTES, CONTROL, build_vocabulary
from tests.unit.export.words import lexicon

FIXED = len(CONTROL) + len(BYTES)


def probabilities(vocabulary):
    return dict(zip(vocabulary.words, np.exp(vocabulary.log_p), strict=True))


def test_pieces_are_the_words_with_their_probabilities():
    found = probabilities(build_vocabulary(lexicon(科学=0.5, 科=0.25, 学=0.25)))
    assert found == pytest.approx({"科学": 0.5, "科": 0.25, "学": 0.25})


def test_a_character_that_only_words_hold_gets_the_least_probability():
    found = probabilities(build_vocabulary(lexicon(科学=0.5, 科=0.25, 中=0.0)))
    assert found == pytest.approx({"科学": 0.4, "科": 0.2, "学": 0.2, "中": 0.2})


def test_size_counts_every_piece_and_keeps_the_words_of_highest_gain():
    words = lexicon(科学=0.3, 科=0.2, 学=0.2, 中科=0.2, 中=0.1)
    words = words.with_columns(gain=pl.Series([5.0, 0.0, 0.0, 9.0, 0.0]))
    vocabulary = build_vocabulary(words, size=FIXED + 1 + 4, special=["<sep>"])
    assert len(vocabulary) == FIXED + 5
    found = probabilities(vocabulary)
    assert found == pytest.approx({"科": 2 / 7, "学": 2 / 7, "中科": 2 / 7, "中": 1 / 7})
    assert math.fsum(found.values()) == pytest.approx(1, abs=1e-12)
    assert set(build_vocabulary(words, size=FIXED + 3).words) == {"科", "学", "中"}
    assert len(build_vocabulary(words, size=10_000).words) == 5


@pytest.mark.parametrize(("fallback", "least"), [(True, FIXED + 4), (False, len(CONTROL) + 4)])
def test_a_size_without_room_for_the_characters_states_the_least(fallback, least):
    words = lexicon(科学=0.5, 科=0.25, 中=0.25)
    with pytest.raises(InputError, match=f"size must be at least {least}, .*; got {least - 1}$"):
        build_vocabulary(words, size=least - 1, special=["<sep>"], byte_fallback=fallback)
    assert len(build_vocabulary(words, size=least, special=["<sep>"], byte_fallback=fallback)) == least


@pytest.mark.parametrize("token", ["", "a b", "\u2581", "\x1b", "<unk>", "<0x0A>", "科学", "学", "\ud800"])
def test_special_tokens_that_collide_are_refused(token):
    with pytest.raises(InputError, match=r"^(a )?special token"):
        build_vocabulary(lexicon(科学=0.5, 科=0.5), special=[token])


def test_special_tokens_come_once():
    with pytest.raises(InputError, match="must be distinct"):
        build_vocabulary(lexicon(科学=1.0), special=["<sep>", "<sep>"])
    assert build_vocabulary(lexicon(科学=1.0), special=["<b>", "<a>"]).special == ("<b>", "<a>")


def test_words_that_the_tools_would_take_for_signs_are_left_out():
    words = lexicon(科=0.5, **{"<0x41>": 0.1, "\u2581科": 0.1, "<s>": 0.1, "a b": 0.1, "a\u2003b": 0.1})
    vocabulary = build_vocabulary(words)
    assert (vocabulary.words, vocabulary.left_out) == (("科",), 5)
    with pytest.raises(InputError, match="needs a lexicon"):
        build_vocabulary(words.filter(pl.col("word") == "<s>"))
