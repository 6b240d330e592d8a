"""The training of a tagger: gold and silver texts to examples, their loss, and the errors on held-out ones.

    loss = sum of -log P(what is known of a piece) / characters              nats a character, over a batch

Where there is gold beside silver, gold is repeated until it makes up its share of an epoch. Validation is on what is
held out of gold, of silver where there is no gold; its first figure is the share of known gaps that are cut wrongly.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pyarrow as pa
from torch import Tensor

from tasks.crf.examples import Batch, Examples, batch_of, by_length, shuffled
from tasks.crf.features import Features, Vocabulary, vocabulary_of
from tasks.crf.labels import Labelled
from tasks.crf.tagger import CHARACTERS_A_BATCH, Tagger, cut
from tasks.crf.tags import OPEN
from tasks.ngrams.spans import Pieces, pieces_of
from tasks.ngrams.vectors import GramVectors, gram_vectors
from tasks.settings import CrfSettings
from tasks.text.characters import decode
from tasks.training.checkpoint import Checkpoints
from tasks.training.device import best_device
from tasks.training.loop import Point, fit, reproducible


@dataclass(frozen=True, kw_only=True)
class TrainedTagger:
    """A tagger, what it reads text with, and how its training went."""

    tagger: Tagger
    vocabulary: Vocabulary
    points: Sequence[Point]


class Unlabelled(NamedTuple):
    """The words of a lexicon, and texts to learn vectors of characters and pairs from; neither needs labels."""

    words: Sequence[str] = ()
    texts: pa.StringArray | None = None


def train_tagger(
    train: Labelled | None,
    validation: Labelled,
    unlabelled: Unlabelled,
    settings: CrfSettings,
    *,
    silver: Labelled | None = None,
    checkpoints: Checkpoints | None = None,
    advance: Callable[[int, int], None] = lambda done, total: None,
) -> TrainedTagger:
    """Train on gold, on silver or on both; ValueError when there is neither.

    `advance` is called with the steps that are done and how many there are at most.
    """
    texts = [text for text in (train, silver) if text is not None]
    if not texts:
        raise ValueError("training needs gold or silver texts, got neither")
    pieces = [pieces_of(text.text) for text in texts]
    vectors = GramVectors.none()
    if unlabelled.texts is not None:
        vectors = gram_vectors(
            pieces_of(decode(unlabelled.texts)), settings.vector_dimensions, settings.min_vectors
        )
    vocabulary = vocabulary_of(
        _joined(pieces), unlabelled.words, vectors,
        min_characters=settings.min_characters, min_ngrams=settings.min_ngrams,
    )  # fmt: skip
    features = Features(vocabulary)
    examples = [_examples(features, part, text) for part, text in zip(pieces, texts, strict=True)]
    held_out = _examples(features, pieces_of(validation.text), validation)
    with reproducible(settings.training.seed, settings.training.threads):
        tagger = Tagger(
            settings.encoder, settings.output, features.sizes, settings.members, vocabulary.vectors
        )
    tagger.to(best_device())
    problem = _Tagging(tagger, examples, held_out, settings)
    total = problem.steps * settings.training.epochs
    points = fit(tagger, problem, settings.training, checkpoints, lambda steps: advance(steps, total))
    tagger.cpu()  # who cuts does so in many processes, each on a thread of its own
    return TrainedTagger(tagger=tagger, vocabulary=vocabulary, points=points)


class _Tagging:
    def __init__(
        self, tagger: Tagger, examples: Sequence[Examples], held_out: Examples, settings: CrfSettings
    ) -> None:
        self._tagger, self._held_out = tagger, held_out
        self._examples = _all(examples)
        self._batch, self._seed = settings.training.batch, settings.training.seed
        self._order = np.arange(len(self._examples))
        if len(examples) == 2:
            gold, silver = map(len, examples)
            share = settings.gold_share
            wanted = gold if share == 1 else max(gold, round(silver * share / (1 - share)))
            self._order = np.concatenate([np.arange(wanted) % gold, np.arange(gold, gold + silver)])

    @property
    def steps(self) -> int:
        return -(-len(self._order) // self._batch)

    def batches(self, epoch: int) -> Iterator[Batch]:
        lengths = self._examples.lengths[self._order]
        for chosen in shuffled(lengths, self._batch, [self._seed, epoch]):
            yield batch_of(self._examples, self._order[chosen])

    def loss(self, batch: Batch, step: int) -> Tensor:
        return self._tagger.loss(batch).sum() / int(batch.lengths.sum())

    def validate(self) -> Mapping[str, float]:
        known = self._held_out.begins != OPEN
        known[self._held_out.offsets[:-1]] = False
        wrong = cut(self._tagger, self._held_out) != (self._held_out.begins == 1)
        total = sum(
            float(self._tagger.loss(batch_of(self._held_out, chosen)).sum())
            for chosen in by_length(self._held_out.lengths, CHARACTERS_A_BATCH)
        )
        return {
            "validation_gap_error": float(wrong[known].mean()) if known.any() else 0.0,
            "validation_loss": total / max(1, len(self._held_out.features)),
        }


def _examples(features: Features, pieces: Pieces, labelled: Labelled) -> Examples:
    return Examples(features.of(pieces), labelled.begins[pieces.source], pieces.offsets)


def _joined(pieces: Sequence[Pieces]) -> Pieces:
    starts = np.cumsum([0, *(len(part.codes) for part in pieces)])
    offsets = [part.offsets[:-1] + start for part, start in zip(pieces, starts, strict=False)]
    return Pieces(
        np.concatenate([part.codes for part in pieces]),
        np.concatenate([*offsets, starts[-1:]]),
        np.concatenate([part.source for part in pieces]),
    )


def _all(examples: Sequence[Examples]) -> Examples:
    starts = np.cumsum([0, *(len(part.features) for part in examples)])
    offsets = [part.offsets[:-1] + start for part, start in zip(examples, starts, strict=False)]
    return Examples(
        np.concatenate([part.features for part in examples]),
        np.concatenate([part.begins for part in examples]),
        np.concatenate([*offsets, starts[-1:]]),
    )
