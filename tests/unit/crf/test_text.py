from itertools import pairwise

import numpy as np
import pyarrow as pa
import pytest

from tasks.crf.features import CLASSES, COLUMNS, WORD_LENGTHS, Features, vocabulary_of
from tasks.crf.labels import labelled_surely, labelled_words
from tasks.crf.tags import (
    BEGINS,
    MAY_END,
    MAY_FOLLOW,
    MAY_START,
    OPEN,
    WITHIN,
    B,
    E,
    M,
    S,
    allowed_tags,
    begins_of,
)
from tasks.ngrams.gram_keys import EDGE, FIRST, UNKNOWN
from tasks.ngrams.spans import MAX_PIECE, pieces_of
from tasks.ngrams.vectors import GramVectors
from tasks.text.characters import decode
from tasks.text.token_rules import LETTER


def pieces(*texts: str):
    return pieces_of(decode(pa.array(texts, pa.string())))


def spelled(of) -> list[str]:
    bounds = of.offsets.tolist()
    text = "".join(map(chr, of.codes.tolist()))
    return [text[i:j] for i, j in pairwise(bounds)]


def test_pieces_end_at_blanks_sentence_ends_and_texts_and_fold_width():
    of = pieces("１９９８年。中外 科学", "", "ＡＢ？！？好\u3000b")
    assert spelled(of) == ["1998年。", "中外", "科学", "AB?!?", "好", "b"]
    assert of.source.tolist() == [*range(6), 6, 7, 9, 10, 11, 12, 13, 14, 15, 16, 18]


def test_a_piece_has_a_longest_length():
    of = pieces("好" * (2 * MAX_PIECE + 1))
    assert np.diff(of.offsets).tolist() == [MAX_PIECE, MAX_PIECE, 1]


def test_rules_of_the_tags():
    assert {(a, b) for a in range(4) for b in range(4) if MAY_FOLLOW[a, b]} == {
        (B, M), (B, E), (M, M), (M, E), (E, B), (E, S), (S, B), (S, S),
    }  # fmt: skip
    assert np.flatnonzero(MAY_START).tolist() == [B, S]
    assert np.flatnonzero(MAY_END).tolist() == [E, S]
    assert begins_of(np.array([B, M, E, S])).tolist() == [True, False, False, True]


def test_known_gaps_allow_one_tag_and_open_ones_several():
    words = labelled_words([["中外", "科学家", "的"]])
    only = allowed_tags(words.begins, np.array([0, 6]))
    assert only.argmax(axis=1).tolist() == [B, E, B, M, E, S]
    assert only.sum() == 6
    free = allowed_tags(np.full(2, OPEN, np.uint8), np.array([0, 1, 2]))
    assert free.tolist() == [[0, 0, 0, 1], [0, 0, 0, 1]], "a piece of one character is a word"
    assert allowed_tags(np.array([OPEN] * 3, np.uint8), np.array([0, 3]))[1].tolist() == [1, 1, 1, 1]


def test_sure_gaps_are_known():
    found = labelled_surely(pa.array(["中外科"]), np.array([0.99, 0.5, 0.05]), 0.9)
    assert found.begins.tolist() == [BEGINS, OPEN, WITHIN]
    with pytest.raises(ValueError, match="words must have a character"):
        labelled_words([["中", ""]])


def test_features_tell_neighbours_unknowns_and_edges():
    of = pieces("中外科学", "中外")
    vocabulary = vocabulary_of(of, [], GramVectors.none(), min_characters=1, min_ngrams=2)
    features = dict(zip(COLUMNS, Features(vocabulary).of(pieces("中外学", "龙")).T.tolist(), strict=True))
    number = {character: FIRST + i for i, character in enumerate(sorted("中外科学"))}
    assert features["character"] == [number["中"], number["外"], number["学"], UNKNOWN]
    assert features["left"] == [EDGE, FIRST, UNKNOWN, EDGE]
    assert features["right"] == [FIRST, UNKNOWN, EDGE, EDGE]
    assert features["around"][0] == FIRST, "中外 at the beginning of a piece came twice"
    assert len(set(features["kind"])) == 1
    assert features["words"] == [0] * 4
    assert CLASSES == LETTER + 1


def test_words_of_the_lexicon_are_told_where_they_begin_end_and_go_on():
    of = pieces("ＡＢＣ科学院")
    vocabulary = vocabulary_of(
        of,
        ["科学", "科学院", "ABC", "的", "七八九十百千万"],
        GramVectors.none(),
        min_characters=1,
        min_ngrams=1,
    )
    words = Features(vocabulary).of(of)[:, COLUMNS.index("words")]

    def bits(**lengths: list[int]) -> int:
        place = {"begins": 0, "ends": WORD_LENGTHS, "inside": 2 * WORD_LENGTHS}
        return sum(1 << (place[name] + n - 2) for name, of in lengths.items() for n in of)

    assert words.tolist() == [
        bits(begins=[3]), bits(inside=[3]), bits(ends=[3]),
        bits(begins=[2, 3]), bits(ends=[2], inside=[3]), bits(ends=[3]),
    ]  # fmt: skip
    assert len(vocabulary.word_offsets) - 1 == 3


def test_features_tell_which_vectors_a_character_has():
    of = pieces("中外科学。科学")
    keys = np.sort([*map(ord, "中科"), ord("科") << 21 | ord("学")])
    vocabulary = vocabulary_of(
        of,
        [],
        GramVectors(keys, np.zeros((3, 2), np.float16)),
        min_characters=1,
        min_ngrams=1,
    )
    told = Features(vocabulary).of(of)[:, COLUMNS.index("character_vector") :]
    character = {c: FIRST + i for i, c in enumerate("中科")}
    pair = FIRST + 2
    assert told[:, 0].tolist() == [character.get(c, UNKNOWN) for c in "中外科学。科学"]
    assert told[:, 1].tolist() == [EDGE, UNKNOWN, UNKNOWN, pair, UNKNOWN, EDGE, pair]
    assert told[:, 2].tolist() == [UNKNOWN, UNKNOWN, pair, UNKNOWN, EDGE, pair, EDGE]
