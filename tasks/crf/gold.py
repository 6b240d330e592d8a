"""Gold for training: normalised, split into training and held-out documents, with words for every tag."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tasks.corpus.normalise import normalise
from tasks.errors import InputError
from tasks.evaluation.gold_columns import GoldLine

Sentences = list[list[str]]


@dataclass(frozen=True)
class Split:
    """Sentences as lists of words: to learn from, and held out."""

    train: Sentences
    held_out: Sentences


def normalised(lines: Sequence[GoldLine]) -> Sentences:
    """Return the words of gold as text is stored (see normalise); what leaves nothing is left out."""
    kept = ([normalise(word)[0] for word in line.words] for line in lines)
    return [[word for word in words if word] for words in kept if any(words)]


def split_documents(sentences: Sentences, share: float, seed: int) -> Split:
    """Hold out a share of the documents, one at least; a document of a gold file is a sentence of it.

    InputError when there are fewer than two.
    """
    if len(sentences) < 2:
        raise InputError(f"gold must have 2 sentences to hold one out, got {len(sentences)}")
    count = min(max(1, round(share * len(sentences))), len(sentences) - 1)
    chosen = np.zeros(len(sentences), np.bool_)
    chosen[np.random.default_rng(seed).permutation(len(sentences))[:count]] = True
    return Split(
        [words for words, out in zip(sentences, chosen, strict=True) if not out],
        [words for words, out in zip(sentences, chosen, strict=True) if out],
    )


def check_classes(lines: Sequence[GoldLine], name: str) -> None:
    """Refuse gold that has no word of one, of two or of three characters and more: a tag would never be learnt."""
    lengths = {min(len(word), 3) for line in lines for word in line.words}
    kinds = {1: "one character (tag s)", 2: "two characters (tags b, e)", 3: "three or more (tag m)"}
    for length, kind in kinds.items():
        if length not in lengths and not (length == 2 and 3 in lengths):
            raise InputError(
                f"{name}, lines {lines[0].number} to {lines[-1].number}: gold must have a word of {kind}; got none"
            )
