import numpy as np
import pyarrow as pa
import pytest

from tasks.text.characters import covering, slices
from tasks.text.trie import build_trie
from tasks.unigram.double_array import NO_WORD, double_array
from tasks.unigram.segmenter import UnigramSegmenter


def cost(lexicon, word):
    slot = int(lexicon.character[ord(word[0])])
    for character in word[1:]:
        number = lexicon.character[ord(character)]
        slot = int(lexicon.slots["base"][slot]) + int(number)
        if lexicon.slots["character"][slot] != number:
            return None
    return int(lexicon.slots["cost"][slot])


@pytest.mark.parametrize(("alphabet", "size"), [(2, 300), (40, 2000), (3000, 20_000)])
def test_every_word_is_found_at_its_cost_and_nothing_else(alphabet, size):
    rng = np.random.default_rng(size)
    draw = [
        "".join(chr(0x4E00 + c) for c in rng.integers(0, alphabet, rng.integers(1, 11))) for _ in range(size)
    ]
    half = list(dict.fromkeys(draw[: size // 2]))
    trie = build_trie(half)
    lexicon = double_array(trie, np.arange(len(half)) + 7)
    known = {word: number + 7 for number, word in enumerate(half)}
    inner = {word[:k] for word in half for k in range(1, len(word))}
    for word in draw:
        expected = known.get(word, int(NO_WORD) if word in inner or len(word) == 1 else None)
        assert cost(lexicon, word) == expected
    assert len(lexicon.slots) < 2 * len(trie.word) + 3 * trie.width


def test_words_without_gaps_share_the_memory_of_the_text():
    texts = pa.array(["skipped", "中外x", "", "😀"]).slice(1)
    words = covering(texts, np.array([6, 1, 4], np.int32))
    assert words.to_pylist() == ["中外", "x", "😀"]
    assert words.buffers()[2].address == texts.buffers()[2].address + len("skipped")
    assert covering(texts, np.array([6, 4], np.int32)) is None
    assert slices(texts, np.array([0, 2]), np.array([0, 0]), np.array([2, 1])).to_pylist() == ["中外", "😀"]


def test_bytes_of_tokens_are_known():
    result = UnigramSegmenter(["中外"], np.array([-1.0])).segment(pa.array(["中外é x", "😀"]))
    assert result.byte_length.tolist() == [6, 2, 1, 4]
