"""Word segmentation scored by spans, as the SIGHAN bakeoffs do.

A predicted word is right when gold has a word from the same character to the same character.
P = right / predicted, R = right / gold, F1 = 2PR / (P + R). Recall is also given for gold words out of and in
a word list: R_oov and R_iv.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import accumulate

Words = Sequence[str]


@dataclass(frozen=True, kw_only=True)
class SpanScore:
    """Scores between 0 and 1 and the counts behind them; a recall over no words is None."""

    precision: float
    recall: float
    f1: float
    recall_oov: float | None
    recall_iv: float | None
    gold_words: int
    predicted_words: int
    right_words: int


def score_spans(
    gold: Sequence[Sequence[str]],
    predicted: Sequence[Sequence[str]],
    known_words: Collection[str] = frozenset(),
) -> SpanScore:
    """Score sentences given as lists of words; ValueError naming the first character that differs.

    >>> score_spans([["中外", "科学", "名著"]], [["中外", "科学名著"]]).f1
    0.4
    """
    if len(gold) != len(predicted):
        raise ValueError(
            f"gold and predicted must be equally many sentences, got {len(gold)} and {len(predicted)}"
        )
    known = frozenset(known_words)
    words = guessed = right = iv = right_iv = 0
    for sentence, (truth, guess) in enumerate(zip(gold, predicted, strict=True)):
        _check_characters(sentence, "".join(truth), "".join(guess))
        spans = _spans(guess)
        guessed += len(guess)
        words += len(truth)
        for word, span in zip(truth, word_spans(truth), strict=True):
            hit = span in spans
            right += hit
            if word in known:
                iv += 1
                right_iv += hit
    precision = right / guessed if guessed else 0.0
    recall = right / words if words else 0.0
    return SpanScore(
        precision=precision,
        recall=recall,
        f1=2 * right / (guessed + words) if guessed + words else 0.0,
        recall_oov=(right - right_iv) / (words - iv) if words > iv else None,
        recall_iv=right_iv / iv if iv else None,
        gold_words=words,
        predicted_words=guessed,
        right_words=right,
    )


def word_spans(words: Words) -> list[tuple[int, int]]:
    """Return first and one past the last character of every word."""
    ends = list(accumulate(map(len, words)))
    return list(zip([0, *ends[:-1]], ends, strict=True)) if ends else []


def _spans(words: Sequence[str]) -> set[tuple[int, int]]:
    return set(word_spans(words))


def _check_characters(sentence: int, truth: str, guess: str) -> None:
    if truth == guess:
        return
    at = next(
        (i for i, (a, b) in enumerate(zip(truth, guess, strict=False)) if a != b), min(len(truth), len(guess))
    )
    raise ValueError(
        f"gold and predicted must have the same characters: sentence {sentence} differs at {at}, "
        f"gold {truth[at : at + 10]!r}, predicted {guess[at : at + 10]!r}"
    )
