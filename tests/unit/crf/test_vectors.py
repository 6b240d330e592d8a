import random
from collections import Counter

import numpy as np
import pyarrow as pa

from tasks.ngrams.spans import pieces_of
from tasks.ngrams.vectors import LEAST_CONTEXT, OFFSETS, POWER_OF_CONTEXTS, GramVectors, gram_vectors
from tasks.text.characters import decode

LEAST = 3


def text(count: int, alphabet: str = "中外科学名著人民") -> list[str]:
    draw = random.Random(2)
    return [
        "".join(draw.choices(alphabet, [8, 7, 6, 5, 4, 3, 2, 1], k=draw.randint(1, 9))) for _ in range(count)
    ]


def vectors_of(texts: list[str], dimensions: int, least: int = LEAST) -> GramVectors:
    return gram_vectors(pieces_of(decode(pa.array(texts, pa.string()))), dimensions, least)


def key(gram: str) -> int:
    return sum(ord(c) << 21 * place for place, c in enumerate(reversed(gram)))


def association(texts: list[str]) -> tuple[list[str], np.ndarray]:
    """Return the grams by key, and M over the contexts that occur, by counting strings."""
    grams = Counter(t[i : i + n] for t in texts for n in (1, 2) for i in range(len(t) - n + 1))
    rows = sorted((gram for gram, count in grams.items() if count >= LEAST), key=key)
    characters = Counter("".join(texts))
    pairs: Counter[tuple[str, tuple[int, str]]] = Counter()
    for t in texts:
        for n in (1, 2):
            for i in range(len(t) - n + 1):
                if t[i : i + n] in rows:
                    for offset in OFFSETS:
                        at = i + offset if offset < 0 else i + n - 1 + offset
                        beside = t[at] if 0 <= at < len(t) else "edge"
                        if beside != "edge" and characters[beside] < LEAST_CONTEXT:
                            beside = "rare"
                        pairs[t[i : i + n], (offset, beside)] += 1
    contexts = sorted({context for _, context in pairs})
    counts = np.array([[pairs[row, context] for context in contexts] for row in rows], float)
    smoothed = counts.sum(0) ** POWER_OF_CONTEXTS
    with np.errstate(divide="ignore"):
        pmi = np.log(counts / counts.sum(1, keepdims=True)) - np.log(smoothed / smoothed.sum())
    return rows, np.maximum(pmi, 0)


def test_vectors_are_the_decomposition_of_what_counting_strings_gives():
    texts = text(60)
    rows, matrix = association(texts)
    found = vectors_of(texts, 6)
    assert found.keys.tolist() == [key(row) for row in rows]
    left, values, _ = np.linalg.svd(matrix)
    wanted = left[:, :6] * np.sqrt(values[:6])
    wanted /= np.sqrt(np.mean(wanted**2))
    # Signs are free; products of vectors are not.
    values = found.values.astype(float)
    np.testing.assert_allclose(values @ values.T, wanted @ wanted.T, atol=0.02)
    assert np.abs(wanted @ wanted.T).max() > 1


def test_grams_used_alike_have_vectors_alike():
    draw = random.Random(4)
    texts = [
        "".join(draw.choice((f"他{verb}了{thing}", f"我{verb}完{thing}")) for _ in range(4))
        for verb, thing in (
            draw.choice((("看", "书"), ("读", "书"), ("吃", "饭"), ("喝", "饭"))) for _ in range(400)
        )
    ]
    found = vectors_of(texts, 12)
    place = {k: i for i, k in enumerate(found.keys.tolist())}

    def alike(a: str, b: str) -> float:
        x, y = (found.values[place[key(gram)]].astype(float) for gram in (a, b))
        return float(x @ y / np.linalg.norm(x) / np.linalg.norm(y))

    assert alike("看", "读") > 0.9 > alike("看", "吃")
    assert alike("他看", "他读") > alike("他看", "他吃")


def test_text_that_is_too_short_has_fewer_dimensions_or_none():
    assert vectors_of([], 8).values.shape == (0, 0)
    assert vectors_of(["中"], 8, least=1).values.shape == (0, 0)
    few = vectors_of(text(20), 500)
    assert few.values.shape[1] == len(few.keys) - 1
    assert np.isfinite(few.values).all()


def test_the_same_text_gives_the_same_bytes():
    first, again = vectors_of(text(100), 8), vectors_of(text(100), 8)
    assert first.values.tobytes() == again.values.tobytes()


def test_contexts_do_not_cross_a_piece():
    apart = vectors_of(["中外", "科学"] * 20, 2)
    joined = vectors_of(["中外。科学"] * 20, 2)
    assert set(apart.keys) < set(joined.keys)
    assert key("外科") not in apart.keys.tolist()
