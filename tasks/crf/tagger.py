"""Encoders and a linear chain as one module, and segmentation by it.

Of several members, encoders from draws of their own below one chain, each learns by itself; together they cut by the
mean of their potentials, a product of experts of equal weight (Hinton 2002):

    loss = mean over members of -log P(what is known)       unary = mean over members of theirs

Without a chain (`softmax`) the tags of a text are independent: transitions stay 0 and nothing is forbidden, so the
same loss is the sum of the cross-entropies of the frames, and the best path the best tag of each.
"""

from collections.abc import Callable
from typing import Literal

import numpy as np
import torch
from torch import Tensor, nn

from tasks.crf.chain import LinearChain
from tasks.crf.encoders import EncoderName, Sizes, encoder_of
from tasks.crf.examples import Batch, Examples, batch_of, by_length
from tasks.crf.features import VECTORS
from tasks.crf.tags import MAY_END, MAY_FOLLOW, MAY_START, TAGS, begins_of
from tasks.ngrams.gram_keys import FIRST
from tasks.training.device import device_of

Output = Literal["crf", "softmax"]

CHARACTERS_A_BATCH = 1 << 14


class Tagger(nn.Module):
    """Potentials of the tags b m e s of every character, and the chain over them."""

    vectors: Tensor

    def __init__(
        self,
        encoder: EncoderName,
        output: Output,
        counts: tuple[int, int, int],
        members: int,
        vectors: np.ndarray,
    ) -> None:
        """Make it for so many characters, bigrams and trigrams, and for vectors [grams, dimensions], which stay."""
        super().__init__()
        sizes = Sizes(*counts, VECTORS * vectors.shape[1], len(TAGS))
        table = torch.zeros(FIRST + len(vectors), vectors.shape[1])
        table[FIRST:] = torch.from_numpy(vectors)
        # Not persistent: what is not learnt is no part of a checkpoint.
        self.register_buffer("vectors", table, persistent=False)
        self.encoders = nn.ModuleList(encoder_of(encoder, sizes) for _ in range(members))
        chained = output == "crf"
        self.chain = LinearChain(sizes.tags, *((MAY_FOLLOW, MAY_START, MAY_END) if chained else ()))
        self.chain.requires_grad_(chained)

    def forward(self, features: Tensor, lengths: Tensor) -> Tensor:
        """Return unary potentials float[batch, length, tags] of features int64[batch, length, 9]."""
        vectors = self._vectors_of(features)
        return torch.stack([encoder(features, lengths, vectors) for encoder in self.encoders]).mean(0)

    def loss(self, batch: Batch) -> Tensor:
        """Return -log P(what is known) of every piece, [batch] in nats: the mean of the members'."""
        batch = batch.to(device_of(self))
        vectors = self._vectors_of(batch.features)
        losses = [
            self.chain.loss(encoder(batch.features, batch.lengths, vectors), batch.lengths, batch.allowed)
            for encoder in self.encoders
        ]
        return torch.stack(losses).mean(0)

    def _vectors_of(self, features: Tensor) -> Tensor:
        """Return the vectors float[batch, length, 3 * dimensions] of each character, 0 where there is none."""
        return self.vectors[features[:, :, -VECTORS:]].flatten(2)


def cut(tagger: Tagger, examples: Examples) -> np.ndarray:
    """Return bool[n], whether a word begins at each character by the best path of its piece."""

    def begins(unary: Tensor, lengths: Tensor) -> np.ndarray:
        return begins_of(tagger.chain.decode(unary, lengths).tags)

    return _by_character(tagger, examples, begins, np.ones(len(examples.features), np.bool_))


def begin_probabilities(tagger: Tagger, examples: Examples) -> np.ndarray:
    """Return float32[n], the probability that a word begins at each character: its tag is b or s."""

    def probability(unary: Tensor, lengths: Tensor) -> np.ndarray:
        return tagger.chain.sums(unary, lengths).tags[:, :, MAY_START].sum(-1)

    return _by_character(tagger, examples, probability, np.ones(len(examples.features), np.float32))


@torch.no_grad()
def _by_character(
    tagger: Tagger, examples: Examples, score: Callable[[Tensor, Tensor], np.ndarray], result: np.ndarray
) -> np.ndarray:
    """Fill `result` [n] with the score of each character, [batch, length] a batch; a span begins with a 1."""
    for chosen in by_length(examples.lengths, CHARACTERS_A_BATCH):
        batch = batch_of(examples, chosen).to(device_of(tagger))
        scores = score(tagger(batch.features, batch.lengths), batch.lengths)
        lengths = examples.lengths[chosen]
        within = np.arange(scores.shape[1]) < lengths[:, None]
        at = (examples.offsets[chosen][:, None] + np.arange(scores.shape[1]))[within]
        result[at] = scores[within]
    result[examples.offsets[:-1]] = 1
    return result
