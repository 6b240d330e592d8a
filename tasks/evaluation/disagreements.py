"""Where two segmentations of a text part: the shortest stretches between boundaries that both have.

Within a stretch no boundary is common, so it shows what was done there: 2+1 for 3 is a word that was joined to its
suffix. Sums over many texts are a confusion matrix of lengths.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tasks.evaluation.spans import Words, word_spans

Stretch = tuple[tuple[str, ...], tuple[str, ...]]


@dataclass(frozen=True)
class ErrorKind:
    """Stretches of which gold has words of these lengths and the prediction of those; and the commonest of them."""

    gold_lengths: str
    predicted_lengths: str
    count: int
    gold: str
    predicted: str


@dataclass(frozen=True)
class BadlyCut:
    """A text and how many of gold's words its prediction misses."""

    missed: int
    gold: str
    predicted: str


def stretches(gold: Sequence[str], predicted: Sequence[str]) -> Iterator[Stretch]:
    """Yield the stretches of one text where its words differ; both must spell it.

    >>> list(stretches(["产业", "化", "的", "路"], ["产业化", "的", "路"]))
    [(('产业', '化'), ('产业化',))]
    """
    sides = [iter(gold), iter(predicted)]
    held: list[list[str]] = [[], []]
    lengths = [0, 0]
    for _ in range(len(gold) + len(predicted)):
        side = int(lengths[1] < lengths[0])
        word = next(sides[side], None)
        if word is None:
            return
        held[side].append(word)
        lengths[side] += len(word)
        if lengths[0] == lengths[1]:
            if held[0] != held[1]:
                yield tuple(held[0]), tuple(held[1])
            held = [[], []]


def error_kinds(gold: Sequence[Words], predicted: Sequence[Words]) -> list[ErrorKind]:
    """Return how often each kind of difference occurs, the commonest first."""
    seen: dict[tuple[str, str], Counter[Stretch]] = {}
    for truth, guess in zip(gold, predicted, strict=True):
        for stretch in stretches(truth, guess):
            kind = ("+".join(str(len(word)) for word in side) for side in stretch)
            seen.setdefault((next(kind), next(kind)), Counter())[stretch] += 1
    kinds = []
    for (gold_lengths, predicted_lengths), examples in seen.items():
        commonest = min(examples, key=lambda stretch: (-examples[stretch], stretch))
        shown = (" ".join(side) for side in commonest)
        kinds.append(ErrorKind(gold_lengths, predicted_lengths, examples.total(), *shown))
    return sorted(kinds, key=lambda kind: (-kind.count, kind.gold_lengths, kind.predicted_lengths))


def badly_cut(gold: Sequence[Words], predicted: Sequence[Words], count: int) -> list[BadlyCut]:
    """Return the `count` texts of which most gold words are missed, if any are."""
    found = []
    for truth, guess in zip(gold, predicted, strict=True):
        spans = set(word_spans(guess))
        missed = sum(span not in spans for span in word_spans(truth))
        if missed:
            found.append(BadlyCut(missed, " ".join(truth), " ".join(guess)))
    return sorted(found, key=lambda text: (-text.missed, text.gold))[:count]
