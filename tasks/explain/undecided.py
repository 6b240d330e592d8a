"""A string that no table decided about: how the corpus cuts it, and what it would save as one word.

lexicon_decisions holds words and pairs of neighbours. A string of three words and more is measured here, when somebody
asks: the exact gain (J. Su, kexue.fm 5476, eq. 2.16) of making one token of the places where the same words spell it.
"""

from collections import Counter
from importlib.resources import files

import duckdb
import numpy as np

from tasks.explain.contexts import occurrences
from tasks.lexicon.gain import LN2, word_gain


def spellings(corpus: duckdb.DuckDBPyConnection, word: str) -> Counter[tuple[str, ...]]:
    """Return how often which tokens spell `word`, () where it begins or ends within one; overlaps count."""
    query = files(__package__).joinpath("spellings.sql").read_text(encoding="utf-8")
    held = corpus.execute(query, {"word": word})
    found: Counter[tuple[str, ...]] = Counter()
    while rows := held.fetchmany(4_096):
        for text, starts, words in rows:
            number = {start: i for i, start in enumerate(starts)}
            ends = {start + len(token) for start, token in zip(starts, words, strict=True)}
            for at in occurrences(text, word):
                spelled: list[str] = []
                if at in number and at + len(word) in ends:
                    first = number[at]
                    while sum(map(len, spelled)) < len(word):
                        spelled.append(words[first + len(spelled)])
                found[tuple(spelled) if "".join(spelled) == word else ()] += 1
    return found


def gain_as_one_word(parts: tuple[str, ...], count: int, uses: dict[str, int], total: int) -> float:
    """Return the bits of the corpus that `count` places spelled by `parts` save as one new word, given all uses."""
    times = Counter(parts)
    # places that overlap (哈哈哈哈) cannot all become words
    count = min([count, *(uses[part] // n for part, n in times.items())])
    held = np.array([uses[part] for part in times], np.float64)
    gain = word_gain(
        np.array([count]), held, np.array([0, len(held)]), float(total), np.array(list(times.values()))
    )
    return float(gain[0] / LN2) if count else 0.0
