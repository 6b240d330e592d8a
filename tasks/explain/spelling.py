"""What a word competes with: its cheapest spelling by other words of the lexicon.

    cost(spelling) = - sum log2 p(part)   bits

A word pays for itself when it costs less than that; the difference is what one use of it saves.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from tasks.text.characters import column_of
from tasks.unigram.segmenter import UNKNOWN_MARGIN, unit_costs
from tasks.unigram.spelling import cheapest_parts, spelling_lattice


@dataclass(frozen=True)
class Spelling:
    """Other words that spell a word; bits is None when one of them is not in the lexicon."""

    parts: tuple[str, ...]
    bits: float | None


def substrings(word: str) -> list[str]:
    """Return every distinct run of characters within `word`, itself included.

    >>> substrings("中外中")
    ['中', '中外', '中外中', '外', '外中']
    """
    ends = range(1, len(word) + 1)
    return sorted({word[start:end] for end in ends for start in range(end)})


def best_other_spelling(word: str, bits: Mapping[str, float]) -> Spelling | None:
    """Return the cheapest spelling of `word` by other words with their `bits`; None for a single character.

    A character that is no word stands for itself, at a cost that is not known. What stands between blanks is spelled by
    itself.

    >>> best_other_spelling("中外科", {"中外科": 1, "中外": 2, "中": 3, "外": 3, "科": 2})
    Spelling(parts=('中外', '科'), bits=4.0)
    """
    if len(word) < 2:
        return None
    between_blanks = word.split()
    if between_blanks != [word]:
        return _joined([_spelled(piece, bits) for piece in between_blanks])
    others = [other for other in substrings(word) if other in bits and other != word]
    unknown = sorted(set(word) - set(others))
    log_p = np.array([-bits[other] for other in others], np.float64) * np.log(2)
    no_cost = np.full(len(unknown) + 1, log_p.min(initial=0.0) - UNKNOWN_MARGIN)
    words = [*others, *unknown, word]
    costs = unit_costs(np.concatenate([log_p, no_cost]))
    spelled = cheapest_parts(spelling_lattice(column_of(words)), costs, np.array([len(words) - 1]))
    parts = tuple(words[part] for part in spelled.values)
    known = all(part in bits for part in parts)
    return Spelling(parts, float(sum(bits[part] for part in parts)) if known else None)


def _spelled(piece: str, bits: Mapping[str, float]) -> Spelling:
    other = None if piece in bits else best_other_spelling(piece, bits)
    return other or Spelling((piece,), bits.get(piece))


def _joined(spellings: list[Spelling]) -> Spelling:
    costs = [spelling.bits for spelling in spellings if spelling.bits is not None]
    parts = tuple(part for spelling in spellings for part in spelling.parts)
    return Spelling(parts, sum(costs) if len(costs) == len(spellings) else None)
